"""A provider of access tokens on a free port of this machine: it makes them, and tells mail servers whose they are."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class TokenProvider:
    """Only the newest token of a user is good, until it is revoked."""

    port: int = 0
    made: int = 0
    good: dict[str, str] = field(default_factory=dict)
    """Token → user."""
    user: str = ""
    """Whose mailbox consent is given for."""

    @property
    def token_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    @property
    def info_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/info?access_token="

    def make(self, form: dict[str, list[str]]) -> tuple[int, dict[str, object]]:
        if form.get("refresh_token") != ["refresh-token"]:
            return 400, {"error": "invalid_grant"}
        self.made += 1
        self.good = {f"made-{self.made}": self.user}
        return 200, {"access_token": f"made-{self.made}", "expires_in": 3600, "token_type": "Bearer"}

    def whose(self, token: str) -> tuple[int, dict[str, object]]:
        return (200, {"email": self.good[token]}) if token in self.good else (400, {"error": "invalid_token"})


@contextmanager
def start_tokens() -> Iterator[TokenProvider]:
    provider = TokenProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*provider.whose(parse_qs(urlsplit(self.path).query).get("access_token", [""])[0]))

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["content-length"])).decode()
            self._answer(*provider.make(parse_qs(form)))

        def _answer(self, status: int, body: dict[str, object]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
