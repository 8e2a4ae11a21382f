"""What the registry says of vendors is true, whoever they are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors import registry
from connectors.connector import Connector, DeskConnector
from connectors.registry import CONNECTORS, DESKS, channel_for, desk_named, receivers, sources, switched_on, tools_for
from models.errors import SetupError
from models.identity import author_key
from settings import Settings
from store.mentions import NewMention
from store.store import Store
from tests.contracts import overview, test_channels, test_sources
from tests.contracts.made_up import everything, offline_tools
from tests.flow.bench import mention

NAMES = sorted(CONNECTORS)
ALL = [*CONNECTORS.values(), *DESKS.values()]
WITHOUT_MENTIONS = {"bluesky_jetstream"}
"""Sources that tell only what became of messages: nothing can be said there."""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return everything(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_names_are_those_they_are_found_under() -> None:
    assert [connector.name for connector in CONNECTORS.values()] == list(CONNECTORS)
    assert [desk.name for desk in DESKS.values()] == list(DESKS)
    assert not set(CONNECTORS) & set(DESKS)


@pytest.mark.parametrize("kind", ["channels", "sources", "receivers"])
def test_no_two_vendors_share_a_name(kind: str) -> None:
    names = [name for connector in CONNECTORS.values() for name in getattr(connector, kind)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("vendor", ALL, ids=lambda vendor: vendor.name)
def test_every_need_is_a_setting_and_says_where_it_is_found(vendor: Connector | DeskConnector) -> None:
    assert vendor.title
    assert vendor.needs
    assert [need.setting for need in vendor.needs if need.setting not in Settings.model_fields] == []
    assert [need.setting for need in vendor.needs if not need.what.endswith(".")] == []
    assert len({need.setting for need in vendor.needs}) == len(vendor.needs)


@pytest.mark.parametrize("name", NAMES)
def test_a_vendor_is_off_until_it_is_given_something(name: str, empty: Settings) -> None:
    assert not CONNECTORS[name].is_on(empty)


@pytest.mark.parametrize("name", NAMES)
def test_a_vendor_whose_needs_are_given_is_on(name: str, full: Settings) -> None:
    assert CONNECTORS[name].is_on(full)
    assert CONNECTORS[name].seconds(full) > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_probe_without_credentials_says_what_is_missing_and_calls_nobody(name: str, empty: Settings) -> None:
    with pytest.raises(SetupError, match="is not set"):
        CONNECTORS[name].probe(empty, offline_tools())


@pytest.mark.parametrize("name", NAMES)
def test_opening_calls_nobody(name: str, full: Settings) -> None:
    connector, tools = CONNECTORS[name], offline_tools()
    for channel, open_channel in connector.channels.items():
        assert open_channel(full, tools).name == channel
    for open_source in connector.sources.values():
        assert open_source(full, tools).name in connector.channels
    for receiver, open_receiver in connector.receivers.items():
        assert open_receiver(full, tools).name == receiver


@pytest.mark.parametrize("name", NAMES)
def test_what_is_heard_can_be_answered_by_the_same_vendor(name: str) -> None:
    assert CONNECTORS[name].channels
    assert CONNECTORS[name].sources or CONNECTORS[name].receivers


@pytest.mark.parametrize("name", sorted(DESKS))
def test_a_desk_without_its_settings_says_which_are_missing(name: str, empty: Settings) -> None:
    with pytest.raises(SetupError, match="EARSHOT_"):
        DESKS[name].open(empty, offline_tools())


@pytest.mark.parametrize("name", sorted(DESKS))
def test_opening_a_desk_calls_nobody(name: str, full: Settings) -> None:
    assert DESKS[name].open(full, offline_tools()).name == name
    for receiver, open_receiver in DESKS[name].receivers.items():
        assert open_receiver(full, offline_tools()).name == receiver


def test_only_what_is_switched_on_is_opened(empty: Settings, sqlite_store: Store) -> None:
    assert switched_on(empty) == []
    tools = tools_for(sqlite_store)
    assert sources(empty, tools) == {}
    assert receivers(empty, tools) == {}
    on = empty.model_copy(update={"bluesky_handle": "larkbank.test"})
    assert [connector.name for connector in switched_on(on)] == ["bluesky"]
    assert {"bluesky"} <= set(sources(on, tools)) <= set(CONNECTORS["bluesky"].sources)


def test_a_channel_nobody_connected_is_answered_here(empty: Settings, sqlite_store: Store) -> None:
    assert channel_for("carrier pigeon", empty, sqlite_store).name == "local"
    assert channel_for("bluesky", empty, sqlite_store).name == "local"


def test_a_desk_that_is_not_there_is_named_with_those_that_are(empty: Settings, sqlite_store: Store) -> None:
    assert desk_named("local", empty, sqlite_store).name == "local"
    with pytest.raises(SetupError, match="request_tracker"):
        desk_named("nowhere", empty, sqlite_store)


def test_vendors_stand_in_the_order_of_their_names() -> None:
    assert list(CONNECTORS) == sorted(CONNECTORS)
    assert list(DESKS) == sorted(DESKS)
    assert registry.CONNECTORS is CONNECTORS


def test_the_page_of_channels_says_what_they_say() -> None:
    written = overview.PAGE.read_text(encoding="utf-8")
    assert written == overview.page(written), "write it anew: python -m tests.contracts.overview"


def test_every_channel_is_held_to_the_contract() -> None:
    assert {name for connector in CONNECTORS.values() for name in connector.channels} - set(overview.items()) == set()


def test_every_source_is_held_to_the_contract(full: Settings) -> None:
    """By the class of the source: one class may be opened under several names."""
    held = set()
    for param in test_sources.WORLDS:
        world = param.values[0]()
        held.add(type(world.source()))
        getattr(world, "close", lambda: None)()
    pulled = full.model_copy(update={"telegram_webhook_secret": None})  # with one, nothing is pulled
    opened = {
        name: type(open_source(pulled, offline_tools()))
        for connector in CONNECTORS.values()
        for name, open_source in connector.sources.items()
        if name not in WITHOUT_MENTIONS
    }
    assert {name: kind.__name__ for name, kind in opened.items() if kind not in held} == {}


def test_contracts_are_run_on_more_than_one() -> None:
    assert len(test_channels.WORLDS) > 1
    assert len(test_sources.WORLDS) > 1


def test_an_author_whose_week_was_read_within_a_day_is_known(sqlite_store: Store) -> None:
    now = datetime.now(UTC)
    with sqlite_store.writing() as transaction:
        said = mention("hello", id="1")
        keep = NewMention(said, "key", "digest")
        transaction.mentions.add([keep], lane="judge", now=now)
        assert said.author is not None
        key = author_key("x", said.author.id)
        transaction.mentions.keep_history(key, [], captured_at=now - timedelta(hours=23))
    tools = tools_for(sqlite_store)
    assert tools.is_known("x", said.author.id)
    assert not tools.is_known("bluesky", said.author.id)
    with sqlite_store.writing() as transaction:
        transaction.mentions.keep_history(key, [], captured_at=now - timedelta(hours=25))
    assert not tools.is_known("x", said.author.id)
