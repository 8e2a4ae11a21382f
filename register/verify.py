"""Walking the chain: names the first entry that is not what was written."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from models import Entry, EntryKind
from models.entry import GENESIS

Stored = tuple[int, bytes, bytes, bytes, bytes, bytes | None, bytes | None, bytes, bytes, bytes]
"""The columns of one entry as bytes of UTF-8, in the order of the table: seq, complaint_id, kind, recorded_at, facts,
personal, salt, personal_digest, previous, digest. Half a letter of a broken text is then a fault of that entry, and not
one of reading."""


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


class _Broken(Exception):
    """The message names the entry."""


def verify(entries: Iterable[Entry], *, head: tuple[int, str] | None = None) -> Verification:
    """As `verify_stored`, of entries that are read already."""
    return verify_stored(map(_stored, entries), head=head)


def verify_stored(entries: Iterable[Stored], *, head: tuple[int, str] | None = None) -> Verification:
    """Check entries in order of `seq`, in constant memory.

    `head` is (seq, digest) of the last entry as noted apart from the entries: with it, missing last entries are found.
    Personal data may be gone only where a later entry says that it was redacted.
    """
    chain = _Chain()
    try:
        chain.follow(entries)
        chain.end(head)
    except _Broken as fault:
        return Verification(chain.good, chain.redacted, chain.previous.decode(), str(fault))
    return Verification(chain.good, chain.redacted, chain.previous.decode())


class _Chain:
    def __init__(self) -> None:
        self.good = 0
        self.redacted = 0
        self.previous = GENESIS.encode()
        self._unexplained: dict[int, str] = {}
        """Entries without personal data, until an entry says why."""

    def follow(self, entries: Iterable[Stored]) -> None:
        sha256 = hashlib.sha256
        for entry in entries:
            seq, complaint, kind, recorded_at, facts, personal, salt, personal_digest, previous, digest = entry
            if seq != self.good + 1:
                raise _Broken(f"entry {self.good + 1} is missing: {_name(entry)} follows entry {self.good}")
            if previous != self.previous:
                raise _Broken(f"{_name(entry)} does not follow the entry before it")
            parts = (b"%d" % seq, complaint, kind, recorded_at, facts, personal_digest, previous)
            hashed = b"".join([b"%d:%b\n" % (_length(part, entry), part) for part in parts])
            if sha256(hashed).hexdigest().encode() != digest:
                raise _Broken(f"{_name(entry)} was changed after it was written")
            if personal is None or salt is None:
                self._without_personal(entry)
            elif sha256(salt + b"\n" + personal).hexdigest().encode() != personal_digest:
                raise _Broken(f"the personal data of {_name(entry)} was changed after it was written")
            if kind == REDACTED:
                self._explain(facts)
            self.good, self.previous = seq, digest

    def _without_personal(self, entry: Stored) -> None:
        if entry[5] is not None or entry[6] is not None:
            raise _Broken(f"{_name(entry)} has lost a part of its personal data")
        self.redacted += 1
        self._unexplained[entry[0]] = _name(entry)

    def _explain(self, facts: bytes) -> None:
        for seq in json.loads(facts).get("entries") or ():
            self._unexplained.pop(seq, None)

    def end(self, head: tuple[int, str] | None) -> None:
        if head is not None and head[0] > self.good:
            raise _Broken(f"entry {self.good + 1} is missing: the last one written was {head[0]}")
        if head is not None and head != (self.good, self.previous.decode()):
            raise _Broken(f"the register's head, entry {head[0]}, is not entry {self.good}, the last one there is")
        for name in self._unexplained.values():
            raise _Broken(f"the personal data of {name} is gone, and no entry says that it was redacted")


REDACTED = EntryKind.REDACTED.value.encode()


def _length(part: bytes, entry: Stored) -> int:
    """In characters, as it was hashed."""
    if part.isascii():
        return len(part)
    try:
        return len(part.decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        raise _Broken(f"{_name(entry)} was changed after it was written: it holds bytes that are no text") from None


def _name(entry: Stored) -> str:
    return f"entry {entry[0]} ({entry[1].decode(errors='replace')}, {entry[2].decode(errors='replace')})"


def _stored(entry: Entry) -> Stored:
    return (
        entry.seq,
        _bytes(entry.complaint_id),
        _bytes(entry.kind),
        _bytes(entry.recorded_at),
        _bytes(entry.facts),
        None if entry.personal is None else _bytes(entry.personal),
        None if entry.salt is None else _bytes(entry.salt),
        _bytes(entry.personal_digest),
        _bytes(entry.previous),
        _bytes(entry.digest),
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
