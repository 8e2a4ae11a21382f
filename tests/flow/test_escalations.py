"""Escalated cases on both databases: an owner or an alarm, each step once, nothing after an answer, hops counted."""

import threading
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flow import hops as flow_hops
from flow.casework import OLD
from flow.escalating import NOT_SURE, Escalating
from flow.escalation_steps import look
from flow.hops import alarm_of
from flow.named import RefusedError
from flow.teams import Teams, change_team
from flow.teamwork import By, hand_over, take_over
from models import ActorKind, CaseState, Event, EventKind, Tier
from models.retention import REDACTED
from policy.loading import load_policy
from policy.paths import Level
from store.callouts import Call
from store.escalations import Ended, Escalation, EscalationState, Wanted
from store.hops import Hop, HopAlarm
from store.outbox import Effect
from store.store import Store
from store.tables import cases
from tests.flow.bench import Bench, message
from tests.inbox.factory import Said, add
from triage.paths import facts_of

SYDNEY = ZoneInfo("Australia/Sydney")
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=SYDNEY).astimezone(UTC)
"""A Monday."""
POLICY = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
CASE = Said("I was charged twice", team="billing", tags=("charge",))
PEOPLE = (("Priti", "agent"), ("Keiko", "agent"), ("Bora", "agent"), ("Lena", "lead"), ("Ada", "admin"))


@pytest.fixture
def people(store: Store) -> dict[str, int]:
    return add_people(store)


def add_people(store: Store) -> dict[str, int]:
    """Keiko and Bora are billing's, Bora leads it."""
    ids = {}
    with store.writing() as transaction:
        for name, role in PEOPLE:
            ids[name] = transaction.accounts.add(name, role, now=NOW)
            transaction.accounts.set_password(ids[name], "hash")
        for name, place in (("Keiko", "member"), ("Bora", "lead")):
            user = transaction.accounts.by_name(name)
            assert user is not None
            change_team(transaction, POLICY.paths, "billing", user, place=place, by=by("Lena", key=name * 5))
    return ids


@pytest.fixture
def case_id(store: Store) -> int:
    return add(store, CASE, now=NOW)


def by(person: str, *, at: datetime = NOW, key: str = "a" * 32) -> By:
    return By(person, at, key)


def escalate(
    store: Store,
    case_id: int,
    *,
    path: str = "billing",
    reason: str = "no_authority",
    note: str = "Refund over my limit.",
    who: By | None = None,
) -> int | None:
    who = who or by("Priti")
    with store.writing() as transaction:
        transaction.merges.lock([case_id])
        case = transaction.cases.get(case_id)
        assert case is not None
        return Escalating(transaction, POLICY, now=who.at).escalate(case, path, reason, note, who)


def standing(store: Store, case_id: int) -> Escalation | None:
    with store.reading() as transaction:
        return transaction.escalations.standing([case_id])


def owner(store: Store, case_id: int) -> str | None:
    with store.reading() as transaction:
        case = transaction.cases.get(case_id)
        assert case is not None
        return case.owner


def events(store: Store, case_id: int, *kinds: EventKind) -> list[Event]:
    with store.reading() as transaction:
        return [event for event in transaction.events.of_case(case_id) if event.kind in kinds]


def calls(store: Store, user_id: int) -> list[Call]:
    with store.reading() as transaction:
        return [call.kind for call in transaction.callouts.of(user_id, limit=50)]


def tick(store: Store, at: datetime, notify: Collection[str] = ()) -> int:
    return look(store, POLICY, now=at, notify=sorted(notify))


def person_did(store: Store, case_id: int, kind: EventKind, at: datetime, person: str = "Keiko") -> None:
    with store.writing() as transaction:
        event = Event(f"{kind.value}:{case_id}:{at.isoformat()}", kind, at, ActorKind.PERSON, person, case_id)
        transaction.events.record([event], now=at)


def assign(store: Store, case_id: int, name: str | None) -> None:
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        assert case is not None
        transaction.cases.assign(case_id, name, version=case.version, now=NOW)


# by people


