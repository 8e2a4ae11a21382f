"""Replies that wait for approval, as people see them: who may decide, what to look at before, and where they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from flow.approvals import others_waiting
from flow.crisis import covering
from flow.platform_deletion import as_shown
from flow.promises import key_of
from inbox import wording
from inbox.authority import approvers, deciders, named, nobody_may
from inbox.crisis_freeze import why_owner_decides
from inbox.languages import _, say
from inbox.marking import plain
from inbox.roles import DECIDES_REPLIES, SEES_REPLIES, role_of
from inbox.timeline import Item
from inbox.visit import Visit
from models.promise import Promise
from models.retention import REDACTED
from policy.crisis_rules import load_crisis_rules
from store.accounts import User
from store.approvals import Approval, ApprovalState, Asked
from store.cases import StoredCase, StoredClock
from store.mentions import StoredMention
from store.store import Transaction
from triage.approval import LIMIT, beyond, over_limit

SHOWN = 100
DECIDED_SHOWN = 20
MESSAGES_LOOKED_AT = 50
LONGEST_WORDS = 2_000
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One reply that waits, for who decides."""

    approval: Approval
    case: StoredCase
    channel: str
    label: str
    tier: str
    message: str
    """What it answers, as it may be shown."""
    is_long: bool
    """It waits longer than the firm wants."""
    due: tuple[str, str] | None
    """The regulator's next clock: (words, state). It runs on."""
    due_at: datetime
    warnings: list[str]
    others: list[Approval]
    is_own: bool
    may_decide: bool
    why_not: str
    goes_to: str
    """Who may approve it as it stands."""
    beyond: str
    """Why who looks at it may not, as it stands."""
    promise: Promise | None
    """That is made when it goes out."""


@dataclass(frozen=True, slots=True)
class OnCase:
    """One reply that waits, or that came back, in its place in the conversation."""

    at: datetime
    id: int
    who: str
    is_private: bool
    text: Markup
    is_waiting: bool
    reasons: list[str]
    question: str
    by: str
    words: str
    is_own: bool
    goes_to: str
    sort: str = "approval"


def waiting_for(transaction: Transaction, user: User) -> int:
    """How many this person may decide on; of who decides nothing, how many of their own wait."""
    role = role_of(user.role)
    if role in DECIDES_REPLIES:
        return transaction.approvals.count(not_of=user.id)
    return transaction.approvals.count(author_id=None if role in SEES_REPLIES else user.id)


def can_be_approved(transaction: Transaction, author_id: int) -> bool:
    """Whether there is anybody else who may approve what this person writes."""
    return bool(deciders(transaction, author_id))


def goes_to(visit: Visit, transaction: Transaction, asked: Asked) -> str:
    """Names of those who have the authority to approve it as it stands, or that nobody has."""
    rules = visit.inbox.approval_rules
    found = approvers(deciders(transaction, asked.author_id), asked.text, rules)
    return named(found) if found else nobody_may(asked.text, rules)


def why_beyond(visit: Visit, text: str) -> str:
    """Why who asks cannot approve this text as it stands; empty where they can."""
    rules, role = visit.inbox.approval_rules, visit.role.value
    said = []
    for reason in beyond(text, role, rules):
        over = over_limit(text, role, rules.limits) if reason.code == LIMIT else None
        if over is not None:
            most = wording.whole(rules.limits.by_role.get(role, 0))
            said.append(
                _(
                    "It names %(over)s, and your own limit is %(most)s: somebody with a higher one has to approve it.",
                    over=format(over, ",.0f"),
                    most=most,
                )
            )
        else:
            may = next(one.may for one in rules.exceptions if one.key == reason.code)
            roles = ", ".join(wording.words(one) for one in sorted(may))
            said.append(
                _("This is not yours to give: %(why)s. These roles may: %(roles)s.", why=say(reason.words), roles=roles)
            )
    return " ".join(said)


def why_not_decide(visit: Visit, transaction: Transaction, approval: Approval) -> str:
    """Empty where this person may approve it or send it back."""
    if visit.user is None or visit.role not in DECIDES_REPLIES:
        return _("A lead, compliance or an administrator decides.")
    if approval.asked.author_id == visit.user.id:
        return _("Nobody approves their own reply.")
    if visit.crises and (why_not := why_not_in_crisis(visit, transaction, approval)):
        return why_not
    if visit.inbox.approval_rules.training_is_on and transaction.approvals.is_trainee(visit.user.id):
        return _("Who is in training approves nothing.")
    return ""


def why_not_in_crisis(visit: Visit, transaction: Transaction, approval: Approval) -> str:
    items = transaction.mentions.get([approval.asked.mention_id])
    case = case_of(transaction, approval, {item.mention.id: item for item in items})
    crisis = covering(transaction, case, load_crisis_rules(), mention_id=approval.asked.mention_id)
    return why_owner_decides(crisis, approval, visit.user)


