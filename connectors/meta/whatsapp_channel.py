"""Answers on WhatsApp: only text, only within a day, and nothing of what was sent can be looked up."""

from collections.abc import Mapping, Sequence

from connectors.meta.answering import Clock, check, why_not_ours
from connectors.meta.client import GraphClient
from connectors.meta.hiding import PRIVATE
from connectors.meta.records import WHATSAPP
from connectors.meta.rules import denied, rules, whatsapp_window
from models import AuthoredBy, Capabilities, MayReply, Mention, Receipt, Recheck, Reply, Surroundings
from models.errors import PermanentError


class WhatsAppChannel:
    """A `connectors.base.Channel`."""

    name = WHATSAPP

    def __init__(self, client: GraphClient | None, *, number: str | None, now: Clock) -> None:
        """`number`: Meta's id of our number. `client` None: messages are read, and not answered."""
        self._client = client
        self._number = number
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`."""
        return Capabilities(push=True, reply_private=self._client is not None, why_not_hide=PRIVATE)

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """See `Channel.may_reply`; no call is made."""
        return self._refusal(mention, is_private) or whatsapp_window(mention, now=self._now())

    def _refusal(self, mention: Mention, is_private: bool | None) -> MayReply | None:
        """What stands against it, whenever it was said."""
        refused = why_not_ours(mention, channel=self.name, own=self._number, has_client=self._client is not None)
        if refused is not None:
            return refused
        if is_private is False:
            return denied("This was said in private: it cannot be answered in public.")
        if mention.raw.get("group_id"):
            return denied("This was said in a group: groups are not answered from here.")
        if _phone(mention) is None:
            return denied("WhatsApp did not say the sender's number.")
        return None

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`; what may have been sent is left to a person.

        Whether the window is over by this message is left to Meta: they may have written again since.
        """
        check(self._refusal(mention, reply.is_private), reply, most=rules().whatsapp)
        client, phone = self._client, _phone(mention)
        if client is None or phone is None:
            raise PermanentError("meta: the answer cannot be sent")
        if reply.perhaps_sent:
            raise PermanentError(
                "meta: the answer may have been sent already, and WhatsApp cannot be asked: look into the "
                "conversation, and write the answer anew if it is not there"
            )
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": phone,
            "context": {"message_id": mention.native_id},
            "type": "text",
            "text": {"body": reply.text, "preview_url": False},
        }
        return Receipt(reference=client.write(f"/{mention.account}/messages", body, is_refusal_sure=True))

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """WhatsApp tells nothing more."""
        return Surroundings()

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """WhatsApp cannot be asked."""
        return {}


def _phone(mention: Mention) -> str | None:
    name = mention.author.id if mention.author else ""
    return name if name.isascii() and name.isdecimal() else None
