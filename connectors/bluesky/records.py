"""From Bluesky's words to ours. Pure: no call is made here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.bluesky.wire import Notification, PostView, Profile, Verification, instant
from connectors.counts import shares_of
from models import Author, Bystander, Edit, Kind, Mention, Post
from models.identity import mention_id

CHANNEL = "bluesky"
VALID = "valid"


@dataclass(frozen=True, slots=True)
class Context:
    """What is needed beside the notification itself."""

    account: str
    own_did: str
    received_at: datetime
    profiles: Mapping[str, Profile]
    """Full profiles by DID, of those that have one."""
    parents: Mapping[str, PostView]
    """Posts that were replied to, by address, of those that still show."""


def to_mention(notification: Notification, context: Context) -> Mention:
    record, uri = notification.record, notification.uri
    claimed_at = instant(record.created_at)
    is_believable = claimed_at is not None and claimed_at <= notification.indexed_at
    root_uri = record.reply.root.uri if record.reply else uri
    return Mention(
        id=mention_id(CHANNEL, context.account, uri),
        channel=CHANNEL,
        account=context.account,
        native_id=uri,
        kind=Kind.REPLY if notification.reason == "reply" else Kind.MENTION,
        text=record.text,
        created_at=claimed_at if claimed_at and is_believable else notification.indexed_at,
        received_at=context.received_at,
        conversation_id=root_uri,
        created_at_assumed=not is_believable,
        lang=record.langs[0] if record.langs else None,
        on_owned_channel=repository(root_uri) == context.own_did,
        in_reply_to=record.reply.parent.uri if record.reply else None,
        url=web_address(uri),
        author=to_author(notification.author, context.profiles.get(notification.author.did)),
        raw=_evidence(notification, context.parents),
    )


def _evidence(notification: Notification, parents: Mapping[str, PostView]) -> dict[str, object]:
    record = notification.record
    evidence: dict[str, object] = {
        "cid": notification.cid,
        "indexed_at": notification.indexed_at.isoformat(),
        "reason": notification.reason,
    }
    if record.quoted:
        evidence["quoted_uri"] = record.quoted.uri
    if record.media:
        evidence["media"] = [{"type": each.type, "description": each.description} for each in record.media]
    if record.reply:
        evidence["root_cid"] = record.reply.root.cid
        parent = parents.get(record.reply.parent.uri)
        if parent:
            evidence["parent"] = {"text": parent.record.text, "author_handle": parent.author.handle}
    return evidence


def to_author(brief: Profile, full: Profile | None) -> Author:
    """`brief` came with the notification and has no counts; `full` is missing when the account is deactivated."""
    profile = full or brief
    return Author(
        id=brief.did,
        handle=profile.handle,
        name=profile.display_name or None,
        bio=profile.description or None,
        followers=profile.followers_count,
        following=profile.follows_count,
        posts=profile.posts_count,
        verified=_is_verified(full.verification) if full else None,
        has_avatar=profile.avatar is not None,
        created_at=instant(profile.created_at),
    )


def _is_verified(verification: Verification | None) -> bool:
    """A full profile without the field belongs to an account nobody has verified."""
    if verification is None:
        return False
    return VALID in (verification.verified_status, verification.trusted_verifier_status)


def to_bystander(view: PostView, *, account: str, own_did: str, received_at: datetime) -> Bystander:
    """Somebody's post, or ours, in a thread of which a mention is a part."""
    record, uri = view.record, view.uri
    root_uri = record.reply.root.uri if record.reply else uri
    mention = Mention(
        id=mention_id(CHANNEL, account, uri),
        channel=CHANNEL,
        account=account,
        native_id=uri,
        kind=Kind.REPLY if record.reply else Kind.MENTION,
        text=record.text,
        created_at=to_post(view).created_at,
        received_at=received_at,
        conversation_id=root_uri,
        lang=record.langs[0] if record.langs else None,
        on_owned_channel=repository(root_uri) == own_did,
        in_reply_to=record.reply.parent.uri if record.reply else None,
        url=web_address(uri),
        author=to_author(view.author, None),
        raw={"cid": view.cid, "indexed_at": view.indexed_at.isoformat(), "reason": "thread"},
    )
    return Bystander(mention, is_ours=repository(uri) == own_did)


def reworded(mention: Mention, view: PostView, *, now: datetime) -> Edit | None:
    """What has become of a mention's words; None where the post is the version we hold. When it was changed is not
    told: it is when we noticed."""
    if view.cid == mention.raw.get("cid") or view.record.text == mention.text:
        return None
    raw = {**mention.raw, "cid": view.cid}
    return Edit(replace(mention, text=view.record.text, raw=raw), version=view.cid, edited_at=now)


def to_post(view: PostView) -> Post:
    claimed_at = instant(view.record.created_at)
    created_at = min(claimed_at, view.indexed_at) if claimed_at else view.indexed_at
    return Post(native_id=view.uri, text=view.record.text, created_at=created_at, shares=shares(view))


def shares(view: PostView) -> int | None:
    return shares_of(view.repost_count, view.quote_count)


def repository(uri: str) -> str:
    """DID of whom a post belongs to: `at://<did>/<collection>/<rkey>`."""
    return uri.removeprefix("at://").split("/")[0]


def web_address(uri: str) -> str:
    return f"https://bsky.app/profile/{repository(uri)}/post/{uri.rsplit('/', 1)[-1]}"
