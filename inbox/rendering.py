"""Templates to answers: escaping is on everywhere, and nothing undefined is silently empty."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from inbox import marking, wording
from inbox.languages import LANGUAGES, reading, translated, translated_number
from inbox.script_words import script_words
from inbox.urls import Urls

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    def __init__(self, urls: Urls, zone: ZoneInfo, firm_name: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.policies["ext.i18n.trimmed"] = True
        self._environment.install_gettext_callables(translated, translated_number, newstyle=True)  # type: ignore[attr-defined]
        self._environment.globals |= {"url": urls, "static": urls.static, "receipt": urls.receipt, "firm": firm_name}
        self._environment.globals |= {
            "notices": wording.NOTICES,
            "languages": LANGUAGES,
            "reading": reading,
            "script_words": script_words,
            "new_key": lambda: secrets.token_hex(16),
        }
        self._environment.filters |= {
            "moment": lambda at: wording.moment(at, zone),
            "day": wording.day,
            "words": wording.words,
            "say": wording.sentence,
            "seen": marking.plain,
            "ago": wording.ago,
            "lasting": wording.duration,
            "compact": wording.compact,
            "probability": wording.probability,
            "percent": wording.percent,
            "whole": wording.whole,
            "counted": wording.counted,
            "told": translated,
        }

    def answer(self, template: str, context: Mapping[str, object], *, status: int) -> HTMLResponse:
        page = self._environment.get_template(template).render(context)
        return HTMLResponse(page.encode("utf-8", "replace"), status_code=status)
