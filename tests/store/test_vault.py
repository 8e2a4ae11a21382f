"""What is sealed opens in its own place alone, with one of the keys, unchanged."""

import os
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from store.vault import FileKeys, GivenKeys, Key, Vault, VaultError, context_of, is_sealed, vault_of

HERE = context_of("users", "second_factor", 7)


@dataclass(frozen=True)
class Told:
    home: Path
    vault_key: SecretStr | None = None
    vault_key_file: Path | None = None


def vault(*keys: Key) -> Vault:
    return Vault(GivenKeys(keys or [Key.new()]))


@given(st.binary(max_size=500), st.text(max_size=50))
def test_what_is_sealed_opens_again_and_shows_nothing_of_it(plain: bytes, context: str) -> None:
    safe = vault()
    sealed = safe.seal(plain, context)
    assert is_sealed(sealed)
    assert len(plain) < 8 or plain not in sealed
    assert safe.open(sealed, context) == plain


def test_the_same_value_is_sealed_differently_each_time() -> None:
    safe = vault()
    assert safe.seal(b"secret", HERE) != safe.seal(b"secret", HERE)


def test_a_value_does_not_open_in_another_row_column_or_table() -> None:
    safe = vault()
    sealed = safe.seal(b"secret", HERE)
    for elsewhere in (("users", "second_factor", 8), ("users", "other", 7), ("sessions", "second_factor", 7)):
        with pytest.raises(VaultError, match="moved there from another place"):
            safe.open(sealed, context_of(*elsewhere))


@given(st.integers(min_value=12), st.integers(min_value=1, max_value=255))
def test_a_changed_bit_is_refused(place: int, bits: int) -> None:
    safe = vault()
    sealed = bytearray(safe.seal(b"secret", HERE))
    sealed[12 + place % (len(sealed) - 12)] ^= bits
    with pytest.raises(VaultError, match="was changed"):
        safe.open(bytes(sealed), HERE)


def test_an_older_key_opens_and_the_newest_seals() -> None:
    old, new = Key.new(), Key.new()
    sealed = vault(old).seal(b"secret", HERE)
    both = vault(new, old)
    assert both.open(sealed, HERE) == b"secret"
    assert not both.is_newest(sealed)
    again = both.resealed(sealed, HERE)
    assert both.is_newest(again)
    assert vault(new).open(again, HERE) == b"secret"


def test_a_missing_key_is_named_with_the_way_out_and_without_the_secret() -> None:
    old = Key.new()
    with pytest.raises(VaultError) as refused:
        vault(Key.new()).open(vault(old).seal(b"hush-hush", HERE), HERE)
    told = str(refused.value)
    assert old.shown in told and HERE in told and "EARSHOT_VAULT_KEY" in told and "earshot vault check" in told
    assert "hush" not in told and old.written not in told


@pytest.mark.parametrize("bytes_there", [b"", b"es1\x00", b'{"access_token": "plain"}'])
def test_what_was_never_sealed_is_refused(bytes_there: bytes) -> None:
    with pytest.raises(VaultError, match="was not sealed by this program"):
        vault().open(bytes_there, HERE)


def test_the_key_file_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = vault_of(Told(home)).seal(b"secret", HERE)
    assert (home / "vault.key").stat().st_mode & 0o077 == 0
    assert [path.name for path in home.iterdir()] == ["vault.key"]
    assert vault_of(Told(home)).open(first, HERE) == b"secret"


def _newest(path: str) -> str:
    return FileKeys(Path(path), is_made=True).keys()[0].written


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with get_context("spawn").Pool(2) as pool:
        made = pool.map(_newest, [str(tmp_path / "vault.key")] * 4, chunksize=1)
    assert len(set(made)) == 1


def test_a_running_process_sees_the_new_key_of_its_file(tmp_path: Path) -> None:
    keys = FileKeys(tmp_path / "vault.key", is_made=True)
    safe, before = Vault(keys), keys.keys()[0]
    FileKeys(tmp_path / "vault.key", is_made=True).put([new := Key.new(), before])
    assert safe.newest == new
    assert os.stat(tmp_path / "vault.key").st_mode & 0o077 == 0


def test_several_machines_share_the_keys_by_setting(tmp_path: Path) -> None:
    old, new = Key.new(), Key.new()
    one = Told(tmp_path / "a", SecretStr(f"{new.written}, {old.written}"))
    other = Told(tmp_path / "b", SecretStr(f"{old.written},{new.written}"))
    assert vault_of(other).open(vault_of(one).seal(b"secret", HERE), HERE) == b"secret"
    assert not (tmp_path / "a").exists() and not (tmp_path / "b").exists()


def test_a_file_that_is_named_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match=r"there is no file .*mounted\.key"):
        vault_of(Told(tmp_path, vault_key_file=tmp_path / "mounted.key")).seal(b"secret", HERE)
    assert list(tmp_path.iterdir()) == []


WHOLE = Key(bytes(32)).written


@pytest.mark.parametrize("written", ["short", "*" * 44, "ü" * 44, WHOLE[:-4], f"{WHOLE},zz"])
def test_a_key_that_cannot_be_read_is_refused_without_showing_it(written: str, tmp_path: Path) -> None:
    with pytest.raises(VaultError) as refused:
        vault_of(Told(tmp_path, SecretStr(written)))
    assert "EARSHOT_VAULT_KEY, part" in str(refused.value)
    assert all(part not in str(refused.value) for part in written.split(","))


def test_an_empty_or_foreign_key_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    for content, said in (("", "is empty"), ("nonsense\n", "line 1 of")):
        path.write_text(content, encoding="ascii")
        with pytest.raises(VaultError, match=said):
            vault_of(Told(tmp_path)).seal(b"secret", HERE)
