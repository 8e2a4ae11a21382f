"""Making one entry: pure, so that the same facts after the same entry always give the same digest.

Source: RG 271.179 (record all complaints, track the progress of each).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from models import Entry, EntryKind
from models.digests import canonical, digest


def make_entry(
    kind: EntryKind,
    *,
    seq: int,
    complaint_id: str,
    recorded_at: datetime,
    facts: Mapping[str, object],
    personal: Mapping[str, object],
    salt: str,
    previous: str,
) -> Entry:
    """The entry that follows `previous`. `salt` is random; it keeps a short personal value from being guessed."""
    hidden = canonical(personal)
    entry = Entry(
        seq=seq,
        complaint_id=complaint_id,
        kind=kind.value,
        recorded_at=recorded_at.astimezone(UTC).isoformat(),
        facts=canonical(facts),
        personal_digest=digest_personal(hidden, salt),
        previous=previous,
        digest="",
        personal=hidden,
        salt=salt,
    )
    return replace(entry, digest=digest_entry(entry))


def digest_personal(personal: str, salt: str) -> str:
    """SHA-256, lower-case hex."""
    return digest(f"{salt}\n{personal}")


def digest_entry(entry: Entry) -> str:
    """SHA-256 over all that is hashed, each part with its length, so that no two entries share a text."""
    parts = (
        str(entry.seq),
        entry.complaint_id,
        entry.kind,
        entry.recorded_at,
        entry.facts,
        entry.personal_digest,
        entry.previous,
    )
    return digest("".join(f"{len(part)}:{part}\n" for part in parts))
