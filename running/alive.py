"""`python -m running.alive FILE SECONDS`: exit code 0 where the file was touched so lately, else 1.

The file is what EARSHOT_ALIVE_FILE names. For probes of workers, which have no port. Standard library only, since it is
started again and again.
"""

import sys
import time
from pathlib import Path

USAGE = 2


def age_seconds(file: Path) -> float | None:
    """Since it was touched; None where it is not there."""
    try:
        return max(0.0, time.time() - file.stat().st_mtime)
    except OSError:
        return None


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not arguments[1].isdecimal():
        sys.stderr.write("usage: python -m running.alive FILE SECONDS\n")
        return USAGE
    age = age_seconds(Path(arguments[0]))
    if age is not None and age <= int(arguments[1]):
        return 0
    told = "is not there" if age is None else f"was touched {age:.0f} s ago"
    sys.stderr.write(f"{arguments[0]} {told}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
