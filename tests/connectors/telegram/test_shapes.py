"""Our fake, our requests and recorded answers, held to Telegram's own specification."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from connectors.telegram.client import ALLOWED_UPDATES, TelegramClient, read_update
from connectors.telegram.records import HAPPENINGS, MEDIA, to_page
from connectors.telegram.wire import Update
from models import AuthoredBy, Reply
from models.errors import RetryableError
from tests.connectors.telegram.conftest import LATER, US, open_channel, open_client, open_source
from tests.fakes.telegram import ALICE, BOBBY, BOT, CHANNEL, FakeTelegram, private
from tests.fakes.telegram import US as OUR_BOT
from tests.shared import shared

SIMPLE = {
    "Integer": {"type": "integer"},
    "Float": {"type": "number"},
    "String": {"type": "string"},
    "Boolean": {"type": "boolean"},
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared("specs/telegram-bot-api.json").read_text())
    return found


def schema(spec: dict[str, Any], fields: list[dict[str, Any]]) -> dict[str, Any]:
    """A JSON schema that allows no field the specification does not name."""
    return {**_object(fields), "$defs": {name: _type(each) for name, each in spec["types"].items()}}


def _object(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {field["name"]: _any_of(field["types"]) for field in fields},
        "required": [field["name"] for field in fields if field["required"]],
        "additionalProperties": False,
    }


def _type(described: dict[str, Any]) -> dict[str, Any]:
    if described.get("subtypes"):
        return _any_of(described["subtypes"])
    return _object(described.get("fields", []))


def _any_of(types: list[str]) -> dict[str, Any]:
    return {"anyOf": [_one(each) for each in types]}


def _one(name: str) -> dict[str, Any]:
    if name.startswith("Array of "):
        return {"type": "array", "items": _one(name.removeprefix("Array of "))}
    return SIMPLE.get(name, {"$ref": f"#/$defs/{name}"})


def assert_fits(spec: dict[str, Any], fields: list[dict[str, Any]], value: object) -> None:
    errors = list(Draft202012Validator(schema(spec, fields)).iter_errors(value))
    assert [error.message for error in errors] == []


def lively(fake: FakeTelegram) -> None:
    """Something of every kind."""
    said = fake.say("hello")
    fake.say(
        None, caption="see", photo=[{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}], sender=BOBBY
    )
    fake.edit(said, "hello again")
    ours = fake.message("We look into it.", sender=OUR_BOT)
    fake.say_in_group(f"😡 @{BOT} help", reply_to_message=ours | {"chat": private(OUR_BOT)})
    fake.update("channel_post", fake.message("news", chat=CHANNEL, sender_chat=CHANNEL))
    fake.update("business_message", fake.message("hi", business_connection_id="c1"))
    gone = {"business_connection_id": "c1", "chat": private(ALICE), "message_ids": [1]}
    fake.update("deleted_business_messages", gone)


def test_the_fakes_updates_fit(spec: dict[str, Any], fake: FakeTelegram) -> None:
    lively(fake)

    for update in fake.updates:
        assert_fits(spec, spec["types"]["Update"]["fields"], update)


def test_our_requests_fit(spec: dict[str, Any], fake: FakeTelegram) -> None:
    lively(fake)
    page = open_source(fake).pull(None)
    for mention in page.mentions:
        answer = Reply(mention.id, "Sorry!", is_private=mention.is_private, authored_by=AuthoredBy.PERSON)
        open_channel(fake).reply(mention, answer)
    client = open_client(fake)
    client.me()
    client.webhook()

    for request in fake.requests:
        method = request.url.path.split("/")[-1]
        assert_fits(spec, spec["methods"][method].get("fields", []), json.loads(request.content))


def test_the_fakes_answers_fit(spec: dict[str, Any], fake: FakeTelegram) -> None:
    kinds = {"getMe": ("User", {}), "getWebhookInfo": ("WebhookInfo", {})}
    kinds["sendMessage"] = ("Message", {"chat_id": 42, "text": "hi"})
    for method, (kind, asked) in kinds.items():
        with httpx.Client(transport=fake.transport, base_url="https://telegram.test") as http:
            answer = http.post(f"/bot777000:made-up/{method}", json=asked).json()
        assert_fits(spec, spec["types"][kind]["fields"], answer["result"])


def test_what_we_ask_to_be_told_of_and_look_for_exists(spec: dict[str, Any]) -> None:
    updates = {field["name"] for field in spec["types"]["Update"]["fields"]}
    message = {field["name"] for field in spec["types"]["Message"]["fields"]}

    assert set(ALLOWED_UPDATES) <= updates
    assert set(Update.model_fields) <= updates
    assert {*MEDIA, *HAPPENINGS} <= message


@pytest.mark.parametrize("name", ["getUpdates", "client_getUpdates", "getMe", "sendMessage", "unknown_method"])
def test_recorded_answers_are_read(name: str) -> None:
    recorded = json.loads(Path(shared(f"samples/telegram/{name}.json")).read_text())
    answer = httpx.Response(recorded["status"], json=recorded["body"])
    client = TelegramClient(
        "https://telegram.test",
        bot=BOT,
        token=SecretStr("1:x"),
        transport=httpx.MockTransport(lambda request: answer),
        sleep=lambda seconds: None,
    )

    if name == "getMe":
        assert client.me().username == "TestNameBot"
    elif name == "sendMessage":
        assert client.send_message({}) == 2
    elif name == "unknown_method":
        with pytest.raises(RetryableError, match="500"):
            client.webhook()
    else:
        page = to_page(client.updates(offset=None), US, received_at=LATER)
        assert not page.rejected
        assert [mention.text for mention in page.mentions] == (
            ["my order never arrived"] if name == "getUpdates" else []
        )


def test_a_recorded_message_has_its_author() -> None:
    recorded = json.loads(Path(shared("samples/telegram/getUpdates.json")).read_text())
    page = to_page([read_update(each) for each in recorded["body"]["result"]], US, received_at=LATER)

    (mention,) = page.mentions
    assert mention.author is not None
    assert (mention.author.handle, mention.author.name) == ("alice", "Alice")
