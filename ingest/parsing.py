"""One line of JSON → one mention, or the reason it cannot be one."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.instants import read_instant, why_implausible
from ingest.message import Message, MessageAuthor, read_message
from ingest.notes import NOTES_KEY, noted
from models import Author, Kind, Mention
from models.errors import RecordError
from models.identity import mention_id

LONGEST_LINE_BYTES = 1024 * 1024
DEEPEST_NESTING = 64

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_MESSAGE_KEYS = frozenset(Message.model_fields)
_AUTHOR_KEYS = frozenset(MessageAuthor.model_fields)


def parse_message(
    line: bytes,
    *,
    received_at: datetime,
    default_channel: str = "file",
    default_account: str = "",
    longest_line_bytes: int = LONGEST_LINE_BYTES,
) -> Mention:
    """The mention a line stands for, not yet normalised. Unknown keys and refused values stay in `raw`.

    A message without an id is named by the digest of its record, so two identical anonymous lines are one message.

    Raises: RecordError naming the key, or the place in the line, and the way out.
    """
    record, notes = _record(line, longest_line_bytes)
    message = read_message(record)
    raw, refused = _beyond_contract(record), dict[str, object]()
    created_at, why = _created_at(message, received_at)
    if why:
        notes.append(f"created_at {why}: the instant of receipt stands in for it")
        if message.created_at is not None:
            refused["created_at"] = message.created_at
    author = _author(message.author, received_at, notes, refused)
    channel = (message.channel or default_channel).lower()
    account = message.account.lstrip("@") if message.account else default_account
    native_id = message.id or f"sha256:{_digest(record)}"
    kind = Kind(message.kind) if message.kind else Kind.MENTION
    return Mention(
        id=mention_id(channel, account, native_id),
        channel=channel,
        account=account,
        native_id=native_id,
        kind=kind,
        text=message.text,
        created_at=created_at,
        received_at=received_at,
        created_at_assumed=bool(why),
        conversation_id=message.conversation_id or _own_conversation(kind, message.in_reply_to, native_id, author),
        lang=message.lang,
        on_owned_channel=message.on_owned_channel,
        in_reply_to=message.in_reply_to,
        url=message.url,
        author=author,
        shares=message.shares,
        raw=noted(_with_refused_author(raw, refused), notes, refused),
    )


def _record(line: bytes, longest_line_bytes: int) -> tuple[dict[str, Any], list[str]]:
    if len(line) > longest_line_bytes:
        raise RecordError(f"the line has {len(line)} bytes, more than {longest_line_bytes}: split or shorten it")
    record = _decoded(line.removeprefix(_BYTE_ORDER_MARK))
    if not isinstance(record, dict):
        raise RecordError("the line is JSON but not an object: write one {…} with a `text` per line")
    if line.count(b"{") + line.count(b"[") > DEEPEST_NESTING:
        _refuse_deep(record)
    if b"\\u" not in line:
        return record, []
    return _storable(record)


def _decoded(line: bytes) -> object:
    if (place := line.find(b"\0")) >= 0:
        raise RecordError(f"a NUL byte at offset {place}: the line is damaged, or UTF-16; save it as UTF-8")
    try:
        written = line.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = line[error.start]
        raise RecordError(f"not UTF-8: byte 0x{byte:02X} at offset {error.start}; save the file as UTF-8") from None
    if not written.strip():
        raise RecordError("the line is empty")
    try:
        return json.loads(
            written, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite_number
        )
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg} at character {error.pos + 1} of {len(written)}"
        raise RecordError(f"{reason}; write one object per line") from None
    except RecursionError:
        raise RecordError(f"nested deeper than {DEEPEST_NESTING} levels") from None
    except ValueError:
        raise RecordError("not usable JSON: a number has too many digits") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object with the same key twice is refused: keeping one of the two would lose the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        named = f"the key {twice}" if twice in _MESSAGE_KEYS | _AUTHOR_KEYS else "a key"
        raise RecordError(f"{named} stands twice in one object: keep one of them")
    return found


def _refuse_constant(constant: str) -> object:
    raise RecordError(f"not JSON: {constant} is no JSON number; write null where there is none")


def _finite_number(written: str) -> float:
    number = float(written)
    if number in (float("inf"), float("-inf")):
        raise RecordError("a number is too large to be kept exactly; write it as a string")
    return number


def _refuse_deep(record: object) -> None:
    """So that whoever writes `raw` later never meets a value too deep to write."""
    level, values = 0, [record]
    while values:
        level += 1
        if level > DEEPEST_NESTING:
            raise RecordError(f"nested deeper than {DEEPEST_NESTING} levels")
        values = [inner for value in values for inner in _inner(value)]


def _inner(value: object) -> list[object]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [inner for inner in inside if isinstance(inner, dict | list)]


def _storable(record: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Without NUL characters, which no database keeps in text; half characters are refused."""
    written = json.dumps(record, ensure_ascii=False)
    if _LONE_SURROGATE.search(written):
        raise RecordError(
            "half of a character (a lone surrogate, \\ud800 to \\udfff): something was cut inside an emoji"
        )
    if "\\u0000" not in written:
        return record, []
    without = _without_nul(record)
    return without, ["NUL characters were removed"] if without != record else []


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return _object([(key.replace("\0", ""), _without_nul(item)) for key, item in value.items()])
    return value


