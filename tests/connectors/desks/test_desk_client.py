"""What all clients of desks do the same way."""

from datetime import UTC, datetime

import httpx
import pytest

from connectors.desks.chatwoot.client import ChatwootClient
from connectors.desks.freshdesk.client import FreshdeskClient
from connectors.desks.jira_service_management.client import JiraClient
from connectors.desks.slack.client import SlackClient
from connectors.desks.zammad.client import ZammadClient
from connectors.desks.zendesk.client import ZendeskClient
from connectors.quota import LedgerInMemory, Quota

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
MAKES = {
    ChatwootClient: (1, "made-up"),
    FreshdeskClient: ("made-up",),
    JiraClient: ("agent@bank.test", "made-up"),
    SlackClient: ("made-up",),
    ZammadClient: ("made-up",),
    ZendeskClient: ("agent@bank.test", "made-up"),
}


def asked(make, *, quota=None):
    """The request of one call."""
    requests = []

    def answer(request):
        requests.append(request)
        return httpx.Response(200, json={})

    client = make("https://desk.test/", *MAKES[make], quota=quota, transport=httpx.MockTransport(answer))
    client._send("GET", "/thing")
    [request] = requests
    return request


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.__name__)
def test_every_call_is_counted_once(make):
    ledger = LedgerInMemory()
    asked(make, quota=Quota("desk", ledger, now=lambda: NOW))
    assert [(credential, calls) for credential, _, calls, _, _ in ledger.entries] == [("desk", 1)]


@pytest.mark.parametrize("make", MAKES, ids=lambda make: make.__name__)
def test_every_call_asks_for_json_and_proves_who_asks(make):
    request = asked(make)
    assert request.headers["accept"] == "application/json"
    assert "authorization" in request.headers or "api_access_token" in request.headers
    assert request.url.host == "desk.test"
    assert request.url.path.endswith("/thing") and "//" not in request.url.path
