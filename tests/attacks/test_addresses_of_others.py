"""Server-side request forgery: where a connector may be led by what a vendor, or somebody behind it, answers."""

import ast
import gzip
import ipaddress
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from connectors.http import open_client, send
from connectors.public_addresses import is_public
from connectors.safe_client import AnswerTooLargeError, SafeClient
from models.errors import PermanentError, RetryableError

ROOT = Path(__file__).parents[2]
LIBRARIES = {"httpx", "urllib", "socket", "http", "requests", "httpcore", "websockets"}
NOT_PUBLIC = (
    *("127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    "0.0.0.0",  # noqa: S104 - asked, not listened on
    *("100.64.0.1", "100.100.100.200", "192.0.0.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "::7f00:1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1"),
)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_such_an_address_is_not_public(address):
    assert not is_public(ipaddress.ip_address(address.partition("%")[0]))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_such_an_address_is_public(address):
    assert is_public(ipaddress.ip_address(address))


class Inner:
    """A real server on this machine, as one in the firm's own network; counts who came."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = lambda handler: _say(handler, b"{}")
        inner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802, its name
                inner.asked.append((self.path, self.headers.get("authorization", "")))
                inner.answer(self)

            def log_message(self, *given: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def _say(handler: BaseHTTPRequestHandler, body: bytes, **headers: str) -> None:
    handler.send_response(200)
    for name, value in {"content-length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def inner() -> Iterator[Inner]:
    opened = Inner()
    thread = threading.Thread(target=opened.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()
    thread.join()


def test_a_desk_that_the_operator_put_in_the_own_network_is_asked(inner):
    with open_client(inner.url) as client:
        assert send(client, "GET", "/tickets", vendor="desk").status_code == 200
    with open_client("", configured=(f"{inner.url}/hook",)) as client:
        assert send(client, "GET", f"{inner.url}/hook", vendor="webhook").status_code == 200
    assert [path for path, _ in inner.asked] == ["/tickets", "/hook"]


HOSTS = ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0")


def looked_up(host: str, port: int) -> list[str]:
    """As the system does: it knows old ways to write an address, and that `localhost` is this machine."""
    if ":" in host:
        return [host]
    return [socket.inet_ntoa(socket.inet_aton("127.0.0.1" if host == "localhost" else host))]


@pytest.mark.parametrize("host", HOSTS)
def test_an_address_out_of_an_answer_leads_to_nothing_inside(inner, host):
    there = f"http://{host}:{inner.server.server_port}/admin"
    client = SafeClient(base_url="https://vendor.example", look_up=looked_up)
    with client, pytest.raises(PermanentError, match="not public"):
        send(client, "GET", there, vendor="vendor", sleep=lambda _: None)
    assert inner.asked == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/1", "ftp://x/1", "unix:///run/x.sock", "data:,x"])
def test_only_addresses_of_the_web_are_asked(url):
    with SafeClient() as client, pytest.raises(PermanentError, match="only http and https"):
        client.get(url)


def test_one_private_address_among_public_ones_is_enough_to_refuse(inner):
    client = SafeClient(look_up=lambda host, port: ["8.8.8.8", "127.0.0.1"])
    with client, pytest.raises(PermanentError, match="not public"):
        client.get("https://both.example/")


def test_what_was_looked_at_is_what_is_connected_to_whatever_the_name_says_a_moment_later():
    """DNS rebinding: the first answer is public, the second would be this machine."""
    answers, asked = iter([["8.8.8.8"], ["127.0.0.1"]]), list[httpx.Request]()

    def there(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={})

    client = SafeClient(look_up=lambda host, port: next(answers), transport=httpx.MockTransport(there))
    with client:
        client.get("https://rebinding.example/picture")
    assert asked[0].url.host == "8.8.8.8"
    assert asked[0].headers["host"] == "rebinding.example"
    assert asked[0].extensions["sni_hostname"] == "rebinding.example"


def test_our_credentials_stay_with_the_vendor_they_are_for():
    asked = list[httpx.Request]()

    def there(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={})

    client = SafeClient(
        base_url="https://vendor.example",
        headers={"Authorization": "Bearer secret", "Cookie": "session=secret"},
        auth=("our-user", "secret"),
        look_up=lambda host, port: ["8.8.8.8"],
        transport=httpx.MockTransport(there),
    )
    with client:
        client.get("https://elsewhere.example/next?page=2")
        client.get("https://vendor.example/next?page=2")
    assert not {"authorization", "cookie"} & set(asked[0].headers)
    assert "authorization" in asked[1].headers


def test_a_redirect_is_not_followed_by_itself_and_where_it_is_its_target_is_looked_at_anew(inner):
    elsewhere = Inner()
    inner.answer = lambda handler: _redirect(handler, f"{elsewhere.url}/inside")
    with open_client(inner.url) as client:
        assert client.get("/away").status_code == 302
        with pytest.raises(PermanentError, match="not public"):
            client.get("/away", follow_redirects=True)
    elsewhere.server.server_close()
    assert elsewhere.asked == []


def test_redirects_without_end_end(inner):
    inner.answer = lambda handler: _redirect(handler, "/again")
    with open_client(inner.url) as client, pytest.raises(httpx.TooManyRedirects):
        client.get("/again", follow_redirects=True)
    assert len(inner.asked) <= 7


def _redirect(handler: BaseHTTPRequestHandler, where: str) -> None:
    handler.send_response(302)
    handler.send_header("location", where)
    handler.send_header("content-length", "0")
    handler.end_headers()


def bare_deflate(data: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-15)
    return packing.compress(data) + packing.flush()


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", bare_deflate)]
)
def test_a_bomb_is_refused_while_it_is_unpacked_and_an_honest_answer_is_read(inner, coding, pack):
    bomb, honest = pack(bytes(64 * 1024 * 1024)), pack(b'{"a": 1}' * 20_000)
    assert len(bomb) < 100_000
    client = SafeClient(base_url=inner.url, most_bytes=1024 * 1024)
    with client:
        inner.answer = lambda handler: _say(handler, honest, content_encoding=coding)
        assert client.get("/").content == b'{"a": 1}' * 20_000
        inner.answer = lambda handler: _say(handler, bomb, content_encoding=coding)
        with pytest.raises(AnswerTooLargeError, match="more than 1048576 bytes"):
            client.get("/")


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress", "identity, gzip"])
def test_a_packing_that_was_not_asked_for_is_not_unpacked(inner, coding):
    inner.answer = lambda handler: _say(handler, gzip.compress(gzip.compress(b"{}")), content_encoding=coding)
    with open_client(inner.url) as client:
        with pytest.raises(AnswerTooLargeError):
            client.get("/")
        with pytest.raises(RetryableError):
            send(client, "GET", "/", vendor="vendor", sleep=lambda _: None)


def test_an_answer_without_end_is_cut_by_size_and_by_time(inner):
    def without_end(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(bytes(65536))
        except OSError:
            return

    inner.answer = without_end
    with SafeClient(base_url=inner.url, most_bytes=500_000) as client, pytest.raises(AnswerTooLargeError):
        client.get("/")
    clock = iter(range(0, 100_000, 100))
    slow = SafeClient(base_url=inner.url, longest_seconds=150, clock=lambda: float(next(clock)))
    with slow, pytest.raises(AnswerTooLargeError, match="not whole after 150 seconds"):
        slow.get("/")


OTHER_WAYS = {"connectors/safe_client.py", "connectors/bluesky/jetstream.py", "connectors/mailbox/sender.py"}
"""The client itself; the event stream and the mail server of the settings."""


def test_every_connector_speaks_through_this_client():
    """No module of `connectors` opens a connection in another way."""
    ways = {"Client", "AsyncClient", "stream", "urlopen", "create_connection", "HTTPTransport", "HTTPConnection"}
    for path in sorted((ROOT / "connectors").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        opened = [call for call in calls if call.split(".")[-1] in ways and call.split(".")[0] in LIBRARIES]
        assert opened == [] or str(path.relative_to(ROOT)) in OTHER_WAYS, path
    assert isinstance(open_client("https://vendor.example"), SafeClient)
