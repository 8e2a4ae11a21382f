"""From Google Play's words to ours. Pure: no call is made here."""

import hashlib
from datetime import datetime

from connectors.google_play.wire import Review, UserComment
from connectors.json_answers import Unreadable
from connectors.reviews import Item, said_at
from models import Author, Bystander, Edit, Kind, Mention, Rejected
from models.identity import mention_id

CHANNEL = "google_play"


def to_items(review: Review | Unreadable, *, package: str, received_at: datetime) -> list[Item]:
    """The review, and our answer where one stands under it."""
    if isinstance(review, Unreadable):
        digest = hashlib.sha256(review.raw).hexdigest()
        rejected = Rejected(where=f"review {digest[:16]}", reason=review.reason, raw=review.raw)
        return [Item(id=digest, version="", place=None, content=rejected)]
    edit = to_edit(review, package=package, received_at=received_at)
    items = [Item(id=review.id, version=edit.version, place=edit.edited_at, content=edit)]
    answer = to_answer(review, package=package, received_at=received_at)
    if answer and review.answer:
        version = review.answer.last_modified.version
        items.append(Item(id=review.id, version=version, place=edit.edited_at, content=answer))
    return items


def to_edit(review: Review, *, package: str, received_at: datetime) -> Edit:
    """The review as it reads now. When it was first written is not told: for one that was changed since, the instant
    of the change stands in its place."""
    said = review.said or UserComment.model_validate({"lastModified": {}})
    created_at, is_assumed = said_at(said.last_modified.instant, received_at)
    mention = Mention(
        id=mention_id(CHANNEL, package, review.id),
        channel=CHANNEL,
        account=package,
        native_id=review.id,
        kind=Kind.REVIEW,
        text=said.text,
        created_at=created_at,
        received_at=received_at,
        conversation_id=review.id,
        created_at_assumed=is_assumed,
        lang=said.language or None,
        on_owned_channel=True,
        # A reviewer has no id that anybody is told.
        author=Author(id=f"review:{review.id}", name=review.author_name or None),
        raw=_evidence(said),
    )
    return Edit(mention=mention, version=said.last_modified.version, edited_at=created_at)


def to_answer(review: Review, *, package: str, received_at: datetime) -> Bystander | None:
    answer = review.answer
    if answer is None:
        return None
    native_id = answer_id(review.id)
    created_at, is_assumed = said_at(answer.last_modified.instant, received_at)
    mention = Mention(
        id=mention_id(CHANNEL, package, native_id),
        channel=CHANNEL,
        account=package,
        native_id=native_id,
        kind=Kind.REPLY,
        text=answer.text,
        created_at=created_at,
        received_at=received_at,
        conversation_id=review.id,
        created_at_assumed=is_assumed,
        on_owned_channel=True,
        in_reply_to=review.id,
    )
    return Bystander(mention, is_ours=True)


def answer_id(review_id: str) -> str:
    """Our answer has no id of its own there."""
    return f"{review_id}:reply"


def _evidence(said: UserComment) -> dict[str, object]:
    facts = {
        "rating": said.star_rating,
        "app_version": said.app_version,
        "app_version_code": said.app_version_code,
        "device": said.device,
        "android_api": said.android_api,
        "likes": said.likes,
        "dislikes": said.dislikes,
        "last_modified": said.last_modified.version,
    }
    return {name: value for name, value in facts.items() if value is not None}
