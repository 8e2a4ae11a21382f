"""From entries to the register as people read it: one row a complaint."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models import Entry, EntryKind
from models.clock import ACKNOWLEDGE, last_limit
from models.complaint import Life
from models.errors import RecordError
from register.columns import COLUMNS, MASK, MASKED, NO, PERSONAL, REDACTED, YES
from register.life import fold
from register.missing import missing
from register.selection import EVERYTHING, Selection

Row = dict[str, Any]

NATURE = frozenset({EntryKind.OPENED, EntryKind.CORRECTED, EntryKind.RULED_OUT, EntryKind.REOPENED, EntryKind.RETYPED})
"""Entries that say anew what the complaint is, and by whose decision."""
OF_NATURE = tuple("time_zone channel account kind message_id language basis limbs decided_by classifier policy".split())
CORRECTABLE = ("outcome", "remedies", "compensation_amount", "compensation_currency", "afca_reference")


def rows(
    entries: Iterable[Entry], *, selection: Selection = EVERYTHING, with_personal_data: bool = False
) -> Iterator[Row]:
    """One row per complaint that is selected, in constant memory.

    `entries` come ordered by complaint, then by `seq`.

    Raises: RecordError naming a complaint whose entries are not what was written.
    """
    for _, group in groupby(entries, key=lambda entry: entry.complaint_id):
        found = row(list(group))
        if selection.takes(found):
            yield found if with_personal_data else masked(found)


def masked(row: Row) -> Row:
    hidden = {name: MASK for name in MASKED if row[name] not in (None, NO, REDACTED)}
    return row | hidden | {"support_need": MASK}


def row(entries: Sequence[Entry]) -> Row:
    """What one complaint's entries add up to, personal data included.

    Raises: RecordError.
    """
    try:
        return _row(fold(entries), entries)
    except (ValueError, KeyError, TypeError, AttributeError, ZoneInfoNotFoundError):
        name = f"{entries[0].complaint_id} (entry {entries[0].seq})"
        raise RecordError(f"the entries of complaint {name} cannot be read; run `earshot register verify`") from None


def _row(life: Life, entries: Sequence[Entry]) -> Row:
    found: Row = dict.fromkeys(COLUMNS)
    found |= _nature(life) | _handling(life) | _closing(life) | _links(life) | _told(entries)
    found["recorded_at"] = entries[0].recorded_at
    found["custom_fields"] = _pairs(life.custom_fields)
    if found["personal_fields"] != REDACTED:
        found["personal_fields"] = _pairs(life.personal_fields)
    found["closed_on"], found["days_to_resolve"] = _closed_on(life, found["time_zone"])
    found["entries"] = f"{entries[0].seq}-{entries[-1].seq}" if len(entries) > 1 else str(entries[0].seq)
    found["missing"] = missing(
        found,
        has_evidence=life.closing is not None and life.closing.evidence is not None,
        has_authority=all(one.authority for one in life.representatives),
    )
    return found


def _nature(life: Life) -> Row:
    return {
        "complaint_id": life.complaint_id,
        "status": life.status.value,
        "received_at": life.received_at.isoformat(),
        "received_on": life.received_on.isoformat(),
        "brand": life.brand,
        "complaint_type": ", ".join(life.types),
        "product": life.product,
        "issues": list(life.issues),
        "category": life.category,
        "tier": life.tier,
        "priority": life.priority,
        "tags": list(life.tags),
        "acknowledge_due_at": life.acknowledge_due_at.isoformat() if life.acknowledge_due_at else None,
        "respond_due_on": life.respond_due_on.isoformat() if life.respond_due_on else None,
    }


def _told(entries: Iterable[Entry]) -> Row:
    """What the entries say that is no part of the complaint's life, and what was corrected about its end."""
    found: Row = {"corrections": 0}
    for entry in entries:
        kind = entry.kind
        if kind in NATURE:
            facts = json.loads(entry.facts)
            found |= {name: facts[name] for name in OF_NATURE if name in facts}
            if kind == EntryKind.CORRECTED:
                found |= {name: facts[name] for name in CORRECTABLE if name in facts}
                found["corrections"] += 1
            if kind in (EntryKind.OPENED, EntryKind.CORRECTED):
                found |= _personal(entry)
        elif kind == EntryKind.ACKNOWLEDGED and "acknowledged_by" not in found:
            facts = json.loads(entry.facts)
            found |= {name: facts.get(name) for name in ("acknowledged_on_channel", "acknowledged_by")}
    return found


def _pairs(fields: Sequence[tuple[str, str]]) -> str | None:
    return "; ".join(f"{key}: {value}" for key, value in fields) or None


def _personal(entry: Entry) -> Row:
    if entry.personal is None:
        return dict.fromkeys(PERSONAL, REDACTED)
    return {name: value for name, value in json.loads(entry.personal).items() if name in PERSONAL}


def _handling(life: Life) -> Row:
    acknowledged_at, response, notices = life.first_acknowledged_at, life.response, life.delay_notices
    return {
        "acknowledged_at": acknowledged_at.isoformat() if acknowledged_at else None,
        "acknowledged_late": _late(life, acknowledged_at),
        "delay_notices": len(notices),
        "delay_notices_valid": sum(notice.is_valid for notice in notices),
        "delay_notified_at": notices[-1].at.isoformat() if notices else None,
        "responded_at": response.at.isoformat() if response else None,
        "responded_on_channel": response.channel if response else None,
        "response_missing": list(response.missing) if response else [],
        "history": [" by ".join(filter(None, (f"{s.at.isoformat()} {s.kind}", s.by))) for s in life.history],
        "reopenings": sum(step.kind == EntryKind.REOPENED for step in life.history),
    }


def _late(life: Life, acknowledged_at: datetime | None) -> str | None:
    """In time is who met either target (INTERP of RG 271.51); nothing is said of what is not acknowledged yet."""
    limit = last_limit(life.dues, ACKNOWLEDGE)
    if acknowledged_at is None or limit is None:
        return None
    return YES if acknowledged_at > limit else NO


def _closing(life: Life) -> Row:
    closing, response = life.closing, life.response
    return {
        "outcome": (closing.outcome if closing else None) or (response.outcome if response else None) or None,
        "remedies": list(closing.remedies) if closing else [],
        "compensation_amount": closing.compensation_amount if closing else None,
        "compensation_currency": closing.compensation_currency if closing else None,
        "closed_at": life.closed_at.isoformat() if life.closed_at else None,
        "close_basis": life.basis.value if life.basis else None,
        "afca_reference": life.afca_reference,
        "refer_back_due_on": life.refer_back_due_on.isoformat() if life.refer_back_due_on else None,
    }


def _closed_on(life: Life, zone: str | None) -> tuple[str | None, int | None]:
    """Local day of closing, and calendar days since the day of receipt, which is day 0."""
    if life.closed_at is None:
        return None, None
    day = life.closed_at.astimezone(ZoneInfo(zone or "UTC")).date()
    return day.isoformat(), (day - life.received_on).days


def _links(life: Life) -> Row:
    return {
        "representative": YES if life.has_representative else NO,
        "support_need": YES if life.needs else NO,
        "systemic_candidate": ", ".join(life.systemic) or None,
        "on_hold": YES if life.on_hold else NO,
        "merged_into": life.merged_into,
        "merged_from": [other.complaint_id for other in life.merged],
    }
