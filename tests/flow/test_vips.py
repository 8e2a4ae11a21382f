"""The firm's list of customers: points in the queue and nothing else, on both databases."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from connectors.crm import Crm
from flow import vips
from flow.crm import MOST_FAULTS, ask_for_values
from flow.named import RefusedError
from flow.teamwork import By
from flow.vips import Wanted
from models import EventKind
from models.retention import REDACTED
from store.store import Store
from store.tables import events
from tests.flow.bench import NOW, Bench, message

CHARGED = "I was charged twice, give me a refund"
POINTS = "customer_value"
LAST_DAY = "2026-07-01"
OF_ONE = ("case_id", "message_id")


def by(key: str = "a" * 32, *, at=NOW) -> By:
    return By("Lena", at, key)


def wanted(**changes: str) -> Wanted:
    return replace(Wanted("x", "@Mira", "key", LAST_DAY, "Our largest account", "K-17"), **changes)


def enter(bench: Bench, entry: Wanted | None = None, *, key: str = "a" * 32) -> int | None:
    with bench.store.writing() as transaction:
        return vips.add(transaction, bench.flow.policy, entry or wanted(), by(key, at=bench.time))


def say(bench: Bench, who: str, *, id: str, text: str = CHARGED) -> int:
    author = {"id": f"u-{who}", "handle": who, "name": who.title(), "followers": 120}
    bench.read(message(text, id=id, author=author))
    bench.drain()
    with bench.store.reading() as transaction:
        [case_id] = [
            case.id for case in transaction.cases.several(range(1, 50)) if case.author_key == key_of(bench, id)
        ]
    return case_id


def key_of(bench: Bench, id: str) -> str | None:
    with bench.store.reading() as transaction:
        found = [item for number in range(1, 50) for item in transaction.mentions.of_case(number)]
    return next(item.author_key for item in found if item.mention.native_id == id)


def points(bench: Bench, case_id: int) -> float:
    with bench.store.reading() as transaction:
        case = transaction.cases.get(case_id)
    assert case is not None
    assert case.decision.score == pytest.approx(sum(part.points for part in case.decision.score_parts))
    return sum(part.points for part in case.decision.score_parts if part.name == POINTS)


def test_what_an_account_of_the_list_writes_stands_above_the_same_words_of_another(store: Store) -> None:
    bench = Bench(store)
    other = say(bench, "otto", id="1")
    enter(bench)
    vip = say(bench, "mira", id="2")
    assert (points(bench, vip), points(bench, other)) == (bench.flow.policy.house.weights.vip, 0)
    with store.reading() as transaction:
        first, second = (transaction.cases.get(each) for each in (vip, other))
    assert first.decision.score > second.decision.score


def test_fairness_two_equal_complaints_have_the_same_clocks_tier_priority_team_and_register_facts(store: Store) -> None:
    bench = Bench(store)
    enter(bench)
    ids = [say(bench, who, id=str(number)) for number, who in enumerate(("mira", "otto"))]
    with store.reading() as transaction:
        cases = [transaction.cases.get(each) for each in ids]
        clocks = [
            [(one.key, one.due_at, one.force, one.paragraph) for one in transaction.cases.clocks_of(each)]
            for each in ids
        ]
        targets = [[(one.key, one.due_at) for one in transaction.targets.of([each])] for each in ids]
        facts = [
            [
                {name: value for name, value in json.loads(entry.facts).items() if name not in OF_ONE}
                for entry in transaction.register.of_complaint(case.complaint_id)
            ]
            for case in cases
        ]
    assert clocks[0] == clocks[1] and clocks[0]
    assert targets[0] == targets[1] and targets[0]
    assert facts[0] == facts[1] and facts[0]
    vip, other = (case.decision for case in cases)
    assert replace(vip, score=other.score, score_parts=other.score_parts) == replace(other)


def test_open_cases_move_when_an_account_is_entered_and_back_when_its_entry_ends(store: Store) -> None:
    bench = Bench(store)
    case_id = say(bench, "mira", id="1")
    with store.reading() as transaction:
        before = transaction.cases.get(case_id)
    number = enter(bench)
    assert points(bench, case_id) > 0
    with store.writing() as transaction:
        assert vips.end(transaction, bench.flow.policy, number, by("b" * 32))
        assert not vips.end(transaction, bench.flow.policy, number, by("c" * 32))
    with store.reading() as transaction:
        assert transaction.cases.get(case_id) == before, "not even its version: no open form grows stale"


def test_an_entry_ends_by_itself_after_its_last_day_once(store: Store) -> None:
    bench = Bench(store)
    case_id, _ = say(bench, "mira", id="1"), enter(bench)
    bench.time = NOW + timedelta(days=30)
    for _ in range(2):
        bench.flow.tick()
    assert points(bench, case_id) == 0
    with store.reading() as transaction:
        [entry] = transaction.vips.listed(is_past=True, limit=5)
        assert transaction.events.is_recorded(f"vip_ended:{entry.id}")
    assert entry.ended_at == entry.until


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (wanted(handle=" @ "), "a handle or the platform's own id"),
        (wanted(band="gold"), "band 'gold' is unknown; known bands: key, large, known"),
        (wanted(reason=""), "a reason belongs to it"),
        (wanted(until="2026-06-04"), "has passed"),
        (wanted(until="2029-01-01"), "lasts 365 days at most"),
        (wanted(until="soon"), "'soon' is no date"),
        (wanted(channel=""), "a channel belongs to it"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_in_words(sqlite_store: Store, entry: Wanted, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        enter(Bench(sqlite_store), entry)


def test_the_same_form_enters_once_and_an_account_stands_once(store: Store) -> None:
    bench = Bench(store)
    assert enter(bench) is not None
    assert enter(bench) is None
    with pytest.raises(RefusedError, match="stands in the list already"):
        enter(bench, wanted(handle="MIRA"), key="b" * 32)


def test_a_file_is_taken_wholly_or_not_at_all_and_what_stands_there_is_passed_over(store: Store) -> None:
    bench = Bench(store)
    case_id = say(bench, "otto", id="1")
    enter(bench)
    head = "channel,handle,band,until,reason,reference\n"
    lines = f"x,@mira,key,{LAST_DAY},Largest,\nx,@otto,known,{LAST_DAY},Long with us,K-2\n"
    with store.writing() as transaction:
        assert vips.add_all(transaction, bench.flow.policy, (head + lines).encode(), by("d" * 32)) == (1, 1)
    assert points(bench, case_id) > 0
    for broken, why in ((head + lines + "x,,key,2026-07-01,Why,\n", "line 4"), ("a,b\n", "the first line lacks")):
        with pytest.raises(RefusedError, match=why), store.writing() as transaction:
            vips.add_all(transaction, bench.flow.policy, broken.encode(), by("e" * 32))
    with store.reading() as transaction:
        assert transaction.vips.count() == 2


def test_what_is_over_for_long_or_belongs_to_a_forgotten_author_names_nobody_any_more(store: Store) -> None:
    bench = Bench(store)
    say(bench, "mira", id="1")
    first, second = enter(bench), enter(bench, wanted(handle="otto"), key="b" * 32)
    with store.writing() as transaction:
        vips.end(transaction, bench.flow.policy, second, by("c" * 32))
        transaction.vips.forget([key_of(bench, "1")])
    assert vips.forget_ended(store, now=NOW + vips.KEPT) == 0
    assert vips.forget_ended(store, now=NOW + vips.KEPT + timedelta(seconds=1)) == 1
    with store.reading() as transaction:
        for number in (first, second):
            entry = transaction.vips.get(number)
            assert (entry.reason, entry.reference) == (REDACTED, REDACTED)
            assert entry.handle == f"redacted:{number}"


def test_the_log_holds_no_handle_and_no_reason(store: Store) -> None:
    enter(Bench(store))
    with store.engine.connect() as connection:
        rows = connection.execute(events.select().where(events.c.kind == EventKind.VIP_ADDED.value)).all()
    assert [sorted(row.facts) for row in rows] == [["band", "entry", "policy", "until"]]
    assert rows[0].actor == "Lena"


# the CRM


def crm(answer: Callable[[httpx.Request], httpx.Response]) -> Crm:
    return Crm("http://127.0.0.1:9/value", "token", transport=httpx.MockTransport(answer))


def test_the_crm_is_asked_beside_triage_and_its_value_counts_until_it_is_asked_again(store: Store) -> None:
    bench, asked = Bench(store), list[httpx.Request]()
    case_id = say(bench, "mira", id="1")

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"value": 120_000})

    for _ in range(2):
        ask_for_values(store, bench.flow.policy, crm(answer), now=bench.time)
    assert points(bench, case_id) == pytest.approx(bench.flow.policy.house.weights.vip * 0.6)
    [request] = asked
    assert dict(request.url.params) == {"channel": "x", "id": "u-mira", "handle": "mira"}
    assert CHARGED not in str(request.url) and request.headers["authorization"] == "Bearer token"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=["key"]),
        httpx.Response(401),
    ],
)
def test_a_crm_that_fails_changes_nothing_and_is_left_alone_for_a_while(store: Store, answer: httpx.Response) -> None:
    bench = Bench(store)
    case_id = say(bench, "mira", id="1")
    assert ask_for_values(store, bench.flow.policy, crm(lambda _: answer), now=bench.time) == 1
    assert ask_for_values(store, bench.flow.policy, crm(lambda _: answer), now=bench.time) == 0
    assert points(bench, case_id) == 0


def test_after_some_failures_in_a_row_it_is_not_asked_further(store: Store) -> None:
    bench = Bench(store)
    for number in range(MOST_FAULTS + 2):
        say(bench, f"person{number}", id=str(number))
    slow = crm(lambda _: (_ for _ in ()).throw(httpx.ReadTimeout("slow")))
    assert ask_for_values(store, bench.flow.policy, slow, now=bench.time) == MOST_FAULTS


def test_who_is_not_known_there_is_asked_after_once_in_a_while_only(store: Store) -> None:
    bench = Bench(store)
    say(bench, "mira", id="1")
    unknown = crm(lambda _: httpx.Response(404))
    assert ask_for_values(store, bench.flow.policy, unknown, now=bench.time) == 1
    soon, later = bench.time + timedelta(days=6), bench.time + timedelta(days=8)
    assert [ask_for_values(store, bench.flow.policy, unknown, now=at) for at in (soon, later)] == [0, 1]


def test_without_an_address_nothing_is_asked_and_triage_never_asks(store: Store) -> None:
    bench = Bench(store)
    say(bench, "mira", id="1")
    assert ask_for_values(store, bench.flow.policy, None, now=bench.time) == 0
    with store.reading() as transaction:
        assert transaction.vips.crm_answer(key_of(bench, "1")) is None
