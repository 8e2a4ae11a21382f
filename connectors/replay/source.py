"""A file or pipe of JSON lines as a source of mentions."""

import os
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from connectors.replay.lines import Line, read_line
from connectors.replay.place import Place, read_place
from connectors.replay.stream import Stream
from models import Mention, Page, Rejected
from models.errors import RecordError, RetryableError, SetupError

STANDARD_INPUT = "-"
PAGE_BYTES = 16 * 1024 * 1024
"""A page ends early where its lines are long, so that memory stays bounded."""
UNENDED = "the last line has no end, so it may be half-written"


class FileSource:
    """Pages in the order of the file. A line that cannot be read is rejected with its number, reason and bytes.

    Whatever breaks (a half line, damaged gzip) comes once per object as rejected, and the cursor stays before it: when
    the file is whole, another run goes on from there. A file that changed before the cursor is read from its beginning.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        parse: Callable[[bytes], Mention],
        name: str = "file",
        page_lines: int = 500,
        stdin: BinaryIO | None = None,
    ) -> None:
        """`path` may be `-` for `stdin` (default: the process's own)."""
        self.name = name
        self._path, self._parse, self._page_lines, self._stdin = str(path), parse, page_lines, stdin
        self._called = "standard input" if self._path == STANDARD_INPUT else self._path
        self._stream: Stream | None = None
        self._place = Place()
        self._ended: tuple[str | None, tuple[int, int] | None] | None = None
        self._last: tuple[str | None, Page] | None = None
        self._bytes_read, self._bytes_total = 0, self._size()

    @property
    def bytes_read(self) -> int:
        """Of the file as it is stored; of a gzip file the packed bytes."""
        return self._bytes_read

    @property
    def bytes_total(self) -> int | None:
        """None for a pipe."""
        return self._bytes_total

    def pull(self, cursor: str | None) -> Page:
        """The next lines. A pipe begins where it stands, whatever the first cursor says, and can go back one page.

        Raises: SetupError naming a path that cannot be opened or is of another kind; RetryableError.
        """
        if self._ended is not None and self._ended == (cursor, self._signature()):
            return Page((), cursor or self._place.to_cursor())
        if self._last is not None and self._last[0] == cursor and not self._is_file():
            return self._last[1]
        stream = self._stream_at(cursor)
        try:
            page = self._read_page(stream)
        except OSError as error:
            self.close()
            raise RetryableError(f"{self._called}: reading failed ({error.strerror}); will be tried again") from error
        self._last = None if self._is_file() else (cursor, page)
        return page

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def __del__(self) -> None:
        self.close()

    def _read_page(self, stream: Stream) -> Page:
        mentions: list[Mention] = []
        rejected: list[Rejected] = []
        begun_at = self._place.offset
        while len(mentions) + len(rejected) < self._page_lines and self._place.offset - begun_at < PAGE_BYTES:
            line = read_line(stream.reader)
            if line is not None and line.is_ended:
                self._place = self._take(line, mentions, rejected)
                continue
            self._finish(line, stream.broken, mentions, rejected)
            break
        self._bytes_read = stream.bytes_taken if stream.is_gzip else self._place.offset
        cursor = self._place.to_cursor()
        if self._stream is None:
            self._ended = (cursor, self._signature())
        return Page(mentions, cursor, rejected)

    def _take(self, line: Line, mentions: list[Mention], rejected: list[Rejected]) -> Place:
        place = self._place.after(line)
        if line.is_blank and not line.too_long:
            return place
        try:
            if line.too_long:
                raise RecordError(line.too_long)
            mentions.append(self._parse(line.content))
        except RecordError as error:
            rejected.append(Rejected(f"line {place.line}", str(error), line.content))
        return place

    def _finish(self, line: Line | None, broken: str, mentions: list[Mention], rejected: list[Rejected]) -> None:
        """The end: perhaps a last line without an ending, perhaps a break."""
        unread: list[Rejected] = []
        if line is not None:
            place = self._take(line, mentions, unread)
            self._place = self._place if unread else place
        if broken:
            content = unread[0].raw if unread else b""
            rejected.append(Rejected(f"line {self._place.line + 1} and after", broken, content))
        else:
            rejected.extend(replace(each, reason=f"{each.reason}; {UNENDED}") for each in unread)
        self.close()

    def _stream_at(self, cursor: str | None) -> Stream:
        place = read_place(cursor)
        if self._stream is not None and (
            cursor == self._place.to_cursor() or (cursor is None and not self._place.line)
        ):
            return self._stream
        if self._last is not None and not self._is_file():
            raise SetupError(f"{self._called} cannot be read twice; give a file to begin again")
        self.close()
        self._stream, self._place = self._opened(), Place()
        if self._is_file() and place.offset and not self._goes_on_at(place, self._stream):
            self.close()
            self._stream = self._opened()
        return self._stream

    def _goes_on_at(self, place: Place, stream: Stream) -> bool:
        stream.skip(place.offset - place.tail_length)
        tail = stream.reader.read(place.tail_length)
        if not place.is_proved_by(tail):
            return False
        self._place = Place(place.line, place.offset, tail)
        return True

    def _opened(self) -> Stream:
        if self._path == STANDARD_INPUT:
            return Stream(self._stdin or sys.stdin.buffer, called=self._called, is_ours=False)
        self._bytes_total = self._size()
        try:
            return _open(self._path)
        except OSError as error:
            raise SetupError(
                f"{self._path}: {error.strerror}; give a readable file, or - for standard input"
            ) from error

    def _is_file(self) -> bool:
        """Whether it can be opened again and gives the same bytes."""
        return self._signature() is not None

    def _signature(self) -> tuple[int, int] | None:
        if self._path == STANDARD_INPUT:
            return None
        try:
            found = os.stat(self._path)
        except OSError:
            return 0, 0
        return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None

    def _size(self) -> int | None:
        signature = self._signature()
        return signature[0] if signature else None


def _open(path: str) -> Stream:
    file = open(path, "rb")  # noqa: SIM115  the stream closes it
    try:
        return Stream(file, called=path)
    except (SetupError, OSError):
        file.close()
        raise
