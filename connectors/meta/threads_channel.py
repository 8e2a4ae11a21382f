"""Answers on Threads: made first, then published."""

from collections.abc import Iterator, Mapping, Sequence

from connectors.meta.answering import GRAPH_ID, Clock, check, look_again, ours_among, raw_id, under, why_not_ours
from connectors.meta.client import GraphClient, Seen
from connectors.meta.hiding import set_hidden, why_not_hide
from connectors.meta.records import THREADS, beside
from connectors.meta.rules import denied, rules
from connectors.meta.sent import SentBook, send_once
from models import (
    AuthoredBy,
    Bystander,
    Capabilities,
    MayReply,
    Mention,
    Receipt,
    Recheck,
    Reply,
    Surroundings,
)
from models.errors import PermanentError

POST = "id,text,username,permalink,timestamp,is_reply_owned_by_me"
MOST_ASKED = 50
"""Threads is asked for one post at a time."""


class ThreadsChannel:
    """A `connectors.base.Channel`."""

    name = THREADS

    def __init__(self, client: GraphClient | None, *, account: str | None, book: SentBook, now: Clock) -> None:
        """`client` None: posts are read, and not answered."""
        self._client = client
        self._account = account
        self._book = book
        self._now = now

    def capabilities(self, mention: Mention) -> Capabilities:
        """See `Channel.capabilities`. Deletions are told of our own posts alone."""
        can = self._client is not None
        why = why_not_hide(mention, is_one=True, has_client=can)
        return Capabilities(push=True, reply_public=can, thread=can, hide=not why, why_not_hide=why)

    def hide(self, mention: Mention, *, hidden: bool) -> Receipt:
        """See `Hides.hide`. Threads hides replies to a post of ours, not replies to those."""
        return set_hidden(self._client, mention, {"hide": hidden}, under="/manage_reply")

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Asks Threads whether a reply to us still stands. Raises: RetryableError, AccessError."""
        may = self._may(mention, is_private)
        if (
            may.allowed
            and mention.on_owned_channel
            and mention.native_id in self._read([mention.native_id], "id").missing
        ):
            return denied("It has been deleted, or is not shown to us any more.")
        return may

    def _may(self, mention: Mention, is_private: bool | None) -> MayReply:
        refused = why_not_ours(mention, channel=self.name, own=self._account, has_client=self._client is not None)
        if refused is not None:
            return refused
        if is_private:
            return denied("Threads has no private messages.")
        return MayReply(allowed=True, max_characters=rules().threads)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """See `Channel.reply`. What was made and not published is seen by nobody, so making it twice does no harm."""
        may = self._may(mention, reply.is_private)
        check(may, reply, most=rules().threads)
        client, account = self._client, self._account
        if client is None or account is None:
            raise PermanentError("meta: the answer cannot be sent: the Threads account is not set")

        def look() -> Iterator[str]:
            nodes = under(client, f"/{mention.native_id}/replies", POST)
            return ours_among(nodes, reply.text, own=None, not_before=mention.created_at)

        def send() -> str:
            body = {"media_type": "TEXT", "text": reply.text, "reply_to_id": mention.native_id}
            made = client.write(f"/{account}/threads", body, is_harmless=True)
            return client.write(f"/{account}/threads_publish", {"creation_id": made})

        return send_once(self._book, reply.key, send, look=look, where=self.name)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """The post that was answered, and the one it all began with."""
        if self._client is None:
            return Surroundings()
        found: dict[str, Bystander] = {}
        asked = {mention.native_id for mention in mentions}
        for mention in mentions[:MOST_ASKED]:
            around = {mention.in_reply_to, raw_id(mention, "replied_to", "id"), raw_id(mention, "root_post", "id")}
            for id in sorted(id for id in around if id) if around else ():
                node = self._client.node(id, POST) if id not in found and id not in asked else None
                near = beside(mention, node, own_ids=frozenset(), received_at=self._now()) if node else None
                if near is not None:
                    found[id] = near
        return Surroundings(bystanders=tuple(found.values()))

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """See `Channel.recheck`; of many, the first ones."""
        if self._client is None:
            return {}
        root = "root_post", "id"
        asked = mentions[:MOST_ASKED]
        return look_again(self._read, asked, fields="id,text", parent_of=lambda one: raw_id(one, *root), now=self._now)

    def _read(self, ids: Sequence[str], fields: str) -> Seen:
        seen = Seen()
        for id in ids:
            node = self._client.node(id, fields) if self._client and GRAPH_ID.fullmatch(id) else None
            if node is None:
                seen.missing.add(id)
            else:
                seen.nodes[id] = node
        return seen
