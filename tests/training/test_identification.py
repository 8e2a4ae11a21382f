"""`python -m training.identification`: how often a language is told right."""

import gzip
import json

from classify.language import LanguageDetector
from training.identification import ASKED, main, told

ENGLISH = "my card was charged twice and nobody answers my letters"
GERMAN = "ich warte seit drei Wochen auf mein Paket und niemand antwortet"


def test_right_ones_are_counted_with_what_the_others_were_taken_for():
    found = told("umsab", "en", [ENGLISH, ENGLISH.upper(), GERMAN, "ok", "???"], LanguageDetector())
    assert (found.right.value, found.right.count) == (2 / 5, 5)
    assert found.right.low < 2 / 5 < found.right.high
    assert found.short is not None and found.short.count == 2
    assert found.taken_for == (("de", 1),)
    assert found.undetermined == 2


def test_every_set_and_language_has_a_line(tmp_path, capsys):
    for name in ASKED:
        (tmp_path / name).mkdir()
        with gzip.open(tmp_path / name / "data.jsonl.gz", "wt") as file:
            for lang, text in (("en", ENGLISH), ("de", GERMAN), ("xx", "?")):
                file.write(json.dumps({"text": text, "lang": lang, "label": "other"}) + "\n")
    assert main(["--data", str(tmp_path), "--own-labels", str(tmp_path / ASKED[0])]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert len(lines) == 2 * (len(ASKED) - 1)
    assert all("100.0 %" in line for line in lines)


def test_a_set_that_is_missing_is_named(tmp_path, capsys):
    assert main(["--data", str(tmp_path)]) == 2
    assert "labelled set noise-composite" in capsys.readouterr().err
