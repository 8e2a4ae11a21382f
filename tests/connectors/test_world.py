"""What the settings name is opened when first needed; what remembers nothing is opened once."""

from pathlib import Path
from unittest.mock import Mock

import pytest

from connectors import registry
from connectors.desk_in_memory import DeskInMemory
from connectors.world import World
from models.errors import SetupError
from settings import Settings
from store.store import Store
from tests.contracts.made_up import everything


@pytest.fixture
def full(tmp_path: Path) -> Settings:
    return everything(tmp_path).model_copy(update={"desk": "zendesk", "notify": ("slack",)})


@pytest.fixture
def world(full: Settings, sqlite_store: Store) -> World:
    return World(full, sqlite_store)


def test_who_reads_pushes_is_opened_once(world: World) -> None:
    assert world.receiver("meta") is world.receiver("meta")
    assert world.desk_receiver("zendesk") is world.desk_receiver("zendesk")
    assert world.receiver("meta") is not world.receiver("threads")


def test_where_answers_and_tickets_go_is_opened_once(world: World) -> None:
    assert world.channel("telegram") is world.channel("telegram")
    assert world.desk is world.desk_at("zendesk")
    assert world.desk_at("slack") is world.desk_at("slack")
    assert world.desk_at("slack") is not world.desk


def test_a_source_is_opened_anew_for_each_pull(world: World) -> None:
    assert world.source("mastodon") is not world.source("mastodon")


def test_nobody_reads_where_nothing_is_switched_on(tmp_path: Path, sqlite_store: Store) -> None:
    world = World(Settings(home=tmp_path), sqlite_store)

    assert world.receiver("meta") is None
    with pytest.raises(SetupError, match="/hooks/zendesk"):
        world.desk_receiver("zendesk")


def test_a_receiver_that_lacks_a_setting_is_tried_again(full: Settings, sqlite_store: Store) -> None:
    world = World(full.model_copy(update={"zendesk_webhook_secret": None}), sqlite_store)
    for _ in range(2):
        with pytest.raises(SetupError, match="EARSHOT_ZENDESK_WEBHOOK_SECRET"):
            world.desk_receiver("zendesk")


def test_what_connectors_share_is_made_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Mock(wraps=registry.tools_for)
    monkeypatch.setattr(registry, "tools_for", made)

    for name in ("meta", "threads", "x"):
        assert world.receiver(name) is not None
    world.source("mastodon")
    world.desk_receiver("zendesk")

    made.assert_called_once()


def test_what_is_given_stands_in_for_what_the_settings_name(full: Settings, sqlite_store: Store) -> None:
    desk = DeskInMemory()

    assert World(full, sqlite_store, desk=desk).desk is desk
