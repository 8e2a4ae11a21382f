"""What the channels of Meta share: checks before a send, our own words found again, items asked for again."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.meta.client import GraphClient, Seen
from connectors.meta.records import version_of
from connectors.meta.rules import denied
from connectors.meta.wire import Node
from models import Edit, Kind, MayReply, Mention, Presence, Recheck, Reply
from models.errors import PermanentError

PAGES_LOOKED_THROUGH = 5
GRAPH_ID = re.compile(r"[0-9]+(_[0-9]+)?")

Clock = Callable[[], datetime]


def why_not_ours(mention: Mention, *, channel: str, own: str | None, has_client: bool) -> MayReply | None:
    """What stands against any answer to it; None where nothing does."""
    if mention.channel != channel:
        return denied(f"This did not come by {channel}.")
    if not has_client:
        return denied("The token for answers here is not set: messages are read, and not answered.")
    if own is not None and mention.account != own:
        return denied("This came to another account than the one we answer from.")
    return None


def check(may: MayReply | None, reply: Reply, *, most: int, in_bytes: bool = False) -> None:
    """Raises: PermanentError where the answer is refused, empty or too long."""
    if may is not None and not may.allowed:
        raise PermanentError(f"meta: the answer cannot be sent: {may.reason}")
    length = len(reply.text.encode(errors="replace")) if in_bytes else len(reply.text)
    unit = "bytes" if in_bytes else "characters"
    if not reply.text.strip():
        raise PermanentError("meta: the answer is empty; write one")
    if length > most:
        raise PermanentError(f"meta: the answer has {length} {unit}; at most {most} are taken: shorten it")


def same_words(one: str | None, other: str | None) -> bool:
    """Meta trims and joins; Instagram gives names without their `@`."""
    return _bare(one or "") == _bare(other or "")


def _bare(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).replace("@", "").replace("\0", "").split())


def ours_among(
    nodes: Iterable[Node], text: str, *, own: str | None, not_before: datetime | None = None
) -> Iterator[str]:
    """Ids of our own messages that say this."""
    for node in nodes:
        is_ours = bool(node.is_ours) or (own is not None and node.author is not None and node.author.id == own)
        is_late = not_before is None or node.created_at is None or node.created_at >= not_before
        if is_ours and is_late and same_words(node.text, text):
            yield node.id


def under(client: GraphClient, path: str, fields: str) -> Iterator[Node]:
    """What stands under an item; of very many, some."""
    after: str | None = None
    for _ in range(PAGES_LOOKED_THROUGH):
        page = client.edge(path, fields, after=after)
        yield from page.nodes
        if page.after is None:
            return
        after = page.after


def look_again(
    read: Callable[[Sequence[str], str], Seen],
    mentions: Sequence[Mention],
    *,
    fields: str,
    parent_of: Callable[[Mention], str | None],
    now: Clock,
) -> Mapping[str, Recheck]:
    """Whether public items still stand; `read` is given ids and fields.

    A missing one is gone where our token still reads others of its sort, or what it stood under. Else nothing follows:
    Meta says the same of what is gone and of what we may not see.

    Raises: AccessError where our token may read none of them.
    """
    asked = [one for one in mentions if one.kind is not Kind.DM and GRAPH_ID.fullmatch(one.native_id)]
    seen = read([mention.native_id for mention in asked], fields)
    if seen.refused is not None and not seen.nodes:
        raise seen.refused
    owned = {mention.native_id for mention in asked if mention.on_owned_channel}
    missing = [mention for mention in asked if mention.native_id in seen.missing & owned]
    may_read = bool(seen.nodes.keys() & owned)
    if missing and not may_read:
        parents = {id for mention in missing if (id := parent_of(mention)) and GRAPH_ID.fullmatch(id)}
        may_read = bool(parents and read(sorted(parents), "id").nodes)
    found: dict[str, Recheck] = {}
    for mention in asked:
        if node := seen.nodes.get(mention.native_id):
            found[mention.id] = _as_it_reads(mention, node, now())
        elif mention in missing and may_read:
            found[mention.id] = Recheck(Presence.GONE)
    return found


def _as_it_reads(mention: Mention, node: Node, now: datetime) -> Recheck:
    if node.text is None or same_words(node.text, mention.text):
        return Recheck(Presence.THERE)
    later = replace(mention, text=node.text)
    return Recheck(Presence.EDITED, Edit(later, version=version_of(node.text, now), edited_at=now))


def raw_id(mention: Mention, *names: str) -> str | None:
    """An id in what came beside a message, e.g. `media`, `id`."""
    value: object = mention.raw
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return str(value) if isinstance(value, str | int) and value else None
