"""Single sign-on by OpenID Connect: the provider's addresses and keys, its answer to a code, and whom it vouches for.

Authorization code with PKCE (OpenID Connect Core 1.0, RFC 7636, RFC 9207). Nothing of a token is ever logged or put
into an error message.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import Key, KeySet
from joserfc.jws import JWSRegistry

from connectors.http import open_client, send
from models.errors import EarshotError, PermanentError

logger = logging.getLogger(__name__)

VENDOR = "single sign-on"
ALGORITHMS = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
"""What an algorithm's name begins with, and its kind of key. Neither `none`, nor HS256, which would take a public key
for a shared secret."""
ALLOWED = tuple(f"{name}{bits}" for name in ALGORITHMS for bits in (256, 384, 512))
LEEWAY_SECONDS = 60
"""Between the provider's clock and ours."""
KNOWN_FOR = timedelta(hours=1)
"""Addresses and keys are read again after this."""
KEYS_AGAIN_AFTER = timedelta(seconds=30)
"""A key that nobody knows has the keys read again, but not at every such token."""
MOST_SECONDS = 10.0
LONGEST_SUBJECT = 255
CLAIMS = frozenset({"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "azp", "at_hash", "amr", "auth_time"})
LOCAL = ("localhost", "127.0.0.1", "::1")


class SignOnRefusedError(PermanentError):
    """The provider's answer proves nothing. `code` says which sort of thing was wrong, and is shown."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{VENDOR}: the provider's answer was refused ({code})")
        self.code = code


@dataclass(frozen=True, slots=True)
class Provider:
    """What was read of it."""

    authorize_url: str
    token_url: str
    takes_basic: bool
    names_itself: bool
    """Its answers carry `iss` (RFC 9207)."""
    keys_url: str
    leave_url: str | None
    """Where people log out there, if it says so."""
    read_at: datetime


class SingleSignOn:
    """One provider; safe to be used by several threads. `transport` is the seam for tests."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        scopes: str,
        *,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.issuer = issuer
        self._client_id, self._client_secret, self._scopes = client_id, client_secret, scopes
        self._clock = clock
        self._client = open_client(issuer, timeout_seconds=MOST_SECONDS, transport=transport)
        self._lock = threading.Lock()
        self._provider: Provider | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def leads_to(self, *, return_url: str, state: str, nonce: str, verifier: str) -> str:
        """Where a person is sent to log in. Raises: RetryableError, SignOnRefusedError, PermanentError."""
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": return_url,
            "scope": self._scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = self._known().authorize_url
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(asked)}"

    def leaves_to(self, *, return_url: str, state: str) -> str | None:
        """Where a person is sent to log out there as well (OpenID Connect RP-Initiated Logout 1.0), if it has such a
        page. It is told which client asks, and nothing of the person. Raises: like `leads_to`.
        """
        url = self._known().leave_url
        if url is None:
            return None
        asked = {"client_id": self._client_id, "post_logout_redirect_uri": return_url, "state": state}
        return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(asked)}"

    def vouched(
        self, *, code: str, issuer: str | None, return_url: str, nonce: str, verifier: str
    ) -> Mapping[str, Any]:
        """The claims of the ID token that the code stands for, wholly checked.

        `issuer`: what the answer says of where it is from, if it does. Raises: RetryableError, SignOnRefusedError,
        PermanentError, AccessError.
        """
        provider = self._known()
        if (issuer is None and provider.names_itself) or (issuer is not None and issuer != self.issuer):
            raise SignOnRefusedError("issuer")
        told = self._redeemed(provider, code, return_url, verifier)
        token, access = told.get("id_token"), told.get("access_token")
        if not isinstance(token, str):
            raise SignOnRefusedError("no ID token")
        return self._checked(provider, token, nonce=nonce, access_token=access if isinstance(access, str) else None)

    def _redeemed(self, provider: Provider, code: str, return_url: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": return_url,
            "code_verifier": verifier,
            "client_id": self._client_id,
        }
        arguments: dict[str, Any] = {"data": form}
        if self._client_secret is not None and provider.takes_basic:
            arguments["auth"] = (quote(self._client_id, safe=""), quote(self._client_secret, safe=""))
        elif self._client_secret is not None:
            form["client_secret"] = self._client_secret
        answer = send(
            self._client,
            "POST",
            provider.token_url,
            vendor=VENDOR,
            repeatable=False,
            reading=_refused_code,
            **arguments,
        )
        return _object(answer)

    def _checked(self, provider: Provider, token: str, *, nonce: str, access_token: str | None) -> Mapping[str, Any]:
        registry = JWSRegistry(algorithms=ALLOWED, strict_check_header=False)
        try:
            decoded = jwt.decode(token, key=lambda signed: self._key_of(provider, signed.headers()), registry=registry)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._client_id},
                },
                {"nonce": nonce, "client_id": self._client_id, "access_token": access_token},
            )
            claims.validate(now=int(self._clock().timestamp()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise SignOnRefusedError(_reason(error)) from None
        if decoded.claims["iss"] != self.issuer:
            raise SignOnRefusedError("iss")
        subject = decoded.claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise SignOnRefusedError("sub")
        return dict(decoded.claims)

    def _key_of(self, provider: Provider, header: Mapping[str, Any]) -> Key:
        """By the id that the token names; keys that are not known yet are asked for. Raises: SignOnRefusedError."""
        read_at, keys = self._key_set(provider)
        found = _among(keys, header)
        if found is None and self._clock() - read_at >= KEYS_AGAIN_AFTER:
            found = _among(self._key_set(provider, anew=True)[1], header)
        if found is None:
            raise SignOnRefusedError("unknown key")
        return found

    def _key_set(self, provider: Provider, *, anew: bool = False) -> tuple[datetime, KeySet]:
        with self._lock:
            now = self._clock()
            if self._keys is None or anew or now - self._keys[0] > KNOWN_FOR:
                told = _object(send(self._client, "GET", provider.keys_url, vendor=VENDOR)).get("keys")
                usable = [key for key in told if _is_usable(key)] if isinstance(told, list) else []
                try:
                    self._keys = now, KeySet.import_key_set({"keys": usable})
                except (JoseError, ValueError, TypeError) as error:
                    raise SignOnRefusedError("keys") from error
            return self._keys

    def _known(self) -> Provider:
        with self._lock:
            now = self._clock()
            if self._provider is None or now - self._provider.read_at > KNOWN_FOR:
                self._provider = self._discovered(now)
            return self._provider

    def _discovered(self, now: datetime) -> Provider:
        url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        told = _object(send(self._client, "GET", url, vendor=VENDOR))
        if told.get("issuer") != self.issuer:
            raise SignOnRefusedError("the provider names another issuer than EARSHOT_SINGLE_SIGN_ON_ISSUER")
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Provider(
            authorize_url=self._address(told, "authorization_endpoint"),
            token_url=self._address(told, "token_endpoint"),
            takes_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
            names_itself=told.get("authorization_response_iss_parameter_supported") is True,
            keys_url=self._address(told, "jwks_uri"),
            leave_url=self._leave_url(told),
            read_at=now,
        )

    def _leave_url(self, told: Mapping[str, Any]) -> str | None:
        """Only at a host where people are sent to log in, too: to log out leads nowhere else. Where it says something
        else nobody is kept from logging in.
        """
        if told.get("end_session_endpoint") is None:
            return None
        try:
            url = self._address(told, "end_session_endpoint")
        except SignOnRefusedError as error:
            logger.warning("%s; it is not used", error)
            return None
        known = {urlsplit(self.issuer).netloc, urlsplit(self._address(told, "authorization_endpoint")).netloc}
        if urlsplit(url).netloc not in known or not url.isascii() or not url.isprintable() or " " in url:
            logger.warning("%s: the provider's end_session_endpoint is no address of its own and is not used", VENDOR)
            return None
        return url

    def _address(self, told: Mapping[str, Any], name: str) -> str:
        """By https, as the issuer; by http only where the issuer is on this machine and so is the address."""
        url = told.get(name)
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
        is_local = urlsplit(self.issuer).scheme == "http" and parts.hostname in LOCAL
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_local)):
            raise SignOnRefusedError(f"the provider's {name} is no https address")
        return str(url)