def test_an_escalated_case_has_a_named_owner_a_reason_a_note_and_a_time(store, people, case_id):
    number = escalate(store, case_id)
    found = standing(store, case_id)
    assert found is not None and found.id == number
    assert (found.owner, found.team, found.place) == ("Keiko", "billing", 0)
    assert owner(store, case_id) == "Keiko"
    assert (found.opening.reason, found.opening.note) == ("no_authority", "Refund over my limit.")
    assert found.opening.path_version == "generic 2026-11"
    assert found.step_due_at == datetime(2026, 11, 24, 10, 0, tzinfo=SYDNEY).astimezone(UTC)
    assert calls(store, people["Keiko"]) == [Call.ESCALATED]
    [event] = events(store, case_id, EventKind.ESCALATED)
    assert (event.actor_kind, event.actor, event.facts["to"]) == (ActorKind.PERSON, "Priti", "Keiko")
    [note] = events(store, case_id, EventKind.NOTED)
    assert note.facts == {"text": "Refund over my limit."}


def test_the_same_form_twice_escalates_once(store, people, case_id):
    assert escalate(store, case_id) is not None
    assert escalate(store, case_id) is None
    assert len(events(store, case_id, EventKind.ESCALATED)) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"path": "nowhere"}, "path 'nowhere' is unknown; known paths: emergency"),
        ({"reason": "boredom"}, "takes no reason 'boredom'"),
        ({"note": "  "}, "what the next owner needs to know belongs to it"),
    ],
)
def test_what_cannot_be_escalated_is_refused_and_nothing_changes(store, people, case_id, wrong, said):
    with pytest.raises(RefusedError, match=said):
        escalate(store, case_id, **wrong)
    assert (standing(store, case_id), owner(store, case_id)) == (None, None)


def test_a_closed_case_is_not_escalated(store, people, case_id):
    with store.writing() as transaction:
        transaction.cases.set_state(case_id, CaseState.CLOSED, now=NOW)
    with pytest.raises(RefusedError, match="open it again first"):
        escalate(store, case_id)


def test_who_is_not_sure_sends_it_up_the_line_with_one_click(store, people, case_id):
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        Escalating(transaction, POLICY, now=NOW).not_sure(case, facts_of(case.decision, {}), "", by("Priti"))
    found = standing(store, case_id)
    assert (found.opening.path, found.opening.kind, found.opening.reason) == ("line", "hierarchical", "unsure")
    assert (found.owner, found.opening.note) == ("Lena", NOT_SURE)


def test_nobody_escalates_to_themselves(store, people, case_id):
    escalate(store, case_id, who=by("Keiko"))
    assert owner(store, case_id) == "Bora"


def test_sending_it_back_with_advice_gives_it_to_who_escalated_and_taking_over_keeps_it(store, people, case_id):
    assign(store, case_id, "Priti")
    escalate(store, case_id)
    later = NOW + timedelta(minutes=5)
    with store.writing() as transaction:
        case, found = transaction.cases.get(case_id), transaction.escalations.standing([case_id])
        doing = Escalating(transaction, POLICY, now=later)
        assert doing.send_back(case, found, "Refund up to 50 is fine.", by("Keiko", at=later, key="b" * 32))
    assert (standing(store, case_id), owner(store, case_id)) == (None, "Priti")
    assert calls(store, people["Priti"]) == [Call.ESCALATION_RETURNED]
    with store.reading() as transaction:
        [ended] = transaction.escalations.of_cases([case_id])
        hops = transaction.hops.of_cases([case_id])
    assert (ended.state, ended.ended_by, ended.ended_why) == (EscalationState.RETURNED, "Keiko", Ended.RETURNED)
    assert [hop.reason for hop in hops] == ["no_authority", "returned"]
    assert tick(store, later) == 0, "sent back with advice is no ping-pong"

    escalate(store, case_id, who=by("Priti", key="c" * 32))
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        take_over(transaction, case, by("Lena", at=later, key="d" * 32), version=case.version)
    assert (standing(store, case_id).owner, owner(store, case_id)) == ("Lena", "Lena")


