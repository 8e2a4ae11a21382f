"""The policy as people read it, and what changed since they last did."""

from starlette.responses import Response

from flow.teams import Teams
from inbox.policy_document import PREFERENCE, changed_since, document_of, versions_of
from inbox.visit import Visit


def show(visit: Visit) -> Response:
    policy, approvals = visit.inbox.policy, visit.inbox.approval_rules
    with visit.inbox.store.reading() as transaction:
        teams = Teams(transaction, policy.paths)
        people = {key: [one.name for one in teams.people(team)] for key, team in policy.paths.teams.items()}
    read = visit.preferences.get(PREFERENCE, {})
    context = {
        "document": document_of(policy, approvals, people),
        "was_read": bool(read),
        "changed": changed_since(read, versions_of(policy, approvals)),
    }
    return visit.page("policy.html", context)


def read(visit: Visit) -> Response:
    """They have read it as it stands now."""
    if visit.user is not None:
        versions = versions_of(visit.inbox.policy, visit.inbox.approval_rules)
        with visit.inbox.store.writing() as transaction:
            transaction.preferences.set(visit.user.id, PREFERENCE, versions, now=visit.now)
    return visit.go("/policy", notice="saved")
