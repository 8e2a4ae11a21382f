"""Log-in with access tokens that are renewed: Gmail, Microsoft 365, whoever speaks OAuth 2.0."""

import imaplib
import logging
import smtplib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.connector import Tools
from connectors.http import open_client as open_http
from connectors.mailbox.channel import MailboxChannel
from connectors.mailbox.connector import EMAIL
from connectors.mailbox.token import MailTokens
from connectors.oauth import RefreshGrant
from connectors.quota import LedgerInMemory
from connectors.tokens import FileTokens, MemoryTokens, TokenStore
from models import AuthoredBy, Reply
from models.errors import AccessError, RetryableError, SetupError
from settings import Settings
from tests.connectors.google_tokens import TOKEN_URL, FakeTokens
from tests.connectors.mailbox.conftest import open_client, open_sender, open_source
from tests.fakes.mailbox import NOW, US, FakeServer, a_mail
from tests.vaults import VAULT

SORRY = Reply("reply:1", "Sorry!", is_private=True, authored_by=AuthoredBy.PERSON)


class Provider:
    """A mail server and the place its tokens are made: the server takes the newest alone."""

    def __init__(self) -> None:
        self.server = FakeServer()
        self.made = FakeTokens()
        self.at = NOW
        self.takes_newest = True

    def answer(self, request: httpx.Request) -> httpx.Response:
        answer = self.made.answer(request)
        if self.takes_newest:
            self.server.password = self.made.current
        return answer

    def now(self) -> datetime:
        return self.at

    def tokens(self, store: TokenStore | None = None, *, is_public: bool = False, scope: str = "") -> Any:
        http = open_http(TOKEN_URL, transport=httpx.MockTransport(self.answer))
        grant = RefreshGrant(
            "client-id", None if is_public else SecretStr("client-secret"), SecretStr("refresh-token"), scope
        )
        return MailTokens(http, TOKEN_URL, grant, store=store, now=self.now, sleep=lambda _: None)

    def logins(self) -> list[str]:
        return [said[1] for step, said in self.server.asked if step == "login"]


@pytest.fixture
def provider() -> Provider:
    return Provider()


def read(provider: Provider, tokens: MailTokens) -> None:
    with open_client(provider.server, tokens=tokens).reading():
        pass


def test_a_token_is_made_used_and_kept_while_it_is_good(provider: Provider) -> None:
    tokens = provider.tokens()

    read(provider, tokens)
    read(provider, tokens)
    open_sender(provider.server, tokens=tokens).check()

    assert provider.logins() == ["token1", "token1"]
    assert ("smtp auth", ("XOAUTH2", f"user={US}\1auth=Bearer token1\1\1", "")) in provider.server.asked
    assert len(provider.made.forms) == 1


def test_it_is_renewed_before_it_ends(provider: Provider) -> None:
    tokens = provider.tokens()
    read(provider, tokens)

    provider.at += timedelta(hours=1)
    read(provider, tokens)

    assert provider.logins() == ["token1", "token2"]


def test_one_that_is_refused_is_renewed_once_on_a_new_connection(provider: Provider) -> None:
    tokens = provider.tokens()
    read(provider, tokens)
    provider.server.password = "revoked"

    read(provider, tokens)

    assert provider.logins() == ["token1", "token1", "token2"]
    assert [step for step, _ in provider.server.asked].count("connect") == 3


def test_the_same_for_outgoing_mail_and_the_answer_is_sent_once(provider: Provider) -> None:
    tokens = provider.tokens()
    provider.server.inbox.add(a_mail())
    client, sender = open_client(provider.server, tokens=tokens), open_sender(provider.server, tokens=tokens)
    (mention,) = open_source_with(provider, tokens)

    def revoke() -> None:
        provider.server.password = "revoked"
        del provider.server.before["smtp connect"]

    provider.server.before["smtp connect"] = revoke

    MailboxChannel(client, sender, account=US).reply(mention, SORRY)

    assert len(provider.server.taken) == 1
    assert len(provider.made.forms) == 2


def open_source_with(provider: Provider, tokens: MailTokens) -> Any:
    read(provider, tokens)
    provider.server.password, kept = "pw", provider.server.password
    found = open_source(provider.server).pull(None).mentions
    provider.server.password = kept
    return found


def test_a_fresh_one_that_is_refused_too_needs_a_person_who_is_told_where_to_look(provider: Provider) -> None:
    provider.takes_newest = False

    with pytest.raises(AccessError, match="EARSHOT_MAILBOX_USER") as raised:
        read(provider, provider.tokens())
    with pytest.raises(AccessError):
        open_sender(provider.server, tokens=provider.tokens()).check()

    assert len(provider.logins()) == 2
    assert "token" not in str(raised.value).replace("access token", "")


