"""A notice while it is written: what its kind asks for, its words with what is known filled in, and what it lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flow.complaint_clocks import dues_of
from inbox.complaints import words
from inbox.complaints.forms import (
    LONGEST_TEXT_CHARACTERS,
    Choice,
    Field,
    Part,
    Sent,
    Setting,
    Sort,
    choices,
    when,
)
from inbox.languages import N_, Sayings, _
from models.clock import ACKNOWLEDGE, CLOSE, RESPOND, Due
from models.complaint import DelayReason, Outcome
from models.errors import RecordError
from policy.notices import LANGUAGES, NoticeKind, Notices
from register.notice_contents import Checked, Rules, check
from register.notices import Draft, Finding, NoticeChannel, compose
from register.transitions import Act, why_not, written_response_needed

TITLES: Mapping[NoticeKind, str] = Sayings(
    {
        NoticeKind.ACKNOWLEDGEMENT: N_("Acknowledgement"),
        NoticeKind.IDR_RESPONSE: N_("IDR response"),
        NoticeKind.DELAY_NOTICE: N_("Delay notice"),
        NoticeKind.HARDSHIP_REFUSAL: N_("Refusal of a hardship request"),
        NoticeKind.DEATH_BENEFIT_DECISION: N_("Decision on a death benefit"),
        NoticeKind.HOLDING_REPLY: N_("Holding reply"),
        NoticeKind.FIVE_DAY_CLOSURE: N_("Closed within five business days"),
    }
)
RECORDS: Mapping[NoticeKind, Act] = {
    NoticeKind.ACKNOWLEDGEMENT: Act.ACKNOWLEDGE,
    NoticeKind.IDR_RESPONSE: Act.RESPOND,
    NoticeKind.HARDSHIP_REFUSAL: Act.RESPOND,
    NoticeKind.DEATH_BENEFIT_DECISION: Act.RESPOND,
    NoticeKind.DELAY_NOTICE: Act.NOTIFY_DELAY,
}
"""What a notice does to the complaint; the others do nothing by themselves."""
ONLY_FOR: Mapping[NoticeKind, frozenset[str]] = {
    NoticeKind.HARDSHIP_REFUSAL: frozenset({"credit_hardship", "credit_postponement"}),
    NoticeKind.DEATH_BENEFIT_DECISION: frozenset({"death_benefit_objection"}),
}
LIMITS: Mapping[NoticeKind, str] = {
    NoticeKind.ACKNOWLEDGEMENT: ACKNOWLEDGE,
    NoticeKind.FIVE_DAY_CLOSURE: CLOSE,
}
"""For which purpose the clock runs within which it is given; for all others it is the response."""
VARIANTS: Mapping[NoticeKind, tuple[Choice, ...]] = {
    NoticeKind.FIVE_DAY_CLOSURE: (
        Choice("5bd_satisfied", N_("resolved to their satisfaction")),
        Choice("5bd_explained", N_("explained or apologised")),
    ),
    NoticeKind.DEATH_BENEFIT_DECISION: (
        Choice("decision", N_("a decision on the objection")),
        Choice("new_proposal", N_("a new proposal")),
    ),
}
SPOKEN = Sayings({"en": N_("English"), "tr": N_("Turkish"), "bg": N_("Bulgarian")})
WAYS: Mapping[NoticeChannel, str] = Sayings(
    {
        NoticeChannel.LETTER: N_("Letter"),
        NoticeChannel.EMAIL: N_("E-mail"),
        NoticeChannel.MESSAGE: N_("Private message"),
    }
)


@dataclass(frozen=True, slots=True)
class Writing:
    """What a notice of one complaint is written from."""

    setting: Setting
    notices: Notices
    rules: Rules
    person: str
    firm: str
    contact: str
    addressee: str
    """Who is written to: the representative where there is one."""
    account: str


@dataclass(frozen=True, slots=True)
class Asked:
    """How a notice is begun."""

    kind: NoticeKind
    language: str
    channel: NoticeChannel


def kinds_of(setting: Setting) -> list[tuple[NoticeKind, str | None]]:
    """Kinds that concern the complaint, each with why it is not possible now."""
    types = set(setting.life.types)
    fitting = [kind for kind in TITLES if kind not in ONLY_FOR or ONLY_FOR[kind] & types]
    return [(kind, _why_not(setting, kind)) for kind in fitting]


def _why_not(setting: Setting, kind: NoticeKind) -> str | None:
    act = RECORDS.get(kind, Act.CLOSE if kind is NoticeKind.FIVE_DAY_CLOSURE else Act.NOTIFY_DELAY)
    return why_not(setting.life, act)


def asked_of(values: Mapping[str, str], setting: Setting) -> Asked:
    """Raises: RecordError."""
    spoken = (setting.life.language or "")[:2]
    language = values.get("language") or (spoken if spoken in LANGUAGES else LANGUAGES[0])
    kind, channel = values.get("notice", ""), values.get("way") or NoticeChannel.LETTER.value
    if kind not in set(NoticeKind) or language not in LANGUAGES or channel not in {way.value for way in WAYS}:
        raise RecordError(
            _(
                "%(kind)s in %(language)s by %(channel)s is no notice that is known here",
                kind=repr(kind[:40]),
                language=repr(language[:10]),
                channel=repr(channel[:20]),
            )
        )
    return Asked(NoticeKind(kind), language, NoticeChannel(channel))


def parts_of(writing: Writing, asked: Asked) -> tuple[Part, ...]:
    fields = (*_address(writing, asked), *_substance(writing, asked.kind))
    text = Field("text", _("The words"), Sort.LONG, rows=14, hint=_("Copy them from here for a letter or an e-mail."))
    given = (when(_("When it was given, if not now")),) if asked.kind in RECORDS else ()
    return (Part(fields), Part((text, *given)))


def _address(writing: Writing, asked: Asked) -> tuple[Field, ...]:
    languages = tuple(Choice(code, SPOKEN.get(code, code)) for code in LANGUAGES)
    ways = tuple(Choice(way.value, title) for way, title in WAYS.items())
    return (
        Field("language", _("Language"), Sort.SELECT, is_needed=True, value=asked.language, choices=languages),
        Field("way", _("Channel"), Sort.SELECT, is_needed=True, value=asked.channel.value, choices=ways),
        Field("name", _("Addressed to"), value=writing.addressee),
        Field("contact", _("How to reach us"), value=writing.contact),
    )


def _substance(writing: Writing, kind: NoticeKind) -> tuple[Field, ...]:
    """What the law asks of this kind, one field each."""
    outcome = Field("outcome", _("Outcome"), Sort.SELECT, is_needed=True, choices=choices(words.OUTCOMES))
    variant = Field("variant", _("Which sort"), Sort.SELECT, is_needed=True, choices=VARIANTS.get(kind, ()))
    actions = Field("actions", _("What we did, and what settles it"), Sort.LONG, hint=_("One a line."))
    reasons = Field("reasons", _("Our reasons"), Sort.LONG, hint=_("One a line."))
    issues = Field(
        "issues",
        _("What they raised, and our answer to each"),
        Sort.LONG,
        hint=_("One a line: issue, colon, answer."),
        value="\n".join(f"{issue}: " for issue in writing.setting.life.issues),
    )
    findings = Field(
        "findings",
        _("What we found, and what that rests on"),
        Sort.LONG,
        hint=_("One a line: finding, a vertical bar |, the information relied on."),
    )
    decision = Field("decision", _("What was decided or is proposed"), Sort.LONG, rows=2)
    expected = Field("expected_on", _("When we expect to answer"), Sort.DAY)
    grounds = Field(
        "grounds",
        _("Ground"),
        Sort.MANY,
        choices=choices(words.REASONS),
        hint=_("A busy week or missing staff is none (RG 271.143)."),
    )
    explanation = Field("explanation", _EXPLANATIONS.get(kind, ""), Sort.LONG, hint=_examples(writing, kind))
    return {
        NoticeKind.ACKNOWLEDGEMENT: (),
        NoticeKind.IDR_RESPONSE: (outcome, actions, reasons, issues, findings),
        NoticeKind.HARDSHIP_REFUSAL: (reasons,),
        NoticeKind.DEATH_BENEFIT_DECISION: (variant, outcome, decision, reasons, issues, findings),
        NoticeKind.DELAY_NOTICE: (grounds, explanation, expected),
        NoticeKind.HOLDING_REPLY: (explanation, expected),
        NoticeKind.FIVE_DAY_CLOSURE: (variant, actions, explanation),
    }[kind]


_EXPLANATIONS = Sayings(
    {
        NoticeKind.DELAY_NOTICE: N_("What delays it, in plain words"),
        NoticeKind.HOLDING_REPLY: N_("Where it stands"),
        NoticeKind.FIVE_DAY_CLOSURE: N_("The explanation or the apology"),
    }
)


def _examples(writing: Writing, kind: NoticeKind) -> str:
    if kind is not NoticeKind.DELAY_NOTICE:
        return ""
    examples = [ground.text.get(LANGUAGES[0], "") for ground in writing.notices.grounds]
    return (
        _("For example: %(what)s.", what="; ".join(text.rstrip(".") for text in examples if text)) if examples else ""
    )


def draft_of(writing: Writing, asked: Asked, sent: Sent) -> Draft:
    """Raises: RecordError for what cannot be read."""
    life, policy = writing.setting.life, writing.setting.policy
    at = sent.moment("at") or sent.now
    found = dues_of(life, policy)
    dues = {due.key: due.on for due in found}
    limit = _limit_key(asked.kind, found)
    return Draft(
        kind=asked.kind,
        channel=asked.channel,
        language=asked.language,
        given_on=at.astimezone(policy.zone).date(),
        text=sent.text("text", longest=LONGEST_TEXT_CHARACTERS),
        variant=sent.text("variant"),
        types=life.types,
        reference=life.complaint_id,
        outcome=_outcome(asked.kind, sent),
        actions=_lines(sent, "actions"),
        reasons=_lines(sent, "reasons"),
        decision=sent.text("decision", longest=LONGEST_TEXT_CHARACTERS),
        issues=life.issues,
        answers=tuple(_pair(line, ":") for line in _lines(sent, "issues")),
        findings=tuple(Finding(*_pair(line, "|")) for line in _lines(sent, "findings")),
        delay_reasons=tuple(code.value for code in sent.many("grounds", DelayReason)),
        explanation=sent.text("explanation", longest=LONGEST_TEXT_CHARACTERS),
        expected_on=sent.day("expected_on"),
        limit_on=dues.get(limit),
        limit_s36_on=dues.get(f"{limit}_s36"),
        written_response=written_response_needed(life),
        brand=life.brand,
        account=writing.account,
    )


def _limit_key(kind: NoticeKind, dues: Sequence[Due]) -> str:
    purpose = LIMITS.get(kind)
    if purpose is None:
        return RESPOND
    return next((due.key for due in reversed(dues) if due.key.startswith(purpose)), "")


def _outcome(kind: NoticeKind, sent: Sent) -> Outcome | None:
    if kind is NoticeKind.HARDSHIP_REFUSAL:
        return Outcome.REJECTED
    return sent.one_or_none("outcome", Outcome)


def _lines(sent: Sent, name: str) -> tuple[str, ...]:
    given = sent.text(name, longest=LONGEST_TEXT_CHARACTERS)
    return tuple(line.strip() for line in given.splitlines() if line.strip())


def _pair(line: str, mark: str) -> tuple[str, str]:
    first, _, second = line.partition(mark)
    return first.strip(), second.strip()


def checked(writing: Writing, draft: Draft) -> Checked:
    return check(draft, writing.rules)


def written(writing: Writing, draft: Draft, sent: Sent) -> tuple[str, str]:
    """The template's words with what is known filled in, placeholders left for the rest; and the template's version.

    Raises: RecordError where there is no such template.
    """
    known = {
        "name": sent.text("name"),
        "contact": sent.text("contact"),
        "agent": writing.person,
        "firm": writing.firm,
        "received_on": writing.notices.spoken_date(writing.setting.life.received_on, draft.language),
        "respond_by": _respond_by(writing, draft.language),
        "closed_on": writing.notices.spoken_date(draft.given_on, draft.language),
    }
    left = {name: f"{{{name}}}" for template in writing.notices.templates for name in template.needs}
    values = left | {name: value for name, value in known.items() if value}
    composed = compose(draft, writing.notices, values, pack=writing.rules.pack)
    text = f"{composed.subject}\n\n{composed.text.strip()}" if composed.subject else composed.text.strip()
    return text, composed.version


def _respond_by(writing: Writing, language: str) -> str:
    life = writing.setting.life
    on: date | None = {due.key: due.on for due in dues_of(life, writing.setting.policy)}.get(RESPOND)
    return writing.notices.spoken_date(on, language) if on else ""
