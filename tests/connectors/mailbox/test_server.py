"""Which servers we talk to, and how the way there is protected."""

from datetime import date

import pytest

from connectors.connector import Tools
from connectors.mailbox.connector import EMAIL
from connectors.mailbox.cursor import Cursor, read_cursor
from connectors.mailbox.server import Protection, Server, server_at
from connectors.quota import LedgerInMemory
from models.errors import SetupError
from settings import Settings

IMAP, SMTP = "EARSHOT_MAILBOX_IMAP", "EARSHOT_MAILBOX_SMTP"


@pytest.mark.parametrize(
    ("address", "setting", "server"),
    [
        ("imaps://mail.test", IMAP, Server("mail.test", 993, Protection.TLS)),
        ("imap+starttls://mail.test:1143", IMAP, Server("mail.test", 1143, Protection.STARTTLS)),
        ("imap://127.0.0.1:10143", IMAP, Server("127.0.0.1", 10143, Protection.NONE)),
        ("imap://localhost", IMAP, Server("localhost", 143, Protection.NONE)),
        ("imap://[::1]", IMAP, Server("::1", 143, Protection.NONE)),
        ("smtps://mail.test", SMTP, Server("mail.test", 465, Protection.TLS)),
        ("smtp+starttls://mail.test", SMTP, Server("mail.test", 587, Protection.STARTTLS)),
    ],
)
def test_an_address_names_host_port_and_protection(address: str, setting: str, server: Server) -> None:
    assert server_at(address, setting=setting) == server


@pytest.mark.parametrize(
    "address", ["imap://mail.test", "imap://10.0.0.1", "imap://127.0.0.1.evil.test", "imap://localhost.evil.test"]
)
def test_another_machine_is_never_talked_to_in_the_clear(address: str) -> None:
    with pytest.raises(SetupError, match="in the clear"):
        server_at(address, setting=IMAP)


@pytest.mark.parametrize("address", ["mail.test", "https://mail.test", "smtps://mail.test", "imaps://", "imaps://x:y"])
def test_an_address_of_another_kind_is_refused_and_says_what_is_wanted(address: str) -> None:
    with pytest.raises(SetupError, match="must be imaps://host"):
        server_at(address, setting=IMAP)


def test_a_cursor_outlives_the_process() -> None:
    cursor = Cursor(7, 12, date(2026, 5, 6))
    assert read_cursor(cursor.text()) == cursor


def settings(**given: object) -> Settings:
    whole = {
        "mailbox_imap": "imaps://mail.test",
        "mailbox_smtp": "smtps://mail.test",
        "mailbox_user": "help",
        "mailbox_password": "pw",
        "mailbox_address": "Help@Larkbank.test",
    }
    return Settings.model_validate(whole | given)


def test_the_connector_opens_its_parts_from_the_settings() -> None:
    tools = Tools(ledger=LedgerInMemory())

    assert EMAIL.is_on(settings())
    assert not EMAIL.is_on(Settings())
    assert EMAIL.sources["email"](settings(), tools).name == "email"
    assert EMAIL.channels["email"](settings(), tools).name == "email"


@pytest.mark.parametrize("missing", ["mailbox_user", "mailbox_password", "mailbox_address"])
def test_a_missing_setting_is_named(missing: str) -> None:
    with pytest.raises(SetupError, match=f"EARSHOT_{missing.upper()}"):
        EMAIL.sources["email"](settings(**{missing: None}), Tools(ledger=LedgerInMemory()))
