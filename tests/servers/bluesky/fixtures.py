"""The network as a fixture: `pytest_plugins = ["tests.servers.bluesky.fixtures"]`, so that one serves the whole run."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.servers.bluesky.install import ServerUnavailable
from tests.servers.bluesky.network import BlueskyNetwork, start_network


@pytest.fixture(scope="session")
def bluesky_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlueskyNetwork]:
    """Not to be had: skipped on a laptop, failed in CI."""
    with ExitStack() as stack:
        try:
            network = stack.enter_context(start_network(tmp_path_factory.mktemp("bluesky")))
        except ServerUnavailable as error:
            if os.environ.get("CI"):
                pytest.fail(f"no Bluesky network: {error}", pytrace=False)
            pytest.skip(f"no Bluesky network: {error}")
        yield network
