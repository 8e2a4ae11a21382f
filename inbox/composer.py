"""The reply composer: which message is answered, how, within which limits, and what still keeps it from being sent."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from flow.crisis import covering
from inbox import wording
from inbox.addressing import facts_of
from inbox.answer import CHECKS, NOTHING_SEEN, Seen, with_found
from inbox.authority import approvers, deciders, named, nobody_may
from inbox.crisis_freeze import crisis_reasons, frozen, says_statement
from inbox.errors import bad_form
from inbox.languages import N_, _, say
from inbox.lengths import length
from inbox.promises import Fields, proposal_of, sent_fields, zone_of
from inbox.public_reply import Guarded
from inbox.safe_action import Standing, safe_action
from inbox.saved_replies import LANGUAGES, filled, fits, known, offered, ranked, unfilled
from inbox.status_link import MARK, example, why_no_link
from inbox.visit import Visit
from models import MayReply, Mention, Tier
from models.errors import EarshotError
from models.follow_up import STATUS_PAGE
from models.saved_reply import Audience, SavedReply
from policy.crisis_rules import load_crisis_rules
from store.accounts import User
from store.cases import StoredCase, StoredClock
from store.crises import Crisis
from store.drafts import Draft, DraftKind
from store.mentions import StoredMention
from store.store import Transaction
from triage.approval import Reason as ApprovalReason
from triage.approval import Written, approval_reasons
from triage.promises import Proposal

FORM_KEY = re.compile(r"[0-9a-f]{32}")
EXCERPT_CHARACTERS = 120
LONGEST_NOTE_CHARACTERS = 10_000
QUICK = 3
"""Saved replies that are one click away."""
MODES = PUBLIC, PRIVATE, NOTE = "public", "private", "note"
IN_PUBLIC = N_("What was said in private is not answered in public.")
FOR_APPROVAL = N_("Send for approval")
NO_PRIVATE = N_("The author cannot be answered privately from here.")


@dataclass(frozen=True, slots=True)
class Mode:
    """One of the three things that can be written here."""

    code: str
    name: str
    readers: str
    button: str
    why_not: str = ""

    @property
    def is_possible(self) -> bool:
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Offer:
    """A saved reply as it is offered for this message."""

    key: str
    title: str
    lang: str
    other_language: str
    """In words, where it does not speak the language of the message."""
    excerpt: str
    to_fill: list[str]
    only: str
    """`public` or `private` where it is for one of them only."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What the composer is built on that stands in the database."""

    replies: Sequence[SavedReply]
    """Retired ones, too."""
    clock: StoredClock | None
    """The next of the regulator's."""
    day: date
    is_trainee: bool = False
    """Whether who writes is in training."""
    no_link: str = ""
    """Why no link to the customer's own page can be given; empty where one can."""
    crisis: Crisis | None = None
    """That the case is in."""
    is_erased: bool = False
    """Whether the author asked to be forgotten; what had to stay of them is not used to address them."""
    deciders: Sequence[User] = ()
    """Who may approve what they write, whatever it names."""


