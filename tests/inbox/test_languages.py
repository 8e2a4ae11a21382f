"""Three languages: complete catalogues, plural forms, dates and numbers by locale, and the reader's own time zone."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from inbox import languages, wording
from inbox.catalogues import messages, missing
from inbox.languages import ENGLISH, LANGUAGES, Reading, catalogue_path, chosen_reading, read_in
from inbox.marking import marked
from inbox.roles import Role
from models import Reason
from tests.inbox.factory import NOW, add_demo
from tests.inbox.said import PseudoLanguage, bare_words

INBOX = Path(languages.__file__).parent
OTHERS = [language for language in LANGUAGES if language != ENGLISH]
FIELD = re.compile(r"%\((\w+)\)[sd]|%%")
SYDNEY = ZoneInfo("Australia/Sydney")
AT = datetime(2026, 11, 9, 0, 42, tzinfo=UTC)


def _known(language: str):
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language):
    assert list(missing(language)) == [], "run `make catalogues` and translate what is empty"


def test_no_message_hides_in_an_f_string():
    """Babel finds none there."""
    hidden = [
        f"{file}:{call.lineno}"
        for file in INBOX.rglob("*.py")
        for text in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "N_", "ngettext")
    ]
    assert hidden == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_of_a_message_that_is_gone(language):
    wanted = {str(message.id) for message in messages(language)}
    assert sorted(str(message.id) for message in _known(language) if str(message.id) not in wanted) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_in_what_the_message_fills_in(language):
    wrong = []
    for message in _known(language):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = {name for one in ids for name in FIELD.findall(one)}
        for one in filter(None, said):
            if message.id and not set(FIELD.findall(one)) <= wanted:
                wrong.append(one)
            if message.id and not isinstance(message.id, tuple) and set(FIELD.findall(one)) != wanted:
                wrong.append(one)
    assert wrong == []


def test_a_person_reads_in_the_language_they_chose_and_nobody_in_that_of_the_browser(agent, nobody):
    assert '<html lang="en">' in nobody.get("/login").text
    turkish = nobody.get("/login", **{"accept-language": "tr-TR,tr;q=0.9,en;q=0.8"}).text
    assert '<html lang="tr">' in turkish
    agent.post("/me", language="bg", zone="")
    page = agent.get("/", **{"accept-language": "tr"}).text
    assert '<html lang="bg">' in page


def test_a_language_nobody_speaks_here_reads_as_english():
    assert chosen_reading({"language": "xx"}, "xx,yy;q=0.1").language == "en"
    assert chosen_reading({}, "").language == "en"
    assert chosen_reading({}, "de, bg;q=0.5").language == "bg"
    assert chosen_reading({}, "TR").language == "tr"
    assert chosen_reading({}, "EN-US").language == "en"


def test_what_cannot_be_chosen_is_refused_and_nothing_changes(agent):
    assert agent.post("/me", language="xx", zone="").status_code == 400
    assert agent.post("/me", language="tr", zone="Mars/Olympus").status_code == 400
    assert '<html lang="en">' in agent.get("/").text


def test_every_time_is_the_firms_with_the_readers_behind_it():
    assert wording.moment(AT, SYDNEY) == "9 Nov 2026, 11:42 AEDT"
    with read_in(Reading("en", ZoneInfo("Europe/Sofia"))):
        assert wording.moment(AT, SYDNEY) == "9 Nov 2026, 11:42 AEDT (02:42 EET)"
    with read_in(Reading("en", ZoneInfo("America/New_York"))):
        assert wording.moment(AT, SYDNEY) == "9 Nov 2026, 11:42 AEDT (8 Nov 2026, 19:42 EST)"
    with read_in(Reading("en", ZoneInfo("Australia/Melbourne"))):
        assert wording.moment(AT, SYDNEY) == "9 Nov 2026, 11:42 AEDT"


@pytest.mark.parametrize(
    ("language", "at", "share", "number"),
    [
        ("en", "9 Nov 2026, 11:42 AEDT", "87 %", "1.2 k"),
        ("tr", "9 Kas 2026 11:42 AEDT", "%87", "1,2 k"),
        ("bg", "9 ное 2026 г., 11:42 AEDT", "87 %", "1,2 k"),
    ],
)
def test_dates_and_numbers_follow_the_language(language, at, share, number):
    with read_in(Reading(language)):
        assert wording.moment(AT, SYDNEY) == at
        assert wording.percent(0.87).replace("\xa0", " ") == share
        assert wording.compact(1234) == number


def test_equal_instants_show_the_hour_of_their_own_zone():
    """Dates that were said lately are kept: by what they show, not by when they are."""
    assert wording.moment(AT, UTC) == "9 Nov 2026, 00:42 UTC"
    assert wording.moment(AT, SYDNEY) == "9 Nov 2026, 11:42 AEDT"
    assert wording.decimal(-0.0, 0) == wording.decimal(0, 0) == "0"


def test_the_map_of_the_keys_is_kept_for_each_language(agent):
    assert "Next row" in agent.get("/").text
    agent.post("/me", language="tr", zone="")
    assert "Next row" not in agent.get("/").text
    agent.post("/me", language="en", zone="")
    assert "Next row" in agent.get("/").text


def test_what_a_mark_means_is_said_in_the_readers_language():
    against, turned = [Reason("grebe", -0.5)], "a\u202eb"
    assert 'title="Speaks against it">grebe</mark>' in marked("a grebe", against)
    with read_in(Reading("bg")):
        assert "Speaks against it" not in marked("a grebe", against)
        assert 'title="Скрит знак, който обръща посоката на писане"' in marked(turned, [])


def test_plural_forms_follow_the_language():
    born = NOW.replace(year=NOW.year - 3)
    with read_in(Reading("bg")):
        assert wording.age_of_account(born, NOW).startswith("3 ")
        one = wording.age_of_account(NOW.replace(day=NOW.day - 1), NOW)
        several = wording.age_of_account(NOW.replace(day=NOW.day - 3), NOW)
        assert (one.split()[1], several.split()[1]) == ("ден", "дни")


def test_a_turkish_sentence_begins_with_a_dotted_capital():
    with read_in(Reading("tr")):
        assert wording.capital("iade") == "İade"
    assert wording.capital("item") == "Item"


def test_what_is_kept_for_all_is_said_to_each_in_their_own_language(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    turkish, bulgarian = as_role(Role.ADMIN), as_role(Role.LEAD)
    turkish.post("/me", language="tr", zone="")
    bulgarian.post("/me", language="bg", zone="")
    assert "Şikâyet" in turkish.get("/board").text
    assert "Şikâyet" not in bulgarian.get("/board").text


PAGES = [
    "/",
    "/?view=noise",
    "/?view=every&q=refund",
    "/cases/1",
    "/cases/3",
    "/complaints",
    "/complaints/C-0000001",
    "/desk",
    "/register",
    "/health",
    "/channels",
    "/replies",
    "/macros",
    "/keys",
    "/me",
    "/called",
    "/bulk",
    "/board",
    "/escalations",
    "/teams",
    "/policy",
    "/board/list?of=open",
    "/promises",
    "/crisis",
    "/crisis/cases",
    "/follow-up",
    "/figures",
    "/figures?dashboard=complaints",
    "/figures?dashboard=operations",
    "/figures/quality",
    "/approvals",
    "/dry-run",
    "/operations",
    "/people",
    "/compliance",
    "/compliance/log",
    "/compliance/systemic",
    "/compliance/figures",
    "/compliance/retention",
    "/cases/999",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_word_of_a_page_comes_from_the_catalogue(path, sqlite_store, as_role, monkeypatch):
    add_demo(sqlite_store, now=NOW)
    admin = as_role(Role.ADMIN)
    monkeypatch.setattr(languages, "catalogue", lambda _: PseudoLanguage())
    assert bare_words(admin.get(path).text) == []


@pytest.mark.parametrize("path", ["/login", "/welcome/unknown", "/nowhere", "/s/unknown", "/rate/unknown"])
def test_every_word_said_to_nobody_in_particular_comes_from_the_catalogue(path, nobody, monkeypatch):
    monkeypatch.setattr(languages, "catalogue", lambda _: PseudoLanguage())
    assert bare_words(nobody.get(path).text) == []
