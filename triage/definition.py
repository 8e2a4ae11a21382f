"""The test whether a message is a complaint under the pack, as a record of limbs.

The author's bad faith and the abuse in the text are no inputs here (RG 271.31, .170): rude is not noise, and a troll
with a real issue has a real issue.
"""

from dataclasses import dataclass

from models.author import Author
from models.case import Definition, Limb, LimbVerdict
from models.errors import RecordError
from models.mention import Kind, Mention
from models.verdict import Verdict
from policy.house import ContactableBy, DefinitionRule, IdentifiableBy, Said, ThirdPartyPosts, UnknownLimbs
from policy.loading import Policy
from triage.addressed import told_to_us

_EXPRESSION = "expression_of_dissatisfaction"
_CHANNEL = "channel_owned_or_controlled"
_CONTACTABLE = "author_contactable"
_MAY_BE_LEARNT = frozenset({"about_us", "response_expected", "author_identifiable", _CONTACTABLE})
"""Limbs that another message of the same author can answer; what was said, and where, it cannot change."""
_Answer = tuple[LimbVerdict, str]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the message was judged to be, and by whom."""

    said: Said
    complaint_score: float
    classifier: str
    person: str | None
    """Who gave `said`; None when the classifier did."""

    @property
    def decided_by(self) -> str:
        return f"person:{self.person}" if self.person else f"classifier:{self.classifier}"


@dataclass(frozen=True, slots=True)
class LearntSince:
    """What the same author made known in other messages, after or before this one."""

    wrote_in_private: bool = False
    """To our account: they can be answered there."""
    others: tuple[Definition, ...] = ()
    """Tests of their other messages in the same conversation."""

    def meets(self, limb: str) -> bool:
        return any(one.name == limb and one.verdict is LimbVerdict.MET for other in self.others for one in other.limbs)


NOTHING_ELSE = LearntSince()


def judgement_of(verdict: Verdict, *, person_label: str | None, person: str | None) -> Judgement:
    """The classifier's decision, or the label a person gave instead.

    Raises: RecordError for a label nobody knows, or one given by nobody.
    """
    said = person_label if person_label is not None else verdict.decision
    if said not in set(Said):
        raise RecordError(f"label {said!r} is unknown; use one of {', '.join(Said)}")
    if person_label is not None and not person:
        raise RecordError(f"label {said!r} was given by no named person; say who decided")
    decided = person if person_label is not None else None
    return Judgement(Said(said), verdict.complaint_score, verdict.classifier, decided)


def define(mention: Mention, judgement: Judgement, policy: Policy, *, since: LearntSince = NOTHING_ELSE) -> Definition:
    """Every limb with its evidence, the result, and one sentence why.

    A post on somebody else's page stays one: an answer on an owned channel is a receipt of its own (RG 271.32(a)).
    """
    rule = policy.house.definition
    answers = {
        _EXPRESSION: _expression(judgement, rule),
        "about_us": _about_us(mention),
        "response_expected": _response_expected(mention, rule),
        _CHANNEL: _channel(mention),
        "author_identifiable": _identifiable(mention, rule),
        "author_contactable": _contactable(mention, rule),
    }
    answers |= {name: _learnt(name, answer, since) for name, answer in answers.items() if name in _MAY_BE_LEARNT}
    limbs = tuple(
        Limb(name, verdict, evidence, _paragraph(policy, mention, name))
        for name, (verdict, evidence) in answers.items()
    )
    failing = [limb for limb in limbs if not _satisfied(limb, policy)]
    by_person = judgement.person is not None and judgement.said is Said.COMPLAINT
    return Definition(
        is_complaint=by_person or not failing,
        limbs=limbs,
        basis=f"A complaint: so decided by {judgement.decided_by}." if by_person else _basis(limbs, failing, policy),
        decided_by=judgement.decided_by,
        pack=policy.regulation.name,
        pack_version=policy.regulation.version,
    )


def waits_for_more(definition: Definition) -> bool:
    """Dissatisfied, and no complaint only for want of what another message may tell."""
    missing = {limb.name for limb in definition.limbs if limb.verdict is not LimbVerdict.MET}
    return not definition.is_complaint and expresses_dissatisfaction(definition) and bool(missing & _MAY_BE_LEARNT)


def expresses_dissatisfaction(definition: Definition) -> bool:
    return definition.limbs[0].verdict is LimbVerdict.MET


def ruled_out_by(definition: Definition, name: str) -> bool:
    return any(limb.name == name and limb.verdict is LimbVerdict.NOT_MET for limb in definition.limbs)


def _expression(judgement: Judgement, rule: DefinitionRule) -> _Answer:
    said, by = judgement.said, judgement.decided_by
    if said is Said.COMPLAINT:
        return LimbVerdict.MET, f"judged complaint by {by}"
    if judgement.person and said is not Said.UNSURE:
        return LimbVerdict.NOT_MET, f"judged {said} by {by}"
    least = rule.registers_from[said]
    score = f"judged {said} by {by}, complaint score {judgement.complaint_score:.2f}"
    if judgement.complaint_score >= least:
        return LimbVerdict.MET, f"{score} is at least {least:.2f}"
    unsure = said is Said.UNSURE
    return LimbVerdict.UNKNOWN if unsure else LimbVerdict.NOT_MET, f"{score} is below {least:.2f}"


def _about_us(mention: Mention) -> _Answer:
    if told_to_us(mention):
        return LimbVerdict.MET, "said to the organisation: in private, on its own channel, or naming its account"
    return LimbVerdict.UNKNOWN, "nothing shows that the organisation is the subject"


def _response_expected(mention: Mention, rule: DefinitionRule) -> _Answer:
    hits = rule.phrases.hits(mention.text)
    if "asks" in hits or "?" in mention.text:
        return LimbVerdict.MET, "asks explicitly for a response"
    if "expects_none" in hits:
        return LimbVerdict.NOT_MET, "says that no response is expected"
    if mention.kind is not Kind.REVIEW and _about_us(mention)[0] is LimbVerdict.MET:
        return LimbVerdict.MET, "implicit: addressed to the organisation in a way that expects an answer"
    return LimbVerdict.UNKNOWN, "neither asks for a response nor declines one"


def _channel(mention: Mention) -> _Answer:
    if mention.is_private:
        return LimbVerdict.MET, "made to the organisation directly, in private"
    if mention.on_owned_channel is None:
        return LimbVerdict.UNKNOWN, f"nobody said whether this page on {mention.channel} is owned or controlled"
    if mention.on_owned_channel:
        return LimbVerdict.MET, f"on a {mention.channel} channel or account the firm owns or controls"
    return LimbVerdict.NOT_MET, f"on a third-party page or account on {mention.channel}"


def _identifiable(mention: Mention, rule: DefinitionRule) -> _Answer:
    if mention.is_private:
        return LimbVerdict.MET, "made to the organisation directly; a missing identity is a handling matter"
    if mention.author is None:
        return LimbVerdict.UNKNOWN, "the platform told nothing about the author"
    known = [fact.value for fact in IdentifiableBy if fact in rule.identifiable_by and _has(mention.author, fact)]
    if known:
        return LimbVerdict.MET, f"identifiable by {', '.join(known)}"
    return LimbVerdict.NOT_MET, f"none of {', '.join(sorted(rule.identifiable_by))} is known"


def _has(author: Author, fact: IdentifiableBy) -> bool:
    return bool({"name": author.name, "handle": author.handle, "id": author.id}[fact.value])


def _contactable(mention: Mention, rule: DefinitionRule) -> _Answer:
    if mention.is_private:
        return LimbVerdict.MET, "can be answered in the same private conversation"
    if mention.author is not None and ContactableBy.PUBLIC_REPLY in rule.contactable_by:
        return LimbVerdict.MET, f"can be answered under the same message on {mention.channel}"
    by_message = ContactableBy.PRIVATE_MESSAGE in rule.contactable_by
    if by_message and mention.author is not None and mention.author.dms_open is not None:
        takes = "takes" if mention.author.dms_open else "does not take"
        verdict = LimbVerdict.MET if mention.author.dms_open else LimbVerdict.NOT_MET
        return verdict, f"the account {takes} private messages from anybody"
    return LimbVerdict.UNKNOWN, "whether the author can be reached is not known"


def _learnt(name: str, answer: _Answer, since: LearntSince) -> _Answer:
    if answer[0] is LimbVerdict.MET:
        return answer
    if name == _CONTACTABLE and since.wrote_in_private:
        return LimbVerdict.MET, "wrote to us in private and can be answered there"
    if since.meets(name):
        return LimbVerdict.MET, "shown by another message of the same author in this conversation"
    return answer


def _paragraph(policy: Policy, mention: Mention, name: str) -> str:
    law = policy.regulation.limbs[name]
    return law.direct_paragraph if mention.is_private else law.paragraph


def _satisfied(limb: Limb, policy: Policy) -> bool:
    rule = policy.house.definition
    if limb.verdict is LimbVerdict.MET or not _is_needed(limb, policy):
        return True
    if limb.name == _EXPRESSION:
        return False
    if limb.verdict is LimbVerdict.UNKNOWN:
        return rule.unknown_limbs is UnknownLimbs.MET
    return limb.name == _CHANNEL and rule.third_party_posts is ThirdPartyPosts.REGISTER


def _basis(limbs: tuple[Limb, ...], failing: list[Limb], policy: Policy) -> str:
    if failing:
        return f"Not a complaint: {'; '.join(_said(limb) for limb in failing)}."
    bent = [limb for limb in limbs if limb.verdict is not LimbVerdict.MET]
    if not bent:
        return "A complaint: every limb is met."
    by = " by house policy" if any(_is_needed(limb, policy) for limb in bent) else ""
    return f"A complaint{by}: {'; '.join(_bent(limb, policy) for limb in bent)}; every other limb is met."


def _is_needed(limb: Limb, policy: Policy) -> bool:
    return policy.regulation.limbs[limb.name].is_needed


def _said(limb: Limb) -> str:
    return f"{limb.name} {_verdict(limb)} ({limb.evidence}, {limb.paragraph})"


def _verdict(limb: Limb) -> str:
    return "is not known" if limb.verdict is LimbVerdict.UNKNOWN else "is not met"


def _bent(limb: Limb, policy: Policy) -> str:
    rule = policy.house.definition
    if not _is_needed(limb, policy):
        return f"{limb.name} {_verdict(limb)} and {policy.regulation.title} does not ask for it"
    if limb.verdict is LimbVerdict.UNKNOWN:
        return f"{limb.name} is not known and counts as {rule.unknown_limbs}"
    return f"{limb.name} is not met and third-party posts follow the rule `{rule.third_party_posts}`"
