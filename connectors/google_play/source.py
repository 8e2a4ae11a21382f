"""Reviews of one app, as Google Play shows them: written or changed in the last week."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from connectors.google_play.client import GooglePlayClient
from connectors.google_play.records import CHANNEL, to_items
from connectors.reviews import Item, ReviewFeed
from models import Page
from models.errors import AccessError, PermanentError, RetryableError

LOOK_BACK = timedelta(days=3)
"""A review may take a day to be shown."""
MOST_PAGES = 1000


class GooglePlaySource:
    """A `connectors.base.Source`."""

    name = CHANNEL

    def __init__(
        self,
        client: GooglePlayClient,
        *,
        page_size: int = 100,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._now = now
        self._feed = ReviewFeed(self._walk, look_back=LOOK_BACK, first_floor=lambda: None, page_size=page_size)

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. When a review was first written is not told: a changed one moves to the top."""
        try:
            return self._feed.pull(cursor)
        except PermanentError as error:
            raise AccessError(
                f"{error}; look whether EARSHOT_GOOGLE_PLAY_PACKAGE is right and the service account is invited to it"
            ) from error

    def _walk(self, floor: datetime | None) -> Iterator[Item]:
        token: str | None = None
        asked: set[str | None] = {None}
        while True:
            page = self._client.reviews(token=token)
            received_at = self._now()
            items = [
                item
                for review in page.reviews
                for item in to_items(review, package=self._client.package, received_at=received_at)
            ]
            yield from items
            places = [item.place for item in items if item.place]
            token = page.token
            if token is None or (floor and places and max(places) < floor):
                return
            if token in asked or len(asked) > MOST_PAGES:
                raise RetryableError("google play: the pages of reviews run in a circle; they will be read again")
            asked.add(token)
