"""Every credential is given a canary, everything is run, and no byte of one is found in any file, dump or log."""

import json
import logging
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from redis import Redis

from connectors.bluesky.session import FileSessions
from connectors.bluesky.wire import Session
from connectors.connector import Connector, DeskConnector, Tools
from connectors.quota import LedgerInMemory
from connectors.registry import CONNECTORS, DESKS
from connectors.tokens import FileTokens, Tokens
from flow.configuration import configuration_key, gathered, note_start
from flow.public_links import links_key
from flow.vault import check, rotate
from inbox.saved_replies import FILE
from models.errors import EarshotError
from policy.loading import load_policy
from running.logs import CHATTY, JsonLines
from settings import Settings
from store.migrate import upgrade
from store.queue import Lane, Queues
from store.store import Store
from store.vault import Key, vault_of
from tests.flow.bench import NOW, Bench, message

CANARY = "canary7Q"
GIVEN_AS = {"vault_key": Key.new().written, "database_url": None, "redis_url": None}
NOT_SECRET = {
    "bluesky_handle": "acme.test",
    "mailbox_imap": "imaps://mail.example.com",
    "mailbox_smtp": "smtps://mail.example.com",
    "mailbox_user": "us",
    "mailbox_address": "us@example.com",
    "mailbox_token_url": "https://tokens.example.com/t",
    "mailbox_client_id": "client",
    "mastodon_url": "https://social.example.com",
    "x_user_id": "1",
    "youtube_channel_id": "UC1",
    "youtube_client_id": "client",
    "meta_page_id": "1",
    "whatsapp_phone_number_id": "1",
    "request_tracker_url": "https://rt.example.com",
    "zendesk_url": "https://z.example.com",
    "zendesk_email": "a@example.com",
    "zendesk_group_id": 1,
    "chatwoot_url": "https://c.example.com",
    "chatwoot_account_id": 1,
    "chatwoot_inbox_id": 1,
    "zammad_url": "https://zam.example.com",
    "freshdesk_url": "https://f.example.com",
    "freshdesk_group_id": 1,
    "jira_url": "https://j.example.com",
    "jira_email": "a@example.com",
    "jira_project": "C",
    "jira_service_desk_id": "1",
    "jira_request_type_id": "1",
    "webhook_url": "https://hook.example.com",
    "slack_channel": "C1",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "home").mkdir(mode=0o700)
    secrets = {
        name: SecretStr(f"{CANARY}-{name}-{CANARY}")
        for name, field in Settings.model_fields.items()
        if "Secret" in str(field.annotation) and name not in GIVEN_AS
    }
    known = {name: value for name, value in NOT_SECRET.items() if name in Settings.model_fields}
    given = {"vault_key": SecretStr(GIVEN_AS["vault_key"] or "")}
    return Settings(home=tmp_path / "home").model_copy(update={**secrets, **known, **given})


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.DEBUG)
    yield caplog


def _probe_everything(settings: Settings, store: Store) -> int:
    """Each vendor refuses, and repeats in its answer what it was sent; what is said of that is kept, like in real."""

    def refuse(request: httpx.Request) -> httpx.Response:
        told = {"error": "invalid_grant", "said": str(request.url), "with": str(request.headers)}
        return httpx.Response(401, json=told, request=request)

    tools = Tools(ledger=LedgerInMemory(), transport=httpx.MockTransport(refuse), sleep=lambda _: None)
    tried = 0
    vendors: list[Connector | DeskConnector] = [*CONNECTORS.values(), *DESKS.values()]
    for vendor in vendors:
        if vendor.name in ("email", "local"):
            continue  # speaks no HTTP; its errors: tests/connectors/mailbox
        try:
            if isinstance(vendor, Connector):
                vendor.probe(settings, tools)
            else:
                vendor.open(settings, tools).check()
        except EarshotError as error:
            logging.getLogger("earshot.test").warning("%s: %s", vendor.name, error, exc_info=True)
            with store.writing() as transaction:
                transaction.connections.failed(vendor.name, str(error), now=NOW)
            tried += 1
        except (ValidationError, ValueError, OSError):
            continue  # a key file that is none
    return tried


