"""Bluesky as `tests/contracts/` asks for it: pages of two, two people, several posts in the same instant."""

from connectors.base import Source
from tests.connectors.bluesky.conftest import open_client, open_source
from tests.connectors.bluesky.fake import NOW, FakeBluesky, minutes


class BlueskyWorld:
    def __init__(self) -> None:
        self._fake = FakeBluesky(page_size=2)
        self._people = [self._fake.add_account(f"did:plc:{name}", f"{name}.test") for name in ("alice", "bobby")]
        self._said = 0

    def source(self) -> Source:
        return open_source(open_client(self._fake), page_size=2)

    def say(self, text: str) -> str:
        # Two at a time share an instant, to the millisecond.
        at = NOW - minutes(120) + minutes(self._said // 2)
        self._said += 1
        return self._fake.mention(self._people[self._said % 2], text, at=at)
