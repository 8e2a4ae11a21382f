"""App Store Connect's JSON: only the fields we use. Source: App Store Connect API, customer reviews and responses."""

from pydantic import AwareDatetime, Field

from connectors.json_answers import Wire


class Reference(Wire):
    id: str


class Related(Wire):
    data: Reference | None = None


class ReviewFacts(Wire):
    rating: int | None = None
    title: str | None = None
    body: str | None = None
    nickname: str | None = Field(default=None, alias="reviewerNickname")
    created_at: AwareDatetime = Field(alias="createdDate")
    territory: str | None = None
    """ISO 3166-1, three letters."""


class ReviewRelations(Wire):
    response: Related = Related()


class Review(Wire):
    id: str = Field(min_length=1)
    facts: ReviewFacts = Field(alias="attributes")
    relations: ReviewRelations = Field(default=ReviewRelations(), alias="relationships")


class ResponseFacts(Wire):
    body: str | None = Field(default=None, alias="responseBody")
    modified_at: AwareDatetime | None = Field(default=None, alias="lastModifiedDate")
    state: str | None = None


class Response(Wire):
    """Our answer to a review."""

    id: str = Field(min_length=1)
    facts: ResponseFacts = Field(alias="attributes")


class Links(Wire):
    next: str | None = None


class ReviewList(Wire):
    data: tuple[object, ...]
    """Read one by one, so that a broken one costs only itself."""
    included: tuple[object, ...] = ()
    links: Links = Links()


class OneReview(Wire):
    data: Review
    included: tuple[object, ...] = ()


class OneResponse(Wire):
    data: Response


class AppFacts(Wire):
    bundle_id: str | None = Field(default=None, alias="bundleId")


class App(Wire):
    id: str
    facts: AppFacts = Field(default=AppFacts(), alias="attributes")


class OneApp(Wire):
    data: App


class Fault(Wire):
    code: str = ""


class Faults(Wire):
    errors: tuple[Fault, ...] = ()
