"""`python -m tests.deploy.without_classifier …`: tests, or with `--program` a command, as in the image of the inbox.

Whatever imports a library that `requirements/not-in-web.txt` leaves out fails, as if it were not installed.
"""

import re
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
IMPORTED_AS = {"scikit-learn": "sklearn"}


def left_out() -> set[str]:
    text = (ROOT / "requirements/not-in-web.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9-]+) ;", text, re.MULTILINE))


LEFT_OUT = tuple(sorted(IMPORTED_AS.get(name, name) for name in left_out()))


class _Installed(PathFinder):
    """What is on the path, but for those."""

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return None if fullname.split(".")[0] in LEFT_OUT else super().find_spec(fullname, path, target)


def leave_out() -> None:
    sys.meta_path[:] = [_Installed if finder is PathFinder else finder for finder in sys.meta_path]


def main(arguments: list[str]) -> int:
    leave_out()
    if arguments[:1] == ["--program"]:
        import cli

        sys.argv = ["earshot", *arguments[1:]]
        cli.main()
        return 0
    import pytest

    return int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *arguments]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
