"""What happens where a server's program is not installed: a laptop skips with the reason, CI fails."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def missing(what: str, packages: str) -> NoReturn:
    message = f"{what} is not installed; on Debian: apt-get install {packages}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def first_on_path(*names: str) -> Path | None:
    found = (shutil.which(name) for name in names)
    return next((Path(path) for path in found if path is not None), None)
