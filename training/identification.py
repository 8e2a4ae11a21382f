"""`python -m training.identification --data FOLDER`: how often the language of a text is told right, without a word of
the platform on it.

Nothing is learnt here, so every text of a set may be asked. The words that tell romanised Bulgarian were chosen by
looking at our own labels, which flatters that line.
"""

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from classify.language import LANGUAGES, UNDETERMINED, LanguageDetector
from classify.romanised import romanised
from classify.text import cleaned, tokens, words_only
from models.errors import SetupError
from training.datasets import DATASETS, OWN_LABELS
from training.metrics import Measured, share_of
from training.rows import files_of, raw_rows

ASKED = (OWN_LABELS, "noise-composite", "umsab", "germeval2018", "xed-bg-tr", "bg-toxic", "offenseval2020")
"""Sets whose rows name their language."""
MOST_ASKED = 2_000
"""Of each set and language, drawn at random: enough for an interval of two points."""
SHORT_CHARACTERS = 40
SEED = 271


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of the texts of one set in one language."""

    name: str
    lang: str
    right: Measured
    short: Measured | None
    """Of those with fewer than 40 letters of words; None where there are none."""
    undetermined: int
    taken_for: tuple[tuple[str, int], ...]
    """Other languages with their number, the most frequent first."""


def told(name: str, lang: str, texts: Sequence[str], detector: LanguageDetector) -> Told:
    words = [words_only(clean, tokens(clean)) for clean in map(cleaned, texts)]
    found = [romanised(each) or detector.detect(each, None) for each in words]
    short = [said for said, each in zip(found, words, strict=True) if len(each) < SHORT_CHARACTERS]
    others = Counter(said for said in found if said not in (lang, UNDETERMINED))
    return Told(
        name,
        lang,
        share_of(found.count(lang), len(found)),
        share_of(short.count(lang), len(short)) if short else None,
        found.count(UNDETERMINED),
        tuple(others.most_common(3)),
    )


def asked(data: Path, own_labels: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Set, language, texts. Raises: SetupError where a set is missing."""
    for one in DATASETS:
        if one.name not in ASKED:
            continue
        texts: defaultdict[str, list[str]] = defaultdict(list)
        for path in files_of(one, data, [own_labels]):
            for raw in raw_rows(path):
                if raw.get("lang") in LANGUAGES:
                    texts[str(raw["lang"])].append(str(raw["text"]))
        for lang, found in sorted(texts.items()):
            yield one.name, lang, random.Random(SEED).sample(found, min(MOST_ASKED, len(found)))  # noqa: S311


def show(found: Iterable[Told], console: Console) -> None:
    table = Table("set", "language", "texts", "right", "short ones", "und", "most taken for")
    for one in found:
        short = f"{_percent(one.short)}, n {one.short.count}" if one.short else "none"
        others = ", ".join(f"{lang} {count}" for lang, count in one.taken_for)
        count = one.right.count
        table.add_row(one.name, one.lang, f"{count:,}", _percent(one.right), short, str(one.undetermined), others)
    console.print(table)


def _percent(found: Measured) -> str:
    return f"{100 * found.value:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.identification", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per labelled set")
    parser.add_argument("--own-labels", type=Path, default=Path(__file__).parent / "labels", help="folder of *.jsonl")
    options = parser.parse_args(arguments)
    detector = LanguageDetector()
    try:
        found = [told(name, lang, texts, detector) for name, lang, texts in asked(options.data, options.own_labels)]
    except SetupError as error:
        print(f"training.identification: {error}", file=sys.stderr)
        return 2
    show(found, Console(width=150))
    return 0


if __name__ == "__main__":
    sys.exit(main())
