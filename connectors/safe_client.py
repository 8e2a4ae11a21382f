"""The HTTP client of every connector: it goes where the operator said, and elsewhere only to public addresses.

What an answer may cost is bounded, too: bytes on the wire, bytes once unpacked, seconds. An address that the operator
wrote into the settings may lie in the firm's own network. An address out of somebody else's answer (next page,
redirect, picture) is looked up once, and what was looked at is what is connected to: a name that stands for another
address a moment later (DNS rebinding) gains nothing. Proxies of the environment are used as httpx uses them; the
address is looked up here all the same.
"""

import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx

from connectors.public_addresses import Resolve, public_address, resolve
from models.errors import PermanentError

MOST_BYTES = 64 * 1024 * 1024
"""Of one answer, unpacked."""
LONGEST_SECONDS = 300.0
"""Until an answer is whole, however slowly it drips."""
MOST_REDIRECTS = 5
CHUNK_BYTES = 64 * 1024
SCHEMES = frozenset({"http", "https"})
PACKINGS = frozenset({"gzip", "x-gzip", "deflate"})
ANY_FRAME = 32 + zlib.MAX_WBITS
"""What zlib calls a frame of gzip, or its own; "deflate" is met without one, too."""
SECRET_HEADERS = ("authorization", "cookie", "proxy-authorization")
ABOUT_BYTES = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers that are no longer true of an answer that was unpacked."""


class AnswerTooLargeError(httpx.DecodingError):
    """An answer is larger, slower, or packed otherwise than we take."""


class SafeClient(httpx.Client):
    """`configured`: addresses that the operator wrote, beside `base_url`. `look_up` and `clock` are seams for tests."""

    def __init__(
        self,
        *,
        configured: Iterable[str] = (),
        most_bytes: int = MOST_BYTES,
        longest_seconds: float = LONGEST_SECONDS,
        look_up: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
        **arguments: Any,
    ) -> None:
        super().__init__(**arguments)
        self.headers["accept-encoding"] = "gzip, deflate"
        written = [self.base_url, *(httpx.URL(one) for one in configured)]
        self._configured = frozenset(_origin(url) for url in written if url.host)
        self._most_bytes, self._longest_seconds = most_bytes, longest_seconds
        self._look_up, self._clock = look_up, clock

    def send(
        self, request: httpx.Request, *, stream: bool = False, follow_redirects: Any = False, **arguments: Any
    ) -> httpx.Response:
        """The answer, read whole. Each redirect is looked at like the first address.

        Raises: PermanentError where the address is refused, with nothing sent; AnswerTooLargeError.
        """
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(request, **arguments)
            following = answer.next_request if follow_redirects is True else None
            if following is None:
                return answer
            request = following
        raise httpx.TooManyRedirects(f"more than {MOST_REDIRECTS} redirects", request=request)

    def _once(self, request: httpx.Request, **arguments: Any) -> httpx.Response:
        ends_at, named = self._clock() + self._longest_seconds, request
        if not self._is_configured(request.url):
            request, arguments = self._pinned(request), {**arguments, "auth": None}
        asked = super().send(request, stream=True, follow_redirects=False, **arguments)
        try:
            body = b"".join(self._unpacked(asked, ends_at))
        finally:
            asked.close()
        headers = [(name, value) for name, value in asked.headers.raw if name.decode().lower() not in ABOUT_BYTES]
        extensions = {name: value for name, value in asked.extensions.items() if name != "network_stream"}
        answer = httpx.Response(asked.status_code, headers=headers, content=body, request=named, extensions=extensions)
        answer.next_request = _redirected(self, named, asked)
        return answer

    def _is_configured(self, url: httpx.URL) -> bool:
        """Raises: PermanentError where it is no address of the web at all."""
        if url.scheme not in SCHEMES or not url.host:
            raise PermanentError(f"an address that begins with {url.scheme[:20]!r} is refused; only http and https are")
        return _origin(url) in self._configured

    def _pinned(self, request: httpx.Request) -> httpx.Request:
        """To the address that was looked at, under the name that was asked for, and without our credentials.

        Raises: PermanentError where it is not public.
        """
        url = request.url
        try:
            address = public_address(url.host, _port(url), self._look_up)
        except (OSError, ValueError) as error:
            why = "cannot be looked up" if isinstance(error, OSError) else str(error)
            raise PermanentError(
                f"an answer leads to the host {url.host[:100]!r}, which {why}; it is not asked. "
                "Only addresses in the settings may lie in a private network"
            ) from None
        headers = [(name, value) for name, value in request.headers.items() if name not in SECRET_HEADERS]
        extensions = {**request.extensions, "sni_hostname": url.host}
        there = url.copy_with(host=address)
        return httpx.Request(request.method, there, headers=headers, stream=request.stream, extensions=extensions)

    def _unpacked(self, answer: httpx.Response, ends_at: float) -> Iterator[bytes]:
        size = 0
        for chunk in _unpacking(answer, self._bounded(answer, ends_at)):
            size += len(chunk)
            self._check_size(answer, size)
            yield chunk

    def _bounded(self, answer: httpx.Response, ends_at: float) -> Iterator[bytes]:
        """As it came. Answers of tests are read already."""
        size = 0
        for raw in [answer.content] if answer.is_stream_consumed else answer.iter_raw():
            size += len(raw)
            self._check_size(answer, size)
            if self._clock() > ends_at:
                why = f"an answer that was not whole after {self._longest_seconds:g} seconds"
                raise AnswerTooLargeError(why, request=answer.request)
            yield raw

    def _check_size(self, answer: httpx.Response, size: int) -> None:
        if size > self._most_bytes:
            raise AnswerTooLargeError(f"an answer of more than {self._most_bytes} bytes", request=answer.request)


def _unpacking(answer: httpx.Response, raw: Iterator[bytes]) -> Iterator[bytes]:
    coding = answer.headers.get("content-encoding", "identity").strip().lower()
    if coding == "identity" or answer.is_stream_consumed:
        return raw
    if coding not in PACKINGS:
        raise AnswerTooLargeError(
            f"an answer packed as {coding[:40]!r}, which was not asked for", request=answer.request
        )
    return _inflated(raw, answer.request, is_deflate=coding == "deflate")


def _inflated(raw: Iterator[bytes], request: httpx.Request, *, is_deflate: bool) -> Iterator[bytes]:
    """A chunk at a time, however much a few packed bytes hold."""
    decoder = zlib.decompressobj(ANY_FRAME)
    for place, data in enumerate(raw):
        if place == 0 and is_deflate and data[0] & 0x0F != zlib.DEFLATED:
            decoder = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            found = decoder.decompress(data, CHUNK_BYTES)
            while found:
                yield found
                found = decoder.decompress(decoder.unconsumed_tail, CHUNK_BYTES)
        except zlib.error:
            raise AnswerTooLargeError("an answer whose packing is broken", request=request) from None


def _redirected(client: httpx.Client, request: httpx.Request, asked: httpx.Response) -> httpx.Request | None:
    """What a redirect asks for, with our credentials only where it stays at the same place."""
    if not asked.has_redirect_location:
        return None
    there = request.url.join(asked.headers["location"])
    is_same = _origin(there) == _origin(request.url)
    method = "GET" if asked.status_code == 303 or request.method == "GET" else request.method
    if method != request.method or method not in ("GET", "HEAD"):
        return None
    headers = {"accept": request.headers.get("accept", "*/*")}
    return client.build_request(method, there, headers=dict(request.headers) if is_same else headers)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, _port(url)


def _port(url: httpx.URL) -> int:
    return url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