def test_a_settled_escalation_ends_once_and_its_owner_keeps_the_case(store, people, case_id):
    escalate(store, case_id)
    with store.writing() as transaction:
        case, found = transaction.cases.get(case_id), transaction.escalations.standing([case_id])
        doing = Escalating(transaction, POLICY, now=NOW)
        assert doing.settle(case, found, "Refunded.", by("Keiko", key="b" * 32))
        with pytest.raises(RefusedError, match="over already"):
            doing.settle(case, found, "Refunded.", by("Bora", key="c" * 32))
    assert (standing(store, case_id), owner(store, case_id)) == (None, "Keiko")
    assert tick(store, NOW + timedelta(days=9)) == 0


def test_escalating_again_on_another_path_ends_the_first(store, people, case_id):
    first = escalate(store, case_id)
    escalate(store, case_id, path="line", who=by("Keiko", key="b" * 32))
    with store.reading() as transaction:
        found = transaction.escalations.get(first)
    assert (found.state, found.ended_why) == (EscalationState.SETTLED, Ended.FURTHER)
    assert standing(store, case_id).owner == "Lena"


# owners


def test_without_anybody_it_is_an_alarm_said_once_and_the_first_who_comes_gets_it(store, case_id):
    with store.writing() as transaction:
        transaction.accounts.add("Priti", "agent", now=NOW)
    escalate(store, case_id)
    for minutes in range(3):
        tick(store, NOW + timedelta(minutes=minutes))
    assert standing(store, case_id).owner is None
    assert len(events(store, case_id, EventKind.UNOWNED_ESCALATION)) == 1
    with store.reading() as transaction:
        assert transaction.escalations.count(Wanted(is_unowned=True)) == 1
    with store.writing() as transaction:
        lena = transaction.accounts.add("Lena", "lead", now=NOW)
        transaction.accounts.set_password(lena, "hash")
    tick(store, NOW + timedelta(minutes=4))
    assert (standing(store, case_id).owner, owner(store, case_id)) == ("Lena", "Lena")
    assert calls(store, lena) == [Call.ESCALATED]
    with store.reading() as transaction:
        assert transaction.escalations.count(Wanted(is_unowned=True)) == 0


def test_an_owner_who_left_is_no_owner_and_the_next_of_the_team_gets_it(store, people, case_id):
    escalate(store, case_id)
    with store.writing() as transaction:
        transaction.accounts.disable(people["Keiko"], now=NOW)
    tick(store, NOW + timedelta(minutes=1))
    assert (standing(store, case_id).owner, owner(store, case_id)) == ("Bora", "Bora")


def test_a_case_taken_from_everybody_is_not_left_lying(store, people, case_id):
    escalate(store, case_id)
    assign(store, case_id, None)
    assert standing(store, case_id).owner is None
    tick(store, NOW + timedelta(minutes=1))
    assert standing(store, case_id).owner in ("Keiko", "Bora")


def test_the_least_busy_gets_it_and_the_lead_only_where_the_step_says_so(store, people):
    cases = [add(store, Said("charged twice", handle=f"u{one}", conversation=f"c{one}"), now=NOW) for one in range(3)]
    with store.writing() as transaction:
        user = transaction.accounts.by_name("Priti")
        change_team(transaction, POLICY.paths, "billing", user, place="member", by=by("Lena", key="e" * 32))
    for place, case_id in enumerate(cases):
        escalate(store, case_id, who=by("Ada", key=str(place) * 32))
    with store.reading() as transaction:
        assert transaction.escalations.loads(["Keiko", "Priti", "Bora"]) == {"Keiko": 2, "Priti": 1}
        teams = Teams(transaction, POLICY.paths)
        assert teams.choose("billing", Level.LEAD) == "Bora"
        assert teams.choose("billing", Level.LEAD, but=("Bora",)) == "Lena", "the team that answers for it"
        assert teams.choose("logistics", Level.MEMBER) == "Lena", "nobody is entered: who stands in"


# the clock


