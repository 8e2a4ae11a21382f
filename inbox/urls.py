"""Every link of the inbox is made here, so that it works under a sub-path behind a proxy."""

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode

STATIC = Path(__file__).parent / "static"


class Urls:
    """`root` is the sub-path the inbox is served under: empty, or with a leading and no trailing slash."""

    def __init__(self, root: str) -> None:
        trimmed = root.strip("/")
        self.root = f"/{trimmed}" if trimmed else ""

    def __call__(self, path: str, **query: str | int | None) -> str:
        given = {key: value for key, value in query.items() if value is not None}
        return self.root + quote(path) + (f"?{urlencode(given)}" if given else "")

    def static(self, name: str) -> str:
        """Carries the file's digest: a browser may keep it for ever."""
        return f"{self.root}/static/{quote(name)}?v={_digest(STATIC / name)}"

    def receipt(self, url: str | None) -> str | None:
        """A receipt's link: our own desk gives a path, a vendor's an address; anything else is no link."""
        if url is None or url.startswith(("https://", "http://")):
            return url
        return self.root + url if _is_path(url) else None

    def local(self, target: str) -> str:
        """Where to go after the log-in: a path of ours, or the queue."""
        return self.root + (target if _is_path(target) else "/")


def _is_path(target: str) -> bool:
    """Of ours: browsers take `//` and `/\\` for the name of another site, and drop what cannot be seen."""
    return target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()


@cache
def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
