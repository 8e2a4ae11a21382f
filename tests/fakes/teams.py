"""A Workflows webhook of Teams: takes a card of at most 28 KB, says 202, and can be asked nothing."""

import json

import httpx

URL = "https://larkbank.webhook.test/workflows/secret-id/triggers/manual?sig=secret-signature"
LONGEST_BYTES = 28 * 1024


class FakeTeams:
    """`transport()` goes into the desk; tests look at `cards`."""

    def __init__(self) -> None:
        self.cards: list[dict] = []
        self.requests: list[httpx.Request] = []

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        assert str(request.url) == URL
        if len(request.content) > LONGEST_BYTES:
            return httpx.Response(413, json={"error": {"code": "RequestEntityTooLarge"}})
        (attachment,) = json.loads(request.content)["attachments"]
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        self.cards.append(attachment["content"])
        return httpx.Response(202)


def lines_of(card: dict) -> list[str]:
    """Every line people read, the title first."""
    return ["".join(run["text"] for run in block["inlines"]) for block in card["body"]]


def body_of(card: dict) -> str:
    """Between title and last line; a blank line holds one space."""
    return "\n".join("" if line == " " else line for line in lines_of(card)[1:-1])
