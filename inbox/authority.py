"""Who may approve a reply: of those with the authority for all that it names, the ones whose role comes first."""

from collections.abc import Sequence

from inbox.languages import _
from inbox.roles import DECIDES_REPLIES, Role, role_of
from inbox.wording import words
from policy.approval_rules import ApprovalRules
from store.accounts import User
from store.store import Transaction
from triage.approval import beyond

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
