"""The fold of a complaint's entries, and which act is allowed when. What the acts do is in `tests/flow`."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models import EntryKind
from models.complaint import (
    Basis,
    ClockAct,
    Closing,
    Evidence,
    Life,
    Need,
    Remedy,
    Response,
    Status,
    SupportNeed,
    WrittenResponse,
    may_see_support_notes,
    without_support_notes,
)
from models.errors import RecordError
from policy.loading import load_policy
from register.life import fold
from register.transitions import (
    ALLOWED_IN,
    LIVE,
    WRITTEN_RESPONSE_TYPES,
    Act,
    RefusedActError,
    allowed_acts,
    check,
    check_clock_event,
    check_closing,
    check_merge,
    check_split,
    evidence_fault,
    owes_response,
    why_not,
    written_response_needed,
)
from tests.register.chain import START, chain, opening

C1 = "C-0000001"
AT = START + timedelta(days=1)
BY = {"by": "agnes", "at": AT.isoformat()}
STANDING = {
    "received_at": (START - timedelta(days=2)).isoformat(),
    "received_on": "2026-06-28",
    "types": ["superannuation"],
    "acknowledged_at": START.isoformat(),
    "has_representative": True,
    "has_safe_contact": False,
    "needs": ["hardship"],
    "written_response": ["WR-A"],
}


def life(*said: tuple[EntryKind, dict[str, Any]], **opened: Any) -> Life:
    acts = ((kind, C1, BY | facts) for kind, facts in said)
    return fold(chain((EntryKind.OPENED, C1, opening(0, **opened)), *acts))


ANSWERED = Closing(AT, "agnes", Basis.RESPONSE, "upheld", ("none",), None, None, None, "")


def in_status(status: Status) -> Life:
    into = "C-0000009" if status is Status.MERGED_AWAY else None
    return replace(life(), status=status, merged_into=into, closing=ANSWERED if status is Status.CLOSED else None)


def test_an_opened_complaint_is_open_and_of_standard_type_unless_said_otherwise() -> None:
    opened = life()
    assert (opened.status, opened.types, opened.received_at, opened.basis) == (Status.OPEN, ("standard",), START, None)
    assert life(complaint_type="superannuation").complaint_type == "superannuation"
    assert opened.history[0].kind == "opened" and opened.last_seq == 1


@pytest.mark.parametrize("first", [EntryKind.ACKNOWLEDGED, EntryKind.CLOSED])
def test_a_life_begins_with_an_opening(first: EntryKind) -> None:
    with pytest.raises(RecordError, match="does not open a complaint"):
        fold(chain((first, C1, BY)))
    with pytest.raises(RecordError, match="without entries"):
        fold([])


@pytest.mark.parametrize(
    ("kind", "facts", "status"),
    [
        (EntryKind.ACKNOWLEDGED, {}, Status.ACKNOWLEDGED),
        (EntryKind.INVESTIGATING, {}, Status.INVESTIGATING),
        (EntryKind.DELAY_NOTIFIED, {}, Status.DELAY_NOTIFIED),
        (EntryKind.RESPONDED, {}, Status.RESPONDED),
        (EntryKind.CLOSED, {"basis": "other"}, Status.CLOSED),
        (EntryKind.WITHDRAWN, {}, Status.WITHDRAWN),
        (EntryKind.AT_AFCA, {}, Status.AT_AFCA),
        (EntryKind.RULED_OUT, {}, Status.RULED_OUT),
        (EntryKind.MERGED_AWAY, {"into": "C-0000002"}, Status.MERGED_AWAY),
        (EntryKind.CORRECTED, {"product": "loan"}, Status.OPEN),
        (EntryKind.RETYPED, {"complaint_type": "superannuation"}, Status.OPEN),
        (EntryKind.CLOCK_EVENT, {"event": "court_advice_sought"}, Status.OPEN),
        (EntryKind.HOLD, {"action": "placed"}, Status.OPEN),
        (EntryKind.REDACTED, {"entries": [1]}, Status.OPEN),
        (EntryKind.SYSTEMIC_LINKED, {"candidate_id": "S-1"}, Status.OPEN),
        (EntryKind.MERGED, {"other": "C-0000002", "standing": STANDING}, Status.OPEN),
    ],
)
def test_each_kind_of_entry_leads_to_its_status(kind: EntryKind, facts: dict[str, Any], status: Status) -> None:
    after = life((kind, facts))
    assert after.status is status
    assert after.history[-1].by == "agnes" and after.history[-1].at == AT


def test_every_kind_of_entry_can_be_folded() -> None:
    facts = {"other": "C-0000002", "standing": STANDING, "need": "other", "into": "C-0000003", "basis": "other"}
    for kind in EntryKind:
        assert life((kind, facts)).last_seq == 2


def test_an_acknowledgement_after_the_investigation_began_moves_nothing_back() -> None:
    late = life(
        (EntryKind.INVESTIGATING, {}),
        (EntryKind.ACKNOWLEDGED, {}),
        (EntryKind.ACKNOWLEDGED, {"at": "2027-01-01T00:00:00Z"}),
    )
    assert (late.status, late.acknowledged_at) == (Status.INVESTIGATING, AT)


def test_entries_of_the_first_release_say_only_when_they_were_recorded() -> None:
    acknowledged = {"acknowledged_at": AT.isoformat(), "acknowledged_by": "kim"}
    old = fold(
        chain(
            (EntryKind.OPENED, C1, opening(0)), (EntryKind.ACKNOWLEDGED, C1, acknowledged), (EntryKind.REOPENED, C1, {})
        )
    )
    assert (old.acknowledged_at, old.history[1].by) == (AT, "kim")
    assert old.history[2].at == START + timedelta(hours=3)


def test_merging_takes_the_earliest_receipt_and_splitting_gives_it_back() -> None:
    merged = life((EntryKind.MERGED, {"other": "C-0000002", "standing": STANDING}))
    assert (merged.received_at, merged.received_on) == (START - timedelta(days=2), date(2026, 6, 28))
    assert merged.types == ("standard", "superannuation")
    assert merged.first_acknowledged_at == START and merged.acknowledged_at is None
    assert merged.has_representative and not merged.may_write_automatically
    assert merged.needs == ("hardship",)
    assert written_response_needed(merged) == (WrittenResponse.ASKED, WrittenResponse.HARDSHIP)
    moved = {"of": "C-0000002", "received_at": (START - timedelta(days=9)).isoformat(), "received_on": "2026-06-21"}
    both = (EntryKind.MERGED, {"other": "C-0000002", "standing": STANDING}), (EntryKind.CORRECTED, moved)
    assert life(*both).received_on == date(2026, 6, 21)
    split = life(*both, (EntryKind.SPLIT, {"other": "C-0000002"}))
    assert (split.received_at, split.types, split.merged) == (START, ("standard",), ())


def test_what_is_split_off_stands_where_it_stood() -> None:
    away = (EntryKind.INVESTIGATING, {}), (EntryKind.MERGED_AWAY, {"into": "C-0000002"})
    assert life(*away).merged_into == "C-0000002"
    back = life(*away, (EntryKind.SPLIT, {"other": "C-0000002"}))
    assert (back.status, back.merged_into) == (Status.INVESTIGATING, None)


def test_reopening_forgets_the_closing_and_keeps_receipt_and_response() -> None:
    said = (EntryKind.RESPONDED, {"outcome": "rejected"}), (EntryKind.CLOSED, {"basis": "response"})
    closed, reopened = life(*said), life(*said, (EntryKind.REOPENED, {"reason": "more came"}))
    assert (closed.closed_at, closed.basis) == (AT, Basis.RESPONSE)
    assert (reopened.closed_at, reopened.basis, reopened.received_at) == (None, None, START)
    assert reopened.response is not None and reopened.reopened_at == AT
    withdrawn = life((EntryKind.WITHDRAWN, {}))
    assert (withdrawn.closed_at, withdrawn.basis) == (AT, Basis.WITHDRAWN)


def test_clock_events_come_in_the_order_of_entry_with_what_they_say() -> None:
    events = life(
        (EntryKind.ACKNOWLEDGED, {}),
        (EntryKind.RETYPED, {"complaint_type": "standard", "from_type": "superannuation"}),
        (EntryKind.CLOCK_EVENT, {"event": "lodged_with_insurer", "details": {"on": "2026-07-01"}}),
        (EntryKind.DELAY_NOTIFIED, {"reasons": ["beyond_control"]}),
        (EntryKind.RESPONDED, {"missing": ["afca_contact"]}),
        (EntryKind.AT_AFCA, {}),
        (EntryKind.AT_AFCA, {"refer_back_due_on": "2026-07-09"}),
        (EntryKind.RESPONDED, {}),
        (EntryKind.HOLD, {}),
    ).events
    assert [(act.event, dict(act.facts)) for act in events] == [
        ("acknowledged", {}),
        ("retyped", {"from_type": ("superannuation",)}),
        ("lodged_with_insurer", {"on": "2026-07-01"}),
        ("delay_notified", {"reasons": ("beyond_control",), "missing": ()}),
        ("afca_referred_back", {"due_on": "2026-07-09"}),
        ("responded", {}),
    ]
    assert isinstance(events[0], ClockAct) and events[0].at == AT


def test_representatives_and_needs_are_in_force_until_their_end() -> None:
    told = (EntryKind.REPRESENTATIVE, {"action": "recorded", "kind": "lawyer", "authority": "form"})
    need = (EntryKind.SUPPORT_NEED, {"action": "recorded", "need": "language", "source_message_id": "m1"})
    both = life(told, need)
    assert not both.may_write_automatically and both.needs == ("language",)
    ended = life(told, need, (EntryKind.REPRESENTATIVE, {"action": "ended", "ends": 2}))
    assert ended.may_write_automatically, "a wish for another language is no reason to stay silent"
    assert life(told, need, (EntryKind.SUPPORT_NEED, {"action": "ended", "ends": 3})).needs == ()


@pytest.mark.parametrize(
    ("facts", "may_write"),
    [
        ({"need": "self_harm"}, False),
        ({"need": "domestic_abuse"}, False),
        ({"need": "other", "has_safe_contact": True}, False),
        ({"need": "hardship"}, True),
    ],
)
def test_nothing_is_written_automatically_on_the_safe_contact_path(facts: dict[str, Any], *, may_write: bool) -> None:
    told = life((EntryKind.SUPPORT_NEED, {"action": "recorded", "source_message_id": "m1"} | facts))
    assert told.may_write_automatically is may_write


def test_notes_of_support_needs_are_shown_to_roles_that_need_them() -> None:
    need = SupportNeed(2, AT, "agnes", Need.OTHER, "m1", "ill", "phone at work", has_safe_contact=True)
    told = replace(life(), support_needs=(need,))
    assert {role for role in ("agent", "lead", "compliance", "admin", "auditor") if may_see_support_notes(role)} == {
        "lead",
        "compliance",
        "admin",
    }
    assert without_support_notes(told, "lead") == told
    hidden = without_support_notes(told, "agent")
    assert (hidden.support_needs[0].note, hidden.support_needs[0].safe_contact) == (None, None)
    assert hidden.needs_safe_contact and not hidden.may_write_automatically, "everybody sees that there is one"


# what is allowed


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("act", Act)
def test_an_act_is_allowed_or_refused_with_status_reason_and_what_is_allowed(act: Act, status: Status) -> None:
    told = in_status(status)
    if status in ALLOWED_IN[act]:
        check(told, act)
        assert act in allowed_acts(told)
        return
    with pytest.raises(RefusedActError, match=f"C-0000001 is {status}: {act} is refused: .+ Allowed now: ") as refused:
        check(told, act)
    assert all(other in str(refused.value) for other in allowed_acts(told))


def test_nobody_is_acknowledged_twice() -> None:
    assert "already" in (why_not(life((EntryKind.ACKNOWLEDGED, {})), Act.ACKNOWLEDGE) or "")


def test_a_hold_can_be_placed_on_anything() -> None:
    assert ALLOWED_IN[Act.HOLD] == set(Status)


@pytest.mark.parametrize(
    ("basis", "more", "owes"),
    [
        (Basis.SATISFIED_IN_5BD, {}, False),
        (Basis.SATISFIED_IN_5BD, {"written_response": (WrittenResponse.ASKED,)}, True),
        (Basis.SATISFIED_IN_5BD, {"types": ("credit_hardship",)}, True),
        (Basis.OTHER, {}, True),
        (Basis.AT_AFCA, {}, False),
    ],
)
def test_closing_without_a_response_may_leave_one_owed(basis: Basis, more: dict[str, Any], *, owes: bool) -> None:
    closed = replace(life(), status=Status.CLOSED, closing=replace(ANSWERED, basis=basis), **more)
    assert owes_response(closed) is owes
    assert (why_not(closed, Act.RESPOND) is None) is owes
    answered = replace(closed, response=Response(AT, "agnes", "email", "upheld", (), ""))
    assert not owes_response(answered)


@pytest.mark.parametrize(
    ("status", "owes"),
    [
        (Status.OPEN, True),
        (Status.RULED_OUT, False),
        (Status.MERGED_AWAY, False),
        (Status.WITHDRAWN, False),
        (Status.AT_AFCA, False),
    ],
)
def test_who_is_owed_a_response(status: Status, *, owes: bool) -> None:
    assert owes_response(in_status(status)) is owes
    assert owes_response(replace(in_status(Status.AT_AFCA), refer_back_due_on=date(2026, 7, 1)))


def test_the_types_that_always_need_a_written_response_are_those_of_the_pack() -> None:
    pack = load_policy(pack="asic-rg271", house="house", place="AU-NSW").regulation
    by_pack = {name: event.code for event in pack.events.values() if event.code for name in event.always_for}
    assert {name: code.value for name, code in WRITTEN_RESPONSE_TYPES.items()} == by_pack
    assert {event.code for event in pack.events.values() if event.code} == set(WrittenResponse)


@pytest.mark.parametrize(("seconds", "is_late"), [(0, False), (0.9, False), (1, True)])
def test_edge_09_the_last_second_of_the_fifth_business_day_counts(seconds: float, *, is_late: bool) -> None:
    limit = datetime(2026, 7, 7, 13, 59, 59, tzinfo=UTC)
    closing: dict[str, Any] = {
        "closes_by": limit,
        "remedies": [Remedy.APOLOGY],
        "evidence": None,
        "reason": "explained",
    }
    at = limit + timedelta(seconds=seconds)
    if not is_late:
        check_closing(life(), Basis.EXPLAINED_IN_5BD, at=at, **closing)
        return
    with pytest.raises(RefusedActError, match="fifth business day ended"):
        check_closing(life(), Basis.EXPLAINED_IN_5BD, at=at, **closing)


def test_a_type_without_early_closing_is_not_closed_early() -> None:
    with pytest.raises(RefusedActError, match="have no closing within five business days"):
        check_closing(
            life(), Basis.EXPLAINED_IN_5BD, at=AT, closes_by=None, remedies=[Remedy.APOLOGY], evidence=None, reason="x"
        )


@pytest.mark.parametrize(
    ("evidence", "fault"),
    [
        (Evidence(message_id="m1", quote="thank you"), None),
        (Evidence(message_id="m1", quote="👍 +1"), "no words"),
        (Evidence(who="mira", at=AT, channel="phone", quote="yes"), None),
        (Evidence(who="mira", channel="phone", quote="yes"), "does not say when"),
        (Evidence(at=AT, quote="yes"), "does not say who, channel"),
        (None, "needs evidence"),
    ],
)
def test_satisfaction_needs_words_and_where_they_were_said(evidence: Evidence | None, fault: str | None) -> None:
    found = evidence_fault(evidence)
    assert found is None if fault is None else fault in (found or "")


def test_live_statuses_are_those_in_which_work_goes_on() -> None:
    assert {Status.CLOSED, Status.WITHDRAWN, Status.AT_AFCA, Status.RULED_OUT, Status.MERGED_AWAY} == set(Status) - LIVE


# closing, clock events, merging: the words of each refusal


def closing_of(told: Life, basis: Basis, **more: Any) -> str | None:
    """What closing is refused for; None where it is allowed."""
    asked: dict[str, Any] = {
        "at": AT,
        "closes_by": AT,
        "remedies": [Remedy.APOLOGY],
        "evidence": Evidence(message_id="m1", quote="thank you"),
        "reason": "explained",
    }
    try:
        check_closing(told, basis, **asked | more)
    except RefusedActError as error:
        return str(error)
    return None


RESPONDED = Response(AT, "agnes", "email", "upheld", (), "")


@pytest.mark.parametrize(
    ("told", "basis", "more", "refused"),
    [
        ({}, Basis.SATISFIED_IN_5BD, {}, None),
        ({}, Basis.SATISFIED_IN_5BD, {"evidence": None}, "needs evidence"),
        ({"types": ("credit_hardship",)}, Basis.SATISFIED_IN_5BD, {}, "WR-B1 (RG 271.75)"),
        ({}, Basis.EXPLAINED_IN_5BD, {"remedies": [Remedy.FEE_REFUND]}, "explanation or an apology"),
        ({}, Basis.EXPLAINED_IN_5BD, {"reason": ""}, "what was explained"),
        ({}, Basis.RESPONSE, {}, "no response was given"),
        ({"response": RESPONDED}, Basis.RESPONSE, {}, None),
        ({"response": replace(RESPONDED, missing=("afca_contact",))}, Basis.RESPONSE, {}, "lacks afca_contact"),
        ({"response": RESPONDED, "reopened_at": AT}, Basis.RESPONSE, {}, None),
        ({"response": RESPONDED, "reopened_at": AT + timedelta(1)}, Basis.RESPONSE, {}, "reopened after the response"),
        ({}, Basis.WITHDRAWN, {}, "use `withdraw`"),
        ({}, Basis.AT_AFCA, {}, "use `send_to_afca`"),
        ({"status": Status.AT_AFCA}, Basis.AT_AFCA, {}, None),
        ({}, Basis.OTHER, {}, None),
        ({}, Basis.OTHER, {"reason": ""}, "on what ground"),
        ({}, Basis.OTHER, {"remedies": [Remedy.GOODWILL_PAYMENT]}, "goodwill payment closes nothing"),
    ],
)
def test_each_ground_of_closing_has_its_conditions(
    told: dict[str, Any], basis: Basis, more: dict[str, Any], refused: str | None
) -> None:
    found = closing_of(replace(life(), **told), basis, **more)
    assert found is None if refused is None else refused in (found or "")


def test_edge_19_the_advocate_comes_after_a_complete_response() -> None:
    check_clock_event(life(), "court_advice_sought")
    for response in (None, replace(RESPONDED, missing=("reasons",))):
        with pytest.raises(RefusedActError, match="only after the IDR response"):
            check_clock_event(replace(life(), response=response), "advocate_requested")
    check_clock_event(replace(life(), response=RESPONDED), "advocate_requested")


def other(status: Status = Status.OPEN, **more: Any) -> Life:
    return replace(in_status(status), complaint_id="C-0000002", **more)


@pytest.mark.parametrize(
    ("kept", "away", "refused"),
    [
        (Status.OPEN, other(), None),
        (Status.CLOSED, other(Status.CLOSED), None),
        (Status.OPEN, in_status(Status.OPEN), "into itself"),
        (Status.MERGED_AWAY, other(), "kept under C-0000009"),
        (Status.OPEN, other(Status.MERGED_AWAY), "kept under C-0000009"),
        (Status.CLOSED, other(), "not merged into one that ended"),
        (
            Status.OPEN,
            other(merged=life((EntryKind.MERGED, {"other": "C-0000003", "standing": STANDING})).merged),
            "holds C-0000003 already",
        ),
    ],
)
def test_what_can_be_merged(kept: Status, away: Life, refused: str | None) -> None:
    if refused is None:
        check_merge(in_status(kept), away)
        return
    with pytest.raises(RefusedActError, match=refused):
        check_merge(in_status(kept), away)


def test_a_complaint_is_split_off_where_it_was_merged() -> None:
    away = other(Status.MERGED_AWAY)
    check_split(replace(life(), complaint_id="C-0000009"), away)
    with pytest.raises(RefusedActError, match="merged into C-0000009, not into C-0000001"):
        check_split(life(), away)
    with pytest.raises(RefusedActError, match="merged into no other"):
        check_split(life(), other())


def test_an_entry_says_what_it_changes_of_nature_and_due_dates() -> None:
    facts = {
        "product": "loan",
        "brand": "Lark",
        "issues": ["fees", "delay"],
        "tags": ["x"],
        "dues": {"respond": "2026-07-30T23:59:59+10:00", "acknowledge_24h": "2026-07-01T00:00:00+10:00"},
        "acknowledge_due_at": "2026-07-01T23:59:59+10:00",
        "respond_due_on": "2026-07-30",
    }
    told = life((EntryKind.CORRECTED, facts))
    assert (told.product, told.brand, told.issues, told.tags) == ("loan", "Lark", ("fees", "delay"), ("x",))
    assert [key for key, _ in told.dues] == ["acknowledge_24h", "respond"]
    assert told.respond_due_on == date(2026, 7, 30)
    ended = life((EntryKind.CORRECTED, facts), (EntryKind.RULED_OUT, {"dues": {}, "respond_due_on": None}))
    assert (ended.dues, ended.respond_due_on) == ((), None)


def test_a_closing_keeps_its_evidence_until_it_is_redacted() -> None:
    when = AT.isoformat()
    told = {"evidence": {"when": when, "channel": "phone", "message_id": ""}, "basis": "5bd_satisfied"}
    closing = life((EntryKind.CLOSED, told)).closing
    assert closing is not None and closing.evidence == Evidence("", AT, "phone", "", "")
    unsaid = life((EntryKind.CLOSED, {"evidence": {"message_id": "m1"}, "basis": "other"})).closing
    assert unsaid is not None and unsaid.evidence is not None and unsaid.evidence.at is None


def test_a_written_response_is_asked_for_by_the_code_of_a_clock_event() -> None:
    event = (EntryKind.CLOCK_EVENT, {"event": "written_response_requested", "code": "WR-A"})
    assert life(event, event).written_response == (WrittenResponse.ASKED,)


def test_what_was_answered_while_closed_stays_closed() -> None:
    said = (EntryKind.CLOSED, {"basis": "5bd_explained"}), (EntryKind.RESPONDED, {"outcome": "rejected"})
    assert life(*said).status is Status.CLOSED


def test_edge_54_a_correction_is_what_changes_the_receipt() -> None:
    earlier = {"received_at": (START - timedelta(days=1)).isoformat(), "received_on": "2026-06-29", "reason": "letter"}
    told = life((EntryKind.CORRECTED, earlier))
    assert (told.received_at, told.received_on) == (START - timedelta(days=1), date(2026, 6, 29))
    assert told.history[-1].reason == "letter"
