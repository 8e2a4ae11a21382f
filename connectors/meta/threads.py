"""Replies and mentions as Threads pushes them. Pure.

A conversation is a reply to a post of ours and the answers under it, as with comments.
"""

from datetime import datetime

from connectors.json_answers import read_record as read
from connectors.meta.records import THREADS, Found, Said, evidence, to_mention
from connectors.meta.wire import ThreadsEnvelope, ThreadsPost, ThreadsValue
from models import Author, Deletion, Kind


def read_threads(envelope: ThreadsEnvelope, account: str, found: Found) -> None:
    """Fields other than these say nothing a person said."""
    values = envelope.values if isinstance(envelope.values, list) else [envelope.values]
    found.each("values", values, lambda part: _value(part, envelope.time, account, found))


def _value(part: object, sent_at: datetime | None, account: str, found: Found) -> None:
    value = read(part, ThreadsValue)
    if value.field not in ("replies", "mentions", "publish", "delete"):
        return
    post = read(value.value, ThreadsPost)
    if value.field == "delete":
        at = post.deleted_at or sent_at or found.received_at
        found.deletions.append(Deletion(THREADS, account, post.id, at))
        return
    is_ours = value.field == "publish" or _is_ours(post, account)
    if is_ours and not post.text:
        return  # a notice that we published has no words
    found.add(to_mention(_said(value, post, account), received_at=found.received_at), is_ours=is_ours)


def _said(value: ThreadsValue, post: ThreadsPost, account: str) -> Said:
    author = Author(id=post.username, handle=post.username, verified=post.is_verified) if post.username else None
    is_under_ours = value.field == "replies" or post.root_post.owner_id == account
    root, parent = post.root_post.id, post.replied_to.id
    parent = parent if parent != root else None
    return Said(
        channel=THREADS,
        account=account,
        native_id=post.id,
        kind=Kind.REPLY if value.field == "replies" else Kind.MENTION,
        text=post.text or f"[{(post.media_type or 'no words').lower()}]",
        said_at=post.timestamp,
        conversation_id=parent or post.id,
        author=author,
        in_reply_to=parent,
        url=post.permalink,
        on_owned_channel=is_under_ours if root or value.field == "replies" else None,
        raw=evidence(value.value, without=("text", "username"), field=value.field),
    )


def _is_ours(post: ThreadsPost, account: str) -> bool:
    """A push names its author by user name alone: ours is known where the whole thread is ours."""
    return post.root_post.owner_id == account and post.username == post.root_post.username
