"""Folders of weights that hold no weights: what they answer is decided by their names."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from classify.loading import SHIPPED
from classify.manifest import MANIFEST, read_manifest
from models import UNSURE, AuthorHistory, Label, Mention, Verdict
from tests.flow.keyword_classifier import KeywordClassifier

_MANIFEST = """
version = "{version}"
engine = "classify.ngrams"
data_digest = "none"
proven_languages = "en"
[files]
"words.txt" = "{digest}"
[thresholds]
complaint_low = 0.2
complaint_high = 0.6
least_label_probability = 0.3
unproven_language_margin = 0.1
"""


def make_version(home: Path, name: str, *, words: str = "some words", version: str | None = None) -> Path:
    """A folder that verifies."""
    folder = home / "classifiers" / name
    folder.mkdir(parents=True)
    (folder / "words.txt").write_text(words)
    digest = hashlib.sha256(words.encode()).hexdigest()
    (folder / MANIFEST).write_text(_MANIFEST.format(version=version or name, digest=digest))
    return folder


class VersionedKeywords(KeywordClassifier):
    """Under its own name. `timid` is never sure, `broken` never answers, `deaf` fails on each complaint."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = version

    def judge(self, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
        if self.version == "broken":
            raise RuntimeError("no answer")
        found = super().judge(mentions, histories)
        if self.version == "deaf" and any(verdict.label is Label.COMPLAINT for verdict in found):
            raise RuntimeError("does not want to hear that")
        if self.version == "timid":
            return [replace(verdict, decision=UNSURE, complaint_score=0.5) for verdict in found]
        return found


def load_keywords(folder: Path | None) -> VersionedKeywords:
    """In place of `classify.loading.load`."""
    manifest = read_manifest(folder or SHIPPED)
    if manifest.version == "unloadable":
        raise ValueError("these are no weights")
    return VersionedKeywords(manifest.version)
