"""Access tokens that are renewed, against a real Dovecot that asks their provider whose they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.connector import Tools
from connectors.mailbox.connector import EMAIL
from connectors.quota import LedgerInMemory
from models.errors import AccessError
from settings import Settings
from tests.fakes.mailbox import US
from tests.servers.dovecot import DovecotServer, start_dovecot
from tests.servers.tokens import TokenProvider, start_tokens

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def provider() -> Iterator[TokenProvider]:
    with start_tokens() as provider:
        yield provider


@pytest.fixture(scope="module")
def dovecot(provider: TokenProvider) -> Iterator[DovecotServer]:
    with start_dovecot(provider.info_url) as server:
        yield server


@pytest.fixture
def settings(provider: TokenProvider, dovecot: DovecotServer, tmp_path: Path) -> Settings:
    provider.user = "ada@larkbank.test"
    return Settings.model_validate(
        {
            "home": tmp_path,
            "mailbox_imap": dovecot.address,
            "mailbox_user": provider.user,
            "mailbox_address": US,
            "mailbox_token_url": provider.token_url,
            "mailbox_client_id": "client-id",
            "mailbox_refresh_token": "refresh-token",
        }
    )


def probe(settings: Settings) -> str:
    return EMAIL.probe(settings, Tools(ledger=LedgerInMemory())).account


def test_it_logs_in_and_renews_a_token_that_was_revoked(provider: TokenProvider, settings: Settings) -> None:
    assert probe(settings) == US
    assert probe(settings) == US
    made = provider.made
    provider.good.clear()

    assert probe(settings) == US
    assert provider.made == made + 1


def test_the_token_of_another_mailbox_needs_a_person(provider: TokenProvider, settings: Settings) -> None:
    provider.user = "bob@larkbank.test"

    with pytest.raises(AccessError, match="EARSHOT_MAILBOX_USER"):
        probe(settings)


def test_a_consent_that_was_taken_back_needs_one_too(settings: Settings) -> None:
    with pytest.raises(AccessError, match="invalid_grant"):
        probe(Settings.model_validate({**settings.model_dump(), "mailbox_refresh_token": "taken back"}))
