"""Clocks as `earshot clocks --json` prints them."""

from collections.abc import Sequence
from datetime import datetime

from models.clock import Due
from policy.loading import Policy
from triage.clock_facts import ClockFact, aware
from triage.clocks import Clocks, FormerType, StoppedClock, clocks_of
from triage.counting import said
from triage.delay import DelayNotice
from triage.standing import ClockState, ResponseDemand


def clocks_as_json(
    policy: Policy,
    *,
    types: Sequence[str],
    received_at: datetime,
    events: Sequence[ClockFact] = (),
    now: datetime | None = None,
    as_of: datetime | None = None,
) -> dict[str, object]:
    """With events, each clock also says how it stands; what does not apply is left out.

    Args:
        now: a calculator's view, from this instant or from the last event where that is later: a receipt or an event
            still to come is worked out like any other.
        as_of: a register's view instead: a receipt after it is refused, and an event after it has not happened.
    """
    found = clocks_of(
        policy,
        types=types,
        received_at=received_at,
        events=events,
        now=as_of or _latest(received_at, events, now),
    )
    answer: dict[str, object] = {
        "pack": policy.regulation.name,
        "pack_version": policy.regulation.version,
        "day_zero": found.day_zero.isoformat(),
        "due": _rows(policy, found, with_states=bool(events) or as_of is not None),
    }
    more: dict[str, list[object]] = {
        "stopped": [_stopped_as_json(stopped) for stopped in found.stopped],
        "response_required": [_demand_as_json(policy, demand) for demand in found.demands],
        "delay_notices": [_delay_as_json(policy, notice) for notice in found.delays],
        "history": [_former_as_json(policy, former) for former in found.history],
        "notes": list(found.notes),
    }
    return answer | {name: rows for name, rows in more.items() if rows}


def _latest(received_at: datetime, events: Sequence[ClockFact], now: datetime | None) -> datetime:
    instants = [(received_at, "received"), *((fact.at, fact.kind) for fact in events)]
    instants += [(now, "now")] if now is not None else []
    return max(aware(at, name) for at, name in instants)


def _rows(policy: Policy, found: Clocks, *, with_states: bool) -> list[dict[str, object]]:
    rows = []
    for state in found.states:
        row = _due_as_json(state.due)
        if with_states:
            row |= _state_as_json(policy, state)
        if len(found.types) > 1:
            candidates = found.candidates[state.due.key]
            row["candidates"] = {one: due.on.isoformat() for one, due in candidates.items()}
        rows.append(row)
    return rows


def _due_as_json(due: Due) -> dict[str, object]:
    return {
        "key": due.key,
        "date": due.on.isoformat(),
        "at": said(due.at),
        "paragraph": due.paragraph,
        "force": due.force.value,
        "steps": list(due.steps),
    }


def _state_as_json(policy: Policy, state: ClockState) -> dict[str, object]:
    met_at = _local(policy, state.met_at) if state.met_at else None
    return {"state": state.standing.value, "met_at": met_at, "is_breach": state.is_breach}


def _stopped_as_json(stopped: StoppedClock) -> dict[str, object]:
    return {
        "key": stopped.key,
        "since": stopped.since_on.isoformat(),
        "by": stopped.kind,
        "left": stopped.left,
        "unit": stopped.unit,
        "paragraph": stopped.paragraph,
        "steps": list(stopped.steps),
    }


def _demand_as_json(policy: Policy, demand: ResponseDemand) -> dict[str, object]:
    since = _local(policy, demand.since) if demand.since else None
    return {"code": demand.code, "meaning": demand.meaning, "paragraph": demand.paragraph, "since": since}


def _delay_as_json(policy: Policy, notice: DelayNotice) -> dict[str, object]:
    return {
        "at": _local(policy, notice.at),
        "is_valid": notice.is_valid,
        "missing": list(notice.missing),
        "paragraph": notice.paragraph,
    }


def _former_as_json(policy: Policy, former: FormerType) -> dict[str, object]:
    return {
        "type": former.complaint_type,
        "until": _local(policy, former.until),
        "due": [_due_as_json(state.due) | _state_as_json(policy, state) for state in former.states],
    }


def _local(policy: Policy, at: datetime) -> str:
    return said(at.astimezone(policy.zone))
