import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

import cli
from classify.manifest import MANIFEST
from store.engine import open_engine
from store.migrate import upgrade
from store.store import Store
from tests.flow.bench import Bench
from tests.training.tiny import train_tiny


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str


Earshot = Callable[..., Done]


@pytest.fixture
def earshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Earshot:
    """Runs a command in this process, with a home of its own; gives exit code and what was printed."""
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["earshot", *arguments])
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        sys.stdout.flush()
        printed = capfdbinary.readouterr()
        return Done(code, printed.out.decode(), printed.err.decode())

    return run


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """As the program makes it, with an empty database."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    engine = open_engine(f"sqlite:///{home / 'earshot.db'}")
    upgrade(engine)
    engine.dispose()
    return home


@pytest.fixture
def version(home: Path, tiny_weights: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        folder = home / "classifiers" / name
        shutil.copytree(tiny_weights, folder)
        manifest = (folder / MANIFEST).read_text().splitlines()
        lines = (f'version = "{name}"' if line.startswith("version =") else line for line in manifest)
        (folder / MANIFEST).write_text("\n".join(lines) + "\n")
        return folder

    return make


@pytest.fixture
def bench(home: Path, open_store: Callable[[str], Store]) -> Bench:
    """The flow on the same home: its versions answer as their names say."""
    return Bench(open_store(f"sqlite:///{home / 'earshot.db'}"), home=home)