@dataclass(frozen=True, slots=True)
class Composer:
    mention_id: str
    answers_who: str
    answers_what: str
    is_message_private: bool
    mode: str
    modes: list[Mode]
    may: MayReply
    text: str
    form_key: str
    """The same form sent twice carries the same key, so it is sent once."""
    saved: list[Offer]
    quick: list[Offer]
    language: str
    sink: str
    """The channel that carries the reply."""
    window: tuple[str, str] | None
    """How long the platform takes replies: (words, state)."""
    clock: tuple[str, str] | None
    """The regulator's next."""
    safe: str
    used: SavedReply | None = None
    """The saved reply that was put in."""
    is_used_offered: bool = True
    needs_checks: bool = False
    checks: Mapping[str, str] = field(default_factory=dict)
    seen: Seen = NOTHING_SEEN
    fault: str | None = None
    anyway: int | None = None
    """The answer that is there already, as its outbox row: the person has to say that theirs shall go all the same."""
    guarded: Guarded | None = None
    """What a public reply would give away; None for a private one."""
    tips_off: tuple[str, ...] = ()
    """Words that nobody may send to anybody."""
    wrong_account: str | None = None
    """Why this is no account to answer this complaint from."""
    approval: Mapping[str, Sequence[ApprovalReason]] = field(default_factory=dict)
    """Mode → why a reply of this kind has to be approved before it goes out; empty where it need not."""
    question: str = ""
    """To who approves it."""
    goes_to: str = ""
    """Who has the authority to approve it, or that nobody has."""
    crisis: Crisis | None = None
    """That the case is in: saved replies are frozen, and its owner approves what is not the holding statement."""
    promise: Fields = field(default_factory=Fields)
    """What is promised in this reply, as it was given."""
    proposal: Proposal | None = None
    """What it seems to promise."""
    zone: str = ""
    """In which dates are typed."""
    no_link: str = ""
    link_example: str = MARK
    """What stands in for the status link when the text is counted."""

    @property
    def is_private(self) -> bool:
        return self.mode == PRIVATE

    @property
    def is_note(self) -> bool:
        return self.mode == NOTE

    @property
    def length(self) -> int:
        return length(self.sink, self.text.replace(MARK, self.link_example), is_private=self.is_private)

    @property
    def most(self) -> int | None:
        """How long the text may be in this mode, where that is known."""
        return LONGEST_NOTE_CHARACTERS if self.is_note else self.may.max_characters

    @property
    def checklist(self) -> Mapping[str, str]:
        return CHECKS

    @property
    def limits(self) -> dict[str, int]:
        """Of the modes whose limit is known; the channel is asked for the other once it is chosen."""
        spoken = PRIVATE if self.is_private or (self.is_note and self.is_message_private) else PUBLIC
        known = {} if self.may.max_characters is None else {spoken: self.may.max_characters}
        return known | {NOTE: LONGEST_NOTE_CHARACTERS}

    @property
    def to_fill(self) -> list[str]:
        return unfilled(self.text)

    def checked(self, answer: str) -> list[str]:
        return [code for code in CHECKS if self.checks.get(code) == answer]


def basis_of(visit: Visit, transaction: Transaction, case: StoredCase) -> Basis:
    crisis = covering(transaction, case, load_crisis_rules()) if visit.crises else None
    replies = frozen(known(transaction, visit.inbox.saved_replies), crisis, case.decision.label)
    is_trainee = visit.user is not None and transaction.approvals.is_trainee(visit.user.id)
    clock = transaction.cases.next_clocks([case.id]).get(case.id)
    who_decides = deciders(transaction, visit.user.id) if visit.user is not None else []
    no_link = why_no_link(visit, transaction, case)
    is_erased = case.author_key is not None and bool(transaction.erasures.erased_at([case.author_key]))
    return Basis(replies, clock, today(visit), is_trainee, no_link, crisis, is_erased, who_decides)


def today(visit: Visit) -> date:
    """Where the firm is."""
    return visit.now.astimezone(visit.inbox.policy.zone).date()


def composer_for(
    visit: Visit, case: StoredCase, mentions: Sequence[StoredMention], drafts: Sequence[Draft], basis: Basis
) -> Composer | None:
    """For the message asked for, else for the one this person began to answer, else for the author's newest; with what
    was begun. None where nobody may write here.
    """
    if not visit.may_act or not mentions:
        return None
    wanted = visit.query("reply_to") or next((one.mention_id for one in drafts if one.kind is DraftKind.REPLY), "")
    mentions = [item for item in mentions if item.mention.channel != STATUS_PAGE] or mentions
    theirs = [item for item in mentions if item.author_key == case.author_key]
    item = next((item for item in mentions if item.mention.id == wanted), (theirs or mentions)[-1])
    mode = visit.query("mode") if visit.query("mode") in MODES else None
    draft = _draft_for(drafts, item, mode)
    reply = next((one for one in offered(basis.replies, basis.day) if one.key == visit.query("saved")), None)
    text, form_key = draft.text if draft else "", secrets.token_hex(16)
    if draft is not None:
        mode = NOTE if draft.kind is DraftKind.NOTE else mode or (PRIVATE if draft.is_private else PUBLIC)
        form_key = draft.form_key if draft.kind is DraftKind.REPLY else form_key
    if reply is not None:
        is_private = item.mention.is_private or PRIVATE in (mode, reply.audience.value)
        text = Words(visit, case, item, basis, is_private).after(text, reply, None, item.mention.lang)
    checks, seen = with_found(text, {}, ())
    built = build(visit, case, item, basis, text=text, mode=mode, form_key=form_key, used=reply)
    return replace(built, checks=checks, seen=seen)


