"""One line at a time out of a stream, in bounded memory however long the line is."""

import hashlib
import io
from dataclasses import dataclass

LONGEST_KEPT_BYTES = 16 * 1024 * 1024
"""A longer line is passed over in pieces: its beginning, its length and its digest are kept."""
KEPT_OF_LONGER_BYTES = 64 * 1024
TAIL_BYTES = 256

_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it stands in the file."""

    content: bytes
    """Without its ending; only the beginning where `too_long` is set."""
    length: int
    """Bytes, ending included."""
    tail: bytes
    """The last bytes, ending included."""
    too_long: str = ""
    """Why the line cannot be read, where it exceeds what is kept."""

    @property
    def is_ended(self) -> bool:
        return self.tail.endswith(b"\n")

    @property
    def is_blank(self) -> bool:
        return not self.content.removeprefix(b"\xef\xbb\xbf").strip()


def read_line(reader: io.BufferedReader) -> Line | None:
    """The next line, None at the end."""
    whole = reader.readline(LONGEST_KEPT_BYTES)
    if not whole:
        return None
    if len(whole) == LONGEST_KEPT_BYTES and not whole.endswith(b"\n"):
        return _pass_over(reader, whole)
    content = whole.removesuffix(b"\n").removesuffix(b"\r")
    return Line(content=content, length=len(whole), tail=whole[-TAIL_BYTES:])


def _pass_over(reader: io.BufferedReader, beginning: bytes) -> Line:
    digest, length, tail = hashlib.sha256(beginning), len(beginning), beginning[-TAIL_BYTES:]
    while not tail.endswith(b"\n") and (piece := reader.readline(_PIECE_BYTES)):
        digest.update(piece)
        length += len(piece)
        tail = (tail + piece)[-TAIL_BYTES:]
    reason = f"the line has {length} bytes (sha256 {digest.hexdigest()}), more than {LONGEST_KEPT_BYTES}"
    kept = f"only its first {KEPT_OF_LONGER_BYTES} are kept here, the whole stays where it came from"
    return Line(content=beginning[:KEPT_OF_LONGER_BYTES], length=length, tail=tail, too_long=f"{reason}; {kept}")
