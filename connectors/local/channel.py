"""Answers to channels that are not connected are recorded here, and said to be so."""

from datetime import UTC, datetime

from models import MayReply, Mention, Receipt, Reply
from store.store import Store

MAX_CHARACTERS = 10_000


class LocalChannel:
    """Implements `connectors.base.Channel`."""

    name = "local"

    def __init__(self, store: Store) -> None:
        self._store = store

    def may_reply(self, mention: Mention) -> MayReply:
        reason = f"{mention.channel} is not connected: the answer is recorded here and not sent out"
        return MayReply(allowed=True, reason=reason, max_characters=MAX_CHARACTERS, takes_private=True)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        with self._store.writing() as transaction:
            found = transaction.local_desk.find_reply(reply.key)
            if found is None:
                transaction.local_desk.add_reply(mention.id, reply, now=datetime.now(UTC))
            number = transaction.local_desk.find_reply(reply.key)
        return Receipt(f"local-{number}", found=found is not None, reached_author=False)
