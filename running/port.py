"""The port of the inbox: opened before anything is started, and shared by all processes that serve it."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from models.errors import SetupError
from settings import Settings

WAITING = 1024
"""Connections that may wait to be taken up."""


@contextmanager
def open_port(settings: Settings) -> Iterator[socket.socket]:
    """Listening; whoever has its file number takes up connections from it.

    Raises: SetupError naming address, port and the way out.
    """
    where = f"{settings.web_host}:{settings.web_port}"
    try:
        family = socket.getaddrinfo(settings.web_host, settings.web_port, type=socket.SOCK_STREAM)[0][0]
        port = socket.create_server((settings.web_host, settings.web_port), family=family, backlog=WAITING)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupError(f"{where} is taken by another program; set EARSHOT_WEB_PORT to a free port") from None
        message = f"cannot listen on {where}: {error.strerror}; set EARSHOT_WEB_HOST and EARSHOT_WEB_PORT"
        raise SetupError(message) from None
    with port:
        yield port
