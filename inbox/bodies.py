"""What is sent to us, read up to a bound of bytes and of time: no more than that is ever held."""

import asyncio

from starlette.requests import ClientDisconnect, Request

MOST_SECONDS = 120.0
"""For a whole body. A sender that dribbles holds a connection for no longer."""


async def read_body(request: Request, most_bytes: int) -> bytes | None:
    """None where it is too large or did not come whole. What says of itself that it is too large is not read."""
    if _told(request) > most_bytes:
        return None
    body = bytearray()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for chunk in request.stream():
                if len(body) + len(chunk) > most_bytes:
                    return None
                body += chunk
    except (TimeoutError, ClientDisconnect):
        return None
    return bytes(body)


def _told(request: Request) -> int:
    told = request.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 20 else 0
