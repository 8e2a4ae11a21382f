"""Backup while everything writes, restore, and every way in which a restore must not happen."""

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from connectors.desk_in_memory import DeskInMemory
from register.verify import verify_stored
from running.home import LOCK
from store.migrate import MIGRATIONS
from store.store import Store
from store.vitals import BackupMade
from tests.cli.conftest import Earshot
from tests.flow.bench import Bench
from tests.servers.postgres import Cluster
from tests.servers.programs import first_on_path

TEXTS = ("charged twice for one transfer", "my card never arrived", "lovely staff", "app is down since morning")


class Place:
    """A home and a database of either kind, with the program that runs on it."""

    def __init__(self, home: Path, url: str, monkeypatch: pytest.MonkeyPatch, open_store: Callable[[str], Store]):
        self.home, self.url, self._monkeypatch = home, url, monkeypatch
        self._store = open_store(url)
        home.mkdir(mode=0o700, exist_ok=True)

    def go(self) -> None:
        """What is run from now on is run here, and nobody else is connected."""
        self.store().close()
        self._monkeypatch.setenv("EARSHOT_HOME", str(self.home))
        self._monkeypatch.setenv("EARSHOT_DATABASE_URL", self.url)
        self._monkeypatch.setenv("EARSHOT_REDIS_URL", "unix:///nowhere/redis.sock")

    def store(self) -> Store:
        return self._store

    def bench(self) -> Bench:
        return Bench(self.store())


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request, tmp_path, monkeypatch, open_store) -> Iterator[Callable[[str], Place]]:
    """Makes places by name: a database that has all tables and no rows, or not even tables."""
    made: list[str] = []

    def make(name: str, *, has_tables: bool = True) -> Place:
        if request.param == "sqlite":
            path = tmp_path / name / "earshot.db"
            path.parent.mkdir(mode=0o700)
            if has_tables:
                shutil.copyfile(request.getfixturevalue("empty_sqlite"), path)
            return Place(tmp_path / name, f"sqlite:///{path}", monkeypatch, open_store)
        cluster: Cluster = request.getfixturevalue("postgres")
        like = {"like": request.getfixturevalue("empty_postgres")} if has_tables else {}
        context = cluster.database(**like)
        url = context.__enter__()
        request.addfinalizer(lambda: context.__exit__(None, None, None))
        made.append(url)
        return Place(tmp_path / name, url, monkeypatch, open_store)

    yield make


def say(bench: Bench, first: int, count: int) -> None:
    """Messages by people of their own, through the whole flow."""
    messages = [
        {
            "id": str(number),
            "channel": "x",
            "account": "acme",
            "text": f"{TEXTS[number % len(TEXTS)]}, number {number}",
            "created_at": "2026-06-05T13:50:00Z",
            "author": {"id": f"u{number}", "handle": f"h{number}"},
        }
        for number in range(first, first + count)
    ]
    bench.read(*messages)
    bench.drain()


@contextmanager
def writers(place: Place, *, number: int = 2) -> Iterator[list[BaseException]]:
    """So many at work for as long as the block lasts: taking in, judging, opening cases, writing the register."""
    stop, faults, ready = threading.Event(), [], threading.Barrier(number + 1)

    def work(which: int) -> None:
        store = Store(place.url)
        bench, done = Bench(store), 0
        try:
            while not stop.is_set():
                say(bench, 10_000 * (which + 1) + done, 3)
                done += 3
                if done == 6:
                    ready.wait(60)
        except BaseException as error:  # noqa: BLE001  told to the test
            faults.append(error)
            ready.abort()
        finally:
            store.close()

    threads = [threading.Thread(target=work, args=(which,)) for which in range(number)]
    for thread in threads:
        thread.start()
    try:
        ready.wait(60)
        yield faults
    finally:
        stop.set()
        for thread in threads:
            thread.join(120)


def counts(store: Store) -> dict[str, int]:
    with store.engine.connect() as connection:
        names = ("mentions", "verdicts", "cases", "events", "clocks", "outbox", "register_entries", "local_tickets")
        return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in names}


