"""Mentions, their authors and what is known of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, text, update

from models import Author, AuthorHistory, Decision, Kind, LimbVerdict, Mention, MentionState, Post
from models.digests import canonical, digest
from models.identity import author_key
from store.encoding import decode, encode
from store.holding import held_by
from store.statements import insert, insert_new
from store.tables import author_histories, author_snapshots, authors, labels, mentions

CLOCK_SKEW = timedelta(minutes=2)
"""Clocks of several machines differ by less."""
CHUNK = 500
"""Rows a statement; SQLite takes 32,766 bound values."""
MOST_OF_A_WEEK = 1_000

COLUMNS: tuple[str, ...] = (
    "id",
    "channel",
    "account",
    "native_id",
    "text",
    "lang",
    "created_at",
    "created_at_assumed",
    "received_at",
)
COLUMNS += ("on_owned_channel", "conversation_id", "in_reply_to", "url", "shares")


_STANDING = text("mentions.state IN ('received', 'classified')")
"""In the words of the index `ix_mentions_lane`: SQLite uses it only then."""
_TRIAGED = update(mentions).where(mentions.c.id == bindparam("triaged_id"))


@dataclass(frozen=True, slots=True)
class NewMention:
    """A mention with what ingest worked out about it."""

    mention: Mention
    conversation_key: str
    words_digest: str
    lane: str | None = None
    """Where it is not the lane of the others that come with it."""


@dataclass(frozen=True, slots=True)
class Words:
    """A stored mention by the same author, as far as finding repeats needs it."""

    id: str
    words_digest: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredMention:
    """A mention with what the store knows about it."""

    mention: Mention
    state: MentionState
    conversation_key: str
    author_key: str | None
    captured_at: datetime | None
    """When the author's facts were read."""
    duplicate_of: str | None
    case_id: int | None
    decision: Decision | None
    lane: str


