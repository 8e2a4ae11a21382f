"""Answers to direct messages of Messenger and Instagram: the same calls, another platform."""

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.meta.answering import Clock, ours_among
from connectors.meta.answers import AlreadyAnsweredError
from connectors.meta.client import GraphClient
from connectors.meta.rules import message_window, needs_human_agent
from connectors.meta.sent import SentBook, send_once
from models import AuthoredBy, MayReply, Mention, Receipt, Reply
from models.errors import PermanentError


@dataclass(frozen=True, slots=True)
class Direct:
    """One inbox of the Page, or of the Instagram account that belongs to it."""

    client: GraphClient
    page: str
    """Whose token it is; Instagram's messages are sent through it as well."""
    own: str
    """Whom messages come from that are ours: the Page, or the Instagram account."""
    platform: str
    book: SentBook
    now: Clock
    has_human_agent: bool

    def window(self, mention: Mention, authored_by: AuthoredBy, *, most: int) -> MayReply:
        return message_window(
            mention, now=self.now(), authored_by=authored_by, has_human_agent=self.has_human_agent, most=most
        )

    def answer(self, mention: Mention, reply: Reply) -> Receipt:
        """Beyond the day, the words of a person are marked as such; Meta itself refuses what comes too late."""
        if mention.author is None:
            raise PermanentError("meta: the answer cannot be sent: it is not known who wrote")
        person = mention.author.id
        is_late = needs_human_agent(mention, now=self.now())
        is_marked = is_late and self.has_human_agent and reply.authored_by is AuthoredBy.PERSON
        kind = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if is_marked else {"messaging_type": "RESPONSE"}
        body = {"recipient": {"id": person}, "message": {"text": reply.text}, **kind}

        def look() -> Iterator[str]:
            messages = self.client.conversation(self.page, platform=self.platform, with_id=person)
            return ours_among(messages, reply.text, own=self.own, not_before=mention.created_at)

        def send() -> str:
            return self.client.write(f"/{self.page}/messages", body)

        return send_once(self.book, reply.key, send, look=look, where=self.platform)

    def answer_comment(self, mention: Mention, reply: Reply) -> Receipt:
        """The one private answer to a comment. Meta takes no second one, so a repeat does no harm."""
        body = {"recipient": {"comment_id": mention.native_id}, "message": {"text": reply.text}}
        try:
            return Receipt(reference=self.client.write(f"/{self.page}/messages", body))
        except AlreadyAnsweredError:
            ours = self._answer_in_conversation(mention, reply)
            if ours is None:
                raise
            return Receipt(reference=ours, found=True)

    def _answer_in_conversation(self, mention: Mention, reply: Reply) -> str | None:
        if mention.author is None:
            return None
        messages = self.client.conversation(self.page, platform=self.platform, with_id=mention.author.id)
        return next(ours_among(messages, reply.text, own=self.own, not_before=mention.created_at), None)
