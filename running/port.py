"""Whether the inbox can have its port, before anything is started."""

import errno
import socket

from models.errors import SetupError
from settings import Settings


def require_port(settings: Settings) -> None:
    """Raises: SetupError naming address, port and the way out."""
    where = f"{settings.web_host}:{settings.web_port}"
    try:
        family = socket.getaddrinfo(settings.web_host, settings.web_port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((settings.web_host, settings.web_port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupError(f"{where} is taken by another program; set EARSHOT_WEB_PORT to a free port") from None
        message = f"cannot listen on {where}: {error.strerror}; set EARSHOT_WEB_HOST and EARSHOT_WEB_PORT"
        raise SetupError(message) from None