class Mentions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Sequence[NewMention], *, lane: str, now: datetime) -> list[str]:
        """Store those that are not there yet; gives their ids, in order. The others stay as they are."""
        known = self.known(item.mention.id for item in new)
        fresh = list({item.mention.id: item for item in new if item.mention.id not in known}.values())
        snapshots = self._keep_authors([item.mention for item in fresh])
        arrival = int(now.timestamp() * 1_000_000)
        rows = [self._row(item, snapshots, lane, arrival + place) for place, item in enumerate(fresh)]
        insert_new(self._connection, mentions, rows)
        return [item.mention.id for item in fresh]

    def known(self, ids: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for chunk in _chunks(list(ids)):
            found.update(self._connection.scalars(select(mentions.c.id).where(mentions.c.id.in_(chunk))))
        return found

    def _row(self, item: NewMention, snapshots: dict[str, int], lane: str, arrival: int) -> dict[str, Any]:
        mention = item.mention
        author = author_key(mention.channel, mention.author.id) if mention.author else None
        return {name: getattr(mention, name) for name in COLUMNS} | {
            "kind": mention.kind.value,
            "raw": dict(mention.raw),
            "author_id": author,
            "snapshot_id": snapshots.get(mention.id),
            "conversation_key": item.conversation_key,
            "words_digest": item.words_digest,
            "arrival": arrival,
            "lane": item.lane or lane,
            "state": MentionState.RECEIVED.value,
            "attempts": 0,
        }

    def _keep_authors(self, fresh: Sequence[Mention]) -> dict[str, int]:
        """Mention id → snapshot id. The same facts of the same author are kept once."""
        rows: dict[str, dict[str, Any]] = {}
        facts: dict[tuple[str, str], dict[str, Any]] = {}
        wanted: dict[str, tuple[str, str]] = {}
        for mention in fresh:
            if mention.author is None:
                continue
            key = author_key(mention.channel, mention.author.id)
            rows[key] = {
                "id": key,
                "channel": mention.channel,
                "native_id": mention.author.id,
                "handle": mention.author.handle,
            }
            value = encode(mention.author)
            mark = digest(canonical(value))
            captured = {"author_id": key, "captured_at": mention.received_at, "digest": mark, "facts": value}
            facts.setdefault((key, mark), captured)
            wanted[mention.id] = (key, mark)
        insert_new(self._connection, authors, list(rows.values()))
        insert_new(self._connection, author_snapshots, list(facts.values()))
        ids = self._snapshot_ids(rows)
        return {mention: ids[key] for mention, key in wanted.items()}

    def _snapshot_ids(self, keys: Collection[str]) -> dict[tuple[str, str], int]:
        table = author_snapshots.c
        ids: dict[tuple[str, str], int] = {}
        for chunk in _chunks(list(keys)):
            for row in self._connection.execute(
                select(table.author_id, table.digest, table.id).where(table.author_id.in_(chunk))
            ):
                ids[row.author_id, row.digest] = row.id
        return ids

    def keep_history(self, key: str, posts: Sequence[Post], *, captured_at: datetime) -> None:
        """The last seven days of an author as the platform showed them; a newer reading replaces an older one."""
        row = {"author_id": key, "captured_at": captured_at, "posts": [encode(post) for post in posts]}
        statement = insert(self._connection, author_histories).values(row)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["author_id"],
                set_={"captured_at": statement.excluded.captured_at, "posts": statement.excluded.posts},
            )
        )

    def words_by_authors(
        self, keys: Collection[str], marks: Collection[str], *, since: datetime, until: datetime
    ) -> dict[tuple[str, str], list[Words]]:
        """(Author key, words) → what that author said in just these words, oldest first."""
        table, found = mentions.c, dict[tuple[str, str], list[Words]]()
        for chunk in _chunks(sorted(keys)):
            for row in self._connection.execute(
                select(table.id, table.author_id, table.words_digest, table.created_at)
                .where(
                    table.author_id.in_(chunk), table.words_digest.in_(marks), table.created_at.between(since, until)
                )
                .order_by(table.created_at, table.id)
            ):
                words = Words(row.id, row.words_digest, row.created_at)
                found.setdefault((row.author_id, row.words_digest), []).append(words)
        return found

    def mark_duplicate(self, mention_id: str, *, of: str) -> None:
        """A repeat belongs to the conversation of what it repeats."""
        original = select(mentions.c.conversation_key).where(mentions.c.id == of).scalar_subquery()
        self._connection.execute(
            update(mentions).where(mentions.c.id == mention_id).values(duplicate_of=of, conversation_key=original)
        )

    def claim(
        self, ids: Sequence[str], *, was: MentionState, worker: str, now: datetime, lease_seconds: float
    ) -> list[tuple[str, int]]:
        """Take those in state `was` that nobody works on; gives (id, attempts, this one included) by arrival."""
        taken = []
        for chunk in _chunks(ids):
            rows = self._connection.execute(
                update(mentions)
                .where(mentions.c.id.in_(chunk), mentions.c.state == was.value, _unleased(now, lease_seconds))
                .values(
                    lease_until=now + timedelta(seconds=lease_seconds),
                    leased_by=worker,
                    attempts=mentions.c.attempts + 1,
                )
                .returning(mentions.c.id, mentions.c.arrival, mentions.c.attempts)
            )
            taken += [(row.arrival, row.id, row.attempts) for row in rows]
        return [(mention_id, attempts) for _, mention_id, attempts in sorted(taken)]

    def advance(self, ids: Sequence[str], *, was: MentionState, becomes: MentionState, worker: str) -> list[str]:
        """Compare-and-set: only those still held by `worker` move on; gives which did."""
        moved: list[str] = []
        for chunk in _chunks(ids):
            moved += self._connection.scalars(
                update(mentions)
                .where(mentions.c.id.in_(chunk), mentions.c.state == was.value, mentions.c.leased_by == worker)
                .values(state=becomes.value, attempts=0, lease_until=None, leased_by=None)
                .returning(mentions.c.id)
            )
        return moved

    def triaged(self, decided: Sequence[tuple[str, int, Decision]]) -> None:
        """Note what was decided, as (mention id, case id, decision); their state moves by `advance`."""
        rows = [
            {"triaged_id": mention_id, "case_id": case_id, "decision": encode(decision)}
            for mention_id, case_id, decision in decided
        ]
        if rows:
            self._connection.execute(_TRIAGED, rows)

    def put_into(self, lane: str, ids: Sequence[str]) -> None:
        """From now on they are worked on, and found by `sweep`, in this lane."""
        for chunk in _chunks(ids):
            self._connection.execute(update(mentions).where(mentions.c.id.in_(chunk)).values(lane=lane))

    def park(self, mention_id: str, *, fault: str, worker: str | None = None) -> None:
        """Set one aside, with the reason, until a person decides. `worker`: only while it still holds it."""
        held = (mentions.c.leased_by == worker,) if worker is not None else ()
        self._connection.execute(
            update(mentions)
            .where(mentions.c.id == mention_id, *held)
            .values(state=MentionState.QUARANTINED.value, fault=fault, lease_until=None, leased_by=None)
        )

    def send_back(self, ids: Sequence[str], *, to: MentionState) -> None:
        """Have them worked on again from `to`, e.g. after a correction or from quarantine."""
        for chunk in _chunks(ids):
            self._connection.execute(
                update(mentions)
                .where(mentions.c.id.in_(chunk))
                .values(state=to.value, attempts=0, lease_until=None, leased_by=None, fault=None)
            )

    def parked(self, *, limit: int = 200) -> list[tuple[str, str, str]]:
        """(id, channel, why) of those set aside, newest first."""
        table = mentions.c
        rows = self._connection.execute(
            select(table.id, table.channel, table.fault)
            .where(table.state == MentionState.QUARANTINED.value)
            .order_by(table.arrival.desc())
            .limit(limit)
        )
        return [(row.id, row.channel, row.fault or "") for row in rows]

    def renew(self, ids: Sequence[str], *, worker: str, until: datetime) -> int:
        """Have what `worker` still holds kept for it until then; gives how many that are."""
        renewed = 0
        for chunk in _chunks(ids):
            # A row that the worker is just writing to needs no longer lease, and must not be waited for.
            free = select(mentions.c.id).where(mentions.c.id.in_(chunk), mentions.c.leased_by == worker)
            still = update(mentions).where(mentions.c.id.in_(free.with_for_update(skip_locked=True)))
            renewed += self._connection.execute(still.values(lease_until=until)).rowcount
        return renewed

    def give_back(self, ids: Sequence[str], *, worker: str, is_counted: bool) -> None:
        """By a worker that lives and could not finish them. Not counted: it was no fault of theirs."""
        freed: dict[str, Any] = {"lease_until": None, "leased_by": None}
        if not is_counted:
            freed["attempts"] = mentions.c.attempts - 1
        for chunk in _chunks(ids):
            held = (mentions.c.id.in_(chunk), mentions.c.leased_by == worker)
            self._connection.execute(update(mentions).where(*held).values(**freed))

    def release(self, worker: str | None) -> int:
        """Give up the leases of a worker that is known to be dead, or of all where none can be alive (None)."""
        waits = mentions.c.state.in_((MentionState.RECEIVED.value, MentionState.CLASSIFIED.value))
        held = update(mentions).where(waits, held_by(mentions.c.leased_by, worker))
        return self._connection.execute(held.values(lease_until=None, leased_by=None)).rowcount

    def standing_still(
        self, state: MentionState, lane: str, *, now: datetime, lease_seconds: float, limit: int
    ) -> list[tuple[str, str, int]]:
        """(id, lane, attempts) of those of a lane waiting in `state` that nobody works on, in order of arrival."""
        table = mentions.c
        rows = self._connection.execute(
            select(table.id, table.lane, table.attempts)
            .where(table.lane == lane, table.state == state.value, _STANDING, _unleased(now, lease_seconds))
            .order_by(table.arrival)
            .limit(limit)
        )
        return [(row.id, row.lane, row.attempts) for row in rows]

    def lanes(self, ids: Sequence[str]) -> dict[str, str]:
        """Id → the lane it is judged in."""
        found: dict[str, str] = {}
        for chunk in _chunks(ids):
            rows = self._connection.execute(select(mentions.c.id, mentions.c.lane).where(mentions.c.id.in_(chunk)))
            found |= {row.id: row.lane for row in rows}
        return found

    def get(self, ids: Sequence[str]) -> list[StoredMention]:
        """In the order of `ids`; ids that are not there are left out."""
        found: dict[str, StoredMention] = {}
        for chunk in _chunks(ids):
            for row in self._connection.execute(_with_author().where(mentions.c.id.in_(chunk))):
                found[row.id] = _stored(row)
        return [found[mention_id] for mention_id in ids if mention_id in found]

    def by_native_ids(self, channel: str, account: str, native_ids: Sequence[str]) -> list[Mention]:
        """Those of our stored mentions that stand under these ids of the platform."""
        same = (mentions.c.channel == channel, mentions.c.account == account)
        found: list[Mention] = []
        for chunk in _chunks(native_ids):
            rows = self._connection.execute(_with_author().where(*same, mentions.c.native_id.in_(chunk)))
            found += [_stored(row).mention for row in rows]
        return found

    def of_case(self, case_id: int, *, limit: int | None = None) -> list[StoredMention]:
        """Oldest first."""
        ordered = _with_author().where(mentions.c.case_id == case_id).order_by(mentions.c.created_at, mentions.c.id)
        return [_stored(row) for row in self._connection.execute(ordered.limit(limit))]

    def newest_of_case(self, case_id: int, *, limit: int) -> list[StoredMention]:
        """The last `limit` messages, oldest first."""
        place = (mentions.c.created_at.desc(), mentions.c.id.desc())
        ordered = _with_author().where(mentions.c.case_id == case_id).order_by(*place).limit(limit)
        return [_stored(row) for row in self._connection.execute(ordered)][::-1]

    def said_by(
        self, keys: Collection[str], *, since: datetime, until: datetime
    ) -> dict[str, list[tuple[datetime, str]]]:
        """Author key → (when, mention id) of what reached us from them, repeats left out."""
        table, found = mentions.c, dict[str, list[tuple[datetime, str]]]()
        for chunk in _chunks(list(keys)):
            for row in self._connection.execute(
                select(table.author_id, table.created_at, table.id).where(
                    table.author_id.in_(chunk), table.created_at.between(since, until), table.duplicate_of.is_(None)
                )
            ):
                found.setdefault(row.author_id, []).append((row.created_at, row.id))
        return found

    def wrote_in_private(self, keys: Collection[str]) -> set[str]:
        """Those of the authors who ever sent a private message."""
        found: set[str] = set()
        for chunk in _chunks(sorted(keys)):
            wanted = and_(mentions.c.author_id.in_(chunk), mentions.c.kind == Kind.DM.value)
            found |= set(self._connection.scalars(select(mentions.c.author_id).where(wanted).distinct()))
        return found

    def no_complaints_by(self, keys: Collection[str]) -> list[StoredMention]:
        """Triaged messages of these authors that express dissatisfaction and are no complaints, oldest first."""
        limb = mentions.c.decision[("definition", "limbs", 0, "verdict")].as_string()
        is_complaint = mentions.c.decision[("definition", "is_complaint")].as_boolean()
        found: list[StoredMention] = []
        for chunk in _chunks(sorted(keys)):
            theirs = and_(mentions.c.author_id.in_(chunk), mentions.c.state == MentionState.TRIAGED.value)
            wanted = and_(theirs, limb == LimbVerdict.MET.value, is_complaint.is_(False))
            rows = self._connection.execute(_with_author().where(wanted).order_by(mentions.c.created_at, mentions.c.id))
            found += [_stored(row) for row in rows]
        return found

    def histories(self, keys: Collection[str]) -> dict[str, AuthorHistory]:
        """Author key → the latest reading of their last seven days, for those that have one."""
        found: dict[str, AuthorHistory] = {}
        for chunk in _chunks(list(keys)):
            for row in self._connection.execute(
                select(author_histories).where(author_histories.c.author_id.in_(chunk))
            ):
                posts = tuple(decode(Post, post) for post in row.posts)
                found[row.author_id] = AuthorHistory(posts, row.captured_at, complete=True)
        return found

    def posts_by(self, keys: Collection[str], *, since: datetime, until: datetime) -> dict[str, list[Post]]:
        """Author key → what reached us from them, oldest first: the history where no platform tells."""
        table, found = mentions.c, dict[str, list[Post]]()
        for chunk in _chunks(list(keys)):
            for row in self._connection.execute(
                select(table.author_id, table.native_id, table.text, table.created_at)
                .where(table.author_id.in_(chunk), table.created_at.between(since, until))
                .order_by(table.created_at, table.id)
            ):
                found.setdefault(row.author_id, []).append(Post(row.native_id, row.text, row.created_at))
        return found

    def count_by(self, author_key: str, tag: str, *, since: datetime) -> tuple[int, int]:
        """Messages of this author said since then, and those of them with the tag: of the newest `MOST_OF_A_WEEK`."""
        tags = mentions.c.decision["tags"].as_string().label("tags")
        theirs = and_(mentions.c.author_id == author_key, mentions.c.created_at >= since)
        newest = select(tags).where(theirs).order_by(mentions.c.created_at.desc()).limit(MOST_OF_A_WEEK).subquery()
        tagged = func.count().filter(newest.c.tags.contains(f'"{tag}"', autoescape=True)).label("tagged")
        row = self._connection.execute(select(func.count().label("all"), tagged).select_from(newest)).one()
        return row.all, row.tagged

    def relabel(self, mention_id: str, label: str, *, person: str, now: datetime) -> None:
        row = {"mention_id": mention_id, "label": label, "person": person, "given_at": now}
        self._connection.execute(labels.insert().values(row))

    def labels(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Mention id → (label, person) of the latest correction."""
        found: dict[str, tuple[str, str]] = {}
        for chunk in _chunks(ids):
            for row in self._connection.execute(
                select(labels).where(labels.c.mention_id.in_(chunk)).order_by(labels.c.id)
            ):
                found[row.mention_id] = (row.label, row.person)
        return found


def _unleased(now: datetime, lease_seconds: float) -> Any:
    """A lease that ends later than any can was given before the clock was put back."""
    longest = now + timedelta(seconds=lease_seconds) + CLOCK_SKEW
    return or_(mentions.c.lease_until.is_(None), mentions.c.lease_until < now, mentions.c.lease_until > longest)


def _with_author() -> Any:
    return select(mentions, author_snapshots.c.facts, author_snapshots.c.captured_at).select_from(
        mentions.outerjoin(author_snapshots, and_(mentions.c.snapshot_id == author_snapshots.c.id))
    )


def _stored(row: Row[Any]) -> StoredMention:
    mention = decode(Mention, {name: getattr(row, name) for name in COLUMNS} | {"kind": row.kind, "raw": row.raw})
    if row.facts is not None:
        mention = replace(mention, author=decode(Author, row.facts))
    return StoredMention(
        mention=mention,
        state=MentionState(row.state),
        conversation_key=row.conversation_key,
        author_key=row.author_id,
        captured_at=row.captured_at,
        duplicate_of=row.duplicate_of,
        case_id=row.case_id,
        decision=decode(Decision, row.decision) if row.decision is not None else None,
        lane=row.lane,
    )


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
