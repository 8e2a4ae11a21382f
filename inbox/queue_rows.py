"""From stored cases to the lines of the queue, in words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup

from inbox import wording
from inbox.found import excerpt_around, marked_words
from inbox.languages import _
from inbox.marking import marked, plain
from models import Reason, Tier, Verdict
from models.retention import DELETED
from store.cases import QueueRow, StoredClock
from store.search import Words
from store.store import Transaction
from store.worklist import Hit

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
    shown: Markup
    """The text with the words marked that were looked for, else those that moved the scores."""
    shown_handle: Markup
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
    mention_id: str | None
    said: str
    """The label that the shown message has now, where that is the case's; empty where it is not, or none."""


def queue_items(
    rows: Sequence[QueueRow],
    clocks: Mapping[int, StoredClock],
    verdicts: Mapping[str, Verdict],
    deleted: Collection[str],
    *,
    now: datetime,
    words: Words | None = None,
    hits: Mapping[int, Hit] | None = None,
    labels: Mapping[str, tuple[str, str]] | None = None,
) -> list[QueueItem]:
    """`deleted`: ids of messages whose author deleted them on the platform; neither words nor quotes are shown.

    `hits`: by case the message in which `words` were found; it is shown instead of the newest one.
    `labels`: by message the label that a person gave it, and who.
    """
    found = hits or {}
    items = []
    for row in rows:
        clock, hit = clocks.get(row.case.id), found.get(row.case.id)
        if hit is not None:
            row = _as_found(row, hit)
        verdict, given = verdicts.get(row.mention_id or ""), (labels or {}).get(row.mention_id or "")
        if row.mention_id in deleted:
            items.append(_item(replace(row, text=DELETED), clock, None, given, words, now))
        else:
            items.append(_item(row, clock, verdict, given, words, now))
    return items


def _as_found(row: QueueRow, hit: Hit) -> QueueRow:
    return replace(
        row, text=hit.text, lang=hit.lang, is_private=hit.is_private, author=hit.author, mention_id=hit.mention_id
    )


def _item(
    row: QueueRow,
    clock: StoredClock | None,
    verdict: Verdict | None,
    given: tuple[str, str] | None,
    words: Words | None,
    now: datetime,
) -> QueueItem:
    case, decision, author = row.case, row.case.decision, row.author or {}
    text = excerpt_around(row.text, words, length=EXCERPT_CHARACTERS) if words else excerpt(row.text)
    handle = str(author.get("handle") or author.get("name") or _("unknown author"))
    reasons = verdict.reasons if verdict else ()
    said = given[0] if given else verdict.decision if verdict else ""
    return QueueItem(
        id=case.id,
        channel=wording.channel(case.channel),
        is_private=row.is_private,
        handle=handle,
        followers=author.get("followers"),
        is_verified=author.get("verified") is True,
        text=text,
        shown=marked_words(text, words) if words else marked(text, reasons),
        shown_handle=marked_words(handle, words) if words else plain(handle),
        lang=row.lang,
        label=decision.label,
        is_complaint=decision.is_complaint,
        needs_person=decision.needs_person,
        tier=decision.tier,
        tier_words=wording.tier(decision.tier),
        priority=decision.priority.value,
        tags=decision.tags,
        team=decision.team,
        owner=case.owner,
        reasons=top_reasons(reasons),
        due=wording.due(clock.due_at, now, wording.clock(clock.key)) if clock else None,
        score=decision.score,
        score_parts=[(wording.words(part.name), part.points) for part in decision.score_parts if part.points],
        messages=case.mention_count,
        last_message_at=case.last_message_at,
        state=case.state.value,
        mention_id=row.mention_id,
        said=said if said == decision.label else "",
    )


@dataclass(frozen=True, slots=True)
class HereNow:
    """Names of the others who are at a case now."""

    writing: Sequence[str]
    looking: Sequence[str]


def here_now(transaction: Transaction, case_ids: Sequence[int], *, person: str, now: datetime) -> dict[int, HereNow]:
    """Of the cases at which anybody else is."""
    found: dict[int, HereNow] = {}
    for case_id, present in transaction.presence.of_cases(case_ids, now=now).items():
        others = [one for one in present if one.name != person]
        writing = [one.name for one in others if one.is_writing]
        if others:
            found[case_id] = HereNow(writing, [one.name for one in others if not one.is_writing])
    return found


def top_reasons(reasons: Sequence[Reason]) -> list[str]:
    return [reason.text[:40] for reason in reasons if reason.weight > 0][:REASONS_SHOWN]


def excerpt(text: str) -> str:
    joined = " ".join(text[: EXCERPT_CHARACTERS * 3].split())
    return joined if len(joined) <= EXCERPT_CHARACTERS else joined[:EXCERPT_CHARACTERS].rstrip() + " …"
