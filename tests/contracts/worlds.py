"""A world is a place people speak in, and a source that listens there. Every source brings one."""

from typing import Protocol

from connectors.base import Source


class World(Protocol):
    def source(self) -> Source:
        """A fresh source on this world, as after a restart: it remembers nothing but the cursor it is given."""
        ...

    def say(self, text: str) -> str:
        """Somebody addresses us; gives the message's native id. Later calls come later in time."""
        ...
