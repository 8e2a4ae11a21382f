"""Promises to customers: which sentences of a reply make one, when they are due, and when somebody is reminded.

What is found in a text is only proposed to who writes it; a person makes the promise.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.promise import PromiseKind
from policy.phrases import words_of
from policy.promise_rules import ANYBODY, FIRM, REFUSES, PromiseRules
from policy.service_hours import Counted, Span
from triage.promise_dates import Now, Until, dates_in, instant_of
from triage.working_time import WorkingTime

_SENTENCE = re.compile(r"[^.!?…;\n]+(?:[.](?=[^\s])[^.!?…;\n]*)*[.!?…;]*")
_ABBREVIATED = re.compile(r"\b([ap])\.m\.(?=\s+[^A-Z]|\s*$)", re.IGNORECASE)
MOST_CHARACTERS = 20_000
MOST_FOUND = 5
_LONGEST_WORDS = 300
_NEAR_ENDING = 8
"""Words between "ще" and the verb that ends as "we" does."""
_ORDER = (
    PromiseKind.CALL_BACK,
    PromiseKind.REFUND,
    PromiseKind.REPAIR,
    PromiseKind.UPDATE,
    PromiseKind.ANSWER,
    PromiseKind.OTHER,
)
"""Of several kinds whose words stand in one sentence, the first counts."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A promise that a text seems to make."""

    kind: PromiseKind
    words: str
    due_at: datetime
    basis: str
    """How the date was worked out, with the policies by which it was."""
    names_date: bool
    """Else the date is what the policy gives a promise of this kind."""


def promises_in(text: str, now: Now) -> list[Proposal]:
    """In the order of the text."""
    plain = _ABBREVIATED.sub(r"\1m", text[:MOST_CHARACTERS])
    found = (_promise(sentence.group().strip(), now) for sentence in _SENTENCE.finditer(plain))
    return [one for one in found if one is not None][:MOST_FOUND]


def first_of(found: list[Proposal]) -> Proposal | None:
    """The one to be proposed: the first that names its date, else the first."""
    return next((one for one in found if one.names_date), found[0] if found else None)


def _promise(sentence: str, now: Now) -> Proposal | None:
    rules, said = now.rules, {name for name, _, _ in now.rules.phrases.places(sentence)}
    if sentence.endswith("?") or REFUSES in said:
        return None
    places = sorted(_commitments(sentence, now.rules))
    if not places:
        return None
    kind = next((one for one in _ORDER if one.value in said), None)
    until = _until(sentence, places, now)
    by_firm = any(is_firm for _, is_firm in places)
    if (kind is None) + (until is None) + (not by_firm) > 1:
        return None  # of who does it, what it is and until when, one may be left out
    due, basis = instant_of(until, now) if until else _otherwise(kind or PromiseKind.OTHER, now)
    if not now.at < due <= now.at + rules.longest:
        return None
    title = f"{rules.title}, {now.working.hours.title}"
    return Proposal(kind or PromiseKind.OTHER, sentence[:_LONGEST_WORDS], due, f"{basis} ({title})", until is not None)


def _commitments(sentence: str, rules: PromiseRules) -> Iterator[tuple[int, bool]]:
    """(place, whether somebody of the firm says that they will)."""
    for name, start, _ in rules.phrases.places(sentence):
        if name in (FIRM, ANYBODY):
            yield start, name == FIRM
    words = words_of(sentence)
    for number, word in enumerate(words):
        if word.folded.endswith(rules.firm_endings):
            yield word.start, True
        elif word.folded.endswith(rules.anybody_endings):
            yield word.start, False
        elif word.folded == rules.after:
            near = words[number + 1 : number + 1 + _NEAR_ENDING]
            if any(one.folded.endswith(rules.then) and len(one.folded) > 3 for one in near):
                yield word.start, True


def _until(sentence: str, places: list[tuple[int, bool]], now: Now) -> Until | None:
    """The first date after somebody says that they will, else the last before; of "Monday or Tuesday" the later."""
    dates = dates_in(sentence, now)
    after = [one for one in dates if one.start > places[0][0]]
    if not after:
        return dates[-1] if dates else None
    first = after[0]
    for other in after[1:]:
        between = sentence[first.end : other.start].strip(" ,-–").casefold()
        if between not in ("or", "and", "to", "veya", "ya da", "ile", "или", "и", "до", ""):
            break
        first = other
    return first


def _otherwise(kind: PromiseKind, now: Now) -> tuple[datetime, str]:
    span = now.rules.otherwise[kind]
    hours = int(span.amount.total_seconds() // 3600)
    counted = "working " if span.counted is Counted.WORKING else ""
    words = kind.value.replace("_", " ")
    return now.working.after(now.at, span), f"no date is named: {hours} {counted}hours, as for every {words}"


def remind_at(made_at: datetime, due_at: datetime, before: Span, working: WorkingTime) -> datetime | None:
    """When the owner is reminded: `before` of working time before it is due, or half of what there is; never when
    nobody is at work. None where no working time lies between.

    Raises: RecordError where the calendar holds no working time.
    """
    left = working.between(made_at, due_at)
    if left <= timedelta():
        return None
    ahead = min(before.amount, left / 2)
    return working.opens_next(working.after(made_at, Span(left - ahead, Counted.WORKING)))
