"""The folder of the embedded default."""

import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import SetupError
from running.home import only_one, prepare_home
from settings import Settings


def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "deep" / "home")
    prepare_home(settings)
    assert settings.home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["/proc/earshot", "/dev/null/home"])
def test_a_folder_that_cannot_be_written_is_named_with_the_way_out(place: str) -> None:
    with pytest.raises(SetupError, match=f"{place}.*set EARSHOT_HOME"):
        prepare_home(Settings(home=Path(place)))


def test_only_one_process_holds_the_folder_and_its_end_frees_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    hold = "from running.home import only_one; from settings import Settings; from pathlib import Path; import sys\n"
    hold += (
        f"with only_one(Settings(home=Path({str(tmp_path)!r}))) as first: print(first, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"True\n"
        with only_one(settings) as is_only:
            assert not is_only
        other.kill()
        other.wait()
        with only_one(settings) as is_only:
            assert is_only