def _fill(settings: Settings, store: Store) -> list[str]:
    """Everything that keeps a credential, by its own code; gives what was handed out once."""
    vault = vault_of(settings)
    for vendor in ("google_play", "email", "threads", "youtube"):
        tokens = FileTokens(settings.home, vault=vault, vendor=vendor, account="a", given=f"{CANARY}-grant")
        with tokens.lock():
            tokens.save(Tokens(access_token=f"{CANARY}-access", refresh_token=f"{CANARY}-refresh"))
    session = Session.model_validate(
        {"did": "did:plc:1", "handle": "acme.test", "accessJwt": f"{CANARY}-jwt", "refreshJwt": f"{CANARY}-jwt2"}
    )
    FileSessions(settings.home, vault=vault, service_url="https://b.test", handle="acme.test").save(session)
    policy = load_policy(**settings.policy)
    found = gathered(
        settings.told(), policy, key=configuration_key(settings), weights=("1", FILE), replies=FILE, files={}
    )
    note_start(store, found, started="earshot up", now=NOW)
    with store.writing() as transaction:
        key = transaction.api_keys.make("till", scopes=["messages:write"], now=NOW)
        user = transaction.accounts.add("agnes", "admin", now=NOW)
        transaction.accounts.invite(user, f"{CANARY}-invitation", expires_at=NOW + timedelta(hours=1))
        body = json.dumps({"token": f"{CANARY}-pushed", "text": "hello"}).encode()
        transaction.pushes.keep("x", "1", body, now=NOW)
        [push] = transaction.pushes.waiting("x", limit=1)
        transaction.pushes.set_aside(push.id, fault="cannot be read")
    return [key]


def _level_of(logger: str) -> int:
    """From which on a line of this logger is written, as `start_logging` has it."""
    return logging.WARNING if logger.split(".")[0] in {name.split(".")[0] for name in CHATTY} else logging.INFO


def _bytes_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_credential_lies_anywhere_as_it_is(settings, redis_server, logs, tmp_path) -> None:
    store = Store.of(settings)
    upgrade(store.engine)
    queues = Queues(redis_server.url)
    bench = Bench(store, settings=settings)
    handed_out = _fill(settings, store)
    assert _probe_everything(settings, store) >= 8
    bench.read(message("I was charged twice, give me a refund", id="1"))
    bench.drain()
    with store.reading() as transaction:
        link = transaction.follow_ups
        assert link is not None
    for job, argument in (("receive", "x"), ("classify_mentions", ["m_1"]), ("deliver_many", [1])):
        queues.enqueue(job, argument, lane=Lane.PULL)
    rotate(store, settings)
    with Redis.from_url(redis_server.url) as client:
        client.save()
        dumped = b"".join(client.dump(key) or b"" for key in client.keys())
    ours = [record for record in logs.records if record.levelno >= _level_of(record.name)]
    logged = "\n".join(JsonLines().format(record) for record in ours)
    everything = "\n".join(JsonLines(settings.secrets).format(record) for record in logs.records)
    where = (
        _bytes_in(settings.home)
        | _bytes_in(redis_server.socket.parent)
        | {"log": logged.encode(), "debug": everything.encode(), "redis": dumped}
    )
    assert any(name.endswith("-wal") for name in where), "the journal is looked at, too"
    sought = [CANARY, *handed_out, GIVEN_AS["vault_key"], links_key(settings).hex(), configuration_key(settings).hex()]
    for name, found in where.items():
        for secret in sought:
            assert secret.encode() not in found, (name, secret[:12])
        assert configuration_key(settings) not in found, name
    assert not check(store, settings).faults
    queues.close()
    store.close()


def test_the_search_itself_finds_a_canary_that_is_there(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "one.db") as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (?)", [f"{CANARY}-here"])
    connection.close()
    assert any(CANARY.encode() in found for found in _bytes_in(tmp_path).values())


def test_errors_of_the_database_do_not_repeat_what_was_to_be_written(store: Store) -> None:
    with store.writing() as transaction:
        transaction.accounts.add(f"{CANARY}", "agent", now=NOW)
    with pytest.raises(Exception, match=r"(?i)unique") as refused, store.writing() as transaction:
        transaction.accounts.add(f"{CANARY}", "agent", now=NOW)
    record = logging.LogRecord(
        "e", logging.ERROR, "f", 1, "failed", (), (type(refused.value), refused.value, refused.value.__traceback__)
    )
    assert CANARY not in JsonLines().format(record).replace(f'f"{CANARY}"', "")
