"""How far a file has been read, written so that another process can go on from there."""

import hashlib
import json
from dataclasses import dataclass

from connectors.replay.lines import TAIL_BYTES, Line


@dataclass(frozen=True, slots=True)
class Place:
    """The start of a line. The bytes just before it prove that a file is still the same up to there."""

    line: int = 0
    """Lines passed."""
    offset: int = 0
    """Decoded bytes passed."""
    tail: bytes = b""
    """The last bytes passed; known only to the process that passed them."""
    proof: str = ""
    """`length:digest` of the tail, as it stands in a cursor."""

    def after(self, line: Line) -> "Place":
        return Place(self.line + 1, self.offset + line.length, (self.tail + line.tail)[-TAIL_BYTES:])

    def to_cursor(self) -> str:
        return json.dumps({"line": self.line, "offset": self.offset, "proof": self.proof or _proof(self.tail)})

    @property
    def tail_length(self) -> int:
        return len(self.tail) or int(self.proof.partition(":")[0] or 0)

    def is_proved_by(self, tail: bytes) -> bool:
        return _proof(tail) == (self.proof or _proof(self.tail))


def read_place(cursor: str | None) -> Place:
    """The beginning for a cursor that is not ours: a repeat does no harm, a gap would."""
    try:
        found = json.loads(cursor or "")
        place = Place(line=int(found["line"]), offset=int(found["offset"]), proof=str(found["proof"]))
        is_sound = 0 <= place.tail_length <= min(place.offset, TAIL_BYTES) and place.line >= 0
    except (ValueError, TypeError, KeyError):
        return Place()
    return place if is_sound else Place()


def _proof(tail: bytes) -> str:
    return f"{len(tail)}:{hashlib.sha256(tail).hexdigest()[:16]}"
