"""What every answer carries, and how the sub-path and static files are served."""

import os

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",  # the style sheet we build on draws its arrows and ticks so
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
FEATURES = (
    *("accelerometer", "autoplay", "camera", "display-capture", "fullscreen", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb"),
)
"""What no page of ours uses, and nothing that gets into one shall."""
SAFE = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "permissions-policy": ", ".join(f"{one}=()" for one in FEATURES),
    "x-permitted-cross-domain-policies": "none",
}

STRICTER = {"referrer-policy": "no-referrer"}
"""What a page may ask for instead; never less."""

PACKED_BYTES = 2_000
"""What is shorter is not worth it."""


class SafeHeaders:
    def __init__(self, app: ASGIApp, hsts_seconds: int = 0) -> None:
        """`hsts_seconds`: 0 where the inbox may be reached by http, too."""
        self._app = app
        self._safe = SAFE | ({"strict-transport-security": f"max-age={hsts_seconds}"} if hsts_seconds else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own = {name: value for name, value in STRICTER.items() if headers.get(name) == value}
                headers.update(self._safe | own)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class Packed:
    """Compresses what this program's own pages and links ask for, and what is the same for everybody.

    What another site made a browser ask for is left as it is: from the lengths of compressed pages it could be guessed
    what else stands in them (BREACH).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packing = GZipMiddleware(app, minimum_size=PACKED_BYTES, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_packed = scope["type"] == "http" and (
            Headers(scope=scope).get("sec-fetch-site") in ("same-origin", "none") or "/static/" in scope["path"]
        )
        await (self._packing if is_packed else self._app)(scope, receive, send)


class SubPath:
    """Serves under `root`, whether the proxy before us strips it from the path or not."""

    def __init__(self, app: ASGIApp, root: str) -> None:
        self._app = app
        self._root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._root:
            path = scope["path"]
            if path != self._root and not path.startswith(self._root + "/"):
                path = self._root + path
            scope = dict(scope) | {"root_path": self._root, "path": path if path != self._root else path + "/"}
        await self._app(scope, receive, send)


class NoZeros:
    """No page's path has a zero character, and PostgreSQL keeps no such text: in a query they are left out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "\0" in scope["path"]:
            await PlainTextResponse("there is no such page\n", 404)(scope, receive, send)
            return
        query = scope.get("query_string", b"")
        while b"%00" in query:  # what is left may make another one
            query = query.replace(b"%00", b"")
        await self._app(dict(scope) | {"query_string": query} if "query_string" in scope else scope, receive, send)


class CacheStatic(StaticFiles):
    """Links carry the file's digest, so a browser may keep what it has."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer
