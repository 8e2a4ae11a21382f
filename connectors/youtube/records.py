"""From YouTube's words to ours. Pure: no call is made here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.youtube.wire import Comment, Profile, Thread
from models import Author, Bystander, Edit, Kind, Mention
from models.identity import mention_id

CHANNEL = "youtube"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands; replies do not say all of it themselves."""

    thread_id: str
    video_id: str | None = None
    owner_id: str | None = None
    """Whose channel it stands on."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is needed beside the comment itself."""

    account: str
    received_at: datetime
    profiles: Mapping[str, Profile]
    """By channel id, of those that were looked up and found."""


def place_of(thread: Thread) -> Place:
    return Place(thread.id, thread.facts.video_id, thread.facts.channel_id)


def to_mention(comment: Comment, place: Place, context: Context) -> Mention:
    facts, is_reply = comment.facts, comment.id != place.thread_id
    published_at = facts.published_at.astimezone(UTC)
    is_believable = published_at <= context.received_at
    return Mention(
        id=mention_id(CHANNEL, context.account, comment.id),
        channel=CHANNEL,
        account=context.account,
        native_id=comment.id,
        kind=Kind.REPLY if is_reply else Kind.COMMENT,
        text=comment.text,
        created_at=published_at if is_believable else context.received_at,
        received_at=context.received_at,
        conversation_id=place.thread_id,
        created_at_assumed=not is_believable,
        on_owned_channel=place.owner_id == context.account if place.owner_id else None,
        in_reply_to=(facts.parent_id or place.thread_id) if is_reply else None,
        url=web_address(place.video_id, comment.id),
        author=to_author(comment, context.profiles.get(facts.author.value or "")),
        raw=_evidence(comment, place),
    )


def to_edit(comment: Comment, place: Place, context: Context) -> Edit | None:
    """Where the comment was changed after it was published."""
    changed_at = comment.facts.updated_at
    if changed_at is None or changed_at <= comment.facts.published_at:
        return None
    edited_at = min(changed_at.astimezone(UTC), context.received_at)
    return Edit(to_mention(comment, place, context), version=version(comment), edited_at=edited_at)


def to_bystander(comment: Comment, place: Place, context: Context) -> Bystander:
    return Bystander(to_mention(comment, place, context), is_ours=is_by(comment, context.account))


def is_by(comment: Comment, channel_id: str) -> bool:
    return comment.facts.author.value == channel_id


def version(comment: Comment) -> str:
    """Another one whenever its author changes it."""
    return (comment.facts.updated_at or comment.facts.published_at).astimezone(UTC).isoformat()


def to_author(comment: Comment, profile: Profile | None) -> Author:
    """Without a profile the account is closed, or could not be looked up."""
    name = comment.facts.author_name or None
    handle = name.removeprefix("@") if name and name.startswith("@") else None
    # An account that is gone leaves its comments without a channel.
    author_id = comment.facts.author.value or f"comment:{comment.id}"
    if profile is None:
        return Author(id=author_id, handle=handle, name=name)
    facts, counts = profile.facts, profile.counts
    return Author(
        id=author_id,
        handle=handle or (facts.handle or "").removeprefix("@") or None,
        name=facts.title or name,
        bio=facts.description or None,
        followers=None if counts.hidden else counts.subscribers,
        posts=counts.videos,
        created_at=facts.published_at.astimezone(UTC) if facts.published_at else None,
    )


def web_address(video_id: str | None, comment_id: str) -> str | None:
    return f"https://www.youtube.com/watch?v={video_id}&lc={comment_id}" if video_id else None


def _evidence(comment: Comment, place: Place) -> dict[str, object]:
    facts = {"video_id": place.video_id, "likes": comment.facts.likes, "version": version(comment)}
    return {name: value for name, value in facts.items() if value is not None}
