"""The description of our API is true: every door is in it, and the app answers as it says, whatever it is sent."""

import json
import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from inbox.api_description import description
from tests.attacks.walking import routes
from tests.inbox.factory import NOW

SCOPES = ("messages:write", "figures:read", "register:export")
FOR_PROGRAMS = ("/api/", "/hooks/", "/healthz", "/readyz", "/metrics")
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    ignored_auth,
)
"""Not that wrong messages are refused as a whole: each is refused for itself, in an answer that says so."""


def test_every_door_for_programs_is_described_and_nothing_else(app, nobody):
    doors = {(method.lower(), path) for method, path in routes(app) if path.startswith(FOR_PROGRAMS)}
    told = nobody.get("/api/openapi.json").json()
    assert {(method, path) for path, ways in told["paths"].items() for method in ways} == doors
    assert told == json.loads(json.dumps(description()))


def test_the_description_names_the_sub_path_it_is_served_under():
    assert description("/care")["servers"] == [{"url": "/care"}]


@pytest.mark.slow
def test_whatever_is_sent_the_app_answers_as_it_is_described(app, sqlite_store):
    """`EXAMPLES=500` tries more."""
    with sqlite_store.writing() as transaction:
        key = transaction.api_keys.make("tester", scopes=SCOPES, now=NOW)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    most = int(os.environ.get("EXAMPLES", "12"))

    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=most, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
        def call(case) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

        call()
