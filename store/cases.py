"""Cases and their clocks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select, update
from sqlalchemy import case as choose

from models import CaseState, Decision, Due, Kind
from models.case import SetByHand
from models.errors import RecordError
from store.aside_tables import snoozes
from store.encoding import decode, encode
from store.escalation_tables import escalations
from store.follow_up import note_solved
from store.mentions import StoredMention
from store.merging import living
from store.selection import VIEWS, Selection, condition, given, order
from store.statements import insert
from store.tables import author_snapshots, cases, clocks, mentions
from store.worklist import Worklist, newest_words

__all__ = ["VIEWS", "Came", "Cases", "QueueRow", "StaleCaseError", "StoredCase", "StoredClock"]

PUBLIC, PRIVATE = "public", "private"
UNKNOWN_REACH = -1.0
EXCERPT_CHARACTERS = 1_000
"""Of a message's text, in a line of the queue."""


# Built once: building them costs more than running them.
_OF_CONVERSATION = select(cases).where(cases.c.conversation_key == bindparam("key")).with_for_update()
_PLACE = update(cases).where(cases.c.id == bindparam("placed_id"))
_CHANGE = update(cases).where(cases.c.id == bindparam("changed_id")).values(version=cases.c.version + 1)


class StaleCaseError(RecordError):
    """The case was changed by somebody else since this form was shown."""


