"""A small Mastodon of our own, in memory, behind `httpx.MockTransport`: it keeps state and can be made to fail.

Shapes are written by hand from the documentation; `test_shapes.py` holds them to the specification.
"""

import html
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

HOST = "social.test"
URL = f"https://{HOST}"
TOKEN = "token-of-larkbank"  # noqa: S105 (of a fake)
OWN_ID = "100"
NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
SCOPES = frozenset({"read:accounts", "read:follows", "read:notifications", "read:statuses", "write:statuses"})
STATUSES_IN_ONE_CALL = 20


def written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def days(count: float) -> timedelta:
    return timedelta(days=count)


@dataclass
class FakeMastodon:
    """One instance, and what it has heard of others."""

    now: datetime = NOW
    page_size: int = 80
    """Most notifications in one answer, whatever is asked for."""
    has_batches: bool = True
    """Whether several statuses can be asked for at once (from Mastodon 4.3)."""
    scopes: frozenset[str] = SCOPES
    max_characters: int = 500
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    notifications: list[dict[str, Any]] = field(default_factory=list)
    relations: dict[str, dict[str, bool]] = field(default_factory=dict)
    gone_accounts: set[str] = field(default_factory=set)
    posted_keys: dict[str, str] = field(default_factory=dict)
    """Idempotency key → id of the status it made."""
    typed: dict[str, str] = field(default_factory=dict)
    """Id of a status that we posted → what was sent."""
    is_doubling: bool = False
    """Every page holds its items twice."""
    is_shuffling: bool = False
    """Items of a page come in no order."""
    is_adding_fields: bool = False
    remaining: int = 300
    requests: list[httpx.Request] = field(default_factory=list)
    answers: list[tuple[str, str, httpx.Response]] = field(default_factory=list)
    """Verb, path and answer, for the check against the specification."""
    failures: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)
    """End of verb and path → what its next calls meet instead of an answer."""
    before: dict[str, Callable[["FakeMastodon"], None]] = field(default_factory=dict)
    after: dict[str, list[Exception]] = field(default_factory=dict)
    """End of verb and path → what becomes of the answer of a call that took effect."""
    slept: list[float] = field(default_factory=list)
    _serial: int = 1000
    _told: int = 0

    def __post_init__(self) -> None:
        self.add_account("larkbank", id=OWN_ID)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    # What people do -------------------------------------------------------------------------------------------------

    def add_account(self, acct: str, **fields: Any) -> str:
        """Id of a new account; a name with a host lives elsewhere."""
        id = fields.pop("id", str(200 + len(self.accounts)))
        host = acct.partition("@")[2] or HOST
        username = acct.partition("@")[0]
        url = f"https://{host}/@{username}"
        picture = f"https://{HOST}/avatars/original/missing.png"
        self.accounts[id] = {
            "id": id,
            "username": username,
            "acct": acct,
            "display_name": username.title(),
            "locked": False,
            "bot": False,
            "discoverable": True,
            "indexable": False,
            "group": False,
            "noindex": False,
            "created_at": "2024-01-01T00:00:00.000Z",
            "note": "",
            "url": url,
            "uri": url,
            "avatar": picture,
            "avatar_static": picture,
            "header": picture,
            "header_static": picture,
            "avatar_description": "",
            "header_description": "",
            "show_media": True,
            "show_media_replies": True,
            "followers_count": 0,
            "following_count": 0,
            "statuses_count": 0,
            "last_status_at": None,
            "show_featured": True,
            "hide_collections": None,
            "emojis": [],
            "fields": [],
            "feature_approval": {"automatic": [], "manual": [], "current_user": "denied"},
            **fields,
        }
        return id

    def post(
        self,
        account: str,
        text: str,
        *,
        at: datetime = NOW,
        reply_to: str | None = None,
        visibility: str = "public",
        names: tuple[str, ...] = (),
        quoting: str | None = None,
        content: str | None = None,
        **fields: Any,
    ) -> str:
        """Id of a new status. `content`: its HTML where it is not made of `text`."""
        self._serial += 1
        id = f"11702{self._serial:013d}"
        parent = self.statuses.get(reply_to or "")
        author = self.accounts[account]
        self.statuses[id] = {
            "id": id,
            "created_at": written(at),
            "edited_at": None,
            "in_reply_to_id": reply_to,
            "in_reply_to_account_id": parent["account"]["id"] if parent else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": visibility,
            "language": "en",
            "uri": f"{author['uri']}/statuses/{id}",
            "url": f"{author['url']}/{id}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "quotes_count": 0,
            "favourited": False,
            "reblogged": False,
            "muted": False,
            "bookmarked": False,
            "content": content if content is not None else as_html(text),
            "filtered": [],
            "reblog": None,
            "application": None,
            "account": author,
            "media_attachments": [],
            "mentions": [self._mention_of(each) for each in names],
            "tags": [],
            "emojis": [],
            "tagged_collections": [],
            "card": None,
            "poll": None,
            "quote": {"state": "accepted", "quoted_status": self.statuses[quoting]} if quoting else None,
            "quote_approval": {"automatic": ["public"], "manual": [], "current_user": "automatic"},
            **fields,
        }
        return id

    def mention(self, account: str, text: str, *, type: str = "mention", at: datetime = NOW, **more: Any) -> str:
        """A post that our account is told about."""
        id = self.post(account, text, at=at, names=more.pop("names", (OWN_ID,)), **more)
        self.notify(id, type, at=at)
        return id

    def notify(self, status: str, type: str, *, at: datetime = NOW, by: str | None = None) -> dict[str, Any]:
        self._told += 1
        shown = self.statuses[status]
        account = self.accounts[by] if by else shown["account"]
        item = {"id": str(self._told), "type": type, "created_at": written(at), "group_key": f"ungrouped-{self._told}"}
        self.notifications.append({**item, "account": account, "status": shown})
        return self.notifications[-1]

    def edit(self, id: str, text: str, *, at: datetime) -> None:
        self.statuses[id] |= {"content": as_html(text), "edited_at": written(at)}

    def delete(self, id: str) -> None:
        """Gone without a trace: the notification disappears with it."""
        self.statuses.pop(id)
        self.notifications = [item for item in self.notifications if item["status"]["id"] != id]

    def block_us(self, account: str) -> None:
        """Their posts are hidden from us, and answer like deleted ones."""
        self.relations[account] = {"blocked_by": True}

    def fail(self, path_end: str, *outcomes: httpx.Response | Exception) -> None:
        self.failures.setdefault(path_end, []).extend(outcomes)

    def calls(self, path_end: str, verb: str = "GET") -> list[httpx.Request]:
        return [each for each in self.requests if each.url.path.endswith(path_end) and each.method == verb]

    def by_us(self) -> list[dict[str, Any]]:
        return [status for status in self.statuses.values() if status["account"]["id"] == OWN_ID]

    # What the instance answers --------------------------------------------------------------------------------------

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        called = f"{request.method} {path}"
        for end in [end for end in self.before if called.endswith(end)]:
            self.before[end](self)
        for end in [end for end in self.failures if called.endswith(end) and self.failures[end]]:
            outcome = self.failures[end].pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        self.remaining -= 1
        answer = self._routed(request, path)
        if self.is_adding_fields:
            links = answer.headers.get("link", "")
            answer = answered(with_more(json.loads(answer.content)))
            answer.headers["link"] = links
        reset = written(self.now.replace(minute=self.now.minute - self.now.minute % 5) + minutes(5))
        left = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": str(self.remaining), "x-ratelimit-reset": reset}
        answer.headers.update(left)
        self.answers.append((request.method, path, answer))
        for end in [end for end in self.after if called.endswith(end) and self.after[end]]:
            raise self.after[end].pop(0)
        return answer

    def _routed(self, request: httpx.Request, path: str) -> httpx.Response:
        if path == "/api/v2/instance":
            return answered(self._instance())
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused(401, "The access token is invalid")
        match request.method, path.removeprefix("/api/v1/").split("/"):
            case "GET", ["notifications"]:
                return self._scoped("read:notifications") or self._notifications(request)
            case "GET", ["statuses"]:
                return self._several(request)
            case "POST", ["statuses"]:
                return self._scoped("write:statuses") or self._post(request)
            case "GET", ["statuses", id]:
                return answered(self.statuses[id]) if self._shows(id) else refused(404, "Record not found")
            case "GET", ["statuses", id, "context"]:
                return answered(self._context(id)) if self._shows(id) else refused(404, "Record not found")
            case "GET", ["accounts", *rest]:
                return self._about_accounts(request, rest)
        return refused(404, "Not found")

    def _about_accounts(self, request: httpx.Request, rest: list[str]) -> httpx.Response:
        match rest:
            case ["verify_credentials"]:
                return self._scoped("read:accounts") or answered(self._own())
            case ["relationships"]:
                asked = request.url.params.get_list("id[]")
                return self._scoped("read:follows") or answered([self._relation(id) for id in asked])
            case [id]:
                is_there = id in self.accounts and id not in self.gone_accounts
                return answered(self.accounts[id]) if is_there else refused(404, "Record not found")
            case [id, "statuses"]:
                return self._account_statuses(request, id)
        return refused(404, "Not found")

    def _scoped(self, scope: str) -> httpx.Response | None:
        return None if scope in self.scopes else refused(403, "This action is outside the authorized scopes")

    def _notifications(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        assert query.get_list("types[]") == ["mention", "quote", "update"]
        assert query["include_filtered"] == "true"
        limit = min(self.page_size, int(query["limit"]))
        oldest_first = sorted(self.notifications, key=lambda item: int(item.get("id") or 0))
        if "min_id" in query:
            shown = [item for item in oldest_first if int(item.get("id") or 0) > int(query["min_id"])][:limit]
        else:
            most = int(query.get("max_id", 10**9))
            shown = [item for item in oldest_first if int(item.get("id") or 0) < most][-limit:]
        newest_first = list(reversed(shown))
        if self.is_shuffling:
            newest_first = newest_first[::2] + newest_first[1::2][::-1]
            newest_first.reverse()
        return self._paged(newest_first * (2 if self.is_doubling else 1), request)

    def _account_statuses(self, request: httpx.Request, id: str) -> httpx.Response:
        query = request.url.params
        assert query["exclude_reblogs"] == "true"
        if id in self.gone_accounts:
            return refused(410, "Gone")
        theirs = [each for each in self.statuses.values() if each["account"]["id"] == id and self._shows(each["id"])]
        newest_first = sorted(theirs, key=lambda each: each["id"], reverse=True)
        older = [each for each in newest_first if each["id"] < query.get("max_id", "9")]
        return self._paged(older[: int(query["limit"])], request)

    def _paged(self, shown: list[dict[str, Any]], request: httpx.Request) -> httpx.Response:
        answer = answered(shown)
        ids = sorted((item["id"] for item in shown if item.get("id")), key=int, reverse=True)
        if ids:
            base = f"{URL}{request.url.path}"
            links = f'<{base}?max_id={ids[-1]}>; rel="next", <{base}?min_id={ids[0]}>; rel="prev"'
            answer.headers["link"] = links
        return answer

    def _several(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params.get_list("id[]")
        if not self.has_batches:
            return refused(404, "Not found")
        assert len(asked) <= STATUSES_IN_ONE_CALL
        return answered([self.statuses[id] for id in asked if self._shows(id)])

    def _context(self, id: str) -> dict[str, Any]:
        above, below = list[dict[str, Any]](), [id]
        parent = self.statuses[id]["in_reply_to_id"]
        while parent in self.statuses and self._shows(parent):
            above.insert(0, self.statuses[parent])
            parent = self.statuses[parent]["in_reply_to_id"]
        for place in below:
            below += [each["id"] for each in self.statuses.values() if each["in_reply_to_id"] == place]
        return {"ancestors": above, "descendants": [self.statuses[each] for each in below[1:] if self._shows(each)]}

    def _post(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        if not asked["status"].strip():
            return refused(422, "Validation failed: Text can't be blank")
        key = request.headers["idempotency-key"]
        if key not in self.posted_keys:
            if not self._shows(asked["in_reply_to_id"]):
                return refused(404, "The post you are trying to reply to does not appear to exist.")
            self.posted_keys[key] = self.post(
                OWN_ID,
                asked["status"],
                at=self.now,
                reply_to=asked["in_reply_to_id"],
                visibility=asked["visibility"],
            )
            self.typed[self.posted_keys[key]] = asked["status"]
        return answered(self.statuses[self.posted_keys[key]])

    def _shows(self, id: str) -> bool:
        status = self.statuses.get(id)
        return bool(status) and not self.relations.get(status["account"]["id"], {}).get("blocked_by")

    def _relation(self, id: str) -> dict[str, Any]:
        names = "blocked_by blocking domain_blocking endorsed followed_by following muting muting_notifications"
        more = "notifying requested requested_by showing_reblogs"
        flags = dict.fromkeys((names + " " + more).split(), False)
        return {"id": id, "note": "", **flags, **self.relations.get(id, {})}

    def _own(self) -> dict[str, Any]:
        source = {"privacy": "public", "sensitive": False, "language": "en", "note": "", "fields": []}
        more = {"follow_requests_count": 0, "hide_collections": None, "discoverable": True, "indexable": False}
        role = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
        return {**self.accounts[OWN_ID], "source": {**source, **more}, "role": role}

    def _mention_of(self, id: str) -> dict[str, str]:
        account = self.accounts[id]
        return {name: account[name] for name in ("id", "username", "url", "acct")}

    def _instance(self) -> dict[str, Any]:
        return {
            "domain": HOST,
            "title": "Social",
            "version": "4.7.0",
            "description": "A place of our own",
            "configuration": {"statuses": {"max_characters": self.max_characters, "characters_reserved_per_url": 23}},
        }


def as_html(text: str) -> str:
    """As Mastodon makes it of what was typed."""
    paragraphs = html.escape(text, quote=False).split("\n\n")
    return "".join(f"<p>{each}</p>" for each in paragraphs).replace("\n", "<br />")


def with_more(value: Any) -> Any:
    """Every object with a field that nobody has told us of."""
    if isinstance(value, list):
        return [with_more(each) for each in value]
    if isinstance(value, dict):
        return {"new_in_5_0": {"a": [1]}, **{name: with_more(each) for name, each in value.items()}}
    return value


def answered(body: object) -> httpx.Response:
    """As ASCII: half a character is legal JSON and must reach the client as such."""
    return httpx.Response(200, content=json.dumps(body).encode(), headers={"content-type": "application/json"})


def refused(status: int, error: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json={"error": error}, headers=headers)
