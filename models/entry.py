"""One line of the complaint register."""

from dataclasses import dataclass
from enum import StrEnum


class EntryKind(StrEnum):
    """What the entry says of its complaint."""

    OPENED = "opened"
    CORRECTED = "corrected"
    ACKNOWLEDGED = "acknowledged"
    RULED_OUT = "ruled_out"
    """A person decided that it does not meet the definition after all."""
    REOPENED = "reopened"
    """It is a complaint after all, or was closed too soon; clocks run from the receipt they always ran from."""
    INVESTIGATING = "investigating"
    DELAY_NOTIFIED = "delay_notified"
    RESPONDED = "responded"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    AT_AFCA = "at_afca"
    """The external dispute scheme has it."""
    RETYPED = "retyped"
    """Its complaint type was changed, with a reason: every clock is worked out anew."""
    CLOCK_EVENT = "clock_event"
    """Something happened that starts, stops or restarts a clock of its type."""
    MERGED = "merged"
    """Another complaint was found to be the same one and is kept under this id."""
    MERGED_AWAY = "merged_away"
    """It is kept under another complaint's id from now on."""
    SPLIT = "split"
    """A merge was undone, in both complaints."""
    REPRESENTATIVE = "representative"
    """Somebody with authority speaks for the complainant, or no longer does."""
    SUPPORT_NEED = "support_need"
    """Hardship, vulnerability or a wish for safe contact, as the person told it, or its end."""
    SYSTEMIC_LINKED = "systemic_linked"
    HOLD = "hold"
    """A legal hold was placed or lifted."""
    REDACTED = "redacted"
    """Personal data was removed; the entry says which, who decided and who agreed."""


GENESIS = "0" * 64
"""`previous` of the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Append-only; a change is a new entry. All fields are texts exactly as hashed and stored.

    `digest` covers every field here and the digest of the entry before. Personal data is covered through
    `personal_digest` only, a salted hash of `personal`, so that it can be redacted later and the chain still verifies.
    """

    seq: int
    """1, 2, 3 … without a gap."""
    complaint_id: str
    """Never used again for another complaint."""
    kind: str
    """An `EntryKind`."""
    recorded_at: str
    """When it was written down; ISO 8601, UTC."""
    facts: str
    """Canonical JSON object."""
    personal_digest: str
    previous: str
    """Digest of entry `seq - 1`; 64 zeros for the first."""
    digest: str
    personal: str | None
    """Canonical JSON object; None once redacted."""
    salt: str | None
