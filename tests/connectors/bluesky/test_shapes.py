"""Real answers, recorded from a real network, and our fake's answers are read alike."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.wire import Notification
from models.errors import AccessError
from tests.connectors.bluesky.conftest import open_client
from tests.fakes.bluesky import DID, FakeBluesky

SAMPLES = Path(__file__).parents[4] / "shared/samples/bluesky"
REDACTED = SecretStr("redacted")


def sample(name: str) -> tuple[int, Any]:
    """Status and body of a recorded answer."""
    path = SAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no recorded answer at {path}")
    recorded = json.loads(path.read_text())
    return (recorded["status"], recorded["body"]) if "body" in recorded else (200, recorded)


def client_that_gets(name: str) -> BlueskyClient:
    status, body = sample(name)
    login_status, login = sample("createSession")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("Session"):
            return httpx.Response(login_status, json=login)
        return httpx.Response(status, json=body)

    return BlueskyClient(
        "https://bluesky.test", handle="x.test", app_password=REDACTED, transport=httpx.MockTransport(answer)
    )


@pytest.mark.parametrize(
    "name",
    [
        "listNotifications",
        "listNotifications_page2",
        "listNotifications_after_delete",
        "listNotifications_reasons_filter",
    ],
)
def test_recorded_notifications_of_posts_are_read(name: str) -> None:
    items = client_that_gets(name).notifications().items

    posts = [item for item in items if "/app.bsky.feed.post/" in item.uri]
    assert all(isinstance(item, Notification) for item in posts)


def test_a_recorded_quote_names_what_it_quotes() -> None:
    items = client_that_gets("listNotifications_reply_quote_like_page1").notifications().items

    (quote,) = [item for item in items if isinstance(item, Notification) and item.reason == "quote"]

    assert quote.record.quoted
    assert quote.record.quoted.uri.startswith("at://")


def test_a_recorded_feed_and_recorded_posts_are_read() -> None:
    (in_feed,) = client_that_gets("getAuthorFeed").author_feed("did:plc:x").posts
    (post,) = client_that_gets("getPosts").posts(["at://x"]).values()

    assert in_feed.record.text == post.record.text
    assert client_that_gets("getPosts_after_delete").posts(["at://x"]) == {}


def test_a_recorded_profile_is_read() -> None:
    status, profile = sample("getProfile")
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json={"profiles": [profile], **session()}))
    client = BlueskyClient("https://bluesky.test", handle="x.test", app_password=REDACTED, transport=transport)

    (found,) = client.profiles(["did:plc:x"]).values()

    assert (found.followers_count, found.follows_count, found.posts_count) == (0, 1, 1)


def test_a_recorded_bad_token_is_stale_and_a_recorded_bad_login_is_refused() -> None:
    with pytest.raises(AccessError):
        client_that_gets("expired_token").notifications()

    status, body = sample("createSession_bad")
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=body))
    client = BlueskyClient("https://bluesky.test", handle="x.test", app_password=REDACTED, transport=transport)
    with pytest.raises(AccessError, match="app password"):
        client.own_did()


def test_a_recorded_missing_record_is_none() -> None:
    assert client_that_gets("getRecord_after_delete").own_post("3n2to2ywlps2g") is None


def test_our_fake_answers_in_the_same_shapes(fake: FakeBluesky) -> None:
    """Every field the fake gives stands in the recorded answer, of the same JSON type."""
    alice = fake.add_account("did:plc:alice", "alice.test", displayName="Alice", description="d")
    fake.mention(alice, "hello", langs=["en"])
    client = open_client(fake)
    client.notifications()
    client.posts([fake.notifications[0]["uri"]])

    _, listed = sample("listNotifications")
    _, posts = sample("getPosts")
    _, profile = sample("getProfile")
    assert_alike(fake.notifications[0], listed["notifications"][0])
    assert_alike(next(iter(fake.posts.values())), posts["posts"][0])
    assert_alike(fake.profiles[alice], profile)
    assert fake.profiles[DID]["handle"]


def assert_alike(ours: Any, recorded: Any) -> None:
    assert type(ours) is type(recorded)
    if isinstance(ours, dict):
        for name in ours.keys() - {"description"}:
            assert_alike(ours[name], recorded[name])


def session() -> dict[str, str]:
    return {"did": DID, "accessJwt": "a", "refreshJwt": "b"}
