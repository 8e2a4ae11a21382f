"""Cross-site scripting: posts, names, biographies and addresses that would run in the page of whoever reads them."""

import html.parser
import json

import pytest

from inbox.roles import Role
from ingest.normalise import normalise
from ingest.parsing import parse_message
from models import Tier
from store.store import Store
from tests.attacks.hostile import ADDRESSES, ALL, MARKUP
from tests.attacks.walking import filled, routes
from tests.inbox.factory import NOW, Said, add, add_demo


class Seen(html.parser.HTMLParser):
    """Elements and attributes as a browser would make them of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, given in attrs:
            value = (given or "").strip().lower()
            is_address = name in ("href", "src", "action", "formaction", "srcdoc", "hx-get", "hx-post", "data")
            if name.startswith(("on", "hx-on", "data-hx-on")) or (name == "srcdoc"):
                self.faults.append(f"{tag} {name}")
            if is_address and "".join(value.split()).startswith(("javascript:", "data:", "vbscript:", "//", "file:")):
                self.faults.append(f"{tag} {name}={value[:40]}")
            if name in ("src", "action", "formaction") and not value.startswith("/"):
                self.faults.append(f"{tag} {name}={value[:40]}")
        if tag in ("iframe", "object", "embed", "base", "frame", "style"):
            self.faults.append(tag)


def hostile(place: int) -> Said:
    each = MARKUP[place % len(MARKUP)]
    return Said(
        f"You charged me twice {each} {ALL if place == 0 else ''}",
        handle=f"joss{each}"[:200],
        name=each,
        bio=ALL,
        tier=Tier.HIGH_PRIORITY,
        team=f"team {each}"[:60],
        tags=(each[:60],),
        reasons=("charged", each),
        native_id=f"id{place}{each}"[:200],
        raw={"quoted": each, each: each},
    )


def add_hostile(store: Store) -> list[int]:
    """One case for each kind of markup, filed as a complaint."""
    return [add(store, hostile(place), now=NOW) for place in range(len(MARKUP))]


@pytest.fixture
def pages(app, sqlite_store, as_role) -> dict[str, str]:
    """Every page as an administrator, with hostile posts in the store, found by searches of the same words."""
    add_demo(sqlite_store, now=NOW)
    cases = add_hostile(sqlite_store)
    admin = as_role(Role.ADMIN)
    asked = [filled(path) for method, path in routes(app) if method == "GET" and "/live" not in path]
    asked += [f"/cases/{case_id}" for case_id in cases]
    asked += [f"/complaints/C-{number:07d}" for number in range(2, 8)]
    found = {path: admin.get(path) for path in asked}
    for path in ("/", "/register", "/escalations", "/compliance/log", "/figures", "/health", "/login"):
        for name in ("q", "view", "channel", "notice", "next", "from", "order", "team"):
            found[f"{path}?{name}"] = admin.client.get(path, params={name: ALL})
    return {
        path: one.text for path, one in found.items() if one.headers.get("content-type", "").startswith("text/html")
    }


def test_no_page_makes_an_element_or_an_address_of_what_somebody_wrote(pages):
    faults = {}
    for path, text in pages.items():
        seen = Seen()
        seen.feed(text)
        if seen.faults:
            faults[path] = seen.faults
    assert faults == {}
    assert len(pages) > 60
    assert sum("canary.invalid" in text for text in pages.values()) > 20, "the hostile posts are shown somewhere"


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_none_of_the_web_is_no_link(address):
    record = json.dumps({"text": "hello", "url": address}).encode()
    url = normalise(parse_message(record, received_at=NOW)).url
    assert url is None or (url.startswith("https://") and not any(map(str.isspace, url)))


def test_a_link_that_reached_the_store_in_another_way_is_no_link_on_the_page_either(app, sqlite_store, as_role):
    """Sources beside `POST /api/messages` make mentions of their own."""
    case_id = add(sqlite_store, hostile(0), now=NOW)
    with sqlite_store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mentions SET url = 'javascript:window.pwned=1'")
    seen = Seen()
    seen.feed(as_role(Role.ADMIN).get(f"/cases/{case_id}").text)
    assert seen.faults == []