@dataclass(frozen=True, slots=True)
class StoredCase:
    id: int
    conversation_key: str
    channel: str
    account: str
    author_key: str | None
    state: CaseState
    received_at: datetime
    last_message_at: datetime
    mention_count: int
    owner: str | None
    decision: Decision
    complaint_id: str | None
    complaint_received_at: datetime | None
    next_due_at: datetime | None
    version: int
    by_hand: SetByHand | None
    """What a person set; `decision` holds it already."""
    custom_fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: the case and what of its last message is shown."""

    case: StoredCase
    text: str
    lang: str | None
    is_private: bool
    author: Mapping[str, Any] | None
    mention_id: str | None


@dataclass(frozen=True, slots=True)
class Came:
    """How many cases of a view are new, and how many others changed, since it was shown."""

    new: int
    changed: int


@dataclass(frozen=True, slots=True)
class StoredClock:
    case_id: int
    key: str
    due_at: datetime
    force: str
    paragraph: str
    met_at: datetime | None
    missed_at: datetime | None


class Cases:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_conversation(self, key: str) -> StoredCase | None:
        """Locked for this transaction. Of a case that was merged away, the one that stands for it."""
        row = self._connection.execute(_OF_CONVERSATION, {"key": key}).one_or_none()
        if row is not None and row.state == CaseState.MERGED.value:
            return self._locked(living(self._connection, row.id))
        return _case(row) if row is not None else None

    def of_message(self, item: StoredMention) -> StoredCase | None:
        """Where the message lies now, else where its conversation goes; locked for this transaction."""
        here = select(mentions.c.case_id).where(mentions.c.id == item.mention.id)
        case_id = self._connection.scalar(here) if item.case_id is not None else None
        return self._locked(case_id) if case_id is not None else self.of_conversation(item.conversation_key)

    def _locked(self, case_id: int) -> StoredCase:
        return _case(self._connection.execute(select(cases).where(cases.c.id == case_id).with_for_update()).one())

    def open(self, item: StoredMention, decision: Decision, *, now: datetime) -> StoredCase:
        """The case of a new conversation, locked for this transaction; `add_mention` counts its first message."""
        values = _opened(item, decision, key=item.conversation_key, now=now)
        opening = insert(self._connection, cases).on_conflict_do_nothing().returning(cases)
        row = self._connection.execute(opening, values).one_or_none()
        return _case(row or self._connection.execute(_OF_CONVERSATION, {"key": item.conversation_key}).one())

    def open_apart(
        self, item: StoredMention, decision: Decision, *, key: str, owner: str | None, now: datetime
    ) -> StoredCase:
        """A case for messages of a conversation that has one already; `item` is the first of them."""
        values = _opened(item, decision, key=key, now=now) | {"owner": owner}
        return _case(self._connection.execute(cases.insert().values(values).returning(cases)).one())

    def add_mention(
        self, case: StoredCase, item: StoredMention, decision: Decision, *, now: datetime, is_quiet: bool = False
    ) -> None:
        """Note one more message and what the case as a whole is now decided to be. One that `is_quiet` opens none."""
        said_at = item.mention.created_at
        self._change(
            case.id,
            _decided(decision)
            | {
                "received_at": min(case.received_at, said_at),
                "last_message_at": max(case.last_message_at, said_at),
                "mention_count": case.mention_count + 1,
                **({"audience": PRIVATE} if item.mention.kind is Kind.DM else {}),
                "state": (case.state if is_quiet else self._state_after(case, item)).value,
            },
            now=now,
        )

    @staticmethod
    def _state_after(case: StoredCase, item: StoredMention) -> CaseState:
        """A new message opens an answered case again; a repeat of the same words does not."""
        is_news = item.duplicate_of is None and item.mention.created_at >= case.last_message_at
        return CaseState.OPEN if is_news else case.state

    def decide(self, case_id: int, decision: Decision, *, now: datetime) -> None:
        self._change(case_id, _decided(decision), now=now)

    def set_by_hand(self, case_id: int, wanted: SetByHand | None, *, now: datetime) -> None:
        """None: what rules worked out stands again. The decision is another step."""
        self._change(case_id, {"by_hand": encode(wanted) if wanted is not None else None}, now=now)

    def set_custom_fields(self, case_id: int, values: Mapping[str, str], *, now: datetime) -> None:
        self._change(case_id, {"custom_fields": dict(values) or None}, now=now)

    def register(self, case_id: int, complaint_id: str, *, received_at: datetime, now: datetime) -> None:
        """Tie the case to its complaint in the register."""
        self._change(case_id, {"complaint_id": complaint_id, "complaint_received_at": received_at}, now=now)

    def set_state(self, case_id: int, state: CaseState, *, now: datetime, is_unmerged: bool = False) -> None:
        """What is closed is put off no longer, and no longer escalated. A merged case stays so until it is unmerged."""
        there = () if is_unmerged else (cases.c.state != CaseState.MERGED.value,)
        changed = self._connection.execute(
            update(cases)
            .where(cases.c.id == case_id, *there)
            .values(state=state.value, version=cases.c.version + 1, updated_at=now)
        )
        if state is CaseState.CLOSED and changed.rowcount:
            note_solved(self._connection, case_id, now=now)
        if state is CaseState.CLOSED:
            self._connection.execute(snoozes.delete().where(snoozes.c.case_id == case_id))
            ended = {"state": "settled", "ended_at": now, "ended_why": "closed", "step_due_at": None}
            open_one = (escalations.c.case_id == case_id, escalations.c.state == "open")
            self._connection.execute(update(escalations).where(*open_one).values(ended))

    def assign(self, case_id: int, owner: str | None, *, version: int, now: datetime) -> None:
        """Its escalation, where it has one, goes with it.

        Raises: StaleCaseError where the case is not at `version` any more.
        """
        result = self._connection.execute(
            update(cases)
            .where(cases.c.id == case_id, cases.c.version == version)
            .values(owner=owner, version=cases.c.version + 1, updated_at=now)
        )
        if result.rowcount != 1:
            raise StaleCaseError(f"case {case_id} was changed meanwhile; nothing was done: look at it again")
        escalated = (escalations.c.case_id == case_id, escalations.c.state == "open")
        self._connection.execute(update(escalations).where(*escalated).values(owner=owner))

    def _change(self, case_id: int, values: Mapping[str, Any], *, now: datetime) -> None:
        self._connection.execute(_CHANGE, {**values, "changed_id": case_id, "updated_at": now})

    def get(self, case_id: int) -> StoredCase | None:
        row = self._connection.execute(select(cases).where(cases.c.id == case_id)).one_or_none()
        return _case(row) if row is not None else None

    def several(self, case_ids: Collection[int], *, are_locked: bool = False) -> list[StoredCase]:
        """By number; locked for this transaction where they are to be changed."""
        found = select(cases).where(cases.c.id.in_(case_ids)).order_by(cases.c.id)
        rows = self._connection.execute(found.with_for_update() if are_locked else found)
        return [_case(row) for row in rows]

    def place(self, decisions: Mapping[int, Decision]) -> None:
        """Where cases stand in the queue, by time alone: no form that somebody has open is out of date by it."""
        rows = [{"placed_id": number, "score": one.score, "decision": encode(one)} for number, one in decisions.items()]
        if rows:
            self._connection.execute(_PLACE, rows)

    def of_author(self, key: str, *, limit: int = 50) -> list[StoredCase]:
        """Newest first."""
        rows = self._connection.execute(
            select(cases).where(cases.c.author_id == key).order_by(cases.c.last_message_at.desc()).limit(limit)
        )
        return [_case(row) for row in rows]

    def queue(
        self, wanted: Selection | str, *, person: str, now: datetime, limit: int, offset: int = 0
    ) -> list[QueueRow]:
        """One page of a list, or of the view of this name; the order is total, so paging neither skips nor repeats.

        Each row shows the newest words of the person whose case it is, not of somebody who joined the thread.
        """
        excerpt = func.substr(mentions.c.text, 1, EXCERPT_CHARACTERS).label("text")
        shown = (excerpt, mentions.c.lang, mentions.c.kind, mentions.c.id.label("mention_id"), author_snapshots.c.facts)
        selection = _selection(wanted)
        place, where = order(selection.sort), self._condition(selection)
        # The page first: only what is shown is looked up further.
        page = select(cases.c.id).where(where).order_by(*place).limit(limit).offset(offset).subquery()
        joined = (
            cases.join(page, page.c.id == cases.c.id)
            .outerjoin(mentions, mentions.c.id == newest_words())
            .outerjoin(author_snapshots, author_snapshots.c.id == mentions.c.snapshot_id)
        )
        ordered = select(cases, *shown).select_from(joined).order_by(*place)
        rows = self._connection.execute(ordered, given(person=person, now=now))
        return [
            QueueRow(_case(row), row.text or "", row.lang, row.kind == "dm", row.facts, row.mention_id) for row in rows
        ]

    def _condition(self, wanted: Selection) -> Any:
        return condition(wanted, is_postgres=self._connection.dialect.name == "postgresql")

    def newest_id(self) -> int:
        """0 where there is no case yet."""
        return self._connection.scalar(select(func.max(cases.c.id))) or 0

    def came_since(self, wanted: Selection | str, *, person: str, now: datetime, newest: int, since: datetime) -> Came:
        """Cases of a list above id `newest`, and older ones that changed after `since`."""
        shown = self._condition(_selection(wanted))
        row = self._connection.execute(
            select(
                func.count().filter(cases.c.id > newest),
                func.count().filter(cases.c.id <= newest, cases.c.updated_at > since),
            )
            .select_from(cases)
            .where(shown),
            given(person=person, now=now),
        ).one()
        return Came(row[0], row[1])

    def next_clocks(self, ids: Sequence[int]) -> dict[int, StoredClock]:
        """Case id → its earliest clock that is not met, for those that have one."""
        rows = self._connection.execute(
            select(clocks)
            .where(clocks.c.case_id.in_(ids), clocks.c.met_at.is_(None))
            .order_by(clocks.c.due_at.desc(), clocks.c.key.desc())
        )
        return {row.case_id: _clock(row) for row in rows}

    def view_counts(self, views: Sequence[str], *, person: str, now: datetime) -> dict[str, int]:
        wanted = {view: Selection(view) for view in views}
        return Worklist(self._connection).counts(wanted, person=person, now=now)

    def ids_of_view(self, wanted: Selection | str, *, person: str, now: datetime, limit: int) -> list[int]:
        """In the order of the list."""
        selection = _selection(wanted)
        found = select(cases.c.id).where(self._condition(selection)).order_by(*order(selection.sort))
        return list(self._connection.scalars(found.limit(limit), given(person=person, now=now)))

    # clocks

    def set_clocks(self, case_id: int, dues: Sequence[Due]) -> None:
        """Start clocks, or move those that run; one that is met or missed stays as it is."""
        rows = [
            {
                "case_id": case_id,
                "key": due.key,
                "due_at": due.at,
                "force": due.force.value,
                "paragraph": due.paragraph,
            }
            for due in dues
        ]
        if rows:
            statement = insert(self._connection, clocks)
            still_runs = and_(clocks.c.met_at.is_(None), clocks.c.missed_at.is_(None))
            moved = {"due_at": statement.excluded.due_at}
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["case_id", "key"], set_=moved, where=still_runs), rows
            )
        self._refresh_next_due(case_id)

    def keep_clocks(self, case_id: int, standing: Sequence[tuple[Due, datetime | None]]) -> None:
        """These clocks and no others, each with when it was met; one whose date moved is told of again."""
        keys = [due.key for due, _ in standing]
        self._connection.execute(clocks.delete().where(clocks.c.case_id == case_id, clocks.c.key.not_in(keys)))
        for due, met_at in standing:
            values = {"due_at": due.at, "force": due.force.value, "paragraph": due.paragraph, "met_at": met_at}
            statement = insert(self._connection, clocks).values(case_id=case_id, key=due.key, **values)
            told = {
                name: choose((clocks.c.due_at == statement.excluded.due_at, clocks.c[name]), else_=None)
                for name in ("warned_at", "missed_at")
            }
            upsert = statement.on_conflict_do_update(index_elements=["case_id", "key"], set_=values | told)
            self._connection.execute(upsert)
        self._refresh_next_due(case_id)

    def drop_clocks(self, case_id: int) -> None:
        """When a person ruled that it is no complaint: what was started is in the event log and the register."""
        self._connection.execute(clocks.delete().where(clocks.c.case_id == case_id))
        self._refresh_next_due(case_id)

    def meet_clocks(self, case_id: int, keys: Sequence[str], *, at: datetime) -> None:
        self._connection.execute(
            update(clocks)
            .where(clocks.c.case_id == case_id, clocks.c.key.in_(keys), clocks.c.met_at.is_(None))
            .values(met_at=at)
        )
        self._refresh_next_due(case_id)

    def clocks_of(self, case_id: int) -> list[StoredClock]:
        rows = self._connection.execute(select(clocks).where(clocks.c.case_id == case_id).order_by(clocks.c.due_at))
        return [_clock(row) for row in rows]

    def due_soon(self, *, now: datetime, until: datetime, limit: int) -> list[StoredClock]:
        """Running clocks that end by `until` and not before `now`, and that nobody was told of."""
        is_soon = (clocks.c.due_at >= now, clocks.c.due_at <= until)
        return self._running(*is_soon, clocks.c.warned_at.is_(None), limit=limit)

    def overdue(self, *, now: datetime, limit: int) -> list[StoredClock]:
        return self._running(clocks.c.due_at < now, limit=limit)

    def _running(self, *conditions: Any, limit: int) -> list[StoredClock]:
        rows = self._connection.execute(
            select(clocks)
            .where(clocks.c.met_at.is_(None), clocks.c.missed_at.is_(None), *conditions)
            .order_by(clocks.c.due_at, clocks.c.case_id, clocks.c.key)
            .limit(limit)
        )
        return [_clock(row) for row in rows]

    def mark_warned(self, said: Sequence[StoredClock], *, now: datetime) -> None:
        self._mark(said, warned_at=now)

    def mark_missed(self, said: Sequence[StoredClock], *, now: datetime) -> None:
        self._mark(said, missed_at=now)

    def _mark(self, said: Sequence[StoredClock], **values: datetime) -> None:
        same = and_(clocks.c.case_id == bindparam("of_case"), clocks.c.key == bindparam("of_key"))
        rows = [{"of_case": clock.case_id, "of_key": clock.key} for clock in said]
        if rows:
            self._connection.execute(update(clocks).where(same).values(**values), rows)

    def _refresh_next_due(self, case_id: int) -> None:
        running = select(func.min(clocks.c.due_at)).where(clocks.c.case_id == case_id, clocks.c.met_at.is_(None))
        self._connection.execute(
            update(cases).where(cases.c.id == case_id).values(next_due_at=running.scalar_subquery())
        )


def _selection(wanted: Selection | str) -> Selection:
    return Selection(wanted) if isinstance(wanted, str) else wanted


def _opened(item: StoredMention, decision: Decision, *, key: str, now: datetime) -> dict[str, Any]:
    mention = item.mention
    return _decided(decision) | {
        "conversation_key": key,
        "channel": mention.channel,
        "account": mention.account,
        "author_id": item.author_key,
        "state": CaseState.OPEN.value,
        "audience": PRIVATE if mention.kind is Kind.DM else PUBLIC,
        "received_at": mention.created_at,
        "last_message_at": mention.created_at,
        "mention_count": 0,
        "version": 1,
        "updated_at": now,
    }


def _decided(decision: Decision) -> dict[str, Any]:
    return {
        "label": decision.label,
        "tier": int(decision.tier),
        "priority": decision.priority.value,
        "priority_rank": decision.priority.rank,
        "team": decision.team,
        "score": decision.score,
        "needs_person": decision.needs_person,
        "is_complaint": decision.is_complaint,
        "reach": UNKNOWN_REACH if decision.reach.score is None else decision.reach.score,
        "decision": encode(decision),
    }


def _case(row: Row[Any]) -> StoredCase:
    return StoredCase(
        id=row.id,
        conversation_key=row.conversation_key,
        channel=row.channel,
        account=row.account,
        author_key=row.author_id,
        state=CaseState(row.state),
        received_at=row.received_at,
        last_message_at=row.last_message_at,
        mention_count=row.mention_count,
        owner=row.owner,
        decision=decode(Decision, row.decision),
        complaint_id=row.complaint_id,
        complaint_received_at=row.complaint_received_at,
        next_due_at=row.next_due_at,
        version=row.version,
        by_hand=decode(SetByHand, row.by_hand) if row.by_hand is not None else None,
        custom_fields=row.custom_fields or {},
    )


def _clock(row: Row[Any]) -> StoredClock:
    return StoredClock(row.case_id, row.key, row.due_at, row.force, row.paragraph, row.met_at, row.missed_at)
