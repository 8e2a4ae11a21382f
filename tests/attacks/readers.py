"""Everything that reads what others wrote, by name, with a good example each: for tests and for the hunt."""

import csv
import io
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from connectors.json_answers import Unreadable, parsed, raw_bytes, read_or_keep
from connectors.mailbox.html_text import text_of_html
from connectors.mailbox.letter import read_letter
from connectors.mailbox.quotations import said_in
from connectors.mastodon.wire import Notification
from connectors.replay.stream import Stream
from connectors.replay.table import table_lines
from connectors.telegram.client import read_update
from ingest.normalise import normalise
from ingest.parsing import parse_message
from models.errors import EarshotError, RecordError

NOW = datetime(2026, 6, 5, 14, 0, tzinfo=UTC)
MOST_BYTES = 64 * 1024


def message(data: bytes) -> None:
    once = normalise(parse_message(data, received_at=NOW))
    assert normalise(once).text == once.text
    json.dumps(once.raw)


def mail(data: bytes) -> None:
    letter = read_letter(data)
    said_in(str(getattr(letter, "text", "")), is_reply=True)


def html(data: bytes) -> None:
    text = text_of_html(data.decode("utf-8", "replace"))
    assert len(text) <= 4 * MOST_BYTES


def telegram(data: bytes) -> None:
    for item in _items(data):
        read_update(item)


def mastodon(data: bytes) -> None:
    for item in _items(data):
        found = read_or_keep(item, Notification)
        if isinstance(found, Unreadable):
            assert raw_bytes(item)


def table(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(b"text,id\n" + data)
        file.flush()
        try:
            for line in table_lines(Path(file.name), {}):
                json.loads(line)
        except csv.Error:
            return


def packed(data: bytes) -> None:
    stream = Stream(io.BytesIO(data), called="fuzzed")
    read = 0
    while (chunk := stream.reader.read(65536)) and read < 10_000_000:
        read += len(chunk)


def _items(data: bytes) -> list[object]:
    try:
        value = parsed(data)
    except (ValueError, RecursionError):
        return []
    return value if isinstance(value, list) else [value]


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (message, mail, html, telegram, mastodon, table, packed)
}
SEEDS: dict[str, tuple[bytes, ...]] = {
    "message": (b'{"id":"1","channel":"x","text":"hi","author":{"id":1},"created_at":"2026-06-05T13:50:00Z"}',),
    "mail": (b"From: A <a@b.example>\r\nSubject: =?utf-8?q?x?=\r\nMessage-ID: <1@b>\r\n\r\nhello\r\n> quoted\r\n",),
    "html": (b"<p>one<br>two<script>x</script><!-- c --><style>y</style></p>",),
    "telegram": (b'{"update_id":1,"message":{"message_id":2,"date":1,"chat":{"id":3,"type":"private"},"text":"x"}}',),
    "mastodon": (b'{"id":"1","type":"mention","created_at":"2026-06-05T13:50:00Z","account":{"id":"2","acct":"a"}}',),
    "table": (b'"one, two",3\n',),
    "packed": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03+I\xad(\x01\x00\x0c~\x7f\xd8\x04\x00\x00\x00",),
}


def throw(name: str, data: bytes) -> None:
    """Raises: whatever is no refusal of ours."""
    try:
        TARGETS[name](data[:MOST_BYTES])
    except (EarshotError, RecordError):
        return
