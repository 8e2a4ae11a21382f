from typing import Any, cast

import pytest
from pydantic import SecretStr

from connectors.mailbox.channel import MailboxChannel
from connectors.mailbox.client import Login, MailboxClient
from connectors.mailbox.sender import MailSender
from connectors.mailbox.server import Protection, Server
from connectors.mailbox.source import MailboxSource, Reading
from connectors.oauth import AccessTokens
from tests.fakes.mailbox import NOW, PASSWORD, US, FakeMailBox, FakeServer, FakeSmtp, minutes

TLS = Server("mail.test", 993, Protection.TLS)


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def source(server: FakeServer) -> MailboxSource:
    return open_source(server)


@pytest.fixture
def channel(server: FakeServer) -> MailboxChannel:
    return open_channel(server)


def open_client(
    server: FakeServer, *, login: Login = "password", folder: str = "INBOX", tokens: AccessTokens | None = None
) -> MailboxClient:
    return MailboxClient(
        TLS,
        user=US,
        password=SecretStr(PASSWORD),
        login=login,
        tokens=tokens,
        folder=folder,
        connect=lambda: cast(Any, FakeMailBox(server)),
    )


def open_source(server: FakeServer, **reading: int) -> MailboxSource:
    return MailboxSource(open_client(server), account=US, reading=Reading(**reading), now=lambda: NOW + minutes(5))


def open_sender(
    server: FakeServer, *, login: Login = "password", tokens: AccessTokens | None = None, **smtp: Any
) -> MailSender:
    connect = lambda: cast(Any, FakeSmtp(server, **smtp))  # noqa: E731
    return MailSender(TLS, user=US, password=SecretStr(PASSWORD), login=login, tokens=tokens, connect=connect)


def open_channel(server: FakeServer) -> MailboxChannel:
    return MailboxChannel(open_client(server), open_sender(server), account=US, now=lambda: NOW + minutes(5))
