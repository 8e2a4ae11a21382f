import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from classify.loading import SHIPPED, load
from models.errors import SetupError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tiny_weights, tmp_path):
    return Path(shutil.copytree(tiny_weights, tmp_path / "weights"))


@pytest.mark.parametrize("name", ["weights.safetensors", "answers.json"])
def test_a_changed_byte_stops_the_start_and_names_the_file(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)

    with pytest.raises(SetupError, match=f"{name}: SHA-256"):
        load(folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "answers.json", "manifest.toml"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()

    with pytest.raises(SetupError, match=f"{name}: cannot be read"):
        load(folder)


def test_a_manifest_may_name_no_code_but_an_engine(folder):
    path = folder / "manifest.toml"
    path.write_text(path.read_text().replace("classify.ngrams", "shutil"))

    with pytest.raises(SetupError, match="engine 'shutil' is none of"):
        load(folder)


@pytest.mark.parametrize("broken", ["", "version = ", 'version = "1"\nfiles = 3'])
def test_a_manifest_that_cannot_be_understood_says_so(folder, broken):
    (folder / "manifest.toml").write_text(broken)

    with pytest.raises(SetupError, match="not a valid manifest"):
        load(folder)


HEAVY = {"numpy", "scipy", "sklearn", "torch", "safetensors", "tokenizers", "transformers", "py3langid"}


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("classify.loading, classify.classifier", HEAVY),
        ("classify.ngrams", {"sklearn", "torch", "tokenizers", "transformers"}),
        ("classify.blend", {"sklearn", "transformers"}),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(modules, unwanted):
    code = f"import sys, {modules}; print(sorted(set({sorted(unwanted)}) & set(sys.modules)))"
    found = subprocess.run(  # noqa: S603 - our own interpreter on our own words
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


def test_the_shipped_weights_fit_the_promised_size(shipped):
    assert shipped.version
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 40_000_000
