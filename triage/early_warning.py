"""Whether a case is about to go wrong: named signs in what its person wrote and what we did, with their evidence.

Wording is no sign: how somebody writes adds nothing, only what they say and what has happened.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from statistics import fmean, median

from models.case import ScorePart
from policy.warning_signs import SPOKEN, Sign, WarningLevel, WarningRules
from triage.score import total
from triage.working_time import WorkingTime

PART = "early_warning"
"""Of the score that sorts the queue."""
FEWEST_FOR_TONE = 3


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of the person whose case it is, spam, praise and repeats left out."""

    mention_id: str
    at: datetime
    text: str
    tone: float | None
    """0 to 1, how negative and severe; None where nothing judged it."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a case went through so far; nothing needs to be in order."""

    spoken: tuple[Spoken, ...] = ()
    contacts: tuple[datetime, ...] = ()
    """When the person wrote to us, in this case or another."""
    answers: tuple[datetime, ...] = ()
    closings: tuple[datetime, ...] = ()
    reopenings: tuple[datetime, ...] = ()
    broken: tuple[datetime, ...] = ()
    """When a promise of ours was broken."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where it stands: characters of a message, or only when it was."""

    at: datetime
    mention_id: str | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class FoundSign:
    sign: Sign
    count: int
    points: float
    evidence: tuple[Evidence, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    level: WarningLevel
    score: float
    signs: tuple[FoundSign, ...]
    """The heaviest first."""
    look_again_at: datetime | None
    """When time alone makes it more."""


def tone_of(negative: float, severity: float) -> float:
    """Of the classifier's chance of a negative tone and its severity from 0 to 4."""
    return (negative + severity / 4) / 2


def early_warning(course: Course, rules: WarningRules, working: WorkingTime, *, now: datetime) -> EarlyWarning:
    found = {sign: look(course, rules) for sign, look in _LOOKS.items()} | dict(_words(course, rules))
    signs = tuple(_counted(found, rules))
    waited = _long_wait(course, rules, working) if signs else None  # waiting alone is no warning
    if waited is not None and waited[1] <= now:
        signs += tuple(_counted({Sign.LONG_WAIT: [waited[0]]}, rules))
    score = round(sum(one.points for one in signs), 4)
    heaviest_first = tuple(sorted(signs, key=lambda one: (-one.points, one.sign)))
    later = waited[1] if waited is not None and waited[1] > now else None
    return EarlyWarning(rules.level_of(score), score, heaviest_first, later)


def with_warning(parts: Sequence[ScorePart], points: float) -> tuple[tuple[ScorePart, ...], float]:
    """The parts of a score with this warning in place of an earlier one, and their sum."""
    others = tuple(part for part in parts if part.name != PART)
    together = (*others, ScorePart(PART, round(points, 4))) if points else others
    return together, total(together)


def _counted(found: dict[Sign, list[Evidence]], rules: WarningRules) -> Iterator[FoundSign]:
    for sign, evidence in found.items():
        points = rules.signs[sign].points_for(len(evidence))
        if points:
            yield FoundSign(sign, len(evidence), points, tuple(sorted(evidence, key=_place)))


def _place(evidence: Evidence) -> tuple[datetime, str, int]:
    return evidence.at, evidence.mention_id or "", evidence.start


def _words(course: Course, rules: WarningRules) -> Iterator[tuple[Sign, list[Evidence]]]:
    """One piece of evidence for each message that says it: the first words in it that do."""
    first_answer = min(course.answers, default=None)
    said: dict[Sign, list[Evidence]] = {sign: [] for sign in SPOKEN}
    for spoken in course.spoken:
        seen: set[str] = set()
        for name, start, end in rules.phrases.places(spoken.text):
            is_answer = first_answer is not None and spoken.at >= first_answer
            if name not in seen and (is_answer or name != Sign.REJECTED_SOLUTION):
                seen.add(name)
                said[Sign(name)].append(Evidence(spoken.at, spoken.mention_id, start, end))
    yield from said.items()


def _repeated(course: Course, rules: WarningRules) -> list[Evidence]:
    """Within the days before the newest message of this case."""
    newest = max((spoken.at for spoken in course.spoken), default=None)
    if newest is None:
        return []
    since = newest - rules.contact_window
    instants = (*course.contacts, *(spoken.at for spoken in course.spoken))
    return _contacts((at for at in instants if since <= at <= newest), rules.one_contact_within)


def _unanswered(course: Course, rules: WarningRules) -> list[Evidence]:
    return _contacts((spoken.at for spoken in _waiting(course)), rules.one_contact_within)


def _waiting(course: Course) -> list[Spoken]:
    """Messages since our last answer."""
    answered = max(course.answers, default=None)
    return [spoken for spoken in course.spoken if answered is None or spoken.at > answered]


def _contacts(instants: Iterable[datetime], within: timedelta) -> list[Evidence]:
    """What follows so soon on the message before it belongs to it."""
    found: list[Evidence] = []
    before: datetime | None = None
    for at in sorted(set(instants)):
        if before is None or at - before > within:
            found.append(Evidence(at))
        before = at
    return found


def _reopened(course: Course, rules: WarningRules) -> list[Evidence]:
    """Each closing after which they wrote, or somebody opened the case again, and each such act without one."""
    came_back = sorted({*course.reopenings, *(spoken.at for spoken in course.spoken)})
    closings = sorted(set(course.closings))
    found = set()
    for place, closed in enumerate(closings):
        until = closings[place + 1] if place + 1 < len(closings) else None
        after = (at for at in came_back if at >= closed and (until is None or at < until))
        first = next(after, None)
        if first is not None:
            found.add(first)
    if not closings:
        found |= set(course.reopenings)
    return [Evidence(at) for at in sorted(found)]


def _broken(course: Course, rules: WarningRules) -> list[Evidence]:
    return [Evidence(at) for at in course.broken]


def _tone_worse(course: Course, rules: WarningRules) -> list[Evidence]:
    """The median of the slopes between every two messages: one outlier does not move it."""
    tones: dict[datetime, list[float]] = {}
    for spoken in course.spoken:
        if spoken.tone is not None:
            tones.setdefault(spoken.at, []).append(spoken.tone)
    newest = sorted(tones)[-rules.tone_over :]
    if len(newest) < FEWEST_FOR_TONE:
        return []
    values = [fmean(sorted(tones[at])) for at in newest]
    slopes = [(values[two] - values[one]) / (two - one) for one, two in combinations(range(len(values)), 2)]
    rise = median(slopes) * (len(values) - 1)
    return [Evidence(newest[-1])] if rise >= rules.tone_rise else []


def _long_wait(course: Course, rules: WarningRules, working: WorkingTime) -> tuple[Evidence, datetime] | None:
    """The first message that waits for an answer, and when that has been long; None where none waits."""
    waiting = _waiting(course)
    if not waiting:
        return None
    first = min(waiting, key=lambda spoken: (spoken.at, spoken.mention_id))
    return Evidence(first.at, first.mention_id), working.after(first.at, rules.wait)


_LOOKS: dict[Sign, Callable[[Course, WarningRules], list[Evidence]]] = {
    Sign.REPEATED_CONTACT: _repeated,
    Sign.UNANSWERED_CONTACTS: _unanswered,
    Sign.TONE_WORSE: _tone_worse,
    Sign.REOPENED: _reopened,
    Sign.BROKEN_PROMISE: _broken,
}
