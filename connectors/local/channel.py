"""Answers to channels that are not connected are recorded here, and said to be so."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from models import AuthoredBy, Capabilities, MayReply, Mention, Receipt, Recheck, Reply, Surroundings
from models.errors import PermanentError
from store.store import Store

MAX_CHARACTERS = 10_000
NOT_HIDDEN = "The channel is not connected here: nothing can be hidden where it stands."
IN_PUBLIC = "What was said in private is not answered in public."


class LocalChannel:
    """Implements `connectors.base.Channel`."""

    name = "local"

    def __init__(self, store: Store) -> None:
        self._store = store

    def capabilities(self, mention: Mention) -> Capabilities:
        """Answers are recorded; nothing is known of the message's fate."""
        return Capabilities(reply_public=not mention.is_private, reply_private=True, why_not_hide=NOT_HIDDEN)

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        if mention.is_private and is_private is False:
            return MayReply(allowed=False, reason=IN_PUBLIC, takes_private=True)
        reason = f"{mention.channel} is not connected: the answer is recorded here and not sent out"
        return MayReply(allowed=True, reason=reason, max_characters=MAX_CHARACTERS, takes_private=True)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        _check(mention, reply)
        with self._store.writing() as transaction:
            found = transaction.local_desk.find_reply(reply.key)
            if found is None:
                transaction.local_desk.add_reply(mention.id, reply, now=datetime.now(UTC))
            number = transaction.local_desk.find_reply(reply.key)
        return Receipt(f"local-{number}", found=found is not None, reached_author=False)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """Nobody can be asked."""
        return Surroundings()

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """Nobody can be asked."""
        return {}


def _check(mention: Mention, reply: Reply) -> None:
    """Raises: PermanentError."""
    if mention.is_private and not reply.is_private:
        raise PermanentError(f"local: {IN_PUBLIC}")
    if not reply.text.strip():
        raise PermanentError("local: the reply is empty; write one")
    if len(reply.text) > MAX_CHARACTERS:
        raise PermanentError(f"local: the reply has {len(reply.text)} characters; at most {MAX_CHARACTERS} are taken")
