from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.connector import Tools
from connectors.mastodon.connector import MASTODON
from connectors.quota import LedgerInMemory
from models.errors import AccessError, SetupError
from settings import Settings
from tests.fakes.mastodon import TOKEN, URL, FakeMastodon, refused


def settings(home: Path, *, token: str = TOKEN) -> Settings:
    return Settings(home=home, mastodon_url=URL, mastodon_token=SecretStr(token))


def tools(fake: FakeMastodon) -> Tools:
    return Tools(ledger=LedgerInMemory(), now=lambda: fake.now, sleep=fake.slept.append, transport=fake.transport)


def test_a_good_token_says_whom_we_are_taken_for(fake: FakeMastodon, tmp_path: Path) -> None:
    found = MASTODON.probe(settings(tmp_path), tools(fake))

    assert (found.account, found.missing) == ("larkbank@social.test", ())
    assert fake.by_us() == []


@pytest.mark.parametrize("scope", ["read:notifications", "write:statuses"])
def test_a_missing_scope_is_named(fake: FakeMastodon, tmp_path: Path, scope: str) -> None:
    fake.scopes -= {scope}

    (missing,) = MASTODON.probe(settings(tmp_path), tools(fake)).missing

    assert scope in missing


def test_a_refused_token_and_a_wrong_address_are_told_apart(fake: FakeMastodon, tmp_path: Path) -> None:
    with pytest.raises(AccessError):
        MASTODON.probe(settings(tmp_path, token="wrong"), tools(fake))  # noqa: S106 (of a fake)

    fake.fail("verify_credentials", refused(404, "no such page"))
    with pytest.raises(SetupError, match="EARSHOT_MASTODON_URL"):
        MASTODON.probe(settings(tmp_path), tools(fake))


def test_the_source_and_the_channel_work_as_they_are_opened(fake: FakeMastodon, alice: str, tmp_path: Path) -> None:
    fake.mention(alice, "hello")

    page = MASTODON.sources["mastodon"](settings(tmp_path), tools(fake)).pull(None)
    may = MASTODON.channels["mastodon"](settings(tmp_path), tools(fake)).may_reply(page.mentions[0])

    assert may.allowed


def test_one_client_serves_a_process(tmp_path: Path) -> None:
    plain = Tools(ledger=LedgerInMemory())

    opened = [MASTODON.sources["mastodon"](settings(tmp_path), plain) for _ in range(2)]

    assert vars(opened[0])["_client"] is vars(opened[1])["_client"]
