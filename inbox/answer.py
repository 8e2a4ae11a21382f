"""The checklist of an answer in an escalated case, which ticks what its words say, and hints about its tone."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from inbox.languages import N_, Sayings
from inbox.visit import Visit
from policy.answer_rules import AnswerRules, load_answer_rules
from triage.answer import Hint, look_at

CHECKS = Sayings(
    {
        "steps": N_("Steps so far"),
        "error": N_("Our error, where there was one"),
        "apology": N_("An apology"),
        "timeline": N_("When they hear from us"),
        "contact": N_("Whom they can reach, and how"),
    }
)
"""What the answer in an escalated case says, or does not need to say."""
SAID, NOT_NEEDED = "said", "not_needed"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in the words of an answer."""

    found: Mapping[str, str]
    """Code of a check → the words that say it."""
    ticked: tuple[str, ...]
    """Checks that their words ticked, not a person."""
    hints: tuple[Hint, ...]


NOTHING_SEEN = Seen({}, (), ())


@cache
def answer_rules() -> AnswerRules:
    return load_answer_rules()


def sent_checks(visit: Visit) -> dict[str, str]:
    """The answers to the checklist, as far as they were given."""
    given = {code: visit.form.get(f"check.{code}", "") for code in CHECKS}
    return {code: answer for code, answer in given.items() if answer in (SAID, NOT_NEEDED)}


def with_found(text: str, given: Mapping[str, str], ticked: tuple[str, ...]) -> tuple[dict[str, str], Seen]:
    """The answers, where words tick what nobody answered; a tick of theirs goes when they go."""
    looked = look_at(text, answer_rules())
    kept = {code: one for code, one in given.items() if one != SAID or code not in ticked or code in looked.said}
    ours = tuple(code for code in looked.said if code not in kept or (kept[code] == SAID and code in ticked))
    return kept | dict.fromkeys(ours, SAID), Seen(looked.said, ours, looked.hints)


def ticked_of(visit: Visit) -> tuple[str, ...]:
    """Which of the form's ticks were set by the words."""
    return tuple(code for code in visit.form.get("ticked", "").split() if code in CHECKS)
