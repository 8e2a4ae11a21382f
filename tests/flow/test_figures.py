"""All figures equal a slow recount of the event log, whatever people and customers did; and what each one counts."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flow.figures import Choice, Rules, bounds, escalation_chart, figures_of
from flow.merging import Merging
from flow.teamwork import By
from flow.ticket_state import change_state
from measure.handling_sheet import Figure
from measure.periods import Period, between, week_of
from models import ActorKind, CaseState, Event, EventKind
from models.errors import EarshotError
from store.cases import StaleCaseError
from store.outbox import Effect
from store.store import Store
from tests.flow.bench import Bench, message
from tests.measure.recount import Recount, read_log
from triage.working_time import WorkingTime, working_time_of

SYDNEY = ZoneInfo("Australia/Sydney")
BEGIN = datetime(2026, 10, 2, 19, 0, tzinfo=UTC)
"""The clocks go forward in Sydney on 4 October, a Monday holiday follows on the 5th."""
CAP = timedelta(minutes=15)
WORDS = ("you charged twice", "how do i log in?", "thank you", "free crypto now", "you charged twice for one coffee")
PEOPLE = ("agnes", "bert")
REASONS = ("no_authority", "knowledge_gap")
FROM_OTHERS = {"csat", "promises", "quality", "miss_rate", "agreement"}
NOT_RECOUNTED = FROM_OTHERS | {"cost_complaint"}


@cache
def working() -> WorkingTime:
    return working_time_of(Bench(Store("sqlite://")).flow.policy)


def rules_of() -> Rules:
    return Rules(SYDNEY, working().between, CAP, Decimal(60))


@dataclass(frozen=True)
class Step:
    act: str
    case: int
    other: int
    choice: int
    minutes: int


class History:
    """People and customers, one step after the other."""

    def __init__(self, store: Store) -> None:
        self.bench = Bench(store)
        self.bench.time = BEGIN
        self.number = 0

    def do(self, step: Step) -> None:
        self.number += 1
        self.bench.time += timedelta(minutes=step.minutes)
        with suppress(EarshotError, StaleCaseError):
            getattr(self, step.act)(step)

    def say(self, step: Step) -> None:
        said_at = (self.bench.time - timedelta(seconds=20)).isoformat()
        conversation = f"c{step.case}"
        kind = {"kind": "dm"} if step.case % 2 else {}
        words = WORDS[step.choice]
        author = {"id": f"u{step.case}", "handle": f"h{step.case}"}
        told = message(words, id=str(self.number), conversation_id=conversation, created_at=said_at, author=author)
        self.bench.read(told | kind)
        self.bench.drain()

    def answer(self, step: Step) -> None:
        person = ("agnes", "bert", "")[step.choice % 3]
        with self.bench.store.writing() as transaction:
            items = transaction.mentions.of_case(step.case)
            if not items:
                return
            native = items[-1].mention.id
            payload = {"text": "We look into it.", "is_private": bool(step.other % 2), "person": person}
            row = transaction.outbox.add(
                Effect.SEND_REPLY,
                sink="x",
                key=f"reply:{self.number}",
                case_id=step.case,
                mention_id=native,
                payload=payload,
                now=self.bench.time,
            )
        assert row is not None
        self.bench.flow.deliver(row)

    def _event(
        self, step: Step, kind: EventKind, facts: dict[str, object], by: ActorKind = ActorKind.PERSON, **more: Any
    ) -> None:
        with self.bench.store.writing() as transaction:
            case = transaction.cases.get(step.case)
            if case is None or case.state is CaseState.MERGED:
                return
            if kind in (EventKind.CLOSED, EventKind.REOPENED):
                state = CaseState.CLOSED if kind is EventKind.CLOSED else CaseState.OPEN
                change_state(transaction, case, state, now=self.bench.time)
            actor = PEOPLE[step.choice % 2] if by is ActorKind.PERSON else "paths"
            key = f"{kind.value}:{self.number}"
            event = Event(key, kind, self.bench.time, by, actor, step.case, facts=facts, **more)
            transaction.events.record([event], now=self.bench.time)

    def close(self, step: Step) -> None:
        self._event(step, EventKind.CLOSED, {})

    def reopen(self, step: Step) -> None:
        self._event(step, EventKind.REOPENED, {})

    def assign(self, step: Step) -> None:
        self._event(step, EventKind.ASSIGNED, {"from": "x", "to": (*PEOPLE, "nobody")[step.other % 3]})

    def escalate(self, step: Step) -> None:
        self._event(step, EventKind.ESCALATED, {"path": "p", "reason": REASONS[step.other % 2]})

    def time_runs_out(self, step: Step) -> None:
        kind = (EventKind.ESCALATION_STEP, EventKind.OWNER_FOUND)[step.choice % 2]
        self._event(step, kind, {"to": PEOPLE[step.other % 2]}, ActorKind.RULE)

    def note(self, step: Step) -> None:
        self._event(step, EventKind.NOTED, {"text": "seen"})

    def relabel(self, step: Step) -> None:
        with self.bench.store.reading() as transaction:
            items = transaction.mentions.of_case(step.case)
        if items:
            label = ("complaint", "enquiry", "spam", "praise")[step.choice % 4]
            self.bench.relabel(items[step.other % len(items)].mention.native_id, label)

    def _merging(self, act: Callable[[Merging, Any], object]) -> None:
        with self.bench.store.writing() as transaction:
            by = By("agnes", self.bench.time, f"{self.number:032x}")
            act(Merging(transaction, self.bench.flow.policy, by), transaction)

    def merge(self, step: Step) -> None:
        def act(merging: Merging, transaction: Any) -> None:
            versions = (transaction.cases.get(step.case), transaction.cases.get(step.other))
            if None not in versions:
                numbers = tuple(one.version for one in versions)
                merging.merge(step.case, step.other, versions=numbers, reason="the same", with_complaints=True)

        self._merging(act)

    def unmerge(self, step: Step) -> None:
        self._merging(lambda merging, transaction: merging.unmerge(step.case, version=_version(transaction, step.case)))

    def split(self, step: Step) -> None:
        def act(merging: Merging, transaction: Any) -> None:
            items = transaction.mentions.of_case(step.case)
            if items:
                ids, version = [items[-1].mention.id], _version(transaction, step.case)
                merging.split(step.case, ids, version=version, reason="another matter", desk="memory")

        self._merging(act)

    def unsplit(self, step: Step) -> None:
        self._merging(lambda merging, transaction: merging.unsplit(step.case, version=_version(transaction, step.case)))


def _version(transaction: Any, case_id: int) -> int:
    case = transaction.cases.get(case_id)
    return case.version if case is not None else 0


ACTS = (
    "say",
    "answer",
    "close",
    "reopen",
    "assign",
    "escalate",
    "note",
    "relabel",
    "merge",
    "unmerge",
    "time_runs_out",
)
OFTEN = ("say", "say", "say", "answer", "answer", "close", *ACTS, "split", "unsplit")
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(OFTEN),
        st.integers(1, 4),
        st.integers(1, 4),
        st.integers(0, 4),
        st.sampled_from([1, 7, 40, 240, 700, 1500, 6000]),
    ),
    min_size=8,
    max_size=26,
)
KINDLY: Any = {
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
}
"""Without shrinking: a history takes a second."""
PERIODS = st.sampled_from(
    [
        between(date(2026, 10, 1), date(2026, 12, 31)),
        between(date(2026, 10, 4), date(2026, 10, 4)),
        week_of(date(2026, 10, 5)),
        between(date(2026, 10, 6), date(2026, 10, 20)),
    ]
)


def told(found: list[Figure]) -> dict[tuple[str, str, str], tuple[float | None, ...]]:
    return {
        (one.key, one.group, one.name): (one.count, one.value, one.median, one.p90)
        for one in found
        if one.key not in NOT_RECOUNTED and one.count
    }


def left_out(found: list[Figure]) -> dict[tuple[str, str], int]:
    return {
        (one.key, why): number
        for one in found
        for why, number in one.left_out
        if one.key not in NOT_RECOUNTED and number and one.key != "first_answer_working"
    }


def check_recount(store: Store, period: Period, now: datetime) -> None:
    check_figures(store, period, now)
    with store.reading() as transaction:
        chart = escalation_chart(transaction, Choice(period), SYDNEY, now=now)
    check_chart(store, chart, now)


def check_figures(store: Store, period: Period, now: datetime) -> None:
    with store.reading() as transaction:
        found, _ = figures_of(transaction, Choice(period), rules_of(), now=now)
    since, until = bounds(period, SYDNEY)
    again = Recount(read_log(store), since, until, SYDNEY, now, working().between, CAP).run()
    counted = told(found)
    assert counted.keys() == again.told().keys()
    for place, numbers in again.told().items():
        assert counted[place] == pytest.approx(numbers), place
    assert left_out(found) == {place: number for place, number in again.left_out.items() if number}


def check_chart(store: Store, chart: dict[tuple[str, str], list[Any]], now: datetime) -> None:
    """Each week of the chart is the share of the same name in that week's figures."""
    for one in chart["", ""][-4:]:
        since, until = bounds(week_of(one.week.monday), SYDNEY)
        weekly = Recount(read_log(store), since, until, SYDNEY, now, working().between, CAP).run()
        hits = weekly.shares.get(("escalated", "", ""), [])
        assert (one.week.hits, one.week.total) == (sum(hits), len(hits))


