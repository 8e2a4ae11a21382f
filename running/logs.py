"""Logs on stdout: one JSON object a line, or plain text on a terminal. Ids, not words."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal


class JsonLines(logging.Formatter):
    """`facts` given in `extra` become keys of their own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        facts = getattr(record, "facts", None)
        if isinstance(facts, dict):
            line |= facts
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def start_logging(form: Literal["auto", "json", "text"], *, level: int = logging.INFO) -> None:
    handler = logging.StreamHandler(sys.stdout)
    as_text = form == "text" or (form == "auto" and sys.stdout.isatty())
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", datefmt="%H:%M:%S")
    handler.setFormatter(plain if as_text else JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "rq.worker", "rq.cron", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
