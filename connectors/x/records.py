"""From X's words to ours. Pure: no call is made here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.counts import shares_of
from connectors.x.wire import DmEvent, Post, User, instant_of
from models import Author, Bystander, Edit, Kind, Mention, Repost
from models import Post as EarlierPost
from models.identity import mention_id

CHANNEL = "x"
REPOSTED = frozenset({"retweeted", "reposted"})
VERIFIED_BY_X = frozenset({"business", "government"})
"""`blue` is bought, and says nothing of who somebody is."""
DEFAULT_PICTURE = "default_profile"
MEDIA_SORTS = {"3": "photo", "7": "video", "13": "video", "16": "animated_gif"}
MOST_MEDIA = 20


@dataclass(frozen=True, slots=True)
class Context:
    """What is needed beside the post itself."""

    own_id: str
    received_at: datetime
    users: Mapping[str, User] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)
    """Those that came along or were looked up, by id."""


def first_version(post: Post) -> str:
    """The id a post had when it was first said: an edit makes a new one."""
    return post.versions[0] if post.versions else post.id


def refers_to(post: Post, *kinds: str) -> str | None:
    """Id of the post it answers, quotes or shows again."""
    return next((reference.id for reference in post.references if reference.type in kinds), None)


def is_repost(post: Post) -> bool:
    return refers_to(post, *REPOSTED) is not None


def is_edit(post: Post) -> bool:
    return post.id != first_version(post)


def to_mention(post: Post, context: Context) -> Mention:
    native_id = first_version(post)
    said_at = (instant_of(native_id) if is_edit(post) else None) or post.created_at or instant_of(native_id)
    is_believable = said_at is not None and said_at <= context.received_at
    author = context.users.get(post.author_id or "")
    return Mention(
        id=mention_id(CHANNEL, context.own_id, native_id),
        channel=CHANNEL,
        account=context.own_id,
        native_id=native_id,
        kind=Kind.REPLY if post.in_reply_to_user_id == context.own_id else Kind.MENTION,
        text=words(post),
        created_at=said_at if said_at and is_believable else context.received_at,
        received_at=context.received_at,
        conversation_id=post.conversation_id or refers_to(post, "replied_to") or native_id,
        created_at_assumed=not is_believable,
        lang=post.lang if post.lang not in (None, "", "und") else None,
        on_owned_channel=_stands_with_us(post, context),
        in_reply_to=refers_to(post, "replied_to"),
        url=web_address(native_id, author.username if author else None),
        author=to_author(author) if author else Author(id=post.author_id) if post.author_id else None,
        shares=shares(post),
        raw=_evidence(post, context, author),
    )


def words(post: Post) -> str:
    """All of them: beyond 280 they stand in the note alone. X escapes three characters of HTML."""
    return plain(post.note.text if post.note else post.text)


def shares(post: Post) -> int | None:
    return shares_of(post.public_metrics.reposts, post.public_metrics.quotes)


def _stands_with_us(post: Post, context: Context) -> bool | None:
    """Whether the thread began with a post of ours; None where its beginning is not known."""
    if post.conversation_id in (None, post.id, first_version(post)):
        return post.author_id == context.own_id if post.conversation_id else None
    root = context.posts.get(post.conversation_id or "")
    if root is not None:
        return root.author_id == context.own_id
    if refers_to(post, "replied_to") == post.conversation_id and post.in_reply_to_user_id:
        return post.in_reply_to_user_id == context.own_id
    return None


def summons(post: Post, context: Context) -> str | None:
    """How the author called us: by writing our handle (`mention`) or by quoting us (`quote`); None where they did not.

    X puts the handles of a thread before every answer in it by itself: those are not a call. Where we cannot tell
    who stood in the thread before, such a handle does not count either.
    """
    quoted = context.posts.get(refers_to(post, "quoted") or "")
    if quoted is not None and quoted.author_id == context.own_id:
        return "quote"
    entities = (post.note and post.note.entities) or post.entities
    ours = [mention for mention in entities.mentions if mention.id == context.own_id]
    parent_id = refers_to(post, "replied_to")
    if parent_id is None:
        return "mention" if ours else None
    text = post.note.text if post.note else post.text
    if any(mention.start is not None and not _stands_before_all(text, mention.start) for mention in ours):
        return "mention"
    parent = context.posts.get(parent_id)
    if parent is None or parent.author_id is None or not ours:
        return None
    was_there = parent.author_id == context.own_id or any(m.id == context.own_id for m in parent.entities.mentions)
    return None if was_there else "mention"


def _stands_before_all(text: str, start: int) -> bool:
    """Whether only handles stand before this place."""
    return all(word.startswith("@") for word in text[:start].split())


def _evidence(post: Post, context: Context, author: User | None) -> dict[str, object]:
    evidence: dict[str, object] = {
        "version": post.id,
        "reply_settings": post.reply_settings,
        "summoned_by": summons(post, context),
        "addresses_us": _addresses_us(post, context),
        "author_protected": author.protected if author else None,
        "verified_type": author.verified_type if author else None,
        "quoted_id": refers_to(post, "quoted"),
        "media": _media(post.attachments) or None,
        "replies": post.public_metrics.replies,
        "likes": post.public_metrics.likes,
        "shown": post.public_metrics.shown,
    }
    parent = context.posts.get(refers_to(post, "replied_to") or "")
    if parent:
        by = context.users.get(parent.author_id or "")
        evidence["parent"] = {"text": words(parent), "author_handle": by.username if by else None}
    return {name: value for name, value in evidence.items() if value is not None}


def _media(attachments: object) -> list[dict[str, object]]:
    """The sort of each medium stands before the `_` of its key; its description would cost a look-up of its own."""
    keys = attachments.get("media_keys") if isinstance(attachments, dict) else None
    given = [key.partition("_")[0] for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    return [{"type": MEDIA_SORTS.get(sort, "unknown")} for sort in given[:MOST_MEDIA]]


def _addresses_us(post: Post, context: Context) -> bool:
    entities = (post.note and post.note.entities) or post.entities
    quoted = context.posts.get(refers_to(post, "quoted") or "")
    return (
        post.in_reply_to_user_id == context.own_id
        or any(mention.id == context.own_id for mention in entities.mentions)
        or (quoted is not None and quoted.author_id == context.own_id)
    )


def to_author(user: User) -> Author:
    picture = user.profile_image_url
    return Author(
        id=user.id,
        handle=user.username or None,
        name=user.name or None,
        bio=user.description or None,
        followers=user.public_metrics.followers,
        following=user.public_metrics.following,
        posts=user.public_metrics.posts,
        verified=_is_verified(user),
        has_avatar=None if picture is None else DEFAULT_PICTURE not in picture,
        created_at=user.created_at,
        dms_open=user.receives_your_dm,
    )


def _is_verified(user: User) -> bool | None:
    if user.verified_type in VERIFIED_BY_X or user.is_identity_verified:
        return True
    return None if user.verified_type is None else False


def to_edit(post: Post, context: Context) -> Edit:
    at = post.created_at or instant_of(post.id) or context.received_at
    return Edit(mention=to_mention(post, context), version=post.id, edited_at=min(at, context.received_at))


def to_repost(post: Post, context: Context) -> Repost:
    shown_again = refers_to(post, *REPOSTED) or ""
    original = context.posts.get(shown_again)
    return Repost(
        channel=CHANNEL,
        native_id=first_version(original) if original else shown_again,
        author_id=post.author_id or "",
        at=post.created_at or instant_of(post.id) or context.received_at,
    )


def to_bystander(post: Post, context: Context) -> Bystander:
    return Bystander(to_mention(post, context), is_ours=post.author_id == context.own_id)


def to_earlier_post(post: Post, received_at: datetime) -> EarlierPost:
    return EarlierPost(
        native_id=first_version(post),
        text=words(post),
        created_at=post.created_at or instant_of(post.id) or received_at,
        shares=shares(post),
    )


def dm_to_mention(event: DmEvent, context: Context) -> Mention:
    """A message of a conversation; ours too, which the caller keeps apart."""
    said_at = event.created_at or instant_of(event.id)
    is_believable = said_at is not None and said_at <= context.received_at
    author = context.users.get(event.sender_id or "")
    return Mention(
        id=mention_id(CHANNEL, context.own_id, event.id),
        channel=CHANNEL,
        account=context.own_id,
        native_id=event.id,
        kind=Kind.DM,
        text=plain(event.text or ""),
        created_at=said_at if said_at and is_believable else context.received_at,
        received_at=context.received_at,
        conversation_id=event.dm_conversation_id or f"dm-{event.sender_id or event.id}",
        created_at_assumed=not is_believable,
        on_owned_channel=True,
        author=to_author(author) if author else Author(id=event.sender_id) if event.sender_id else None,
        raw={"version": event.id},
    )


def plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def conversation_of(one: str, other: str) -> str:
    """X's id of a conversation of two: their numbers, the smaller first."""
    return "-".join(sorted((one, other), key=int))


def web_address(native_id: str, handle: str | None) -> str:
    return f"https://x.com/{handle or 'i'}/status/{native_id}"
