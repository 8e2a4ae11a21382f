"""How good the guard of public replies is, on four files with three languages each; docs/policy.md repeats the figures.

Only `unseen` says what to expect: its replies were written when the rules were done. With the others the rules were
mended, or, of the held-out half, written by a hand that knew it.
"""

import tomllib
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from measure.shares import Share, share
from tests.triage.test_reply_guard import kinds

FILES = ("looked_at", "held_out", "fresh", "unseen")
LEAST_FOUND = {"looked_at": 0.95, "held_out": 0.9, "fresh": 0.95, "unseen": 0.35}
MOST_REFUSED = 0.05
LANGUAGES = ("en", "tr", "bg")


@cache
def table(name):
    return tomllib.loads((Path(__file__).parent / f"public_replies_{name}.toml").read_text(encoding="utf-8"))


def counted(name, languages=LANGUAGES) -> tuple[Share, Share]:
    """Found of those that give somebody away, and refused of the harmless ones, with 95 % intervals of Wilson."""
    gives = list(chain.from_iterable(table(name)[language]["gives"] for language in languages))
    harmless = list(chain.from_iterable(table(name)[language]["harmless"] for language in languages))
    found = sum(bool(kinds(text)) for text, _ in gives)
    return share(found, len(gives)), share(sum(bool(kinds(text)) for text in harmless), len(harmless))


def said(what, one: Share) -> str:
    return f"{what} {one.count} of {one.total} ({one.low:.1%} to {one.high:.1%})"


@pytest.mark.parametrize("name", FILES)
def test_so_many_are_found_and_so_few_harmless_ones_refused(name):
    found, refused = counted(name)
    by_language = [said(language, counted(name, (language,))[0]) for language in LANGUAGES]
    figures = f"{name}: {said('found', found)}; {said('refused', refused)}; {', '.join(by_language)}"
    print(figures)  # noqa: T201  the figures are what this test is for
    assert found.value >= LEAST_FOUND[name], figures
    assert refused.value <= MOST_REFUSED, figures


def test_both_halves_hold_thirty_and_more_of_each_sort_in_every_language():
    for name in ("looked_at", "held_out"):
        for language in LANGUAGES:
            assert {len(rows) for rows in table(name)[language].values()} == {31}


def test_no_reply_stands_in_two_files():
    texts = [
        text
        for name in FILES
        for language in LANGUAGES
        for text in (*(text for text, _ in table(name)[language]["gives"]), *table(name)[language]["harmless"])
    ]
    assert len(set(texts)) == len(texts) == 582
