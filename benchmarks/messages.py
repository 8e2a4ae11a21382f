"""What is measured on: the bundled sample repeated with other ids, authors and words, or a file of the caller's."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

from connectors.replay.sample import sample_path, shifted
from connectors.replay.source import FileSource
from ingest.normalise import normalise
from ingest.parsing import parse_message
from models import Mention
from models.errors import SetupError

SAID_AT = datetime(2026, 6, 5, 14, 0, tzinfo=UTC)
"""The sample is moved to the day before this instant, so that every run reads the same bytes."""
NAMES = ("id", "conversation_id", "in_reply_to")


@dataclass(frozen=True, slots=True)
class Messages:
    path: Path
    what: str
    """In words, for the reader of the figures."""
    mentions: tuple[Mention, ...]
    """Those that can be read, as the classifier is given them."""
    sha256: str

    @property
    def count(self) -> int:
        return len(self.mentions)


@dataclass(frozen=True, slots=True)
class Mixed:
    """The sample with another share of complaints: of its own lines half are, of a firm's stream a few in a hundred."""

    share: float
    is_complaint: Callable[[Sequence[Mention]], Sequence[bool]]


def prepare(folder: Path, *, file: Path | None, number: int | None, mixed: Mixed | None = None) -> Messages:
    """The messages as a file in `folder`; `mixed` is for the bundled sample.

    Raises: SetupError where there is none to read.
    """
    sample = shifted(sample_path().read_bytes().splitlines(), SAID_AT).splitlines()
    if file is not None:
        endless = _lines_of(file)
    elif mixed is not None:
        endless = _mixed(sample, mixed)
    else:
        endless = repeated(sample)
    lines = list(islice(endless, number))
    path = folder / "messages.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    mentions = mentions_of(path)
    if not mentions:
        raise SetupError(f"{file} holds no message that can be read; give a file of JSON lines")
    source = f"{file}" if file is not None else f"the bundled sample ({len(sample)} lines) repeated"
    source += f", {mixed.share:.0%} of them complaints" if mixed is not None else ""
    words = sum(len(mention.text.split()) for mention in mentions) / len(mentions)
    what = f"{len(mentions)} messages, {words:.0f} words each on average: {source}"
    return Messages(path, what, mentions, hashlib.sha256(path.read_bytes()).hexdigest())


def some_others(folder: Path, *, number: int) -> Path:
    """A few messages that are in no other file, to warm up with."""
    lines = (_varied(record, "warm") for record in _records(sample_path().read_bytes().splitlines()))
    path = folder / "warm_up.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in islice(lines, number)))
    return path


def repeated(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Without end: each copy says its number in ids, author and words, so that none is a repeat of another."""
    records = list(_records(lines))
    for copy in count():
        yield from (_varied(record, str(copy)) for record in records)


def _mixed(lines: Iterable[bytes], mixed: Mixed) -> Iterator[bytes]:
    """Without end. Raises: SetupError where one kind is missing."""
    known = [json.dumps(record).encode() for record in _records(lines)]
    parsed = [normalise(parse_message(line, received_at=SAID_AT, default_channel="file")) for line in known]
    is_complaint = mixed.is_complaint(parsed)
    kinds = [[line for line, found in zip(known, is_complaint, strict=True) if found is kind] for kind in (True, False)]
    if not all(kinds):
        raise SetupError("the bundled sample has complaints only, or none: it cannot be mixed anew")
    complaints, others = map(repeated, kinds)
    for place in count():
        is_next = int((place + 1) * mixed.share) > int(place * mixed.share)
        yield next(complaints) if is_next else next(others)


def source_of(path: Path) -> FileSource:
    """As `earshot ingest` reads it."""
    return FileSource(path, parse=partial(parse_message, received_at=SAID_AT, default_channel="file"))


def mentions_of(path: Path) -> tuple[Mention, ...]:
    """Those that can be read, as the classifier is given them."""
    return tuple(_read(path))


def _read(path: Path) -> Iterator[Mention]:
    source, cursor = source_of(path), None
    while (page := source.pull(cursor)).mentions or page.rejected:
        yield from (normalise(mention) for mention in page.mentions)
        cursor = page.cursor


def _lines_of(file: Path) -> Iterator[bytes]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SetupError(f"--file {file}: {error.strerror}; give a readable file of JSON lines") from None
    yield from (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).splitlines()


def _records(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The sample has lines on purpose that cannot be read; they would only be parked."""
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("text"):
            yield record


def _varied(record: dict[str, Any], mark: str) -> bytes:
    changed = record | {name: f"{record[name]}-{mark}" for name in NAMES if record.get(name)}
    changed["text"] = f"{record['text']} [{mark}]"
    author = record.get("author")
    if isinstance(author, dict) and author.get("id"):
        changed["author"] = author | {"id": f"{author['id']}-{mark}"}
    return json.dumps(changed, ensure_ascii=False).encode("utf-8", "surrogatepass")
