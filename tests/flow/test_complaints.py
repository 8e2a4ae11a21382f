"""What people do with a complaint: each act is checked, written once, and everything that hangs on it follows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from flow.chain import rebuild
from flow.complaints import Complaints
from models import CaseState, EventKind, Priority
from models.complaint import (
    Basis,
    DelayReason,
    Evidence,
    Life,
    Need,
    Outcome,
    Remedy,
    Status,
    WrittenResponse,
)
from models.errors import RecordError
from models.identity import mention_id
from register.transitions import RefusedActError, owes_response
from register.verify import verify
from store.complaints import row_of
from store.outbox import Effect
from store.store import Store
from tests.flow.bench import NOW, Bench, message

C1, C2, C3 = "C-0000001", "C-0000002", "C-0000003"
OTHER = {"id": "u2", "handle": "noel", "name": "Noel Okoro", "followers": 3, "following": 4}


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


@pytest.fixture
def registered(bench: Bench) -> Bench:
    """Three complaints by three conversations, received at 13:59 UTC on 5 June 2026: 23:59 in Sydney."""
    bench.read(
        message("you charged twice", id="1"),
        message("refund me", id="2", account="acme", conversation_id="2"),
        message("third time I ask", id="3", author=OTHER),
    )
    bench.drain()
    return bench


@contextmanager
def acting(bench: Bench, *, later: timedelta = timedelta(0)) -> Iterator[tuple[Complaints, dict[str, Any]]]:
    """The acts, and who does them when."""
    bench.time += later
    with bench.store.writing() as transaction:
        yield Complaints(transaction, bench.flow.policy, now=bench.time), {"person": "agnes", "at": bench.time}


def life_of(bench: Bench, complaint_id: str) -> Life:
    with bench.store.writing() as transaction:
        return Complaints(transaction, bench.flow.policy, now=bench.time).life(complaint_id)


def clocks_of(bench: Bench, case_id: int = 1) -> dict[str, datetime | None]:
    with bench.store.reading() as transaction:
        return {clock.key: clock.met_at for clock in transaction.cases.clocks_of(case_id)}


def case_of(bench: Bench, case_id: int = 1) -> Any:
    with bench.store.reading() as transaction:
        return transaction.cases.get(case_id)


def assert_sound(bench: Bench) -> None:
    """The register verifies, and each row is what its entries make it."""
    with bench.store.writing() as transaction:
        assert verify(transaction.register.entries(), head=transaction.register.head()).fault is None
        rows = list(transaction.complaints.all())
        acts = Complaints(transaction, bench.flow.policy, now=bench.time)
        assert rows == [row_of(acts.life(row.id)) for row in rows]
        rebuild(transaction)
        assert list(transaction.complaints.all()) == rows


RESPONSE: dict[str, Any] = {"channel": "email", "outcome": Outcome.UPHELD, "text": "We refund you."}
PAID: dict[str, Any] = {"outcome": Outcome.UPHELD, "remedies": [Remedy.FEE_REFUND]}


def test_a_complaint_goes_from_receipt_to_a_response_and_is_closed(registered: Bench) -> None:
    with acting(registered, later=timedelta(hours=1)) as (acts, who):
        assert acts.acknowledge(C1, **who, channel="x", text="We are on it.").status is Status.ACKNOWLEDGED
    with acting(registered, later=timedelta(days=3)) as (acts, who):
        assert acts.investigate(C1, **who).status is Status.INVESTIGATING
    with acting(registered, later=timedelta(days=9)) as (acts, who):
        assert acts.respond(C1, **who, **RESPONSE).status is Status.RESPONDED
    assert case_of(registered).state is CaseState.ANSWERED
    with acting(registered, later=timedelta(days=1)) as (acts, who):
        closed = acts.close(
            C1,
            **who,
            basis=Basis.RESPONSE,
            remedies=[Remedy.FEE_REFUND],
            compensation_amount=Decimal("120.50"),
            compensation_currency="AUD",
        )
    assert (closed.status, closed.basis, closed.closing.outcome) == (Status.CLOSED, Basis.RESPONSE, "upheld")
    assert closed.closing.compensation_amount == "120.50"
    assert case_of(registered).state is CaseState.CLOSED
    assert None not in clocks_of(registered).values()
    assert [step.by for step in closed.history[1:]] == ["agnes"] * 4
    assert_sound(registered)


def test_the_same_form_sent_twice_acts_once(registered: Bench) -> None:
    for _ in range(2):
        with acting(registered) as (acts, who):
            acts.investigate(C1, **who, key="form-1")
            acts.record_representative(
                C1, **who, kind="lawyer", authority="signed form", name="Pat", contact="pat@example.org", key="form-2"
            )
            acts.merge(C1, C2, **who, reason="same payment", key="form-3")
    assert registered.counts()["register"] == {
        "opened": 3,
        "investigating": 1,
        "representative": 1,
        "merged": 1,
        "merged_away": 1,
    }
    assert_sound(registered)


def test_a_refused_act_says_status_what_is_allowed_and_why(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.withdraw(C1, **who, reason="she said so")
        with pytest.raises(
            RefusedActError, match=r"C-0000001 is withdrawn: respond is refused: .* Allowed now: .*reopen"
        ):
            acts.respond(C1, **who, **RESPONSE)
        with pytest.raises(RecordError, match="C-0000099"):
            acts.investigate("C-0000099", **who)


@pytest.mark.parametrize(
    ("person", "shift", "what"),
    [
        ("", timedelta(0), "no person"),
        ("agnes", timedelta(hours=1), "lies in the future"),
        ("agnes", timedelta(days=-2), "before the receipt"),
    ],
)
def test_nobody_acts_without_name_in_the_future_or_before_the_receipt(
    registered: Bench, person: str, shift: timedelta, what: str
) -> None:
    with acting(registered) as (acts, who), pytest.raises(RecordError, match=what):
        acts.investigate(C1, person=person, at=who["at"] + shift)


def test_an_instant_without_zone_is_refused(registered: Bench) -> None:
    with acting(registered) as (acts, _), pytest.raises(RecordError, match="no time zone"):
        acts.investigate(C1, person="agnes", at=NOW.replace(tzinfo=None))


# edge cases of the regulation, by their number


def test_edge_05_a_reopened_complaint_keeps_its_old_clock(registered: Bench) -> None:
    due = life_of(registered, C1).respond_due_on
    evidence = Evidence(who="mira", at=registered.time, channel="phone", quote="thanks, all good")
    with acting(registered, later=timedelta(days=2)) as (acts, who):
        acts.close(C1, **who, basis=Basis.SATISFIED_IN_5BD, evidence=evidence, **PAID)
    assert clocks_of(registered)["respond"] is not None
    with acting(registered, later=timedelta(days=5)) as (acts, who):
        reopened = acts.reopen(C1, **who, reason="charged again")
    assert (reopened.status, reopened.respond_due_on, reopened.closed_at) == (Status.REOPENED, due, None)
    assert clocks_of(registered)["respond"] is None
    assert case_of(registered).state is CaseState.OPEN
    assert_sound(registered)


@pytest.mark.parametrize(("minutes", "is_valid"), [(0, True), (1, False)])
def test_edge_06_a_delay_notice_counts_until_the_end_of_the_last_local_day(
    registered: Bench, minutes: int, is_valid: bool
) -> None:
    last_minute = datetime(2026, 7, 5, 13, 59, tzinfo=UTC)  # 23:59 on day 30 in Sydney
    with acting(registered, later=last_minute - registered.time + timedelta(minutes=minutes)) as (acts, who):
        after = acts.notify_delay(C1, **who, **delay())
    assert [notice.is_valid for notice in after.delay_notices] == [is_valid]
    assert after.respond_due_on == date(2026, 7, 5)
    assert after.status is Status.DELAY_NOTIFIED
    assert_sound(registered)


def delay(**more: Any) -> dict[str, Any]:
    reasons = [DelayReason.PARTICULARLY_COMPLEX]
    return {"channel": "email", "reasons": reasons, "explanation": "an event in 2018", "text": "We need longer."} | more


@pytest.mark.parametrize(
    "lacking",
    [{"missing": ["afca_telephone"]}, {"reasons": []}, {"explanation": " "}],
    ids=["telephone", "ground", "why"],
)
def test_edge_07_a_delay_notice_without_a_required_element_is_not_valid(registered: Bench, lacking: Any) -> None:
    with acting(registered) as (acts, who):
        [notice] = acts.notify_delay(C1, **who, **delay(**lacking)).delay_notices
    assert not notice.is_valid and notice.missing


def test_edge_08_a_second_delay_notice_is_recorded_beside_the_first_and_moves_nothing(registered: Bench) -> None:
    due = life_of(registered, C1).dues
    with acting(registered) as (acts, who):
        acts.notify_delay(C1, **who, **delay(missing=["afca_telephone"]))
    with acting(registered, later=timedelta(days=1)) as (acts, who):
        after = acts.notify_delay(C1, **who, **delay())
    assert [notice.is_valid for notice in after.delay_notices] == [False, True]
    assert after.dues == due


@pytest.mark.parametrize(("at", "is_closed"), [("2026-06-15T13:59", True), ("2026-06-15T14:01", False)])
def test_edge_09_early_closing_ends_with_the_fifth_business_day(registered: Bench, at: str, is_closed: bool) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)  # V1: the fifth business day is Monday 15 June in Sydney
    evidence = Evidence(who="mira", at=NOW, channel="phone", quote="yes, that solves it")
    registered.time = instant
    with acting(registered) as (acts, who):
        if is_closed:
            acts.close(C1, **who, basis=Basis.SATISFIED_IN_5BD, evidence=evidence, **PAID)
        else:
            with pytest.raises(RefusedActError, match="fifth business day ended at 2026-06-15T23:59:59"):
                acts.close(C1, **who, basis=Basis.SATISFIED_IN_5BD, evidence=evidence, **PAID)
    assert (life_of(registered, C1).status is Status.CLOSED) is is_closed


def test_edge_10_asking_for_a_written_response_after_early_closing_makes_it_due_again(registered: Bench) -> None:
    with acting(registered, later=timedelta(days=1)) as (acts, who):
        acts.close(C1, **who, basis=Basis.EXPLAINED_IN_5BD, **explained())
    assert not owes_response(life_of(registered, C1))
    with acting(registered, later=timedelta(days=19)) as (acts, who):
        asked = acts.require_written_response(C1, **who, code=WrittenResponse.ASKED, reason="asked by e-mail")
    assert asked.status is Status.CLOSED and owes_response(asked)
    assert clocks_of(registered)["respond"] is None
    assert case_of(registered).state is CaseState.OPEN
    with acting(registered, later=timedelta(days=2)) as (acts, who):
        answered = acts.respond(C1, **who, **RESPONSE)
    assert answered.status is Status.CLOSED and not owes_response(answered)
    assert clocks_of(registered)["respond"] is not None
    assert_sound(registered)


def explained() -> dict[str, Any]:
    return {
        "outcome": Outcome.NO_FINDING,
        "remedies": [Remedy.EXPLANATION],
        "reason": "explained the terms; a commercial decision",
    }


@pytest.mark.parametrize("code", list(WrittenResponse))
def test_edge_11_no_early_closing_where_a_written_response_is_due(registered: Bench, code: WrittenResponse) -> None:
    with acting(registered) as (acts, who):
        acts.require_written_response(C1, **who, code=code, reason="so it is")
        with pytest.raises(RefusedActError, match=code.value):
            acts.close(C1, **who, basis=Basis.EXPLAINED_IN_5BD, **explained())


def test_edge_11_hardship_by_type_or_as_told_needs_a_written_response(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.retype(C1, **who, types=["credit_hardship"], reason="a hardship notice")
        acts.record_support_need(C2, **who, need=Need.HARDSHIP, source_message_id=mention_id("x", "acme", "2"))
        for complaint_id in (C1, C2):
            with pytest.raises(RefusedActError, match="WR-B1"):
                acts.close(complaint_id, **who, basis=Basis.EXPLAINED_IN_5BD, **explained())


def test_edge_12_a_goodwill_payment_closes_nothing_by_itself(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        paid: dict[str, Any] = {"outcome": Outcome.NO_FINDING, "remedies": [Remedy.GOODWILL_PAYMENT]}
        with pytest.raises(RefusedActError, match="goodwill payment closes nothing"):
            acts.close(C1, **who, basis=Basis.OTHER, reason="paid 20 dollars", **paid)
        with pytest.raises(RefusedActError, match="no response was given"):
            acts.close(C1, **who, basis=Basis.RESPONSE, **paid)


@pytest.mark.parametrize(
    ("evidence", "what"),
    [
        (None, "needs evidence"),
        (Evidence(who="mira", at=NOW, channel="x", quote="👍"), "an emoji or silence"),
        (Evidence(who="mira", at=NOW, channel="x", quote=""), "an emoji or silence"),
        (Evidence(quote="all fine"), "does not say who, when, channel"),
    ],
    ids=["none", "emoji", "silence", "hearsay"],
)
def test_a_like_silence_or_hearsay_is_no_evidence_of_satisfaction(
    registered: Bench, evidence: Evidence | None, what: str
) -> None:
    with acting(registered) as (acts, who), pytest.raises(RefusedActError, match=what):
        acts.close(C1, **who, basis=Basis.SATISFIED_IN_5BD, evidence=evidence, **PAID)


def test_a_message_of_the_complainant_is_evidence_and_its_words_are_personal_data(registered: Bench) -> None:
    told_at = (NOW + timedelta(hours=1)).isoformat()
    registered.time += timedelta(hours=2)
    registered.read(message("thank you, solved", id="9", in_reply_to="1", created_at=told_at))
    registered.drain()
    satisfied = Evidence(message_id=mention_id("x", "acme", "9"))
    with acting(registered) as (acts, who):
        with pytest.raises(RefusedActError, match="not of this complaint"):
            acts.close(C2, **who, basis=Basis.SATISFIED_IN_5BD, evidence=satisfied, **PAID)
        closed = acts.close(C1, **who, basis=Basis.SATISFIED_IN_5BD, evidence=satisfied, **PAID)
    assert closed.closing.evidence.quote == "thank you, solved"
    with registered.store.reading() as transaction:
        entry = transaction.register.of_complaint(C1)[-1]
    assert "thank you" not in entry.facts and "thank you" in entry.personal


def test_edge_13_a_shorter_type_on_day_25_shows_the_missed_limit_and_the_history(registered: Bench) -> None:
    with acting(registered, later=timedelta(days=25)) as (acts, who):
        after = acts.retype(C1, **who, types=["credit_default_notice"], reason="it is about a default notice")
    assert after.respond_due_on == date(2026, 6, 26)
    assert [(change.from_types, change.to_types) for change in after.type_changes] == [
        (("standard",), ("credit_default_notice",))
    ]
    registered.flow.tick()
    with registered.store.reading() as transaction:
        missed = [e.facts["clock"] for e in transaction.events.of_case(1) if e.kind is EventKind.CLOCK_MISSED]
    assert "respond" in missed
    assert_sound(registered)


def test_edge_14_another_type_needs_a_reason_and_a_missed_clock_that_moves_runs_again(registered: Bench) -> None:
    registered.time += timedelta(days=31)
    registered.flow.tick()
    with acting(registered) as (acts, who):
        with pytest.raises(RecordError, match="say why"):
            acts.retype(C1, **who, types=["superannuation"], reason="  ")
        after = acts.retype(C1, **who, types=["superannuation"], reason="a superannuation account")
    assert after.respond_due_on == date(2026, 7, 20)
    with registered.store.reading() as transaction:
        [respond] = [clock for clock in transaction.cases.clocks_of(1) if clock.key == "respond"]
    assert respond.missed_at is None


def test_edge_15_of_several_types_the_shortest_limit_counts(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        after = acts.retype(C1, **who, types=["superannuation", "standard"], reason="both")
    assert after.types == ("superannuation", "standard")
    assert after.respond_due_on == date(2026, 7, 5)


def test_a_type_that_the_pack_does_not_know_is_refused_and_named(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        with pytest.raises(RefusedActError, match="type mortgage is unknown .* known types: standard"):
            acts.retype(C1, **who, types=["mortgage"], reason="so")
        with pytest.raises(RefusedActError, match="already"):
            acts.retype(C1, **who, types=["standard"], reason="so")


def test_edge_18_a_court_stops_the_clock_and_an_order_restarts_it(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.retype(C1, **who, types=["traditional_trustee"], reason="an estate")
    due = life_of(registered, C1).respond_due_on
    assert due == date(2026, 7, 20)
    with acting(registered, later=timedelta(days=5)) as (acts, who):
        assert acts.record_clock_event(C1, **who, event="court_advice_sought").respond_due_on is None
    assert "respond" not in clocks_of(registered)
    with acting(registered, later=timedelta(days=10)) as (acts, who):
        assert acts.record_clock_event(C1, **who, event="court_advice_given").respond_due_on == due + timedelta(days=10)
    assert_sound(registered)


def test_edge_19_a_customer_advocate_comes_only_after_the_response(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        with pytest.raises(RefusedActError, match="only after the IDR response"):
            acts.record_clock_event(C1, **who, event="advocate_requested")
        acts.respond(C1, **who, **RESPONSE)
    with acting(registered, later=timedelta(days=1)) as (acts, who):
        acts.record_clock_event(C1, **who, event="advocate_requested")
        with pytest.raises(RefusedActError, match="known events: "):
            acts.record_clock_event(C1, **who, event="snoozed")


def test_edge_20_the_earlier_of_our_limit_and_the_date_of_afca_counts(registered: Bench) -> None:
    with acting(registered, later=timedelta(days=2)) as (acts, who):
        back = acts.send_to_afca(C1, **who, afca_reference="AF-1", refer_back_due_on=date(2026, 6, 20))
    assert back.status is Status.AT_AFCA
    assert min(at for key, at in back.dues if key in ("respond", "afca_refer_back")).date() == date(2026, 6, 20)
    assert case_of(registered).state is CaseState.OPEN
    with acting(registered, later=timedelta(days=1)) as (acts, who):
        assert acts.respond(C1, **who, **RESPONSE).status is Status.RESPONDED
    assert_sound(registered)


def test_what_afca_has_runs_no_clock_here(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        with pytest.raises(RecordError, match="reference is empty"):
            acts.send_to_afca(C1, **who, afca_reference=" ")
        acts.send_to_afca(C1, **who, afca_reference="AF-1")
    assert clocks_of(registered)["respond"] is not None
    assert case_of(registered).state is CaseState.CLOSED
    with acting(registered, later=timedelta(days=40)) as (acts, who):
        ended = acts.close(C1, **who, basis=Basis.AT_AFCA, **PAID)
    assert (ended.status, ended.afca_reference) == (Status.CLOSED, "AF-1")


def test_edge_37_three_channels_are_one_complaint_with_the_earliest_receipt(registered: Bench) -> None:
    early = NOW - timedelta(days=3)
    with acting(registered) as (acts, who):
        acts.correct_received(C3, **who, received_at=early, reason="the letter is older")
        acts.merge(C1, C2, **who, reason="same person")
        kept, away = acts.merge(C1, C3, **who, reason="same person, other channel")
    assert (kept.received_at, [other.complaint_id for other in kept.merged]) == (early, [C2, C3])
    assert (away.status, away.merged_into) == (Status.MERGED_AWAY, C1)
    assert kept.respond_due_on == date(2026, 7, 3)
    assert clocks_of(registered, 2) == {} and "respond" in clocks_of(registered, 1)
    assert_sound(registered)


def test_edge_48_nothing_is_written_automatically_once_a_representative_is_recorded(registered: Bench) -> None:
    row = automatic_answer(registered)
    with acting(registered) as (acts, who):
        life = acts.record_representative(
            C1, **who, kind="financial_counsellor", authority="signed authority", name="Pat", contact="02 5550 0000"
        )
    assert not life.may_write_automatically
    assert registered.flow.deliver(row) == "failed"
    assert registered.channel.sent == {}  # type: ignore[attr-defined]
    with registered.store.reading() as transaction:
        assert "RG 271.139" in (transaction.outbox.get(row).error or "")
    assert registered.flow.deliver(registered.answer(8, to="1")) == "sent", "a person may still write"


def automatic_answer(bench: Bench) -> int:
    with bench.store.writing() as transaction:
        row = transaction.outbox.add(
            Effect.SEND_REPLY,
            sink="x",
            key="auto:1",
            case_id=1,
            mention_id=mention_id("x", "acme", "1"),
            payload={"text": "We got your message.", "is_private": False},
            now=bench.time,
        )
    assert row is not None
    return row


def test_an_automatic_answer_acknowledges_by_automation_and_leaves_the_case_open(registered: Bench) -> None:
    assert registered.flow.deliver(automatic_answer(registered)) == "sent"
    life = life_of(registered, C1)
    assert life.status is Status.ACKNOWLEDGED and life.history[-1].by == "automation"
    assert case_of(registered).state is CaseState.OPEN


def test_automation_stays_silent_for_a_complaint_kept_elsewhere_with_a_representative(registered: Bench) -> None:
    row = automatic_answer(registered)
    with acting(registered) as (acts, who):
        acts.record_representative(C2, **who, kind="lawyer", authority="letter", name="Pat", contact="")
        acts.merge(C2, C1, **who, reason="same")
    assert registered.flow.deliver(row) == "failed"


def test_a_representative_who_ended_lets_automation_speak_again(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        life = acts.record_representative(C1, **who, kind="family", authority="phone call", name="Pat", contact="")
        number = life.representatives[0].seq
        with pytest.raises(RefusedActError, match=f"in force: {number}"):
            acts.end_representative(C1, **who, number=999, reason="gone")
        ended = acts.end_representative(C1, **who, number=number, reason="authority withdrawn")
    assert ended.may_write_automatically and ended.representatives == ()
    with acting(registered) as (acts, who), pytest.raises(RecordError, match="what was seen"):
        acts.record_representative(C1, **who, kind="family", authority=" ", name="Pat", contact="")


# merging and splitting


def test_merge_and_split_restore_both_complaints_exactly(registered: Bench) -> None:
    with acting(registered, later=timedelta(hours=1)) as (acts, who):
        acts.acknowledge(C2, **who, channel="x", text="hello")
    before = {one: _standing(life_of(registered, one)) for one in (C1, C2)}
    clocks = [clocks_of(registered, case_id) for case_id in (1, 2)]
    with acting(registered, later=timedelta(hours=1)) as (acts, who):
        kept, _ = acts.merge(C1, C2, **who, reason="same payment")
        assert kept.first_acknowledged_at is not None, "the firm acknowledged one and the same complaint"
    with acting(registered, later=timedelta(hours=1)) as (acts, who):
        with pytest.raises(RecordError, match="merged into C-0000001, not into C-0000003"):
            acts.split(C3, C2, **who, reason="wrong")
        acts.split(C1, C2, **who, reason="two payments after all")
    assert {one: _standing(life_of(registered, one)) for one in (C1, C2)} == before
    assert [clocks_of(registered, case_id) for case_id in (1, 2)] == clocks
    assert_sound(registered)


def _standing(life: Life) -> dict[str, object]:
    names = set(Life.__dataclass_fields__) - {"history", "last_seq", "recorded_at"}
    return {name: getattr(life, name) for name in names}


def test_a_complaint_that_was_merged_away_takes_no_act_and_no_other_complaint(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.merge(C1, C2, **who, reason="same")
        for kept, other in ((C2, C3), (C3, C2), (C3, C1), (C1, C1)):
            with pytest.raises(RefusedActError):
                acts.merge(kept, other, **who, reason="more")
        with pytest.raises(RefusedActError, match="kept under C-0000001"):
            acts.investigate(C2, **who)


def test_an_open_complaint_is_not_buried_in_one_that_ended(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.respond(C1, **who, **RESPONSE)
        acts.close(C1, **who, basis=Basis.RESPONSE, remedies=[Remedy.APOLOGY])
        with pytest.raises(RefusedActError, match="an open complaint is not merged into one that ended"):
            acts.merge(C1, C2, **who, reason="same")
        assert acts.merge(C2, C1, **who, reason="same")[0].merged[0].complaint_id == C1


def test_an_earlier_message_of_a_merged_conversation_moves_the_receipt_of_the_kept_one(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.merge(C1, C2, **who, reason="same")
    early = NOW - timedelta(days=2)
    registered.read(message("refund me please", id="0", created_at=early.isoformat(), conversation_id="2"))
    registered.drain()
    assert life_of(registered, C1).received_at == early
    with acting(registered) as (acts, who):
        kept, back = acts.split(C1, C2, **who, reason="not the same")
    assert (kept.received_at, back.received_at) == (NOW - timedelta(minutes=1), early)
    assert_sound(registered)


def test_edge_53_ids_are_never_used_again(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.merge(C1, C3, **who, reason="same")
    registered.read(message("charged twice again", id="20", author=OTHER))
    registered.drain()
    with registered.store.reading() as transaction:
        assert [row.id for row in transaction.complaints.all()] == [C1, C2, C3, "C-0000004"]


def test_edge_54_the_receipt_changes_by_a_correction_with_reason_and_actor_only(registered: Bench) -> None:
    earlier = NOW - timedelta(days=1)
    with acting(registered) as (acts, who):
        with pytest.raises(RecordError, match="say why"):
            acts.correct_received(C1, **who, received_at=earlier, reason="")
        with pytest.raises(RecordError, match="future"):
            acts.correct_received(C1, **who, received_at=NOW + timedelta(days=1), reason="typo")
        after = acts.correct_received(C1, **who, received_at=earlier, reason="the platform showed the wrong time")
    step = after.history[-1]
    assert (after.received_at, after.received_on, step.kind, step.by) == (
        earlier,
        date(2026, 6, 5),
        "corrected",
        "agnes",
    )
    assert after.respond_due_on == date(2026, 7, 5)
    assert_sound(registered)


# support needs


def test_a_disclosure_of_abuse_puts_the_complaint_on_the_safe_contact_path(registered: Bench) -> None:
    row = automatic_answer(registered)
    with acting(registered) as (acts, who):
        life = acts.record_support_need(
            C1,
            **who,
            need=Need.DOMESTIC_ABUSE,
            source_message_id=mention_id("x", "acme", "1"),
            note="partner reads her mail",
            safe_contact="phone at work, 9 to 5",
        )
    assert (life.priority, life.tags) == ("urgent", tuple(sorted({*life.tags, "safe_contact"})))
    case = case_of(registered)
    assert case.decision.priority is Priority.URGENT and "safe_contact" in case.decision.tags
    assert registered.flow.deliver(row) == "failed"
    registered.relabel("1", "complaint")
    assert case_of(registered).decision.priority is Priority.URGENT, "a correction of the label does not undo it"
    with acting(registered) as (acts, who):
        ended = acts.end_support_need(C1, **who, number=life.support_needs[0].seq, reason="she is safe")
    assert ended.may_write_automatically and "safe_contact" not in ended.tags
    assert_sound(registered)


def test_a_need_is_recorded_only_from_what_the_complainant_told_the_firm(registered: Bench) -> None:
    registered.read(
        message("I lost my job", id="30", in_reply_to="1", author=OTHER),
        message("nothing but a post", id="31", on_owned_channel=False, kind="comment", in_reply_to="1"),
    )
    registered.drain()
    for native_id, what in (
        ("3", "not of this"),
        ("404", "not of this"),
        ("30", "somebody else"),
        ("31", "not said to"),
    ):
        with acting(registered) as (acts, who), pytest.raises(RefusedActError, match=what):
            source = mention_id("x", "acme", native_id)
            acts.record_support_need(C1, **who, need=Need.HARDSHIP, source_message_id=source)


# corrections, holds, links, money


def test_product_and_issues_are_corrected_and_found_in_the_row(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        with pytest.raises(RecordError, match="nothing to correct"):
            acts.correct(C1, **who, reason="so")
        acts.correct(C1, **who, reason="read the letter", product="credit card", issues=["fees"], brand="Lark")
    with registered.store.reading() as transaction:
        row = transaction.complaints.get(C1)
    assert row is not None and (row.product, row.issues, row.brand) == ("credit card", ("fees",), "Lark")
    assert_sound(registered)


def test_holds_are_counted_and_links_kept_once(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        with pytest.raises(RefusedActError, match="under no legal hold"):
            acts.lift_hold(C1, **who, reason="done")
        acts.place_hold(C1, **who, reason="litigation")
        acts.place_hold(C1, **who, reason="audit")
        assert acts.lift_hold(C1, **who, reason="audit is over").on_hold
        assert not acts.lift_hold(C1, **who, reason="settled").on_hold
        acts.link_systemic(C1, **who, candidate_id="S-1")
        assert acts.link_systemic(C1, **who, candidate_id="S-1").systemic == ("S-1",)
    assert_sound(registered)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"remedies": []}, "needs its remedies"),
        ({"remedies": [Remedy.NONE, Remedy.APOLOGY]}, "needs its remedies"),
        ({"outcome": None}, "needs an outcome"),
        ({"compensation_amount": Decimal("-1"), "compensation_currency": "AUD"}, "is no amount"),
        ({"compensation_amount": Decimal("1")}, "is no amount"),
        ({"compensation_currency": "AUD"}, "is no amount"),
        ({"basis": Basis.WITHDRAWN}, "use `withdraw`"),
        ({"basis": Basis.AT_AFCA}, "AFCA does not have it"),
        ({"reason": ""}, "on what ground"),
        ({"basis": Basis.EXPLAINED_IN_5BD, "remedies": [Remedy.FEE_REFUND]}, "explanation or an apology"),
        ({"basis": Basis.EXPLAINED_IN_5BD, "remedies": [Remedy.APOLOGY], "reason": ""}, "what was explained"),
    ],
)
def test_closing_needs_its_outcome_remedy_ground_and_a_sound_amount(
    registered: Bench, more: dict[str, Any], what: str
) -> None:
    asked = {"basis": Basis.OTHER, "reason": "recorded twice", **PAID} | more
    with acting(registered) as (acts, who), pytest.raises(RecordError, match=what):
        acts.close(C1, **who, **asked)


def test_a_response_that_lacks_something_closes_nothing_and_stops_no_clock(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.respond(C1, **who, **RESPONSE, missing=["afca_contact"])
        with pytest.raises(RefusedActError, match="lacks afca_contact"):
            acts.close(C1, **who, basis=Basis.RESPONSE, **PAID)
    assert clocks_of(registered)["respond"] is None


def test_closing_after_a_reopening_needs_a_response_after_it(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.respond(C1, **who, **RESPONSE)
        acts.close(C1, **who, basis=Basis.RESPONSE, **PAID)
    with acting(registered, later=timedelta(days=1)) as (acts, who):
        acts.reopen(C1, **who, reason="not paid")
        with pytest.raises(RefusedActError, match="reopened after the response"):
            acts.close(C1, **who, basis=Basis.RESPONSE, **PAID)


def test_a_complaint_that_was_answered_is_not_ruled_out_by_a_label(registered: Bench) -> None:
    with acting(registered) as (acts, who):
        acts.respond(C1, **who, **RESPONSE)
    registered.relabel("1", "praise")
    registered.relabel("1", "complaint")
    assert life_of(registered, C1).status is Status.RESPONDED
    assert_sound(registered)


@pytest.mark.parametrize("act", ["reopen", "close"])
def test_two_people_at_once_do_not_both_act(registered: Bench, act: str) -> None:
    """The second one finds the complaint as the first left it."""
    acts_of: dict[str, Callable[[Complaints, dict[str, Any]], Life]] = {
        "close": lambda acts, who: acts.close(C1, **who, basis=Basis.RESPONSE, **PAID),
        "reopen": lambda acts, who: acts.reopen(C1, **who, reason="so"),
    }
    with acting(registered) as (acts, who):
        acts.respond(C1, **who, **RESPONSE)
        if act == "reopen":
            acts.close(C1, **who, basis=Basis.RESPONSE, **PAID)
        acts_of[act](acts, who)
    with acting(registered) as (acts, who), pytest.raises(RefusedActError):
        acts_of[act](acts, who)