def _among(keys: KeySet, header: Mapping[str, Any]) -> Key | None:
    """By its id; where the token names none, the only one of the right kind."""
    kind = ALGORITHMS.get(str(header.get("alg"))[:2])
    fitting = [key for key in keys.keys if key.key_type == kind]
    if "kid" in header:
        fitting = [key for key in fitting if key.kid == header["kid"]]
    return fitting[0] if len(fitting) == 1 else None


def _is_usable(key: object) -> bool:
    """A public key for signatures."""
    return isinstance(key, dict) and key.get("kty") in ALGORITHMS.values() and key.get("use", "sig") == "sig"


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    """Raises: PermanentError."""
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise PermanentError(f"{VENDOR}: the provider's answer is no JSON object; is the issuer's address right?")
    return told


def _refused_code(answer: httpx.Response, where: str) -> EarshotError | None:
    """The provider does not know the code, or not any more; any other failure is read as everywhere."""
    try:
        told = answer.json()
    except ValueError:
        return None
    is_refused = isinstance(told, dict) and told.get("error") == "invalid_grant"
    return SignOnRefusedError("code") if is_refused else None


def _reason(error: Exception) -> str:
    """The sort of thing that is wrong, never its value."""
    if isinstance(error, InvalidClaimError | MissingClaimError):
        return str(error.claim) if error.claim in CLAIMS else "claims"
    return {"ExpiredTokenError": "expired", "BadSignatureError": "signature"}.get(type(error).__name__, "no valid JWT")
