"""Google Play's JSON: only the fields we use. Source: Android Publisher API v3, `reviews.list`, `.get`, `.reply`."""

from datetime import UTC, datetime, timedelta

from pydantic import Field

from connectors.json_answers import Wire

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stamp(Wire):
    """Seconds since 1970, as text, and nanoseconds of the second."""

    seconds: int = Field(default=0, ge=0, lt=1 << 36)
    nanos: int = Field(default=0, ge=0, lt=1_000_000_000)

    @property
    def instant(self) -> datetime:
        """Aware, UTC."""
        return EPOCH + timedelta(seconds=self.seconds, microseconds=self.nanos // 1000)

    @property
    def version(self) -> str:
        return f"{self.seconds}.{self.nanos:09d}"


class UserComment(Wire):
    text: str = ""
    last_modified: Stamp = Field(alias="lastModified")
    star_rating: int | None = Field(default=None, alias="starRating")
    language: str | None = Field(default=None, alias="reviewerLanguage")
    device: str | None = None
    android_api: int | None = Field(default=None, alias="androidOsVersion")
    app_version: str | None = Field(default=None, alias="appVersionName")
    app_version_code: int | None = Field(default=None, alias="appVersionCode")
    likes: int | None = Field(default=None, alias="thumbsUpCount")
    dislikes: int | None = Field(default=None, alias="thumbsDownCount")


class DeveloperComment(Wire):
    text: str = ""
    last_modified: Stamp = Field(alias="lastModified")


class Comment(Wire):
    """One of the two."""

    by_user: UserComment | None = Field(default=None, alias="userComment")
    by_developer: DeveloperComment | None = Field(default=None, alias="developerComment")


class Review(Wire):
    id: str = Field(alias="reviewId", min_length=1)
    author_name: str | None = Field(default=None, alias="authorName")
    comments: tuple[Comment, ...] = ()

    @property
    def said(self) -> UserComment | None:
        return next((comment.by_user for comment in self.comments if comment.by_user), None)

    @property
    def answer(self) -> DeveloperComment | None:
        return next((comment.by_developer for comment in self.comments if comment.by_developer), None)


class Tokens(Wire):
    next: str | None = Field(default=None, alias="nextPageToken")


class ReviewList(Wire):
    """Empty where there are no reviews. An error inside is one, whatever the status said."""

    reviews: tuple[object, ...] = ()
    """Read one by one, so that a broken one costs only itself."""
    tokens: Tokens = Field(default=Tokens(), alias="tokenPagination")
    error: None = None


class ReplyResult(Wire):
    last_edited: Stamp | None = Field(default=None, alias="lastEdited")


class Replied(Wire):
    result: ReplyResult