def test_the_next_step_is_taken_when_nobody_answered_in_working_time_and_once(store, people, case_id):
    escalate(store, case_id)
    due = standing(store, case_id).step_due_at
    assert tick(store, due - timedelta(seconds=1)) == 0
    assert tick(store, due) == 1
    assert tick(store, due) == 0
    found = standing(store, case_id)
    assert (found.owner, found.place, owner(store, case_id)) == ("Bora", 1, "Bora")
    [step] = events(store, case_id, EventKind.ESCALATION_STEP)
    assert (step.actor_kind, step.facts["step"], step.facts["to"]) == (ActorKind.RULE, 2, "Bora")
    assert calls(store, people["Bora"]) == [Call.ESCALATED]


def test_a_step_that_only_tells_leaves_the_owner(store, people, case_id):
    escalate(store, case_id)
    for _ in range(2):
        tick(store, standing(store, case_id).step_due_at)
    found = standing(store, case_id)
    assert (found.place, found.owner) == (2, "Bora")
    assert calls(store, people["Lena"]) == [Call.ESCALATION_TOLD]


def test_a_path_that_is_used_up_without_an_answer_calls_its_owner_and_who_leads_once(store, people, case_id):
    escalate(store, case_id)
    for _ in range(2):
        tick(store, standing(store, case_id).step_due_at)
    due = standing(store, case_id).step_due_at
    tick(store, due - timedelta(seconds=1))
    assert events(store, case_id, EventKind.PATH_USED_UP) == []
    for late in (due, due, due + timedelta(days=30)):
        tick(store, late)
    [alarm] = events(store, case_id, EventKind.PATH_USED_UP)
    assert (alarm.actor_kind, alarm.facts["to"]) == (ActorKind.RULE, "Bora")
    assert calls(store, people["Bora"]).count(Call.PATH_USED_UP) == 1
    assert calls(store, people["Lena"]).count(Call.PATH_USED_UP) == 1
    assert calls(store, people["Keiko"]).count(Call.PATH_USED_UP) == 0
    assert (standing(store, case_id).place, standing(store, case_id).step_due_at) == (2, None)


def test_an_answer_after_the_last_step_raises_no_alarm_until_the_author_writes_again(store, people, case_id):
    escalate(store, case_id)
    for _ in range(2):
        tick(store, standing(store, case_id).step_due_at)
    due = standing(store, case_id).step_due_at
    person_did(store, case_id, EventKind.REPLY_QUEUED, due - timedelta(minutes=5))
    tick(store, due)
    assert standing(store, case_id).stopped_at is not None
    wrote_again(store, case_id, due + timedelta(days=1))
    tick(store, due + timedelta(days=1))
    assert events(store, case_id, EventKind.PATH_USED_UP) == []
    tick(store, standing(store, case_id).step_due_at)
    assert len(events(store, case_id, EventKind.PATH_USED_UP)) == 1


@pytest.mark.parametrize("kind", [EventKind.REPLY_QUEUED, EventKind.TAKEN_OVER, EventKind.CLOSED, EventKind.REOPENED])
def test_after_an_answer_of_a_person_no_step_follows(store, people, case_id, kind):
    escalate(store, case_id)
    person_did(store, case_id, kind, NOW + timedelta(minutes=30))
    assert tick(store, NOW + timedelta(days=30)) == 0
    found = standing(store, case_id)
    assert (found.place, found.owner, found.step_due_at, found.stopped_by) == (0, "Keiko", None, "Keiko")
    assert events(store, case_id, EventKind.ESCALATION_STEP) == []
    assert calls(store, people["Bora"]) == []


def wrote_again(store: Store, case_id: int, at: datetime) -> None:
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        written = {"last_message_at": at, "state": CaseState.OPEN.value}
        connection.execute(cases.update().where(cases.c.id == case_id).values(written))