def _digest(record: Mapping[str, Any]) -> str:
    canonical = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:24]


def _beyond_contract(record: Mapping[str, Any]) -> dict[str, object]:
    raw = {key: value for key, value in record.items() if key not in _MESSAGE_KEYS}
    if NOTES_KEY in raw:
        raw[f"{NOTES_KEY}_given"] = raw.pop(NOTES_KEY)
    author = {key: value for key, value in (record.get("author") or {}).items() if key not in _AUTHOR_KEYS}
    if author:
        raw["author"] = author
    return raw


def _with_refused_author(raw: dict[str, object], refused: dict[str, object]) -> dict[str, object]:
    """Moves what was refused about the author to where the author's other unused keys stand."""
    author = refused.pop("author", None)
    if not isinstance(author, dict):
        return raw
    beyond = raw.get("author")
    return {**raw, "author": {**(beyond if isinstance(beyond, dict) else {}), **author}}


def _created_at(message: Message, received_at: datetime) -> tuple[datetime, str]:
    """When it was said, or the instant of receipt and why that has to stand in."""
    if message.created_at is None:
        return received_at, "is missing"
    instant, why = read_instant(message.created_at)
    why = why or (why_implausible(instant, received_at=received_at) if instant else "")
    return (received_at, why) if why or instant is None else (instant, "")


def _author(
    given: MessageAuthor | None, received_at: datetime, notes: list[str], refused: dict[str, object]
) -> Author | None:
    """None where nothing tells two people apart: merging them under an empty id would mix their histories."""
    if given is None:
        return None
    handle = given.handle.strip().lstrip("@") if given.handle else ""
    identifier = given.id or handle.casefold()
    if not identifier:
        known = given.model_dump(exclude_none=True)
        if known:
            notes.append("author has neither id nor handle: who said it is unknown")
            refused["author"] = known
        return None
    created_at, why = read_instant(given.created_at) if given.created_at is not None else (None, "")
    why = why or (why_implausible(created_at, received_at=received_at) if created_at else "")
    if why:
        notes.append(f"author.created_at {why}: taken as unknown")
        refused["author"] = {"created_at": given.created_at}
    facts = given.model_dump(exclude={"id", "created_at"})
    return Author(id=identifier, created_at=None if why else created_at, **facts)


def _own_conversation(kind: Kind, in_reply_to: str | None, native_id: str, author: Author | None) -> str:
    if kind is Kind.DM:
        return f"dm:{author.id}" if author else in_reply_to or native_id
    return in_reply_to or native_id
