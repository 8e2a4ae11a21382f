"""Early warnings of cases, and what a case went through, from which they are worked out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from models import Decision, EventKind
from models.retention import REDACTED
from store.encoding import encode
from store.merging_tables import case_merges
from store.outbox import Effect, OutboxState
from store.selection import IS_OPEN, given
from store.statements import insert
from store.tables import cases, events, mentions, outbox, receipts, verdicts
from store.warning_tables import case_warnings

CHUNK = 400
_HAPPENED = {
    EventKind.CLOSED.value: "closings",
    EventKind.REOPENED.value: "reopenings",
    EventKind.PROMISE_BROKEN.value: "broken",
    EventKind.CUSTOMER_TOLD.value: "answers",
}
"""Kind of event → where a story keeps it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sign stands: characters of a message, or only when it was."""

    at: datetime
    mention_id: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class KeptSign:
    sign: str
    count: int
    points: float
    evidence: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Warned:
    """The warning of a case as it stands."""

    case_id: int
    level: int
    score: float
    signs: tuple[KeptSign, ...]
    policy: str
    since: datetime
    looked_at: datetime
    look_again_at: datetime | None
    round: int
    told: int
    sent: Mapping[str, datetime] = field(default_factory=dict)
    """Path of escalation → when the newest words were said for which the case was to go there."""
    seen_at: datetime | None = None
    seen_by: str | None = None
    aside_at: datetime | None = None
    aside_by: str | None = None
    aside_reason: str | None = None
    aside_signs: tuple[str, ...] = ()

    @property
    def is_aside(self) -> bool:
        return self.aside_at is not None

    @property
    def is_shown(self) -> bool:
        return self.level > 0 and not self.is_aside

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.sign for each in self.signs)


@dataclass(frozen=True, slots=True)
class SaidHere:
    """A message of the person whose case it is."""

    mention_id: str
    at: datetime
    text: str
    negative: float | None
    severity: float
    """0 to 4; of no meaning without `negative`."""


@dataclass(slots=True)
class Story:
    """What one case went through."""

    said: list[SaidHere]
    contacts: list[datetime]
    answers: list[datetime]
    closings: list[datetime]
    reopenings: list[datetime]
    broken: list[datetime]


class Warnings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, case_id: int) -> Warned | None:
        return self.of_cases([case_id]).get(case_id)

    def of_cases(self, case_ids: Collection[int]) -> dict[int, Warned]:
        rows = self._connection.execute(select(case_warnings).where(case_warnings.c.case_id.in_(case_ids)))
        return {row.case_id: _warned(row) for row in rows}

    def keep(self, warned: Warned) -> None:
        values: dict[str, Any] = {name: getattr(warned, name) for name in Warned.__slots__}
        values["signs"] = [encode(each) for each in warned.signs]
        values["aside_signs"] = list(warned.aside_signs)
        values["sent"] = {path: at.isoformat() for path, at in warned.sent.items()}
        statement = insert(self._connection, case_warnings).values(values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_=values))

    def look_soon(self, case_id: int, *, now: datetime) -> None:
        """Something happened: the next tick looks at the case. For whoever has no policy at hand."""
        row = {"case_id": case_id, "level": 0, "score": 0.0, "signs": [], "policy": "", "since": now, "looked_at": now}
        row |= {"look_again_at": now, "round": 1, "told": 0, "sent": {}}
        statement = insert(self._connection, case_warnings).values(row)
        again = {"look_again_at": now}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_=again))

    def due(self, *, now: datetime, limit: int) -> list[int]:
        """Cases that time alone may have made worse, the longest due first."""
        again = case_warnings.c.look_again_at
        ordered = select(case_warnings.c.case_id).where(again <= now).order_by(again, case_warnings.c.case_id)
        return list(self._connection.scalars(ordered.limit(limit)))

    def rescore(self, case_id: int, decision: Decision) -> None:
        """Only where the case stands in the queue: no form that somebody has open grows stale by it."""
        values = {"score": decision.score, "decision": encode(decision)}
        self._connection.execute(update(cases).where(cases.c.id == case_id).values(values))

    def put_aside(self, warned: Warned, *, by: str, reason: str, now: datetime) -> bool:
        """False where it is aside already, or has changed since it was shown."""
        table = case_warnings.c
        same = (table.case_id == warned.case_id, table.round == warned.round, table.aside_at.is_(None))
        values = {"aside_at": now, "aside_by": by, "aside_reason": reason, "aside_signs": list(warned.names)}
        return self._connection.execute(update(case_warnings).where(*same).values(values)).rowcount == 1

    def see(self, case_id: int, *, by: str, now: datetime) -> bool:
        """False where somebody did already."""
        same = (case_warnings.c.case_id == case_id, case_warnings.c.seen_at.is_(None))
        return (
            self._connection.execute(update(case_warnings).where(*same).values(seen_at=now, seen_by=by)).rowcount == 1
        )

    def by_level(self, *, now: datetime) -> dict[int, int]:
        """Level → how many, of the cases that the view of early warnings shows."""
        table = case_warnings.c
        counted = (
            select(table.level, func.count())
            .join_from(case_warnings, cases, cases.c.id == table.case_id)
            .where(table.level > 0, table.aside_at.is_(None), IS_OPEN)
            .group_by(table.level)
        )
        return {row[0]: row[1] for row in self._connection.execute(counted, given(person="", now=now))}

    def redact(self, case_id: int) -> None:
        """The words of the person who put it aside; the rest holds none."""
        given = (case_warnings.c.case_id == case_id, case_warnings.c.aside_reason.is_not(None))
        self._connection.execute(update(case_warnings).where(*given).values(aside_reason=REDACTED))

    # what a case went through

    def stories(
        self, case_ids: Collection[int], *, labels_left_out: Collection[str], messages: int, window: timedelta
    ) -> dict[int, Story]:
        """Of each of these cases; a case that has merged into it counts as a part of it."""
        found = {case_id: Story([], [], [], [], [], []) for case_id in case_ids}
        for chunk in _chunks(sorted(found)):
            stands_for = self._stands_for(chunk)
            authors = self._said(chunk, found, labels_left_out, messages)
            self._contacts(authors, found, labels_left_out, window)
            self._answers(stands_for, found)
            self._happened(stands_for, found)
        return found

    def last_answer(self, case_id: int) -> tuple[datetime, str, str] | None:
        """(when, who, text) of the newest answer that a person sent."""
        members = [member for member, kept in self._stands_for([case_id]).items() if kept == case_id]
        row = self._connection.execute(
            select(receipts.c.received_at, outbox.c.payload)
            .join_from(outbox, receipts, receipts.c.outbox_id == outbox.c.id)
            .where(outbox.c.case_id.in_(members), *_IS_ANSWER)
            .order_by(receipts.c.received_at.desc(), outbox.c.id.desc())
            .limit(1)
        ).one_or_none()
        return (row.received_at, str(row.payload["person"]), str(row.payload["text"])) if row is not None else None

    def _stands_for(self, case_ids: Sequence[int]) -> dict[int, int]:
        """Case → the one of `case_ids` that stands for it."""
        found = {case_id: case_id for case_id in case_ids}
        newest: list[int] = list(case_ids)
        while newest:
            table = case_merges.c
            rows = self._connection.execute(
                select(table.away_id, table.kept_id).where(table.kept_id.in_(newest), table.undone_at.is_(None))
            ).all()
            newest = [row.away_id for row in rows if row.away_id not in found]
            found |= {row.away_id: found[row.kept_id] for row in rows if row.away_id in newest}
        return found

    def _said(
        self, case_ids: Sequence[int], found: dict[int, Story], left_out: Collection[str], messages: int
    ) -> dict[str, list[int]]:
        """The newest messages of the person whose case it is; gives author → their cases here."""
        place = func.row_number().over(
            partition_by=mentions.c.case_id, order_by=(mentions.c.created_at.desc(), mentions.c.id.desc())
        )
        theirs = or_(mentions.c.author_id == cases.c.author_id, cases.c.author_id.is_(None))
        ranked = (
            select(mentions.c.id, place.label("place"))
            .join_from(mentions, cases, cases.c.id == mentions.c.case_id)
            .where(mentions.c.case_id.in_(case_ids), theirs, *_counts(left_out))
            .subquery()
        )
        rows = self._connection.execute(
            select(mentions.c.id, mentions.c.case_id, mentions.c.created_at, mentions.c.text, mentions.c.author_id)
            .join_from(mentions, ranked, ranked.c.id == mentions.c.id)
            .where(ranked.c.place <= messages)
        ).all()
        tones = self._tones([row.id for row in rows])
        authors: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            said = SaidHere(row.id, row.created_at, row.text, *tones.get(row.id, (None, 0.0)))
            found[row.case_id].said.append(said)
            if row.author_id is not None and row.case_id not in authors[row.author_id]:
                authors[row.author_id].append(row.case_id)
        return authors

    def _tones(self, ids: Sequence[str]) -> dict[str, tuple[float, float]]:
        found: dict[str, tuple[float, float]] = {}
        for chunk in _chunks(ids):
            rows = self._connection.execute(
                select(verdicts.c.mention_id, verdicts.c.verdict)
                .where(verdicts.c.mention_id.in_(chunk))
                .order_by(verdicts.c.judged_at, verdicts.c.classifier)
            )
            for row in rows:
                said = row.verdict
                found[row.mention_id] = (float(said["sentiment"].get("negative", 0.0)), float(said["severity"]))
        return found

    def _contacts(
        self, authors: Mapping[str, list[int]], found: dict[int, Story], left_out: Collection[str], window: timedelta
    ) -> None:
        """What these people wrote to us, wherever, as far back as counts for any of their cases here."""
        newest = [said.at for story in found.values() for said in story.said]
        if not newest:
            return
        since, until = min(newest) - window, max(newest)
        for chunk in _chunks(sorted(authors)):
            rows = self._connection.execute(
                select(mentions.c.author_id, mentions.c.created_at).where(
                    mentions.c.author_id.in_(chunk), mentions.c.created_at.between(since, until), *_counts(left_out)
                )
            )
            for row in rows:
                for case_id in authors[row.author_id]:
                    found[case_id].contacts.append(row.created_at)

    def _answers(self, stands_for: Mapping[int, int], found: dict[int, Story]) -> None:
        """What people sent; what a program sends by itself answers nothing."""
        for chunk in _chunks(sorted(stands_for)):
            rows = self._connection.execute(
                select(outbox.c.case_id, receipts.c.received_at, outbox.c.payload)
                .join_from(outbox, receipts, receipts.c.outbox_id == outbox.c.id)
                .where(outbox.c.case_id.in_(chunk), *_IS_ANSWER)
            )
            for row in rows:
                found[stands_for[row.case_id]].answers.append(row.received_at)

    def _happened(self, stands_for: Mapping[int, int], found: dict[int, Story]) -> None:
        for chunk in _chunks(sorted(stands_for)):
            rows = self._connection.execute(
                select(events.c.case_id, events.c.kind, events.c.at).where(
                    events.c.case_id.in_(chunk), events.c.kind.in_(list(_HAPPENED))
                )
            )
            for row in rows:
                getattr(found[stands_for[row.case_id]], _HAPPENED[row.kind]).append(row.at)


_IS_ANSWER = (
    outbox.c.effect == Effect.SEND_REPLY.value,
    outbox.c.state == OutboxState.SENT.value,
    func.coalesce(outbox.c.payload[("person",)].as_string(), "") != "",
)


def _counts(left_out: Collection[str]) -> tuple[Any, ...]:
    """Triaged, no repeat, and not judged one of these labels."""
    label = mentions.c.decision[("label",)].as_string()
    return (mentions.c.duplicate_of.is_(None), and_(label.is_not(None), label.not_in(list(left_out))))


def _warned(row: Row[Any]) -> Warned:
    signs = tuple(
        KeptSign(one["sign"], one["count"], one["points"], tuple(_place(each) for each in one["evidence"]))
        for one in row.signs
    )
    names = {name: getattr(row, name) for name in Warned.__slots__}
    sent = {path: datetime.fromisoformat(at) for path, at in row.sent.items()}
    return Warned(**names | {"signs": signs, "aside_signs": tuple(row.aside_signs or ()), "sent": sent})


def _place(value: Mapping[str, Any]) -> Place:
    at = datetime.fromisoformat(str(value["at"]).replace("Z", "+00:00"))
    return Place(at, value["mention_id"], value["start"], value["end"])


def _chunks(ids: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
