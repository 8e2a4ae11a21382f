"""The figures of `earshot status`, read in one transaction so that they fit together."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select

from models import CaseState, MentionState, Tier
from store.outbox import Effect, OutboxState
from store.tables import cases, mentions, outbox, quarantine, register_entries


class Counts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, *, now: datetime) -> dict[str, Any]:
        by_state = self._by(mentions, mentions.c.state)
        merged = cases.alias("merged")
        is_here = cases.c.id.not_in(select(merged.c.id).where(merged.c.state == CaseState.MERGED.value))
        by_tier = self._by(cases, cases.c.tier, is_here)
        kinds = self._by(register_entries, register_entries.c.kind)
        effects = self._effects()
        return {
            "messages": {state.value: by_state.get(state.value, 0) for state in MentionState},
            "messages_total": sum(by_state.values()),
            "duplicates": self._number(mentions, mentions.c.duplicate_of.is_not(None)),
            "decisions": self._by(cases, cases.c.label, is_here),
            "cases": {f"tier_{tier.value}": by_tier.get(tier.value, 0) for tier in Tier},
            "cases_total": sum(by_tier.values()),
            "complaints": self._number(cases, cases.c.is_complaint, is_here),
            "register_entries": sum(kinds.values()),
            "register": kinds,
            "tickets": {state.value: effects[state.value, Effect.CREATE_TICKET.value] for state in OutboxState},
            "outbox": {state.value: sum(effects[state.value, each.value] for each in Effect) for state in OutboxState},
            "quarantine": self._number(quarantine) + by_state.get(MentionState.QUARANTINED.value, 0),
            "oldest_unprocessed_seconds": self._oldest_seconds(now),
        }

    def waiting(self) -> tuple[int, int]:
        """(mentions not yet triaged, effects not yet carried out)."""
        states = (MentionState.RECEIVED.value, MentionState.CLASSIFIED.value)
        open_effects = (OutboxState.PENDING.value, OutboxState.SENDING.value, OutboxState.UNKNOWN.value)
        return (
            self._number(mentions, mentions.c.state.in_(states)),
            self._number(outbox, outbox.c.state.in_(open_effects)),
        )

    def messages_wait(self, number: int) -> bool:
        """Whether more than so many are not yet triaged; counts no further."""
        states = (MentionState.RECEIVED.value, MentionState.CLASSIFIED.value)
        further = select(mentions.c.id).where(mentions.c.state.in_(states)).offset(number).limit(1)
        return self._connection.scalar(further) is not None

    def effects(self) -> int:
        """All that were ever decided on."""
        return self._number(outbox)

    def untried(self) -> int:
        """Effects that are under way, or that no sink has refused so far."""
        under_way = outbox.c.state == OutboxState.SENDING.value
        fresh = (outbox.c.state == OutboxState.PENDING.value) & (outbox.c.attempts < 3)
        unknown = outbox.c.state == OutboxState.UNKNOWN.value
        return self._number(outbox, under_way | fresh | unknown)

    def _effects(self) -> Counter[tuple[str, str]]:
        """(state, effect) → how many, read from an index alone."""
        counted = select(outbox.c.state, outbox.c.effect, func.count()).group_by(outbox.c.state, outbox.c.effect)
        return Counter({(row[0], row[1]): row[2] for row in self._connection.execute(counted)})

    def _by(self, table: Table, column: Column[Any], *conditions: Any) -> dict[Any, int]:
        counted = select(column, func.count()).select_from(table).where(*conditions).group_by(column).order_by(column)
        return {row[0]: row[1] for row in self._connection.execute(counted)}

    def _number(self, table: Table, *conditions: Any) -> int:
        return self._connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0

    def _oldest_seconds(self, now: datetime) -> float:
        states = (MentionState.RECEIVED.value, MentionState.CLASSIFIED.value)
        oldest = self._connection.scalar(select(func.min(mentions.c.received_at)).where(mentions.c.state.in_(states)))
        return max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0
