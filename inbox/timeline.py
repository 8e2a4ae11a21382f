"""The conversation of a case: messages, our replies and our notes, in the order they happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from inbox.languages import N_, Sayings, _
from inbox.marking import marked, plain, split
from inbox.media import Media, media_shown
from models import Event, EventKind, Label, MentionState, Reason, Verdict
from models.retention import PlatformDeletion
from store.changes import StoredBystander, Wording
from store.mentions import StoredMention
from store.outbox import Effect, OutboxRow, OutboxState
from store.store import Transaction

BYSTANDERS_SHOWN = 100

DELIVERY = Sayings(
    {
        OutboxState.PENDING: N_("waiting to be sent"),
        OutboxState.SENDING: N_("being sent"),
        OutboxState.UNKNOWN: N_("sent without an answer; looked up before the next try"),
        OutboxState.SENT: N_("delivered"),
        OutboxState.FAILED: N_("failed"),
        OutboxState.GIVEN_UP: N_("given up"),
    }
)


@dataclass(frozen=True, slots=True)
class Thread:
    """What stands around the messages of a case."""

    bystanders: Sequence[StoredBystander] = ()
    wordings: Mapping[str, Sequence[Wording]] = field(default_factory=dict)
    """Of messages that were edited, by id, oldest first."""
    reposts: Mapping[str, int] = field(default_factory=dict)


def thread_of(transaction: Transaction, conversation_keys: Sequence[str], mention_ids: Sequence[str]) -> Thread:
    """`conversation_keys`: of a case that others were merged into, more than one."""
    changes = transaction.changes
    around = [one for key in conversation_keys for one in changes.around(key, limit=BYSTANDERS_SHOWN)]
    return Thread(around, changes.wordings(mention_ids), changes.reposts_of(mention_ids))


@dataclass(frozen=True, slots=True)
class Message:
    """What the author, or somebody else in the thread, said."""

    at: datetime
    id: str
    who: str
    name: str | None
    is_private: bool
    kind: str
    shown: Markup
    rest: Markup
    """Shown on demand; empty where the text is short."""
    length: int
    lang: str | None
    label: str
    corrected_by: str | None
    label_code: str
    url: str | None
    parent: tuple[str, str] | None
    """(who, text) of what it answers, where the platform told."""
    is_repeat: bool
    is_judged: bool
    notes: list[str]
    deleted_at: datetime | None = None
    """When its author deleted it on the platform; its words are then not shown."""
    earlier: Sequence[tuple[datetime, Markup]] = ()
    """What it said before it was edited, and since when; oldest first."""
    reposts: int = 0
    media: Media = field(default_factory=Media)
    sort: str = "message"


@dataclass(frozen=True, slots=True)
class Answer:
    """What we said, or are about to say."""

    at: datetime
    id: int
    who: str
    is_private: bool
    text: Markup
    state: str
    state_words: str
    attempts: int
    error: str | None
    may_retry: bool
    reference: str | None
    url: str | None
    is_recorded_only: bool
    sort: str = "answer"


@dataclass(frozen=True, slots=True)
class Around:
    """A post of the thread that was never judged: what was answered, what others said, what we said in the channel."""

    at: datetime
    who: str
    is_ours: bool
    text: Markup
    url: str | None
    sort: str = "around"


@dataclass(frozen=True, slots=True)
class Note:
    at: datetime
    who: str
    text: Markup
    sort: str = "note"


Item = Message | Answer | Around | Note


def timeline(
    mentions: Sequence[StoredMention],
    verdicts: Mapping[str, Verdict],
    labels: Mapping[str, tuple[str, str]],
    outbox: Sequence[OutboxRow],
    events: Sequence[Event],
    deleted: Mapping[str, PlatformDeletion],
    thread: Thread,
) -> list[Item]:
    """Oldest first. `mentions` and `verdicts` as a screen may show them."""
    items: list[Item] = [
        _message(item, verdicts.get(item.mention.id), labels.get(item.mention.id), deleted.get(item.mention.id), thread)
        for item in mentions
    ]
    items += [_around(one) for one in thread.bystanders]
    items += [_answer(row) for row in outbox if row.effect is Effect.SEND_REPLY]
    items += [_note(event) for event in events if event.kind is EventKind.NOTED and event.facts.get("text")]
    return sorted(items, key=lambda item: item.at)


def _message(
    item: StoredMention,
    verdict: Verdict | None,
    correction: tuple[str, str] | None,
    deletion: PlatformDeletion | None,
    thread: Thread,
) -> Message:
    mention, author = item.mention, item.mention.author
    reasons: tuple[Reason, ...] = verdict.reasons if verdict else ()
    shown, rest = split(mention.text)
    label = correction[0] if correction else verdict.decision if verdict else "not_judged_yet"
    return Message(
        at=mention.created_at,
        id=mention.id,
        who=(author.handle or author.name or author.id) if author else _("unknown author"),
        name=author.name if author else None,
        is_private=mention.is_private,
        kind=mention.kind.value,
        shown=marked(shown, reasons),
        rest=marked(rest, reasons),
        length=len(mention.text),
        lang=verdict.lang if verdict else mention.lang,
        label=label,
        corrected_by=correction[1] if correction else None,
        label_code=label if label in set(Label) else "",
        url=mention.url if mention.url and mention.url.startswith(("https://", "http://")) else None,
        parent=_parent(mention.raw),
        is_repeat=item.duplicate_of is not None,
        is_judged=verdict is not None and item.state in (MentionState.TRIAGED, MentionState.CLASSIFIED),
        notes=_evidence_notes(mention.raw),
        deleted_at=deletion.deleted_at if deletion else None,
        earlier=[] if deletion else _earlier(thread.wordings.get(mention.id, ()), mention.text),
        reposts=thread.reposts.get(mention.id, 0),
        media=Media() if deletion else media_shown(mention.raw, mention.url),
    )


def _earlier(wordings: Sequence[Wording], now: str) -> list[tuple[datetime, Markup]]:
    return [(one.edited_at, plain(one.text)) for one in wordings if one.text != now]


def _around(one: StoredBystander) -> Around:
    url = one.url if one.url and one.url.startswith(("https://", "http://")) else None
    return Around(one.created_at, one.who, one.is_ours, plain(one.text), url)


def _parent(raw: Mapping[str, object]) -> tuple[str, str] | None:
    parent = raw.get("parent")
    if not isinstance(parent, Mapping) or not parent.get("text"):
        return None
    return str(parent.get("author_handle") or _("somebody")), str(parent["text"])[:600]


def _evidence_notes(raw: Mapping[str, object]) -> list[str]:
    notes = raw.get("earshot_notes")
    return [str(note) for note in notes] if isinstance(notes, list) else []


def _answer(row: OutboxRow) -> Answer:
    return Answer(
        at=row.created_at,
        id=row.id,
        who=str(row.payload.get("person") or _("automation")),
        is_private=bool(row.payload.get("is_private")),
        text=plain(str(row.payload.get("text", ""))),
        state=row.state.value,
        state_words=DELIVERY[row.state],
        attempts=row.attempts,
        error=row.error,
        may_retry=row.state in (OutboxState.FAILED, OutboxState.GIVEN_UP),
        reference=row.reference,
        url=row.url,
        is_recorded_only=row.sink == "local",
    )


def _note(event: Event) -> Note:
    return Note(event.at, event.actor, plain(str(event.facts["text"])))
