"""How a complaint's codes are said to people."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from inbox import wording
from inbox.languages import N_, Sayings, _, translated
from models.complaint import Basis, DelayReason, Need, Outcome, Remedy, Status, WrittenResponse
from policy.loading import Policy

STATUSES: Mapping[Status, str] = Sayings(
    {
        Status.OPEN: N_("open"),
        Status.ACKNOWLEDGED: N_("acknowledged"),
        Status.INVESTIGATING: N_("being investigated"),
        Status.DELAY_NOTIFIED: N_("delay notified"),
        Status.RESPONDED: N_("responded"),
        Status.CLOSED: N_("closed"),
        Status.REOPENED: N_("reopened"),
        Status.WITHDRAWN: N_("withdrawn"),
        Status.AT_AFCA: N_("with AFCA"),
        Status.RULED_OUT: N_("ruled out"),
        Status.MERGED_AWAY: N_("merged away"),
    }
)
BASES: Mapping[Basis, str] = Sayings(
    {
        Basis.SATISFIED_IN_5BD: N_("Resolved to their satisfaction within five business days"),
        Basis.EXPLAINED_IN_5BD: N_(
            "Explained or apologised within five business days; nothing more can reasonably be done"
        ),
        Basis.RESPONSE: N_("The IDR response was given"),
        Basis.WITHDRAWN: N_("The complainant withdrew it"),
        Basis.AT_AFCA: N_("AFCA has it"),
        Basis.OTHER: N_("Another ground"),
    }
)
OUTCOMES: Mapping[Outcome, str] = Sayings(
    {
        Outcome.UPHELD: N_("upheld"),
        Outcome.PARTLY_UPHELD: N_("partly upheld"),
        Outcome.REJECTED: N_("rejected"),
        Outcome.NO_FINDING: N_("no finding"),
    }
)
REMEDIES: Mapping[Remedy, str] = Sayings(
    {
        Remedy.EXPLANATION: N_("Explanation"),
        Remedy.APOLOGY: N_("Apology"),
        Remedy.ASSISTANCE: N_("Assistance"),
        Remedy.GOODWILL_PAYMENT: N_("Goodwill payment"),
        Remedy.COMPENSATION: N_("Compensation"),
        Remedy.DEBT_WAIVER: N_("Debt waiver"),
        Remedy.RECORDS_CORRECTED: N_("Records corrected"),
        Remedy.REPAIR: N_("Repair"),
        Remedy.LEGAL_ACTION_CEASED: N_("Legal action ceased"),
        Remedy.SYSTEM_IMPROVEMENT: N_("System improvement"),
        Remedy.FEE_REFUND: N_("Fee refunded or waived"),
        Remedy.REPLACEMENT: N_("Property replaced"),
        Remedy.CONTRACT_CHANGE: N_("Terms of the contract changed"),
        Remedy.NONE: N_("None"),
    }
)
REASONS: Mapping[DelayReason, str] = Sayings(
    {
        DelayReason.PARTICULARLY_COMPLEX: N_("The complaint is particularly complex (RG 271.65, .67)"),
        DelayReason.BEYOND_CONTROL: N_("Circumstances beyond our control delay it (RG 271.65, .68)"),
    }
)
WRITTEN_RESPONSES: Mapping[WrittenResponse, str] = Sayings(
    {
        WrittenResponse.ASKED: N_("they asked for a written response"),
        WrittenResponse.HARDSHIP: N_("it is about hardship"),
        WrittenResponse.DECLINED_CLAIM: N_("it is about a declined insurance claim"),
        WrittenResponse.CLAIM_VALUE: N_("it is about the value of an insurance claim"),
        WrittenResponse.TRUSTEE_DECISION: N_("it is about a decision of a superannuation trustee"),
    }
)
NEEDS: Mapping[Need, str] = Sayings(
    {
        Need.HARDSHIP: N_("financial hardship"),
        Need.DOMESTIC_ABUSE: N_("domestic or financial abuse"),
        Need.SELF_HARM: N_("self-harm"),
        Need.SERIOUS_ILLNESS: N_("serious illness"),
        Need.LANGUAGE: N_("another language"),
        Need.ACCESSIBILITY: N_("accessibility"),
        Need.OTHER: N_("another need"),
    }
)
REPRESENTATIVES: Mapping[str, str] = Sayings(
    {
        "financial_counsellor": N_("financial counsellor"),
        "lawyer": N_("lawyer"),
        "family": N_("family member or friend"),
        "member_of_parliament": N_("member of parliament"),
        "other": N_("other"),
    }
)
WAYS: Mapping[str, str] = Sayings(
    {
        "email": N_("E-mail"),
        "letter": N_("Letter"),
        "phone": N_("Phone"),
        "in_person": N_("In person"),
    }
)
"""Channels outside those that are connected."""
LAST_SECOND = time(23, 59, 59)


def complaint_type(policy: Policy, name: str) -> str:
    return translated(policy.regulation.types.get(name, "")) or wording.sentence(name)


def names_of_fields(policy: Policy) -> dict[str, str]:
    """Key of a field of the firm's own → how the firm calls it."""
    return {field.key: field.name for field in policy.house.custom_fields}


def channel(name: str) -> str:
    return WAYS.get(name) or wording.channel(name)


def day_of(text: str) -> str:
    return wording.day(date.fromisoformat(text))


def limit(at: datetime, zone: ZoneInfo) -> str:
    """`end of Mon 22 Dec 2026` for a limit in days, the minute for one in hours."""
    local = at.astimezone(zone)
    return (
        _("end of %(day)s", day=wording.day(local.date()))
        if local.time().replace(microsecond=0) == LAST_SECOND
        else wording.moment(at, zone)
    )


def known(names: Mapping[Any, str], code: object) -> str:
    """The words for a code as it stands in an entry; one that this release does not know is shown as it is."""
    return {str(key): value for key, value in names.items()}.get(str(code)) or wording.words(code)
