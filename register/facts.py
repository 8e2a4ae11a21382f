"""What an entry says of its complaint: facts that stay, and personal data that can be redacted.

Source: RG 271.179 and .182 for what must be recorded; the list follows the minimum record in `docs/register.md`.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from models import Decision, Due, Mention, Verdict
from models.clock import ACKNOWLEDGE, RESPOND, last_limit
from models.digests import digest


def opening_facts(
    mention: Mention, verdict: Verdict, decision: Decision, *, zone: ZoneInfo, complaint_type: str = "standard"
) -> dict[str, object]:
    """Of the message that made it a complaint. The day of receipt is a date in the licensee's `zone`."""
    return {
        "received_at": mention.created_at.isoformat(),
        "received_on": mention.created_at.astimezone(zone).date().isoformat(),
        "received_at_assumed": mention.created_at_assumed,
        "fetched_at": mention.received_at.isoformat(),
        "time_zone": zone.key,
        "channel": mention.channel,
        "account": mention.account,
        "kind": mention.kind.value,
        "message_id": mention.id,
        "language": verdict.lang,
        "complaint_type": complaint_type,
        "category": next(iter(verdict.category), None),
        "classifier": verdict.classifier,
        "complaint_score": round(verdict.complaint_score, 4),
    } | standing_facts(decision)


def standing_facts(decision: Decision) -> dict[str, object]:
    """What triage decided: it may be decided anew, in a later entry."""
    definition = decision.definition
    return {
        "tier": int(decision.tier),
        "priority": decision.priority.value,
        "tags": list(decision.tags),
        "basis": definition.basis,
        "limbs": [f"{limb.name}: {limb.verdict.value}" for limb in definition.limbs],
        "decided_by": definition.decided_by,
        "policy": decision.policy_version,
    } | due_facts(decision.dues)


def due_facts(given: Sequence[Due]) -> dict[str, object]:
    """The two dates every reader asks for, and all of them by key."""
    dues = {due.key: due for due in given}
    acknowledge, respond = last_limit([(due.key, due.at) for due in given], ACKNOWLEDGE), dues.get(RESPOND)
    return {
        "acknowledge_due_at": acknowledge.isoformat() if acknowledge else None,
        "respond_due_on": respond.on.isoformat() if respond else None,
        "dues": {key: due.at.isoformat() for key, due in dues.items()},
    }


def receipt_facts(received_at: datetime, *, zone: ZoneInfo) -> dict[str, object]:
    """The instant, and the day of receipt in the licensee's `zone`."""
    return {
        "received_at": received_at.isoformat(),
        "received_on": received_at.astimezone(zone).date().isoformat(),
    }


def personal_facts(mention: Mention) -> dict[str, object]:
    """What names a person or repeats their words."""
    author = mention.author
    return {
        "complainant": (author.handle or author.name or author.id) if author else None,
        "complainant_name": author.name if author else None,
        "text": mention.text,
        "text_sha256": digest(mention.text),
        "url": mention.url,
        "native_id": mention.native_id,
    }


def acknowledged_facts(*, at: datetime, channel: str, by: str, text: str) -> dict[str, object]:
    """Of the first answer that was sent: its words are covered by their digest."""
    return {
        "acknowledged_at": at.isoformat(),
        "acknowledged_on_channel": channel,
        "acknowledged_by": by,
        "acknowledgement_sha256": digest(text),
    }
