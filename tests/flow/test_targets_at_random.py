"""Whatever people and customers do, in whatever order: the targets that are kept equal a recount of the log."""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow.merging import Merging, RefusedMergeError
from flow.targets import told_elsewhere, where_of
from flow.teamwork import By, write_note
from flow.ticket_state import change_state
from models import ActorKind, CaseState, Event, EventKind, Tier
from models.errors import RecordError
from policy.targets import OverWhen, TargetKey
from store.cases import StoredCase
from store.outbox import Effect
from store.store import Store
from tests.flow.bench import Bench, message
from triage.targets import targeting_of

ACTS = (
    "write",
    "ask",
    "answer",
    "program",
    "note",
    "phone",
    "close",
    "reopen",
    "merge",
    "unmerge",
    "split",
    "snooze",
    "tick",
)
OPENING = {
    EventKind.REOPENED,
    EventKind.MERGED,
    EventKind.UNMERGED,
    EventKind.SPLIT,
    EventKind.UNSPLIT,
}
TEXTS = (
    "I was charged twice, give me a refund",
    "how do i log in?",
    "thank you, great service",
    "follow me for crypto",
)
THREADS = ("t0", "t1", "t2")


@dataclass(frozen=True)
class Step:
    act: str
    place: int
    text: int
    minutes: int


steps = st.lists(
    st.builds(
        Step,
        act=st.sampled_from(ACTS),
        place=st.integers(0, 2),
        text=st.integers(0, len(TEXTS) - 1),
        minutes=st.integers(1, 60 * 40),
    ),
    min_size=3,
    max_size=14,
)


