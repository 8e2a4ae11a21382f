"""What customers say of how they were served, and links to a page of their own."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

STATUS_PAGE = "status_page"
"""The channel of what customers write on a page behind a link of ours."""
RATING = "rating"
"""Key in `Mention.raw` of a comment to a rating: the score."""


SURVEY = "survey"
"""Key in the payload of a reply that asks: the case that was solved. Such a reply answers nobody."""


class LinkPurpose(StrEnum):
    RATE = "rate"
    STATUS = "status"


class SurveyState(StrEnum):
    WAITING = "waiting"
    """The case was solved; when and whether it is asked about is not decided yet."""
    QUEUED = "queued"
    ASKED = "asked"
    NOT_ASKED = "not_asked"


class WhyNotAsked(StrEnum):
    """Why nobody was asked about a solved case."""

    OFF = "off"
    NO_ADDRESS = "no_public_address"
    TOO_LATE = "too_late"
    REOPENED = "reopened"
    WROTE_AGAIN = "wrote_again"
    NOT_ANSWERED = "not_answered_by_us"
    NOT_CHOSEN = "not_among_the_cases_chosen"
    PUBLIC = "not_private"
    ABUSE = "abuse"
    SENSITIVE = "sensitive"
    COMPLAINT = "complaint_not_over"
    ASKED_LATELY = "asked_lately"
    MUTED = "muted"
    UNREACHABLE = "unreachable"
    ON_HOLD = "on_hold"
    ONLY_A_PERSON_WRITES = "only_a_person_writes"


class Via(StrEnum):
    LINK = "link"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Survey:
    """One that reached its customer, with what they gave; the figures are worked out from these."""

    case_id: int
    asked_at: datetime
    scale: int
    """The highest score; the lowest is 1."""
    target: int
    """From this score on the customer counts as satisfied."""
    channel: str
    handled_by: str | None
    """Whose answer was the last before the question; else the owner."""
    score: int | None = None
    rated_at: datetime | None = None
    via: Via | None = None
    comment_id: str | None = None
    """The message that holds the comment."""
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None
    review_note: str | None = None

    @property
    def is_low(self) -> bool:
        return self.score is not None and self.score < self.target
