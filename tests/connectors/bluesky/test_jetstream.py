"""Deletions and account states from a stream, on a real WebSocket of this machine."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from connectors.bluesky.jetstream import BlueskyJetstream, Patience
from models import AccountState, Deletion, Page
from models.errors import AccessError, RetryableError, SetupError
from tests.fakes.bluesky import HANDLE, NOW, minutes
from tests.fakes.bluesky_jetstream import FakeJetstream, microseconds

QUICK = Patience(seconds=0.2, open_seconds=2)


@pytest.fixture
def stream() -> Iterator[FakeJetstream]:
    fake = FakeJetstream()
    fake.start()
    yield fake
    fake.stop()


def listen(stream: FakeJetstream, *, now: datetime = NOW, patience: Patience = QUICK) -> BlueskyJetstream:
    return BlueskyJetstream(stream.address, account=HANDLE, patience=patience, now=lambda: now)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def uris(page: Page) -> list[str]:
    return [deletion.native_id for deletion in page.deletions]


def started(stream: FakeJetstream) -> str:
    """A cursor whose first pull found nothing, at `NOW`."""
    return listen(stream).pull(None).cursor


def test_a_deleted_post_is_told_by_its_address_and_instant(stream: FakeJetstream) -> None:
    cursor = started(stream)
    stream.create("did:plc:alice", "1", at=NOW + seconds(1))
    stream.delete("did:plc:alice", "1", at=NOW + seconds(20))
    stream.delete("did:plc:alice", "9", at=NOW + seconds(21), collection="app.bsky.feed.like")

    page = listen(stream, now=NOW + minutes(1)).pull(cursor)

    at = NOW + seconds(20)
    assert page.deletions == [Deletion("bluesky", HANDLE, "at://did:plc:alice/app.bsky.feed.post/1", at)]
    assert page.mentions == ()
    assert stream.paths == ["/subscribe"] * 2
    assert stream.asked[-1]["wantedCollections"] == ["app.bsky.feed.post"]


@pytest.mark.parametrize(
    ("active", "status", "state"),
    [
        (False, "deactivated", AccountState.DEACTIVATED),
        (False, "suspended", AccountState.SUSPENDED),
        (False, "takendown", AccountState.SUSPENDED),
        (False, "deleted", AccountState.DELETED),
        (True, None, AccountState.ACTIVE),
        (False, "throttled", None),
        (False, None, None),
    ],
)
def test_an_account_that_leaves_or_comes_back_is_told(
    stream: FakeJetstream, active: bool, status: str | None, state: AccountState | None
) -> None:
    cursor = started(stream)
    stream.identity("did:plc:alice", at=NOW + seconds(1))
    stream.account("did:plc:alice", at=NOW + seconds(20), active=active, status=status)

    page = listen(stream, now=NOW + minutes(1)).pull(cursor)

    assert [(each.author_id, each.state) for each in page.departures] == ([("did:plc:alice", state)] if state else [])


def test_it_reads_up_to_the_present_and_then_rests(stream: FakeJetstream) -> None:
    cursor = started(stream)
    for number in range(30):
        stream.delete("did:plc:alice", str(number), at=NOW + seconds(20 + number))

    page = listen(stream, now=NOW + seconds(45)).pull(cursor)
    again = listen(stream, now=NOW + seconds(46)).pull(page.cursor)
    later = listen(stream, now=NOW + minutes(5)).pull(page.cursor)

    assert len(page.deletions) == 26
    assert again.is_empty
    assert again.cursor == page.cursor
    assert uris(later)[-1].endswith("/29")
    assert len(stream.asked) == 3


def test_it_continues_a_little_before_where_it_stopped(stream: FakeJetstream) -> None:
    cursor = started(stream)
    stream.delete("did:plc:alice", "1", at=NOW + seconds(20))
    page = listen(stream, now=NOW + minutes(1)).pull(cursor)

    listen(stream, now=NOW + minutes(2)).pull(page.cursor)

    assert stream.asked[-1]["cursor"] == [str(microseconds(NOW + seconds(15)))]


def test_a_long_backlog_is_read_in_parts_and_none_is_skipped(stream: FakeJetstream) -> None:
    cursor = started(stream)
    for number in range(60):
        stream.delete("did:plc:alice", str(number), at=NOW + seconds(20 + 10 * number))
    source = listen(stream, now=NOW + minutes(60), patience=Patience(seconds=0.2, changes=7))

    found, pulls = set[str](), 0
    while not (page := source.pull(cursor)).is_empty and page.cursor != cursor:
        assert len(page.deletions) <= 8  # the last one comes again
        found |= set(uris(page))
        cursor, pulls = page.cursor, pulls + 1

    assert len(found) == 60
    assert pulls >= 9


def test_a_busy_moment_does_not_fill_every_page_anew(stream: FakeJetstream) -> None:
    cursor = started(stream)
    for number in range(30):
        stream.delete("did:plc:alice", str(number), at=NOW + seconds(20 + number / 10))
    source = listen(stream, now=NOW + minutes(60), patience=Patience(seconds=0.2, changes=7))

    found = set[str]()
    for _ in range(5):
        page = source.pull(cursor)
        found |= set(uris(page))
        cursor = page.cursor

    assert len(found) == 30


def test_what_came_before_the_connection_broke_is_kept(stream: FakeJetstream) -> None:
    cursor = started(stream)
    for number in range(5):
        stream.delete("did:plc:alice", str(number), at=NOW + seconds(20 + number))
    stream.breaks_after = 2
    page = listen(stream, now=NOW + minutes(1)).pull(cursor)
    stream.breaks_after = None

    assert len(page.deletions) == 2
    rest = listen(stream, now=NOW + minutes(1)).pull(page.cursor)
    assert {uri.rsplit("/", 1)[-1] for uri in uris(page) + uris(rest)} == set("01234")


def test_a_connection_that_breaks_before_anything_came_is_tried_again(stream: FakeJetstream) -> None:
    stream.breaks_after = 0

    with pytest.raises(RetryableError):
        listen(stream).pull(None)


@pytest.mark.parametrize(
    ("status", "error"), [(500, RetryableError), (429, RetryableError), (404, AccessError), (403, AccessError)]
)
def test_a_refused_connection_says_what_to_do(stream: FakeJetstream, status: int, error: type[Exception]) -> None:
    stream.status = status

    with pytest.raises(error, match=str(status)):
        listen(stream).pull(None)


def test_nobody_there_is_tried_again() -> None:
    source = BlueskyJetstream("ws://127.0.0.1:9", account=HANDLE, patience=QUICK, now=lambda: NOW)

    with pytest.raises(RetryableError):
        source.pull(None)


def test_an_event_of_an_unknown_form_is_passed_over(stream: FakeJetstream) -> None:
    cursor = started(stream)
    stream.events += ["not JSON", '{"did": 7, "time_us": 99999999999999999}', "[]"]
    stream.delete("did:plc:alice", "1", at=NOW + seconds(20))

    assert len(listen(stream, now=NOW + minutes(1)).pull(cursor).deletions) == 1


def test_a_stream_of_nothing_but_unknown_forms_is_a_fault(stream: FakeJetstream) -> None:
    stream.events += ["{}"] * 200

    with pytest.raises(RetryableError, match="none could be read"):
        listen(stream).pull(None)


@pytest.mark.parametrize("cursor", ["", "{", '{"time_us": "soon"}', '{"time_us": 999999999999999999999}', "[]"])
def test_a_cursor_that_cannot_be_read_begins_now(stream: FakeJetstream, cursor: str) -> None:
    listen(stream).pull(cursor)

    assert stream.asked[-1]["cursor"] == [str(microseconds(NOW - seconds(5)))]


def test_without_an_address_it_says_nothing_and_with_a_wrong_one_it_says_so() -> None:
    assert BlueskyJetstream(None, account=HANDLE).pull(None).is_empty
    with pytest.raises(SetupError, match="wss://"):
        BlueskyJetstream("https://jetstream.test", account=HANDLE)
