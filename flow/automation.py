"""Whether a program may write to somebody: asked before such an answer is queued, and again when it is sent."""

from store.store import Transaction


def why_silent(transaction: Transaction, case_id: int) -> str | None:
    """Why nothing may be written automatically in this conversation; None where it may.

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
