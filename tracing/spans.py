"""What of a job took how long. Off, nothing happens here and nothing is loaded: `tracing.otlp` is, by `start_tracing`.

Facts are ids, names of our own and numbers; never words, handles or addresses.
"""

import importlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

from pydantic import SecretStr

Facts = Mapping[str, str | int | float | bool | Sequence[str]]
_NOTHING = nullcontext()


class Tracer(Protocol):
    def span(self, name: str, facts: Facts) -> AbstractContextManager[None]:
        """A part of the span around it, else the root of a trace."""
        ...

    def done(self, name: str, began_ns: int, facts: Facts) -> None:
        """What ends now, within the span around it; nothing where there is none."""
        ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class TracingSettings(Protocol):
    @property
    def traces_url(self) -> str | None: ...

    @property
    def traces_token(self) -> SecretStr | None: ...

    @property
    def traces_share(self) -> float: ...


Given = TypeVar("Given", bound=TracingSettings)
_tracer: Tracer | None = None


def start_tracing(settings: Given) -> Given:
    """Where a collector is set; gives the settings back. It is loaded by name: without one nobody pays for it."""
    global _tracer
    if settings.traces_url is not None:
        token = settings.traces_token.get_secret_value() if settings.traces_token is not None else None
        _tracer = importlib.import_module("tracing.otlp").Exported(settings.traces_url, token, settings.traces_share)
    return settings


def is_on() -> bool:
    return _tracer is not None


def span(name: str, facts: Facts | None = None) -> AbstractContextManager[None]:
    return _NOTHING if _tracer is None else _tracer.span(name, facts or {})


def done(name: str, began_ns: int, facts: Facts) -> None:
    """`began_ns`: by `time.time_ns`."""
    if _tracer is not None:
        _tracer.done(name, began_ns, facts)


def flush() -> None:
    """Before a process ends without a word, as the child of a forking worker does."""
    if _tracer is not None:
        _tracer.flush()


def close() -> None:
    """No spans from now on; those that are there are sent."""
    global _tracer
    if _tracer is not None:
        _tracer.close()
    _tracer = None
