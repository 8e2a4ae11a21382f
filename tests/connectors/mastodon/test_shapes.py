"""The specification and recorded answers of a real instance: our fake is held to the one, our parsers to the other."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from connectors.json_answers import read_record, readable
from connectors.mastodon.answers import read_answer
from connectors.mastodon.channel import MastodonChannel
from connectors.mastodon.client import MastodonClient
from connectors.mastodon.records import Scene, to_mention, words_of
from connectors.mastodon.wire import Account, Notification, Status, Thread
from models import AuthoredBy, Kind, Reply
from tests.connectors.mastodon.conftest import open_source
from tests.fakes.mastodon import HOST, NOW, OWN_ID, FakeMastodon
from tests.shared import shared

PATHS = {
    ("GET", "notifications"): ("Notification", True),
    ("GET", "statuses"): ("Status", True),
    ("POST", "statuses"): ("Status", False),
    ("GET", "statuses/*"): ("Status", False),
    ("GET", "statuses/*/context"): ("Context", False),
    ("GET", "accounts/*"): ("Account", False),
    ("GET", "accounts/verify_credentials"): ("CredentialAccount", False),
    ("GET", "accounts/relationships"): ("Relationship", True),
    ("GET", "accounts/*/statuses"): ("Status", True),
}
"""Verb and path of ours → what the specification calls its answer, and whether it is a list of them."""
NAMED = {"notifications", "statuses", "context", "accounts", "verify_credentials", "relationships"}


@cache
def specification() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("specs/mastodon-openapi.json").read_text(encoding="utf-8"))
    return found


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({**specification(), "$ref": f"#/components/schemas/{name}"})


def called(path: str) -> str:
    parts = path.removeprefix("/api/v1/").split("/")
    return "/".join(part if part in NAMED else "*" for part in parts)


def exercise(fake: FakeMastodon, client: MastodonClient, alice: str) -> None:
    """Every call we make."""
    ours = fake.post(OWN_ID, "our offer")
    fake.mention(alice, "a mess", reply_to=ours, spoiler_text="money")
    fake.mention(alice, "in private", visibility="direct")
    (mention, _) = open_source(client).pull(None).mentions
    fake.edit(mention.native_id, "a big mess", at=NOW)
    channel = MastodonChannel(client, now=lambda: NOW)
    channel.reply(mention, Reply("reply:1", "Sorry!", is_private=False, authored_by=AuthoredBy.PERSON))
    channel.recheck([mention])
    fake.delete(mention.native_id)
    channel.recheck([mention])


def test_what_our_fake_answers_is_what_the_specification_says(
    fake: FakeMastodon, client: MastodonClient, alice: str
) -> None:
    specification()
    exercise(fake, client, alice)

    seen = set()
    for verb, path, answer in fake.answers:
        if path == "/api/v2/instance" or not answer.is_success:
            continue
        seen.add((verb, called(path)))
        name, is_list = PATHS[verb, called(path)]
        for body in answer.json() if is_list else [answer.json()]:
            assert [problem.message for problem in validator(name).iter_errors(body)] == [], path
    assert seen == set(PATHS)


def test_what_our_fake_says_of_its_limits_is_what_the_specification_says(
    fake: FakeMastodon, client: MastodonClient
) -> None:
    told = client.instance().model_dump()
    expected = specification()["components"]["schemas"]["Instance"]["properties"]

    assert expected["domain"]["type"] == "string"
    limits = expected["configuration"]["properties"]["statuses"]["properties"]
    assert set(told["configuration"]["statuses"]) <= set(limits)


def test_we_ask_in_the_words_of_the_specification(fake: FakeMastodon, client: MastodonClient, alice: str) -> None:
    paths = specification()["paths"]
    exercise(fake, client, alice)

    for request in fake.requests:
        if request.url.path == "/api/v2/instance":
            continue
        template = "/api/v1/" + called(request.url.path).replace("*", "{id}")
        operation = paths[template][request.method.lower()]
        allowed = {each["name"] for each in operation.get("parameters", [])}
        assert {name.removesuffix("[]") for name in request.url.params} <= allowed, template
        if request.method == "POST":
            assert [each.message for each in validator("TextStatus").iter_errors(json.loads(request.content))] == []
            assert "idempotency-key" in request.headers


def recorded() -> Iterator[tuple[str, str, Any]]:
    """Verb, path and body of every answer that was recorded."""
    for file in sorted(shared("samples/mastodon").glob("*.json")):
        for each in json.loads(file.read_text(encoding="utf-8")):
            yield each["method"], httpx.URL(each["uri"]).path.rstrip("/"), each["body"]


def answer(body: Any) -> httpx.Response:
    return httpx.Response(200, json=body, request=httpx.Request("GET", "https://social.test/recorded"))


def test_recorded_posts_and_threads_are_read() -> None:
    statuses = [body for verb, path, body in recorded() if (verb, called(path)) in {("POST", "statuses")}]
    threads = [body for verb, path, body in recorded() if path.endswith("/context")]
    accounts = [body for verb, path, body in recorded() if path.endswith("verify_credentials")]

    read = [read_answer(answer(body), Status) for body in statuses]

    assert len(read) > 10
    assert all("<" not in words_of(status) for status in read)
    assert "@mastodonpy_test hello!" in {words_of(status) for status in read}
    assert [read_answer(answer(body), Thread) for body in threads]
    assert {read_answer(answer(body), Account).acct for body in accounts} == {"admin", "mastodonpy_test"}


def test_a_recorded_notification_becomes_a_mention() -> None:
    (listed,) = [body for _, path, body in recorded() if path == "/api/v1/notifications" and body]
    (notification,) = [read_record(item, Notification) for item in listed]
    assert notification.status

    scene = Scene(f"mastodonpy_test@{HOST}", "117020565966271181", HOST, notification.created_at)
    mention = to_mention(notification.status, scene, reason=notification.type)

    assert (mention.kind, mention.text) == (Kind.MENTION, "@mastodonpy_test hello!")
    assert mention.author
    assert (mention.author.handle, mention.author.has_avatar) == (f"admin@{HOST}", False)
    assert mention.created_at.utcoffset() is not None


def test_recorded_lists_of_posts_are_read_whole() -> None:
    lists = [body for _, path, body in recorded() if path.endswith("/statuses") and isinstance(body, list)]

    for listed in lists:
        assert len(readable(listed, Status)) == len(listed)
    assert lists


def test_recorded_headers_tell_the_place_and_the_limit(fake: FakeMastodon) -> None:
    """What the fake sends beside its answers has the form of what was recorded."""
    file = json.loads(shared("samples/mastodon/test_notifications.json").read_text(encoding="utf-8"))
    (given,) = [each["headers"] for each in file if "link" in each["headers"]]
    fake.mention(OWN_ID, "hello")
    request = httpx.Request("GET", "https://social.test/x?min_id=0&limit=1")
    ours = fake._paged(fake.notifications, request)

    assert {'rel="next"', 'rel="prev"'} <= set(given["link"].replace(",", " ").split())
    assert set(ours.links) == {"next", "prev"}
    assert given["x-ratelimit-reset"].endswith("Z")
