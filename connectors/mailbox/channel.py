"""Answers to mails, as mails."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage

from connectors.mailbox.client import MailboxClient
from connectors.mailbox.compose import MOST_CHARACTERS, compose, message_id, recipient
from connectors.mailbox.records import CHANNEL
from connectors.mailbox.sender import MailSender
from models import AuthoredBy, Capabilities, MayReply, Mention, Receipt, Recheck, Reply, Surroundings
from models.errors import AccessError, PermanentError, RetryableError

logger = logging.getLogger(__name__)

NOT_HIDDEN = "It came by e-mail: nobody else sees it."


def utc_now() -> datetime:
    return datetime.now(UTC)


class MailboxChannel:
    """A `connectors.base.Channel`."""

    name = CHANNEL

    def __init__(
        self,
        client: MailboxClient,
        sender: MailSender | None,
        *,
        account: str,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`account`: our address, in lower case. Without a `sender` nothing can be answered."""
        self._client = client
        self._sender = sender
        self._account = account
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`. A mail cannot be changed or taken back by its author."""
        can_send = self._sender is not None and recipient(mention) is not None
        can_reply = can_send and not mention.raw.get("takes_no_answer")
        return Capabilities(
            pull=True, reply_private=can_reply, author_history=True, thread=True, why_not_hide=NOT_HIDDEN
        )

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """No call is made. To a program only a person may write (RFC 3834): two programs would never stop."""
        reason = self._why_not(mention, authored_by, is_private)
        if reason:
            return MayReply(allowed=False, reason=reason)
        warning = "A program sent this mail: nobody may read the answer." if mention.raw.get("automatic") else ""
        return MayReply(True, reason=warning, max_characters=MOST_CHARACTERS, takes_private=True)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. An earlier try is found where the server files what it sent; where it does not, the
        second mail has the id of the first, and it is the receiver's server that shows it once."""
        reason = self._why_not(mention, reply.authored_by, reply.is_private)
        message = compose(mention, reply, account=self._account, now=self._now())
        if reason or self._sender is None:
            raise PermanentError(f"mailbox: the reply to {mention.id} cannot be sent: {reason}")
        id = message_id(reply.key, self._account)
        if self._is_sent(id):
            return Receipt(reference=id, found=True)
        self._sender.send(message, sender=self._account, to=str(message["To"]))
        self._file(id, message)
        return Receipt(reference=id)

    def _why_not(self, mention: Mention, authored_by: AuthoredBy, is_private: bool | None) -> str:
        """Empty where it can be answered."""
        if self._sender is None:
            return "No server for outgoing mail is set; the settings call it EARSHOT_MAILBOX_SMTP."
        if is_private is False:
            return "A mail is private and can only be answered by mail."
        if recipient(mention) is None or mention.raw.get("takes_no_answer"):
            return "Nobody reads what is sent to this address: it takes no answers."
        if authored_by is AuthoredBy.AUTOMATION and mention.raw.get("automatic"):
            return "A program sent this mail, and programs are not answered by programs."
        return ""

    def _is_sent(self, id: str) -> bool:
        with self._client.sent() as folder:
            return folder is not None and bool(folder.by_message_id(id))

    def _file(self, id: str, message: EmailMessage) -> None:
        """The mail is on its way: that it cannot be filed is no reason to send it again."""
        try:
            if not self._is_sent(id):  # some servers file what they send by themselves
                self._client.file_as_sent(message.as_bytes())
        except (RetryableError, AccessError) as error:
            logger.warning("mailbox: an answer was sent and could not be filed: %s", error)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """See `Channel.surroundings`: the source gives all with its page."""
        return Surroundings()

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`: a mail that was sent stays sent."""
        return {}
