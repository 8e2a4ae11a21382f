"""Our desk against a real RT 5: what the contract suite, which also runs here, cannot ask of every desk."""

import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from connectors.desks.request_tracker.client import RequestTrackerClient, StaleError
from connectors.desks.request_tracker.desk import RequestTrackerDesk
from connectors.desks.request_tracker.payload import FieldNames
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, SetupError
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.servers.request_tracker.server import start_request_tracker

pytestmark = pytest.mark.servers

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start_request_tracker(tmp_path_factory.mktemp("rt")) as server:
        yield server


@pytest.fixture
def desk_of(server):
    """Desks on this server, their connections closed after the test."""
    transport = httpx.HTTPTransport()

    def make(queue=server.queue, token=server.token, **options):
        return RequestTrackerDesk(server.url, token, queue, transport=transport, **options)

    yield make
    transport.close()


def as_admin(server, method, path, **arguments):
    headers = {"Authorization": f"token {server.admin_token}"}
    answer = httpx.request(method, f"{server.url}/REST/2.0{path}", headers=headers, timeout=60, **arguments)
    assert answer.is_success, answer.text
    return answer.json()


def held(server, external_id):
    [ticket] = [ticket for ticket in server.tickets() if ticket.external_id == external_id]
    return ticket


def test_every_fact_of_a_ticket_arrives_and_nothing_is_mailed(server, desk_of):
    due = datetime(2026, 12, 1, 3, 4, 5, tzinfo=UTC)
    desk = desk_of()
    desk.create_ticket(a_ticket("whole", due_at=due, tags=("a", "b c", "é")))
    desk.add_comment(a_comment("whole"))
    ticket = held(server, "whole")
    assert (ticket.queue, ticket.subject, ticket.status) == ("Social", "@alice: my order never arrived", "new")
    assert (ticket.priority, ticket.due, ticket.body_type) == (75, "2026-12-01 03:04:05", "text/plain")
    assert ticket.requestors == ("alice@x.social.invalid",)
    assert {name: set(values) for name, values in ticket.custom_fields.items()} == {
        "ExternalId": {"whole"}, "Channel": {"x"}, "Tags": {"a", "b c", "é"}, "AuthorReach": {"12000"},
    }  # fmt: skip
    assert ticket.comments == ("Posted again.",)
    assert ticket.correspondence == ()
    assert ticket.mails == 0


def test_the_squelch_is_what_keeps_rt_from_mailing(server):
    """Without it RT would write to the invented address: the test above would otherwise prove nothing."""
    made = {"Queue": "Social", "Subject": "loud", "Requestor": "bob@x.social.invalid", "Content": "x"}
    as_admin(server, "POST", "/ticket", json={**made, "CustomFields": {"ExternalId": "loud"}})
    assert held(server, "loud").mails == 1


def test_a_subject_cannot_write_mail_headers_and_fits(server, desk_of):
    desk_of().create_ticket(a_ticket("long", subject="a\r\nBcc: x@y.test\n" + "é" * 300))
    assert held(server, "long").subject == "a Bcc: x@y.test " + "é" * 90 + "…"


def test_two_channels_have_two_people_of_one_handle(server, desk_of):
    desk_of().create_ticket(a_ticket("on x", requestor="@bob", channel="x"))
    desk_of().create_ticket(a_ticket("on bluesky", requestor="bob", channel="bluesky"))
    assert held(server, "on x").requestors != held(server, "on bluesky").requestors


def test_a_ticket_an_agent_moved_and_merged_is_still_found_and_takes_notes(server, desk_of):
    desk = desk_of()
    desk.create_ticket(a_ticket("kept"))
    desk.create_ticket(a_ticket("merged away"))
    kept, gone = held(server, "kept"), held(server, "merged away")
    as_admin(server, "PUT", f"/ticket/{kept.id}", json={"Queue": "Bare"})
    as_admin(server, "PUT", f"/ticket/{gone.id}", json={"MergeInto": str(kept.id)})
    assert desk.find_ticket("kept").reference == str(kept.id)
    assert desk.find_ticket("merged away").reference == str(kept.id)
    desk.add_comment(a_comment("merged away", body="follows"))
    assert held(server, "kept").comments[-1] == "follows"
    assert desk.find_comment(a_comment("merged away")) is not None


def test_a_ticket_already_resolved_is_found(server, desk_of):
    desk = desk_of()
    made = desk.create_ticket(a_ticket("resolved"))
    as_admin(server, "PUT", f"/ticket/{made.reference}", json={"Status": "resolved"})
    assert desk.find_ticket("resolved").reference == made.reference


