"""A notice to a complainant: what is known of it, and its words from a template."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.complaint import Outcome, WrittenResponse
from models.errors import RecordError
from policy.notices import NoticeForm, NoticeKind, Notices, Scheme, Template, placeholders_in

PLACEHOLDER = re.compile(r"\{([^\W\d]\w*)\}")
DEATH_BENEFIT = "death_benefit_objection"
_PARAGRAPH = "\n\n"
_SCHEME = "scheme_"


class NoticeChannel(StrEnum):
    LETTER = "letter"
    EMAIL = "email"
    MESSAGE = "message"
    """A private message on a social channel."""
    PUBLIC_REPLY = "public_reply"

    @property
    def form(self) -> NoticeForm:
        return NoticeForm.LETTER if self in (NoticeChannel.LETTER, NoticeChannel.EMAIL) else NoticeForm.MESSAGE


@dataclass(frozen=True, slots=True)
class Finding:
    """A material fact, and the information that it rests on (RG 271.54(b))."""

    fact: str
    relied_on: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice before it is sent: what was decided, field by field, and the words as they stand."""

    kind: NoticeKind
    channel: NoticeChannel
    language: str
    given_on: date
    """Local day on which it is given."""
    text: str = ""
    variant: str = ""
    """See `Template.variant`; an IDR response takes its outcome, a delay notice its complaint type."""
    types: tuple[str, ...] = ("standard",)
    reference: str = ""
    outcome: Outcome | None = None
    actions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    decision: str = ""
    """Of a death benefit: what was decided, or is proposed."""
    issues: tuple[str, ...] = ()
    """What was raised, as the register has it."""
    answers: tuple[tuple[str, str], ...] = ()
    """Issue, and what is answered to it."""
    findings: tuple[Finding, ...] = ()
    delay_reasons: tuple[str, ...] = ()
    """Codes of `DelayReason`, as they were given."""
    explanation: str = ""
    expected_on: date | None = None
    limit_on: date | None = None
    """Last local day in time."""
    limit_s36_on: date | None = None
    """The same, moved to the next business day (INTERP): between the two it is late, and no breach."""
    written_response: tuple[WrittenResponse, ...] = ()
    """Why a written response is due however early it was closed."""
    brand: str | None = None
    account: str = ""
    """That it leaves from."""

    @property
    def template_variant(self) -> str:
        if self.kind is NoticeKind.IDR_RESPONSE:
            return self.outcome.value if self.outcome else self.variant
        if self.kind is NoticeKind.DELAY_NOTICE and DEATH_BENEFIT in self.types:
            return "death_benefit"
        return self.variant


@dataclass(frozen=True, slots=True)
class Composed:
    subject: str
    text: str
    version: str
    """Of the template and of the scheme's record: what `Complaints.respond` keeps as `notice_version`."""


def compose(draft: Draft, notices: Notices, known: Mapping[str, str], *, pack: str) -> Composed:
    """The words of the template in force, filled in. What the fields of the draft say need not be in `known`.

    Raises: RecordError naming every placeholder that nothing fills, or a template that does not exist.
    """
    template = notices.template(
        draft.kind,
        language=draft.language,
        form=draft.channel.form,
        on=draft.given_on,
        variant=draft.template_variant,
    )
    scheme = notices.scheme(pack, draft.given_on)
    if set(draft.types) <= _without_scheme(notices, draft, pack):
        scheme = None
    values = {**known, **_said(draft, notices, template.language), **_of_scheme(scheme, template.language)}
    return Composed(
        subject=render(template.subject, values),
        text=render(_for(template, scheme), values),
        version=f"{template.title}; {scheme.key} {scheme.from_on}" if scheme else template.title,
    )


def render(text: str, values: Mapping[str, str]) -> str:
    """In one pass: a brace that a value brings in fills nothing.

    Raises: RecordError naming every placeholder that nothing fills.
    """
    left = sorted(name for name in placeholders_in(text) if not values.get(name, "").strip())
    if left:
        raise RecordError(f"fill in {', '.join(f'{{{name}}}' for name in left)} before this notice is written")
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)


def wrong_account(brand: str | None, account: str, accounts: Mapping[str, Collection[str]]) -> str | None:
    """Why an answer must not leave from this account, or None. A brand without accounts in the settings passes."""
    own = next((found for name, found in accounts.items() if brand and name.casefold() == brand.casefold()), None)
    if own is None or account.lstrip("@").casefold() in {one.lstrip("@").casefold() for one in own}:
        return None
    known = ", ".join(sorted(own))
    return f"The complaint is about {brand}, and {account or 'this account'} is not one of its accounts: {known}."


def _without_scheme(notices: Notices, draft: Draft, pack: str) -> frozenset[str]:
    """Complaint types that the rules do not send to the scheme."""
    rights = [item for item in notices.elements if item.key == "scheme_right" and draft.kind in item.kinds]
    return frozenset().union(*(item.except_types for item in rights if pack in item.packs))


def _for(template: Template, scheme: Scheme | None) -> str:
    """Without the paragraphs about the scheme where there is none."""
    paragraphs = template.text.split(_PARAGRAPH)
    return _PARAGRAPH.join(part for part in paragraphs if scheme is not None or f"{{{_SCHEME}" not in part)


def _of_scheme(scheme: Scheme | None, language: str) -> dict[str, str]:
    if scheme is None:
        return {}
    return {
        "scheme_name": scheme.name,
        "scheme_name_translated": scheme.names.get(language, scheme.name),
        "scheme_short_name": scheme.short_name,
        "scheme_website": scheme.website,
        "scheme_phone": scheme.phone,
        "scheme_email": scheme.email,
        "scheme_post": scheme.post,
    }


def _said(draft: Draft, notices: Notices, language: str) -> dict[str, str]:
    """What the fields of the draft say, as it stands in a text; nothing for what is empty."""
    relied_on = notices.relied_on.get(language, "")
    said = {
        "reference": draft.reference,
        "decision": draft.decision,
        "explanation": draft.explanation,
        "actions": _listed(draft.actions),
        "reasons": _listed(draft.reasons),
        "issues": "\n".join(f"{place}. {issue}: {answer}" for place, (issue, answer) in enumerate(draft.answers, 1)),
        "findings": _listed(f"{found.fact} {relied_on} {found.relied_on}" for found in draft.findings),
        "expected_on": notices.spoken_date(draft.expected_on, language) if draft.expected_on else "",
        "respond_by": notices.spoken_date(draft.limit_on, language) if draft.limit_on else "",
    }
    return {name: text for name, text in said.items() if text.strip()}


def _listed(lines: Iterable[str]) -> str:
    """One line as it is; several each on its own."""
    kept = [line.strip() for line in lines if line.strip()]
    return kept[0] if len(kept) == 1 else "\n".join(f"– {line}" for line in kept)
