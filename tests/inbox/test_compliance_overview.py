"""What a compliance officer sees first: one number for each section, and how pressing it is."""

import re

from flow.review import draw
from inbox.roles import Role
from models.lodgement import Lodgement
from register.transitions import LIVE
from tests.inbox.conftest import Browser
from tests.inbox.factory import NOW, SYDNEY, Said, add, add_demo

NOISE = tuple(Said(f"win a prize number {at}, click here", label="spam", handle=f"bot{at}") for at in range(3))
TILE = re.compile(
    r'<li class="(?P<state>[^"]*)"><a id="tile-(?P<key>[^"]+)" href="(?P<url>[^"]+)"><b [^>]*>(?P<number>[^<]*)</b>'
    r" <span>(?P<name>[^<]*)</span></a><small>(?P<says>[^<]*)</small>"
)


def tiles_of(browser: Browser) -> dict[str, dict[str, str]]:
    found = {match["key"]: match.groupdict() for match in TILE.finditer(browser.get("/compliance").text)}
    assert found, "there are tiles"
    return found


def test_on_the_first_day_nothing_waits_and_each_says_so(as_role):
    found = tiles_of(as_role(Role.COMPLIANCE))
    assert {key: (one["number"], one["state"]) for key, one in found.items()} == {
        "clocks": ("0", ""),
        "complaints": ("0", ""),
        "half-year": ("2026H2", ""),
        "review": ("0", ""),
        "systemic": ("0", ""),
        "retention": ("0", ""),
        "erasures": ("0", ""),
    }
    assert found["review"]["says"] == "The first sample is drawn once a whole week has been heard."
    assert found["half-year"]["says"] == "To be lodged with ASIC from Fri 1 Jan 2027 to Sun 28 Feb 2027."


def test_each_number_is_that_of_the_page_it_leads_to(sqlite_store, clock, as_role):
    add_demo(sqlite_store, now=NOW)
    for said in NOISE:
        add(sqlite_store, said, now=NOW)
    told = {"name": "billing_payment", "words": ["annual", "fee"], "examples": ["C-0000001"]}
    counts = {"size": 6, "people": 6, "weeks": [0, 0, 1, 5], "level": "warning", "chance": 0.001}
    with sqlite_store.writing() as transaction:
        transaction.systemic.open(told | counts, now=NOW)
    clock.move(days=8)
    draw(sqlite_store, zone=SYDNEY, now=clock.now)

    officer = as_role(Role.COMPLIANCE)
    found = tiles_of(officer)

    assert (found["systemic"]["number"], found["systemic"]["state"]) == ("1", "is-red")
    assert found["systemic"]["says"] == "1 of them grows."
    with sqlite_store.reading() as transaction:
        live = len(transaction.complaints.with_status(LIVE, limit=99))
        missed = transaction.board.clocks_missed(now=clock.now)
    assert live and missed
    assert (found["complaints"]["number"], found["clocks"]["number"]) == (str(live), str(missed))
    assert found["clocks"]["state"] == "is-red"
    waiting = officer.get(found["review"]["url"]).text.count('class="verdict"')
    assert (found["review"]["number"], found["review"]["state"]) == (str(waiting), "is-amber")
    rows = officer.get("/compliance").text.split("<tbody>")[1].count("<tr>")
    assert rows == 10, "the first of them, missed ones before the others"
    for one in found.values():
        assert officer.get(one["url"].replace("&amp;", "&")).status_code == 200, one


def test_the_half_year_is_asked_for_until_it_is_noted_as_lodged(sqlite_store, clock, as_role):
    add_demo(sqlite_store, now=NOW)
    clock.move(days=60)
    soon = tiles_of(as_role(Role.COMPLIANCE))["half-year"]
    assert (soon["number"], soon["state"]) == ("2026H2", "is-amber")

    clock.move(days=60)
    officer = as_role(Role.ADMIN)
    late = tiles_of(officer)["half-year"]
    assert (late["state"], late["says"]) == (
        "is-red",
        "No file was noted as lodged; the window closed on Sun 28 Feb 2027.",
    )

    lodged = Lodgement("2026H2", 1, 0, None, None, None, 1, "d" * 64, "Cleo Park", clock.now, "")
    with sqlite_store.writing() as transaction:
        transaction.lodgements.add(lodged)
    done = tiles_of(officer)["half-year"]
    assert done["state"] == ""
    assert done["says"].endswith("by Cleo Park.")


def test_others_than_compliance_have_no_such_page(as_role):
    assert {as_role(role).get("/compliance/overview").status_code for role in (Role.AGENT, Role.LEAD)} == {403}
