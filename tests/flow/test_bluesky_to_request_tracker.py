"""The whole way, with nothing standing in: a real Bluesky network, real processes, a real Request Tracker."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import Program
from tests.servers.bluesky.network import BlueskyNetwork
from tests.servers.request_tracker.server import RequestTrackerServer, start_request_tracker

pytest_plugins = ["tests.servers.bluesky.fixtures"]
pytestmark = [pytest.mark.servers, pytest.mark.slow]
WORDS = "I was charged twice for the same transfer and nobody answers me. Please refund my money!"


@pytest.fixture
def request_tracker(tmp_path: Path) -> Iterator[RequestTrackerServer]:
    with start_request_tracker(tmp_path / "rt") as server:
        yield server


def test_a_mention_becomes_a_case_a_register_entry_and_a_ticket(
    bluesky_network: BlueskyNetwork, request_tracker: RequestTrackerServer, tmp_path: Path
) -> None:
    mark = secrets.token_hex(3)
    brand = bluesky_network.create_account(f"brand{mark}.test", name="Acme Bank")
    customer = bluesky_network.create_account(f"mira{mark}.test", name="Mira Field")
    program = Program(
        tmp_path / "home",
        {
            "EARSHOT_BLUESKY_SERVICE": bluesky_network.url,
            "EARSHOT_BLUESKY_HANDLE": brand.handle,
            "EARSHOT_BLUESKY_APP_PASSWORD": brand.password,
            "EARSHOT_BLUESKY_SECONDS": "2",
            "EARSHOT_DESK": "request_tracker",
            "EARSHOT_REQUEST_TRACKER_URL": request_tracker.url,
            "EARSHOT_REQUEST_TRACKER_TOKEN": request_tracker.token,
            "EARSHOT_REQUEST_TRACKER_QUEUE": request_tracker.queue,
        },
    )
    with program.up() as process:
        posted = bluesky_network.post(customer, WORDS, mention=brand)
        program.wait_for(lambda: bool(request_tracker.tickets()), process=process)
        program.wait_for(lambda: program.status()["tickets"]["sent"] == 1, process=process)
        bluesky_network.post(customer, "Hello? Still no refund.", mention=brand, reply_to=posted)
        # A note, and whatever the second message changed about the ticket.
        program.wait_for(lambda: program.status()["outbox"]["sent"] >= 2, process=process)
        status = program.status()
    [ticket] = request_tracker.tickets()
    assert WORDS in ticket.body
    assert ticket.external_id is not None and ticket.external_id.startswith("earshot-")
    assert status["messages"]["triaged"] == 2
    assert status["cases_total"] == 1
    assert status["register"] == {"opened": 1}
    verified = program.run("register", "verify")
    assert verified.returncode == 0, verified.stderr.decode()
    exported = program.run("register", "export", "--format", "jsonl", "--with-personal-data").stdout.decode()
    assert posted.uri in exported and customer.handle in exported
