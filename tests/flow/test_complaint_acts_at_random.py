"""Whatever people do, in whatever order: the register verifies, rows are what entries make them, merging is undone."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow.chain import rebuild
from flow.complaint_clocks import clocks_of_life, is_running
from flow.complaints import Complaints
from models.complaint import Basis, DelayReason, Evidence, Life, Need, Outcome, Remedy, Status, WrittenResponse
from models.errors import RecordError
from models.identity import mention_id
from policy.loading import Policy, load_policy
from register.transitions import RefusedActError
from register.verify import verify
from settings import Settings
from store.complaints import row_of
from store.store import Store
from tests.flow.bench import NOW, Bench, message

IDS = ("C-0000001", "C-0000002", "C-0000003")
TYPES = ("standard", "superannuation", "credit_default_notice", "traditional_trustee")
Who = dict[str, Any]


@cache
def shipped() -> Policy:
    return load_policy(**Settings().policy)


@dataclass(frozen=True)
class Step:
    act: str
    place: int
    other: int
    hours: int
    choice: int


Acting = Callable[[Complaints, Step, Who], object]


def _close(acts: Complaints, step: Step, who: Who) -> Life:
    evidence = Evidence("mira", who["at"], "phone", quote="that is solved")
    bases = (Basis.SATISFIED_IN_5BD, Basis.EXPLAINED_IN_5BD, Basis.RESPONSE, Basis.OTHER, Basis.AT_AFCA)
    came = {"outcome": Outcome.UPHELD, "remedies": [Remedy.APOLOGY], "evidence": evidence, "reason": "explained"}
    return acts.close(IDS[step.place], **who, basis=bases[step.choice], **came)


def _delay(acts: Complaints, step: Step, who: Who) -> Life:
    text = {"channel": "email", "explanation": "old files", "text": "later"}
    return acts.notify_delay(IDS[step.place], **who, reasons=[DelayReason.BEYOND_CONTROL], **text)


def _respond(acts: Complaints, step: Step, who: Who) -> Life:
    missing = ["afca_contact"] if step.choice == 0 else []
    said = {"channel": "email", "outcome": Outcome.REJECTED, "text": "no", "missing": missing}
    return acts.respond(IDS[step.place], **who, **said)


def _need(acts: Complaints, step: Step, who: Who) -> Life:
    need, source = list(Need)[step.choice], mention_id("x", "acme", str(step.place + 1))
    return acts.record_support_need(IDS[step.place], **who, need=need, source_message_id=source)


def _end_representative(acts: Complaints, step: Step, who: Who) -> Life:
    numbers = [one.seq for one in acts.life(IDS[step.place]).representatives] or [0]
    return acts.end_representative(IDS[step.place], **who, number=numbers[0], reason="over")


def _represent(acts: Complaints, step: Step, who: Who) -> Life:
    told = {"kind": "lawyer", "authority": "form", "name": "Pat", "contact": "pat@example.org"}
    return acts.record_representative(IDS[step.place], **who, **told)


def _received(acts: Complaints, step: Step, who: Who) -> Life:
    earlier = NOW - timedelta(hours=1 + step.hours)
    return acts.correct_received(IDS[step.place], **who, received_at=earlier, reason="a letter")


ACTS: dict[str, Acting] = {
    "acknowledge": lambda acts, step, who: acts.acknowledge(IDS[step.place], **who, channel="x", text="hi"),
    "investigate": lambda acts, step, who: acts.investigate(IDS[step.place], **who),
    "delay": _delay,
    "respond": _respond,
    "close": _close,
    "withdraw": lambda acts, step, who: acts.withdraw(IDS[step.place], **who, reason="so"),
    "afca": lambda acts, step, who: acts.send_to_afca(IDS[step.place], **who, afca_reference="AF-1"),
    "reopen": lambda acts, step, who: acts.reopen(IDS[step.place], **who, reason="so"),
    "retype": lambda acts, step, who: acts.retype(
        IDS[step.place], **who, types=list(dict.fromkeys((TYPES[step.choice % 4], TYPES[step.other]))), reason="so"
    ),
    "stop": lambda acts, step, who: acts.record_clock_event(IDS[step.place], **who, event="court_advice_sought"),
    "written": lambda acts, step, who: acts.require_written_response(
        IDS[step.place], **who, code=list(WrittenResponse)[step.choice], reason="so"
    ),
    "received": _received,
    "merge": lambda acts, step, who: acts.merge(IDS[step.place], IDS[step.other], **who, reason="same"),
    "split": lambda acts, step, who: acts.split(IDS[step.place], IDS[step.other], **who, reason="not the same"),
    "represent": _represent,
    "end_representative": _end_representative,
    "need": _need,
    "hold": lambda acts, step, who: acts.place_hold(IDS[step.place], **who, reason="court"),
    "lift": lambda acts, step, who: acts.lift_hold(IDS[step.place], **who, reason="over"),
}
STEPS = st.builds(
    Step,
    act=st.sampled_from(sorted(ACTS)),
    place=st.integers(0, 2),
    other=st.integers(0, 2),
    hours=st.integers(0, 200),
    choice=st.integers(0, 4),
)


@pytest.fixture(scope="session")
def three_complaints(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Path:
    path = tmp_path_factory.mktemp("acts") / "three.db"
    shutil.copyfile(empty_sqlite, path)
    store = Store(f"sqlite:///{path}")
    bench = Bench(store)
    bench.read(
        message("you charged twice", id="1"),
        message("refund me", id="2", conversation_id="2"),
        message("third time I ask", id="3", conversation_id="3"),
    )
    bench.drain()
    store.close()
    return path


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, max_size=14))
def test_rows_clocks_and_chain_agree_after_any_acts(steps: list[Step], three_complaints: Path, tmp_path: Path) -> None:
    path = tmp_path / "acts.db"
    shutil.copyfile(three_complaints, path)
    store, now = Store(f"sqlite:///{path}"), NOW
    try:
        for step in steps:
            now += timedelta(hours=step.hours)
            with suppress(RefusedActError, RecordError), store.writing() as transaction:
                acts = Complaints(transaction, shipped(), now=now)
                ACTS[step.act](acts, step, {"person": "agnes", "at": now})
        with store.writing() as transaction:
            assert verify(transaction.register.entries(), head=transaction.register.head()).fault is None
            acts = Complaints(transaction, shipped(), now=now)
            lives = [acts.life(complaint_id) for complaint_id in IDS]
            rows = list(transaction.complaints.all())
            assert rows == [row_of(life) for life in lives]
            assert rebuild(transaction) == 3 and list(transaction.complaints.all()) == rows
            for life in lives:
                _assert_clocks(transaction.cases.clocks_of(life.case_id or 0), life)
            _assert_split_undoes_merge(acts, lives, now)
    finally:
        store.close()


def _assert_clocks(stored: list[Any], life: Life) -> None:
    if life.status in (Status.RULED_OUT, Status.MERGED_AWAY):
        assert stored == []
        return
    dues = {due.key: due.at for due in clocks_of_life(life, shipped()).dues if is_running(due.key, shipped())}
    assert {clock.key: clock.due_at for clock in stored} == dues


def _assert_split_undoes_merge(acts: Complaints, lives: list[Life], now: Any) -> None:
    free = [life for life in lives if life.merged_into is None and not life.merged]
    who: Who = {"person": "agnes", "at": now, "reason": "so"}
    for kept, other in zip(free, free[1:], strict=False):
        try:
            acts.merge(kept.complaint_id, other.complaint_id, **who)
        except RefusedActError:
            continue
        after = acts.split(kept.complaint_id, other.complaint_id, **who)
        assert [_standing(life) for life in after] == [_standing(kept), _standing(other)]
        return


def _standing(life: Life) -> dict[str, object]:
    """All but what grows with every entry."""
    return {
        name: getattr(life, name)
        for name in Life.__dataclass_fields__
        if name not in ("history", "last_seq", "recorded_at")
    }