def waiting(visit: Visit, transaction: Transaction) -> list[Waiting]:
    """Those that wait too long first, then by the regulator's next clock, then the longest waiting."""
    own = None if visit.role in SEES_REPLIES or visit.user is None else visit.user.id
    found = transaction.approvals.waiting(author_id=own, limit=SHOWN)
    items = {item.mention.id: item for item in transaction.mentions.get([each.asked.mention_id for each in found])}
    cases = {each.id: case_of(transaction, each, items) for each in found}
    clocks = transaction.cases.next_clocks([case.id for case in cases.values()])
    shown = [_waiting(visit, transaction, each, cases[each.id], items, clocks) for each in found]
    return sorted(shown, key=lambda one: (not one.is_long, one.due_at, one.approval.asked_at))


def case_of(transaction: Transaction, approval: Approval, items: Mapping[str, StoredMention]) -> StoredCase:
    """Where its message is now: a merge may have moved it."""
    item = items.get(approval.asked.mention_id)
    here = item.case_id if item is not None and item.case_id is not None else approval.asked.case_id
    case = transaction.cases.get(here)
    if case is None:
        raise LookupError(f"approval {approval.id}: case {here} is not there")
    return case


def _waiting(
    visit: Visit,
    transaction: Transaction,
    approval: Approval,
    case: StoredCase,
    items: Mapping[str, StoredMention],
    clocks: Mapping[int, StoredClock],
) -> Waiting:
    asked, clock = approval.asked, clocks.get(case.id)
    others = others_waiting(transaction.approvals, case.id, approval)
    why_not = why_not_decide(visit, transaction, approval)
    [seen] = as_shown(transaction, [items[asked.mention_id]])
    return Waiting(
        approval=approval,
        case=case,
        channel=wording.channel(case.channel),
        label=wording.sentence(case.decision.label),
        tier=wording.tier(case.decision.tier),
        message=seen.mention.text,
        is_long=visit.now - approval.asked_at > visit.inbox.approval_rules.first_after,
        due=wording.due(clock.due_at, visit.now, wording.clock(clock.key)) if clock else None,
        due_at=clock.due_at if clock else NEVER,
        warnings=warnings(transaction, approval, case),
        others=others,
        is_own=visit.user is not None and asked.author_id == visit.user.id,
        may_decide=not why_not,
        why_not=why_not,
        goes_to=goes_to(visit, transaction, asked),
        beyond="" if why_not else why_beyond(visit, asked.text),
        promise=transaction.promises.of_key(key_of(asked.form_key)),
    )


def warnings(transaction: Transaction, approval: Approval, case: StoredCase) -> list[str]:
    """What has happened since it was written."""
    asked = approval.asked
    newest = transaction.mentions.newest_of_case(case.id, limit=MESSAGES_LOOKED_AT)
    found = []
    if any(item.mention.received_at > approval.asked_at for item in newest):
        found.append(_("The author wrote again after this reply was written. Read the conversation first."))
    elif case.version != asked.case_version or case.id != asked.case_id:
        found.append(_("The case has changed since this reply was written: look at it first."))
    if any(item.mention.id == asked.mention_id for item in newest) and transaction.retention.deletions(
        [asked.mention_id]
    ):
        found.append(_("The author deleted the message that this reply answers."))
    return found


def on_case(visit: Visit, transaction: Transaction, mentions: Sequence[StoredMention]) -> list[OnCase]:
    """What waits for the messages shown, and what came back to its author and was not written anew."""
    states = (ApprovalState.WAITING, ApprovalState.SENT_BACK)
    found = transaction.approvals.of_mentions([item.mention.id for item in mentions], *states)
    return [_on_case(visit, transaction, each) for each in found if each.asked.text != REDACTED]


def _on_case(visit: Visit, transaction: Transaction, approval: Approval) -> OnCase:
    asked, is_waiting = approval.asked, approval.state is ApprovalState.WAITING
    return OnCase(
        at=approval.asked_at,
        id=approval.id,
        who=asked.author,
        is_private=asked.is_private,
        text=plain(asked.text),
        is_waiting=is_waiting,
        reasons=[words for _, words in asked.reasons],
        question=asked.question,
        by=approval.decided_by or "",
        words=approval.words or "",
        is_own=visit.user is not None and asked.author_id == visit.user.id,
        goes_to=goes_to(visit, transaction, asked) if is_waiting else "",
    )


def in_place(items: Sequence[Item], waiting: Sequence[OnCase]) -> list[Item | OnCase]:
    """The conversation with them, in the order in which everything was written."""
    everything: list[Item | OnCase] = [*items, *waiting]
    return sorted(everything, key=lambda item: item.at)