def _draft_for(drafts: Sequence[Draft], item: StoredMention, mode: str | None) -> Draft | None:
    """A note never turns into a reply: it comes back as a note, where no reply to this message was begun."""
    note = next((one for one in drafts if one.kind is DraftKind.NOTE), None)
    reply = next((one for one in drafts if one.kind is DraftKind.REPLY and one.mention_id == item.mention.id), None)
    return note if mode == NOTE else reply if mode else reply or note


def build(
    visit: Visit,
    case: StoredCase,
    item: StoredMention,
    basis: Basis,
    *,
    text: str,
    mode: str | None,
    form_key: str,
    used: SavedReply | None = None,
) -> Composer:
    """`mode` None: the way it was said, or whatever is possible."""
    mention = item.mention
    asked_private = None if mode in (None, NOTE) else mode == PRIVATE
    may = may_reply(visit, mention, is_private=None if asked_private is mention.is_private else asked_private)
    approval = _approval(visit, case, basis, text)
    modes = [_to_approve(one, approval) for one in modes_of(mention, may, asked_private)]
    possible = {one.code for one in modes if one.is_possible}
    chosen = mode or _first_mode(mention, possible)
    saved, fitting = _offers(Words(visit, case, item, basis, mention.is_private or chosen == PRIVATE))
    standing = Standing(
        PUBLIC in possible,
        PRIVATE in possible,
        may.until if may.allowed else None,
        basis.clock,
        case.decision.is_complaint,
        case.decision.tags,
    )
    return Composer(
        mention_id=mention.id,
        answers_who=who(mention),
        answers_what=" ".join(mention.text[: EXCERPT_CHARACTERS * 2].split())[:EXCERPT_CHARACTERS],
        is_message_private=mention.is_private,
        mode=chosen,
        modes=modes,
        may=may,
        text=text,
        form_key=form_key,
        saved=saved,
        quick=fitting[:QUICK],
        language=(mention.lang or "")[:2],
        sink=_sink(visit, mention),
        window=wording.due(may.until, visit.now, _("closes")) if may.until and may.allowed else None,
        clock=_clock_words(basis.clock, visit.now),
        safe=safe_action(standing, now=visit.now),
        used=used,
        is_used_offered=used is None or used.is_offered(basis.day),
        needs_checks=(case.decision.tier is Tier.HIGH_PRIORITY or case.decision.is_complaint)
        and not says_statement(basis.crisis, text),
        crisis=basis.crisis,
        approval=approval,
        goes_to=_goes_to(visit, basis, text) if any(approval.values()) else "",
        promise=sent_fields(visit),
        proposal=proposal_of(visit, text),
        zone=zone_of(visit).key,
        no_link=basis.no_link,
        link_example=example(visit),
    )


def _approval(visit: Visit, case: StoredCase, basis: Basis, text: str) -> dict[str, Sequence[ApprovalReason]]:
    rules, in_crisis = visit.inbox.approval_rules, crisis_reasons(basis.crisis)
    if says_statement(basis.crisis, text):
        return {}
    return {
        mode: in_crisis
        + approval_reasons(Written(text, mode == PRIVATE, visit.role.value, basis.is_trainee), case.decision, rules)
        for mode in (PUBLIC, PRIVATE)
    }


def _goes_to(visit: Visit, basis: Basis, text: str) -> str:
    rules = visit.inbox.approval_rules
    found = approvers(basis.deciders, text, rules)
    return named(found) if found else nobody_may(text, rules) if basis.deciders else ""


def _to_approve(mode: Mode, approval: Mapping[str, Sequence[ApprovalReason]]) -> Mode:
    return replace(mode, button=say(FOR_APPROVAL)) if approval.get(mode.code) else mode


def _first_mode(mention: Mention, possible: set[str]) -> str:
    wanted = (PRIVATE, NOTE) if mention.is_private else (PUBLIC, PRIVATE, NOTE)
    return next(mode for mode in wanted if mode in possible)


