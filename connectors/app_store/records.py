"""From the App Store's words to ours. Pure: no call is made here."""

import hashlib
from datetime import UTC, datetime

from connectors.app_store.client import Reviewed
from connectors.app_store.wire import Response, Review
from connectors.json_answers import Unreadable
from connectors.reviews import Item, said_at
from models import Author, Bystander, Edit, Kind, Mention, Rejected
from models.identity import mention_id

CHANNEL = "app_store"


def to_items(found: Reviewed | Unreadable, *, app_id: str, received_at: datetime) -> list[Item]:
    """The review, and our answer where one stands under it."""
    if isinstance(found, Unreadable):
        digest = hashlib.sha256(found.raw).hexdigest()
        rejected = Rejected(where=f"review {digest[:16]}", reason=found.reason, raw=found.raw)
        return [Item(id=digest, version="", place=None, content=rejected)]
    review, place = found.review, found.review.facts.created_at.astimezone(UTC)
    edit = to_edit(review, app_id=app_id, received_at=received_at)
    items = [Item(id=review.id, version=edit.version, place=place, content=edit)]
    if found.response:
        answer = to_answer(found.response, review, app_id=app_id, received_at=received_at)
        version = _digest(f"{found.response.facts.modified_at}\n{answer.mention.text}")
        items.append(Item(id=review.id, version=version, place=place, content=answer))
    return items


def to_edit(review: Review, *, app_id: str, received_at: datetime) -> Edit:
    """The review as it reads now. When it was changed is not told: that is when we noticed."""
    facts = review.facts
    text = "\n".join(filter(None, [facts.title, facts.body]))
    created_at, is_assumed = said_at(facts.created_at.astimezone(UTC), received_at)
    mention = Mention(
        id=mention_id(CHANNEL, app_id, review.id),
        channel=CHANNEL,
        account=app_id,
        native_id=review.id,
        kind=Kind.REVIEW,
        text=text,
        created_at=created_at,
        received_at=received_at,
        conversation_id=review.id,
        created_at_assumed=is_assumed,
        on_owned_channel=True,
        # A reviewer has no id that anybody is told.
        author=Author(id=f"review:{review.id}", name=facts.nickname or None),
        raw={name: value for name, value in _evidence(review, text).items() if value is not None},
    )
    return Edit(mention=mention, version=_digest(text), edited_at=received_at)


def to_answer(response: Response, review: Review, *, app_id: str, received_at: datetime) -> Bystander:
    modified_at = response.facts.modified_at
    created_at, is_assumed = said_at(modified_at.astimezone(UTC) if modified_at else None, received_at)
    mention = Mention(
        id=mention_id(CHANNEL, app_id, response.id),
        channel=CHANNEL,
        account=app_id,
        native_id=response.id,
        kind=Kind.REPLY,
        text=response.facts.body or "",
        created_at=created_at,
        received_at=received_at,
        conversation_id=review.id,
        created_at_assumed=is_assumed,
        on_owned_channel=True,
        in_reply_to=review.id,
    )
    return Bystander(mention, is_ours=True)


def _evidence(review: Review, text: str) -> dict[str, object]:
    facts = review.facts
    return {"rating": facts.rating, "title": facts.title, "territory": facts.territory, "words": _digest(text)}


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]
