"""A receiver of our webhooks as its documentation asks for: verifies with the standard's own library, keeps once."""

import json

import httpx
from standardwebhooks.webhooks import Webhook

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
