"""Answers to direct messages, in the same conversation."""

from connectors.bluesky.chat import BlueskyChat, Said
from connectors.bluesky.chat_wire import GROUP, Convo, Message
from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.rich_text import facets, graphemes
from models import MayReply, Mention, Receipt, Reply
from models.errors import PermanentError

MOST_GRAPHEMES = 1000
MOST_BYTES = 10_000
"""Source: lexicon `chat.bsky.convo.defs#messageInput`."""
MOST_PAGES = 5
"""Of 100 messages each: further back our own answer is not looked for."""


class ChatReplies:
    """What `BlueskyChannel` does with direct messages."""

    def __init__(self, client: BlueskyClient) -> None:
        self._client = client

    @property
    def _chat(self) -> BlueskyChat:
        return self._client.chat

    def may_reply(self, mention: Mention) -> MayReply:
        """Raises: RetryableError, AccessError (where the app password does not allow direct messages)."""
        reason = self._why_not(mention, self._chat.convo(mention.conversation_id))
        if reason:
            return MayReply(allowed=False, reason=reason)
        return MayReply(allowed=True, max_characters=MOST_GRAPHEMES, takes_private=True)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """The service knows no repeats: our own words, said after the message, are looked for first."""
        length, size = graphemes(reply.text), len(reply.text.encode())
        if length > MOST_GRAPHEMES or size > MOST_BYTES:
            raise PermanentError(
                f"bluesky: the message has {length} characters ({size} bytes); at most {MOST_GRAPHEMES} "
                f"({MOST_BYTES}) are taken: shorten it"
            )
        reason = self._why_not(mention, self._chat.convo(mention.conversation_id))
        if reason:
            raise PermanentError(f"bluesky: the reply to {mention.id} cannot be sent: {reason}")
        sent = self._sent_before(mention, reply.text)
        if sent is None:
            marks = facets(reply.text, handle=None, did="")
            body: dict[str, object] = {"text": reply.text, **({"facets": marks} if marks else {})}
            written = self._chat.send(mention.conversation_id, body)
            return self._receipt(mention, written.id)
        return self._receipt(mention, sent.id, found=True)

    def _receipt(self, mention: Mention, message_id: str, *, found: bool = False) -> Receipt:
        url = f"https://bsky.app/messages/{mention.conversation_id}"
        return Receipt(reference=f"{mention.conversation_id}/{message_id}", url=url, found=found)

    def _why_not(self, mention: Mention, convo: Convo | None) -> str:
        """Why nothing can be said there; empty where it can."""
        if convo is None:
            return "The conversation is gone, or we are no longer in it."
        if convo.kind.type == GROUP:
            return "It was said in a group, and groups are not answered from here."
        author = mention.author.id if mention.author else ""
        member = next((each for each in convo.members if each.did == author), None)
        if member is None:
            return "The author is no longer in the conversation."
        if member.viewer.blocked_by:
            return "The author blocks us."
        if member.viewer.blocking:
            return "We block the author."
        return "The author's account takes no messages now." if member.chat_disabled else ""

    def _sent_before(self, mention: Mention, text: str) -> Message | None:
        place: str | None = None
        for _ in range(MOST_PAGES):
            page = self._chat.messages(mention.conversation_id, place)
            for each in page.said:
                if self._is_ours_after(each, mention, text) and isinstance(each.message, Message):
                    return each.message
            dates = [each.message.sent_at for each in page.said if isinstance(each.message, Message)]
            if page.cursor in (None, place) or (dates and min(dates) < mention.created_at):
                return None
            place = page.cursor
        return None

    def _is_ours_after(self, said: Said, mention: Mention, text: str) -> bool:
        message = said.message
        return (
            isinstance(message, Message)
            and message.sender.did == self._client.own_did()
            and message.sent_at >= mention.created_at
            and message.text.strip() == text.strip()
        )
