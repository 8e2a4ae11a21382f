"""The server of the inbox: where it shuts down, open streams end first, so that nobody waits for them."""

import contextlib
import gc
import socket
import sys

import uvicorn
from starlette.applications import Starlette

STARTUP_FAILED = 3


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._watch = app.state.watch

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._watch.close()
        await super().shutdown(sockets)


def configured(app: Starlette, proxies: frozenset[str]) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_config=None, access_log=False, proxy_headers=bool(proxies), forwarded_allow_ips=sorted(proxies)
    )


def serve(app: Starlette, port: socket.socket, *, proxies: frozenset[str]) -> None:
    """Until a signal, what comes in at the open port; leaves the process where it could not start.

    `proxies`: addresses and networks whose word is taken for who asks and whether by https; nobody else's is.
    """
    gc.collect()
    gc.freeze()  # what was loaded stays: to look through it again and again made single pages 100 ms slower
    server = Server(configured(app, proxies), app)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[port])
    if not server.started:
        sys.exit(STARTUP_FAILED)
