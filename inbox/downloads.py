"""Files that a page hands out: written to a temporary place first, so that memory stays small."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

from starlette.responses import Response, StreamingResponse

from models.cells import plain_row

CHUNK_BYTES = 64 * 1024
MEMORY_BYTES = 4 * 1024 * 1024


def temporary() -> BinaryIO:
    return tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # type: ignore[return-value]


def as_csv(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> tuple[BinaryIO, int]:
    """A file, and how many rows. Its first bytes tell spreadsheets that it is UTF-8; no cell runs as a formula."""
    file, number = temporary(), 0
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(plain_row(row))
        number += 1
    text.detach()
    return file, number


def packed(file: BinaryIO, name: str, more: dict[str, bytes]) -> BinaryIO:
    """A file and what stands beside it as one archive; without the time of the run, so that the same is the same."""
    archived = temporary()
    with file, ZipFile(archived, "w", ZIP_DEFLATED) as archive:
        file.seek(0)
        with archive.open(name, "w", force_zip64=True) as member:  # dated 1980
            shutil.copyfileobj(file, member, CHUNK_BYTES)
        for beside, content in more.items():
            with archive.open(beside, "w") as member:
                member.write(content)
    return archived


def attached(file: BinaryIO, name: str, media_type: str, headers: dict[str, str] | None = None) -> Response:
    """Closes the file once it was sent."""
    sent_as = {"content-disposition": f'attachment; filename="{name}"'}
    return Attached(file, media_type=media_type, headers=(headers or {}) | sent_as)


class Attached(StreamingResponse):
    """A file on its way out; `discard` closes one that is not sent after all."""

    def __init__(self, file: BinaryIO, *, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(_chunks(file), media_type=media_type, headers=headers)
        self.discard = file.close


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
