"""From stored cases to the lines of the queue, in words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inbox import wording
from models import Reason, Tier, Verdict
from models.retention import DELETED
from store.cases import QueueRow, StoredClock

EXCERPT_CHARACTERS = 280
REASONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class QueueItem:
    id: int
    channel: str
    is_private: bool
    handle: str
    followers: int | None
    is_verified: bool
    text: str
    lang: str | None
    label: str
    is_complaint: bool
    needs_person: bool
    tier: Tier
    tier_words: str
    priority: str
    tags: tuple[str, ...]
    team: str
    owner: str | None
    reasons: list[str]
    due: tuple[str, str] | None
    """(words, state)."""
    score: float
    score_parts: list[tuple[str, float]]
    messages: int
    last_message_at: datetime
    state: str


def queue_items(
    rows: Sequence[QueueRow],
    clocks: Mapping[int, StoredClock],
    verdicts: Mapping[str, Verdict],
    deleted: Collection[str],
    *,
    now: datetime,
) -> list[QueueItem]:
    """`deleted`: ids of messages whose author deleted them on the platform; neither words nor quotes are shown."""
    return [
        _item(
            replace(row, text=DELETED) if row.mention_id in deleted else row,
            clocks.get(row.case.id),
            verdicts.get(row.mention_id or "") if row.mention_id not in deleted else None,
            now,
        )
        for row in rows
    ]


def _item(row: QueueRow, clock: StoredClock | None, verdict: Verdict | None, now: datetime) -> QueueItem:
    case, decision, author = row.case, row.case.decision, row.author or {}
    return QueueItem(
        id=case.id,
        channel=wording.channel(case.channel),
        is_private=row.is_private,
        handle=str(author.get("handle") or author.get("name") or "unknown author"),
        followers=author.get("followers"),
        is_verified=author.get("verified") is True,
        text=_excerpt(row.text),
        lang=row.lang,
        label=wording.sentence(decision.label),
        is_complaint=decision.is_complaint,
        needs_person=decision.needs_person,
        tier=decision.tier,
        tier_words=wording.tier(decision.tier),
        priority=decision.priority.value,
        tags=decision.tags,
        team=decision.team,
        owner=case.owner,
        reasons=top_reasons(verdict.reasons if verdict else ()),
        due=wording.due(clock.due_at, now, wording.clock(clock.key)) if clock else None,
        score=decision.score,
        score_parts=[(wording.words(part.name), part.points) for part in decision.score_parts if part.points],
        messages=case.mention_count,
        last_message_at=case.last_message_at,
        state=case.state.value,
    )


def top_reasons(reasons: Sequence[Reason]) -> list[str]:
    return [reason.text[:40] for reason in reasons if reason.weight > 0][:REASONS_SHOWN]


def _excerpt(text: str) -> str:
    joined = " ".join(text[: EXCERPT_CHARACTERS * 3].split())
    return joined if len(joined) <= EXCERPT_CHARACTERS else joined[:EXCERPT_CHARACTERS].rstrip() + " …"
