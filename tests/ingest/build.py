"""Mentions and lines for the tests of this stage."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, settings

from ingest.parsing import parse_message
from models import Author, Kind, Mention
from models.identity import mention_id

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""
NOW = datetime(2026, 6, 5, 14, 0, tzinfo=UTC)

FULL = {
    "id": "123", "channel": "x", "account": "acme_bank", "kind": "reply", "text": "Charged twice again", "lang": "en",
    "created_at": "2026-06-05T13:50:00Z", "on_owned_channel": True, "conversation_id": "100", "in_reply_to": "122",
    "url": "https://x.com/i/123", "shares": 31,
    "author": {"id": "7", "handle": "jane", "name": "Jane", "bio": "dad", "followers": 12, "following": 80,
               "posts": 400, "verified": False, "has_avatar": True, "created_at": "2019-01-01T00:00:00Z"},
}  # fmt: skip


def line(**keys: Any) -> bytes:
    return json.dumps({"text": "hello", **keys}).encode()


def parsed(**keys: Any) -> Mention:
    return parse_message(line(**keys), received_at=NOW)


def mention(native_id: str = "1", *, text: str = "hello", **fields: Any) -> Mention:
    made = Mention(
        id=mention_id("x", "acme", native_id), channel="x", account="acme", native_id=native_id, kind=Kind.MENTION,
        text=text, created_at=NOW, received_at=NOW, conversation_id=fields.pop("conversation_id", native_id),
        author=Author(id="a1"),
    )  # fmt: skip
    return replace(made, **fields)
