"""Every route of the app, with addresses that lead somewhere."""

from collections.abc import Iterator

from starlette.applications import Starlette
from starlette.routing import Route

DOORS = {"/hooks/{name}", "/api/messages"}
"""For programs, who show a signature or a key: no cookie opens them, so no other site can make a browser use them."""


def routes(app: Starlette) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        if isinstance(route, Route):
            yield from ((method, route.path) for method in sorted(route.methods or ()) if method != "HEAD")


def filled(path: str) -> str:
    path = path.replace("/complaints/{id}", "/complaints/C-0000001").replace("{act}", "investigate")
    for name, value in (("{id}", "1"), ("{token}", "unknown"), ("{name}", "unknown")):
        path = path.replace(name, value)
    return path.split("{")[0] + "1" * ("{" in path)