@pytest.mark.parametrize("is_stopped", [True, False], ids=["after it was stopped", "before the clock had looked"])
def test_who_writes_again_after_the_answer_waits_for_the_next_one(store, people, case_id, is_stopped):
    escalate(store, case_id)
    due_at = standing(store, case_id).step_due_at
    person_did(store, case_id, EventKind.REPLY_QUEUED, NOW + timedelta(minutes=30))
    if is_stopped:
        tick(store, due_at)
        assert standing(store, case_id).stopped_by == "Keiko"
    again = due_at + timedelta(minutes=-10 if not is_stopped else 90)
    wrote_again(store, case_id, again)

    tick(store, max(due_at, again))
    found = standing(store, case_id)
    assert (found.place, found.stopped_at, found.step_at) == (0, None, again)
    assert again < found.step_due_at
    assert len(events(store, case_id, EventKind.ESCALATION_GOES_ON)) == 1
    assert events(store, case_id, EventKind.ESCALATION_STEP) == []

    tick(store, found.step_due_at)
    assert standing(store, case_id).place == 1
    assert len(events(store, case_id, EventKind.ESCALATION_STEP)) == 1


def test_a_second_answer_stops_it_again_and_who_never_writes_again_wakes_nothing(store, people, case_id):
    escalate(store, case_id)
    first = standing(store, case_id).step_due_at
    person_did(store, case_id, EventKind.REPLY_QUEUED, NOW + timedelta(minutes=30))
    tick(store, first)
    assert tick(store, first + timedelta(days=1)) == 0
    wrote_again(store, case_id, first + timedelta(days=2))
    tick(store, first + timedelta(days=2))
    person_did(store, case_id, EventKind.REPLY_QUEUED, first + timedelta(days=2, minutes=5))
    tick(store, standing(store, case_id).step_due_at)
    assert tick(store, first + timedelta(days=60)) == 0
    assert len(events(store, case_id, EventKind.ESCALATION_STOPPED)) == 2
    assert (standing(store, case_id).place, standing(store, case_id).step_due_at) == (0, None)


def test_a_case_that_was_closed_and_opened_again_takes_no_step_of_before(store, people, case_id):
    escalate(store, case_id)
    with store.writing() as transaction:
        transaction.cases.set_state(case_id, CaseState.CLOSED, now=NOW + timedelta(hours=1))
        transaction.cases.set_state(case_id, CaseState.OPEN, now=NOW + timedelta(hours=2))
    assert tick(store, NOW + timedelta(days=30)) == 0
    with store.reading() as transaction:
        [found] = transaction.escalations.of_cases([case_id])
    assert (found.state, found.ended_why) == (EscalationState.SETTLED, Ended.CLOSED)


def test_after_a_standstill_a_case_gets_one_step_and_one_call_and_the_others_are_noted(store, people, case_id):
    escalate(store, case_id, path="outage", reason="outage")
    weeks_later = NOW + timedelta(weeks=3)
    for minutes in range(5):
        tick(store, weeks_later + timedelta(seconds=minutes))
    assert [event.facts["step"] for event in events(store, case_id, EventKind.ESCALATION_PASSED_OVER)] == [2]
    assert [event.facts["step"] for event in events(store, case_id, EventKind.ESCALATION_STEP)] == [3]
    assert calls(store, people["Ada"]) == [Call.ESCALATION_TOLD]
    assert events(store, case_id, EventKind.PATH_USED_UP) == []


def test_the_next_step_after_a_late_one_has_its_whole_time(store, people, case_id):
    escalate(store, case_id, path="press", reason="press")
    late = standing(store, case_id).step_due_at + timedelta(minutes=30)
    tick(store, late)
    assert standing(store, case_id).place == 1
    assert standing(store, case_id).step_due_at == late + timedelta(hours=2)


def test_all_that_is_due_is_looked_at_however_many(store, people, monkeypatch):
    monkeypatch.setattr("flow.escalation_steps.MOST_AT_ONCE", 3)
    monkeypatch.setattr(flow_hops, "MOST_AT_ONCE", 2)
    number = 11
    for one in range(number):
        case_id = add(store, Said("charged twice", handle=f"u{one}", conversation=f"c{one}"), now=NOW)
        escalate(store, case_id, who=by("Ada", key=f"{one:032}"))
    due = NOW + timedelta(hours=25)
    assert tick(store, due) == number
    assert tick(store, due) == 0
    with store.reading() as transaction:
        assert {found.place for found, _ in transaction.escalations.ledger(Wanted(), limit=50)} == {1}
        assert transaction.hops.to_look_at(limit=5) == []


