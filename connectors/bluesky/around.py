"""What stands around posts: their threads, and who wrote them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from connectors.bluesky.client import BlueskyClient, FeedPage, Thread
from connectors.bluesky.history import is_limit, nobody, read_histories
from connectors.bluesky.records import to_bystander
from connectors.bluesky.wire import Profile
from connectors.patience import Patience
from models import Bystander, Mention, Post
from models.errors import PermanentError


class Around:
    """Looks it up for one page. What is refused is left out: none of it is a mention."""

    def __init__(
        self, client: BlueskyClient, *, history_days: int, is_known: Callable[[str], bool] = nobody, now: datetime
    ) -> None:
        self._client = client
        self._history_days = history_days
        self._is_known = is_known
        self._now = now

    def bystanders(self, mentions: Sequence[Mention]) -> list[Bystander]:
        """All that stands above these, and our own words below them; never one of these themselves.

        Raises: RetryableError, AccessError.
        """
        own_did, known = self._client.own_did(), {mention.native_id for mention in mentions}
        found: dict[str, Bystander] = {}
        for mention, thread in self._threads(mentions):
            ours = (post for post in thread.below if post.author.did == own_did)
            for post in (*thread.above, *ours):
                if post.uri not in known:
                    bystander = to_bystander(post, account=mention.account, own_did=own_did, received_at=self._now)
                    found.setdefault(post.uri, bystander)
        return list(found.values())

    def _threads(self, mentions: Sequence[Mention]) -> list[tuple[Mention, Thread]]:
        threads, patience = [], Patience(is_limit)
        for mention in mentions:
            thread = patience.ask(partial(self._client.thread, mention.native_id), None)
            if thread:
                threads.append((mention, thread))
        return threads

    def profiles(self, dids: Sequence[str]) -> Mapping[str, Profile]:
        try:
            return self._client.profiles(dids)
        except PermanentError:
            return {}  # what came with the messages has to do

    def histories(self, mentions: Sequence[Mention]) -> dict[str, tuple[Post, ...]]:
        def read_feed(did: str, cursor: str | None) -> FeedPage:
            return self._client.author_feed(did, cursor=cursor)

        unread = [each for each in mentions if each.author is None or not self._is_known(each.author.id)]
        return read_histories(unread, read_feed, days=self._history_days)
