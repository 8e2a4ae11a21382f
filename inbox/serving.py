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


def serve(app: Starlette, *, host: str, port: int) -> None:
    """Until a signal; leaves the process where it could not start."""
    gc.collect()
    gc.freeze()  # what was loaded stays: to look through it again and again made single pages 100 ms slower
    server = Server(uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False), app)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILED)
