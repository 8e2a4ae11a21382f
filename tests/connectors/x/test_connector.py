from pathlib import Path
from typing import Any

import pytest

from connectors.connector import Tools
from connectors.quota import LedgerInMemory
from connectors.x.connector import X
from models.errors import AccessError, SetupError
from settings import Settings
from tests.connectors.x.conftest import ALICE
from tests.fakes.x import BEARER, CONSUMER, DM_EVENTS, ME, NOW, OWN_ID, TOKEN, FakeX, problem

KEYS = {
    "x_user_id": OWN_ID,
    "x_api": "https://x.test",
    "x_consumer_key": CONSUMER[0],
    "x_consumer_secret": CONSUMER[1],
    "x_access_token": TOKEN[0],
    "x_access_token_secret": TOKEN[1],
}
BEARER_ALONE = {"x_user_id": OWN_ID, "x_api": "https://x.test", "x_bearer_token": BEARER}


def settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


def tools(fake: FakeX) -> Tools:
    return Tools(ledger=LedgerInMemory(), now=lambda: NOW, sleep=fake.slept.append, transport=fake.transport)


def test_it_is_on_where_our_account_is_named() -> None:
    assert not X.is_on(settings())
    assert X.is_on(settings(x_user_id=OWN_ID))


def test_every_setting_it_asks_for_exists() -> None:
    assert {need.setting for need in X.needs} <= Settings.model_fields.keys()


def test_the_probe_says_whom_x_takes_us_for(fake: FakeX) -> None:
    found = X.probe(settings(**KEYS), tools(fake))

    assert found.account == "@larkbank"
    assert found.scopes == ("read-write-directmessages",)
    assert found.missing == ()


@pytest.mark.parametrize(("level", "missing"), [("read", 1), ("read-write", 1), (None, 0), ("something new", 0)])
def test_the_probe_names_what_is_missing(fake: FakeX, level: str | None, missing: int) -> None:
    fake.access_level = level

    assert len(X.probe(settings(**KEYS), tools(fake)).missing) == missing


def test_the_probe_of_a_bearer_token_says_that_nothing_can_be_answered(fake: FakeX) -> None:
    found = X.probe(settings(**BEARER_ALONE, public_url="https://earshot.test"), tools(fake))

    assert found.account == "@larkbank"
    assert len(found.missing) == 2


def test_a_token_of_somebody_else_is_not_accepted(fake: FakeX) -> None:
    with pytest.raises(SetupError, match="EARSHOT_X_USER_ID"):
        X.probe(settings(**{**KEYS, "x_user_id": ALICE}), tools(fake))
    with pytest.raises(SetupError, match="EARSHOT_X_USER_ID"):
        X.probe(settings(**{**BEARER_ALONE, "x_user_id": "5"}), tools(fake))


def test_refused_keys_are_told(fake: FakeX) -> None:
    fake.fail(ME, problem(401, "about:blank", "Unauthorized"))

    with pytest.raises(AccessError):
        X.probe(settings(**KEYS), tools(fake))


@pytest.mark.parametrize("lacking", ["x_consumer_key", "x_consumer_secret", "x_access_token", "x_access_token_secret"])
def test_half_of_the_keys_are_named(fake: FakeX, lacking: str) -> None:
    half = {name: value for name, value in KEYS.items() if name != lacking}

    with pytest.raises(SetupError, match=f"EARSHOT_{lacking.upper()}"):
        X.channels["x"](settings(**half), tools(fake))


def test_a_handle_in_place_of_a_number_and_a_query_too_long_are_told(fake: FakeX) -> None:
    with pytest.raises(SetupError, match="not a number"):
        X.sources["x"](settings(**{**KEYS, "x_user_id": "larkbank"}), tools(fake))
    with pytest.raises(SetupError, match="512"):
        X.sources["x_search"](settings(**KEYS, x_search="x" * 513), tools(fake))


def test_no_key_at_all_is_named(fake: FakeX) -> None:
    with pytest.raises(SetupError, match="EARSHOT_X_BEARER_TOKEN"):
        X.sources["x"](settings(x_user_id=OWN_ID), tools(fake))
    with pytest.raises(SetupError, match="EARSHOT_X_CONSUMER_SECRET"):
        X.receivers["x"](settings(**BEARER_ALONE), tools(fake))


def test_mentions_search_and_messages_are_read_by_their_own_names(fake: FakeX) -> None:
    fake.mention(ALICE, "hello")
    fake.post(ALICE, "the bank of larks")
    fake.dm(ALICE, "in private")
    given = settings(**KEYS, x_search="larks")

    texts = {
        name: [m.text for m in open_source(given, tools(fake)).pull(None).mentions]
        for name, open_source in X.sources.items()
    }

    assert texts == {"x": ["@larkbank hello"], "x_search": ["the bank of larks"], "x_dm": ["in private"]}


def test_what_the_settings_do_not_ask_for_is_not_pulled(fake: FakeX) -> None:
    assert X.pulled(settings(**BEARER_ALONE)) == {"x": 60.0}
    assert X.pulled(settings(**KEYS, x_search="larks")) == {"x": 60.0, "x_search": 60.0, "x_dm": 120.0}
    with pytest.raises(SetupError, match="EARSHOT_X_SEARCH"):
        X.sources["x_search"](settings(**KEYS), tools(fake))
    with pytest.raises(SetupError, match="EARSHOT_X_ACCESS_TOKEN"):
        X.sources["x_dm"](settings(**BEARER_ALONE), tools(fake))


def test_a_job_that_finds_messages_asks_once(fake: FakeX) -> None:
    fake.dm(ALICE, "in private")
    source = X.sources["x_dm"](settings(**KEYS), tools(fake))

    page = source.pull(None)

    assert source.pull(page.cursor).is_empty
    assert len(fake.calls(DM_EVENTS)) == 1


def test_prices_of_a_file_are_used(fake: FakeX, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="EARSHOT_X_PRICES"):
        X.sources["x"](settings(**KEYS, x_prices=tmp_path / "nowhere.toml"), tools(fake))


def test_the_channel_pushes_where_x_can_reach_us(fake: FakeX) -> None:
    fake.dm(ALICE, "in private")
    (message,) = X.sources["x_dm"](settings(**KEYS), tools(fake)).pull(None).mentions

    assert not X.channels["x"](settings(**KEYS), tools(fake)).capabilities(message).push
    assert X.channels["x"](settings(**KEYS, public_url="https://earshot.test"), tools(fake)).capabilities(message).push
    assert X.receivers["x"](settings(**KEYS), tools(fake)).name == "x"
