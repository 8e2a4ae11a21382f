"""Memory by upload: whatever a route is sent, it holds no more than its bound and says 413."""

import asyncio
from dataclasses import dataclass, field

import pytest

from connectors.world import World
from inbox import bodies
from inbox.gate import MOST_FORM_BYTES, MOST_FORM_FIELDS
from inbox.pages.api import MOST_BYTES
from inbox.roles import Role
from tests.attacks.walking import filled, routes
from tests.flow.receiver_in_memory import ReceiverInMemory
from tests.inbox.conftest import Browser
from tests.inbox.factory import NOW, add_demo

CHUNK = b"x" * 16_384
TOO_MANY_FIELDS = "&".join(f"k{number}=1" for number in range(5_000))
MULTIPART = b"".join(
    b'--b\r\nContent-Disposition: form-data; name="k%d"\r\n\r\n1\r\n' % number for number in range(5_000)
)


@dataclass
class Sender:
    """A client at the wire: sends chunks as long as it is read, and counts them."""

    most_chunks: int = 10_000
    taken: int = 0
    status: int = 0
    said: bytearray = field(default_factory=bytearray)
    stops: bool = False
    """Sends its first chunk and then nothing, with the connection open."""

    async def receive(self):
        self.taken += 1
        if self.stops and self.taken > 1:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": CHUNK, "more_body": self.taken < self.most_chunks}

    async def send(self, message):
        self.status = message.get("status", self.status)
        self.said += message.get("body", b"")

    def to(self, app, path: str, **headers: str) -> "Sender":
        given = {"host": "testserver", "content-type": "application/x-www-form-urlencoded", **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
            "client": ("198.51.100.7", 4711),
            "server": ("testserver", 80),
        }
        asyncio.run(app(scope, self.receive, self.send))
        return self

    @property
    def held(self) -> int:
        return self.taken * len(CHUNK)


def forms(app) -> list[str]:
    return [p for method, p in routes(app) if method == "POST" and not p.startswith(("/hooks/", "/api/"))]


def cookie_of(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())


@pytest.fixture
def key(sqlite_store) -> str:
    with sqlite_store.writing() as transaction:
        return transaction.api_keys.make("bridge", scopes=["messages:write"], now=NOW)


def test_every_form_is_cut_at_its_bound_whether_its_length_is_told_or_not(app, sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    cookie = cookie_of(as_role(Role.ADMIN))
    for path in forms(app):
        unknown = Sender().to(app, filled(path), cookie=cookie, transfer_encoding="chunked")
        halfway = path in ("/login/code", "/me/second-factor/begin", "/me/second-factor/confirm", "/logout")
        assert unknown.status == 413 or halfway and unknown.status in (303, 401, 413), path
        assert unknown.held <= MOST_FORM_BYTES + 2 * len(CHUNK), path
        told = Sender().to(app, filled(path), cookie=cookie, content_length=str(10**12))
        assert (told.status, told.taken) == (unknown.status, 0), path


def test_a_form_of_nobody_is_cut_the_same_way(app):
    for path in ("/login", "/s/unknown", "/rate/unknown", "/welcome/unknown", "/cases/1/reply"):
        sent = Sender().to(app, path)
        assert sent.status in (401, 413) and sent.held <= MOST_FORM_BYTES + 2 * len(CHUNK), path


@pytest.mark.parametrize("length", ["-1", "x", "1" * 400, "١٢", "1_0", " 7"])
def test_a_length_that_is_none_bounds_nothing_and_breaks_nothing(app, length):
    sent = Sender(most_chunks=60).to(app, "/login", content_length=length)
    assert sent.status == 413 and sent.held <= MOST_FORM_BYTES + 2 * len(CHUNK)


def test_thousands_of_fields_are_refused_in_every_form_and_none_is_done(app, sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    admin = as_role(Role.ADMIN)
    token = admin.token()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for path in forms(app):
        if path == "/logout":
            continue
        sent = admin.client.post(filled(path), content=f"form_token={token}&{TOO_MANY_FIELDS}", headers=kind)
        assert sent.status_code == 413, path
    few = "&".join(f"k{number}=1" for number in range(MOST_FORM_FIELDS - 1))
    assert admin.client.post("/me", content=f"form_token={token}&{few}", headers=kind).status_code != 413


def test_multipart_is_read_by_nobody(app, sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    admin = as_role(Role.ADMIN)
    part = f'--b\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{admin.token()}\r\n'.encode()
    kind = {"content-type": "multipart/form-data; boundary=b"}
    for path in ("/login", "/vips/file", "/cases/1/reply"):
        for body in (part + MULTIPART[:200_000] + b"--b--\r\n", MULTIPART + b"--b--\r\n"):
            assert admin.client.post(path, content=body, headers=kind).status_code in (403, 413), path


def test_messages_are_cut_at_their_bound(app, key):
    sent = Sender().to(app, "/api/messages", authorization=f"Bearer {key}")
    assert sent.status == 413 and sent.held <= MOST_BYTES + 2 * len(CHUNK)
    told = Sender().to(app, "/api/messages", authorization=f"Bearer {key}", content_length=str(MOST_BYTES + 1))
    assert (told.status, told.taken) == (413, 0)


@pytest.mark.parametrize("shown", ["", "Bearer ek_wrong", "Bearer ", "Basic eDp5", "Bearer \x00", "ek_wrong"])
def test_without_a_key_that_is_ours_not_one_byte_of_messages_is_read(app, shown):
    sent = Sender().to(app, "/api/messages", authorization=shown)
    assert (sent.status, sent.taken) == (401, 0)


def test_a_push_is_cut_at_the_bound_of_its_platform(app, sqlite_store, clock, monkeypatch):
    receiver = ReceiverInMemory(sqlite_store, clock)
    monkeypatch.setattr(World, "receiver", lambda self, name: receiver)
    sent = Sender().to(app, "/hooks/x")
    assert (sent.status, sent.taken) == (413, 1)
    told = Sender().to(app, "/hooks/x", content_length=str(receiver.longest_body_bytes + 1))
    assert (told.status, told.taken) == (413, 0)


@pytest.mark.parametrize("path", ["/login", "/api/messages"])
def test_who_stops_halfway_is_let_go_after_a_while(app, key, path, monkeypatch):
    monkeypatch.setattr(bodies, "MOST_SECONDS", 0.05)
    sent = Sender(stops=True).to(app, path, authorization=f"Bearer {key}")
    assert (sent.status, sent.taken) == (413, 2)


def test_who_hangs_up_halfway_is_no_fault_of_the_program(app, caplog):
    class Gone(Sender):
        async def receive(self):
            self.taken += 1
            return {"type": "http.request", "body": CHUNK, "more_body": True} if self.taken == 1 else _GONE

    _GONE = {"type": "http.disconnect"}
    assert Gone().to(app, "/login").status == 413
    assert not caplog.records


def test_nothing_of_the_inbox_reads_a_body_but_through_the_bound():
    from pathlib import Path

    root = Path(__file__).parents[2] / "inbox"
    signs = (".stream()", ".body()", ".form()", "request.json()")
    for path in root.rglob("*.py"):
        if "node_modules" not in path.parts and path.name != "bodies.py":
            assert not [sign for sign in signs if sign in path.read_text(encoding="utf-8")], path
