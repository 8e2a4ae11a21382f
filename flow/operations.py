"""What was set aside is tried again, or given up, at a person's word: one transaction, with its event."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flow.arrival import keep_page
from ingest.parsing import parse_message
from models import ActorKind, Event, EventKind, MentionState, Page
from models.errors import RecordError
from policy.retention import Retention
from store.outbox import OutboxRow, OutboxState
from store.queue import Lane
from store.store import Transaction

MOST = 10_000
"""Of one sort, in one go."""


class Operations:
    """`key` names the form that was sent, so that its event is written once."""

    def __init__(self, transaction: Transaction, *, person: str, key: str, now: datetime) -> None:
        self._transaction = transaction
        self._person = person
        self._key = key
        self._now = now

    def try_message(self, mention_id: str) -> str | None:
        """The job that works on it; None where it is not set aside any more."""
        found = self._transaction.mentions.get([mention_id])
        if not found or found[0].state is not MentionState.QUARANTINED:
            return None
        [job] = self._send_back([mention_id])
        self._record(EventKind.TRIED_AGAIN, {"what": "message"}, found[0].case_id, mention_id)
        return job

    def try_all_messages(self) -> int:
        ids = [mention_id for mention_id, *_ in self._transaction.mentions.parked(limit=MOST)]
        self._send_back(ids)
        return self._told("messages", len(ids))

    def _send_back(self, ids: Sequence[str]) -> list[str]:
        """Those that were judged are triaged again, the others judged; gives the jobs."""
        judged = set(self._transaction.verdicts.latest(ids))
        steps = (
            ("triage_mentions", MentionState.CLASSIFIED, [each for each in ids if each in judged]),
            ("classify_mentions", MentionState.RECEIVED, [each for each in ids if each not in judged]),
        )
        for _, state, some in steps:
            self._transaction.mentions.send_back(some, to=state)
        return [job for job, _, some in steps if some]

    def try_push(self, number: int) -> str | None:
        """Its receiver; None where it is not set aside any more."""
        receiver = self._transaction.pushes.retry_one(number)
        if receiver is not None:
            self._record(EventKind.TRIED_AGAIN, {"what": "push", "number": number, "receiver": receiver})
        return receiver

    def try_all_pushes(self) -> int:
        return self._told("pushes", self._transaction.pushes.retry())

    def read_line(self, number: int, retention: Retention) -> list[str] | None:
        """Ids to be judged; None where the line is gone. It leaves the quarantine once it could be read.

        Raises: RecordError, saying what is wrong with it still.
        """
        row = self._transaction.quarantine.get(number)
        if row is None:
            return None
        source, raw = str(row.source), bytes(row.raw)
        default = "api" if source.startswith("api:") else "file"
        mention = parse_message(raw, received_at=self._now, default_channel=default)
        ids = keep_page(
            self._transaction,
            Page([mention], ""),
            retention,
            source=source,
            keep_cursor_as=None,
            lane=Lane.JUDGE.value,
            now=self._now,
        )
        self._transaction.quarantine.take_out(number)
        facts = {"what": "line", "number": number, "sink": source}
        self._record(EventKind.TRIED_AGAIN, facts, mention_id=mention.id)
        return ids

    def try_deliveries(self) -> int:
        """All that failed; what was given up stays so."""
        rows = self._transaction.outbox.in_state(OutboxState.FAILED, limit=MOST)
        return self._told("deliveries", sum(self._transaction.outbox.retry(row.id, now=self._now) for row in rows))

    def try_delivery(self, row: OutboxRow) -> bool:
        """False where it waits already, or is done."""
        if not self._transaction.outbox.retry(row.id, now=self._now):
            return False
        self._record(EventKind.TRIED_AGAIN, {"what": "delivery"} | _of(row), row.case_id, row.mention_id)
        return True

    def give_up(self, row: OutboxRow, *, attempts: int, reason: str) -> bool:
        """False where it was tried again since the person looked, is on its way, or is done.

        Raises: RecordError without a reason.
        """
        if not reason:
            raise RecordError("say why: a delivery that is given up reaches nobody")
        if not self._transaction.outbox.give_up(row.id, attempts=attempts, now=self._now):
            return False
        self._record(EventKind.GIVEN_UP, _of(row) | {"reason": reason}, row.case_id, row.mention_id)
        return True

    def _told(self, what: str, count: int) -> int:
        if count:
            self._record(EventKind.TRIED_AGAIN, {"what": f"all {what}", "count": count})
        return count

    def _record(
        self, kind: EventKind, facts: Mapping[str, object], case_id: int | None = None, mention_id: str | None = None
    ) -> None:
        event = Event(
            f"{kind.value}:{self._key}", kind, self._now, ActorKind.PERSON, self._person, case_id, mention_id, facts
        )
        self._transaction.events.record([event], now=self._now)


def _of(row: OutboxRow) -> dict[str, object]:
    return {"effect": row.effect.value, "sink": row.sink, "attempts": row.attempts}
