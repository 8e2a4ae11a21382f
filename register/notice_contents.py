"""Whether a notice holds what it must (RG 271.53-.55, .64-.70, .71-.75): what is missing, by paragraph and force.

It reads fields and words; whether an answer is fair, a finding right or a ground true is for a person to say.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from models.clock import Force
from models.complaint import DelayReason
from models.errors import RecordError, SetupError
from policy.notices import Element, Notices, Scheme
from policy.phrases import words_of
from register.notices import PLACEHOLDER, Draft, NoticeChannel, wrong_account

_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]+\s|\n|;")
_ADDRESS = re.compile(r"\S{1,99}@\S+|(?:https?://)?\w[\w-]{0,62}(?:\.[\w-]+){2,}\S*")
"""Of mail or of a page: the short name in it names nobody."""
_WRITTEN = frozenset({NoticeChannel.LETTER, NoticeChannel.EMAIL})


@dataclass(frozen=True, slots=True)
class Missing:
    key: str
    paragraph: str
    force: Force
    blocks: bool
    says: str
    """What must be there, and what of it is not."""


@dataclass(frozen=True, slots=True)
class Checked:
    missing: tuple[Missing, ...]

    @property
    def may_be_sent(self) -> bool:
        return not any(one.blocks for one in self.missing)

    @property
    def codes(self) -> tuple[str, ...]:
        """For the register: what is enforceable and missing, so that the notice is none."""
        return tuple(one.key for one in self.missing if one.force is Force.ENFORCEABLE)

    @property
    def fault(self) -> str | None:
        """Why it cannot be sent, naming all that is missing; None where it can."""
        holding = [f"{one.says} ({one.paragraph})" for one in self.missing if one.blocks]
        return f"Not sent. Missing: {'; '.join(holding)}." if holding else None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a notice is checked against."""

    notices: Notices
    pack: str
    brand_accounts: Mapping[str, Collection[str]] = field(default_factory=dict)
    message_is_written: bool = False
    """The firm decided that a private message is a written response (INTERP)."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A draft with its words taken apart."""

    draft: Draft
    rules: Rules
    scheme: Scheme | None
    folded: str
    sentences: tuple[str, ...]

    def holds(self, words: str) -> bool:
        """These very words stand in the text, however they are spaced and cased."""
        wanted = _folded(words)
        return bool(wanted) and f" {wanted} " in f" {self.folded} "

    def said_with(self, sentence: str) -> frozenset[str]:
        return frozenset(self.rules.notices.words.hits(sentence))

    def of_scheme(self) -> Iterator[str]:
        """The sentences that name the scheme."""
        if self.scheme is not None:
            names = [_folded(name) for name in (self.scheme.name, self.scheme.short_name, *self.scheme.names.values())]
            for sentence in self.sentences:
                folded = f" {_folded(sentence)} "
                if any(f" {name} " in folded for name in names):
                    yield sentence


def check(draft: Draft, rules: Rules) -> Checked:
    """Raises: RecordError for a pack whose notices must name a scheme of which nothing is known that day."""
    read = _read(draft, rules)
    elements = rules.notices.elements_for(
        draft.kind, pack=rules.pack, variant=draft.variant, outcome=draft.outcome, types=draft.types
    )
    if read.scheme is None and any(element.key == "scheme_right" for element in elements):
        raise RecordError(
            f"no dispute scheme of pack {rules.pack} in force on {draft.given_on}; add one to the schemes"
        )
    found = (_missing(element, read) for element in elements)
    return Checked(tuple(one for one in found if one is not None))


def tips_off(text: str, notices: Notices) -> tuple[str, ...]:
    """Words that would tell somebody of a suspicious-matter report; they are never sent, in public or in private."""
    return notices.words.hits(text).get("tipping_off", ())


def _read(draft: Draft, rules: Rules) -> _Read:
    return _Read(
        draft,
        rules,
        rules.notices.scheme(rules.pack, draft.given_on),
        _folded(draft.text),
        tuple(part for part in _SENTENCE_END.split(_ADDRESS.sub(" ", draft.text)) if part.strip()),
    )


