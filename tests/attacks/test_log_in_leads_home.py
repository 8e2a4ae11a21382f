"""Open redirect: `next=` of the log-in leads to a page of ours, as a real browser reads addresses."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.urls import Urls

BASE = "https://care.example/login"
EVIL = (
    *(
        "//evil",
        "/\\evil",
        "\\\\evil",
        "/\t/evil",
        "/\n/evil",
        "/\r/evil",
        "\t//evil",
        " //evil",
        "///evil",
        "/\\/evil",
    ),
    *("https://evil", "https:evil", "http:/evil", "javascript:alert(1)", "data:text/html,x", "//evil%2f@care.example"),
    *(
        "/\x00/evil",
        "\x00//evil",
        "/\u2028/evil",
        "/\u00a0/evil",
        "//\u3002evil",
        "/\x7f/evil",
        "@evil",
        ".evil",
        "evil",
    ),
    *("https://care.example@evil", "//care.example@evil/", "?next=//evil", "#//evil", "", "/\ud800"),
)
HARMLESS = ("/%2f%2fevil", "/%5cevil", "/%09/evil", "/cases/1?x=//evil", "/./evil", "/..//evil")


def read_by_a_browser(target: str) -> str:
    """Browsers drop tabs and newlines, and take a backslash for a slash."""
    bare = target.strip("".join(map(chr, range(33)))).translate({9: None, 10: None, 13: None}).replace("\\", "/")
    return urljoin(BASE, bare)


@pytest.mark.parametrize("root", ["", "/care"])
@pytest.mark.parametrize("target", [*EVIL, *HARMLESS])
def test_it_never_leads_to_another_site(root, target):
    urls = Urls(root)
    led = urls.local(target)
    assert led.startswith(f"{root}/")
    assert urlsplit(read_by_a_browser(led)).netloc == "care.example"
    assert not set(led) & set("\r\n\t\x00")


@given(st.text(alphabet="/\\:@?#%.evil\t\r\n\x00 \u3002", max_size=12), st.sampled_from(["", "/care"]))
def test_no_mixture_of_such_letters_does(target, root):
    led = Urls(root).local(target)
    assert urlsplit(read_by_a_browser(led)).netloc == "care.example"


def test_a_receipt_that_a_desk_gives_is_a_link_to_the_web_or_none():
    urls = Urls("")
    for said in (*EVIL, "javascript:x", "vbscript:x", "file:///x"):
        link = urls.receipt(said)
        if link is not None and not link.startswith(("https://", "http://")):
            assert urlsplit(read_by_a_browser(link)).netloc == "care.example", said
