"""Log injection: what strangers chose stands in one line, with nothing in it that a terminal obeys."""

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from running.clean_lines import MOST_CHARACTERS
from running.logs import JsonLines, PlainLines

HOSTILE = (
    "x\n2026-06-05 ERROR admin logged in",
    "x\r\nERROR",
    "\x1b[2J\x1b[31mgone",
    "\x9b31m",
    "\u2028ERROR",
    "\u202eSRORRE",
    "\x07\x08\x08\x00",
    "x" * 100_000,
)


def record(text: str, *, failed: bool = False) -> logging.LogRecord:
    error = None
    if failed:
        try:
            raise ValueError(text)
        except ValueError:
            error = sys.exc_info()
    return logging.LogRecord("earshot", logging.WARNING, __file__, 1, "refused: %s", (text,), error)


@pytest.mark.parametrize("formatter", [JsonLines(), PlainLines()], ids=["json", "text"])
@given(text=st.sampled_from(HOSTILE) | st.text(max_size=60))
def test_one_event_is_one_line_whatever_somebody_wrote(formatter, text):
    line = formatter.format(record(text))
    assert "\n" not in line and line.isprintable() or not set(line) & set(map(chr, range(32)))
    assert not set(line) & set("\x1b\x9b\u2028\u2029\u202e\x7f\r")
    assert len(line) < MOST_CHARACTERS + 500


def test_facts_and_traces_are_written_the_same_way():
    for hostile in HOSTILE:
        given = record(hostile, failed=True)
        given.facts = {"host": hostile}
        told = json.loads(JsonLines().format(given))
        assert not set(told["host"]) & set("\n\x1b\x9b\u2028\u202e")
        assert not set(told["trace"]) & set("\x1b\x9b\u2028\u202e\r")
        plain = PlainLines().format(record(hostile, failed=True))
        assert not set(plain) & set("\x1b\x9b\u2028\u202e\r")
