"""Cases of one person are merged, messages are split off, and both are taken back."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from flow import merging
from flow.complaint_writing import LONGEST_REASON_CHARACTERS
from flow.merging import Merging, Plan, RefusedMergeError
from flow.teamwork import By
from inbox import wording
from inbox.composer import sent_form_key
from inbox.deleted import shown
from inbox.errors import RefusedError, bad_form
from inbox.languages import _
from inbox.merged import merged_page, others
from inbox.visit import Visit
from models import CaseState
from models.errors import RecordError
from store.cases import StaleCaseError, StoredCase
from store.store import Transaction

MESSAGES_SHOWN = 200
CHOSEN = "message."


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do, in words."""

    plan: Plan
    is_turned: bool
    """The case that the person looked at goes into the other, for that has the complaint."""
    tier: str
    messages: int


def show_merge(visit: Visit) -> Response:
    """Which case to merge with; once one is chosen, what would happen."""
    typed = visit.query("other").strip().lstrip("#")
    with visit.inbox.store.reading() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        if case.state is CaseState.MERGED:
            return merged_page(visit, transaction, case)
        other = _named(visit, transaction, typed) if typed else None
        preview, why_not = (None, "") if other is None else _preview(transaction, case, other)
        context = {
            "case": case,
            "channel": wording.channel(case.channel),
            "others": others(transaction, case),
            "other": other,
            "typed": typed,
            "preview": preview,
            "why_not": why_not
            or (_("There is no such case. Look at the number again.") if typed and not other else ""),
            "most": LONGEST_REASON_CHARACTERS,
            "form_key": secrets.token_hex(16),
        }
    return visit.page("merge.html", context)


def _named(visit: Visit, transaction: Transaction, typed: str) -> StoredCase | None:
    return transaction.cases.get(int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 14 else None


def _preview(transaction: Transaction, case: StoredCase, other: StoredCase) -> tuple[Preview | None, str]:
    """Or why not."""
    is_turned = other.complaint_id is not None and case.complaint_id is None
    kept, away = (other, case) if is_turned else (case, other)
    try:
        plan = merging.plan(transaction, kept, away)
    except RefusedMergeError as error:
        return None, str(error)
    return Preview(plan, is_turned, wording.tier(plan.decision.tier), kept.mention_count + away.mention_count), ""


def merge(visit: Visit) -> Response:
    kept, away = visit.number_field("kept"), visit.number_field("away")
    if visit.path_id() not in (kept, away):
        raise bad_form(_("it merges two other cases"))
    versions = (visit.number_field("kept_version"), visit.number_field("away_version"))
    reason, too = visit.field("reason"), visit.form.get("complaints") == "one"

    def act(transaction: Transaction, acts: Merging) -> int:
        for number in (kept, away):
            if transaction.cases.get(number) is None:
                raise RefusedMergeError(_("There is no case %(number)s. Look at the number again.", number=number))
        acts.merge(kept, away, versions=versions, reason=reason, with_complaints=too)
        return kept

    return _act(visit, act, notice="merged")


def unmerge(visit: Visit) -> Response:
    def act(transaction: Transaction, acts: Merging) -> int:
        acts.unmerge(visit.path_id(), version=visit.number_field("version"))
        return visit.path_id()

    return _act(visit, act, notice="unmerged")


def show_split(visit: Visit) -> Response:
    """Which messages are to become a case of their own."""
    with visit.inbox.store.reading() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        if case.state is CaseState.MERGED:
            return merged_page(visit, transaction, case)
        seen = shown(transaction, transaction.mentions.newest_of_case(case.id, limit=MESSAGES_SHOWN), {})
    context = {
        "case": case,
        "channel": wording.channel(case.channel),
        "items": seen.mentions,
        "deleted": seen.deleted,
        "in": {item.mention.id: wording.channel(item.mention.channel) for item in seen.mentions},
        "complaints": {item.mention.id for item in seen.mentions if item.decision and item.decision.is_complaint},
        "hidden_messages": max(case.mention_count - len(seen.mentions), 0),
        "most": LONGEST_REASON_CHARACTERS,
        "form_key": secrets.token_hex(16),
    }
    return visit.page("split.html", context)


def split(visit: Visit) -> Response:
    chosen = [name.removeprefix(CHOSEN) for name in visit.form if name.startswith(CHOSEN)]
    reason, version = visit.field("reason"), visit.number_field("version")

    def act(transaction: Transaction, acts: Merging) -> int:
        desk = visit.inbox.settings.desk
        return acts.split(visit.path_id(), chosen, version=version, reason=reason, desk=desk)

    return _act(visit, act, notice="split")


def unsplit(visit: Visit) -> Response:
    def act(transaction: Transaction, acts: Merging) -> int:
        return acts.unsplit(visit.path_id(), version=visit.number_field("version"))

    return _act(visit, act, notice="unsplit")


def _act(visit: Visit, act: Callable[[Transaction, Merging], int], *, notice: str) -> Response:
    """And to the case that `act` gives."""
    by = By(visit.person, visit.now, sent_form_key(visit))
    try:
        with visit.inbox.store.writing() as transaction:
            visit.open_case(transaction, visit.path_id(), is_merged_too=True)
            case_id = act(transaction, Merging(transaction, visit.inbox.policy, by))
    except StaleCaseError:
        raise
    except RecordError as error:
        raise RefusedError(409, _("The cases stay as they are"), str(error)) from error
    return visit.go(f"/cases/{case_id}", notice=notice)
