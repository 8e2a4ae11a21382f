"""A backup whose bytes have changed is refused, or unpacks to what it held: never to anything else."""

import random
from pathlib import Path

import pytest

from models.errors import SetupError
from running.archive import unpack, write_archive

FACTS = {
    "made_at": "2026-11-22T22:00:00+00:00",
    "database": "sqlite",
    "schema_revision": "0032",
    "register_entries": 0,
    "register_digest": "",
    "register_fault": None,
    "left_out": (),
}


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, bytes]:
    """And what it holds."""
    held = " ".join(random.Random(7).choices(("late", "fee", "card", "refund", "again"), k=900)).encode()
    (tmp_path / "held").write_bytes(held)
    write_archive(tmp_path / "whole.zip", {"database": tmp_path / "held"}, FACTS)
    return tmp_path / "whole.zip", held


def test_a_byte_that_was_changed_anywhere_never_unpacks_to_something_else(
    archive: tuple[Path, bytes], tmp_path: Path
) -> None:
    whole, held = archive
    content, refused = whole.read_bytes(), 0
    for place in range(len(content)):
        spoilt, folder = bytearray(content), tmp_path / f"to{place}"
        spoilt[place] ^= 0xFF
        (tmp_path / "spoilt.zip").write_bytes(spoilt)
        folder.mkdir()
        try:
            unpack(tmp_path / "spoilt.zip", folder)
        except SetupError:
            refused += 1
        else:
            assert (folder / "database").read_bytes() == held, place
    assert refused > len(content) / 2
