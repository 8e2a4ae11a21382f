"""What came with a message beside its words is named, never loaded, whatever the platform or somebody else sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mastodon.wire import Attachment
from inbox.media import KINDS, LONGEST_WORDS, MOST_COUNTED, MOST_SHOWN, MediaKind, Medium, media_of, media_shown
from inbox.media import safe_address as safe
from models import Kind
from tests.inbox.factory import NOW, Said, add
from tests.inbox.test_deleted import delete, hold_everything, newest_message

CDN = "https://cdn.example/a.jpg?sig=1"
ADDRESSES = ("javascript:alert(1)", "http://a.example/x", "https://", "https://me:pass@a.example/", "data:text/html,x")
HOSTILE = (
    *ADDRESSES,
    "//a.example/x",
    "https://a.example/\u202egpj",
    "https://a.example/ x",
    'https://a.example/"',
    "",
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["image", "https://a.example", "video"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["type", "description", "payload", "url", "title", "image", "filename"]), inner
        )
    ),
)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (
            {"media": [{"type": "image", "description": "my\n letter"}, {"type": "gifv", "description": None}]},
            [Medium(MediaKind.PICTURE, "my letter"), Medium(MediaKind.VIDEO)],
        ),
        ({"media": ["photo", "voice"]}, [Medium(MediaKind.PICTURE), Medium(MediaKind.SOUND)]),
        ({"attachments": ["bill.pdf"]}, [Medium(MediaKind.FILE, "bill.pdf")]),
        (
            {"attachments": [{"type": "image", "payload": {"url": CDN}}, {"type": "file", "payload": {"url": CDN}}]},
            [Medium(MediaKind.PICTURE, "", CDN), Medium(MediaKind.FILE, "", CDN)],
        ),
        (
            {"attachments": [{"type": "fallback", "title": "Win", "payload": {"url": "https://evil.example"}}]},
            [Medium(MediaKind.LINK, "Win")],
        ),
        ({"photo": CDN}, [Medium(MediaKind.PICTURE, "", CDN)]),
        ({"media_type": "IMAGE", "media_url": CDN}, [Medium(MediaKind.PICTURE, "", CDN)]),
        ({"type": "document", "document": {"filename": "bill.pdf", "id": "7"}}, [Medium(MediaKind.FILE, "bill.pdf")]),
        ({"type": "text", "media_type": "TEXT_POST", "media": {"id": "1", "media_product_type": "FEED"}}, []),
        ({"media": [{"type": "hologram"}]}, [Medium(MediaKind.OTHER)]),
    ],
    ids=["mastodon", "telegram", "mail", "messenger", "a link", "facebook", "threads", "whatsapp", "none", "unknown"],
)
def test_what_each_platform_sent_is_read(raw: dict[str, object], found: list[Medium]) -> None:
    assert list(media_of(raw)) == found


def test_every_kind_that_telegram_names_is_known_or_called_attached() -> None:
    assert {KINDS[name] for name in ("photo", "sticker", "animation", "document", "audio")} < set(MediaKind)
    assert Attachment().type not in KINDS


@pytest.mark.parametrize("address", [*HOSTILE, None, 7, "https://a.example/" + "x" * 3_000, "https://[::1"])
def test_only_an_https_address_of_a_named_host_is_linked(address: object) -> None:
    assert safe(address) is None
    assert safe(CDN) == CDN


@given(
    st.dictionaries(
        st.sampled_from(["media", "attachments", "photo", "video", "media_type", "media_url", "type", "image"]),
        anything,
    )
)
def test_whatever_was_sent_is_read_without_a_fault(raw: dict[str, object]) -> None:
    for one in media_shown(raw, "https://a.example/").shown:
        assert one[2] is None or one[2].startswith("https://")


def test_ten_thousand_things_and_a_huge_description_are_cut() -> None:
    media = media_shown({"media": [{"type": "image", "description": "x" * 1_000_000}] * 10_000}, None)
    assert len(media.shown) == MOST_SHOWN and media.more == MOST_COUNTED - MOST_SHOWN
    assert len(media.shown[0][1]) <= LONGEST_WORDS + 2


def test_a_picture_is_told_under_the_words_and_opens_on_the_platform_alone(sqlite_store, agent) -> None:
    raw: dict[str, object] = {"media": [{"type": "image", "description": "<b>letter\u202e</b>"}, {"type": "video"}]}
    page = agent.get(f"/cases/{add(sqlite_store, Said('see this', raw=raw, native_id='one'), now=NOW)}").text
    listed = page[page.index('<ul class="media"') :].partition("</ul>")[0]
    assert "<b>Picture</b>" in listed and "<b>Video</b>" in listed and "without a description" in listed
    assert '<bdi translate="no">&lt;b&gt;letter<span class="unseen"' in listed
    assert "\u202e" not in page
    assert (
        listed.count('href="https://social.example/x/one" rel="noopener noreferrer nofollow" referrerpolicy="no-') == 2
    )
    assert listed.count('target="_blank"') == 2
    assert "<img" not in page.partition("<main")[2] and "<video" not in page


def test_hostile_addresses_are_no_links_and_the_original_stands_in(sqlite_store, agent) -> None:
    raw: dict[str, object] = {"attachments": [{"type": "image", "payload": {"url": one}} for one in HOSTILE]}
    said = Said("see this", raw=raw, channel="facebook", kind=Kind.DM, native_id="one")
    page = agent.get(f"/cases/{add(sqlite_store, said, now=NOW)}").text
    listed = page[page.index('<ul class="media"') :].partition("</ul>")[0]
    assert listed.count("<li>") == len(HOSTILE) == listed.count('href="https://social.example/facebook/one"')
    assert "javascript:" not in page and "a.example" not in page


def test_a_deleted_message_whose_copy_is_kept_shows_nothing_that_came_with_it(sqlite_store, agent) -> None:
    raw: dict[str, object] = {"media": [{"type": "image", "description": "my passport"}]}
    case_id = add(sqlite_store, Said("see this", raw=raw), now=NOW)
    assert "my passport" in agent.get(f"/cases/{case_id}").text
    hold_everything(sqlite_store)
    delete(sqlite_store, newest_message(sqlite_store, case_id))
    page = agent.get(f"/cases/{case_id}").text
    assert "my passport" not in page and 'class="media"' not in page
