"""Three languages: complete catalogues, plural forms, dates and numbers by locale, and the reader's own time zone."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from inbox import languages, wording
from inbox.catalogues import messages, missing
from inbox.languages import ENGLISH, LANGUAGES, Reading, catalogue_path, chosen_reading, read_in
from inbox.marking import marked
from inbox.roles import Role
from inbox.script_words import script_messages
from models import Reason
from store.outbox import Effect
from tests.inbox.factory import DEMO, NOW, Said, add, add_demo
from tests.inbox.route_table import FOR_ANYBODY, ROLES, SCOPES
from tests.inbox.said import PseudoLanguage, bare_words
from tests.inbox.screens import CODE_PAGE, HALF_WAY, NO_SCREENS, OPEN_SCREENS, SCREENS, fill

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


WITH_A_LIST = (
    *("/?view=noise", "/?view=every&q=refund", "/?view=all&owner=-", "/cases/1?view=all&owner=-&at=0", "/cases/3"),
    *("/board/list?of=open", "/figures?dashboard=complaints", "/figures?dashboard=operations", "/vips?list=past"),
    *("/cases/1/merge?other=2", "/complaints/C-0000001?notice_kind=delay_notice", "/cases/999"),
)


@pytest.fixture
def filled(sqlite_store, settings) -> dict[str, str]:
    add_demo(sqlite_store, now=NOW)
    with sqlite_store.writing() as transaction:
        transaction.cases.meet_clocks(1, ["acknowledge_24h"], at=NOW - timedelta(hours=1))
    return fill(sqlite_store, settings, now=NOW)


@pytest.fixture
def pseudo(monkeypatch):
    def speak() -> None:
        monkeypatch.setattr(languages, "catalogue", lambda _: PseudoLanguage())

    return speak


def _bare(browser, paths, filled) -> dict[str, list[str]]:
    """Path → what no catalogue said; each page is one that opens."""
    bare = {}
    for path in paths:
        answer = browser.get(path.format(**filled))
        assert (answer.status_code, path) == (404 if "999" in path else 200, path)
        assert ("<html" in answer.text, path) == (True, path)
        bare[path] = bare_words(answer.text)
    return {path: words for path, words in bare.items() if words}


def test_every_word_of_every_page_comes_from_the_catalogue(filled, as_role, pseudo):
    admin = as_role(Role.ADMIN)
    pseudo()
    assert _bare(admin, (*SCREENS, *WITH_A_LIST), filled) == {}


def test_every_word_said_to_customers_and_to_who_is_invited_comes_from_the_catalogue(filled, nobody, pseudo):
    pseudo()
    assert _bare(nobody, OPEN_SCREENS, filled) == {}
    nobody.client.cookies.set(**HALF_WAY)
    assert _bare(nobody, [CODE_PAGE], filled) == {}


def test_the_list_beside_a_case_its_filter_and_a_met_clock_are_said_in_the_readers_language(filled, agent, pseudo):
    pseudo()
    assert "⟦⟦All open⟧, filtered⟧" in agent.get("/cases/1?view=all&owner=-&at=0").text
    assert "⟦Owner⟧: ⟦nobody⟧" in agent.get("/?view=all&owner=-").text
    assert "⟦met⟧" in agent.get("/cases/1").text
    assert "<td>⟦free⟧</td>" in agent.get("/channels").text


def test_who_wrote_is_said_in_the_readers_language_where_it_was_no_person_or_nobody_known(sqlite_store, agent, pseudo):
    case_id = add(sqlite_store, Said("And again", raw={"parent": {"text": "We look into it."}}), now=NOW)
    with sqlite_store.writing() as transaction:
        transaction.outbox.add(
            Effect.SEND_REPLY, sink="local", key="automatic", case_id=case_id, payload={"text": "Thanks."}, now=NOW
        )
    pseudo()
    page = agent.get(f"/cases/{case_id}").text
    assert "⟦automation⟧" in page
    assert "⟦somebody⟧" in page


def test_what_a_public_reply_gives_away_is_named_in_the_readers_language(sqlite_store, agent, pseudo):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    with sqlite_store.reading() as transaction:
        mention = transaction.mentions.of_case(case_id)[-1].mention.id
    fields = {"form_key": agent.form_key(case_id), "mention_id": mention, "audience": "public"}
    pseudo()
    refused = agent.post(f"/cases/{case_id}/reply", **fields, text="As our customer, your account 44719028 is safe.")
    assert refused.status_code == 422
    assert "⟦account number⟧" in refused.text


def test_the_script_of_a_case_says_nothing_that_no_catalogue_knows():
    assert "People" in script_messages()


def test_what_is_left_out_of_the_pages_still_exists():
    known = {line.partition(" ")[2] for line in (*ROLES, *SCOPES, *FOR_ANYBODY)}
    assert sorted(set(NO_SCREENS) - known) == []


@pytest.mark.parametrize("path", ["/login", "/welcome/unknown", "/nowhere", "/s/unknown", "/rate/unknown"])
def test_every_word_said_to_nobody_in_particular_comes_from_the_catalogue(path, nobody, monkeypatch):
    monkeypatch.setattr(languages, "catalogue", lambda _: PseudoLanguage())
    assert bare_words(nobody.get(path).text) == []
