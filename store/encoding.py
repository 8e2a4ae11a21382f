"""Records to JSON values and back, checked on the way in."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def encode(record: object) -> Any:
    """A dataclass of `models` as plain JSON values."""
    return _adapter(type(record)).dump_python(record, mode="json")


def decode(kind: type[T], value: object) -> T:
    record: T = _adapter(kind).validate_python(value)
    return record
