"""What programs may call, as OpenAPI 3.1: served at `/api/openapi.json`, and held beside the routes by a test."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from inbox.visit import Visit
from ingest.message import Message

Part = Mapping[str, Any]
KEY: Part = {"type": "http", "scheme": "bearer", "description": "`earshot key add` makes one."}
ID = {"anyOf": [{"type": "string", "maxLength": 512}, {"type": "integer"}, {"type": "null"}]}
"""What an id is taken as; longer ones and invisible letters are refused with the message."""
IDS = ("id", "conversation_id", "in_reply_to")
KINDS = ["mention", "reply", "comment", "review", "dm"]
REJECTED: Part = {
    "type": "object",
    "required": ["index", "reason"],
    "properties": {"index": {"type": "integer", "minimum": 0}, "reason": {"type": "string"}},
}
TAKEN: Part = {
    "type": "object",
    "required": ["accepted", "new", "rejected", "ids"],
    "properties": {
        "accepted": {"type": "integer", "minimum": 0},
        "new": {"type": "integer", "minimum": 0, "description": "Those that were not known yet."},
        "rejected": {"type": "array", "items": REJECTED},
        "ids": {"type": "array", "items": {"type": "string"}},
    },
}
DAY: Part = {"type": "string", "format": "date"}
FIGURES: Mapping[str, Part] = {
    "format": {"enum": ["csv", "json"], "default": "csv"},
    "period": {"type": "string"},
    "from": DAY,
    "to": DAY,
    "channel": {"type": "string"},
    "team": {"type": "string"},
    "product": {"type": "string"},
}
REGISTER: Mapping[str, Part] = {
    "format": {"enum": ["csv", "xlsx", "jsonl"], "default": "csv"},
    "by": {"type": "string", "default": "received"},
    "from": DAY,
    "to": DAY,
}
FILES: Part = {
    "text/csv": {},
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
    "application/jsonl": {},
    "application/zip": {},
}
ERROR: Part = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def show(visit: Visit) -> Response:
    return JSONResponse(description(visit.inbox.urls.root))


def description(root: str = "") -> dict[str, Any]:
    """`root`: the sub-path that the inbox is served under."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Earshot",
            "version": "1",
            "description": "Messages in, pushes of platforms and desks, and whether all is well. Keys may be added.",
        },
        "servers": [{"url": root or "/"}],
        "paths": {
            "/api/messages": {"post": _take_messages()},
            "/api/figures": {"get": _file("figures", FIGURES, {"text/csv": {}, "application/json": {}})},
            "/api/register": {"get": _file("register", REGISTER, FILES)},
            "/api/openapi.json": {"get": _read("This description.", {"application/json": {"schema": {}}})},
            "/hooks/{name}": {"get": _handshake(), "post": _push()},
            "/healthz": {"get": _health("Whether a person should look: no channel is silent.")},
            "/readyz": {"get": _health("Whether requests can be served.")},
            "/metrics": {"get": _metrics()},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": KEY},
        },
    }


def _take_messages() -> Part:
    one = {"$ref": "#/components/schemas/Message"}
    return {
        "operationId": "takeMessages",
        "summary": "Take messages in; each is taken or refused for itself. Sent again, they change nothing.",
        "security": [{"key": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"anyOf": [one, {"type": "array", "items": one}]}},
                "application/x-ndjson": {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "202": _json("What became of them.", TAKEN),
            "400": _json("No JSON.", ERROR),
            "401": _json("No such key.", ERROR),
            "403": _json("The key lacks the scope messages:write.", ERROR),
            "413": _json("Too much at once.", ERROR),
            "429": _json("Too much waits, or too many wrong keys came from this address: come back later.", ERROR),
            "503": _json("Nothing was kept; try again in a moment.", ERROR),
        },
    }


def _push() -> Part:
    """Bodies are the platform's own, and signed by it: nobody else has use for their form."""
    answers = {
        "200": "Kept, or known already; some platforms are answered with 201, 202 or 204.",
        "201": "Kept.",
        "202": "Kept.",
        "204": "Kept.",
        "401": "The signature is wrong.",
        "404": "Nothing is received here.",
        "413": "Too large.",
        "503": "Try again in a moment.",
    }
    return {
        "operationId": "push",
        "summary": "What a platform or a desk pushes to us, signed in its own way.",
        "parameters": [_name()],
        "requestBody": {"content": {"*/*": {"schema": {}}}},
        "responses": {status: {"description": said} for status, said in answers.items()},
    }


def _handshake() -> Part:
    answers = {"200": "What the platform wants to hear.", "403": "Not its word.", "404": "Nothing is received here."}
    return {
        "operationId": "handshake",
        "summary": "The question by which some platforms make sure that the address is ours.",
        "parameters": [_name()],
        "responses": {status: {"description": said} for status, said in answers.items()},
    }


def _health(summary: str) -> Part:
    told = _read(summary, {"application/json": {"schema": {"type": "object"}}})
    return {**told, "responses": {**told["responses"], "503": _json("No, and why.", {"type": "object"})}}


def _metrics() -> Part:
    told = _read("For Prometheus, of this machine or with its token.", {"*/*": {}})
    refused = {status: {"description": said} for status, said in (("401", "No token."), ("403", "Not yours."))}
    return {**told, "responses": {**told["responses"], **refused, "404": {"description": "Switched off."}}}


def _file(what: str, asked: Mapping[str, Part], content: Part) -> Part:
    """What the page of that name hands out, to a program with its key. Personal data is masked."""
    parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in asked.items()]
    refusals = {
        "400": "The question cannot be read.",
        "401": "No such key.",
        "403": "The key lacks the scope.",
        "429": "Too many wrong keys came from this address.",
        "503": "Try again in a moment.",
    }
    return {
        "summary": f"The {what}, as a file.",
        "security": [{"key": []}],
        "parameters": parameters,
        "responses": {
            "200": {"description": "The file.", "content": content},
            **{status: _json(said, ERROR) for status, said in refusals.items()},
        },
    }


def _read(summary: str, content: Part) -> Part:
    return {"summary": summary, "responses": {"200": {"description": summary, "content": content}}}


def _name() -> Part:
    return {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z_]{1,40}$"}}


def _json(what: str, schema: Part) -> Part:
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def _schemas() -> dict[str, Any]:
    """Of the contract itself, with what its readers take beside the type that they make of it."""
    found = Message.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = {**found.pop("$defs", {}), "Message": found}
    for schema, names in (("Message", IDS), ("MessageAuthor", ("id",))):
        schemas[schema]["properties"] |= {name: ID for name in names}
    schemas["Message"]["properties"]["kind"] = {"anyOf": [{"enum": KINDS}, {"type": "null"}], "default": None}
    return schemas
