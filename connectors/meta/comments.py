"""Comments and mentions as Pages and Instagram push them. Pure.

A thread is a comment and the answers under it: in a conversation per post, everybody under one advertisement would be
one case. The post stands in `raw`, and comes as a bystander when the surroundings are asked for.
"""

from datetime import datetime

from connectors.json_answers import read_record as read
from connectors.meta.named import read_named
from connectors.meta.records import (
    FACEBOOK,
    INSTAGRAM,
    Found,
    Said,
    evidence,
    to_author,
    to_mention,
    version_of,
)
from connectors.meta.wire import Change, Entry, FeedValue, InstagramComment, Person
from models import Deletion, Kind
from models.errors import RecordError

POSTS = frozenset({"post", "status", "photo", "video", "link"})
NO_WORDS = "the words are not in the push"


def read_page_change(change: Change, entry: Entry, found: Found) -> None:
    """Raises: RecordError."""
    if change.field in ("feed", "mention"):
        value = read(change.value, FeedValue)
        if change.field == "mention":
            _mentioned(change, value, entry, found)
        elif value.item == "comment" or value.item in POSTS:
            _on_our_page(change, value, entry, found)
    elif change.field == "ratings":
        _review(change, entry, found)


def _on_our_page(change: Change, value: FeedValue, entry: Entry, found: Found) -> None:
    is_comment = value.item == "comment"
    native_id = value.comment_id if is_comment else value.post_id
    if native_id is None:
        raise RecordError(f"a {value.item} without an id")
    if value.verb == "remove":
        at = entry.time or value.created_time or found.received_at
        found.deletions.append(Deletion(FACEBOOK, entry.id, native_id, at))
        return
    if value.verb not in ("add", "edited", "edit"):
        return  # hidden and shown again: that was us
    parent = value.parent_id if is_comment and value.parent_id != value.post_id else None
    said = Said(
        channel=FACEBOOK,
        account=entry.id,
        native_id=native_id,
        kind=Kind.COMMENT if is_comment else Kind.MENTION,
        text=value.message or _instead_of_words(value),
        said_at=value.created_time,
        conversation_id=parent or native_id,
        author=to_author(value.author),
        in_reply_to=parent,
        url=value.permalink_url or f"https://www.facebook.com/{native_id}",
        on_owned_channel=True,
        raw=evidence(change.value, without=("message", "from"), field=change.field),
    )
    _keep(said, value, entry, found)


def _mentioned(change: Change, value: FeedValue, entry: Entry, found: Found) -> None:
    """Somebody names our Page in a post or comment of their own, or under somebody else's."""
    native_id = value.comment_id or value.post_id
    if native_id is None:
        raise RecordError("a mention without an id")
    if value.verb == "remove":
        at = entry.time or value.created_time or found.received_at
        found.deletions.append(Deletion(FACEBOOK, entry.id, native_id, at))
        return
    if not value.message:
        raise RecordError(NO_WORDS)
    said = Said(
        channel=FACEBOOK,
        account=entry.id,
        native_id=native_id,
        kind=Kind.MENTION,
        text=value.message,
        said_at=value.created_time,
        conversation_id=native_id,
        author=to_author(value.author or Person(id=value.sender_id, name=value.sender_name)),
        url=value.permalink_url or f"https://www.facebook.com/{native_id}",
        on_owned_channel=False,
        raw=evidence(change.value, without=("message", "from"), field=change.field),
    )
    _keep(said, value, entry, found)


def _review(change: Change, entry: Entry, found: Found) -> None:
    value = read(change.value, FeedValue)
    if value.item != "rating":
        return
    native_id = value.open_graph_story_id
    if native_id is None:
        raise RecordError("a review without an id")
    if value.verb == "remove":
        found.deletions.append(Deletion(FACEBOOK, entry.id, native_id, entry.time or found.received_at))
        return
    said = Said(
        channel=FACEBOOK,
        account=entry.id,
        native_id=native_id,
        kind=Kind.REVIEW,
        text=value.review_text or f"[{value.recommendation_type or 'review'}]",
        said_at=value.created_time,
        conversation_id=native_id,
        author=to_author(Person(id=value.reviewer_id, name=value.reviewer_name)),
        url=f"https://www.facebook.com/{native_id}",
        on_owned_channel=True,
        raw=evidence(change.value, without=("review_text", "reviewer_name"), field=change.field),
    )
    _keep(said, value, entry, found)


def _keep(said: Said, value: FeedValue, entry: Entry, found: Found) -> None:
    mention = to_mention(said, received_at=found.received_at)
    is_ours = said.author is not None and said.author.id in found.own_ids | {entry.id}
    if value.verb not in ("edited", "edit"):
        found.add(mention, is_ours=is_ours)
        return
    edited_at = _not_before(entry.time, said.said_at) or found.received_at
    found.add_edit(mention, is_ours=is_ours, version=version_of(said.text, edited_at), edited_at=edited_at)


def _not_before(at: datetime | None, earliest: datetime | None) -> datetime | None:
    """An entry's own time is in whole seconds."""
    return max((each for each in (at, earliest) if each is not None), default=None)


def _instead_of_words(value: FeedValue) -> str:
    return "[photo]" if value.photo else "[video]" if value.video else "[no words]"


def read_instagram_change(change: Change, entry: Entry, found: Found) -> None:
    """Raises: RecordError."""
    if change.field == "mentions":
        read_named(change, entry, found)
        return
    if change.field not in ("comments", "live_comments"):
        return
    value = read(change.value, InstagramComment)
    author = to_author(value.author)
    said = Said(
        channel=INSTAGRAM,
        account=entry.id,
        native_id=value.id,
        kind=Kind.COMMENT,
        text=value.text or "[no words]",
        said_at=entry.time,
        conversation_id=value.parent_id or value.id,
        author=author,
        in_reply_to=value.parent_id,
        on_owned_channel=True,
        raw=evidence(change.value, without=("text", "from"), field=change.field),
    )
    is_ours = author is not None and author.id in found.own_ids | {entry.id}
    found.add(to_mention(said, received_at=found.received_at), is_ours=is_ours)