def test_one_that_fails_fails_alone(store, people, monkeypatch):
    cases = [add(store, Said("charged twice", handle=f"u{one}", conversation=f"c{one}"), now=NOW) for one in range(3)]
    numbers = [escalate(store, case, who=by("Ada", key=f"{case:032}")) for case in cases]
    with store.writing() as transaction:
        transaction._connection.exec_driver_sql(
            f"UPDATE escalations SET steps = '[{{\"team\": 7}}]' WHERE id = {numbers[1]}"
        )
    assert tick(store, NOW + timedelta(hours=25)) == 2
    assert [standing(store, case).place for case in cases] == [1, 0, 1]


def race(*acts: Callable[[], object]) -> list[Exception]:
    failed: list[Exception] = []
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001, shown by the test
            failed.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_two_processes_that_tick_at_once_take_each_step_once(store_url, open_store, store, people):
    cases = [add(store, Said("charged twice", handle=f"u{one}", conversation=f"c{one}"), now=NOW) for one in range(6)]
    for case_id in cases:
        escalate(store, case_id, who=by("Ada", key=f"{case_id:032}"))
    others = [open_store(store_url) for _ in range(2)]
    due = NOW + timedelta(hours=25)
    assert race(*(lambda one=one: tick(one, due) for one in others)) == []
    for case_id in cases:
        assert len(events(store, case_id, EventKind.ESCALATION_STEP)) == 1
        assert standing(store, case_id).place == 1
        assert owner(store, case_id) == standing(store, case_id).owner
    assert calls(store, people["Bora"]) == [Call.ESCALATED] * len(cases)


def test_of_two_rules_that_escalate_a_case_at_once_one_does(store_url, open_store, store, people, case_id):
    def by_rule(one: Store) -> None:
        with one.writing() as transaction:
            transaction.merges.lock([case_id])
            case = transaction.cases.get(case_id)
            facts = facts_of(case.decision, {}, ["asks_for_manager"])
            Escalating(transaction, POLICY, now=NOW).by_rule(case, facts, key="x", path_key="manager")

    others = [open_store(store_url) for _ in range(2)]
    race(*(lambda one=one: by_rule(one) for one in others))
    assert len(events(store, case_id, EventKind.ESCALATED)) == 1
    assert owner(store, case_id) == "Lena"


# hops


def test_a_case_that_comes_back_to_who_had_it_raises_one_alarm(store, people, case_id):
    assign(store, case_id, "Priti")
    for place, (person, to) in enumerate((("Priti", "Keiko"), ("Keiko", "Priti"))):
        with store.writing() as transaction:
            case = transaction.cases.get(case_id)
            hand_over(transaction, case, to, "yours", by(person, key=str(place) * 32), version=case.version)
    assert tick(store, NOW) == 1
    assert tick(store, NOW) == 0
    [alarm] = events(store, case_id, EventKind.PING_PONG)
    assert (alarm.facts["alarm"], alarm.facts["to"], alarm.facts["hops"]) == ("ping_pong", "Priti", 2)
    with store.reading() as transaction:
        assert [hop.case_id for hop in transaction.hops.alarms(limit=5)] == [case_id]
        assert transaction.hops.counts([case_id]) == {case_id: 2}


def hop(number: int, before: str | None, to: str | None, reason: str = "handed_over", team: str | None = None) -> Hop:
    return Hop(f"k{number}", 1, NOW, before, to, None, team, reason, "x", number)


def test_more_hops_than_the_policy_allows_are_an_alarm_without_any_way_back():
    earlier = [hop(1, "a", "b"), hop(2, "b", "c"), hop(3, "c", "d")]
    assert alarm_of(hop(4, "d", "e"), earlier, most=3) is HopAlarm.TOO_MANY
    assert alarm_of(hop(4, "d", "e"), earlier[1:], most=3) is None
    assert alarm_of(hop(2, "b", "a", "returned"), earlier[:1], most=3) is None
    assert alarm_of(hop(2, "b", "a"), earlier[:1], most=3) is HopAlarm.PING_PONG


