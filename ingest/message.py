"""The message-in contract: which keys a message has, of which type, and what is said when one is wrong."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from models import Kind
from models.errors import RecordError

LONGEST_ID = 512
"""Characters; platforms stay far below."""
MOST_PROBLEMS_TOLD = 3

_PERSONAL = frozenset({"text", "id", "handle", "name", "bio", "url", "author", "conversation_id", "in_reply_to"})
_EXPECTED = {
    "string_type": "a string",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "model_type": "an object",
    "union": "a string",
}
_KINDS = frozenset(kind.value for kind in Kind)
_JSON_TYPES: Mapping[type, str] = {bool: "", int: "the number", float: "the number", str: "the string"}


def _identifier(given: object) -> object:
    """Whole numbers are taken as ids, since many exports write them so; an empty one counts as absent."""
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    if not isinstance(given, str):
        return given
    identifier = given.strip()
    if len(identifier) > LONGEST_ID:
        raise ValueError(f"has {len(identifier)} characters, more than {LONGEST_ID}")
    if not identifier.isprintable():
        raise ValueError("holds a control or invisible character; give it as the platform does")
    return identifier or None


def _count(given: object) -> object:
    """Tables that hold gaps write whole numbers as `12.0`."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


def _kind(given: object) -> object:
    if not isinstance(given, str):
        return given
    if given.strip().lower() not in _KINDS:
        raise ValueError(f"is {_shown(given)}; allowed are {', '.join(kind.value for kind in Kind)}")
    return given.strip().lower()


Identifier = Annotated[str | None, BeforeValidator(_identifier)]
Count = Annotated[int | None, BeforeValidator(_count)]
Instant = str | int | float | None


class MessageAuthor(BaseModel):
    """Who said it, as the line tells."""

    model_config = ConfigDict(strict=True)

    id: Identifier = None
    handle: str | None = None
    name: str | None = None
    bio: str | None = None
    followers: Count = None
    following: Count = None
    posts: Count = None
    verified: bool | None = None
    has_avatar: bool | None = None
    dms_open: bool | None = None
    created_at: Instant = None


class Message(BaseModel):
    """One line of the contract; only `text` is required, null counts as absent."""

    model_config = ConfigDict(strict=True)

    text: str
    id: Identifier = None
    channel: Identifier = None
    account: Identifier = None
    kind: Annotated[str | None, BeforeValidator(_kind)] = None
    lang: str | None = None
    created_at: Instant = None
    on_owned_channel: bool | None = None
    conversation_id: Identifier = None
    in_reply_to: Identifier = None
    url: str | None = None
    shares: Count = None
    author: MessageAuthor | None = None


def read_message(record: Mapping[str, Any]) -> Message:
    """Raises: RecordError naming each wrong key and what stands there; words and names of people are never quoted."""
    try:
        return Message.model_validate(record)
    except ValidationError as error:
        problems = {_problem(dict(details)) for details in error.errors(include_url=False)}
        told = sorted(problems)[:MOST_PROBLEMS_TOLD]
        more = f"; and {len(problems) - len(told)} more" if len(problems) > len(told) else ""
        raise RecordError("; ".join(told) + more) from None


def _problem(details: Mapping[str, Any]) -> str:
    location = tuple(str(part) for part in details["loc"])
    at_instant = location[-1] in ("str", "int", "float")
    path = location[:-1] if at_instant else location
    key, given = ".".join(path), details["input"]
    if key == "text" and (given is None or details["type"] == "missing"):
        return "text is missing; it is the one key every message needs"
    if details["type"] == "value_error":
        return f"{key} {details['ctx']['error']}"
    expected = "an ISO 8601 date and time" if at_instant else _EXPECTED.get(details["type"], "of another type")
    return f"{key} must be {expected}, not {_described(path[-1], given)}"


def _described(key: str, given: object) -> str:
    if isinstance(given, dict | list):
        return "an object" if isinstance(given, dict) else "a list"
    kind = _JSON_TYPES[type(given)]
    if isinstance(given, str) and key in _PERSONAL:
        return "a string"
    return f"{kind} {_shown(given)}".strip()


def _shown(given: object) -> str:
    """Short and printable, whatever it is."""
    written = json.dumps(given)
    return written if len(written) <= 40 else written[:39] + "…"
