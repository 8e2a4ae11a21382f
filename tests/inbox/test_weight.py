"""How much a browser has to fetch, and what is sent compressed."""

import re

import pytest

from tests.inbox.factory import NOW, many

FIRST_PAGE_BYTES = 150_000
FONT = "vendor/inter-latin.woff2"
OWN = {"sec-fetch-site": "none", "accept-encoding": "gzip"}


def sent(agent, path: str, **headers: str) -> int:
    """Bytes on the wire."""
    with agent.client.stream("GET", agent.root + path, headers=OWN | headers) as answer:
        assert answer.status_code == 200
        return len(b"".join(answer.iter_raw()))


def test_the_first_page_with_all_that_it_links_weighs_less_than_150_kb(sqlite_store, agent):
    many(60, sqlite_store, now=NOW)
    page = agent.client.get("/", headers=OWN).text
    assert page.count('class="row tier-edge-') == 50
    linked = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:css|js|svg)[^"]*)"', page))
    assert len(linked) > 10
    assert sent(agent, "/") + sum(sent(agent, path) for path in linked) + sent(agent, f"/static/{FONT}") < (
        FIRST_PAGE_BYTES
    )


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_that_a_person_or_our_own_page_asked_for_is_compressed(agent, site):
    answer = agent.get("/health", **{"sec-fetch-site": site, "accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "Oldest" in answer.text or "Messages" in answer.text


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}])
def test_a_page_that_another_site_may_have_asked_for_is_not_compressed(agent, headers):
    assert "content-encoding" not in agent.get("/health", **headers, **{"accept-encoding": "gzip"}).headers


def test_a_style_sheet_is_compressed_for_everybody_who_can_read_it(agent):
    assert agent.get("/static/earshot.css").headers["content-encoding"] == "gzip"
    plain = agent.get("/static/earshot.css", **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert "accept-encoding" in plain.headers["vary"].lower()