def loose(store: Store) -> list[tuple[object, ...]]:
    """Rows that belong to nothing, and steps of the flow of which half is there."""
    halves = (
        "SELECT 'verdict', mention_id FROM verdicts WHERE mention_id NOT IN (SELECT id FROM mentions)",
        "SELECT 'case', id FROM cases WHERE id NOT IN (SELECT case_id FROM events WHERE case_id IS NOT NULL)",
        "SELECT 'triaged', id FROM mentions WHERE state = 'triaged' AND case_id IS NULL",
        "SELECT 'judged', id FROM mentions WHERE state IN ('classified', 'triaged') AND id NOT IN"
        " (SELECT mention_id FROM verdicts)",
        "SELECT 'complaint', complaint_id FROM cases WHERE complaint_id IS NOT NULL AND complaint_id NOT IN"
        " (SELECT complaint_id FROM register_entries)",
        "SELECT 'outbox', id FROM outbox WHERE case_id NOT IN (SELECT id FROM cases)",
    )
    with store.engine.connect() as connection:
        found = [tuple(row) for half in halves for row in connection.execute(text(half))]
        if connection.dialect.name == "sqlite":
            found += [tuple(row) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    return found


def register_of(store: Store) -> tuple[int, str, str | None]:
    with store.reading() as transaction:
        found = verify_stored(transaction.register.stored(), head=transaction.register.head())
    return found.entries, found.digest, found.fault


def manifest_of(archive: Path) -> dict[str, object]:
    with zipfile.ZipFile(archive) as file:
        return json.loads(file.read("manifest.json"))


@pytest.mark.slow
def test_a_backup_under_load_is_whole_and_is_restored_as_it_was(earshot: Earshot, place, tmp_path: Path) -> None:
    here, there = place("here"), place("there")
    say(here.bench(), 0, 12)
    archive = tmp_path / "a.zip"
    here.go()
    with writers(here) as faults:
        done = earshot("backup", str(archive))
        assert done.code == 0, done.err
    assert faults == []
    told = manifest_of(archive)
    assert told["register_entries"] > 0 and told["register_fault"] is None
    after = counts(here.store())

    there.go()
    done = earshot("restore", str(archive))
    assert done.code == 0, done.err
    store = there.store()
    assert register_of(store) == (told["register_entries"], told["register_digest"], None)
    assert str(told["register_digest"]) in done.out
    assert loose(store) == []
    found = counts(store)
    assert all(12 <= found["mentions"] <= after["mentions"] and found[name] <= after[name] for name in found)

    bench = there.bench()
    bench.flow.sweep()
    bench.time = bench.time.replace(hour=20)  # leases of those who were at work have ended
    bench.flow.sweep()
    bench.drain()
    with store.reading() as transaction:
        assert transaction.counts.waiting()[0] == 0
    say(bench, 90_000, 4)  # and it goes on from there
    assert counts(store)["mentions"] == found["mentions"] + 4
    assert register_of(store)[2] is None and register_of(store)[0] > told["register_entries"]


@pytest.mark.parametrize("revision", ["0001", "0020"])
def test_a_backup_of_older_tables_is_made_and_is_brought_forward_when_it_is_restored(
    earshot: Earshot, place, tmp_path: Path, revision: str
) -> None:
    """As before an upgrade: the program is new, the tables are not yet."""
    here, there = place("here", has_tables=False), place("there", has_tables=False)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with here.store().engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.execute(text("INSERT INTO connections (name, cursor) VALUES ('bluesky', '7')"))
    here.go()
    done = earshot("backup", str(tmp_path / "a.zip"))
    assert done.code == 0 and f"schema {revision}" in done.out, done.err
    with here.store().engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == revision
    there.go()
    done = earshot("restore", str(tmp_path / "a.zip"))
    assert done.code == 0 and f"schema {revision}, brought to this version" in " ".join(done.out.split()), done.err
    with there.store().reading() as transaction:
        assert transaction.connections.get("bluesky").cursor == "7"
        there_is, needed = transaction.vitals.schema()
        assert there_is == needed
    say(there.bench(), 0, 3)
    assert counts(there.store())["cases"] == 3


def test_a_backup_is_noted_down_and_readable_by_its_owner_only(earshot: Earshot, place, tmp_path: Path) -> None:
    here = place("here")
    say(here.bench(), 0, 2)
    here.go()
    done = earshot("backup", str(tmp_path / "a.zip"))
    assert done.code == 0, done.err
    assert (tmp_path / "a.zip").stat().st_mode & 0o777 == 0o600
    sha256 = hashlib.sha256((tmp_path / "a.zip").read_bytes()).hexdigest()
    assert sha256 in done.out
    with here.store().reading() as transaction:
        last = transaction.vitals.last_backup()
    assert isinstance(last, BackupMade)
    assert (last.sha256, last.register_entries) == (sha256, register_of(here.store())[0])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".earshot")] == []


