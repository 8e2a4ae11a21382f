"""What the page of a case says of its early warning: each sign with its points and the words it stands in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from inbox.languages import N_, Sayings
from inbox.marking import plain
from inbox.visit import Visit
from models import CaseState
from policy.warning_signs import Sign, WarningLevel
from store.cases import StoredCase
from store.mentions import StoredMention
from store.store import Transaction
from store.warnings import KeptSign, Place, Warned

AROUND = 60
"""Characters shown before and after the words of a sign."""
PLACES_SHOWN = 4
LONGEST_REASON = 500

SIGNS = Sayings(
    {
        Sign.REPEATED_CONTACT: N_("Wrote again and again within seven days"),
        Sign.UNANSWERED_CONTACTS: N_("Wrote several times without an answer"),
        Sign.TONE_WORSE: N_("Tone gets worse"),
        Sign.REOPENED: N_("Was closed, and came back"),
        Sign.BROKEN_PROMISE: N_("A promise of ours was broken"),
        Sign.LONG_WAIT: N_("Waits long for an answer"),
        Sign.REJECTED_SOLUTION: N_("Turns our solution down"),
        Sign.ASKS_FOR_MANAGER: N_("Asks for a manager or a higher level"),
        Sign.THREATENS_REGULATOR: N_("Speaks of a regulator"),
        Sign.THREATENS_PRESS: N_("Speaks of the press"),
        Sign.THREATENS_LAWYER: N_("Speaks of a lawyer or a court"),
        Sign.THREATENS_LEAVING: N_("Is about to leave"),
    }
)
LEVELS = Sayings({WarningLevel.WATCH: N_("watch"), WarningLevel.ACT: N_("act now")})


@dataclass(frozen=True, slots=True)
class ShownPlace:
    at: datetime
    mention_id: str | None
    quote: Markup
    """The words, marked, with what stands around them; empty where there are none."""
    lang: str | None


@dataclass(frozen=True, slots=True)
class ShownSign:
    name: str
    count: int
    points: float
    places: list[ShownPlace]


@dataclass(frozen=True, slots=True)
class ShownWarning:
    level: int
    level_words: str
    score: float
    signs: list[ShownSign]
    policy: str
    since: datetime
    seen: tuple[str, datetime] | None
    aside: tuple[str, datetime, str] | None
    """(who, when, why)."""
    may_act: bool


def warning_shown(
    visit: Visit, transaction: Transaction, case: StoredCase, mentions: Sequence[StoredMention]
) -> ShownWarning | None:
    """`mentions`: as they may be shown; of others nothing is quoted. None where no warning stands."""
    kept = transaction.warnings.get(case.id)
    if kept is None or kept.level == WarningLevel.NONE:
        return None
    here = {item.mention.id: item for item in mentions}
    deleted = transaction.retention.deletions(list(here))
    quotable = {key: item for key, item in here.items() if key not in deleted}
    return ShownWarning(
        level=kept.level,
        level_words=LEVELS.get(WarningLevel(kept.level), ""),
        score=kept.score,
        signs=[_sign(each, quotable, set(here)) for each in kept.signs],
        policy=kept.policy,
        since=kept.since,
        seen=(kept.seen_by, kept.seen_at) if kept.seen_by is not None and kept.seen_at is not None else None,
        aside=_aside(kept),
        may_act=visit.may_act and case.state is not CaseState.CLOSED,
    )


def _aside(kept: Warned) -> tuple[str, datetime, str] | None:
    if kept.aside_at is None:
        return None
    return kept.aside_by or "", kept.aside_at, kept.aside_reason or ""


def _sign(kept: KeptSign, quotable: Mapping[str, StoredMention], here: set[str]) -> ShownSign:
    name = SIGNS.get(Sign(kept.sign), kept.sign) if kept.sign in set(Sign) else kept.sign
    places = [_place(each, quotable, here) for each in kept.evidence[-PLACES_SHOWN:]]
    return ShownSign(name, kept.count, kept.points, places)


def _place(place: Place, quotable: Mapping[str, StoredMention], here: set[str]) -> ShownPlace:
    item = quotable.get(place.mention_id or "")
    shown = place.mention_id if place.mention_id in here else None
    if item is None or place.end == 0:
        return ShownPlace(place.at, shown, Markup(), None)
    return ShownPlace(place.at, shown, _quote(item.mention.text, place), item.mention.lang)


def _quote(text: str, place: Place) -> Markup:
    if place.end > len(text):
        return Markup()  # its author changed it since
    start = text.find(" ", max(place.start - AROUND, 0), place.start) if place.start > AROUND else 0
    end = text.rfind(" ", place.end, place.end + AROUND) if len(text) > place.end + AROUND else len(text)
    start, end = (place.start if start < 0 else start), (place.end if end < 0 else end)
    pieces = (plain(text[start : place.start]), plain(text[place.start : place.end]), plain(text[place.end : end]))
    said = Markup("{}<mark>{}</mark>{}").format(*pieces)
    return Markup("{}{}{}").format("…" if start else "", said, " …" if end < len(text) else "")
