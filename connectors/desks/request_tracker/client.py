"""Request Tracker 5's REST 2 interface: paths, JSON, and what its refusals mean. Knows nothing of our records.

Source: answers recorded from RT 5.0.3, and `/usr/share/request-tracker5/lib/RT/REST2` of that version.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, TypeVar
from urllib.parse import quote

import httpx
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from connectors.desks.answers import read
from connectors.http import open_client, send
from models.errors import AccessError, EarshotError, PermanentError, RetryableError

VENDOR = "request_tracker"
PAGE_SIZE = 100
"""The most RT gives at once."""

MOST_PAGES = 100

RTId = Annotated[str, BeforeValidator(str)]
"""RT writes an id as a number in one answer and as a string in the next."""


def _list_or_nothing(value: object) -> object:
    return [] if value in ("", None) else value


class RTCustomField(BaseModel):
    id: RTId = ""
    name: str = ""
    values: Annotated[list[str], BeforeValidator(_list_or_nothing)] = []


class RTOwner(BaseModel):
    id: RTId = ""
    real_name: str | None = Field(default=None, alias="RealName")

    @property
    def name(self) -> str | None:
        """None where the ticket is nobody's."""
        return None if self.id in ("", "Nobody") else self.real_name or self.id


class RTTicket(BaseModel):
    """What was asked for is filled; the rest is empty."""

    id: RTId
    status: str = Field(default="", alias="Status")
    priority: RTId = Field(default="", alias="Priority")
    last_updated: AwareDatetime | None = Field(default=None, alias="LastUpdated")
    owner: RTOwner = Field(default_factory=RTOwner, alias="Owner")
    effective_id: RTId = Field(default="", alias="EffectiveId")
    """Differs from `id` once the ticket was merged into another; only in answers to a search."""
    custom_fields: Annotated[list[RTCustomField], BeforeValidator(_list_or_nothing)] = Field([], alias="CustomFields")
    """Empty string instead of a list where the ticket's queue has none."""

    def values(self, name: str) -> list[str] | None:
        """None: the ticket's queue does not show this field."""
        return next((field.values for field in self.custom_fields if field.name == name), None)


class RTLink(BaseModel):
    ref: str = ""
    type: str = ""


class RTQueue(BaseModel):
    id: RTId
    disabled: RTId = Field(default="0", alias="Disabled")
    ticket_fields: list[RTCustomField] = Field([], alias="TicketCustomFields")
    links: list[RTLink] = Field([], alias="_hyperlinks")

    @property
    def takes_tickets(self) -> bool:
        return any(link.ref == "create" and link.type == "ticket" for link in self.links)


class RTFieldKind(BaseModel):
    type: str = Field(alias="Type")
    most_values: RTId = Field(alias="MaxValues")
    """`0`: as many as one likes."""


class RTTransaction(BaseModel):
    id: RTId
    data: str | None = Field(default=None, alias="Data")
    """Of a comment: its subject."""


class _Created(BaseModel):
    id: RTId


class _Tickets(BaseModel):
    items: list[RTTicket]


class _Transactions(BaseModel):
    items: list[RTTransaction]


class _Refusal(BaseModel):
    message: str


class StaleError(RetryableError):
    """The ticket was changed since it was read."""


Body = dict[str, str | int | dict[str, str | list[str]]]
"""What is posted, as RT names its parts."""

Answer = TypeVar("Answer", bound=BaseModel)


