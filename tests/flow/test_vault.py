"""The vault's rounds: nothing is lost by a rotation, wherever it is killed; what does not open is named."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.tokens import FileTokens, Tokens
from flow.vault import check, rotate
from models.errors import AccessError
from settings import Settings
from store.migrate import upgrade
from store.sealed import PUSH_BODY
from store.sealed_file import SealedFile
from store.store import Store
from store.vault import KEY_FILE, FileKeys, Key, VaultError, is_sealed, vault_of

NOW = datetime(2026, 6, 5, 14, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    """Stands for a power cut."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "home").mkdir()
    return Settings(home=tmp_path / "home")


@pytest.fixture
def sealing(store: Store, settings: Settings) -> Store:
    """The store with a vault, and with what it keeps sealed."""
    store.vault = vault_of(settings)
    return store


def fill(store: Store, number: int = 7) -> None:
    with store.writing() as transaction:
        for one in range(number):
            transaction.pushes.keep("x", f"delivery {one}", f"token-{one}".encode(), now=NOW)


def bodies(store: Store, number: int = 7) -> list[bytes]:
    with store.reading() as transaction:
        return [push.body for push in transaction.pushes.waiting("x", limit=number)]


def tokens(settings: Settings) -> FileTokens:
    return FileTokens(settings.home, vault=vault_of(settings), vendor="youtube", account="ours", given="grant")


def test_pushes_and_tokens_are_sealed_at_rest_and_open_again(sealing: Store, settings: Settings) -> None:
    fill(sealing)
    tokens(settings).save(Tokens(access_token="canary-access", refresh_token="canary-refresh"))
    with sealing.reading() as transaction:
        kept = [value.value for value in transaction.sealed.values(PUSH_BODY, limit=10)]
    assert len(kept) == 7 and all(is_sealed(value) and b"token-" not in value for value in kept)
    assert bodies(sealing) == [f"token-{one}".encode() for one in range(7)]
    assert not any(b"canary" in path.read_bytes() for path in settings.home.iterdir())
    assert tokens(settings).load() == Tokens(access_token="canary-access", refresh_token="canary-refresh")


def test_a_rotation_seals_everything_under_a_new_key(sealing: Store, settings: Settings, monkeypatch) -> None:
    monkeypatch.setattr("flow.vault.BATCH", 3)
    fill(sealing)
    tokens(settings).save(Tokens(access_token="canary"))
    before = check(sealing, settings)
    done = rotate(sealing, settings)
    assert done.is_new and done.newest != before.newest and done.resealed == 8
    assert done.checked.by_key == {done.newest: 8} and not done.checked.faults
    assert bodies(sealing) == [f"token-{one}".encode() for one in range(7)]
    again = rotate(sealing, settings, drop_old=True)
    assert set(again.dropped) == {before.newest, done.newest}
    assert len((settings.home / KEY_FILE).read_text().split()) == 1
    assert tokens(settings).load() == Tokens(access_token="canary")


@pytest.mark.parametrize("dies_after", range(5))
def test_a_rotation_that_was_killed_is_ended_by_the_next_with_no_third_key(
    sealing: Store, settings: Settings, monkeypatch, dies_after: int
) -> None:
    monkeypatch.setattr("flow.vault.BATCH", 2)
    fill(sealing)
    tokens(settings).save(Tokens(access_token="canary"))
    batches = iter(range(100))

    def told(_: int) -> None:
        if next(batches) == dies_after:
            raise Killed

    with suppress(Killed):
        rotate(sealing, settings, told=told)
    assert bodies(sealing) == [f"token-{one}".encode() for one in range(7)]
    if check(sealing, settings).behind:
        ended = rotate(sealing, settings)
        assert not ended.is_new
    assert len((settings.home / KEY_FILE).read_text().split()) == 2
    assert check(sealing, settings).behind == 0
    assert bodies(sealing) == [f"token-{one}".encode() for one in range(7)]