def test_without_a_name_it_lies_in_this_folder_and_never_over_another(earshot: Earshot, place, tmp_path: Path) -> None:
    here = place("here")
    here.go()
    assert earshot("backup").code == 0
    [made] = tmp_path.glob("earshot-*.zip")
    before = made.read_bytes()
    done = earshot("backup", str(made))
    assert done.code == 2 and "exists already" in done.err
    assert made.read_bytes() == before


def test_what_lies_in_home_goes_along_and_secrets_stay_out_until_they_are_asked_for(
    earshot: Earshot, place, tmp_path: Path
) -> None:
    here, there, locked = place("here"), place("there"), place("locked")
    (here.home / "classifiers/firm-1").mkdir(parents=True)
    files = {
        "classifiers/firm-1/manifest.toml": "v = 1",
        "links.key": "l" * 32,
        "configuration.key": "c" * 32,
        "meta-sent-is-not-a-folder": "x",
        "redis.log": "x",
        "workers.log": "x",
    }
    secrets = {"vault.key": "k" * 44, "threads-0123456789abcdef.json": "{}"}
    for name, words in (files | secrets).items():
        (here.home / name).write_text(words)
    here.go()
    done = earshot("backup", str(tmp_path / "open.zip"))
    assert "vault.key" in done.err and "kept elsewhere" in " ".join(done.err.split())
    assert earshot("backup", str(tmp_path / "locked.zip"), "--with-keys").code == 0
    kept = {"classifiers/firm-1/manifest.toml", "links.key", "configuration.key"}
    assert set(manifest_of(tmp_path / "open.zip")["members"]) == {"database", *(f"home/{name}" for name in kept)}
    assert manifest_of(tmp_path / "open.zip")["left_out"] == sorted(secrets)

    there.go()
    done = earshot("restore", str(tmp_path / "open.zip"))
    assert done.code == 0 and "put back by hand" in done.err and "vault.key" in done.err
    assert {name: (there.home / name).read_text() for name in kept} == {name: files[name] for name in kept}
    assert not (there.home / "vault.key").exists()
    locked.go()
    assert earshot("restore", str(tmp_path / "locked.zip")).code == 0
    assert (locked.home / "vault.key").read_text() == secrets["vault.key"]
    assert (locked.home / "vault.key").stat().st_mode & 0o777 == 0o600


def state_of(place: Place) -> object:
    """Everything that a refused restore must leave as it is."""
    files = {path.name: path.read_bytes() for path in sorted(place.home.rglob("*.key")) if path.is_file()}
    return counts(place.store()), register_of(place.store()), files


def test_what_was_carried_out_since_the_backup_is_not_done_again(earshot: Earshot, place, tmp_path: Path) -> None:
    """The desk knows of the ticket; the database that comes back does not."""
    here, desk = place("here"), DeskInMemory()
    bench = Bench(here.store(), desk)
    bench.read({"id": "1", "channel": "x", "text": "charged twice for one transfer", "author": {"id": "u1"}})
    while (job := bench.queues.take()) is not None:
        if not job[0].startswith("deliver"):
            getattr(bench.flow, job[0])(*job[1])
    here.go()
    assert earshot("backup", str(tmp_path / "a.zip")).code == 0
    bench.flow.sweep()
    bench.drain()
    assert len(desk.tickets) == 1
    here.go()
    done = earshot("restore", str(tmp_path / "a.zip"), "--replace")
    assert done.code == 0, done.err
    bench = Bench(here.store(), desk)
    bench.time = datetime.now(UTC) + timedelta(minutes=5)
    bench.flow.sweep()
    bench.drain()
    assert len(desk.tickets) == 1
    with here.store().reading() as transaction:
        assert transaction.counts.all(now=bench.time)["tickets"]["sent"] == 1


@pytest.fixture
def archive(earshot: Earshot, place, tmp_path: Path) -> Path:
    here = place("source")
    (here.home / "links.key").write_text("l" * 32)
    say(here.bench(), 0, 6)
    here.go()
    assert earshot("backup", str(tmp_path / "a.zip")).code == 0
    return tmp_path / "a.zip"


