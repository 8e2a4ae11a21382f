"""Fields of the firm's own: on a case with an event, on a complaint as an entry of the register, gone when redacted."""

import secrets
from dataclasses import replace

import pytest

from flow.custom_fields import set_fields
from flow.teamwork import By
from models import EventKind
from models.errors import RecordError
from register.columns import MASK, REDACTED
from register.rows import rows
from store.store import Store
from tests.flow.bench import Bench
from tests.flow.test_complaints import C1, acting, life_of
from tests.flow.test_merging import case, say
from tests.policy.test_custom_fields import FIELDS


@pytest.fixture
def bench(store: Store) -> Bench:
    bench = Bench(store)
    policy = bench.flow.policy
    bench.flow.policy = replace(policy, house=replace(policy.house, custom_fields=FIELDS))
    say(bench, "1", "you charged twice", conversation="1")
    return bench


def fill_in(bench: Bench, **given: str) -> bool:
    with bench.store.writing() as transaction:
        by = By("Ann", bench.time, secrets.token_hex(16))
        return set_fields(transaction, bench.flow.policy, case(bench, 1), given, by)


def row_of(bench: Bench, *, with_personal_data: bool = True) -> dict[str, object]:
    with bench.store.reading() as transaction:
        entries = transaction.register.entries(by_complaint=True)
        return next(rows(entries, with_personal_data=with_personal_data))


def test_a_case_keeps_its_fields_and_the_log_says_what_changed_and_nothing_personal(bench: Bench) -> None:
    before = case(bench, 1)
    assert fill_in(bench, branch="Geelong", union="yes", loss="7")
    assert case(bench, 1).custom_fields == {"branch": "Geelong", "union": "yes"}
    assert case(bench, 1).decision == before.decision
    assert not fill_in(bench, branch="Geelong")
    assert fill_in(bench, branch="Ballarat", union="")
    with bench.store.reading() as transaction:
        facts = [one.facts for one in transaction.events.of_case(1) if one.kind is EventKind.FIELDS_SET]
    assert facts == [
        {"branch": "– → Geelong", "union": "(personal)"},
        {"branch": "Geelong → Ballarat", "union": "(personal)"},
    ]


def test_a_value_that_does_not_fit_changes_nothing(bench: Bench) -> None:
    with pytest.raises(RecordError, match="Customer since"):
        fill_in(bench, branch="Geelong", since="yesterday")
    assert case(bench, 1).custom_fields == {}


def test_a_later_message_leaves_the_fields_as_they_are(bench: Bench) -> None:
    fill_in(bench, branch="Geelong")
    say(bench, "2", "hello?", conversation="1")
    assert case(bench, 1).custom_fields == {"branch": "Geelong"}


def test_on_a_complaint_each_change_is_an_entry_and_the_export_shows_the_last_word(bench: Bench) -> None:
    assert (row_of(bench)["custom_fields"], row_of(bench)["personal_fields"]) == (None, None)
    with acting(bench) as (acts, who):
        acts.correct(C1, **who, reason="told on the phone", custom_fields={"loss": "12.50", "policy_no": "AB 1"})
    with acting(bench) as (acts, who):
        acts.correct(C1, **who, reason="typing error", custom_fields={"loss": "125.00", "branch": "Geelong"})
    found = row_of(bench)
    assert (found["custom_fields"], found["personal_fields"]) == ("loss: 125.00", "policy_no: AB 1")
    assert found["corrections"] == 2
    assert row_of(bench, with_personal_data=False)["personal_fields"] == MASK
    assert row_of(bench, with_personal_data=False)["custom_fields"] == "loss: 125.00"
    with bench.store.reading() as transaction:
        entry = transaction.register.of_complaint(C1)[-2]
    assert "AB 1" not in entry.facts and "AB 1" in (entry.personal or "")
    with acting(bench) as (acts, who):
        acts.correct(C1, **who, reason="not theirs", custom_fields={"policy_no": ""})
    assert (row_of(bench)["custom_fields"], row_of(bench)["personal_fields"]) == ("loss: 125.00", None)


def test_a_correction_that_changes_no_field_is_refused(bench: Bench) -> None:
    with acting(bench) as (acts, who):
        acts.correct(C1, **who, reason="told", custom_fields={"loss": "1"})
    with pytest.raises(RecordError, match="nothing to correct"), acting(bench) as (acts, who):
        acts.correct(C1, **who, reason="told", custom_fields={"loss": "1", "policy_no": " "})
    with pytest.raises(RecordError, match="Loss: 'a lot' is no number"), acting(bench) as (acts, who):
        acts.correct(C1, **who, reason="told", custom_fields={"loss": "a lot"})


def test_redaction_takes_the_fields_of_a_case_and_the_personal_ones_of_a_complaint(bench: Bench) -> None:
    fill_in(bench, branch="Geelong")
    with acting(bench) as (acts, who):
        acts.correct(C1, **who, reason="told", custom_fields={"loss": "12.50", "policy_no": "AB 1"})
    with bench.store.writing() as transaction:
        transaction.redaction.register(C1)
        transaction.redaction.words(1)
    assert case(bench, 1).custom_fields == {}
    assert (row_of(bench)["custom_fields"], row_of(bench)["personal_fields"]) == ("loss: 12.50", REDACTED)
    assert life_of(bench, C1).personal_fields == ()
