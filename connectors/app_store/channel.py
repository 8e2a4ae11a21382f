"""Answers to reviews: one stands under each, in public."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from connectors.app_store.client import VENDOR, AppStoreClient
from connectors.app_store.records import CHANNEL, to_edit
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

MOST_CHARACTERS = 5970
NOT_HIDDEN = "The App Store lets no developer hide a review; a concern can be reported in App Store Connect."
MOST_RECHECKED = 200
"""In one go: every one is a call, of 3,600 in an hour."""


class AppStoreChannel:
    """A `connectors.base.Channel`."""

    name = CHANNEL

    def __init__(self, client: AppStoreClient, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._client = client
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`."""
        return Capabilities(pull=True, reply_public=mention.kind is Kind.REVIEW, edit=True, why_not_hide=NOT_HIDDEN)

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Asks the App Store how things stand now. Raises: RetryableError, AccessError."""
        if mention.kind is not Kind.REVIEW:
            return MayReply(allowed=False, reason="Only reviews can be answered on the App Store.")
        if is_private:
            return MayReply(allowed=False, reason="The App Store has no private answers; everybody sees this one.")
        if self._client.review(mention.native_id) is None:
            return MayReply(allowed=False, reason="The review has been deleted.")
        return MayReply(allowed=True, max_characters=MOST_CHARACTERS)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. It takes the place of an answer that stands there."""
        check_plain(reply, vendor=VENDOR, most=MOST_CHARACTERS)
        reviewed = self._client.review(mention.native_id)
        if reviewed is None:
            raise PermanentError(f"app store: the answer to {mention.id} cannot be sent: the review has been deleted")
        standing = reviewed.response
        if standing and (standing.facts.body or "").strip() == reply.text.strip():
            return Receipt(reference=standing.id, found=True)
        return Receipt(reference=self._client.respond(mention.native_id, reply.text).id)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """See `Channel.surroundings`: the source gives all there is with its page."""
        return Surroundings()

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`."""
        found = {}
        for mention in mentions[:MOST_RECHECKED]:
            reviewed = self._client.review(mention.native_id)
            if reviewed is None:
                found[mention.id] = Recheck(Presence.GONE)
                continue
            edit = to_edit(reviewed.review, app_id=mention.account, received_at=self._now())
            same = edit.mention.text == mention.text or edit.version == mention.raw.get("words")
            found[mention.id] = Recheck(Presence.THERE) if same else Recheck(Presence.EDITED, edit)
        return found
