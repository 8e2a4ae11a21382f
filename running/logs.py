"""Logs on stdout: one JSON object a line, or plain text on a terminal. Ids, not words."""

import json
import logging
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Literal

from models.masking import masked
from running.clean_lines import lines, one_line

CHATTY = ("httpx", "httpcore", "oauthlib", "requests_oauthlib", "rq.worker", "rq.cron", "uvicorn.access", "alembic")
"""Libraries that say at INFO or below what they send, addresses and keys included: warnings alone are heard."""


class JsonLines(logging.Formatter):
    """`facts` given in `extra` become keys of their own. What looks like a person or a secret is masked."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": one_line(masked(record.getMessage(), self._secrets)),
        }
        facts = getattr(record, "facts", None)
        if isinstance(facts, dict):
            line |= {
                name: one_line(masked(value, self._secrets)) if isinstance(value, str) else value
                for name, value in facts.items()
            }
        if record.exc_info:
            line["trace"] = lines(masked(self.formatException(record.exc_info), self._secrets))
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainLines(logging.Formatter):
    """For a terminal; masked like the others."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")
        self._secrets = tuple(secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, its name
        return one_line(masked(super().formatMessage(record), self._secrets))

    def format(self, record: logging.LogRecord) -> str:
        return lines(masked(super().format(record), self._secrets))


def start_logging(
    form: Literal["auto", "json", "text"], *, level: int = logging.INFO, secrets: Collection[str] = ()
) -> None:
    """`secrets`: values that never stand in a line, wherever they come from."""
    handler = logging.StreamHandler(sys.stdout)
    as_text = form == "text" or (form == "auto" and sys.stdout.isatty())
    handler.setFormatter(PlainLines(secrets) if as_text else JsonLines(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
