"""Answers to what was said to our bot, in the same chat, as replies to the message."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.plain_answer import check_plain
from connectors.telegram.client import VENDOR, MigratedError, TelegramClient
from connectors.telegram.records import CHANNEL, Place, native_id, place_of
from models import AuthoredBy, Capabilities, Kind, MayReply, Mention, Receipt, Recheck, Reply, Surroundings
from models.errors import PermanentError

MOST_CHARACTERS = 4096
BUSINESS_WINDOW = timedelta(hours=24)
"""A bot may write in a business chat for so long after the last message that came in."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class TelegramChannel:
    """A `connectors.base.Channel`."""

    name = CHANNEL

    def __init__(
        self,
        client: TelegramClient,
        *,
        is_pushed: bool = False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._is_pushed = is_pushed
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`. Deletions are told of in business chats only."""
        place = place_of(mention.native_id)
        return Capabilities(
            pull=not self._is_pushed,
            push=self._is_pushed,
            reply_public=not mention.is_private and not _is_channel_post(mention),
            reply_private=mention.is_private,
            delete_notice=place is not None and place.connection is not None,
            edit=True,
            why_not_hide="Telegram hides nothing; in a group one can only delete, which is not done from here.",
        )

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Makes no call: a bot cannot ask whether it is blocked, or whether a message still stands."""
        place = place_of(mention.native_id)
        if place is None:
            return MayReply(allowed=False, reason="This message has no place on Telegram that we know.")
        if mention.is_private and is_private is False:
            return MayReply(allowed=False, reason="It was said in a private chat and can only be answered there.")
        if not mention.is_private and is_private:
            reason = "A bot on Telegram may write in private only to people who wrote to it in private first."
            return MayReply(allowed=False, reason=reason)
        if _is_channel_post(mention):
            return MayReply(allowed=False, reason="Below a post of a channel a bot cannot answer.")
        until = mention.created_at + BUSINESS_WINDOW if place.connection else None
        if until is not None and self._now() >= until:
            reason = "In a business chat a bot may answer for 24 hours after the last message; they are over."
            return MayReply(allowed=False, reason=reason)
        return MayReply(True, until=until, max_characters=MOST_CHARACTERS, takes_private=mention.is_private)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. One whose fate is unknown is never sent again: nobody but a person can look."""
        place = place_of(mention.native_id)
        allowed = self.may_reply(mention, authored_by=reply.authored_by, is_private=reply.is_private)
        if place is None or not allowed.allowed:
            raise PermanentError(f"telegram: the reply to {mention.id} cannot be sent: {allowed.reason}")
        check_plain(reply, vendor=VENDOR, most=MOST_CHARACTERS, has_private=True)
        if reply.perhaps_sent:
            raise PermanentError(
                "telegram: this answer may have been sent already; no answer came back, and Telegram does not let a "
                "bot look. Look into the chat, and write the answer anew if it is not there"
            )
        return Receipt(reference=self._send(place, reply.text))

    def _send(self, place: Place, text: str) -> str:
        """Raises: like `reply`. A group that moved is followed once."""
        try:
            return self._say(place.chat_id, place, text)
        except MigratedError as moved:
            chat_id = moved.chat_id
        try:
            return self._say(chat_id, place, text)
        except MigratedError as error:
            raise PermanentError("telegram: the group moved twice; answer by the support desk") from error

    def _say(self, chat_id: int, place: Place, text: str) -> str:
        message: dict[str, object] = {
            "chat_id": chat_id,
            "text": text,
            "reply_parameters": {"message_id": place.message_id, "allow_sending_without_reply": True},
        }
        if place.connection is not None:
            message["business_connection_id"] = place.connection
        return native_id(chat_id, self._client.send_message(message), place.connection)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """See `Channel.surroundings`: a bot cannot look at anything; what a message answers came with it."""
        return Surroundings()

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`: a bot cannot ask for a message."""
        return {}


def _is_channel_post(mention: Mention) -> bool:
    return mention.kind is not Kind.DM and mention.raw.get("chat_type") == "channel"
