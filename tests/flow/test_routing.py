"""Cases go to the best fitting person with room, each once, whoever gives them out at the same time."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flow import routing
from flow.escalating import Escalating
from flow.escalation_steps import look
from flow.named import RefusedError
from flow.routing import change_room, change_skill, give_next, give_waiting, who_fits
from flow.teams import change_team
from flow.teamwork import By, hand_over, take_over
from models import Event, EventKind, Tier
from policy.loading import Policy
from store.store import Store
from tests.flow.test_escalations import POLICY as SHIPPED
from tests.inbox.factory import Said, add

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
POLICY = replace(SHIPPED, skills=replace(SHIPPED.skills, is_on=True, is_automatic=True, capacity=2))
PEOPLE = (("Ann", "agent"), ("Bo", "agent"), ("Cem", "agent"), ("Lena", "lead"))


def by(person: str = "Lena", *, key: str = "a" * 32) -> By:
    return By(person, NOW, key)


@pytest.fixture(autouse=True)
def people(store: Store) -> dict[str, int]:
    ids = {}
    with store.writing() as transaction:
        for name, role in PEOPLE:
            ids[name] = transaction.accounts.add(name, role, now=NOW)
            transaction.accounts.set_password(ids[name], "hash")
    room(store, "Lena", 0)
    return ids


def room(store: Store, name: str, capacity: int | None, *, away: bool = False) -> None:
    with store.writing() as transaction:
        change_room(transaction, transaction.accounts.by_name(name), capacity=capacity, is_away=away, by=by())


def skill(store: Store, name: str, *codes: str) -> None:
    with store.writing() as transaction:
        for code in codes:
            change_skill(transaction, POLICY, transaction.accounts.by_name(name), code, has=True, by=by(key=code * 9))


def case(store: Store, number: int = 1, **changes: object) -> int:
    said = Said("Where is my card?", label="enquiry", conversation=f"c{number}", native_id=f"n{number}", team="care")
    return add(store, replace(said, **changes), now=NOW)


def owners(store: Store, *ids: int) -> list[str | None]:
    with store.reading() as transaction:
        return [transaction.cases.get(each).owner for each in ids]


def routed(store: Store, case_id: int) -> list[Event]:
    with store.reading() as transaction:
        return [event for event in transaction.events.of_case(case_id) if event.kind is EventKind.ROUTED]


def give(store: Store, policy: Policy = POLICY) -> int:
    return give_waiting(store, policy, now=NOW)


def test_a_case_goes_to_who_can_do_what_it_asks_for_and_says_why(store: Store) -> None:
    skill(store, "Cem", "turkish")
    case_id = case(store, lang="tr")
    assert give(store) == 1
    assert owners(store, case_id) == ["Cem"]
    [event] = routed(store, case_id)
    assert event.facts | {"because": ""} == {
        "to": "Cem",
        "because": "",
        "open_cases": 0,
        "capacity": 2,
        "policy": "skills 2026-11",
    }
    assert str(event.facts["because"]).startswith("Turkish")


def test_cases_are_spread_nobody_gets_more_than_they_take_and_the_rest_waits(store: Store) -> None:
    ids = [case(store, number) for number in range(8)]
    assert give(store) == 6
    assert give(store) == 0
    given = owners(store, *ids)
    assert {name: given.count(name) for name in ("Ann", "Bo", "Cem", None)} == {"Ann": 2, "Bo": 2, "Cem": 2, None: 2}
    room(store, "Ann", 3)
    assert give(store) == 1


def test_who_is_away_or_has_no_room_gets_nothing_and_what_nobody_fits_stays_without_owner(store: Store) -> None:
    room(store, "Ann", None, away=True)
    room(store, "Bo", 0)
    room(store, "Cem", 0)
    case_id = case(store)
    assert give(store) == 0
    room(store, "Bo", 5)
    turkish = case(store, 2, lang="tr")
    assert give(store) == 1
    assert owners(store, case_id, turkish) == ["Bo", None]


@pytest.mark.parametrize("count", [2, 4])
def test_two_that_give_out_at_the_same_time_give_each_case_once_and_fill_nobody_above_their_room(
    store: Store, count: int
) -> None:
    ids = [case(store, number) for number in range(10)]
    barrier, given = threading.Barrier(count), list[int]()

    def one() -> None:
        barrier.wait()
        given.append(give(store))

    threads = [threading.Thread(target=one) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(given) == 6
    found = owners(store, *ids)
    assert all(found.count(name) == 2 for name in ("Ann", "Bo", "Cem"))
    assert sum(len(routed(store, each)) for each in ids) == 6


def test_the_next_is_given_at_a_leads_word_once_for_one_form(store: Store) -> None:
    first, second = case(store, 1), case(store, 2)
    with store.writing() as transaction:
        given = give_next(transaction, POLICY, by())
    with store.writing() as transaction:
        assert give_next(transaction, POLICY, by()) is None
    assert given is not None and given.case_id in (first, second)
    assert sorted(owners(store, first, second), key=str) == ["Ann", None]
    [event] = routed(store, given.case_id)
    assert event.actor == "Lena"
    for name in ("Ann", "Bo", "Cem"):
        room(store, name, 0)
    with pytest.raises(RefusedError, match="no case waits that anybody with room fits"), store.writing() as transaction:
        give_next(transaction, POLICY, by(key="b" * 32))


def test_who_fits_is_told_without_giving_anything_also_where_it_is_off(store: Store) -> None:
    skill(store, "Ann", "billing")
    skill(store, "Bo", "billing", "senior")
    number = case(store, tier=Tier.HIGH_PRIORITY)

    def told(policy: Policy) -> str | None:
        with store.reading() as transaction:
            choice = who_fits(transaction, policy, transaction.cases.get(number))
        return choice.name if choice is not None else None

    assert told(POLICY) == told(SHIPPED) == "Bo"
    assert owners(store, number) == [None]
    room(store, "Bo", None, away=True)
    assert told(POLICY) == "Ann", "payments alone"
    room(store, "Ann", 0)
    assert told(POLICY) is None, "nobody else has any of what it asks for"


def test_off_as_shipped_nothing_is_given_out(store: Store) -> None:
    case_id = case(store)
    assert give(store, SHIPPED) == 0
    with pytest.raises(RefusedError, match=r"policy/skills/skills\.toml has it off"), store.writing() as transaction:
        give_next(transaction, SHIPPED, by())
    assert owners(store, case_id) == [None]


def test_a_person_takes_or_hands_over_whatever_stands_there(store: Store) -> None:
    case_id = case(store)
    give(store)
    for act in ("take", "hand"):
        with store.writing() as transaction:
            found = transaction.cases.get(case_id)
            if act == "take":
                take_over(transaction, found, by("Lena", key="t" * 32), version=found.version)
            else:
                hand_over(transaction, found, "Bo", "", by("Lena", key="h" * 32), version=found.version)
    assert owners(store, case_id) == ["Bo"]
    assert give(store) == 0


# paths of escalation


def enter(store: Store, name: str, place: str) -> None:
    with store.writing() as transaction:
        user = transaction.accounts.by_name(name)
        change_team(transaction, POLICY.paths, "billing", user, place=place, by=by(key=name * 8))


def escalate(store: Store, case_id: int, policy: Policy = POLICY) -> None:
    with store.writing() as transaction:
        transaction.merges.lock([case_id])
        found = transaction.cases.get(case_id)
        Escalating(transaction, policy, now=NOW).escalate(found, "billing", "no_authority", "Please.", by("Lena"))


def test_a_path_gives_the_case_to_the_best_fitting_of_the_team_with_room(store: Store) -> None:
    for name in ("Ann", "Bo"):
        enter(store, name, "member")
    skill(store, "Bo", "turkish")
    case_id = case(store, lang="tr")
    escalate(store, case_id)
    assert owners(store, case_id) == ["Bo"]
    assert [event.facts["to"] for event in routed(store, case_id)] == ["Bo"]


def test_where_nobody_of_the_team_fits_its_lead_gets_it_and_where_nobody_has_room_the_alarm_stands(
    store: Store,
) -> None:
    enter(store, "Ann", "member")
    enter(store, "Cem", "lead")
    ids = [case(store, number, lang="bg") for number in range(3)]
    for each in ids:
        escalate(store, each)
    assert owners(store, *ids) == ["Cem", "Cem", None]
    assert "nobody who fits has room" in str(routed(store, ids[0])[0].facts["because"])
    with store.reading() as transaction:
        kinds = [event.kind for event in transaction.events.of_case(ids[2])]
    assert EventKind.UNOWNED_ESCALATION in kinds


def test_an_escalated_case_without_owner_is_looked_at_without_a_write_until_somebody_could_take_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(store, "Ann", "member")
    for name in ("Ann", "Bo", "Cem"):
        room(store, name, 0)
    case_id = case(store)
    escalate(store, case_id)
    look(store, POLICY, now=NOW)  # the change of team is looked at once, as any
    written, writing = [], Store.writing

    def counted(self: Store):
        written.append(self)
        return writing(self)

    monkeypatch.setattr(Store, "writing", counted)
    before = len(written)
    assert look(store, POLICY, now=NOW + timedelta(minutes=1)) == 0
    assert len(written) == before
    monkeypatch.undo()
    room(store, "Ann", 1)
    assert look(store, POLICY, now=NOW + timedelta(minutes=2)) == 1
    assert owners(store, case_id) == ["Ann"]


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda transaction, user: change_skill(transaction, POLICY, user, "dance", has=True, by=by()), "is unknown"),
        (lambda transaction, user: change_room(transaction, user, capacity=5000, is_away=False, by=by()), "0 to 1,000"),
    ],
)
def test_what_nobody_can_do_or_take_is_refused(store: Store, act, why: str) -> None:
    with store.writing() as transaction, pytest.raises(RefusedError, match=why):
        act(transaction, transaction.accounts.by_name("Ann"))


def test_an_auditor_is_nobody_to_give_a_case_to(store: Store) -> None:
    with store.writing() as transaction:
        transaction.accounts.set_password(transaction.accounts.add("Aud", "auditor", now=NOW), "hash")
        assert not routing.is_here(transaction.accounts.by_name("Aud"))
