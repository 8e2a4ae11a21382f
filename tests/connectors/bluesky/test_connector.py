from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.bluesky.connector import BLUESKY
from connectors.connector import Tools
from connectors.quota import LedgerInMemory
from models.errors import AccessError, SetupError
from settings import Settings
from tests.fakes.bluesky import HANDLE, NOW, PASSWORD, FakeBluesky, refused


def settings(home: Path, *, password: str = PASSWORD, jetstream: str | None = None) -> Settings:
    return Settings(
        home=home, bluesky_handle=HANDLE, bluesky_app_password=SecretStr(password), bluesky_jetstream=jetstream
    )


def tools(fake: FakeBluesky) -> Tools:
    return Tools(ledger=LedgerInMemory(), now=lambda: NOW, sleep=fake.slept.append, transport=fake.transport)


def test_a_good_password_misses_nothing(fake: FakeBluesky, tmp_path: Path) -> None:
    found = BLUESKY.probe(settings(tmp_path), tools(fake))

    assert (found.account, found.missing) == (HANDLE, ())


def test_a_password_without_direct_messages_is_named_and_everything_else_works(
    fake: FakeBluesky, alice: str, tmp_path: Path
) -> None:
    fake.allows_direct_messages = False
    fake.mention(alice, "hello")

    (missing,) = BLUESKY.probe(settings(tmp_path), tools(fake)).missing

    assert "Direct messages" in missing
    assert BLUESKY.sources["bluesky"](settings(tmp_path), tools(fake)).pull(None).mentions
    with pytest.raises(AccessError):
        BLUESKY.sources["bluesky_dm"](settings(tmp_path), tools(fake)).pull(None)


@pytest.mark.parametrize("fault", [refused(500, "InternalServerError"), httpx.ReadTimeout("slow")])
def test_a_server_without_a_chat_service_is_named_too(
    fake: FakeBluesky, tmp_path: Path, fault: httpx.Response | Exception
) -> None:
    fake.fail("chat.bsky.convo.getLog", *[fault] * 3)

    (missing,) = BLUESKY.probe(settings(tmp_path), tools(fake)).missing

    assert "could not be told" in missing


def test_a_wrong_password_is_an_access_error(fake: FakeBluesky, tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="app password"):
        BLUESKY.probe(settings(tmp_path, password="wrong"), tools(fake))  # noqa: S106 (of a fake)


def test_a_stream_is_opened_only_where_it_is_set(fake: FakeBluesky, tmp_path: Path) -> None:
    silent = BLUESKY.sources["bluesky_jetstream"](settings(tmp_path), tools(fake))

    assert silent.pull(None).is_empty
    assert "bluesky_jetstream" not in BLUESKY.pulled(settings(tmp_path))
    assert "bluesky_jetstream" in BLUESKY.pulled(settings(tmp_path, jetstream="wss://jetstream.test"))
    with pytest.raises(SetupError, match="EARSHOT_BLUESKY_JETSTREAM"):
        BLUESKY.sources["bluesky_jetstream"](settings(tmp_path, jetstream="https://x.test"), tools(fake))
