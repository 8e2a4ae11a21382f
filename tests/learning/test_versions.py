from pathlib import Path

import pytest

from classify.loading import SHIPPED as SHIPPED_FOLDER
from classify.manifest import MANIFEST, read_manifest
from learning.versions import SHIPPED, Versions
from models import ChangeKind, ClassifierChange, Standing
from models.errors import SetupError
from tests.flow.bench import NOW
from tests.learning.versions import load_keywords, make_version


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path, load=load_keywords)


def change(version: str, digest: str) -> ClassifierChange:
    return ClassifierChange(1, ChangeKind.PROMOTED, version, digest, "agnes", "better", NOW)


def test_without_a_folder_there_is_the_shipped_one(versions: Versions) -> None:
    assert versions.names() == [SHIPPED]
    assert versions.find(SHIPPED).version == versions.live_version(Standing()) == read_manifest(SHIPPED_FOLDER).version
    assert versions.load(None).version == read_manifest(SHIPPED_FOLDER).version


def test_every_folder_in_home_is_a_version_and_what_is_half_made_is_not(versions: Versions, tmp_path: Path) -> None:
    make_version(tmp_path, "firm-2")
    make_version(tmp_path, "firm-1")
    make_version(tmp_path, ".firm-3.part")
    (tmp_path / "classifiers" / "notes.txt").write_text("not a folder")
    assert versions.names() == [SHIPPED, "firm-1", "firm-2"]
    assert versions.load(change("firm-1", versions.find("firm-1").digest)).version == "firm-1"


@pytest.mark.parametrize("name", ["", "../etc", "a/b", ".hidden", "x" * 41, "ünal", "a b"])
def test_what_cannot_be_a_name_is_refused(versions: Versions, name: str) -> None:
    with pytest.raises(SetupError, match="is no version"):
        versions.find(name)


def test_an_unknown_version_names_the_known_ones(versions: Versions, tmp_path: Path) -> None:
    make_version(tmp_path, "firm-1")
    with pytest.raises(SetupError, match="'firm-2' is not in .*known versions: shipped, firm-1"):
        versions.find("firm-2")


def test_a_folder_whose_files_changed_is_refused(versions: Versions, tmp_path: Path) -> None:
    (make_version(tmp_path, "firm-1") / "words.txt").write_text("other words")
    with pytest.raises(SetupError, match="words.txt: SHA-256"):
        versions.find("firm-1")


def test_a_folder_that_was_replaced_as_a_whole_is_not_what_was_decided_on(versions: Versions, tmp_path: Path) -> None:
    folder = make_version(tmp_path, "firm-1")
    decided = change("firm-1", versions.find("firm-1").digest)
    folder.rename(tmp_path / "old")
    make_version(tmp_path, "firm-1", words="quite other words")
    with pytest.raises(SetupError, match="changed since agnes decided on it"):
        versions.load(decided)


def test_a_folder_is_named_as_its_manifest_says_and_not_as_the_shipped_one(versions: Versions, tmp_path: Path) -> None:
    make_version(tmp_path, "firm-1", version="firm-2")
    with pytest.raises(SetupError, match="holds version 'firm-2': rename"):
        versions.find("firm-1")
    shipped = read_manifest(SHIPPED_FOLDER).version
    make_version(tmp_path, shipped)
    with pytest.raises(SetupError, match="also that of the shipped weights"):
        versions.find(shipped)


def test_a_folder_named_in_the_settings_wins_over_every_promotion(tmp_path: Path) -> None:
    pinned = make_version(tmp_path / "elsewhere", "pinned-1")
    versions = Versions(tmp_path, pinned=pinned, load=load_keywords)
    standing = Standing(live=change("firm-1", "0" * 64))
    assert versions.live(standing) is None
    assert (versions.live_version(standing), versions.load(None).version) == ("pinned-1", "pinned-1")


def test_shipped_weights_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    versions = Versions(tmp_path, pinned=tmp_path / "nowhere", load=load_keywords)
    with pytest.raises(SetupError, match=f"nowhere/{MANIFEST}: cannot be read"):
        versions.live_version(Standing())
