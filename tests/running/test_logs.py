"""Logs for machines are one JSON object a line."""

import json
import logging

from running.logs import JsonLines


def test_facts_become_keys_and_a_trace_stays_on_its_line() -> None:
    record = logging.LogRecord("earshot.workers", logging.INFO, "f", 1, "deliver %s", ("outbox 3",), None)
    record.facts = {"job": "deliver", "seconds": 0.1}
    line = json.loads(JsonLines().format(record))
    assert (line["message"], line["job"], line["seconds"], line["level"]) == (
        "deliver outbox 3",
        "deliver",
        0.1,
        "info",
    )


def test_an_error_carries_its_trace() -> None:
    try:
        raise ValueError("no")
    except ValueError as error:
        record = logging.LogRecord("e", logging.ERROR, "f", 1, "failed", (), (ValueError, error, error.__traceback__))
    text = JsonLines().format(record)
    assert "\n" not in text
    assert "ValueError: no" in json.loads(text)["trace"]
