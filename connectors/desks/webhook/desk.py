"""Any desk that can receive a signed webhook: one CloudEvents 1.0 event (structured JSON) per effect.

The receiver's half of the promise: it answers 2xx once it has kept the event, and drops a `webhook-id` it has seen.
So nothing is looked up here, and a repeat is harmless. It may answer `{"id": …, "url": …}` with the ticket it made.
Event types: `earshot.ticket.create`, `earshot.ticket.comment`, `earshot.ticket.update`, and `earshot.check`, which asks
for nothing but a 2xx. What becomes of a ticket is posted back to us, see `receiver.py`.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated

import httpx
from pydantic import BaseModel, BeforeValidator, ValidationError

from connectors.desks.mapping import DeskWords
from connectors.desks.plain_text import one_line, plain
from connectors.desks.webhook.signing import WebhookSigner
from connectors.http import open_client, send
from models import Comment, Receipt, StandingPage, Ticket, TicketUpdate
from models.errors import AccessError, EarshotError, PermanentError, SetupError

VENDOR = "webhook"
LONGEST_LINE_BYTES = 200

Data = Mapping[str, str | int | list[str] | None]


class _Answer(BaseModel):
    """What a receiver may say; every part is optional."""

    id: Annotated[str | None, BeforeValidator(lambda id: None if id is None else str(id))] = None
    url: str | None = None


class WebhookDesk:
    """A `Desk`. Effects are repeatable: an unanswered one raises RetryableError, never UnknownOutcomeError."""

    name = "webhook"

    def __init__(
        self,
        url: str,
        secrets: Sequence[str],
        *,
        source: str = "earshot",
        words: DeskWords | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = 20.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`secrets`: `whsec_…`, the current one first. `source`: names this installation to the receiver."""
        self._url = _checked(url)
        self._signer = WebhookSigner(secrets)
        self._source = source
        self._words = words or DeskWords()
        self._now = now
        self._http = open_client("", timeout_seconds=timeout_seconds, configured=(url,), transport=transport)
        self._sleep = sleep

    def check(self) -> None:
        # Its own id each time: a receiver that drops what it has seen would otherwise prove nothing.
        try:
            self._send("check", f"check_{_digest(self._now().isoformat())}", "check", {})
        except PermanentError as error:
            raise SetupError(f"webhook: the endpoint refuses a signed earshot.check event: {error}") from error

    def find_ticket(self, external_id: str) -> Receipt | None:
        """Always None: a webhook cannot be asked. `create_ticket` may be repeated."""
        return None

    def create_ticket(self, ticket: Ticket) -> Receipt:
        event_id = f"ticket_{_digest(ticket.external_id)}"
        return self._send("ticket.create", event_id, ticket.external_id, _ticket_data(ticket, self._words))

    def find_comment(self, comment: Comment) -> Receipt | None:
        """Always None: a webhook cannot be asked. `add_comment` may be repeated."""
        return None

    def add_comment(self, comment: Comment) -> Receipt:
        event_id = f"comment_{_digest(comment.external_id, comment.key)}"
        data = {"external_id": plain(comment.external_id), "key": plain(comment.key), "body": plain(comment.body)}
        return self._send("ticket.comment", event_id, comment.external_id, data)

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        """What stays as it is comes as null."""
        event_id = f"update_{_digest(update.external_id, update.key)}"
        data: Data = {
            "external_id": plain(update.external_id),
            "key": plain(update.key),
            "priority": None if update.priority is None else self._words.priority(update.priority),
            "team": update.team,
            "add_tags": [plain(tag) for tag in self._words.tags(update.add_tags)],
            "status": None if update.status is None else update.status.value,
        }
        return self._send("ticket.update", event_id, update.external_id, data)

    def standings(self, cursor: str | None) -> StandingPage:
        """Always empty: a webhook cannot be asked; the desk posts them."""
        return StandingPage((), cursor or "")

    def _send(self, type: str, event_id: str, subject: str, data: Data) -> Receipt:
        body = self._event(type, event_id, subject, data)
        headers = self._signer.headers(event_id, self._now(), body)
        headers["content-type"] = "application/cloudevents+json; charset=UTF-8"
        # The path may hold a receiver's token, so messages show the host alone.
        response = send(
            self._http,
            "POST",
            str(self._url),
            vendor=VENDOR,
            repeatable=True,
            reading=_refusal,
            shown=self._url.host,
            sleep=self._sleep,
            content=body,
            headers=headers,
        )
        return self._receipt(response, event_id)

    def _event(self, type: str, event_id: str, subject: str, data: Data) -> bytes:
        # No `time`: a repeat must be the same bytes, or a receiver that compares them sees two events under one id.
        event = {
            "specversion": "1.0",
            "id": event_id,
            "source": self._source,
            "type": f"earshot.{type}",
            "subject": plain(subject),
            "datacontenttype": "application/json",
            "data": data,
        }
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()

    def _receipt(self, response: httpx.Response, event_id: str) -> Receipt:
        try:
            answer = _Answer.model_validate_json(response.content)
        except ValidationError:
            answer = _Answer()  # most receivers answer with nothing, or with "ok"
        reference = one_line(answer.id or "", longest_bytes=LONGEST_LINE_BYTES) or event_id
        return Receipt(reference=reference, url=self._link(answer.url or response.headers.get("location")))

    def _link(self, said: str | None) -> str | None:
        """What the receiver said, made absolute; None unless it is a web address, for people will click on it."""
        if not said:
            return None
        try:
            link = self._url.join(said)
        except httpx.InvalidURL:
            return None
        return str(link) if link.scheme in ("http", "https") else None


def _checked(url: str) -> httpx.URL:
    """Addresses inside the operator's own network are allowed: the operator wrote this one, no message can change it,
    and redirects are not followed."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise SetupError(f"webhook: the address cannot be read ({error}); write https://host/path") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise SetupError(f"webhook: the address begins with {parsed.scheme!r}; write https://host/path")
    return parsed


def _refusal(response: httpx.Response, where: str) -> EarshotError | None:
    """What the table of all vendors cannot know."""
    if response.status_code == 410:
        return AccessError(f"{where}: 410; the receiver gave this endpoint up for good: disable it or give another")
    if response.is_redirect:
        return AccessError(f"{where}: {response.status_code}; redirects are not followed: give the final address")
    return None


def _ticket_data(ticket: Ticket, words: DeskWords) -> Data:
    return {
        "external_id": plain(ticket.external_id),
        "title": one_line(ticket.subject, longest_bytes=LONGEST_LINE_BYTES),
        "body": plain(ticket.body),
        "priority": words.priority(ticket.priority),
        "team": ticket.team,
        "tags": [plain(tag) for tag in words.tags(ticket.tags)],
        "channel": ticket.channel,
        "requestor": None if ticket.requestor is None else plain(ticket.requestor),
        "reach": ticket.reach,
        "due_at": None if ticket.due_at is None else ticket.due_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


def _digest(*parts: str) -> str:
    """Safe in a header and in a URL, and as different as the parts are. Never changed: repeats are known by it."""
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]
