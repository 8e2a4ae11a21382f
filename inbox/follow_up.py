"""How customers said they were served: on a case, and over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from inbox.languages import N_, Sayings
from inbox.visit import Visit
from measure.csat import Week
from models.follow_up import LinkPurpose, SurveyState, WhyNotAsked
from store.cases import StoredCase
from store.follow_up import PublicLink, StoredSurvey
from store.store import Transaction

WHY_NOT = Sayings(
    {
        WhyNotAsked.OFF: N_("surveys are switched off"),
        WhyNotAsked.NO_ADDRESS: N_("no public address is set"),
        WhyNotAsked.TOO_LATE: N_("it was solved too long ago"),
        WhyNotAsked.REOPENED: N_("the case was opened again"),
        WhyNotAsked.WROTE_AGAIN: N_("the customer wrote meanwhile"),
        WhyNotAsked.NOT_ANSWERED: N_("nobody here answered"),
        WhyNotAsked.NOT_CHOSEN: N_("not among the cases that are asked about"),
        WhyNotAsked.PUBLIC: N_("the customer wrote in public only"),
        WhyNotAsked.ABUSE: N_("abuse"),
        WhyNotAsked.SENSITIVE: N_("safety, vulnerability, legal or press"),
        WhyNotAsked.COMPLAINT: N_("the complaint is not over"),
        WhyNotAsked.ASKED_LATELY: N_("the customer was asked lately"),
        WhyNotAsked.MUTED: N_("the author is muted"),
        WhyNotAsked.UNREACHABLE: N_("the customer cannot be reached"),
        WhyNotAsked.ON_HOLD: N_("legal hold"),
        WhyNotAsked.ONLY_A_PERSON_WRITES: N_("only a person writes here"),
    }
)


@dataclass(frozen=True, slots=True)
class OnCase:
    """What a case's page says of it."""

    survey: StoredSurvey | None
    state: str
    """Of the question: waiting, queued, asked, not_asked; empty where there is none."""
    why_not: str
    is_low: bool
    link: PublicLink | None
    """The newest status link."""


def on_case(visit: Visit, transaction: Transaction, case: StoredCase, family: Sequence[int]) -> OnCase:
    found = transaction.follow_ups.of_cases(family)
    survey = next((one for one in found if one.score is not None), found[0] if found else None)
    links = transaction.follow_ups.links_of(family, LinkPurpose.STATUS)
    is_told = survey is not None and (
        survey.state is not SurveyState.NOT_ASKED or survey.why_not is not WhyNotAsked.OFF
    )
    return OnCase(
        survey=survey if is_told else None,
        state=survey.state.value if survey is not None and is_told else "",
        why_not=WHY_NOT[survey.why_not] if survey is not None and survey.why_not is not None else "",
        is_low=survey is not None and survey.score is not None and survey.score < (survey.target or 0),
        link=links[0] if links and links[0].expires_at > visit.now else None,
    )


WIDTH, HEIGHT, LEFT, BOTTOM = 640, 200, 28, 24
"""Of the plot, in units of its own."""


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Mean scores by week as a drawing: the same figures stand in the table below it."""

    scale: int
    target: int
    target_y: float
    lines: tuple[tuple[float, int], ...]
    """(height, score)."""
    dots: tuple[Dot, ...]
    path: str
    first: date
    last: date

    @property
    def size(self) -> tuple[int, int]:
        return WIDTH, HEIGHT


def plot(weeks: Sequence[Week], *, scale: int, target: int) -> Plot | None:
    """None where no week has a rating on this scale."""
    rated = [(place, week) for place, week in enumerate(weeks) if scale in week.figures.means]
    if not rated:
        return None
    step = (WIDTH - LEFT - 12) / max(len(weeks) - 1, 1)

    def height(score: float) -> float:
        return round(8 + (HEIGHT - BOTTOM - 8) * (scale - score) / (scale - 1), 1)

    dots = tuple(
        Dot(round(LEFT + place * step, 1), height(week.figures.means[scale]), f"{week.figures.means[scale]:.1f}")
        for place, week in rated
    )
    scores = range(1, scale + 1) if scale <= 5 else range(2, scale + 1, 2)
    return Plot(
        scale=scale,
        target=target,
        target_y=height(target),
        lines=tuple((height(score), score) for score in scores),
        dots=dots,
        path=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        first=weeks[0].monday,
        last=weeks[-1].monday,
    )