def modes_of(mention: Mention, may: MayReply, asked_private: bool | None = None) -> list[Mode]:
    """`may`: what the channel says of the way asked for; of the other way only what it tells besides."""
    reason = may.reason or _("The channel does not allow it.")
    is_private = mention.is_private if asked_private is None else asked_private
    public = say(IN_PUBLIC) if mention.is_private else reason if not (may.allowed or is_private) else ""
    private = say(NO_PRIVATE) if not may.takes_private else reason if is_private and not may.allowed else ""
    if mention.is_private and may.allowed:
        private = ""
    return [
        Mode(PUBLIC, _("Public reply"), _("everybody can read it"), _("Send in public"), public),
        Mode(PRIVATE, _("Private reply"), _("only this person reads it"), _("Send in private"), private),
        Mode(NOTE, _("Internal note"), _("only people here read it; nothing is sent"), _("Keep the note")),
    ]


def _offers(words: "Words") -> tuple[list[Offer], list[Offer]]:
    """All that may be used today, the most fitting first, and of them those that fit the case."""
    label, tags = words.case.decision.label, words.case.decision.tags
    replies = ranked(offered(words.basis.replies, words.basis.day), label=label, tags=tags)
    offers = [(reply, _offer(words, reply, words.item.mention)) for reply in replies]
    return [offer for _, offer in offers], [offer for reply, offer in offers if fits(reply, label=label, tags=tags)]


def _offer(words: "Words", reply: SavedReply, mention: Mention) -> Offer:
    spoken, wanted = reply.language(mention.lang), (mention.lang or "")[:2]
    text = words.of(reply, mention.lang)
    return Offer(
        reply.key,
        reply.title,
        spoken,
        "" if spoken == wanted or wanted not in LANGUAGES else LANGUAGES.get(spoken, spoken),
        text if len(text) <= EXCERPT_CHARACTERS else text[:EXCERPT_CHARACTERS].rstrip() + " …",
        unfilled(text),
        "" if reply.audience is Audience.EITHER else reply.audience.value,
    )


def _clock_words(clock: StoredClock | None, now: datetime) -> tuple[str, str] | None:
    return wording.due(clock.due_at, now, wording.clock(clock.key)) if clock is not None else None


def may_reply(visit: Visit, mention: Mention, *, is_private: bool | None = None) -> MayReply:
    """What the channel says; a channel that cannot be opened says no, with its own reason."""
    try:
        return visit.inbox.channel(mention.channel).may_reply(mention, is_private=is_private)
    except EarshotError as error:
        return MayReply(allowed=False, reason=str(error))


def _sink(visit: Visit, mention: Mention) -> str:
    try:
        return visit.inbox.channel(mention.channel).name
    except EarshotError:
        return mention.channel


def who(mention: Mention) -> str:
    return (
        (mention.author.handle or mention.author.name or mention.author.id) if mention.author else _("unknown author")
    )


def sent_form_key(visit: Visit) -> str:
    """Raises: RefusedError where it is none of ours."""
    key = visit.field("form_key")
    if not FORM_KEY.fullmatch(key):
        raise bad_form(_("its key is not one of ours"))
    return key


@dataclass(frozen=True)
class Words:
    """Saved replies with what we know filled in."""

    visit: Visit
    case: StoredCase
    item: StoredMention
    """That is answered."""
    basis: Basis
    is_private: bool

    def of(self, reply: SavedReply, language: str | None) -> str:
        """In the language of the message."""
        is_private = self.is_private or reply.audience is Audience.PRIVATE
        return filled(reply.text(language), self._facts[is_private])

    @cached_property
    def _facts(self) -> Mapping[bool, Mapping[str, str]]:
        """In private or not; the same for every reply."""
        of, is_erased = (self.visit, self.case, self.item), self.basis.is_erased
        return {is_private: facts_of(*of, is_private=is_private, is_erased=is_erased) for is_private in (False, True)}

    def after(self, draft: str, reply: SavedReply, used: SavedReply | None, language: str | None) -> str:
        """The draft with the saved reply after it; another saved reply that stands there untouched gives way to it."""
        both = (self, replace(self, is_private=not self.is_private)) if used is not None else ()
        is_untouched = used is not None and draft.strip() in [each.of(used, language).strip() for each in both]
        text = self.of(reply, language)
        return text if is_untouched or not draft.strip() else f"{draft.rstrip()}\n\n{text}"