# by a rule, in the flow


def test_a_tier_3_topic_whose_path_says_so_is_escalated_at_triage_once(store: Store):
    bench = Bench(store)
    people = add_people(store)
    bench.time = NOW
    said = (NOW - timedelta(minutes=5)).isoformat()
    bench.read(message("your charger caught fire and burned my hand", id="1", created_at=said))
    bench.drain()
    found = standing(store, 1)
    assert found is not None
    assert (found.opening.path, found.opening.is_by_rule, found.owner) == ("emergency", True, "Lena")
    [event] = events(store, 1, EventKind.ESCALATED)
    assert (event.actor_kind, event.actor) == (ActorKind.RULE, "generic 2026-11")
    assert calls(store, people["Lena"]) == [Call.ESCALATED]
    bench.read(message("your charger caught fire again", id="2", created_at=said))
    bench.drain()
    assert len(events(store, 1, EventKind.ESCALATED)) == 1


def test_what_was_said_long_ago_calls_nobody(store: Store):
    bench = Bench(store)
    add_people(store)
    bench.time = NOW
    said = (NOW - OLD - timedelta(minutes=5)).isoformat()
    bench.read(message("your charger caught fire and burned my hand", id="1", created_at=said))
    bench.drain()
    with store.reading() as transaction:
        assert transaction.cases.get(1).decision.tier is Tier.HIGH_PRIORITY
    assert standing(store, 1) is None


def test_a_rule_takes_an_escalated_case_further_only_to_a_more_urgent_path(store, people, case_id):
    escalate(store, case_id)
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        doing, facts = Escalating(transaction, POLICY, now=NOW), facts_of(case.decision, {})
        assert doing.by_rule(case, facts, key="t", path_key="manager") is None
        assert doing.by_rule(case, facts, key="t", path_key="emergency") is not None
    assert standing(store, case_id).opening.path == "emergency"


def test_who_is_on_call_is_told_outside_the_inbox_once_and_without_a_word_of_the_customer(store, people, case_id):
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        doing = Escalating(transaction, POLICY, now=NOW, notify=["slack"])
        doing.escalate(case, "emergency", "safety", "He may hurt himself.", by("Priti"))
    with store.reading() as transaction:
        told = [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.NOTIFY]
    assert [(row.sink, row.payload["subject"]) for row in told] == [
        ("slack", f"Case {case_id} is escalated: Emergency response, to Lena")
    ]
    assert "charged twice" not in str(told[0].payload)
    due = standing(store, case_id).step_due_at
    tick(store, due, notify=["slack"])
    tick(store, standing(store, case_id).step_due_at, notify=["slack"])
    with store.reading() as transaction:
        told = [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.NOTIFY]
    assert len(told) == 2, "the step in between only tells in the inbox"


def test_escalating_moves_no_clock_and_changes_nothing_in_the_register(store, people, case_id):
    def law() -> object:
        with store.reading() as transaction:
            clocks = [(one.key, one.due_at, one.met_at) for one in transaction.cases.clocks_of(case_id)]
            return clocks, [entry.digest for entry in transaction.register.entries()]

    before = law()
    escalate(store, case_id)
    tick(store, NOW + timedelta(days=5))
    assert law() == before


def test_the_words_of_an_escalation_go_with_the_notes_of_its_case(store, people, case_id):
    number = escalate(store, case_id)
    with store.writing() as transaction:
        case, found = transaction.cases.get(case_id), transaction.escalations.get(number)
        Escalating(transaction, POLICY, now=NOW).settle(case, found, "Mira got it back", by("Keiko", key="b" * 32))
        transaction.redaction.log(case_id, notes=True)
    with store.reading() as transaction:
        found = transaction.escalations.get(number)
    assert (found.opening.note, found.ended_words) == (REDACTED, REDACTED)
    assert found.opening.reason == "no_authority"
