"""The table of `docs/channels/README.md`, written from what the channels say of themselves.

`python -m tests.contracts.overview` writes it; a test compares.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.connector import Connector
from connectors.registry import CONNECTORS
from models import Capabilities
from tests.contracts.test_channels import WORLDS
from tests.contracts.worlds import ChannelWorld, SpeaksPrivately

PAGE = Path(__file__).parents[2] / "docs/channels/README.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
COLUMNS = (
    ("asked for", "pull"),
    ("pushed", "push"),
    ("public answer", "reply_public"),
    ("private answer", "reply_private"),
    ("author's week", "author_history"),
    ("reach", "reach"),
    ("thread", "thread"),
    ("deletion told", "delete_notice"),
    ("edits seen", "edit"),
    ("hidden", "hide"),
)
"""Heading, and field of `Capabilities`."""


def table() -> str:
    names = " | ".join(name for name, _ in COLUMNS)
    lines = [f"| channel | vendor | item | {names} |", "| --- " * (3 + len(COLUMNS)) + "|"]
    said = items()
    for connector in CONNECTORS.values():
        for channel in connector.channels:
            lines += [_line(connector, channel, item, can) for item, can in said.get(channel, {}).items()]
    return "\n".join(lines)


def _line(connector: Connector, channel: str, item: str, can: Capabilities) -> str:
    marks = " | ".join("yes" if getattr(can, field) else "–" for _, field in COLUMNS)
    return f"| {channel} | {connector.title} | {item} | {marks} |"


def items() -> dict[str, dict[str, Capabilities]]:
    """Channel → kind of item → what can be done with one that somebody just said."""
    found: dict[str, dict[str, Capabilities]] = {}
    for param in WORLDS:
        with _opened(param) as world:
            channel = world.channel()
            mentions = [world.mention()]
            if isinstance(world, SpeaksPrivately):
                mentions.append(world.private_mention())
            for mention in mentions:
                found.setdefault(channel.name, {})[mention.kind.value] = channel.capabilities(mention)
    return found


@contextmanager
def _opened(param: Any) -> Iterator[ChannelWorld]:
    world: ChannelWorld = param.values[0]()
    try:
        yield world
    finally:
        getattr(world, "close", lambda: None)()


def page(text: str) -> str:
    """The page with the table as it should be."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
