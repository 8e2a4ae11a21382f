"""Which elements of the minimum record a row lacks. Source: RG 271.179, .182, .164, .53 and .71."""

from collections.abc import Iterator, Mapping

ALWAYS = (
    "received_at",
    "received_on",
    "time_zone",
    "channel",
    "account",
    "message_id",
    "language",
    "complainant",
    "text",
    "complaint_type",
    "product",
    "issues",
    "respond_due_on",
    "policy",
)
ACKNOWLEDGED = ("acknowledged_on_channel", "acknowledged_by")
CLOSED = ("closed_at", "close_basis", "outcome", "remedies")
NOT_REPORTED = frozenset({"ruled_out", "merged_away"})
"""No complaint after all, or kept under another id: nothing is owed for it."""
WITHOUT_OUTCOME = frozenset({"withdrawn", "at_afca"})
"""Bases of closing at which the firm found nothing."""


def missing(row: Mapping[str, object], *, has_evidence: bool, has_authority: bool) -> list[str]:
    """Names of columns, or of what stands behind one, in the order of the record."""
    if row["status"] in NOT_REPORTED:
        return []
    return list(_missing(row, has_evidence=has_evidence, has_authority=has_authority))


def _missing(row: Mapping[str, object], *, has_evidence: bool, has_authority: bool) -> Iterator[str]:
    yield from (name for name in ALWAYS if _is_empty(row[name]))
    if row["acknowledged_at"] is not None:
        yield from (name for name in ACKNOWLEDGED if _is_empty(row[name]))
    if row["responded_at"] is not None and not _is_empty(row["response_missing"]):
        yield "response_missing"
    if row["delay_notices"] != row["delay_notices_valid"]:
        yield "delay_notices_valid"
    if row["status"] == "at_afca" and _is_empty(row["afca_reference"]):
        yield "afca_reference"
    if not has_authority:
        yield "representative_authority"
    if row["closed_at"] is not None:
        yield from _missing_of_closing(row, has_evidence=has_evidence)


def _missing_of_closing(row: Mapping[str, object], *, has_evidence: bool) -> Iterator[str]:
    basis, remedies, amount = row["close_basis"], row["remedies"], row["compensation_amount"]
    for name in CLOSED:
        if _is_empty(row[name]) and not (name in ("outcome", "remedies") and basis in WITHOUT_OUTCOME):
            yield name
    if isinstance(remedies, list) and "compensation" in remedies and amount is None:
        yield "compensation_amount"
    if amount is not None and row["compensation_currency"] is None:
        yield "compensation_currency"
    if basis == "response" and row["responded_at"] is None:
        yield "responded_at"
    if basis == "5bd_satisfied" and not has_evidence:
        yield "close_evidence"


def _is_empty(value: object) -> bool:
    return value is None or value == "" or value == []