def test_a_value_that_changes_while_it_is_sealed_anew_stays_as_it_changed(sealing: Store, settings: Settings) -> None:
    fill(sealing, 1)
    with sealing.reading() as transaction:
        [seen] = transaction.sealed.values(PUSH_BODY, limit=1)
        [push] = transaction.pushes.waiting("x", limit=1)
    with sealing.writing() as transaction:
        transaction.pushes.keep_part(push, "delivery 0", b"newer", fault="put off", next_at=NOW)
    with sealing.writing() as transaction:
        assert not transaction.sealed.replace(PUSH_BODY, seen, b"older")
    with sealing.reading() as transaction:
        assert [one.body for one in transaction.pushes.put_off("x", now=NOW, limit=5)] == [b"newer"]


def test_a_sealed_body_moved_to_another_row_does_not_open(sealing: Store, settings: Settings) -> None:
    fill(sealing, 2)
    with sealing.writing() as transaction:
        first, second = transaction.sealed.values(PUSH_BODY, limit=2)
        assert transaction.sealed.replace(PUSH_BODY, second, first.value)
    with pytest.raises(VaultError, match=r"pushes\.body row x delivery 1: .*moved there"):
        bodies(sealing)
    assert any("delivery 1" in fault for fault in check(sealing, settings).faults)


def test_a_lost_key_is_named_and_stops_one_connector_alone(sealing: Store, settings: Settings) -> None:
    fill(sealing, 1)
    tokens(settings).save(Tokens(access_token="canary"))
    (settings.home / KEY_FILE).unlink()
    sealing.vault = vault_of(settings)
    found = check(sealing, settings)
    assert len(found.faults) == 2 and all("put back the key" in fault for fault in found.faults)
    with pytest.raises(AccessError, match="put back the key"):
        tokens(settings).load()
    with pytest.raises(VaultError, match="older keys stay"):
        rotate(sealing, settings, drop_old=True)


def test_what_was_kept_before_there_was_a_vault_is_read_and_sealed(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    fill(store, 2)  # without a vault
    plain = SealedFile(settings.home / "links.key", vault_of(settings))
    plain.path.write_bytes(b"0" * 32)
    store.vault = vault_of(settings)
    assert bodies(store, 2) == [b"token-0", b"token-1"]
    assert check(store, settings).plain == {"pushes.body": 2}
    assert plain.load() == b"0" * 32 and is_sealed(plain.path.read_bytes())
    done = rotate(store, settings)
    assert not done.checked.plain and not done.checked.faults
    assert bodies(store, 2) == [b"token-0", b"token-1"]


def test_keys_of_the_environment_are_only_used_never_made(sealing: Store, tmp_path: Path) -> None:
    old, new = Key.new(), Key.new()
    first = Settings(home=tmp_path / "home", vault_key=SecretStr(old.written))
    sealing.vault = vault_of(first)
    fill(sealing)
    both = Settings(home=tmp_path / "home", vault_key=SecretStr(f"{new.written},{old.written}"))
    done = rotate(sealing, both)
    assert (done.newest, done.is_new, done.resealed) == (new.shown, False, 7)
    sealing.vault = vault_of(Settings(home=tmp_path / "home", vault_key=SecretStr(new.written)))
    assert len(bodies(sealing)) == 7
    with pytest.raises(VaultError, match="take the older ones out there"):
        rotate(sealing, both, drop_old=True)


@pytest.mark.slow
def test_kill_nine_at_any_moment_of_a_rotation_loses_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    store = Store.of(settings)
    upgrade(store.engine)
    fill(store, 800)
    expected = [f"token-{one}".encode() for one in range(800)]
    code = (
        "import flow.vault as v; from settings import load; from store.store import Store; v.BATCH = 10; s = load();"
        " print('begins', flush=True); v.rotate(Store.of(s), s, told=lambda done: print(done, flush=True))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    environment = kept | {"EARSHOT_HOME": str(settings.home), "PYTHONPATH": str(ROOT)}
    for batches in (0, 1, 7, 40):
        with subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, cwd=tmp_path
        ) as process:
            assert process.stdout is not None
            for _ in range(1 + batches):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        assert bodies(store, 800) == expected
        assert not check(store, settings).faults
    done = rotate(store, settings)
    assert done.checked.by_key == {done.newest: 800}
    assert bodies(store, 800) == expected
    assert len(FileKeys(settings.home / KEY_FILE, is_made=False).keys()) >= 2
    store.close()
