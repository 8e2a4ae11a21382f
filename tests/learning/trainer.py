"""In place of `python -m training`: writes down what it was given, and a folder that verifies."""

import argparse
import json
import sys
from pathlib import Path

from tests.learning.versions import make_version

parser = argparse.ArgumentParser()
for name in ("--data", "--own-labels", "--out", "--card", "--version", "--encoder", "--processes", "--work"):
    parser.add_argument(name)
parser.add_argument("--passes", type=float)
for name in ("--no-encoder", "--multilingual", "--only-clear-licences", "--fail", "--corrupt", "--rename"):
    parser.add_argument(name, action="store_true")
given = parser.parse_args()
if given.fail:
    sys.exit(3)
labels = {path.name: len(path.read_text().splitlines()) for path in sorted(Path(given.own_labels).glob("*.jsonl"))}
out = Path(given.out)
made = make_version(out / "inside", "made", version="other" if given.rename else given.version)
for path in made.iterdir():
    path.rename(out / path.name)
Path(given.card).write_text(json.dumps(vars(given) | {"labels": labels}))
if given.corrupt:
    (out / "words.txt").write_text("changed")
