"""Bytes out of a plain or gzip file or pipe, told apart by how they begin; a break is remembered, not raised."""

import io
import zlib
from collections.abc import Callable
from typing import BinaryIO

from models.errors import SetupError

BUFFER_BYTES = 256 * 1024
GZIP = b"\x1f\x8b"

_OTHER_KINDS = {
    b"\xff\xfe\x00\x00": "UTF-32 text; convert it first: iconv -f UTF-32 -t UTF-8",
    b"\xff\xfe": "UTF-16 text; convert it first: iconv -f UTF-16 -t UTF-8",
    b"\xfe\xff": "UTF-16 text; convert it first: iconv -f UTF-16 -t UTF-8",
    b"\x00\x00\xfe\xff": "UTF-32 text; convert it first: iconv -f UTF-32 -t UTF-8",
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"BZh": "bzip2; unpack it first: bunzip2",
    b"\x28\xb5\x2f\xfd": "zstd; unpack it first: unzstd",
    b"\xfd7zXZ\x00": "xz; unpack it first: unxz",
}
_HEAD_BYTES = 6


class Stream:
    """Decoded bytes, buffered. `broken` says why the input ended too early, and is empty where it did not."""

    def __init__(self, file: BinaryIO, *, called: str, is_ours: bool = True) -> None:
        """A file that is ours is closed with the stream.

        Raises: SetupError where it is neither plain text nor gzip.
        """
        head = file.read(_HEAD_BYTES)
        refuse_other_kinds(head, called=called)
        self._file, self._is_ours = file, is_ours
        self._raw = _Gzip(file, head) if head.startswith(GZIP) else _Plain(file, head)
        self.reader: io.BufferedReader = io.BufferedReader(self._raw, BUFFER_BYTES)
        self.is_gzip = isinstance(self._raw, _Gzip)
        if self.is_gzip:
            refuse_other_kinds(self.reader.peek(_HEAD_BYTES), called=called)

    @property
    def broken(self) -> str:
        return self._raw.broken

    @property
    def bytes_taken(self) -> int:
        """Of the input as it is stored, read ahead included."""
        return self._raw.taken

    def skip(self, offset: int) -> None:
        """Leave out that many decoded bytes from the beginning, or all there are."""
        if isinstance(self._raw, _Plain) and self._file.seekable():
            return self._raw.skip_to(offset)
        while offset and (skipped := len(self.reader.read(min(offset, BUFFER_BYTES)))):
            offset -= skipped

    def close(self) -> None:
        self.reader.close()
        if self._is_ours:
            self._file.close()


def refuse_other_kinds(head: bytes, *, called: str) -> None:
    for magic, kind in _OTHER_KINDS.items():
        if head.startswith(magic):
            raise SetupError(f"{called} is {kind}; JSON lines in UTF-8 are needed, plain or gzip")


class _Plain(io.RawIOBase):
    broken = ""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        super().__init__()
        self._file, self._head, self.taken = file, head, len(head)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # narrower than typeshed's
        data, self._head = self._head, b""
        if not data:
            data = _some(self._file, len(buffer))
            self.taken += len(data)
        buffer[: len(data)] = data
        return len(data)

    def skip_to(self, offset: int) -> None:
        self._head, self.taken = b"", offset
        self._file.seek(offset)


class _Gzip(io.RawIOBase):
    """Every byte that can still be decoded before a break is given; Python's own reader drops what it had gathered."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        super().__init__()
        self._file, self._pending, self.taken = file, head, len(head)
        self._decoder = zlib.decompressobj(wbits=31)
        self._salvaged = b""
        self.broken = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # narrower than typeshed's
        data = self._decoded(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _decoded(self, size: int) -> bytes:
        while True:
            if self._salvaged or self.broken:
                data, self._salvaged = self._salvaged[:size], self._salvaged[size:]
                return data
            if self._decoder.eof and not self._begin_next_member():
                return b""
            if data := self._decompress(size):
                return data
            if self._salvaged or self._decoder.eof or self._pending:
                continue
            if not self._fill():
                self.broken = "the gzip data end in the middle: the file is half-written or was cut"

    def _decompress(self, size: int) -> bytes:
        before = self._decoder.copy()
        try:
            data = self._decoder.decompress(self._pending, size)
        except zlib.error as error:
            self.broken = f"the gzip data are damaged ({error}): fetch or pack the file again"
            self._salvaged = _until_error(before.decompress, self._pending)
            return b""
        self._pending = self._decoder.unused_data if self._decoder.eof else self._decoder.unconsumed_tail
        return data

    def _begin_next_member(self) -> bool:
        """A gzip file may hold several members one after the other, and zeros after the last."""
        self._pending = self._pending.lstrip(b"\0")
        while not self._pending and self._fill():
            self._pending = self._pending.lstrip(b"\0")
        if not self._pending:
            return False
        self._decoder = zlib.decompressobj(wbits=31)
        return True

    def _fill(self) -> bool:
        self._pending = _some(self._file, BUFFER_BYTES)
        self.taken += len(self._pending)
        return bool(self._pending)


def _some(file: BinaryIO, size: int) -> bytes:
    """At most `size` bytes, as soon as any have come: a pipe is not waited on until it is full."""
    if isinstance(file, io.BufferedReader):
        return file.read1(size)
    return file.read(size)


def _until_error(decompress: Callable[[bytes], bytes], data: bytes) -> bytes:
    """What comes out before the damaged byte."""
    found = bytearray()
    try:
        for place in range(len(data)):
            found += decompress(data[place : place + 1])
    except zlib.error:
        return bytes(found)
    return bytes(found)
