"""Surveys after a solution with their ratings, and links to a customer's own page. Tokens are kept nowhere."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update
from sqlalchemy import case as choose

from models.follow_up import LinkPurpose, Survey, SurveyState, Via, WhyNotAsked
from models.retention import REDACTED
from store.follow_up_tables import public_links, surveys
from store.statements import insert
from store.tables import cases, mentions

PUBLIC_ID_BYTES = 9
HOUR = timedelta(hours=1)
OPEN_STATES = (SurveyState.WAITING.value, SurveyState.NOT_ASKED.value)


@dataclass(frozen=True, slots=True)
class StoredSurvey:
    """Where the question about a solved case stands."""

    case_id: int
    state: SurveyState
    solved_at: datetime
    why_not: WhyNotAsked | None
    policy: str | None
    scale: int | None
    target: int | None
    queued_at: datetime | None
    asked_at: datetime | None
    score: int | None
    rated_at: datetime | None
    changed_at: datetime | None
    changes: int
    rating_key: str | None
    comment_id: str | None


@dataclass(frozen=True, slots=True)
class Asking:
    """What is written down when a question is put on its way."""

    policy: str
    author_id: str | None
    channel: str
    handled_by: str | None
    scale: int
    target: int


@dataclass(frozen=True, slots=True)
class PublicLink:
    id: int
    public_id: str
    purpose: LinkPurpose
    case_id: int
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ListedSurvey:
    """A survey with what is known of its case now."""

    survey: Survey
    tier: int
    label: str
    comment_label: str | None


def note_solved(connection: Connection, case_id: int, *, now: datetime) -> None:
    """A case was solved: it is looked at whether its customer is asked. One that was asked is not asked again."""
    values = {"state": SurveyState.WAITING.value, "solved_at": now, "look_at": now, "why_not": None}
    statement = insert(connection, surveys).values(case_id=case_id, **values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["case_id"], set_=values, where=surveys.c.state.in_(OPEN_STATES))
    )


class FollowUps:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # asking

    def due(self, *, now: datetime, limit: int) -> list[tuple[int, datetime]]:
        """(case, when it was solved) of those to be looked at, the longest due first."""
        wanted = select(surveys.c.case_id, surveys.c.solved_at).where(surveys.c.look_at <= now)
        rows = self._connection.execute(wanted.order_by(surveys.c.look_at, surveys.c.case_id).limit(limit))
        return [(row.case_id, row.solved_at) for row in rows]

    def look_again(self, case_id: int, at: datetime) -> None:
        waits = (surveys.c.case_id == case_id, surveys.c.state == SurveyState.WAITING.value)
        self._connection.execute(update(surveys).where(*waits).values(look_at=at))

    def not_asked(self, case_id: int, why: WhyNotAsked, *, policy: str) -> bool:
        """False where it was sent, or decided on, already."""
        values = {"state": SurveyState.NOT_ASKED.value, "why_not": why.value, "look_at": None, "policy": policy}
        open_still = surveys.c.state.in_((SurveyState.WAITING.value, SurveyState.QUEUED.value))
        result = self._connection.execute(
            update(surveys).where(surveys.c.case_id == case_id, open_still).values(values)
        )
        return result.rowcount == 1

    def queue(self, case_id: int, asking: Asking, *, now: datetime) -> bool:
        """False where it does not wait any more: of two processes at once, one asks."""
        values: dict[str, Any] = {"state": SurveyState.QUEUED.value, "look_at": None, "queued_at": now}
        values |= {name: getattr(asking, name) for name in Asking.__dataclass_fields__}
        waits = (surveys.c.case_id == case_id, surveys.c.state == SurveyState.WAITING.value)
        return self._connection.execute(update(surveys).where(*waits).values(values)).rowcount == 1

    def asked(self, case_id: int, *, now: datetime) -> None:
        """It was sent. One that a person had sent although it was called off counts as asked, too."""
        values = {"state": SurveyState.ASKED.value, "asked_at": now, "why_not": None, "look_at": None}
        never = (surveys.c.case_id == case_id, surveys.c.asked_at.is_(None))
        self._connection.execute(update(surveys).where(*never).values(values))

    def author_asked_at(self, author_id: str, *, but: int) -> datetime | None:
        """When this author was asked last, or a question to them put on its way, about any case `but` this one."""
        latest = func.max(func.coalesce(surveys.c.asked_at, surveys.c.queued_at))
        theirs = (
            surveys.c.author_id == author_id,
            surveys.c.case_id != but,
            surveys.c.state.in_((SurveyState.ASKED.value, SurveyState.QUEUED.value)),
        )
        found: datetime | None = self._connection.scalar(select(latest).where(*theirs))
        return found

    def get(self, case_id: int) -> StoredSurvey | None:
        row = self._connection.execute(select(surveys).where(surveys.c.case_id == case_id)).one_or_none()
        return _stored(row) if row is not None else None

    def of_cases(self, case_ids: Collection[int]) -> list[StoredSurvey]:
        """The latest solved first."""
        wanted = select(surveys).where(surveys.c.case_id.in_(case_ids)).order_by(surveys.c.solved_at.desc())
        return [_stored(row) for row in self._connection.execute(wanted)]

    # rating

    def rate(self, case_id: int, score: int, *, via: Via, key: str, now: datetime, most_changes: int) -> bool:
        """One rating a case; it may change. False where `key` gave this rating already, or it changed too often.

        `most_changes` 0: only where there is none yet.
        """
        values = {
            "score": score,
            "via": via.value,
            "rated_at": func.coalesce(surveys.c.rated_at, now),
            "changed_at": now,
            "changes": choose((surveys.c.rated_at.is_(None), 0), else_=surveys.c.changes + 1),
            "rating_key": key,
        }
        none_yet = surveys.c.rated_at.is_(None)
        may = or_(none_yet, (surveys.c.rating_key != key) & (surveys.c.changes < most_changes))
        wanted = (surveys.c.case_id == case_id, may if most_changes else none_yet)
        return self._connection.execute(update(surveys).where(*wanted).values(values)).rowcount == 1

    def keep_comment(self, case_id: int, mention_id: str) -> None:
        self._connection.execute(update(surveys).where(surveys.c.case_id == case_id).values(comment_id=mention_id))

    def review(self, case_id: int, *, by: str, note: str, now: datetime) -> bool:
        """False where somebody did already."""
        values = {"reviewed_by": by, "reviewed_at": now, "review_note": note or None}
        open_still = (surveys.c.case_id == case_id, surveys.c.rated_at.is_not(None), surveys.c.reviewed_at.is_(None))
        return self._connection.execute(update(surveys).where(*open_still).values(values)).rowcount == 1

    # figures

    def asked_between(self, start: datetime, end: datetime) -> list[ListedSurvey]:
        """Surveys sent from `start` until before `end`, the newest first."""
        label = mentions.c.decision["label"].as_string().label("comment_label")
        rows = self._connection.execute(
            select(surveys, cases.c.tier, cases.c.label, label)
            .select_from(
                surveys.join(cases, cases.c.id == surveys.c.case_id).outerjoin(
                    mentions, mentions.c.id == surveys.c.comment_id
                )
            )
            .where(surveys.c.asked_at >= start, surveys.c.asked_at < end)
            .order_by(surveys.c.asked_at.desc(), surveys.c.case_id.desc())
        )
        return [ListedSurvey(_survey(row), row.tier, row.label, row.comment_label) for row in rows]

    def not_asked_since(self, start: datetime) -> dict[WhyNotAsked, int]:
        """How many solved cases were not asked about, by why."""
        rows = self._connection.execute(
            select(surveys.c.why_not, func.count())
            .where(surveys.c.solved_at >= start, surveys.c.state == SurveyState.NOT_ASKED.value)
            .group_by(surveys.c.why_not)
        )
        return {WhyNotAsked(why): count for why, count in rows}

    # links

    def make_link(self, key: str, purpose: LinkPurpose, case_id: int, *, now: datetime, expires_at: datetime) -> str:
        """Its public id. The same key gives the same link: an effect that is tried again carries the same words."""
        row = {
            "public_id": secrets.token_urlsafe(PUBLIC_ID_BYTES),
            "key": key,
            "purpose": purpose.value,
            "case_id": case_id,
            "made_at": now,
            "expires_at": expires_at,
        }
        self._connection.execute(insert(self._connection, public_links).values(row).on_conflict_do_nothing())
        found: str = self._connection.execute(
            select(public_links.c.public_id).where(public_links.c.key == key)
        ).scalar_one()
        return found

    def link(self, public_id: str, purpose: LinkPurpose, *, now: datetime) -> PublicLink | None:
        """None where it is unknown or has expired."""
        wanted = select(public_links).where(
            public_links.c.public_id == public_id,
            public_links.c.purpose == purpose.value,
            public_links.c.expires_at > now,
        )
        row = self._connection.execute(wanted).one_or_none()
        return _link(row) if row is not None else None

    def links_of(self, case_ids: Collection[int], purpose: LinkPurpose) -> list[PublicLink]:
        """The newest first."""
        wanted = select(public_links).where(
            public_links.c.case_id.in_(case_ids), public_links.c.purpose == purpose.value
        )
        return [_link(row) for row in self._connection.execute(wanted.order_by(public_links.c.id.desc()))]

    def count_answer(self, link_id: int, *, most: int, now: datetime) -> bool:
        """False where `most` answers came through this link within an hour."""
        fresh = or_(public_links.c.hour_since.is_(None), public_links.c.hour_since <= now - HOUR)
        values = {
            "hour_since": choose((fresh, now), else_=public_links.c.hour_since),
            "answers": choose((fresh, 1), else_=public_links.c.answers + 1),
        }
        may = (public_links.c.id == link_id, or_(fresh, public_links.c.answers < most))
        return self._connection.execute(update(public_links).where(*may).values(values)).rowcount == 1

    def speak_for(self, mention_id: str, author_key: str | None, snapshot_of: str | None) -> None:
        """A message written on a page of ours is its customer's: their account, and its facts as known in a message."""
        known = select(mentions.c.snapshot_id).where(mentions.c.id == (snapshot_of or "")).scalar_subquery()
        self._connection.execute(
            update(mentions).where(mentions.c.id == mention_id).values(author_id=author_key, snapshot_id=known)
        )

    # taking out

    def redact(self, case_ids: Sequence[int]) -> None:
        """Who was asked, what people wrote about a low score, and every link to the case."""
        of_these = surveys.c.case_id.in_(case_ids)
        self._connection.execute(update(surveys).where(of_these).values(author_id=None))
        noted = (of_these, surveys.c.review_note.is_not(None))
        self._connection.execute(update(surveys).where(*noted).values(review_note=REDACTED))
        self._connection.execute(
            update(public_links).where(public_links.c.case_id.in_(case_ids)).values(expires_at=public_links.c.made_at)
        )


def _stored(row: Row[Any]) -> StoredSurvey:
    return StoredSurvey(
        case_id=row.case_id,
        state=SurveyState(row.state),
        solved_at=row.solved_at,
        why_not=WhyNotAsked(row.why_not) if row.why_not else None,
        policy=row.policy,
        scale=row.scale,
        target=row.target,
        queued_at=row.queued_at,
        asked_at=row.asked_at,
        score=row.score,
        rated_at=row.rated_at,
        changed_at=row.changed_at,
        changes=row.changes,
        rating_key=row.rating_key,
        comment_id=row.comment_id,
    )


def _survey(row: Row[Any]) -> Survey:
    return Survey(
        case_id=row.case_id,
        asked_at=row.asked_at,
        scale=row.scale or 0,
        target=row.target or 0,
        channel=row.channel or "",
        handled_by=row.handled_by,
        score=row.score,
        rated_at=row.rated_at,
        via=Via(row.via) if row.via else None,
        comment_id=row.comment_id,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        review_note=row.review_note,
    )


def _link(row: Row[Any]) -> PublicLink:
    return PublicLink(row.id, row.public_id, LinkPurpose(row.purpose), row.case_id, row.made_at, row.expires_at)
