"""Who may approve a reply: of those with the authority for all that it names, the ones whose role comes first."""

from collections.abc import Sequence
from decimal import Decimal

from inbox.languages import _
from inbox.roles import DECIDES_REPLIES, Role, role_of
from inbox.visit import Visit
from inbox.wording import words
from models.case import Decision
from models.errors import RecordError
from policy.approval_rules import ApprovalRules
from store.accounts import User
from store.store import Transaction
from triage.approval import Written, approval_reasons, beyond, may_give

ORDER = (Role.LEAD, Role.COMPLIANCE, Role.ADMIN)
"""A lead with enough authority comes before compliance, and compliance before an administrator."""
MOST_NAMED = 5


def deciders(transaction: Transaction, author_id: int) -> list[User]:
    """Who may decide at all on what this person writes, whatever it names."""
    trainees = transaction.approvals.trainees()
    return [
        user
        for user in transaction.accounts.all()
        if user.disabled_at is None
        and user.id != author_id
        and user.id not in trainees
        and role_of(user.role) in DECIDES_REPLIES
    ]


def approvers(found: Sequence[User], text: str, rules: ApprovalRules) -> list[User]:
    """Of the first role of `ORDER` that has the authority; nobody where none has it."""
    for role in ORDER:
        of_role = [user for user in found if user.role == role.value]
        if of_role and not beyond(text, role.value, rules):
            return of_role
    return []


def named(found: Sequence[User]) -> str:
    """`Lena Ott (lead), Max Roe (lead)`."""
    some = [f"{user.name} ({words(user.role)})" for user in found[:MOST_NAMED]]
    return ", ".join(some) + (_(" and others") if len(found) > MOST_NAMED else "")


def nobody_may(text: str, rules: ApprovalRules) -> str:
    """Said where nobody here has the authority for all of it."""
    most = max(rules.limits.by_role.values(), default=0)
    return _(
        "Nobody here may approve it as it stands (the highest limit is %(most)s): it has to be changed first, or an"
        " administrator changes policy/approvals/approvals.toml.",
        most=format(most, ","),
    )


def check_agreed(visit: Visit, transaction: Transaction, amount: Decimal, agreed_by: str) -> list[int]:
    """Who is called, having the authority for an amount that this person has not; nobody where it is theirs to give.

    An amount that was paid is a fact, and no register refuses a fact: it has to say who agreed to it, and is recorded.

    Raises: RecordError where it does not say so.
    """
    limits = visit.inbox.approval_rules.limits
    if may_give(amount, visit.role.value, limits):
        return []
    if not agreed_by:
        raise RecordError(
            _(
                "%(amount)s is more than the %(limit)s that you may give: say in “Who agreed to the amount”"
                " who decided it",
                amount=f"{amount:,}",
                limit=format(limits.by_role.get(visit.role.value, 0), ","),
            )
        )
    found = deciders(transaction, visit.user.id) if visit.user is not None else []
    with_authority = [user for user in found if may_give(amount, user.role, limits)]
    first = next((role for role in ORDER if any(user.role == role.value for user in with_authority)), None)
    return [user.id for user in with_authority if user.role == first]


def why_not_alone(visit: Visit, transaction: Transaction, decision: Decision, text: str) -> str | None:
    """Why this person may not send a private text that nobody approves first, and who may; None where they may."""
    rules, author_id = visit.inbox.approval_rules, visit.user.id if visit.user is not None else 0
    written = Written(text, True, visit.role.value, transaction.approvals.is_trainee(author_id))
    reasons = approval_reasons(written, decision, rules)
    if not reasons:
        return None
    found = approvers(deciders(transaction, author_id), text, rules)
    why = "; ".join(reason.words for reason in reasons)
    if not found:
        return f"{why}. {nobody_may(text, rules)}"
    return _("%(why)s. Who may send it: %(names)s; give them the words", why=why, names=named(found))
