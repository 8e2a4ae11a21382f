"""How an answer in JSON becomes one of our forms, or one of our errors that quotes nothing of it."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from models.errors import RecordError, RetryableError

HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""Such an escape may also be half of a good pair; parsing twice does that no harm."""


class Wire(BaseModel):
    """Only the fields we use: new ones do no harm."""

    model_config = ConfigDict(frozen=True, extra="ignore")


T = TypeVar("T")
W = TypeVar("W", bound=BaseModel)


def read_answer(response: httpx.Response, form: type[T], *, vendor: str, address: str = "address in the settings") -> T:
    """Raises: RetryableError when the answer is not what it should be, e.g. a page of a proxy in between."""
    where = f"{vendor}: {response.request.url.path}"
    try:
        return TypeAdapter(form).validate_python(parsed(response.content))
    except ValidationError as error:
        raise RetryableError(f"{where}: answer not understood: {complaints(error)}") from None
    except (ValueError, RecursionError):
        raise RetryableError(f"{where}: answer is not JSON; is the {address} right?") from None


def parsed(content: bytes) -> object:
    """Half a character (a lone surrogate) is legal JSON but no text anybody can store: it becomes `?`."""
    value = json.loads(content)
    if HALF_A_CHARACTER.search(content):
        return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


def read_record(value: object, form: type[W]) -> W:
    """Raises: RecordError naming the fields that are wrong, without their content."""
    try:
        return form.model_validate(value)
    except ValidationError as error:
        raise RecordError(complaints(error)) from None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of an answer that we could not read: its bytes as they came, and why."""

    reason: str
    raw: bytes


def read_or_keep(value: object, form: type[W]) -> W | Unreadable:
    try:
        return read_record(value, form)
    except RecordError as error:
        return Unreadable(str(error), raw_bytes(value))


def readable(values: Iterable[object], form: type[W]) -> list[W]:
    """Those that can be read. Only for context: what is dropped here is not a mention."""
    found = []
    for value in values:
        try:
            found.append(form.model_validate(value))
        except ValidationError:
            continue
    return found


def raw_bytes(value: object) -> bytes:
    """A part of an answer, as it is kept when it cannot be read."""
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")


def complaints(error: ValidationError) -> str:
    """What is wrong with which field; never the field's content."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, problem['loc'])) or 'all'}: {problem['msg']}" for problem in problems)
