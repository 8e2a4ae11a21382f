"""From Meta's words to ours: what all its products share. Pure: no call is made here."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors import json_answers
from connectors.meta.wire import Node, Person
from models import Author, Bystander, Deletion, Departure, Edit, Kind, Mention, Page, Rejected, Wordless
from models.errors import RecordError
from models.identity import mention_id

FACEBOOK, MESSENGER, INSTAGRAM, WHATSAPP, THREADS = "facebook", "messenger", "instagram", "whatsapp", "threads"


@dataclass
class Found:
    """What a push held, sorted; a message that stands in it twice is kept once."""

    received_at: datetime
    own_ids: frozenset[str] = frozenset()
    """Our accounts; the one a push is for is known from the push as well."""
    mentions: dict[str, Mention] = field(default_factory=dict)
    bystanders: dict[str, Bystander] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    departures: list[Departure] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    wordless: dict[str, Wordless] = field(default_factory=dict)

    def add(self, mention: Mention, *, is_ours: bool) -> None:
        if is_ours:
            self.bystanders.setdefault(mention.id, Bystander(mention, is_ours=True))
        else:
            self.mentions.setdefault(mention.id, mention)

    def add_edit(self, mention: Mention, *, is_ours: bool, version: str, edited_at: datetime) -> None:
        """An edit of our own words is no news."""
        if not is_ours:
            self.edits.append(Edit(mention, version=version, edited_at=edited_at))

    def page(self) -> Page:
        return Page(
            mentions=tuple(sorted(self.mentions.values(), key=lambda mention: mention.created_at)),
            cursor="",
            rejected=tuple(self.rejected),
            bystanders=tuple(self.bystanders.values()),
            edits=tuple(self.edits),
            deletions=tuple(self.deletions),
            departures=tuple(self.departures),
            wordless=tuple(self.wordless.values()),
        )

    def each(self, where: str, parts: Iterable[object], read: Callable[[object], None]) -> None:
        """Read every part by itself; one that cannot be read costs only itself."""
        for number, part in enumerate(parts):
            try:
                read(part)
            except RecordError as error:
                self.rejected.append(rejection(f"{where}[{number}]", str(error), part))


def rejection(where: str, reason: str, part: object) -> Rejected:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return Rejected(where=where, reason=reason, raw=raw)


def parsed(body: bytes) -> object:
    """Raises: RecordError."""
    try:
        return json_answers.parsed(body)
    except (ValueError, RecursionError):
        raise RecordError("the body is not JSON that can be read") from None


@dataclass(frozen=True, slots=True)
class Said:
    """One message, before it is ours."""

    channel: str
    account: str
    native_id: str
    kind: Kind
    text: str
    said_at: datetime | None
    conversation_id: str
    author: Author | None = None
    in_reply_to: str | None = None
    url: str | None = None
    on_owned_channel: bool | None = None
    raw: Mapping[str, object] = field(default_factory=dict)


def to_mention(said: Said, *, received_at: datetime) -> Mention:
    return Mention(
        id=mention_id(said.channel, said.account, said.native_id),
        channel=said.channel,
        account=said.account,
        native_id=said.native_id,
        kind=said.kind,
        text=said.text,
        created_at=said.said_at or received_at,
        received_at=received_at,
        conversation_id=said.conversation_id,
        created_at_assumed=said.said_at is None,
        on_owned_channel=said.on_owned_channel,
        in_reply_to=said.in_reply_to,
        url=said.url,
        author=said.author,
        raw=said.raw,
    )


def to_author(person: Person | None) -> Author | None:
    """None where Meta does not say who it was."""
    name = (person.id or person.username) if person else None
    return Author(id=name, handle=person.username, name=person.name) if person and name else None


def evidence(value: object, *, without: Sequence[str], **more: object) -> dict[str, object]:
    """What came beside the fields we read."""
    kept = {key: item for key, item in value.items() if key not in without} if isinstance(value, dict) else {}
    return {**kept, **more}


def version_of(text: str, edited_at: datetime) -> str:
    """Meta names no versions: the instant and a digest of the words do."""
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]
    return f"{edited_at.isoformat(timespec='milliseconds')}/{digest}"


def beside(mention: Mention, node: Node, *, own_ids: frozenset[str], received_at: datetime) -> Bystander | None:
    """A post or comment that stands around a mention; None where it has no words, or is the mention itself."""
    if node.id == mention.native_id or not node.text:
        return None
    author = to_author(node.author) or to_author(Person(username=node.username))
    is_ours = bool(node.is_ours or (author and author.id in own_ids))
    said = Said(
        channel=mention.channel,
        account=mention.account,
        native_id=node.id,
        kind=mention.kind,
        text=node.text,
        said_at=node.created_at,
        conversation_id=mention.conversation_id,
        author=author,
        url=node.url,
        on_owned_channel=mention.on_owned_channel,
    )
    return Bystander(to_mention(said, received_at=received_at), is_ours=is_ours)
