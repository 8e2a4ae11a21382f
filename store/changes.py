"""What became of messages and their authors: wordings, reposts, account states, when each was last asked for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from models import AccountState, Bystander, MentionState, Recheck, Repost, SharedPost
from models.identity import author_key
from store.channel_tables import (
    account_states,
    bystanders,
    early_deletions,
    mention_versions,
    rechecks,
    reposts,
)
from store.encoding import encode
from store.retention_tables import platform_deletions
from store.statements import insert, insert_new
from store.tables import authors, mentions, verdicts

CHUNK = 500
FIRST = ""
"""The version of the words a message came with, where the platform gave that wording no name."""


@dataclass(frozen=True, slots=True)
class Wording:
    version: str
    text: str
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class StoredBystander:
    """A message around a case that was never judged."""

    id: str
    text: str
    created_at: datetime
    captured_at: datetime
    url: str | None
    is_ours: bool
    who: str


class Changes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # wordings

    def wordings(self, mention_ids: Collection[str]) -> dict[str, list[Wording]]:
        """Mention id → its wordings, oldest first, for those that were ever edited."""
        table, found = mention_versions.c, dict[str, list[Wording]]()
        for chunk in _chunks(mention_ids):
            rows = self._connection.execute(
                select(mention_versions).where(table.mention_id.in_(chunk)).order_by(table.edited_at, table.version)
            )
            for row in rows:
                found.setdefault(row.mention_id, []).append(Wording(row.version, row.text, row.edited_at))
        return found

    def keep_wording(self, mention_id: str, wording: Wording, *, now: datetime) -> None:
        """One row for each version; one that is there stays as it is."""
        row = {
            "mention_id": mention_id,
            "version": wording.version,
            "text": wording.text,
            "edited_at": wording.edited_at,
            "seen_at": now,
        }
        insert_new(self._connection, mention_versions, [row])

    def forget_wording(self, mention_id: str, version: str) -> None:
        same = (mention_versions.c.mention_id == mention_id, mention_versions.c.version == version)
        self._connection.execute(delete(mention_versions).where(*same))

    def reword(self, mention_id: str, text: str, words_digest: str, *, replaced: str) -> None:
        """Put the newest words in place, and have them judged; what was said of version `replaced` is kept with it."""
        said = self._connection.scalars(
            select(verdicts.c.verdict).where(verdicts.c.mention_id == mention_id).order_by(verdicts.c.judged_at)
        ).all()
        old = (mention_versions.c.mention_id == mention_id, mention_versions.c.version == replaced)
        if said:
            self._connection.execute(update(mention_versions).where(*old).values(verdict=said[-1]))
        self._connection.execute(delete(verdicts).where(verdicts.c.mention_id == mention_id))
        self._connection.execute(
            update(mentions)
            .where(mentions.c.id == mention_id)
            .values(
                text=text,
                words_digest=words_digest,
                state=MentionState.RECEIVED.value,
                attempts=0,
                lease_until=None,
                leased_by=None,
                fault=None,
            )
        )

    # deletions that came before their message

    def keep_early_deletion(self, mention_id: str, at: datetime, *, now: datetime) -> None:
        insert_new(self._connection, early_deletions, [{"mention_id": mention_id, "at": at, "seen_at": now}])

    def take_early_deletions(self, mention_ids: Collection[str]) -> dict[str, datetime]:
        """Mention id → when it was deleted; those given are forgotten."""
        found: dict[str, datetime] = {}
        for chunk in _chunks(mention_ids):
            wanted = early_deletions.c.mention_id.in_(chunk)
            rows = self._connection.execute(select(early_deletions).where(wanted)).all()
            found |= {row.mention_id: row.at for row in rows}
            if rows:
                self._connection.execute(delete(early_deletions).where(wanted))
        return found

    # bystanders and reposts

    def keep_bystanders(self, found: Sequence[tuple[Bystander, str]]) -> None:
        """Each with the key of its conversation; one that is there stays as it is."""
        rows = [
            {
                "id": one.mention.id,
                "channel": one.mention.channel,
                "account": one.mention.account,
                "native_id": one.mention.native_id,
                "conversation_key": key,
                "in_reply_to": one.mention.in_reply_to,
                "is_ours": one.is_ours,
                "text": one.mention.text,
                "created_at": one.mention.created_at,
                "captured_at": one.mention.received_at,
                "url": one.mention.url,
                "author": encode(one.mention.author) if one.mention.author else None,
            }
            for one, key in found
        ]
        insert_new(self._connection, bystanders, rows)

    def around(self, conversation_key: str, *, limit: int) -> list[StoredBystander]:
        """Bystanders of a conversation that are no mentions themselves, the newest `limit`, oldest first."""
        table = bystanders.c
        rows = self._connection.execute(
            select(bystanders)
            .where(table.conversation_key == conversation_key, table.id.not_in(select(mentions.c.id)))
            .order_by(table.created_at.desc(), table.id.desc())
            .limit(limit)
        ).all()
        return [_bystander(row) for row in rows][::-1]

    def keep_reposts(self, found: Sequence[Repost]) -> None:
        rows = [
            {
                "channel": one.channel,
                "native_id": one.native_id,
                "author_key": author_key(one.channel, one.author_id),
                "at": one.at,
            }
            for one in found
        ]
        insert_new(self._connection, reposts, rows)

    def reposts_of(self, mention_ids: Collection[str]) -> dict[str, int]:
        """Mention id → how many accounts showed it again, for those that were."""
        found: dict[str, int] = {}
        for chunk in _chunks(mention_ids):
            same = (mentions.c.channel == reposts.c.channel) & (mentions.c.native_id == reposts.c.native_id)
            rows = self._connection.execute(
                select(mentions.c.id, func.count())
                .join_from(mentions, reposts, same)
                .where(mentions.c.id.in_(chunk))
                .group_by(mentions.c.id)
            )
            found |= {mention_id: number for mention_id, number in rows}
        return found

    def shared_by(self, keys: Collection[str], *, since: datetime, until: datetime) -> dict[str, list[SharedPost]]:
        """Author key → those of their messages said in that time of which we know how often they were shared, or that
        they are gone. Reposts that were told one by one count, too; none of these is no count of zero."""
        table, found = mentions.c, dict[str, list[SharedPost]]()
        same = (reposts.c.channel == table.channel, reposts.c.native_id == table.native_id)
        again = select(func.count()).select_from(reposts).where(*same).scalar_subquery()
        later, gone = rechecks.c.shares, platform_deletions.c.mention_id
        joined = mentions.outerjoin(rechecks, rechecks.c.mention_id == table.id).outerjoin(
            platform_deletions, gone == table.id
        )
        told = (table.shares, later, again)
        names = (table.author_id, table.native_id, table.created_at, gone.is_not(None).label("is_gone"))
        for chunk in _chunks(keys):
            in_time = (table.author_id.in_(chunk), table.created_at.between(since, until))
            is_known = or_(table.shares.is_not(None), later.is_not(None), again > 0, gone.is_not(None))
            for author, native_id, said_at, is_gone, fetched, asked, counted in self._connection.execute(
                select(*names, *told).select_from(joined).where(*in_time, is_known)
            ):
                shares = max((one for one in (fetched, asked, counted or None) if one is not None), default=None)
                found.setdefault(author, []).append(SharedPost(native_id, said_at, shares, is_gone))
        return found

    # accounts

    def set_account_state(self, key: str, state: AccountState, *, at: datetime) -> bool:
        """Whether this is news: a later word of the platform wins, whichever came first."""
        known = self._connection.execute(select(account_states).where(account_states.c.author_key == key)).one_or_none()
        if known is not None and (known.at, known.state) >= (at, state.value):
            return False
        values = {"state": state.value, "at": at}
        statement = insert(self._connection, account_states).values(author_key=key, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["author_key"], set_=values))
        return known is None or known.state != state.value

    def account_states(self, keys: Collection[str]) -> dict[str, tuple[AccountState, datetime]]:
        found: dict[str, tuple[AccountState, datetime]] = {}
        for chunk in _chunks(keys):
            rows = self._connection.execute(select(account_states).where(account_states.c.author_key.in_(chunk)))
            found |= {row.author_key: (AccountState(row.state), row.at) for row in rows}
        return found

    def known_authors(self, keys: Iterable[str]) -> set[str]:
        """Those of the authors who ever said anything to us."""
        found: set[str] = set()
        for chunk in _chunks(set(keys)):
            found |= set(self._connection.scalars(select(authors.c.id).where(authors.c.id.in_(chunk))))
        return found

    def mentions_by(self, key: str) -> list[tuple[str, int | None]]:
        """(mention id, case) of all that an author said to us, oldest first."""
        rows = self._connection.execute(
            select(mentions.c.id, mentions.c.case_id)
            .where(mentions.c.author_id == key)
            .order_by(mentions.c.created_at, mentions.c.id)
        )
        return [(row.id, row.case_id) for row in rows]

    # asking again

    def to_recheck(self, channels: Collection[str], *, since: datetime, before: datetime, limit: int) -> list[str]:
        """Mentions said after `since`, not known to be gone, and last asked for before `before`; the longest first."""
        table, asked = mentions.c, rechecks.c
        rows = self._connection.execute(
            select(table.id)
            .select_from(
                mentions.outerjoin(rechecks, asked.mention_id == table.id).outerjoin(
                    platform_deletions, platform_deletions.c.mention_id == table.id
                )
            )
            .where(
                table.channel.in_(sorted(channels)),
                table.created_at > since,
                table.received_at < before,
                platform_deletions.c.mention_id.is_(None),
                or_(asked.checked_at.is_(None), asked.checked_at < before),
            )
            .order_by(asked.checked_at.is_not(None), asked.checked_at, table.created_at)
            .limit(limit)
        )
        return [row.id for row in rows]

    def rechecked(self, found: Mapping[str, Recheck], *, now: datetime) -> None:
        for mention_id, answer in found.items():
            values: dict[str, Any] = {"checked_at": now, "presence": answer.presence.value}
            if answer.shares is not None:
                values["shares"] = answer.shares
            statement = insert(self._connection, rechecks).values(mention_id=mention_id, **values)
            self._connection.execute(statement.on_conflict_do_update(index_elements=["mention_id"], set_=values))


def _bystander(row: Any) -> StoredBystander:
    author = row.author or {}
    who = author.get("handle") or author.get("name") or author.get("id") or "unknown author"
    return StoredBystander(row.id, row.text, row.created_at, row.captured_at, row.url, row.is_ours, str(who))


def _chunks(ids: Collection[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK)]
