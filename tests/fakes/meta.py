"""A small Meta of our own, in memory, behind `httpx.MockTransport`: it keeps state and can be made to fail.

Written by hand from Meta's reference, with invented people. What it says of WhatsApp is held to Meta's OpenAPI file.
"""

import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

PAGE, IG, NUMBER, THREADS_USER, WABA = "1001", "17841001", "106001", "25001", "42001"
SECRET, THREADS_SECRET, VERIFY = "app-secret", "threads-secret", "our-word"
PAGE_TOKEN, WHATSAPP_TOKEN, THREADS_TOKEN = "page-token", "whatsapp-token", "threads-token"
APP_ID = "9001"
RENEWAL = "/refresh_access_token"
NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
USAGE = {"x-app-usage": '{"call_count":12,"total_time":3,"total_cputime":2}'}

Json = dict[str, Any]


def written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def seconds(at: datetime) -> int:
    return int(at.timestamp())


def sign(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@dataclass
class FakeMeta:
    """Graph, and Threads, as our tokens see them. `now` is the platform's clock."""

    now: datetime = NOW
    nodes: dict[str, Json] = field(default_factory=dict)
    """Comments, posts, media and Threads posts by id, with `parent` and `kind` beside what is shown."""
    talks: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    """(platform, person) → messages, oldest first."""
    private_answers: dict[str, str] = field(default_factory=dict)
    """Comment → the message that answered it in private."""
    whatsapp: list[Json] = field(default_factory=list)
    """What was sent, as it was asked for."""
    profiles: dict[str, Json] = field(default_factory=dict)
    containers: dict[str, Json] = field(default_factory=dict)
    threads_tokens: dict[str, tuple[datetime, datetime]] = field(
        default_factory=lambda: {THREADS_TOKEN: (NOW - timedelta(days=2), NOW + timedelta(days=58))}
    )
    """Token of Threads → when it was made and when it ends; a renewed one stays good."""
    tells_names: bool = True
    """Whether a comment that names us may be asked for the user name of who wrote it: no page of Meta's says so."""
    tags: list[str] = field(default_factory=list)
    """Media that tag us."""
    scopes: list[str] = field(default_factory=list)
    subscribed: list[str] = field(default_factory=lambda: ["feed", "mention", "messages", "message_echoes"])
    token_ends: int = 0
    page_size: int = 100
    requests: list[httpx.Request] = field(default_factory=list)
    failures: list[tuple[str, httpx.Response | Exception]] = field(default_factory=list)
    """Verb, or "refresh" for the renewal of a token → what its next calls meet instead of an answer."""
    lost: int = 0
    """So many writes that somebody sees take effect, and their answers are lost."""
    hidden: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    """Ids our token may not read."""
    decorate: Callable[[Json], Json] = lambda answer: answer
    slept: list[float] = field(default_factory=list)
    _serial: itertools.count = field(default_factory=lambda: itertools.count(1))  # type: ignore[type-arg]

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def fail(self, verb: str, *outcomes: httpx.Response | Exception) -> None:
        self.failures.extend((verb, outcome) for outcome in outcomes)

    def calls(self, verb: str) -> list[httpx.Request]:
        return [request for request in self.requests if request.method == verb]

    def id(self, prefix: str = "") -> str:
        return f"{prefix}{700_000 + next(self._serial)}"

    # What people do -------------------------------------------------------------------------------------------------

    def post(self, text: str = "Our new card", *, kind: str = "facebook") -> str:
        """A post or medium of ours."""
        id = f"{PAGE}_{self.id()}" if kind == "facebook" else self.id()
        return self._keep(id, kind, text, self._us(kind), parent=None)

    def comment(self, text: str, *, on: str, by: str = "31", to: str | None = None, kind: str = "facebook") -> str:
        """A comment on post `on`, under comment `to`."""
        id = f"{on.split('_')[-1]}_{self.id()}" if kind == "facebook" else self.id()
        return self._keep(id, kind, text, {"id": by, "name": f"Ada {by}", "username": f"ada{by}"}, parent=to or on)

    def delete(self, id: str) -> None:
        self.nodes.pop(id)

    def message(self, text: str, *, by: str, platform: str, at: datetime | None = None) -> str:
        return self._say(platform, by, {"id": by}, text, at or self.now)

    def tag(self, text: str, *, at: datetime, by: str = "ada31") -> str:
        id = self.id()
        self.nodes[id] = {"id": id, "kind": "instagram", "text": text, "at": at, "from": {"username": by}, "parent": ""}
        self.tags.append(id)
        return id

    def name_us(self, text: str, *, under: str | None = None, by: str = "31") -> str:
        """In a caption, or in a comment `under` somebody else's medium."""
        author = {"id": by, "username": f"ada{by}"}
        return self._keep(self.id(), "instagram", text, author, parent=under)

    def answers(self, to: str) -> list[str]:
        return [node["text"] for node in self.nodes.values() if node["parent"] == to]

    def sent(self, platform: str) -> list[str]:
        ours = {PAGE, IG}
        talks = [talk for (name, _), talk in self.talks.items() if name == platform]
        return [each["text"] for talk in talks for each in talk if each["from"]["id"] in ours]

    def _us(self, kind: str) -> Json:
        us = {"facebook": PAGE, "instagram": IG, "threads": THREADS_USER}[kind]
        return {"id": us, "name": "Larkbank", "username": "larkbank"}

    def _keep(self, id: str, kind: str, text: str, author: Json, *, parent: str | None) -> str:
        self.nodes[id] = {"id": id, "kind": kind, "text": text, "from": author, "at": self.now, "parent": parent or ""}
        return id

    def _say(self, platform: str, person: str, author: Json, text: str, at: datetime) -> str:
        mid = self.id("m_")
        talk = self.talks.setdefault((platform, person), [])
        talk.append({"id": mid, "text": text, "from": author, "at": at})
        return mid

    # What Meta answers ----------------------------------------------------------------------------------------------

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        for place, (verb, outcome) in enumerate(self.failures):
            if verb == ("refresh" if request.url.path == RENEWAL else request.method):
                del self.failures[place]
                if isinstance(outcome, Exception):
                    raise outcome
                return outcome
        if request.url.path == RENEWAL:
            return self._renew(request.url.params)
        answer = self._read(request) if request.method == "GET" else self._write(request)
        is_seen = request.method == "POST" and not request.url.path.endswith("/threads")
        if is_seen and answer.is_success and self.lost:
            self.lost -= 1
            raise httpx.ReadTimeout("lost by the test")
        return answer

    def _read(self, request: httpx.Request) -> httpx.Response:
        _, version, *parts = request.url.path.split("/")
        assert version in ("v26.0", "v1.0"), "the version is pinned"
        query = request.url.params
        if not self._may(request, version, parts):
            return refused(190, status=401)
        match [part for part in parts if part]:
            case []:
                return self._many(query["ids"].split(","), query["fields"])
            case ["debug_token"]:
                told = {"is_valid": True, "expires_at": self.token_ends, "scopes": self.scopes}
                return answered({"data": told})
            case ["me"]:
                us = (
                    {"id": PAGE, "name": "Larkbank"} if version == "v26.0" else {"id": THREADS_USER, "username": "lark"}
                )
                return answered(us)
            case [_, "subscribed_apps"]:
                return answered({"data": [{"id": APP_ID, "subscribed_fields": self.subscribed}]})
            case [_, "conversations"]:
                return self._talk(query["platform"], query["user_id"])
            case [_, "tags"]:
                newest_first = sorted(self.tags, key=lambda id: self.nodes.get(id, {"at": NOW})["at"], reverse=True)
                return self._list([id for id in newest_first if id in self.nodes], query)
            case [id, "comments" | "replies"] if id in self.nodes:
                return self._list([one for one, node in self.nodes.items() if node["parent"] == id], query)
            case [id]:
                fields = query.get("fields", "")
                return self._named(fields) if fields.startswith("mentioned_") else self._one(id)
            case _:
                return refused(100, 33)

    def _one(self, id: str) -> httpx.Response:
        if id == NUMBER:
            return answered({"id": NUMBER, "display_phone_number": "+61 2 5550 1234"})
        if id in self.profiles:
            return answered({"id": id, **self.profiles[id]})
        if id in self.nodes and id not in self.forbidden:
            return answered(self.decorate(self._shown(id)))
        return refused(100, 33)

    def _renew(self, query: httpx.QueryParams) -> httpx.Response:
        assert query["grant_type"] == "th_refresh_token"
        made, ends = self.threads_tokens.get(query["access_token"], (self.now, self.now))
        if ends <= self.now:
            return refused(190, 463, status=401)
        if self.now - made < timedelta(days=1):
            return refused(10, status=403)
        life = timedelta(days=60)
        self.threads_tokens[token := self.id("renewed-")] = (self.now, self.now + life)
        return answered({"access_token": token, "token_type": "bearer", "expires_in": int(life.total_seconds())})

    def _named(self, fields: str) -> httpx.Response:
        """As Meta's reference has it: each is asked for by its id, with the fields of its sort."""
        asked = re.fullmatch(r"mentioned_(comment|media)\.\1_id\((\d+)\)\{([a-z_,]+)\}", fields)
        assert asked is not None, fields
        what, id, wanted = asked[1], asked[2], set(asked[3].split(","))
        if id in self.forbidden:
            return refused(10, status=403)
        if id not in self.nodes:
            return refused(100, 33)
        known = {"comment": {"id", "like_count", "media", "text", "timestamp"} | ({"username"} & {*self._names()})}
        known["media"] = {"id", "caption", "timestamp", "owner", "username", "like_count", "media_type", "media_url"}
        if not wanted <= known[what]:
            return refused(100)
        shown = {**self._shown(id), "owner": {"id": self.nodes[id]["from"]["id"]}}
        node = {name: value for name, value in shown.items() if name in wanted}
        return answered({"id": IG, f"mentioned_{what}": self.decorate(node)})

    def _names(self) -> list[str]:
        return ["username"] if self.tells_names else []

    def _may(self, request: httpx.Request, version: str, parts: list[str]) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if parts[:1] == ["debug_token"]:
            return token == f"{APP_ID}|{SECRET}"
        if version == "v1.0":
            return token in self.threads_tokens and self.threads_tokens[token][1] > self.now
        return token == (WHATSAPP_TOKEN if parts[:1] == [NUMBER] else PAGE_TOKEN)

    def _many(self, ids: list[str], fields: str) -> httpx.Response:
        assert len(ids) <= 50
        if any(id in self.forbidden for id in ids):
            return refused(10, status=403)
        if any(id not in self.nodes for id in ids):
            return refused(100, 33) if len(ids) == 1 else refused(803)
        for id in ids:
            words = {"facebook": "message", "instagram": "text"}[self.nodes[id]["kind"]]
            is_medium = self.nodes[id]["kind"] == "instagram" and not self.nodes[id]["parent"]
            allowed = {"id", "from", "username", "timestamp", "created_time", "permalink_url", "permalink", "owner"}
            allowed |= {"caption"} if is_medium else {words}
            if not {name for name in plain_fields(fields)} <= allowed | {"comments", "replies"}:
                return refused(100)
        return answered({id: self.decorate(self._shown(id, deep=True)) for id in ids})

    def _shown(self, id: str, *, deep: bool = False) -> Json:
        node = self.nodes[id]
        kind, at = node["kind"], written(node["at"])
        if kind == "facebook":
            shown = {"id": id, "message": node["text"], "from": node["from"], "created_time": at}
            shown["permalink_url"] = f"https://www.facebook.com/{id}"
        elif kind == "instagram":
            words = "text" if node["parent"] else "caption"
            shown = {"id": id, words: node["text"], "timestamp": at, **node.get("more", {})}
            shown |= {"from": node["from"], "username": node["from"].get("username")}
            shown |= {"permalink": f"https://www.instagram.com/p/{id}/"}
        else:
            shown = {"id": id, "text": node["text"], "timestamp": at, "username": node["from"]["username"]}
            shown |= {"permalink": f"https://www.threads.net/@x/post/{id}"}
            shown |= {"is_reply_owned_by_me": node["from"]["id"] == THREADS_USER}
        if deep:
            under = [self._shown(one) for one, other in self.nodes.items() if other["parent"] == id]
            shown["comments" if kind == "facebook" else "replies"] = {"data": under}
        return shown

    def _list(self, ids: list[str], query: httpx.QueryParams) -> httpx.Response:
        start = int(query.get("after", "0"))
        shown = ids[start : start + self.page_size]
        paging: Json = {"cursors": {"before": str(start), "after": str(start + len(shown))}}
        if start + len(shown) < len(ids):
            paging["next"] = "https://graph.facebook.test/next"
        return answered({"data": [self.decorate(self._shown(id)) for id in shown], "paging": paging})

    def _talk(self, platform: str, person: str) -> httpx.Response:
        talk = self.talks.get((platform, person))
        if talk is None:
            return answered({"data": []})
        shown = [
            {"id": one["id"], "message": one["text"], "from": one["from"], "created_time": written(one["at"])}
            for one in reversed(talk[-20:])
        ]
        return answered({"data": [{"id": f"t_{person}", "messages": {"data": shown}}]})

    def _write(self, request: httpx.Request) -> httpx.Response:
        _, version, *parts = request.url.path.split("/")
        if not self._may(request, version, parts):
            return refused(190, status=401)
        asked = json.loads(request.content)
        match parts:
            case [id, "messages"] if id == NUMBER:
                return self._send_whatsapp(asked)
            case [_, "messages"]:
                return self._send(asked)
            case [id] if id in self.nodes:
                switch = {"facebook": "is_hidden", "instagram": "hide"}
                return self._switch(id, asked, switch.get(self.nodes[id]["kind"]))
            case [id, "manage_reply"] if id in self.nodes:
                return self._switch(id, asked, "hide")
            case [id, "comments" | "replies"] if id in self.nodes:
                return self._answer_in_public(id, asked["message"])
            case [id, "mentions"] if id == IG:
                us, to = self._us("instagram"), asked.get("comment_id") or asked["media_id"]
                return answered({"id": self._keep(self.id(), "instagram", asked["message"], us, parent=to)})
            case [id, "threads"] if id == THREADS_USER:
                self.containers[made := self.id()] = asked
                return answered({"id": made})
            case [id, "threads_publish"] if id == THREADS_USER:
                return self._publish(self.containers.pop(asked["creation_id"]))
            case _:
                return refused(100, 33)

    def _switch(self, id: str, asked: Json, name: str | None) -> httpx.Response:
        if name is None or asked.keys() != {name}:
            return refused(100, 33)
        (self.hidden.add if asked[name] else self.hidden.discard)(id)
        return answered({"success": True})

    def _answer_in_public(self, id: str, text: str) -> httpx.Response:
        kind, parent = self.nodes[id]["kind"], id
        above = self.nodes.get(self.nodes[id]["parent"])
        if kind == "instagram" and above is not None and above["parent"]:
            parent = above["id"]  # one level of answers
        return answered({"id": self._keep(self.id(), kind, text, self._us(kind), parent=parent)})

    def _publish(self, made: Json) -> httpx.Response:
        parent = made["reply_to_id"]
        if parent not in self.nodes:
            return refused(24, 4279009)
        return answered({"id": self._keep(self.id(), "threads", made["text"], self._us("threads"), parent=parent)})

    def _send(self, asked: Json) -> httpx.Response:
        recipient = asked["recipient"]
        if "comment_id" in recipient:
            return self._answer_in_private(recipient["comment_id"], asked["message"]["text"])
        person = recipient["id"]
        platform = next((name for name, one in self.talks if one == person), None)
        if platform is None:
            return refused(100, 2018001)
        last = max(one["at"] for one in self.talks[platform, person] if one["from"]["id"] == person)
        is_marked = asked.get("tag") == "HUMAN_AGENT" and asked["messaging_type"] == "MESSAGE_TAG"
        if self.now - last >= (timedelta(days=7) if is_marked else timedelta(days=1)):
            return refused(10, 2018278, status=403)
        us = PAGE if platform == "messenger" else IG
        mid = self._say(platform, person, {"id": us}, asked["message"]["text"], self.now)
        return answered({"recipient_id": person, "message_id": mid})

    def _answer_in_private(self, comment: str, text: str) -> httpx.Response:
        if comment not in self.nodes:
            return refused(100, 33)
        if comment in self.private_answers:
            return refused(10900)
        node = self.nodes[comment]
        platform = "messenger" if node["kind"] == "facebook" else "instagram"
        us = PAGE if platform == "messenger" else IG
        mid = self._say(platform, node["from"]["id"], {"id": us}, text, self.now)
        self.private_answers[comment] = mid
        return answered({"recipient_id": node["from"]["id"], "message_id": mid})

    def _send_whatsapp(self, asked: Json) -> httpx.Response:
        self.whatsapp.append(asked)
        made = f"wamid.{self.id()}"
        contacts = [{"input": asked["to"], "wa_id": asked["to"]}]
        return answered({"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": made}]})


