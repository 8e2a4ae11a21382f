"""Is every channel heard: gaps with their cause and outcome, silence, credentials that end."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors import registry
from connectors.connector import Connector, Credential
from flow.channel_watch import NOT_RUNNING, probe_each, silent_channels, standing_of
from models import Page
from models.errors import AccessError, BudgetError, PermanentError, RetryableError
from settings import Settings
from store.channel_health import GapOutcome
from store.store import Store, Transaction
from tests.flow.bench import NOW, Bench, mention

CREDENTIAL = Credential("@larkbank", valid_until=NOW + timedelta(days=3), missing=("No DMs.",))
UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def connector() -> Connector:
    return Connector(
        name="x",
        title="X",
        is_on=lambda settings: True,
        needs=(),
        probe=lambda settings, tools: CREDENTIAL,
        channels={"x": lambda settings, tools: None},  # type: ignore[dict-item, return-value]
        sources={"x": lambda settings, tools: None},  # type: ignore[dict-item, return-value]
        keeps=timedelta(days=7),
    )


@pytest.fixture
def bench(sqlite_store: Store, connector: Connector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(registry, "switched_on", lambda settings: [connector])
    yield Bench(sqlite_store)


def gaps(bench: Bench) -> list[tuple[str, GapOutcome]]:
    with bench.store.reading() as transaction:
        return [(gap.cause, gap.outcome) for gap in transaction.health.gaps("x")]


def test_a_source_that_fails_and_comes_back_leaves_a_gap_that_was_back_filled(bench: Bench) -> None:
    bench.flow.pull("x")
    bench.source.fault = RetryableError("x: no connection")
    bench.time += timedelta(minutes=5)
    bench.flow.pull("x")
    assert gaps(bench) == [("x: no connection", GapOutcome.OPEN)]
    bench.time += timedelta(minutes=5)
    bench.flow.pull("x")
    assert gaps(bench) == [("x: no connection", GapOutcome.BACK_FILLED)]
    with bench.store.reading() as transaction:
        [gap] = transaction.health.gaps("x")
    assert (gap.began_at, gap.ended_at) == (NOW, NOW + timedelta(minutes=10))


def test_a_gap_longer_than_the_platform_keeps_messages_is_lost_and_said_so(bench: Bench) -> None:
    bench.flow.pull("x")
    bench.time += timedelta(days=8)
    bench.flow.pull("x")
    assert gaps(bench) == [(NOT_RUNNING, GapOutcome.LOST)]


def test_a_push_that_is_read_does_not_hide_that_the_source_of_that_name_fails(bench: Bench) -> None:
    bench.source.fault = RetryableError("x: no connection")
    bench.flow.pull("x")
    bench.receiver.push(Page([mention("charged twice", id="1")], ""))
    bench.flow.receive("x")
    with bench.store.reading() as transaction:
        [standing] = standing_of(transaction, bench.flow.world, now=bench.time)
        heard = transaction.connections.get("push:x")
    assert standing.troubles == ["x: no connection"]
    assert heard.last_message_at == bench.time


def test_a_pause_between_pulls_is_no_gap(bench: Bench) -> None:
    bench.flow.pull("x")
    bench.time += timedelta(minutes=9)
    bench.flow.pull("x")
    assert gaps(bench) == []


def test_a_pull_that_ends_no_gap_writes_once_for_its_page(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.flow.pull("x")
    written = count_writing(monkeypatch)

    bench.time += timedelta(minutes=1)
    bench.flow.pull("x")

    assert len(written) == 1
    bench.source.fault = RetryableError("x: no connection")
    bench.flow.pull("x")
    bench.flow.pull("x")
    assert len(written) == 1 + 1 + 2, "the failure; then the page, and the end of the gap"
    assert gaps(bench) == [("x: no connection", GapOutcome.BACK_FILLED)]


def count_writing(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for each writing transaction from now on."""
    written: list[None] = []
    writing = Store.writing

    def counted(store: Store) -> AbstractContextManager[Transaction]:
        written.append(None)
        return writing(store)

    monkeypatch.setattr(Store, "writing", counted)
    return written


def test_what_came_of_a_gap_is_counted(bench: Bench) -> None:
    bench.flow.pull("x")
    bench.time += timedelta(hours=2)
    late = mention("charged twice", id="1")
    bench.source.mentions = [replace(late, created_at=NOW + timedelta(hours=1))]
    bench.flow.pull("x")
    with bench.store.reading() as transaction:
        [standing] = standing_of(transaction, bench.flow.world, now=bench.time)
    assert standing.sources[0].recovered == [1]


