"""A receiver of our webhooks as its documentation asks for: verifies with the standard's own library, keeps once."""

import json
from dataclasses import replace

import httpx
from standardwebhooks.webhooks import Webhook

from models import Priority, TicketStatus
from tests.contracts.desk_harness import Held

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="


class FakeReceiver:
    """`transport()` goes into the desk; `kept` maps each `webhook-id` to its event."""

    def __init__(self, secret: str = SECRET) -> None:
        self.kept: dict[str, dict] = {}
        self.requests: list[httpx.Request] = []
        self._verifier = Webhook(secret)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        event = self._verifier.verify(request.content, dict(request.headers))
        assert json.loads(request.content) == event
        self.kept.setdefault(request.headers["webhook-id"], event)
        return httpx.Response(204)

    def data(self, type: str, external_id: str) -> list[dict]:
        events = [event for event in self.kept.values() if event["type"] == type]
        return [event["data"] for event in events if event["data"]["external_id"] == external_id]

    def held(self, external_id: str) -> list[Held]:
        """What a receiver that does as it is told has made of the events, in the order they came."""
        held = [
            Held(data["body"], [], Priority(data["priority"]), frozenset(data["tags"]), TicketStatus.NEW, data["team"])
            for data in self.data("earshot.ticket.create", external_id)
        ]
        for data in self.data("earshot.ticket.comment", external_id):
            held = [replace(each, notes=[*each.notes, data["body"]]) for each in held]
        for data in self.data("earshot.ticket.update", external_id):
            held = [_updated(each, data) for each in held]
        return held


def _updated(held: Held, data: dict) -> Held:
    return replace(
        held,
        priority=Priority(data["priority"] or held.priority),
        team=data["team"] or held.team,
        tags=held.tags | set(data["add_tags"]),
        status=TicketStatus(data["status"] or held.status),
    )
