"""A little OpenID Connect provider: discovery, keys that can be changed, codes that are good once, checked PKCE.

`forge` lets a test hand out ID tokens that no honest provider would.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT, SECRET = "earshot-client", "s3cret/with+signs"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})
Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grant:
    claims: Claims
    challenge: str
    return_url: str


@dataclass
class OpenIdProvider:
    now: Callable[[], datetime]
    issuer: str = ""
    keys: list[Any] = field(default_factory=lambda: [RSA])
    is_public_client: bool = False
    discovery: Claims = field(default_factory=dict)
    """In place of what discovery says truly."""
    forge: Callable[["OpenIdProvider", Claims], str] | None = None
    asked: dict[str, int] = field(default_factory=dict)
    """How often each path was asked for."""
    _grants: dict[str, Grant] = field(default_factory=dict)

    def agree(self, location: str, **claims: Any) -> str:
        """A person logs in there and agrees: the query that they come back with."""
        asked = _query(location)
        assert location.startswith(self.issuer + "/authorize?")
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256" and "openid" in asked["scope"].split()
        at = int(self.now().timestamp())
        told = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": asked["nonce"], **claims}
        code = secrets.token_urlsafe(16)
        self._grants[code] = Grant(told, asked["code_challenge"], asked["redirect_uri"])
        return urlencode({"code": code, "state": asked["state"]})

    def signed(self, claims: Claims, key: Any = None, alg: str | None = None) -> str:
        key = key or self.keys[0]
        alg = alg or ("ES256" if isinstance(key, ECKey) else "RS256")
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key)

    def change_keys(self) -> None:
        self.keys = [ECKey.generate_key("P-256", {"kid": f"ec-{secrets.token_hex(3)}", "use": "sig"})]

    def get(self, path: str) -> Claims | None:
        if path == "/.well-known/openid-configuration":
            true = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
            return true | self.discovery
        return KeySet(self.keys).as_dict(private=False) if path == "/keys" else None

    def redeem(self, form: Mapping[str, str], authorization: str) -> tuple[int, Claims]:
        if not self.is_public_client:
            given = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            if (unquote(given[0]), unquote(given[2])) != (CLIENT, SECRET):
                return 401, {"error": "invalid_client"}
        grant = self._grants.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            grant is None
            or grant.return_url != form.get("redirect_uri")
            or grant.challenge != proof.decode().rstrip("=")
        ):
            return 400, {"error": "invalid_grant"}
        token = self.forge(self, grant.claims) if self.forge is not None else self.signed(grant.claims)
        return 200, {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "id_token": token}


def unsigned(provider: OpenIdProvider, claims: Claims) -> str:
    """`alg: none`."""
    return f"{_packed({'alg': 'none', 'typ': 'JWT'})}.{_packed(claims)}."


def signed_with_the_public_key(provider: OpenIdProvider, claims: Claims) -> str:
    """HS256, with what everybody knows as the shared secret."""
    key = provider.keys[0]
    head = f"{_packed({'alg': 'HS256', 'kid': key.kid})}.{_packed(claims)}"
    mac = hmac.digest(key.as_pem(private=False), head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def signed_by_another(provider: OpenIdProvider, claims: Claims) -> str:
    """With a key of the attacker's under the provider's name for its own."""
    other = RSAKey.generate_key(2048, {"kid": provider.keys[0].kid})
    return provider.signed(claims, other)


def brings_its_key(provider: OpenIdProvider, claims: Claims) -> str:
    """The header itself holds the key that it asks to be believed."""
    other = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", "jwk": other.as_dict(private=False)}, claims, other)


def changed_afterwards(provider: OpenIdProvider, claims: Claims) -> str:
    head, _, mac = provider.signed(claims).split(".")
    return f"{head}.{_packed(claims | {'sub': 'somebody else'})}.{mac}"


def _packed(told: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def _query(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@contextmanager
def served(provider: OpenIdProvider) -> Iterator[OpenIdProvider]:
    """By HTTP on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked[self.path] = provider.asked.get(self.path, 0) + 1
            told = provider.get(self.path)
            self._answer(404 if told is None else 200, told or {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.redeem(form, self.headers.get("authorization", "")))

        def _answer(self, status: int, told: Claims) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
