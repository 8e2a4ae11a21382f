"""The desks, one fixture for each thing they have in common; the real RT 5 among them (`-m servers`)."""

from datetime import UTC, datetime
from itertools import count

import httpx
import pytest

from connectors.desks.request_tracker.desk import RequestTrackerDesk
from connectors.desks.request_tracker.payload import PRIORITY_NUMBERS, STATUS_NAMES, STATUSES
from connectors.desks.slack.desk import SlackDesk
from connectors.local.desk import LocalDesk
from models import Priority, TicketStatus, TicketUpdate
from tests.connectors.desks.lossy import LossyTransport
from tests.contracts.desk_harness import Harness, Held, nothing
from tests.contracts.desks_by_name import DESKS, NOT_ASKED
from tests.fakes import slack
from tests.servers import emulate
from tests.servers.emulate import start_slack
from tests.servers.request_tracker.server import start_request_tracker

RUNS = count(1)
REAL = pytest.param("real_rt", marks=pytest.mark.servers)
REAL_SLACK = pytest.param("real_slack", marks=pytest.mark.servers)
ASKED = [name for name in DESKS if name not in NOT_ASKED]


@pytest.fixture(scope="package")
def rt_server(tmp_path_factory):
    with start_request_tracker(tmp_path_factory.mktemp("rt")) as server:
        yield server


@pytest.fixture
def real_rt(rt_server):
    wire = LossyTransport(httpx.HTTPTransport())
    priorities = {number: priority for priority, number in PRIORITY_NUMBERS.items()}

    def named(id):
        return [ticket for ticket in rt_server.tickets() if ticket.external_id == id]

    def held(id):
        return [
            Held(
                ticket.body,
                list(ticket.comments),
                priorities[ticket.priority],
                frozenset(ticket.custom_fields.get("Tags", ())),
                STATUSES[ticket.status],
            )
            for ticket in named(id)
        ]

    def set_status(id, status):
        for ticket in named(id):
            answer = httpx.put(
                f"{rt_server.url}/REST/2.0/ticket/{ticket.id}",
                headers={"Authorization": f"token {rt_server.admin_token}"},
                json={"Status": STATUS_NAMES[status]},
                timeout=60,
            )
            assert answer.is_success, answer.text

    desk = RequestTrackerDesk(rt_server.url, rt_server.token, rt_server.queue, transport=wire, page_size=25)
    yield Harness(desk, wire.lose_next_answer, wire.lose_next_connection, held, set_status, wire)
    wire.close()


@pytest.fixture(scope="package")
def slack_server(tmp_path_factory):
    with start_slack(tmp_path_factory.mktemp("emulate")) as server:
        yield server


@pytest.fixture
def real_slack(slack_server):
    wire = LossyTransport(httpx.HTTPTransport(), is_effect=slack.is_effect)
    desk = SlackDesk(slack_server.api, emulate.TOKEN, slack_server.channel, transport=wire)
    yield Harness(desk, wire.lose_next_answer, wire.lose_next_connection, slack_server.held, None, wire)
    wire.close()


@pytest.fixture
def local(sqlite_url, open_store):
    """Our own desk, in a database of its own."""
    store = open_store(sqlite_url)

    def held(id):
        with store.reading() as transaction:
            tickets = [each for each in transaction.local_desk.tickets() if each["external_id"] == id]
            with_notes = [transaction.local_desk.ticket(each["id"]) for each in tickets]
        return [
            Held(
                ticket["body"],
                [note["body"] for note in notes],
                Priority(ticket["priority"]),
                frozenset(ticket["tags"]),
                TicketStatus(ticket["status"]),
                ticket["team"],
            )
            for ticket, notes in with_notes
        ]

    def set_status(id, status):
        with store.writing() as transaction:
            transaction.local_desk.update_ticket(TicketUpdate(id, "by hand", status=status), now=datetime.now(UTC))

    return Harness(LocalDesk(store), nothing, nothing, held, set_status)


def harness_for(request):
    make = DESKS.get(request.param)
    return make() if make else request.getfixturevalue(request.param)


@pytest.fixture(params=[*DESKS, REAL, REAL_SLACK])
def any_desk(request):
    return harness_for(request)


@pytest.fixture(params=[*ASKED, REAL])
def searchable(request):
    """Desks that can be asked for a ticket, over something that can fail."""
    return harness_for(request)


@pytest.fixture(params=[*ASKED, "local", REAL])
def telling(request):
    """Desks that can be asked what changed."""
    return harness_for(request)


@pytest.fixture(params=[name for name in DESKS if name != "in_memory"])
def over_network(request):
    """Desks with a network in between that can be made to fail; the real RT is too slow for all of that."""
    return harness_for(request)


@pytest.fixture(params=[name for name in ASKED if name != "in_memory"])
def searched_over_network(request):
    return harness_for(request)


@pytest.fixture
def id():
    """An external id no other test uses: the real server keeps its tickets between tests."""
    return f"earshot:x:{next(RUNS):06}"
