"""Our fake speaks the words of the AT Protocol lexicons, and so do we."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx

from connectors.bluesky.channel import BlueskyChannel
from connectors.bluesky.chat_source import BlueskyChatSource
from connectors.bluesky.client import BlueskyClient
from models import AuthoredBy, Reply
from tests.connectors.bluesky.conftest import open_source
from tests.fakes.bluesky import DID, NOW, FakeBluesky, minutes
from tests.shared import shared

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "params": dict}


@cache
def lexicon(name: str) -> dict[str, Any]:
    folder = shared("specs/atproto-lexicons/lexicons")
    found: dict[str, Any] = json.loads((folder / f"{name.replace('.', '/')}.json").read_text(encoding="utf-8"))
    return found


def resolved(ref: str, home: str) -> tuple[dict[str, Any], str]:
    """Definition and the lexicon it stands in."""
    name, _, part = ref.partition("#")
    return lexicon(name or home)["defs"][part or "main"], name or home


def problems(value: Any, schema: dict[str, Any], home: str, place: str = "") -> Iterator[str]:
    kind = schema["type"]
    if kind == "ref":
        inner, its_home = resolved(schema["ref"], home)
        yield from problems(value, inner, its_home, place)
    elif kind == "union":
        yield from _of_union(value, schema, home, place)
    elif kind in TYPES and not isinstance(value, TYPES[kind]):
        yield f"{place}: {type(value).__name__} is no {kind}"
    elif kind in ("object", "params"):
        missing = set(schema.get("required", ())) - set(value)
        yield from (f"{place}.{name}: missing" for name in missing)
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from problems(value[name], inner, home, f"{place}.{name}")
    elif kind == "array":
        for number, each in enumerate(value):
            yield from problems(each, schema["items"], home, f"{place}[{number}]")


def _of_union(value: Any, schema: dict[str, Any], home: str, place: str) -> Iterator[str]:
    full = {(f"{home}{ref}" if ref.startswith("#") else ref) for ref in schema["refs"]}
    if value.get("$type") not in full:
        yield f"{place}: $type {value.get('$type')} is none of {sorted(full)}"
        return
    inner, its_home = resolved(value["$type"], home)
    yield from problems(value, inner, its_home, place)


def exercise(fake: FakeBluesky, client: BlueskyClient, channel: BlueskyChannel, alice: str) -> None:
    """Every call we make, but those of the session."""
    ours = fake.post(DID, "New opening hours", langs=["en"])
    fake.mention(alice, "still closed", reason="reply", reply_to=ours)
    (public,) = open_source(client).pull(None).mentions
    channel.reply(public, Reply("1", "Sorry!", is_private=False, authored_by=AuthoredBy.PERSON))
    chat = BlueskyChatSource(client, now=lambda: NOW + minutes(5))
    cursor = chat.pull(None).cursor
    fake.write(alice, "my account number is 12")
    fake.happen("logMuteConvo")
    fake.hide(fake.write(alice, "hidden"))
    page = chat.pull(cursor)
    reply = Reply("2", "See https://bank.test", is_private=True, authored_by=AuthoredBy.PERSON)
    channel.reply(page.mentions[0], reply)
    open_fresh = BlueskyChatSource(client, now=lambda: NOW + minutes(5))
    open_fresh.pull(None)


def test_what_our_fake_answers_is_what_the_lexicons_say(
    fake: FakeBluesky, client: BlueskyClient, channel: BlueskyChannel, alice: str
) -> None:
    lexicon("chat.bsky.convo.getLog")
    answers: list[tuple[str, httpx.Response]] = []
    fake.told = answers.append
    exercise(fake, client, channel, alice)

    seen = set()
    for method, answer in answers:
        if method.startswith("com.atproto.server") or not answer.is_success:
            continue
        seen.add(method.rsplit(".", 1)[-1])
        output = lexicon(method)["defs"]["main"]["output"]["schema"]
        assert list(problems(answer.json(), output, method)) == [], method
    assert {"getLog", "listConvos", "getMessages", "getConvo", "sendMessage", "getPostThread"} <= seen
    assert {"listNotifications", "getProfiles", "getPosts", "getAuthorFeed", "putRecord"} <= seen


def test_we_ask_in_the_words_of_the_lexicons(
    fake: FakeBluesky, client: BlueskyClient, channel: BlueskyChannel, alice: str
) -> None:
    lexicon("chat.bsky.convo.getLog")
    exercise(fake, client, channel, alice)

    for request in fake.requests:
        method = request.url.path.removeprefix("/xrpc/")
        main = lexicon(method)["defs"]["main"]
        allowed = set(main.get("parameters", {}).get("properties", {}))
        assert set(request.url.params) <= allowed, method
        if request.method == "POST" and request.content:
            sent = json.loads(request.content)
            assert list(problems(sent, main["input"]["schema"], method)) == [], method
