"""What every command begins with: the settings, a home, a database with this version's tables; and how it ends."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rich.console import Console

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
