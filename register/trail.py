"""The audit trail of one case as a file: what happened, what was entered in the register, and who looked at it."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from models.access import Access
from models.cells import cell
from models.digests import canonical
from models.entry import Entry
from models.event import ActorKind, Event

FORMAT_VERSION = "2026.1"
COLUMNS = ("number", "at", "source", "what", "actor_kind", "actor", "case", "message", "facts")
AUTHOR, MASKED = "the author", "masked"
_PLAIN = re.compile(r"C-\d+|\d{4}-\d\d-\d\dT[\d:.+Z-]+|[0-9a-f]{32,64}")
"""Numbers of complaints, instants and digests."""
_CODED = frozenset(
    "label said given opinion tier priority team path rule rules classifier policy_version pack clock clocks state kind"
    " effect sink status channel lang decision paragraph act role thing subject".split()
)
"""Facts that hold codes of ours: in any other a text may be somebody's words or name."""


@dataclass(frozen=True, slots=True, order=True)
class _Row:
    at: str
    """ISO 8601, UTC."""
    place: int
    """Of one instant: what happened, then what was entered, then who looked."""
    number: int
    """Within its source."""
    source: str = field(compare=False)
    what: str = field(compare=False)
    facts: Mapping[str, object] = field(compare=False)
    actor_kind: str = field(default="", compare=False)
    actor: str = field(default="", compare=False)
    case: str = field(default="", compare=False)
    message: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Trail:
    """Of a case and of those that were merged into it."""

    cases: Sequence[int]
    complaint_id: str | None
    events: Sequence[Event]
    entries: Sequence[Entry]
    accesses: Sequence[Access]
    head: tuple[int, str]
    """(seq, digest) of the register's last entry when the file was made."""

    def rows(self, *, with_personal_data: bool) -> Iterator[tuple[object, ...]]:
        """As `COLUMNS`, in the order of the instants."""
        found = sorted([*self._events(), *self._entries(), *self._accesses()])
        for number, one in enumerate(found, 1):
            facts = one.facts if with_personal_data else _masked(one.facts)
            is_author = one.actor_kind == ActorKind.AUTHOR.value and not with_personal_data
            actor = AUTHOR if is_author else one.actor
            yield number, one.at, one.source, one.what, one.actor_kind, actor, one.case, one.message, canonical(facts)

    def _events(self) -> Iterator[_Row]:
        for number, one in enumerate(self.events):
            case, message = str(one.case_id or ""), one.mention_id or ""
            who = (one.actor_kind.value, one.actor)
            yield _Row(one.at.isoformat(), 0, number, "event", one.kind.value, one.facts, *who, case, message)

    def _entries(self) -> Iterator[_Row]:
        """Personal data of an entry is not repeated: it stands in the register, and its digest here."""
        for one in self.entries:
            facts = {"entry": json.loads(one.facts), "seq": one.seq, "digest": one.digest, "previous": one.previous}
            yield _Row(one.recorded_at, 1, one.seq, "register", one.kind, facts)

    def _accesses(self) -> Iterator[_Row]:
        for number, one in enumerate(self.accesses):
            facts = {**one.facts, "role": one.role, "thing": one.thing, "subject": one.subject}
            who = (ActorKind.PERSON.value, one.person)
            yield _Row(one.at.isoformat(), 2, number, "access", one.act.value, facts, *who)


@dataclass(frozen=True, slots=True)
class TrailFile:
    name: str
    content: bytes
    rows: int
    sha256: str
    manifest: bytes
    """JSON without any instant of the run: the same trail gives the same file and the same manifest."""


def trail_file(trail: Trail, *, with_personal_data: bool) -> TrailFile:
    """CSV with a byte-order mark; no cell runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    rows = [[cell(value) for value in row] for row in trail.rows(with_personal_data=with_personal_data)]
    writer.writerows(rows)
    content = b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")
    name, sha256 = f"case-{trail.cases[0]}-trail.csv", hashlib.sha256(content).hexdigest()
    seq, digest = trail.head
    told = {
        "file": name,
        "format_version": FORMAT_VERSION,
        "cases": list(trail.cases),
        "complaint": trail.complaint_id,
        "rows": len(rows),
        "sha256": sha256,
        "personal_data": "shown" if with_personal_data else "masked",
        "register": {"seq": seq, "digest": digest},
    }
    manifest = (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()
    return TrailFile(name, content, len(rows), sha256, manifest)


def _masked(facts: object, key: str = "") -> object:
    """Keys, numbers and codes stay; anything that may be words is left out."""
    if isinstance(facts, Mapping):
        return {name: _masked(value, name) for name, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [_masked(value, key) for value in facts]
    if isinstance(facts, str) and facts and key not in _CODED and not _PLAIN.fullmatch(facts):
        return MASKED
    return facts