def test_a_ticket_is_changed_with_the_documented_rights_only_and_nothing_is_mailed(server, desk_of):
    desk = desk_of()
    made = desk.create_ticket(a_ticket("changed", tags=("a", "b"), priority=Priority.LOW))
    as_admin(server, "PUT", f"/ticket/{made.reference}", json={"CustomFields": {"Tags": ["b", "by hand"]}})
    change = TicketUpdate("changed", "k", priority=Priority.URGENT, add_tags=("b", "c"), status=TicketStatus.SOLVED)
    desk.update_ticket(change)
    desk.update_ticket(change)
    ticket = held(server, "changed")
    assert (ticket.priority, ticket.status, ticket.mails) == (100, "resolved", 0)
    assert sorted(ticket.custom_fields["Tags"]) == ["b", "by hand", "c"]


def test_rt_refuses_to_change_a_ticket_that_is_not_as_it_was_read(server, desk_of):
    made = desk_of().create_ticket(a_ticket("stale"))
    transport = httpx.HTTPTransport()
    client = RequestTrackerClient(server.url, server.token, transport=transport)
    _, state = client.ticket_to_change(made.reference)
    as_admin(server, "PUT", f"/ticket/{made.reference}", json={"Priority": 7})
    with pytest.raises(StaleError):
        client.update(made.reference, {"Priority": 100}, state)
    _, state = client.ticket_to_change(made.reference)
    client.update(made.reference, {"Priority": 100}, state)
    transport.close()
    assert held(server, "stale").priority == 100


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_the_time_zone_of_the_user_hides_no_change(server, desk_of, zone):
    as_admin(server, "PUT", "/user/earshot", json={"Timezone": zone})
    desk = desk_of()
    made = desk.create_ticket(a_ticket(zone))
    cursor = desk.standings(None).cursor
    as_admin(server, "PUT", f"/ticket/{made.reference}", json={"Status": "stalled", "Owner": "root", "Queue": "Bare"})
    told = [each for each in desk.standings(cursor).standings if each.reference == made.reference]
    assert (told[-1].status, told[-1].status_name) == (TicketStatus.PENDING, "stalled")
    assert told[-1].assignee == "Enoch Root"
    assert len(desk.standings(cursor).standings) < len(server.tickets())


def test_check_passes_with_the_documented_rights_only(desk_of):
    assert desk_of().check() is None


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"token": "1-1-bad"}, AccessError, "401"),
        ({"queue": "Nope"}, SetupError, "no queue 'Nope'"),
        ({"queue": "Bare"}, SetupError, "'ExternalId' does not apply to queue 'Bare'"),
        ({"fields": FieldNames(reach="Followers")}, SetupError, "'Followers' does not apply"),
        ({"fields": FieldNames(tags="Channel")}, SetupError, "'Channel' is of type Freeform for 1 values"),
        ({"fields": FieldNames(external_id="Tags", tags="")}, SetupError, "'Tags' is of type Freeform for 0 values"),
    ],
)
def test_check_names_what_is_missing(desk_of, options, error, words):
    with pytest.raises(error, match=words):
        desk_of(**options).check()


def test_a_queue_that_is_not_there_takes_no_ticket(server, desk_of):
    before = len(server.tickets())
    with pytest.raises(AccessError, match="takes no ticket in this queue"):
        desk_of(queue="Nope").create_ticket(a_ticket("nowhere"))
    assert len(server.tickets()) == before


def test_a_field_rt_drops_is_noticed_at_once(desk_of):
    with pytest.raises(AccessError, match="RT dropped its 'ExternalId'"):
        desk_of(queue="Bare").create_ticket(a_ticket("dropped"))


def test_several_servers_run_side_by_side_and_stop_for_sure(server, tmp_path):
    with start_request_tracker(tmp_path / "second") as second:
        assert second.url != server.url
        transport = httpx.HTTPTransport()
        RequestTrackerDesk(second.url, second.token, second.queue, transport=transport).create_ticket(a_ticket("apart"))
        transport.close()
        assert [ticket.external_id for ticket in second.tickets()] == ["apart"]
    assert "apart" not in [ticket.external_id for ticket in server.tickets()]
    assert is_gone(second.url)


def test_a_server_stops_when_the_test_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), start_request_tracker(tmp_path) as server:
        raise ZeroDivisionError
    assert is_gone(server.url)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv (util-linux) to tie the server to the tests")
def test_a_server_stops_when_the_tests_are_killed(tmp_path):
    holding = (
        "import sys; from pathlib import Path; from tests.servers.request_tracker.server import start_request_tracker\n"
        "with start_request_tracker(Path(sys.argv[1])) as server: print(server.url, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as tests:
        url = tests.stdout.readline().strip()
        assert not is_gone(url, within_seconds=0)
        tests.kill()
    assert is_gone(url)


def is_gone(url, within_seconds=10.0):
    """Whether nothing listens there any more."""
    deadline = time.monotonic() + within_seconds
    while True:
        try:
            httpx.get(url)
        except httpx.TransportError:
            return True
        if time.monotonic() >= deadline:
            return False