def _folded(text: str) -> str:
    return " ".join(word.folded for word in words_of(text))


def _missing(element: Element, read: _Read) -> Missing | None:
    if element.key not in CHECKS:
        raise SetupError(f"contents of notices: no check is written for {element.key!r}; known: {', '.join(CHECKS)}")
    lacks = CHECKS[element.key](read)
    if lacks is None:
        return None
    says = f"{element.asks}: {lacks}" if lacks else element.asks
    force, blocks = element.force, element.blocks
    if element.key == "in_time" and _is_in_time_by_s36(read.draft):
        force, blocks = Force.EXPECTED, False
    return Missing(element.key, element.paragraph, force, blocks, says)


# Each gives None where the element is there, else what of it is not ("" where there is nothing to add).


def _placeholders(read: _Read) -> str | None:
    left = list(dict.fromkeys(PLACEHOLDER.findall(read.draft.text)))
    if not read.draft.text.strip():
        return "the text is empty"
    return f"fill in {', '.join(left)}" if left else None


def _no_tipping_off(read: _Read) -> str | None:
    said = tips_off(read.draft.text, read.rules.notices)
    return f"take out {', '.join(said)}" if said else None


def _not_in_public(read: _Read) -> str | None:
    return "" if read.draft.channel is NoticeChannel.PUBLIC_REPLY else None


def _right_account(read: _Read) -> str | None:
    return wrong_account(read.draft.brand, read.draft.account, read.rules.brand_accounts)


def _written(read: _Read) -> str | None:
    is_message = read.draft.channel is NoticeChannel.MESSAGE and read.rules.message_is_written
    return None if is_message or read.draft.channel in _WRITTEN else ""


def _reference(read: _Read) -> str | None:
    return None if read.holds(read.draft.reference) else ""


def _in_time(read: _Read) -> str | None:
    limit, given = read.draft.limit_on, read.draft.given_on
    return f"the limit ended on {limit}, it is {given}" if limit is not None and given > limit else None


def _is_in_time_by_s36(draft: Draft) -> bool:
    return draft.limit_s36_on is not None and draft.given_on <= draft.limit_s36_on


def _outcome(read: _Read) -> str | None:
    return None if read.draft.outcome is not None else ""


def _actions(read: _Read) -> str | None:
    return _passages(read, read.draft.actions)


def _reasons(read: _Read) -> str | None:
    return _passages(read, read.draft.reasons)


def _decision(read: _Read) -> str | None:
    return _passages(read, [read.draft.decision])


def _explanation(read: _Read) -> str | None:
    return _passages(read, [read.draft.explanation])


def _passages(read: _Read, passages: Collection[str]) -> str | None:
    given = [words for words in passages if words.strip()]
    if not given:
        return "none is given"
    left = sum(not read.holds(words) for words in given)
    return f"{left} of {len(given)} do not stand in the text" if left else None


def _issues(read: _Read) -> str | None:
    if not read.draft.issues and not read.draft.answers:
        return "no issue is listed"
    answered = {_folded(issue): answer for issue, answer in read.draft.answers}
    asked = dict.fromkeys((*read.draft.issues, *(issue for issue, _ in read.draft.answers)))
    open_issues = [issue for issue in asked if not read.holds(answered.get(_folded(issue), ""))]
    return f"nothing in the text answers {', '.join(open_issues)}" if open_issues else None


def _findings(read: _Read) -> str | None:
    unfounded = [found.fact for found in read.draft.findings if not found.relied_on.strip()]
    if unfounded:
        return f"{len(unfounded)} without the information relied on"
    return _passages(read, [part for found in read.draft.findings for part in (found.fact, found.relied_on)])


