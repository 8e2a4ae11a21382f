"""The folder `shared` beside the repository: specifications and recordings that are not committed."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def shared(path: str) -> Path:
    """A file or folder of it; the test is skipped, with the reason, where it is not there."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{found} is not there: specifications and recordings are not part of the repository")
    return found
