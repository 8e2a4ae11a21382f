"""Facts that an act on a complaint writes down, worked out from its life. Pure."""

from collections.abc import Collection
from decimal import Decimal

from models.complaint import Basis, Evidence, Life, Outcome, Remedy
from models.errors import RecordError


def check_money(amount: Decimal | None, currency: str | None) -> None:
    if amount is None and not currency:
        return
    is_amount = amount is not None and amount.is_finite() and amount >= 0
    is_currency = currency is not None and len(currency) == 3 and currency.isascii() and currency.isupper()
    if not is_amount or not is_currency:
        raise RecordError(f"compensation {amount} {currency} is no amount; write it like 120.50 and AUD")


def outcome_of(life: Life, basis: Basis, outcome: Outcome | None) -> str:
    if outcome is not None:
        return outcome.value
    if basis is Basis.RESPONSE and life.response is not None:
        return life.response.outcome
    raise RecordError(f"{life.complaint_id}: closing needs an outcome (RG 271.164): {', '.join(Outcome)}")


def remedies_of(life: Life, remedies: Collection[Remedy]) -> list[str]:
    if not remedies or (Remedy.NONE in remedies and len(set(remedies)) > 1):
        raise RecordError(f"{life.complaint_id}: closing needs its remedies (RG 271.164), or `none` alone")
    return list(dict.fromkeys(remedy.value for remedy in remedies))


def evidence_facts(evidence: Evidence | None) -> tuple[dict[str, object], dict[str, object]]:
    """What stays, and what names a person or repeats their words."""
    if evidence is None:
        return {}, {}
    when = evidence.at.isoformat() if evidence.at else None
    told = {"when": when, "channel": evidence.channel, "message_id": evidence.message_id}
    return {"evidence": told}, {"who": evidence.who, "quote": evidence.quote}


def standing_of(other: Life) -> dict[str, object]:
    """How a complaint stands when it is merged away: what the kept one has to know of it."""
    acknowledged_at = other.acknowledged_at
    return {
        "received_at": other.received_at.isoformat(),
        "received_on": other.received_on.isoformat(),
        "types": list(other.types),
        "acknowledged_at": acknowledged_at.isoformat() if acknowledged_at else None,
        "has_representative": other.has_representative,
        "has_safe_contact": other.needs_safe_contact,
        "needs": list(other.needs),
        "written_response": [code.value for code in other.written_response],
    }
