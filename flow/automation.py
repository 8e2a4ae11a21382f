"""Whether a program may write to somebody: asked before such an answer is queued, and again when it is sent."""

from datetime import datetime

from flow.crisis import automatic_answers_frozen
from models import CaseState
from models.errors import PermanentError
from store.approvals import ApprovalState
from store.store import Transaction

UPDATE_SINCE = "update_since"
"""In the payload of an update that goes out by itself: our last word before it."""


class OvertakenError(PermanentError):
    """What a program was to send is not wanted any more; nobody has to decide anything."""


def why_no_update(transaction: Transaction, case_id: int, *, since: datetime) -> str | None:
    """Why no update goes out by itself on a case with our last word at `since`; None where one may."""
    case = transaction.cases.get(case_id)
    if case is None or case.state not in (CaseState.OPEN, CaseState.ANSWERED):
        return "the case is over"
    touched = transaction.targets.last_touch(case_id)
    if touched is not None and touched > since:
        return "somebody of ours did something on the case since"
    if transaction.approvals.of_case(case_id, ApprovalState.WAITING):
        return "a reply of a person waits for approval"
    return why_silent(transaction, case_id)


def why_silent(transaction: Transaction, case_id: int) -> str | None:
    """Why nothing may be written automatically in this conversation now; None where it may."""
    crisis = automatic_answers_frozen(transaction, case_id)
    if crisis is not None:
        return f"the crisis “{crisis.name}” runs: only a person writes, and its owner {crisis.owner} is called"
    return why_only_people(transaction, case_id)


def why_only_people(transaction: Transaction, case_id: int) -> str | None:
    """Why no program ever speaks in this conversation, crisis or not; None where one may.

    Source: RG 271.139 for representatives; the safe-contact path is house policy.
    """
    complaint = transaction.complaints.of_case(case_id)
    if complaint is not None and complaint.merged_into is not None:
        complaint = transaction.complaints.get(complaint.merged_into)
    if complaint is None or complaint.may_write_automatically:
        return None
    if complaint.has_representative:
        return f"{complaint.id} has a representative: only a person writes, and to the representative (RG 271.139)"
    return f"{complaint.id} is on the safe-contact path: only a person writes, in the way agreed"