@pytest.fixture
def used(place) -> Place:
    """A place in which something is, that is not to be lost."""
    made = place("used")
    say(made.bench(), 500, 3)
    (made.home / "configuration.key").write_text("ours")
    return made


def repacked(archive: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Another archive of the same members, changed, with everything that a zip checks by itself put right."""
    with zipfile.ZipFile(archive) as file:
        members = {name: file.read(name) for name in file.namelist()}
    change(members)
    made = archive.with_name("changed.zip")
    with zipfile.ZipFile(made, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return made


def with_a_changed_byte(archive: Path) -> Path:
    def change(members: dict[str, bytes]) -> None:
        middle = len(members["database"]) // 2
        members["database"] = members["database"][:middle] + b"\0\1\2" + members["database"][middle + 3 :]

    return repacked(archive, change)


def told_otherwise(**facts: object) -> Callable[[Path], Path]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | facts).encode()

    return lambda archive: repacked(archive, change)


def with_a_stranger(archive: Path) -> Path:
    def change(members: dict[str, bytes]) -> None:
        told = json.loads(members["manifest.json"])
        members["home/../../evil"] = b"x"
        told["members"]["home/../../evil"] = {"bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
        members["manifest.json"] = json.dumps(told).encode()

    return repacked(archive, change)


def flipped(archive: Path) -> Path:
    content = bytearray(archive.read_bytes())
    content[len(content) // 3] ^= 0xFF
    made = archive.with_name("flipped.zip")
    made.write_bytes(content)
    return made


def cut_off(archive: Path) -> Path:
    made = archive.with_name("cut.zip")
    made.write_bytes(archive.read_bytes()[:-200])
    return made


def lacking(archive: Path) -> Path:
    return repacked(archive, lambda members: members.pop("home/links.key") and None)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (cut_off, "is no whole backup"),
        (flipped, "is no whole backup"),
        (with_a_changed_byte, "the member database is not what was written"),
        (lacking, "does not hold the members"),
        (with_a_stranger, "has no place in a home folder"),
        (told_otherwise(earshot_backup=2), "a newer program"),
        (told_otherwise(schema_revision="9999"), "schema 9999"),
        (told_otherwise(members=7), "its manifest cannot be read"),
        (lambda archive: Path(__file__), "is no whole backup"),
        (lambda archive: archive.with_name("gone.zip"), "there is no file"),
    ],
    ids=["cut", "flipped", "byte", "lacking", "stranger", "form", "schema", "manifest", "text", "gone"],
)
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    earshot: Earshot, archive: Path, used: Place, spoil: Callable[[Path], Path], words: str
) -> None:
    before = state_of(used)
    used.go()
    done = earshot("restore", str(spoil(archive)), "--replace")
    assert (done.code, "Traceback" in done.err) == (2, False)
    assert words in " ".join(done.err.split())
    assert state_of(used) == before
    assert sorted(path.name for path in used.home.iterdir() if path.name.startswith(".earshot")) == []


def test_a_place_in_which_something_is_is_refused_until_it_is_given_up(
    earshot: Earshot, archive: Path, used: Place
) -> None:
    before = state_of(used)
    used.go()
    done = earshot("restore", str(archive))
    assert done.code == 2
    assert "there is something already: mentions, cases" in " ".join(done.err.split())
    assert state_of(used) == before
    used.go()
    done = earshot("restore", str(archive), "--replace")
    assert done.code == 0, done.err
    assert counts(used.store())["mentions"] == 6
    assert register_of(used.store())[1] == manifest_of(archive)["register_digest"]


def test_a_place_where_somebody_is_at_work_is_refused(earshot: Earshot, archive: Path, used: Place) -> None:

    before = state_of(used)
    used.go()
    with (used.home / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = earshot("restore", str(archive), "--replace")
    assert done.code == 2 and "stop it first" in done.err
    with used.store().reading() as transaction:
        transaction.counts.effects()
        done = earshot("restore", str(archive), "--replace")
    assert done.code == 2 and "stop every part of Earshot first" in " ".join(done.err.split())
    assert state_of(used) == before


def test_the_other_kind_of_database_is_refused(
    earshot: Earshot, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = manifest_of(archive)["database"]
    other = "postgresql://nobody@127.0.0.1:9/x" if kind == "sqlite" else f"sqlite:///{tmp_path / 'x.db'}"
    monkeypatch.setenv("EARSHOT_DATABASE_URL", other)
    done = earshot("restore", str(archive))
    assert done.code == 2
    assert f"the backup is of {kind}" in " ".join(done.err.split())


def test_a_broken_register_is_backed_up_as_it_is_and_said_at_both_ends(earshot: Earshot, place, tmp_path) -> None:
    here, there = place("here"), place("there")
    say(here.bench(), 0, 4)
    with here.store().engine.begin() as connection:
        connection.execute(text("UPDATE register_entries SET kind = 'closed' WHERE seq = 1"))
    here.go()
    done = earshot("backup", str(tmp_path / "a.zip"))
    assert done.code == 1 and "the register is broken: entry 1" in done.err
    there.go()
    done = earshot("restore", str(tmp_path / "a.zip"))
    assert done.code == 1 and "was broken when it was backed up" in done.err
    assert counts(there.store()) == counts(here.store())


def test_there_is_nothing_to_back_up_where_nothing_was_ever_made(earshot: Earshot, tmp_path: Path) -> None:
    done = earshot("backup", str(tmp_path / "a.zip"))
    assert done.code == 2 and "there is no database" in done.err
    assert not (tmp_path / "a.zip").exists()
    assert not (tmp_path / "home" / "earshot.db").exists()


@pytest.mark.postgres
def test_without_the_programs_of_postgresql_it_says_what_to_install(
    earshot: Earshot, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", postgres_url)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = earshot("backup", str(tmp_path / "a.zip"))
    assert done.code == 2
    assert "pg_dump is not on PATH: install PostgreSQL's client programs" in " ".join(done.err.split())
    assert not (tmp_path / "a.zip").exists()


@pytest.mark.postgres
def test_a_restore_that_fails_in_the_middle_leaves_postgresql_as_it_was(
    earshot: Earshot, open_store, postgres, empty_postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`psql` is one that stops half-way, as where a connection breaks."""
    with postgres.database(like=empty_postgres) as source, postgres.database(like=empty_postgres) as target:
        monkeypatch.setenv("EARSHOT_DATABASE_URL", source)
        say(Bench(open_store(source)), 0, 4)
        assert earshot("backup", str(tmp_path / "a.zip")).code == 0
        used = open_store(target)
        say(Bench(used), 100, 3)
        before = counts(used)
        used.close()
        folder = tmp_path / "bin"
        folder.mkdir()
        broken = folder / "psql"
        broken.write_text(
            "#!/bin/sh\n"
            'for one; do case "$one" in --file=*database.sql) echo "SELECT 1/0;" >> "${one#--file=}";; esac; done\n'
            f'exec {first_on_path("psql")} "$@"\n'
        )
        broken.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        monkeypatch.setenv("EARSHOT_DATABASE_URL", target)
        done = earshot("restore", str(tmp_path / "a.zip"), "--replace")
        assert done.code == 2 and "division by zero" in done.err
        assert counts(open_store(target)) == before


@pytest.mark.postgres
def test_somebody_elses_tables_are_never_dropped(
    earshot: Earshot, open_store, postgres, empty_postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.database(like=empty_postgres) as source, postgres.database() as target:
        monkeypatch.setenv("EARSHOT_DATABASE_URL", source)
        assert earshot("backup", str(tmp_path / "a.zip")).code == 0
        others = open_store(target)
        with others.engine.begin() as connection:
            connection.execute(text("CREATE TABLE wages (id integer)"))
        others.close()
        monkeypatch.setenv("EARSHOT_DATABASE_URL", target)
        done = earshot("restore", str(tmp_path / "a.zip"))
        assert done.code == 2 and "not Earshot's (wages)" in " ".join(done.err.split())


def test_the_copy_of_sqlite_is_one_file_that_any_program_reads(
    earshot: Earshot, sqlite_url: str, tmp_path, monkeypatch
):
    monkeypatch.setenv("EARSHOT_DATABASE_URL", sqlite_url)
    assert earshot("backup", str(tmp_path / "a.zip")).code == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        file.extract("database", tmp_path)
    connection = sqlite3.connect(tmp_path / "database")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_sandbox_is_neither_backed_up_nor_restored_into(earshot: Earshot, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "sandbox.json").write_text("{}")
    for words in (("backup", "a.zip"), ("restore", "a.zip")):
        done = earshot(*words)
        assert done.code == 2 and "sandbox" in done.err
