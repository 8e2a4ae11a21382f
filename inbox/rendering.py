"""Templates to answers: escaping is on everywhere, and nothing undefined is silently empty."""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.support import NullTranslations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from inbox import languages, marking, wording
from inbox.keys import FIXED, Keys, targets
from inbox.languages import LANGUAGES, reading, translated, translated_number
from inbox.roles import Role
from inbox.script_words import script_words
from inbox.urls import Urls

TEMPLATES = Path(__file__).parent / "templates"
MOST_KEPT = 4_096
MOST_MAPS = 200


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
        self._environment.globals |= {"gettext": said, "_": said}
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

        self._kept_keys_map = lru_cache(MOST_MAPS)(self._keys_map)

    def answer(self, template: str, context: Mapping[str, object], *, status: int) -> HTMLResponse:
        page = self._environment.get_template(template).render(context)
        return HTMLResponse(page.encode("utf-8", "replace"), status_code=status)

    def keys_map(self, keys: Keys, role: Role) -> Markup:
        """On every page, and the same until the person's keys, a macro or the language changes."""
        return self._kept_keys_map(keys, role, languages.catalogue(reading().language))

    def _keys_map(self, keys: Keys, role: Role, _: NullTranslations) -> Markup:
        template = self._environment.get_template("keys_map.html")
        return Markup(template.render(map=keys, fixed=FIXED, targets=targets(role)))  # noqa: S704  escaped by the template


def said(message: str, /, **values: object) -> Markup:
    """What Jinja's own `gettext` gives where everything is escaped, without making the same of a message again: a page
    says some four hundred."""
    found = languages.catalogue(reading().language)
    return _format(message, found) % values if values else _alone(message, found)


@lru_cache(MOST_KEPT)
def _format(message: str, language: NullTranslations) -> Markup:
    return Markup(language.gettext(message) if message else "")  # noqa: S704  a message is written by us


@lru_cache(MOST_KEPT)
def _alone(message: str, language: NullTranslations) -> Markup:
    return _format(message, language) % {}