class Firm:
    """Carries out steps on real code, and keeps beside it by when each target has to be due."""

    def __init__(self, store: Store) -> None:
        self.bench = Bench(store)
        self.number = 0
        self.expected: dict[tuple[int, str], tuple[datetime, datetime, int]] = {}

    def do(self, step: Step) -> None:
        bench = self.bench
        self.number += 1
        bench.time += timedelta(minutes=step.minutes)
        try:
            getattr(self, f"_{step.act}")(step)
        except (RecordError, RefusedMergeError):
            pass  # refused: nothing was done
        self.remember()

    def _write(self, step: Step) -> None:
        said_at = (self.bench.time - timedelta(seconds=30)).isoformat()
        more = {"conversation_id": THREADS[step.place], "author": {"id": f"u{step.place}"}, "created_at": said_at}
        self.bench.read(message(f"{TEXTS[step.text]} {self.number}", id=str(self.number), **more))
        self.bench.drain()

    _ask = _write

    def _answer(self, step: Step, person: str = "agnes") -> None:
        case_id, mention = self._newest(step)
        payload = {"text": "Sorry!", "is_private": False, "person": person}
        with self.bench.store.writing() as transaction:
            row = transaction.outbox.add(
                Effect.SEND_REPLY,
                sink="x",
                key=f"reply:{self.number}",
                case_id=case_id,
                mention_id=mention,
                payload=payload,
                now=self.bench.time,
            )
        assert row is not None
        self.bench.flow.deliver(row)

    def _program(self, step: Step) -> None:
        self._answer(step, person="")

    def _newest(self, step: Step) -> tuple[int, str]:
        case_id = self._case(step)
        with self.bench.store.reading() as transaction:
            found = transaction.mentions.newest_of_case(case_id, limit=1)
        if not found:
            raise RecordError("no message is there")
        return case_id, found[0].mention.id

    def _case(self, step: Step) -> int:
        with self.bench.store.reading() as transaction:
            if transaction.cases.get(step.place + 1) is None:
                raise RecordError("no such case yet")
            return step.place + 1

    def _by(self) -> By:
        return By("agnes", self.bench.time, f"k{self.number}")

    def _note(self, step: Step) -> None:
        case_id = self._case(step)
        with self.bench.store.writing() as transaction:
            write_note(transaction, transaction.cases.get(case_id), "a note", self._by())

    def _phone(self, step: Step) -> None:
        case_id = self._case(step)
        with self.bench.store.writing() as transaction:
            told_elsewhere(transaction, case_id, "", self._by())

    def _set(self, step: Step, state: CaseState, kind: EventKind) -> None:
        case_id = self._case(step)
        with self.bench.store.writing() as transaction:
            case = transaction.cases.get(case_id)
            if case.state in (state, CaseState.MERGED):
                raise RecordError("it is so already")
            change_state(transaction, case, state, now=self.bench.time)
            event = Event(f"{kind.value}:{self.number}", kind, self.bench.time, ActorKind.PERSON, "agnes", case_id)
            transaction.events.record([event], now=self.bench.time)

    def _close(self, step: Step) -> None:
        self._set(step, CaseState.CLOSED, EventKind.CLOSED)

    def _reopen(self, step: Step) -> None:
        self._set(step, CaseState.OPEN, EventKind.REOPENED)

    def _merge(self, step: Step) -> None:
        kept, away = self._case(step), (step.place + 1 + step.text) % 3 + 1
        with self.bench.store.writing() as transaction:
            cases = (transaction.cases.get(kept), transaction.cases.get(away))
            if None in cases:
                raise RecordError("no such case yet")
            merging = Merging(transaction, self.bench.flow.policy, self._by())
            merging.merge(kept, away, versions=(cases[0].version, cases[1].version), reason="one", with_complaints=True)

    def _unmerge(self, step: Step) -> None:
        case_id = self._case(step)
        with self.bench.store.writing() as transaction:
            version = transaction.cases.get(case_id).version
            Merging(transaction, self.bench.flow.policy, self._by()).unmerge(case_id, version=version)

    def _split(self, step: Step) -> None:
        case_id, mention = self._newest(step)
        with self.bench.store.writing() as transaction:
            version = transaction.cases.get(case_id).version
            merging = Merging(transaction, self.bench.flow.policy, self._by())
            merging.split(case_id, [mention], version=version, reason="another matter", desk="memory")

    def _snooze(self, step: Step) -> None:
        case_id = self._case(step)
        with self.bench.store.writing() as transaction:
            version, now = transaction.cases.get(case_id).version, self.bench.time
            transaction.snoozes.put_off(case_id, now + timedelta(days=1), version=version, by="agnes", now=now)

    def _tick(self, step: Step) -> None:
        self.bench.flow.tick()

    # the recount

    def check(self) -> None:
        with self.bench.store.reading() as transaction:
            for case in transaction.targets.cases(range(1, 40)):
                kept = {target.key: target for target in transaction.targets.of([case.id])}
                expected = self.recount(case.id, transaction)
                found = {key: (target.started_at, target.met_at) for key, target in kept.items()}
                assert found == expected, f"case {case.id}"
                for key, target in kept.items():
                    assert target.due_at == self.expected[case.id, key][1], f"case {case.id}, {key}"

    def recount(self, case_id: int, transaction) -> dict[str, tuple[datetime, datetime | None]]:
        """From the whole log, one event after the other, as a person with a pencil would."""
        case = transaction.cases.get(case_id)
        if case.state is CaseState.MERGED or case.decision.tier is Tier.NOISE:
            return {}
        spans, answers, words = [], [], []
        here = {
            row.id: str(row.payload["person"])
            for row in transaction.outbox.of_case(case_id)
            if row.key.startswith("reply:")
        }
        everything = [event for number in range(1, 40) for event in transaction.events.of_case(number)]
        for event in sorted(everything, key=lambda one: (self._noted_at(one), one.kind is EventKind.CLOSED)):
            if event.kind is EventKind.REPLIED and (row := int(event.key.split(":")[1])) in here:
                words.append(event.at)
                answers += [event.at] if here[row] else []
            elif event.case_id != case_id:
                continue
            elif event.kind in (EventKind.ACKNOWLEDGED, EventKind.CUSTOMER_TOLD):
                words.append(event.at)
                answers += [event.at] if event.actor_kind is ActorKind.PERSON else []
            elif event.kind is EventKind.CLOSED:
                spans.append((self._open_since(spans, case.received_at), event.at))
            elif event.kind in OPENING and spans and spans[-1][1] is not None:
                spans.append((max(event.at, spans[-1][1]), None))
        return self._counted(case, *self._last_of(spans, case), answers, words)

    @staticmethod
    def _last_of(spans: list[tuple[datetime, datetime | None]], case: StoredCase) -> tuple[datetime, datetime | None]:
        """(open since, closed)."""
        started, closed = spans[-1] if spans else (case.received_at, None)
        if closed is not None and case.state is not CaseState.CLOSED:  # an answer opens it, too, and nobody says so
            return closed, None
        if spans and closed is None and case.state is CaseState.CLOSED:
            return next(span for span in reversed(spans) if span[1] is not None)
        return started, closed

    @staticmethod
    def _open_since(spans: list[tuple[datetime, datetime | None]], received: datetime) -> datetime:
        """Of the one that is being closed: where it was closed already, somebody opened it then and nobody said so."""
        if not spans:
            return received
        started, closed = spans[-1]
        return closed or started

    @staticmethod
    def _noted_at(event: Event) -> datetime:
        """A case is opened again when the message is read, half a minute after it was said."""
        is_late = event.kind is EventKind.REOPENED and event.actor_kind is ActorKind.AUTHOR
        return event.at + timedelta(seconds=30) if is_late else event.at

    def _counted(self, case, started, closed, answers, words) -> dict[str, tuple[datetime, datetime | None]]:
        answers, words = [at for at in answers if at >= started], [at for at in words if at >= started]
        row = self.bench.flow.policy.targets.row(case.decision.priority, case.channel)
        is_answered = case.state is CaseState.ANSWERED and row.over_when is OverWhen.ANSWERED and bool(answers)
        over = closed or (max(answers) if is_answered else None)
        found = {"resolution": (started, over)}
        if answers or closed is None:
            found["first_answer"] = (started, min(answers, default=None))
        if words and over is None:
            found["update"] = (max(words), None)
        return found

    def remember(self) -> None:
        """By when each target has to be due, from what it was and how the case is now."""
        targeting, now = targeting_of(self.bench.flow.policy), self.bench.time
        with self.bench.store.reading() as transaction:
            for case in transaction.targets.cases(range(1, 40)):
                recounted = self.recount(case.id, transaction)
                for key in TargetKey:
                    before = self.expected.pop((case.id, key.value), None)
                    if key.value not in recounted:
                        continue
                    started, met = recounted[key.value]
                    span = targeting.rules.row(case.priority, case.channel, where_of(case)).spans[key]
                    due, rank = targeting.time.after(started, span), case.priority.rank
                    if before is not None and before[0] == started:
                        if met is not None or rank == before[2]:
                            due, rank = before[1], before[2]
                        elif rank > before[2]:
                            due = min(before[1], targeting.time.after(now, span))
                    self.expected[case.id, key.value] = (started, due, rank)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(listed=steps)
