"""What is looked up around posts: the threads they stand in, and what their authors wrote in the days before."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from connectors.mastodon.client import Context, MastodonClient
from connectors.mastodon.records import Scene, root_of, to_bystander, to_post
from connectors.mastodon.wire import Status
from connectors.patience import Patience
from models import Bystander, Mention, Post

MOST_PAGES = 5
"""200 posts in a week tell enough about an author."""


@dataclass
class Around:
    """Of one page. Each thread and each author is asked for once."""

    client: MastodonClient
    scene: Scene
    history_days: int
    is_known: Callable[[str], bool] = lambda author_id: False
    """Whose posts of the days before were read a short while ago."""
    patience: Patience = field(default_factory=Patience)

    def context(self, status: Status) -> Context:
        return self.patience.ask(lambda: self.client.context(status.id), None) or Context((), ())

    def bystanders(self, threads: Sequence[tuple[Status, Context]]) -> list[Bystander]:
        """All that stands above these, and our own words below them; never one of these themselves."""
        found: dict[str, Bystander] = {}
        known = {status.id for status, _ in threads}
        for status, context in threads:
            root_id = root_of(status, context.ancestors).id
            ours = (each for each in context.descendants if each.account.id == self.scene.own_id)
            for each in (*context.ancestors, *ours):
                if each.id not in known:
                    found.setdefault(each.id, to_bystander(each, self.scene, root_id=root_id))
        return list(found.values())

    def histories(self, mentions: Iterable[Mention]) -> dict[str, Sequence[Post]]:
        """Author id → posts of the days before their first mention up to their last, oldest first."""
        instants: dict[str, list[datetime]] = {}
        for mention in mentions:
            if mention.author and self.history_days and not self.is_known(mention.author.id):
                instants.setdefault(mention.author.id, []).append(mention.created_at)
        span = timedelta(days=self.history_days)
        found = {}
        for author, at in instants.items():
            read = partial(self._history, author, since=min(at) - span, until=max(at))
            posts = self.patience.ask(read, None)
            if posts is not None:
                found[author] = posts
        return found

    def _history(self, author: str, *, since: datetime, until: datetime) -> Sequence[Post] | None:
        posts: dict[str, Post] = {}
        place: str | None = None
        for _ in range(MOST_PAGES):
            page = self.client.account_statuses(author, max_id=place)
            read = [to_post(status) for status in page.statuses if status.account.id == author]
            posts |= {post.native_id: post for post in read if since <= post.created_at < until}
            if page.older in (None, place) or (read and read[-1].created_at < since):
                break
            place = page.older
        return tuple(sorted(posts.values(), key=lambda post: (post.created_at, post.native_id)))
