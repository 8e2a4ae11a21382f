"""WhatsApp held to Meta's own OpenAPI file and examples; both lie outside the repository."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from models import Kind
from tests.connectors.meta.parts import parse, words
from tests.connectors.meta.worlds import WhatsAppWorld
from tests.fakes import meta
from tests.fakes.meta import NOW
from tests.shared import shared

SPEC = "specs/meta-business-messaging-api_v23.0.yaml"
NO_WORDS = {"group_create_message", "group_remove_participants", "group_settings_update", "system_message"}


@cache
def schemas(path: Path) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="PyYAML reads Meta's file")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {"components": yaml.load(path.read_text(encoding="utf-8"), Loader=loader)["components"]}  # noqa: S506


def faults(name: str, value: object) -> list[str]:
    """What Meta's file has against it."""
    validator = Draft4Validator({**schemas(shared(SPEC)), "$ref": f"#/components/schemas/{name}"})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def test_what_we_send_is_what_whatsapp_asks_for() -> None:
    world = WhatsAppWorld()
    mention = world.mention()
    world.channel().reply(mention, words(private=True))
    (asked,) = world.fake.whatsapp

    assert faults("BaseMessageProperties", asked) == []
    assert faults("TextMessage_1", asked["text"]) == []
    assert faults("MessageContext_1", asked["context"]) == []
    assert faults("TextMessage_1", {}) != [], "the file says what is needed"


def test_what_our_fake_answers_is_what_whatsapp_answers() -> None:
    world = WhatsAppWorld()
    mention = world.mention()
    assert faults("MessageResponse", json.loads(world.fake._send_whatsapp({"to": "61491570156"}).content)) == []
    assert faults("GraphAPIError", json.loads(meta.refused(100, 33).content)) == []
    assert mention.kind is Kind.DM


def test_what_our_fake_pushes_is_what_whatsapp_pushes() -> None:
    """Part by part: the file's own whole mixes up what is sent and what is received, so its own examples fail it."""
    entry = meta.whatsapp_entry(
        meta.whatsapp_message("wamid.1", at=NOW),
        meta.whatsapp_message("wamid.2", type="reaction", reaction={"message_id": "wamid.0", "emoji": "😡"}),
    )
    pushed = json.loads(meta.pushed("whatsapp_business_account", entry))
    value = pushed["entry"][0]["changes"][0]["value"]

    assert faults("Metadata", value["metadata"]) == []
    assert faults("ContactProfile", value["contacts"][0]) == []
    for name, message in zip(("TextMessage_2", "ReactionMessage_1"), value["messages"], strict=True):
        assert faults("BaseMessageProperties_1", message) == []
        assert faults(f"{name}/allOf/1", message) == []
    assert pushed.keys() >= {"object", "entry"}
    assert pushed["entry"][0].keys() >= {"id", "changes"}


def test_every_example_of_whatsapps_is_read() -> None:
    folder = shared("samples/whatsapp_webhooks")
    read = {path.stem: parse(path.read_bytes()) for path in sorted(folder.glob("*.json"))}

    assert read
    assert {name: page.rejected for name, page in read.items() if page.rejected} == {}
    assert {name for name, page in read.items() if not page.mentions} == NO_WORDS & read.keys()
    for page in read.values():
        for mention in page.mentions:
            assert mention.text
            assert not mention.created_at_assumed
            assert mention.author is not None