def test_after_any_acts_the_targets_kept_equal_a_recount_of_the_log(
    listed: list[Step], empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("targets") / "case.db"
    shutil.copy(empty_sqlite, file)
    store = Store(f"sqlite:///{file}")
    with ExitStack() as after:
        after.callback(store.close)
        firm = Firm(store)
        for step in listed:
            firm.do(step)
            firm.check()


ONE_OF_EACH = [
    Step("write", 0, 0, 5),
    Step("write", 1, 1, 5),
    Step("program", 0, 0, 10),
    Step("answer", 0, 0, 60),
    Step("tick", 0, 0, 60),
    Step("write", 0, 1, 700),
    Step("snooze", 1, 0, 5),
    Step("merge", 0, 1, 30),
    Step("phone", 0, 0, 10),
    Step("unmerge", 1, 0, 900),
    Step("close", 1, 0, 10),
    Step("write", 1, 0, 2000),
    Step("split", 0, 0, 10),
    Step("answer", 1, 0, 10),
    Step("close", 1, 0, 10),
    Step("reopen", 1, 0, 10),
    Step("tick", 0, 0, 2400),
]


def test_one_of_each_act_on_both_databases(store: Store) -> None:
    firm = Firm(store)
    for step in ONE_OF_EACH:
        firm.do(step)
        firm.check()
    assert len(firm.expected) > 4
