"""Mentions by name in comments and captions of others on Instagram: pushed with ids alone, their words are asked for.

What is answered was read in Meta's reference of `mentioned_comment` and `mentioned_media`; only the user name of a
comment stands in none, and is left out where Meta refuses it.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from connectors.json_answers import read_record as read
from connectors.meta.answers import MissingError
from connectors.meta.client import GraphClient
from connectors.meta.direct import Direct
from connectors.meta.records import INSTAGRAM, Found, Said, evidence, to_author, to_mention
from connectors.meta.wire import Change, Entry, InstagramMention, Node, Person
from models import Bystander, Kind, Mention, Surroundings, Wordless
from models.errors import PermanentError, RecordError

COMMENT = "id,text,timestamp,username"
COMMENT_AT_LEAST = "id,text,timestamp"
MEDIUM = "id,caption,timestamp,owner,username"
GONE = "Instagram does not show us this mention: it was deleted, comments are closed there, or our token may not see it"
WAY_OUT = "look at it on Instagram, or have the push read again"


def read_named(change: Change, entry: Entry, found: Found) -> None:
    """What the push of a mention says: where it stands. Raises: RecordError."""
    value = read(change.value, InstagramMention)
    native_id = value.comment_id or value.media_id
    if not all(id.isascii() and id.isdecimal() for id in (value.media_id, native_id)):
        raise RecordError("a mention whose ids are no numbers")
    said = Said(
        channel=INSTAGRAM,
        account=entry.id,
        native_id=native_id,
        kind=Kind.MENTION,
        text="",
        said_at=entry.time,
        conversation_id=native_id,
        on_owned_channel=False,
        raw=evidence(change.value, without=(), field=change.field),
    )
    at = {"time": int(entry.time.timestamp())} if entry.time else {}
    again = {"id": entry.id, **at, "changes": [{"field": change.field, "value": change.value}]}
    push = json.dumps({"object": INSTAGRAM, "entry": [again]}).encode()
    mention = to_mention(said, received_at=found.received_at)
    found.wordless.setdefault(mention.id, Wordless(mention, push))


def look_up(direct: Direct, mentions: Sequence[Mention]) -> Surroundings:
    """Their words; of our own ones a bystander. Raises: RetryableError, AccessError."""
    said: dict[str, Mention] = {}
    gone: dict[str, str] = {}
    ours: list[Bystander] = []
    for mention in mentions:
        try:
            node = _ask(direct.client, mention)
        except PermanentError as error:
            reason = GONE if isinstance(error, MissingError) else str(error)
            gone[mention.id] = f"{reason}; {WAY_OUT}"
            continue
        whole = _whole(mention, node)
        if whole.author is not None and whole.author.id == direct.own:
            ours.append(Bystander(whole, is_ours=True))
        else:
            said[mention.id] = whole
    return Surroundings(bystanders=ours, read=said, unreadable=gone)


def comment_of(mention: Mention) -> dict[str, str]:
    """Where an answer to a mention goes: to the comment, or under the medium whose caption names us."""
    medium = mention.raw.get("media_id")
    if mention.raw.get("comment_id") and isinstance(medium, str | int):
        return {"media_id": str(medium), "comment_id": mention.native_id}
    return {"media_id": mention.native_id}


def _ask(client: GraphClient, mention: Mention) -> Node:
    if not mention.raw.get("comment_id"):
        return client.mentioned(mention.account, "media", mention.native_id, MEDIUM)
    try:
        return client.mentioned(mention.account, "comment", mention.native_id, COMMENT)
    except PermanentError:
        return client.mentioned(mention.account, "comment", mention.native_id, COMMENT_AT_LEAST)


def _whole(mention: Mention, node: Node) -> Mention:
    name = Person(id=node.author.id if node.author else None, username=node.username)
    return replace(
        mention,
        text=node.text or "[no words]",
        created_at=node.created_at or mention.created_at,
        created_at_assumed=node.created_at is None and mention.created_at_assumed,
        author=to_author(node.author if node.author and node.author.username else name),
        url=node.url,
    )