def test_a_platform_that_asks_to_wait_is_not_asked_before(bench: Bench) -> None:
    bench.source.fault = RetryableError("x: asked to wait", retry_after_seconds=900)
    bench.flow.pull("x")
    bench.time += timedelta(minutes=10)
    bench.flow.pull("x")
    assert bench.source.pulls == 1
    bench.time += timedelta(minutes=6)
    bench.flow.pull("x")
    assert bench.source.pulls > 1


def test_a_spent_budget_pauses_the_source_until_it_starts_anew(bench: Bench) -> None:
    bench.source.fault = BudgetError("x: 100 of 100 is spent", until=NOW + timedelta(days=25))
    bench.flow.pull("x")
    bench.time += timedelta(days=24)
    bench.flow.pull("x")
    assert bench.source.pulls == 1
    bench.time += timedelta(days=2)
    bench.flow.pull("x")
    assert bench.source.pulls > 1


def test_a_channel_with_a_steady_rhythm_that_falls_silent_is_an_alarm_once_and_is_heard_again(bench: Bench) -> None:
    def look() -> int:
        return bench.flow.look_at_silence()

    start = bench.time
    for hour in range(24 * 21):
        bench.time = start + timedelta(hours=hour)
        texts = [
            replace(mention("nice", id=f"{hour}-{n}"), created_at=bench.time, received_at=bench.time) for n in range(3)
        ]
        bench.keep(Page(texts, ""))
    assert look() == 0
    bench.time += timedelta(hours=30)
    assert look() == 1
    bench.time += timedelta(minutes=10)
    assert look() == 0
    with bench.store.reading() as transaction:
        assert silent_channels(transaction) == ["x"]
        [standing] = standing_of(transaction, bench.flow.world, now=bench.time)
    assert "silent since" in standing.troubles[0]
    bench.keep(Page([replace(mention("hello again", id="new"), received_at=bench.time)], ""))
    bench.time += timedelta(minutes=10)
    look()
    with bench.store.reading() as transaction:
        assert silent_channels(transaction) == []


def test_a_credential_is_tested_once_a_day_and_its_end_is_said_before(bench: Bench) -> None:
    assert probe_each(bench.store, bench.flow.world, now=bench.time) == 1
    assert probe_each(bench.store, bench.flow.world, now=bench.time + timedelta(hours=23)) == 0
    with bench.store.reading() as transaction:
        [standing] = standing_of(transaction, bench.flow.world, now=bench.time)
    assert standing.credential is not None
    assert standing.credential.account == "@larkbank"
    assert standing.troubles == ["the credential ends 2026-06-08 14:00 UTC", "No DMs."]


@pytest.mark.parametrize(("shown", "is_trouble"), [(None, False), (1, False), (4, False), (40, True)])
def test_what_the_platform_counts_is_held_against_what_is_here(
    bench: Bench, connector: Connector, monkeypatch: pytest.MonkeyPatch, shown: int | None, is_trouble: bool
) -> None:
    counting = replace(connector, probe=lambda settings, tools: Credential("@larkbank", shown_in_week=shown))
    monkeypatch.setattr(registry, "switched_on", lambda settings: [counting])
    bench.keep(Page([mention("charged twice", id="1")], ""))
    probe_each(bench.store, bench.flow.world, now=bench.time)
    with bench.store.reading() as transaction:
        [standing] = standing_of(transaction, bench.flow.world, now=bench.time)
    told = [f"the platform shows {shown} messages of the last seven days, and 1 are here"]
    assert standing.troubles == (told if is_trouble else [])


def test_a_credential_that_is_refused_is_no_reason_to_stop(
    bench: Bench, connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(settings: Settings, tools: object) -> Credential:
        raise AccessError("x: 401")

    broken = replace(connector, probe=refused)
    monkeypatch.setattr(registry, "switched_on", lambda settings: [broken])
    assert probe_each(bench.store, bench.flow.world, now=bench.time) == 1
    with bench.store.reading() as transaction:
        assert transaction.health.credential("x") is None


def test_one_credential_that_cannot_be_tested_keeps_no_other_from_its_test(
    bench: Bench, connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(settings: Settings, tools: object) -> Credential:
        raise PermanentError("email: POST token: 404")

    first = replace(connector, name="email", probe=broken)
    monkeypatch.setattr(registry, "switched_on", lambda settings: [first, connector])
    assert probe_each(bench.store, bench.flow.world, now=bench.time) == 2
    with bench.store.reading() as transaction:
        assert transaction.health.credential(connector.name) is not None