def test_a_server_that_takes_no_log_in_now_costs_no_token(provider: Provider) -> None:
    tokens = provider.tokens()
    provider.server.fail("login", imaplib.IMAP4.error("[UNAVAILABLE] later"))
    with pytest.raises(RetryableError):
        read(provider, tokens)
    provider.server.fail("smtp auth", smtplib.SMTPAuthenticationError(454, b"later"))
    with pytest.raises(RetryableError):
        open_sender(provider.server, tokens=tokens).check()

    assert len(provider.made.forms) == 1


def test_a_consent_that_was_taken_back_needs_a_person(provider: Provider) -> None:
    provider.made.failures = [
        httpx.Response(400, json={"error": "invalid_grant", "error_description": "refresh-token"})
    ]

    with pytest.raises(AccessError, match="EARSHOT_MAILBOX_REFRESH_TOKEN") as raised:
        read(provider, provider.tokens())

    assert "refresh-token" not in str(raised.value)
    assert provider.logins() == []


@pytest.mark.parametrize(
    "outcome",
    [httpx.Response(503), httpx.ConnectError("no"), httpx.Response(400, json={"error": "temporarily_unavailable"})],
)
def test_a_fault_where_tokens_are_made_is_tried_again(provider: Provider, outcome: httpx.Response | Exception) -> None:
    provider.made.failures = [outcome] * 3

    with pytest.raises(RetryableError):
        read(provider, provider.tokens())


def test_a_newer_refresh_token_takes_the_place_of_the_old_as_microsoft_wants(provider: Provider) -> None:
    tokens = provider.tokens(is_public=True, scope="offline_access IMAP.AccessAsUser.All")
    provider.made.extra = {"refresh_token": "newer"}
    read(provider, tokens)
    provider.at += timedelta(hours=2)
    read(provider, tokens)

    assert [form["refresh_token"] for form in provider.made.forms] == ["refresh-token", "newer"]
    assert {form["scope"] for form in provider.made.forms} == {"offline_access IMAP.AccessAsUser.All"}
    assert not any("client_secret" in form for form in provider.made.forms)


def test_other_processes_use_the_same(provider: Provider, tmp_path: Path) -> None:
    def store() -> FileTokens:
        return FileTokens(tmp_path, vault=VAULT, vendor="email", account="client-id", given="refresh-token")

    read(provider, provider.tokens(store()))
    open_sender(provider.server, tokens=provider.tokens(store())).check()

    assert len(provider.made.forms) == 1


def test_nothing_of_it_is_logged(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = provider.tokens(MemoryTokens())
    read(provider, tokens)
    provider.server.password = "revoked"
    read(provider, tokens)

    assert not [word for word in ("token1", "token2", "refresh-token", "client-secret") if word in caplog.text]


# from the settings


def given(home: Path, **more: Any) -> Settings:
    oauth = {
        "mailbox_refresh_token": "refresh-token",
        "mailbox_token_url": TOKEN_URL,
        "mailbox_client_id": "client-id",
        "mailbox_client_secret": "client-secret",
    }
    base = {"home": home, "mailbox_imap": "imaps://imap.test", "mailbox_user": US, "mailbox_address": US}
    return Settings.model_validate({**base, **oauth, **more})


def tools() -> Tools:
    return Tools(ledger=LedgerInMemory(), transport=httpx.MockTransport(lambda request: httpx.Response(400)))


def test_with_a_refresh_token_no_password_is_needed(tmp_path: Path) -> None:
    source = EMAIL.sources["email"](given(tmp_path), tools())
    sending = given(tmp_path, mailbox_smtp="smtps://smtp.test", mailbox_client_secret=None)
    assert (source.name, EMAIL.channels["email"](sending, tools()).name) == ("email", "email")


@pytest.mark.parametrize("missing", ["mailbox_token_url", "mailbox_client_id", "mailbox_user"])
def test_what_is_missing_beside_it_is_named(tmp_path: Path, missing: str) -> None:
    with pytest.raises(SetupError, match=f"EARSHOT_{missing.upper()}"):
        EMAIL.sources["email"](given(tmp_path, **{missing: None}), tools())


@pytest.mark.parametrize("url", ["http://tokens.test/token", "tokens.test", "ftp://tokens.test", "https://"])
def test_secrets_are_sent_nowhere_in_the_clear(tmp_path: Path, url: str) -> None:
    with pytest.raises(SetupError, match="https"):
        EMAIL.sources["email"](given(tmp_path, mailbox_token_url=url), tools())


def test_with_neither_both_are_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="EARSHOT_MAILBOX_PASSWORD nor EARSHOT_MAILBOX_REFRESH_TOKEN"):
        EMAIL.sources["email"](given(tmp_path, mailbox_refresh_token=None), tools())


def test_connect_asks_for_all_of_it() -> None:
    asked = {need.setting for need in EMAIL.needs}

    assert asked >= {
        f"mailbox_{name}" for name in ("token_url", "client_id", "client_secret", "refresh_token", "scope")
    }
