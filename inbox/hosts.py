"""By which names the inbox is reached: requests that call it by another are refused, and links are made of no other.

The name in a request's `Host` is whatever its sender wrote there. A one-time link made of it would hand its secret to
whoever owns that name.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from settings import Settings

PROBES = ("/healthz", "/readyz", "/metrics")
"""Asked by address, by programs that know no name."""
REFUSED = "EARSHOT_WEB_HOSTS does not list this host name\n"


@dataclass(frozen=True, slots=True)
class Hosts:
    named: frozenset[str]
    """In small letters; one that begins with `*.` stands for all below it. Empty: no request is refused."""
    own: str
    """Where it listens, or the public address, as `host[:port]`: stands in links where the request's name may not."""
    is_secure: bool

    @classmethod
    def of(cls, settings: Settings) -> "Hosts":
        public = urlsplit(settings.public_url or "").netloc
        listens = f"{_bracketed(settings.web_host)}:{settings.web_port}"
        exact = sorted(one for one in settings.web_hosts if not one.startswith("*."))
        own = exact[0] if exact else public or listens
        return cls(settings.web_hosts, own, settings.web_secure_cookies or bool(public and not exact))

    def is_served(self, given: str) -> bool:
        return not self.named or _is_among(given, self.named)

    def base(self, request: Request) -> str:
        """`scheme://host[:port]` for a link that is handed over: the `Host` of the request only where it is ours."""
        given, scheme = request.headers.get("host", ""), request.url.scheme
        if self.named:
            is_ours = _is_among(given, self.named)
        else:
            is_ours = given == self.own or _is_loopback(given) or given in _heard_at(request)
        secure = "https" if self.is_secure and not _is_loopback(given) else scheme
        return f"{secure}://{given if is_ours else self.own}"


class ServedHosts:
    """Refuses what calls us by a name that is not ours; probes and hooks' own checks come by address."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_probe = scope["type"] != "http" or scope["path"].endswith(PROBES)
        if is_probe or self._hosts.is_served(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(REFUSED, 400)(scope, receive, send)


def _heard_at(request: Request) -> tuple[str, ...]:
    """The address of our own socket that the request came to."""
    host, port = request.scope.get("server") or ("", None)
    return (_bracketed(host), f"{_bracketed(host)}:{port}") if host and port else ()


def _is_among(given: str, named: Iterable[str]) -> bool:
    host = _host(given)
    if host is None:
        return False
    return any(
        host == one or given.lower() == one or (one.startswith("*.") and host.endswith(one[1:])) for one in named
    )


def _is_loopback(given: str) -> bool:
    host = _host(given) or ""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _host(given: str) -> str | None:
    """Without the port; None where it is no name and no address."""
    try:
        split = urlsplit(f"//{given.lower()}")
        is_plain = split.netloc == given.lower() and "@" not in given and given.isascii() and given.isprintable()
        return split.hostname if is_plain and split.port != 0 and not set(given) & set("/\\?# ,") else None
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