def _detail(read: _Read) -> str | None:
    said = " ".join([*read.draft.reasons, *(found.fact for found in read.draft.findings)])
    said = " ".join([said, *(answer for _, answer in read.draft.answers)])
    count, least = len(words_of(said)), read.rules.notices.least_detail_words
    return f"{count} words explain it, {least} are the least" if count < least else None


def _scheme_right(read: _Read) -> str | None:
    said = [read.said_with(sentence) for sentence in read.of_scheme()]
    if any("right_denied" in names for names in said):
        return "the text denies it"
    return None if any("right" in names for names in said) else ""


def _scheme_name(read: _Read) -> str | None:
    return None if read.scheme and read.holds(read.scheme.name) else read.scheme.name if read.scheme else ""


def _scheme_phone(read: _Read) -> str | None:
    if read.scheme is None:
        return ""
    digits = r"[ .\-()]{0,2}".join(re.sub(r"\D", "", read.scheme.phone))
    return None if re.search(rf"(?<!\d){digits}(?!\d)", read.draft.text) else read.scheme.phone


def _scheme_website(read: _Read) -> str | None:
    if read.scheme is None:
        return ""
    domain = re.escape(read.scheme.website.removeprefix("www."))
    there = re.search(rf"(?<![\w.@-])(?:https?://)?(?:www\.)?{domain}(?![\w-]|\.\w)", read.draft.text, re.IGNORECASE)
    return None if there else read.scheme.website


def _scheme_name_first(read: _Read) -> str | None:
    if read.scheme is None:
        return None
    text = f" {_folded(' '.join(read.sentences))} "
    full, short = (text.find(f" {_folded(name)} ") for name in (read.scheme.name, read.scheme.short_name))
    return "" if 0 <= short and not 0 <= full < short else None


def _limit_28_days(read: _Read) -> str | None:
    return None if any("days_28" in read.said_with(sentence) for sentence in read.of_scheme()) else ""


def _objection_28_days(read: _Read) -> str | None:
    said = (read.said_with(sentence) for sentence in read.sentences)
    return None if any({"days_28", "objection"} <= names for names in said) else ""


def _delay_ground(read: _Read) -> str | None:
    given = read.draft.delay_reasons
    unknown = [code for code in given if code not in set(DelayReason)]
    if unknown:
        return f"{', '.join(unknown)} is none; there are {', '.join(DelayReason)}"
    if not given:
        return "none is given"
    words = read.rules.notices.words
    said = (*words.hits(read.draft.explanation).get("no_ground", ()), *words.hits(read.draft.text).get("no_ground", ()))
    return f"“{said[0]}” is none" if said else None


def _delay_only(read: _Read) -> str | None:
    said = (read.said_with(sentence) for sentence in read.of_scheme())
    return None if any({"delay", "distribution", "only"} <= names for names in said) else ""


def _expected_on(read: _Read) -> str | None:
    return None if read.draft.expected_on is not None else ""


def _no_response_due(read: _Read) -> str | None:
    return ", ".join(code.value for code in read.draft.written_response) or None


CHECKS: Mapping[str, Callable[[_Read], str | None]] = {
    "placeholders": _placeholders,
    "no_tipping_off": _no_tipping_off,
    "not_in_public": _not_in_public,
    "right_account": _right_account,
    "written": _written,
    "reference": _reference,
    "in_time": _in_time,
    "outcome": _outcome,
    "actions": _actions,
    "reasons": _reasons,
    "decision": _decision,
    "explanation": _explanation,
    "issues": _issues,
    "findings": _findings,
    "detail": _detail,
    "scheme_right": _scheme_right,
    "scheme_name": _scheme_name,
    "scheme_phone": _scheme_phone,
    "scheme_website": _scheme_website,
    "scheme_name_first": _scheme_name_first,
    "limit_28_days": _limit_28_days,
    "objection_28_days": _objection_28_days,
    "delay_ground": _delay_ground,
    "delay_reasons": _explanation,
    "delay_only": _delay_only,
    "expected_on": _expected_on,
    "no_response_due": _no_response_due,
}
