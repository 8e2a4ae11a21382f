"""Walking the chain: names the first entry that is not what was written."""

from collections.abc import Iterable
from dataclasses import dataclass

from models import Entry
from models.entry import GENESIS
from register.entries import digest_entry, digest_personal


@dataclass(frozen=True, slots=True)
class Verification:
    """`fault` is None where every entry stands as it was written."""

    entries: int
    """How many entries are good, from the first on."""
    redacted: int
    """Of these, how many had their personal data lawfully removed."""
    digest: str
    """Of the last good entry: write it down elsewhere, and a register that was replaced as a whole is found out too."""
    fault: str | None = None


def verify(entries: Iterable[Entry], *, head: tuple[int, str] | None = None) -> Verification:
    """Check entries in order of `seq`, in constant memory.

    `head` is (seq, digest) of the last entry as noted apart from the entries: with it, missing last entries are found.
    """
    good, redacted, previous = 0, 0, GENESIS
    for entry in entries:
        fault = _fault(entry, expected_seq=good + 1, previous=previous)
        if fault is not None:
            return Verification(good, redacted, previous, fault)
        good, previous = good + 1, entry.digest
        redacted += entry.personal is None
    if head is not None and head != (good, previous):
        return Verification(
            good, redacted, previous, f"entry {good + 1} is missing: the last one written was {head[0]}"
        )
    return Verification(good, redacted, previous)


def _fault(entry: Entry, *, expected_seq: int, previous: str) -> str | None:
    where = f"entry {entry.seq} ({entry.complaint_id}, {entry.kind})"
    if entry.seq != expected_seq:
        return f"entry {expected_seq} is missing: {where} follows entry {expected_seq - 1}"
    if entry.previous != previous:
        return f"{where} does not follow the entry before it"
    if entry.digest != digest_entry(entry):
        return f"{where} was changed after it was written"
    if entry.personal is None and entry.salt is None:
        return None
    if entry.personal is None or entry.salt is None:
        return f"{where} has lost a part of its personal data"
    if entry.personal_digest != digest_personal(entry.personal, entry.salt):
        return f"the personal data of {where} was changed after it was written"
    return None
