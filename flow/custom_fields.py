"""Fields of the firm's own on a case. Those on a complaint are entries of its register: `Complaints.correct`."""

from collections.abc import Mapping

from flow.teamwork import By, record
from models import EventKind
from policy.custom_fields import CustomField, FieldPlace, changed, fields_of
from policy.loading import Policy
from store.cases import StoredCase
from store.store import Transaction

PERSONAL = "(personal)"


def set_fields(transaction: Transaction, policy: Policy, case: StoredCase, given: Mapping[str, str], by: By) -> bool:
    """Of the fields that are given; an empty one is taken away. False where all stand so already. The log says what
    changed; of a personal field, only that it did.

    Raises: RecordError naming the field and the value.
    """
    key = f"fields_set:{case.id}:{by.form_key}"
    if transaction.events.is_recorded(key):
        return False
    fields = fields_of(policy.house.custom_fields, FieldPlace.CASE)
    now = changed(fields, case.custom_fields, given)
    if now == case.custom_fields:
        return False
    facts = {field.key: _told(field, case.custom_fields, now) for field in fields if _differs(field, case, now)}
    transaction.cases.set_custom_fields(case.id, now, now=by.at)
    record(transaction, EventKind.FIELDS_SET, key, by, facts, case_id=case.id)
    return True


def _differs(field: CustomField, case: StoredCase, now: Mapping[str, str]) -> bool:
    return case.custom_fields.get(field.key) != now.get(field.key)


def _told(field: CustomField, before: Mapping[str, str], now: Mapping[str, str]) -> str:
    if field.is_personal:
        return PERSONAL
    return f"{before.get(field.key, '–')} → {now.get(field.key, '–')}"
