"""From Mastodon's words to ours. Pure: no call is made here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from connectors.counts import shares_of
from connectors.mastodon.plain_text import plain_text
from connectors.mastodon.wire import Account, Status, instant
from models import Author, Bystander, Kind, Mention, Post
from models.change import Edit
from models.identity import mention_id

CHANNEL = "mastodon"
DIRECT = "direct"
"""Shown to nobody but those it names."""
NO_AVATAR = "/missing.png"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is needed beside the status itself."""

    account: str
    """Our handle, with its host."""
    own_id: str
    host: str
    """Of the handles that come without one."""
    received_at: datetime


def to_mention(status: Status, scene: Scene, *, reason: str, ancestors: Sequence[Status] = ()) -> Mention:
    """`ancestors`: what stands above it, as far as we are shown."""
    root = root_of(status, ancestors)
    parent = next((each for each in ancestors if each.id == status.in_reply_to_id), None)
    is_private = status.visibility == DIRECT
    is_believable = status.created_at <= scene.received_at
    is_ours_above = root.account.id == scene.own_id and root.id != status.id
    return Mention(
        id=mention_id(CHANNEL, scene.account, status.id),
        channel=CHANNEL,
        account=scene.account,
        native_id=status.id,
        kind=Kind.DM if is_private else _public_kind(status, scene),
        text=words_of(status),
        created_at=status.created_at.astimezone(UTC) if is_believable else scene.received_at,
        received_at=scene.received_at,
        conversation_id=root.id,
        created_at_assumed=not is_believable,
        lang=status.language,
        on_owned_channel=is_private or is_ours_above,
        in_reply_to=status.in_reply_to_id,
        url=status.url,
        author=to_author(status.account, scene.host),
        shares=None if is_private else shares(status),
        raw=_evidence(status, parent, reason=reason, host=scene.host),
    )


def _public_kind(status: Status, scene: Scene) -> Kind:
    return Kind.REPLY if status.in_reply_to_account_id == scene.own_id else Kind.MENTION


def root_of(status: Status, ancestors: Sequence[Status]) -> Status:
    """The topmost status of its thread that we are shown."""
    by_id = {each.id: each for each in ancestors}
    top = status
    while (above := by_id.pop(top.in_reply_to_id or "", None)) is not None:
        top = above
    return top


def words_of(status: Status) -> str:
    """The warning the author put before it, then the words."""
    parts = (status.spoiler_text.strip(), plain_text(status.content))
    return "\n\n".join(part for part in parts if part)


def _evidence(status: Status, parent: Status | None, *, reason: str, host: str) -> dict[str, object]:
    evidence: dict[str, object] = {"reason": reason, "visibility": status.visibility}
    if status.edited_at:
        evidence["edited_at"] = version_of(status.edited_at)
    if status.account.bot is not None:
        evidence["author_is_bot"] = status.account.bot
    if status.media_attachments:
        evidence["media"] = [{"type": each.type, "description": each.description} for each in status.media_attachments]
    quoted = quoted_id(status)
    if quoted:
        evidence["quoted_id"] = quoted
    if parent:
        evidence["parent"] = {"text": words_of(parent), "author_handle": handle_of(parent.account, host)}
    return evidence


def quoted_id(status: Status) -> str | None:
    if status.quote is None:
        return None
    return status.quote.quoted_status.id if status.quote.quoted_status else status.quote.quoted_status_id


def is_to_us(status: Status, own_id: str) -> bool:
    """Whether it names us, answers us, or quotes us."""
    quoted = status.quote.quoted_status.account.id if status.quote and status.quote.quoted_status else None
    return own_id in {status.in_reply_to_account_id, quoted, *(each.id for each in status.mentions)}


def to_author(account: Account, host: str) -> Author:
    """No account is verified by anybody here (a checked link is no badge): unknown. A suspended one shows no counts."""
    count = account.followers_count if not account.suspended else None
    return Author(
        id=account.id,
        handle=handle_of(account, host),
        name=account.display_name or None,
        bio=plain_text(account.note) or None,
        followers=_count(count),
        following=_count(account.following_count if not account.suspended else None),
        posts=_count(account.statuses_count if not account.suspended else None),
        has_avatar=None if account.avatar is None else not account.avatar.endswith(NO_AVATAR),
        created_at=instant(account.created_at),
    )


def _count(told: int | None) -> int | None:
    return told if told is not None and told >= 0 else None


def handle_of(account: Account, host: str) -> str:
    return account.acct if "@" in account.acct else f"{account.acct}@{host}"


def to_edit(mention: Mention, edited_at: datetime) -> Edit:
    """`mention` reads as it does now."""
    return Edit(mention, version=version_of(edited_at), edited_at=edited_at.astimezone(UTC))


def reworded(mention: Mention, status: Status) -> Edit | None:
    """What has become of a mention's words; None where they are the same."""
    text = words_of(status)
    if status.edited_at is None or text == mention.text:
        return None
    version = version_of(status.edited_at)
    if version == mention.raw.get("edited_at"):
        return None
    return to_edit(replace(mention, text=text, raw={**mention.raw, "edited_at": version}), status.edited_at)


def version_of(edited_at: datetime) -> str:
    return edited_at.astimezone(UTC).isoformat()


def to_bystander(status: Status, scene: Scene, *, root_id: str) -> Bystander:
    mention = replace(to_mention(status, scene, reason="thread"), conversation_id=root_id)
    return Bystander(mention, is_ours=status.account.id == scene.own_id)


def to_post(status: Status) -> Post:
    said_at = status.created_at.astimezone(UTC)
    return Post(native_id=status.id, text=words_of(status), created_at=said_at, shares=shares(status))


def shares(status: Status) -> int | None:
    """As far as our own instance knows: of posts of other instances it may be fewer than there are."""
    return shares_of(status.reblogs_count, status.quotes_count)
