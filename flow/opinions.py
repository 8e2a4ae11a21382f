"""What a person says of a message's label: right, wrong, not sure; and taking that back.

Right and wrong are labels: the case is judged again with them. Not sure is none: the case waits for somebody else.
Nothing here touches a clock or the register; triage does, where a label changes what the message is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flow.named import RefusedError
from flow.teamwork import By, record
from models import EventKind, Label, MentionState, Verdict
from models.opinion import Opinion, SaidOpinion
from store.cases import StaleCaseError
from store.mentions import StoredMention
from store.store import Transaction

NEEDS_PERSON = "needs_person"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged message with what stands of it."""

    item: StoredMention
    verdict: Verdict
    label: str
    """By a person where one gave it, else by the classifier; may be `unsure`."""

    @property
    def id(self) -> str:
        return self.item.mention.id


def judged(transaction: Transaction, item: StoredMention) -> Judged:
    """Raises: RefusedError where there is nothing to say anything of yet."""
    mention_id = item.mention.id
    verdict = transaction.verdicts.latest([mention_id]).get(mention_id)
    is_judged = item.state in (MentionState.TRIAGED, MentionState.CLASSIFIED)
    if item.case_id is None or verdict is None or not is_judged:
        raise RefusedError("This message is not judged yet")
    given = transaction.mentions.labels([mention_id]).get(mention_id)
    return Judged(item, verdict, given[0] if given else verdict.decision)


def give_label(transaction: Transaction, one: Judged, label: str, by: By) -> bool:
    """Whether it is new: the label becomes the message's, and it goes back to triage.

    The label that stands already is a confirmation of it.
    """
    is_right = label == one.label
    kind = EventKind.VERDICT_CONFIRMED if is_right else EventKind.RELABELLED
    key = f"{kind.value}:{one.id}:{by.form_key}"
    if _is_said(transaction, one, by):
        return False
    transaction.mentions.relabel(one.id, label, person=by.person, now=by.at)
    _keep(transaction, one, Opinion.RIGHT if is_right else Opinion.WRONG, label, key, by)
    facts: dict[str, object] = {"label": label} if is_right else {"from": one.label, "to": label}
    _record(transaction, kind, key, one.item, facts, by)
    transaction.mentions.send_back([one.id], to=MentionState.CLASSIFIED)
    return True


def confirm(transaction: Transaction, one: Judged, shown: str, by: By) -> bool:
    """Whether it is new. `shown`: the label that the person saw and calls right.

    Raises: StaleCaseError where another one stands now; RefusedError where the classifier could not tell.
    """
    if _is_said(transaction, one, by):
        return False
    if one.label != shown:
        raise StaleCaseError(f"message {one.id} is judged otherwise by now")
    if one.label not in set(Label):
        raise RefusedError("The classifier could not tell, so there is no label to be right")
    if one.label != Label.COMPLAINT and one.item.decision is not None and one.item.decision.is_complaint:
        raise RefusedError(
            f"The rules hold this message for a complaint, though it reads as {one.label}; to call the label right "
            "would rule the complaint out. Choose the label by its name, if that is what you mean"
        )
    return give_label(transaction, one, one.label, by)


def be_unsure(transaction: Transaction, one: Judged, by: By) -> bool:
    """Whether it is new: message and case say that they need a person; a lead finds them in that view.

    Raises: RefusedError while the message is judged again.
    """
    key = f"{EventKind.VERDICT_UNSURE.value}:{one.id}:{by.form_key}"
    if _is_said(transaction, one, by):
        return False
    decision, case_id = one.item.decision, one.item.case_id
    case = transaction.cases.get(case_id) if case_id is not None else None
    if one.item.state is not MentionState.TRIAGED or decision is None or case is None:
        raise RefusedError("This message is being judged again just now")
    # On the message, too: what its case becomes after a later correction is worked out from its messages.
    waits = replace(decision, needs_person=True, tags=tuple(sorted({*decision.tags, NEEDS_PERSON})))
    transaction.mentions.triaged([(one.id, case.id, waits)])
    tags = tuple(sorted({*case.decision.tags, NEEDS_PERSON}))
    transaction.cases.decide(case.id, replace(case.decision, needs_person=True, tags=tags), now=by.at)
    _keep(transaction, one, Opinion.UNSURE, None, key, by)
    _record(transaction, EventKind.VERDICT_UNSURE, key, one.item, {"label": one.label}, by)
    return True


def take_back(transaction: Transaction, one: Judged, by: By, *, may_others: bool) -> bool:
    """Whether something was taken back. The message goes back to triage, which decides without it.

    Raises: RefusedError where it was somebody else's and `may_others` is False.
    """
    said = transaction.opinions.standing([one.id]).get(one.id)
    if said is None:
        return False
    if said.person != by.person and not may_others:
        raise RefusedError(f"It was said by {said.person}: only they, a lead or an administrator may take it back")
    given = transaction.mentions.labels([one.id]).get(one.id)
    if said.given is not None and given != (said.given, said.person):
        raise RefusedError("Another label was given since")
    if not transaction.opinions.take_back(said, now=by.at):
        return False
    facts = {"said": said.opinion.value, "label": said.given}
    key = f"{EventKind.VERDICT_TAKEN_BACK.value}:{said.key}"
    _record(transaction, EventKind.VERDICT_TAKEN_BACK, key, one.item, facts, by)
    transaction.mentions.send_back([one.id], to=MentionState.CLASSIFIED)
    return True


def _is_said(transaction: Transaction, one: Judged, by: By) -> bool:
    kinds = (EventKind.VERDICT_CONFIRMED, EventKind.RELABELLED, EventKind.VERDICT_UNSURE)
    return any(transaction.events.is_recorded(f"{kind.value}:{one.id}:{by.form_key}") for kind in kinds)


def _keep(transaction: Transaction, one: Judged, opinion: Opinion, given: str | None, key: str, by: By) -> None:
    said, classifier = one.verdict.decision, one.verdict.classifier
    transaction.opinions.add(SaidOpinion(key, one.id, opinion, said, given, classifier, by.person, by.at))


def _record(
    transaction: Transaction, kind: EventKind, key: str, item: StoredMention, facts: Mapping[str, object], by: By
) -> None:
    record(transaction, kind, key, by, facts, case_id=item.case_id, mention_id=item.mention.id)
