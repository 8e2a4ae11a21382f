"""What every command begins with: the settings, a home, a database with this version's tables; and how it ends."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from rich.console import Console

from models.access import Access, AccessAct
from models.errors import SetupError
from running.home import prepare_home
from settings import load as load_settings
from store.migrate import upgrade
from workers import Flow

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def ready() -> Flow:
    """The flow on a database that has this version's tables."""
    settings = load_settings()
    prepare_home(settings)
    engine = Flow(settings)
    upgrade(engine.store.engine)
    return engine


def note_access(engine: Flow, act: AccessAct, thing: str, subject: str = "", **facts: object) -> None:
    """Whoever runs a command that shows people's data is noted first: by the name the system knows them by."""
    one = Access(engine.now(), f"{getpass.getuser()} (system)", "command line", act, thing, subject, facts)
    with engine.store.writing() as transaction:
        transaction.access.note(one)


def day_or_none(text: str | None, name: str) -> date | None:
    """What an option says, where it was given. Raises: SetupError."""
    return day(text, name) if text else None


def day(text: str, name: str) -> date:
    """Raises: SetupError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SetupError(f"{name} {text!r} is no date, e.g. 2026-07-01") from None


@contextmanager
def whole_file(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its place only once it is whole."""
    if path is None:
        yield sys.stdout.buffer
        return
    partial_path = path.with_name(path.name + ".part")
    try:
        with partial_path.open("wb") as file:
            yield file
        partial_path.replace(path)
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror}; give another --output") from None
