"""Denial of service by regular expressions: no pattern takes much more than twice as long for a text twice as long."""

import ast
import importlib
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import regex

from policy.phrases import PhraseIndex

ROOT = Path(__file__).parents[2]
PARTS = (
    "models",
    "policy",
    "ingest",
    "connectors",
    "classify",
    "triage",
    "register",
    "measure",
    "flow",
    "inbox",
    "store",
)
CHARACTERS = 4_000
MOST_RATIO = 3.2
"""Of the time for a text to that for half of it: 2 is linear, 4 is quadratic; the rest is the noise of the machine."""
LEAST_SECONDS = 0.002
"""What is quicker cannot be told from noise, and does no harm at the longest text that is taken."""
UNITS = (
    *(
        "a",
        "1",
        " ",
        ".",
        "@",
        "-",
        "a.",
        "a@",
        "a-",
        "1 ",
        "1.",
        "@a",
        "@a.",
        "{",
        '"',
        "'",
        "<",
        "<a ",
        "www.",
        "a a ",
    ),
    *(
        "http://",
        "http://a",
        "C-",
        "$1",
        "\t",
        "\n",
        "\n ",
        " \n",
        "*",
        "x",
        "A1",
        "A",
        "word ",
        "а",
        "İ",
        "\u0300",
        "😀",
    ),
    *("=", "(", "[", "_", "a_", ",", "1,", "'a", "#", "/", "a/", "From: ", ">", "> ", "&", "\\", ";", ":", "a:"),
)
ENDS = ("", "!", "\x00", "a", "@", "1")


def modules() -> Iterator[str]:
    for part in PARTS:
        for path in (ROOT / part).rglob("*.py"):
            if not {"node_modules", "versions", "migrations"} & set(path.parts):
                yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def patterns() -> dict[str, object]:
    """Those that modules hold, alone or in a row, and those that are written where they are used."""
    found: dict[str, object] = {}
    for name in sorted(modules()):
        module = importlib.import_module(name)
        for value in list(vars(module).values()):
            for one in _inside(value):
                found.setdefault(one.pattern if isinstance(one.pattern, str) else repr(one.pattern), one)
        for text in _written(Path(str(module.__file__))):
            found.setdefault(text, re.compile(text))
    return found


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, re.Pattern | regex.Pattern):
        yield value
    elif isinstance(value, dict | tuple | list | frozenset):
        for each in value.values() if isinstance(value, dict) else value:
            if isinstance(each, re.Pattern | regex.Pattern | tuple):
                yield from _inside(each)


def _written(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        is_call = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and bool(node.args)
        if is_call and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            yield node.args[0].value


AGAIN = 4
"""A ratio that holds each time is the pattern's; one that does not was the machine's."""


def seconds(pattern, text: str) -> float:
    """The least of three: what the machine does beside makes it only more."""
    given = text.encode() if isinstance(pattern.pattern, bytes) else text
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        for _ in pattern.finditer(given):
            pass
        best = min(best, time.process_time() - began)
    return best


def grows_too_fast(pattern) -> str:
    """The text for which it does; empty where there is none."""
    for unit in UNITS:
        for end in ENDS:
            whole = unit * (CHARACTERS // len(unit)) + end
            long = seconds(pattern, whole)
            if long < LEAST_SECONDS:
                continue
            half = unit * (CHARACTERS // len(unit) // 2) + end
            least = min(seconds(pattern, whole) / max(seconds(pattern, half), 1e-9) for _ in range(AGAIN))
            if least > MOST_RATIO:
                return f"{unit!r} … {end!r}: {least:.1f} times as long for twice the text"
    return ""


@pytest.mark.slow
def test_no_pattern_of_the_program_grows_faster_than_its_text():
    found = patterns()
    assert len(found) > 120
    met = {pattern: each for pattern, each in found.items() if not pattern.startswith(tuple(SHORT))}
    slow = {pattern: why for pattern, each in met.items() if (why := grows_too_fast(each))}
    assert slow == {}


SHORT = {
    r"(?P<url>(?:https?://|www": "texts are cut at MAX_CHARACTERS of classify.text before",
    r"\s*(fwd?|wg|tr|rv)": "matched at the beginning of a subject alone",
    r"(?:case\s*)?#?": "the whole of a search is matched, at once",
    r"(.*)[.,](\d{1,2})": "the whole of one number is matched, at once",
    r"(?<!\bул)": "what an agent writes, bounded by the form",
    r"[$€£₺] ?\d": "what an agent writes, bounded by the form",
    r"(?:\s|[:#№.\-]|\b(?:is": "the few letters before a number",
    r"(?m)^(\s*(?:DETAIL": "one line of an error of the database",
}
"""Patterns that only ever meet texts that are short by then, by their beginning, with what bounds them."""


def test_a_pattern_that_grows_too_fast_would_be_found():
    assert grows_too_fast(re.compile(r"\S+@\S+"))
    assert not grows_too_fast(re.compile(r"\w+"))


BOMBS = ("(a+)+$", "(a|aa)*b", ".*.*.*x", "(?=a*)a*", "[a-z]+@[a-z]+", "a{1,9999}{1,9999}", r"\w+\s+", "(?R)", "a*b*c*")


@pytest.mark.parametrize("pattern", BOMBS)
def test_what_a_firm_writes_as_a_pattern_is_words_and_no_expression(pattern):
    """Refused where the policy is read, with the word that is none, so that no text of a stranger ever meets it."""
    with pytest.raises(ValueError, match="is not a word"):
        PhraseIndex({"topic": [pattern]})


def test_no_rule_of_a_firm_is_compiled_as_an_expression():
    """Whoever reads a policy file makes no pattern of what stands in it."""
    for path in (ROOT / "policy").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("re.", "regex.")):
                assert all(isinstance(one, ast.Constant) for one in node.args[:1]), (path, node.lineno)
