"""How a complaint's codes are said to people."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from inbox import wording
from models.complaint import Basis, DelayReason, Need, Outcome, Remedy, Status, WrittenResponse
from policy.loading import Policy

STATUSES: Mapping[Status, str] = {
    Status.OPEN: "open",
    Status.ACKNOWLEDGED: "acknowledged",
    Status.INVESTIGATING: "being investigated",
    Status.DELAY_NOTIFIED: "delay notified",
    Status.RESPONDED: "responded",
    Status.CLOSED: "closed",
    Status.REOPENED: "reopened",
    Status.WITHDRAWN: "withdrawn",
    Status.AT_AFCA: "with AFCA",
    Status.RULED_OUT: "ruled out",
    Status.MERGED_AWAY: "merged away",
}
BASES: Mapping[Basis, str] = {
    Basis.SATISFIED_IN_5BD: "Resolved to their satisfaction within five business days",
    Basis.EXPLAINED_IN_5BD: "Explained or apologised within five business days; nothing more can reasonably be done",
    Basis.RESPONSE: "The IDR response was given",
    Basis.WITHDRAWN: "The complainant withdrew it",
    Basis.AT_AFCA: "AFCA has it",
    Basis.OTHER: "Another ground",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.UPHELD: "upheld",
    Outcome.PARTLY_UPHELD: "partly upheld",
    Outcome.REJECTED: "rejected",
    Outcome.NO_FINDING: "no finding",
}
REMEDIES: Mapping[Remedy, str] = {
    **{remedy: wording.sentence(remedy.value) for remedy in Remedy},
    Remedy.FEE_REFUND: "Fee refunded or waived",
    Remedy.REPLACEMENT: "Property replaced",
    Remedy.CONTRACT_CHANGE: "Terms of the contract changed",
    Remedy.NONE: "None",
}
REASONS: Mapping[DelayReason, str] = {
    DelayReason.PARTICULARLY_COMPLEX: "The complaint is particularly complex (RG 271.65, .67)",
    DelayReason.BEYOND_CONTROL: "Circumstances beyond our control delay it (RG 271.65, .68)",
}
WRITTEN_RESPONSES: Mapping[WrittenResponse, str] = {
    WrittenResponse.ASKED: "they asked for a written response",
    WrittenResponse.HARDSHIP: "it is about hardship",
    WrittenResponse.DECLINED_CLAIM: "it is about a declined insurance claim",
    WrittenResponse.CLAIM_VALUE: "it is about the value of an insurance claim",
    WrittenResponse.TRUSTEE_DECISION: "it is about a decision of a superannuation trustee",
}
NEEDS: Mapping[Need, str] = {
    Need.HARDSHIP: "financial hardship",
    Need.DOMESTIC_ABUSE: "domestic or financial abuse",
    Need.SELF_HARM: "self-harm",
    Need.SERIOUS_ILLNESS: "serious illness",
    Need.LANGUAGE: "another language",
    Need.ACCESSIBILITY: "accessibility",
    Need.OTHER: "another need",
}
REPRESENTATIVES: Mapping[str, str] = {
    "financial_counsellor": "financial counsellor",
    "lawyer": "lawyer",
    "family": "family member or friend",
    "member_of_parliament": "member of parliament",
    "other": "other",
}
WAYS: Mapping[str, str] = {"email": "E-mail", "letter": "Letter", "phone": "Phone", "in_person": "In person"}
"""Channels outside those that are connected."""
LAST_SECOND = time(23, 59, 59)


def complaint_type(policy: Policy, name: str) -> str:
    return policy.regulation.types.get(name) or wording.sentence(name)


def channel(name: str) -> str:
    return WAYS.get(name) or wording.channel(name)


def day(on: date) -> str:
    """`Mon 22 Dec 2026`."""
    return f"{on:%a} {on.day} {on:%b %Y}"


def day_of(text: str) -> str:
    return day(date.fromisoformat(text))


def limit(at: datetime, zone: ZoneInfo) -> str:
    """`end of Mon 22 Dec 2026` for a limit in days, the minute for one in hours."""
    local = at.astimezone(zone)
    return (
        f"end of {day(local.date())}"
        if local.time().replace(microsecond=0) == LAST_SECOND
        else wording.moment(at, zone)
    )


def known(names: Mapping[Any, str], code: object) -> str:
    """The words for a code as it stands in an entry; one that this release does not know is shown as it is."""
    return {str(key): value for key, value in names.items()}.get(str(code)) or wording.words(code)
