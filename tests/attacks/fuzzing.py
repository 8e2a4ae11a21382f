"""Bytes thrown at whatever reads what others wrote: `python -m tests.attacks.fuzzing message -runs=20000 -seed=1`.

A reader may refuse with an error of ours, and do nothing else: any other exception, or a hang, is a fault. What was
found is kept as a test in `test_fuzzed.py`.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingest", "connectors", "models"]):
    from tests.attacks.readers import SEEDS, TARGETS, throw


def main() -> None:
    if sys.argv[1:2] == ["--list"]:
        print(" ".join(TARGETS))  # noqa: T201
        return
    name = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as corpus:
        for place, seed in enumerate(SEEDS[name]):
            (Path(corpus) / str(place)).write_bytes(seed)
        atheris.Setup([*sys.argv, corpus, "-timeout=20", "-max_len=4096"], lambda data: throw(name, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