class RequestTrackerClient:
    """One RT, one token."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout_seconds: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = open_client(
            url.rstrip("/") + "/REST/2.0",
            timeout_seconds=timeout_seconds,
            headers={"Authorization": f"token {token}", "Accept": "application/json"},
            transport=transport,
        )
        self._sleep = sleep

    def version(self) -> str:
        return self._read(_Version, "/rt").version

    def clock_ahead(self, now: Callable[[], datetime]) -> timedelta:
        """How far RT's clock is before ours (negative: behind), rather too much than too little; nothing where RT does
        not tell its time."""
        asked_at = now()
        said = self._get("/rt", None).headers.get("date", "")
        try:
            at = parsedate_to_datetime(said)
        except ValueError:
            return timedelta()
        # The header leaves out the part of a second.
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) + timedelta(seconds=1) - asked_at

    def queue(self, name: str) -> RTQueue:
        """Raises: PermanentError where it is not there, or not for this token."""
        return self._read(RTQueue, f"/queue/{quote(name, safe='')}")

    def field_kind(self, id: str) -> RTFieldKind:
        return self._read(RTFieldKind, f"/customfield/{id}")

    def ticket(self, id: str) -> RTTicket:
        return self._read(RTTicket, f"/ticket/{id}")

    def ticket_to_change(self, id: str) -> tuple[RTTicket, str]:
        """The ticket, and what `update` must be given to change just this state of it."""
        response = self._get(f"/ticket/{id}", None)
        return read(_ONE, response, f"{VENDOR}: GET /ticket/{id}"), response.headers.get("etag", "")

    def update(self, id: str, changes: Body, state: str) -> tuple[str, ...]:
        """What RT says it did, in English sentences of no fixed form, also where it refused: read the ticket back.

        Raises: StaleError where the ticket is not as it was read any more.
        """
        headers = {"If-Match": state} if state else {}
        path = f"/ticket/{id}"
        response = send(
            self._http, "PUT", path, vendor=VENDOR, repeatable=True, reading=_refusal, sleep=self._sleep, json=changes,
            headers=headers,
        )  # fmt: skip
        try:
            return _Sentences.validate_json(response.content)
        except ValidationError:
            return ()

    def changed(self, field: str, *, seconds_ago: int, page: int, page_size: int) -> list[RTTicket]:
        """Tickets in any queue that have this custom field, changed within so many seconds, oldest change first.

        A date written out would be read in the time zone of the token's user, which we do not know.
        """
        search: dict[str, str | int] = {
            "query": f"CF.{{{field}}} IS NOT NULL AND LastUpdated > '{seconds_ago} seconds ago'",
            "fields": "Status,LastUpdated,Owner,CustomFields",
            "fields[Owner]": "RealName",
            "orderby": "LastUpdated",
            "page": page,
            "per_page": page_size,
        }
        return self._read(_Tickets, "/tickets", search).items

    def search(self, ticket_sql: str) -> list[RTTicket]:
        """Oldest first; at most one page."""
        search: dict[str, str | int] = {"query": ticket_sql, "fields": "CustomFields,EffectiveId", "orderby": "id"}
        search["per_page"] = PAGE_SIZE
        return self._read(_Tickets, "/tickets", search).items

    def create(self, ticket: Body) -> str:
        """The new ticket's id."""
        response = self._post("/ticket", ticket)
        return read(_CREATED, response, f"{VENDOR}: POST /ticket", was_made=True).id

    def comment(self, ticket: str, *, subject: str, content: str) -> str:
        """The new transaction's id. Never `correspond`: that one mails the requestor."""
        note: Body = {"Subject": subject, "Content": content, "ContentType": "text/plain"}
        response = self._post(f"/ticket/{ticket}/comment", note)
        # The body is a list of English sentences; the id stands only in the header.
        return str(response.headers.get("location", "")).rstrip("/").rpartition("/")[2]

    def find_comment(self, ticket: str, *, subject: str) -> str | None:
        """Id of the transaction that added the comment with this subject."""
        for page in range(1, MOST_PAGES + 1):
            shown = self._history(ticket, page)
            for transaction in shown:
                if (transaction.data or "").strip() == subject:
                    return transaction.id
            # A page holds fewer than asked for where some are hidden from the token, so only an empty one is the end.
            if not shown:
                return None
        raise PermanentError(f"{VENDOR}: ticket {ticket} has over {MOST_PAGES * PAGE_SIZE} entries; look at it by hand")

    def _post(self, path: str, body: Body) -> httpx.Response:
        return send(self._http, "POST", path, vendor=VENDOR, reading=_refusal, sleep=self._sleep, json=body)

    def _history(self, ticket: str, page: int) -> list[RTTransaction]:
        """One page, newest first."""
        wanted: dict[str, str | int] = {"fields": "Data", "orderby": "id", "order": "DESC"}
        wanted |= {"per_page": PAGE_SIZE, "page": page}
        return self._read(_Transactions, f"/ticket/{ticket}/history", wanted).items

    def _get(self, path: str, params: Mapping[str, str | int] | None) -> httpx.Response:
        return send(self._http, "GET", path, vendor=VENDOR, reading=_refusal, sleep=self._sleep, params=params)

    def _read(self, kind: type[Answer], path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        return read(TypeAdapter(kind), self._get(path, params), f"{VENDOR}: GET {path}")


class _Version(BaseModel):
    version: str = Field(alias="Version")


_Sentences = TypeAdapter(tuple[str, ...])
_ONE, _CREATED = TypeAdapter(RTTicket), TypeAdapter(_Created)


def _refusal(response: httpx.Response, where: str) -> EarshotError | None:
    """What the table of all vendors cannot know."""
    if response.is_redirect:
        return AccessError(f"{where}: {response.status_code}; sent elsewhere: give RT's final address, path included")
    if response.status_code == 412 and response.request.method == "PUT":
        # Longer than is waited for here: the ticket must be read again first.
        return StaleError(f"{where}: 412; the ticket was changed since it was read", retry_after_seconds=60)
    if response.status_code == 403 and _said(response).startswith("No permission to create tickets"):
        return AccessError(
            f"{where}: 403; RT takes no ticket in this queue: it is absent or disabled, or the token's user lacks the"
            " right CreateTicket on it"
        )
    return None


def _said(response: httpx.Response) -> str:
    try:
        return _Refusal.model_validate_json(response.content).message
    except ValidationError:
        return ""