@given(steps=STEPS, period=PERIODS)
@settings(max_examples=20, **KINDLY)
def test_all_figures_equal_a_recount_of_the_log_on_sqlite(
    steps: list[Step], period: Period, empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("figures") / "earshot.db"
    shutil.copyfile(empty_sqlite, path)
    play_and_check(Store(f"sqlite:///{path}"), steps, period)


@pytest.mark.postgres
@given(steps=STEPS, period=PERIODS)
@settings(max_examples=6, **KINDLY)
def test_all_figures_equal_a_recount_of_the_log_on_postgres(
    steps: list[Step], period: Period, postgres: Any, empty_postgres: str
) -> None:
    with postgres.database(like=empty_postgres) as url:
        play_and_check(Store(url), steps, period)


def play_and_check(store: Store, steps: list[Step], period: Period) -> None:
    history = History(store)
    for step in steps:
        history.do(step)
    try:
        check_recount(store, period, history.bench.time)
    finally:
        store.close()


def test_a_merge_a_split_and_their_undoing_are_recounted(store: Store) -> None:
    history = History(store)
    for step in (
        Step("say", 1, 1, 0, 10),
        Step("assign", 1, 0, 0, 10),
        Step("say", 2, 1, 1, 10),
        Step("say", 2, 1, 2, 200),
        Step("answer", 1, 1, 0, 300),
        Step("merge", 1, 2, 0, 10),
        Step("answer", 1, 2, 1, 900),
        Step("split", 1, 1, 0, 10),
        Step("escalate", 3, 1, 0, 10),
        Step("note", 3, 1, 0, 10),
        Step("unmerge", 2, 1, 0, 10),
        Step("unsplit", 3, 1, 0, 10),
        Step("close", 2, 1, 0, 10),
        Step("say", 2, 1, 1, 700),
        Step("close", 2, 1, 0, 60),
    ):
        history.do(step)
    check_recount(store, between(date(2026, 10, 1), date(2026, 10, 31)), history.bench.time)


def test_a_rule_that_gives_a_case_to_another_ends_the_time_of_its_owner(store: Store) -> None:
    history = History(store)
    for step in (
        Step("say", 1, 1, 0, 10),
        Step("assign", 1, 0, 0, 10),
        Step("time_runs_out", 1, 1, 0, 300),
        Step("answer", 1, 1, 0, 10),
        Step("close", 1, 1, 0, 10),
    ):
        history.do(step)
    period = between(date(2026, 10, 1), date(2026, 10, 31))
    with store.reading() as transaction:
        found, _ = figures_of(transaction, Choice(period), rules_of(), now=history.bench.time)
    assert left_out(found)["reply", "not_owner"] == 1
    assert told(found)["hops", "", ""] == (1, 1.0, 1.0, 1.0)
    check_recount(store, period, history.bench.time)
