"""Reviews of one app, from all countries."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.app_store.client import AppStoreClient
from connectors.app_store.records import CHANNEL, to_items
from connectors.reviews import Item, ReviewFeed
from models import Page
from models.errors import AccessError, PermanentError, RetryableError

MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """How far and how much is read."""

    back_fill_days: int = 30
    """How far back the very first pull goes."""
    look_back_days: int = 30
    """How long a review may change its words in its place and still be found: that is told nowhere."""
    page_size: int = 100


class AppStoreSource:
    """A `connectors.base.Source`."""

    name = CHANNEL

    def __init__(
        self,
        client: AppStoreClient,
        *,
        reading: Reading = Reading(),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._now = now
        self._feed = ReviewFeed(
            self._walk,
            look_back=timedelta(days=reading.look_back_days),
            first_floor=lambda: now() - timedelta(days=reading.back_fill_days),
            page_size=reading.page_size,
        )

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`."""
        try:
            return self._feed.pull(cursor)
        except PermanentError as error:
            raise AccessError(f"{error}; look whether EARSHOT_APP_STORE_APP_ID is right") from error

    def _walk(self, floor: datetime | None) -> Iterator[Item]:
        asked: set[str | None] = {None}
        link: str | None = None
        while True:
            page = self._client.reviews(next=link)
            received_at = self._now()
            items = [
                item
                for review in page.reviews
                for item in to_items(review, app_id=self._client.app_id, received_at=received_at)
            ]
            yield from items
            places = [item.place for item in items if item.place]
            link = page.next
            if link is None or (floor and places and max(places) < floor):
                return
            if link in asked or len(asked) > MOST_PAGES:
                raise RetryableError("app store: the pages of reviews run in a circle; they will be read again")
            asked.add(link)