def plain_fields(fields: str) -> list[str]:
    """Names at the top of what is asked for."""
    depth, names, name = 0, [], ""
    for sign_ in fields + ",":
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(sign_, 0)
        if sign_ == "," and depth == 0:
            names.append(name.split(".")[0].split("{")[0])
            name = ""
        else:
            name += sign_
    return names


def answered(body: object) -> httpx.Response:
    return httpx.Response(200, content=json.dumps(body).encode(), headers=USAGE)


def refused(
    code: int, subcode: int | None = None, *, status: int = 400, headers: dict[str, str] | None = None, **more: object
) -> httpx.Response:
    error: Json = {"message": "(made up)", "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}
    if subcode:
        error["error_subcode"] = subcode
    return httpx.Response(status, json={"error": error}, headers=headers)


# What Meta pushes ---------------------------------------------------------------------------------------------------


def pushed(about: str, *entries: Json) -> bytes:
    """As ASCII, as Meta sends it: every other character is an escape."""
    return json.dumps({"object": about, "entry": list(entries)}).encode()


def page_entry(*values: Json, at: datetime = NOW, field: str = "feed", id: str = PAGE) -> Json:
    return {"id": id, "time": seconds(at), "changes": [{"field": field, "value": value} for value in values]}


def feed_comment(
    id: str, text: str, *, by: str | None = "31", at: datetime = NOW, verb: str = "add", **more: Any
) -> Json:
    value = {"item": "comment", "verb": verb, "comment_id": id, "post_id": f"{PAGE}_5", "parent_id": f"{PAGE}_5"}
    value |= {"message": text, "created_time": seconds(at), **more}
    return {**value, "from": {"id": by, "name": f"Ada {by}"}} if by else value


def instagram_entry(*values: Json, at: datetime = NOW, field: str = "comments") -> Json:
    return {"id": IG, "time": seconds(at), "changes": [{"field": field, "value": value} for value in values]}


def instagram_comment(id: str, text: str, *, by: str = "31", **more: Any) -> Json:
    medium = {"id": "88", "media_product_type": "FEED"}
    return {"id": id, "text": text, "from": {"id": by, "username": f"ada{by}"}, "media": medium, **more}


def naming(medium: str, comment: str | None = None) -> Json:
    """What is pushed where somebody names us: ids alone."""
    return {"media_id": medium, **({"comment_id": comment} if comment else {})}


def talk_entry(*events: Json, at: datetime = NOW, id: str = PAGE, under: str = "messaging") -> Json:
    return {"id": id, "time": seconds(at) * 1000, under: list(events)}


def talk_event(*, by: str = "51", to: str = PAGE, at: datetime = NOW, **what: Any) -> Json:
    return {"sender": {"id": by}, "recipient": {"id": to}, "timestamp": seconds(at) * 1000, **what}


def whatsapp_entry(*messages: Json, name: str = "Ada Ferry", **more: Any) -> Json:
    value: Json = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER}}
    value["metadata"]["display_phone_number"] = "61255501234"
    if messages:
        value["contacts"] = [{"profile": {"name": name}, "wa_id": "61491570156"}]
        value["messages"] = list(messages)
    return {"id": WABA, "changes": [{"field": "messages", "value": {**value, **more}}]}


def whatsapp_message(id: str, *, at: datetime = NOW, type: str = "text", **what: Any) -> Json:
    base = {"from": "61491570156", "id": id, "timestamp": str(seconds(at)), "type": type}
    return {**base, **(what or {"text": {"body": "my card was charged twice"}})}


def threads_push(field_: str, value: Json, *, at: datetime = NOW) -> bytes:
    topic = "interaction" if field_ in ("mentions", "publish") else "moderate"
    envelope = {"app_id": "9002", "topic": topic, "target_id": "78", "time": seconds(at), "subscription_id": "3"}
    return json.dumps({**envelope, "values": {"field": field_, "value": value}}).encode()


def threads_post(id: str, text: str, *, by: str = "ada31", at: datetime = NOW, **more: Any) -> Json:
    base = {"id": id, "username": by, "text": text, "media_type": "TEXT_POST", "timestamp": written(at)}
    return {**base, "permalink": f"https://www.threads.net/@{by}/post/{id}", **more}
