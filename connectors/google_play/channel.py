"""Answers to reviews: one stands under each, in public."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.google_play.client import VENDOR, GooglePlayClient
from connectors.google_play.records import CHANNEL, answer_id, to_edit
from connectors.google_play.wire import Review
from connectors.plain_answer import check_plain
from models import (
    AuthoredBy,
    Capabilities,
    Kind,
    MayReply,
    Mention,
    Presence,
    Receipt,
    Recheck,
    Reply,
    Surroundings,
)
from models.errors import PermanentError

MOST_CHARACTERS = 350
NOT_HIDDEN = "Google Play lets no developer hide a review; it can be reported in the Play Console."
SHOWN = timedelta(days=6)
"""Google Play shows reviews of the last week; what is younger than this and not shown is gone."""
MOST_RECHECKED = 50
"""In one go: every one is a call, and 200 reads an hour have to do for news as well."""


class GooglePlayChannel:
    """A `connectors.base.Channel`."""

    name = CHANNEL

    def __init__(self, client: GooglePlayClient, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._client = client
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`."""
        is_review = mention.kind is Kind.REVIEW
        return Capabilities(pull=True, reply_public=is_review, edit=True, why_not_hide=NOT_HIDDEN)

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Asks Google Play how things stand now. Raises: RetryableError, AccessError."""
        if mention.kind is not Kind.REVIEW:
            return MayReply(allowed=False, reason="Only reviews can be answered on Google Play.")
        if is_private:
            return MayReply(allowed=False, reason="Google Play has no private answers; everybody sees this one.")
        if self._is_gone(mention, self._client.review(mention.native_id)):
            return MayReply(allowed=False, reason="The review has been deleted.")
        return MayReply(allowed=True, max_characters=MOST_CHARACTERS)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. It takes the place of an answer that stands there."""
        check_plain(reply, vendor=VENDOR, most=MOST_CHARACTERS)
        review = self._client.review(mention.native_id)
        if self._is_gone(mention, review):
            raise PermanentError(f"google play: the answer to {mention.id} cannot be sent: the review has been deleted")
        if review and review.answer and review.answer.text.strip() == reply.text.strip():
            return Receipt(reference=answer_id(mention.native_id), found=True)
        self._client.reply(mention.native_id, reply.text)
        return Receipt(reference=answer_id(mention.native_id))

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """See `Channel.surroundings`: the source gives all there is with its page."""
        return Surroundings()

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`. Of a review older than a week nothing is known."""
        found = {}
        for mention in mentions[:MOST_RECHECKED]:
            review = self._client.review(mention.native_id)
            if review is None or review.said is None:
                found[mention.id] = Recheck(Presence.GONE if self._is_gone(mention, review) else Presence.UNKNOWN)
                continue
            edit = to_edit(review, package=mention.account, received_at=self._now())
            same = edit.mention.text == mention.text or edit.version == mention.raw.get("last_modified")
            found[mention.id] = Recheck(Presence.THERE) if same else Recheck(Presence.EDITED, edit)
        return found

    def _is_gone(self, mention: Mention, review: Review | None) -> bool:
        """One that is not shown may only be old, and can still be answered."""
        return review is None and self._now() - mention.created_at < SHOWN
