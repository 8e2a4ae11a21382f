"""Path traversal, archives that lie and bombs: no name from outside leads out of its folder."""

import hashlib
import json
import stat
import zipfile
from pathlib import Path

import pytest

from models.errors import SetupError
from running.archive import Manifest, unpack
from tests.inbox.factory import NOW

UP = (
    "../settings.py",
    "..%2fsettings.py",
    "%2e%2e/settings.py",
    "%2e%2e%2fsettings.py",
    "..%5csettings.py",
    "..\\settings.py",
    "%252e%252e/settings.py",
    "....//settings.py",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "vendor/../../settings.py",
    "earshot.css%00.png",
    "vendor",
    "",
    "\u2025/settings.py",
    "C:\\windows\\win.ini",
)


@pytest.mark.parametrize("name", UP)
def test_nothing_but_what_is_served_leaves_the_folder_of_static_files(nobody, name):
    answer = nobody.client.get(f"/static/{name}")
    assert answer.status_code in (303, 404, 405), answer.status_code
    assert "import" not in answer.text and "root:" not in answer.text


def test_a_link_in_the_folder_of_static_files_leads_nowhere(tmp_path):
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.testclient import TestClient

    from inbox.headers import CacheStatic

    folder = tmp_path / "static"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (folder / "link").symlink_to(tmp_path / "secret")
    app = Starlette(routes=[Mount("/static", CacheStatic(directory=folder))])
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/static/link").status_code == 404


@pytest.mark.parametrize("name", ["..", "%2e%2e", "..%2f..%2fetc", "x%00", "x/../y", "x" * 5_000, "%ff"])
def test_the_name_of_a_door_is_looked_up_and_never_a_file(nobody, name):
    for answer in (nobody.client.post(f"/hooks/{name}", content=b"{}"), nobody.client.get(f"/hooks/{name}")):
        assert answer.status_code in (303, 401, 403, 404, 405), answer.status_code


def archive(path: Path, members: dict[str, bytes], told: dict[str, object] | None = None, **facts: object) -> Path:
    """A backup as an attacker would make it: its manifest agrees with what is in it."""
    named = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()}
    manifest = {
        "earshot_backup": 1,
        "version": "0",
        "made_at": NOW.isoformat(),
        "database": "sqlite",
        "schema_revision": "x",
        "register_entries": 0,
        "register_digest": "",
        "register_fault": None,
        "left_out": [],
        "members": named | (told or {}),
        **facts,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.writestr("manifest.json", json.dumps(manifest))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "home/../evil",
        "home/classifiers/../../../evil",
        "home/classifiers/..",
        "../evil",
        "/tmp/evil",  # noqa: S108
        "home//etc/evil",
        "home/classifiers//evil",
        "home/classifiers/./evil",
        "home/classifiers\\..\\evil",
        "home/.bashrc",
        "home/earshot.db",
        "home/classifiers",
        "home/links.key/x",
        "C:/evil",
        "database/x",
        "manifest.json/x",
    ],
)
def test_a_backup_with_a_name_that_leads_elsewhere_writes_nothing(tmp_path, name):
    folder = tmp_path / "inside" / "folder"
    folder.mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    made = archive(tmp_path / "evil.zip", {"database": b"x", name: b"evil"})
    with pytest.raises(SetupError):
        unpack(made, folder)
    outside = set(tmp_path.rglob("*")) - {*before, made}
    assert all(folder in one.parents for one in outside)
    assert not [one for one in outside if "evil" in one.name]


def test_a_link_in_a_backup_is_unpacked_as_the_bytes_it_is(tmp_path):
    folder, name = tmp_path / "folder", "home/links.key"
    folder.mkdir()
    made = tmp_path / "links.zip"
    archive(made, {"database": b"x", name: b"/etc/passwd"})
    with zipfile.ZipFile(made) as file:
        contents = {one: file.read(one) for one in file.namelist()}
    with zipfile.ZipFile(made, "w") as file:
        for one, data in contents.items():
            info = zipfile.ZipInfo(one)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16 if one == name else 0
            file.writestr(info, data)
    unpack(made, folder)
    assert not (folder / name).is_symlink() and (folder / name).read_bytes() == b"/etc/passwd"


@pytest.mark.parametrize("told", [0, 1, 1_000, 10**15])
def test_a_bomb_is_unpacked_to_what_the_manifest_says_and_no_further(tmp_path, told):
    bomb = b"\0" * 30_000_000
    said = {"database": {"bytes": told, "sha256": hashlib.sha256(bomb).hexdigest()}}
    with pytest.raises(SetupError, match="not what was written"):
        unpack(archive(tmp_path / "bomb.zip", {"database": bomb}, said), tmp_path)
    assert (tmp_path / "database").stat().st_size <= min(told, len(bomb))


def test_a_manifest_that_is_a_bomb_is_not_read(tmp_path):
    huge = archive(tmp_path / "huge.zip", {"database": b"x"}, register_digest="0" * 5_000_000)
    with pytest.raises(SetupError, match="too large"):
        unpack(huge, tmp_path)
    deep = tmp_path / "deep.zip"
    with zipfile.ZipFile(deep, "w") as file:
        file.writestr("manifest.json", "[" * 200_000)
    with pytest.raises(SetupError):
        unpack(deep, tmp_path)


def test_two_members_of_one_name_are_refused(tmp_path):
    made = archive(tmp_path / "twice.zip", {"database": b"x"})
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(made, "a") as file:
        file.writestr("database", b"another")
    with pytest.raises(SetupError, match="does not hold the members"):
        unpack(made, tmp_path)


def test_these_archives_are_good_but_for_their_fault(tmp_path):
    made = archive(tmp_path / "good.zip", {"database": b"x", "home/classifiers/v1/a": b"y", "home/links.key": b"z"})
    assert isinstance(unpack(made, tmp_path), Manifest)
    assert (tmp_path / "home" / "classifiers" / "v1" / "a").read_bytes() == b"y"


ROOT = Path(__file__).parents[2]


def test_only_one_module_unpacks_archives():
    """Another one that opens a zip or a tar needs tests as these."""
    parts = ("running", "store", "connectors", "inbox", "flow", "register", "classify", "learning", "ingest")
    files = [*ROOT.glob("*.py"), *(each for part in parts for each in (ROOT / part).rglob("*.py"))]
    openers = {
        str(path.relative_to(ROOT))
        for path in files
        if "node_modules" not in path.parts
        and any(sign in path.read_text(encoding="utf-8") for sign in ("zipfile", "tarfile", "unpack_archive"))
    }
    writes_alone = {"register/spreadsheet.py", "inbox/downloads.py"}
    assert openers == {"running/archive.py"} | writes_alone
