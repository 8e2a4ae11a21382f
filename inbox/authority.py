"""Who may approve a reply: of those with the authority for all that it names, the ones whose role comes first."""

from collections.abc import Sequence

from inbox.languages import _
from inbox.roles import DECIDES_REPLIES, Role, role_of
from inbox.visit import Visit
from inbox.wording import words
from models.case import Decision
from policy.approval_rules import ApprovalRules
from store.accounts import User
from store.store import Transaction
from triage.approval import Written, approval_reasons, beyond

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
