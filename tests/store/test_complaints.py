"""The list of complaints, and what the migration that made it found in the register."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from flow.chain import rebuild
from models import EntryKind
from models.complaint import Status
from store.migrate import MIGRATIONS, upgrade
from store.store import Store
from tests.register.chain import START, chain, opening

DUES = {"acknowledge_due_at": "2026-07-01T23:59:59+10:00", "respond_due_on": "2026-07-30", "account": "acme"}


def test_a_register_written_before_the_list_was_made_is_all_in_it(
    tmp_path: Path, open_store: Callable[[str], Store]
) -> None:
    store, config = open_store(f"sqlite:///{tmp_path / 'old.db'}"), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        statement = text(
            "INSERT INTO register_entries (seq, complaint_id, kind, recorded_at, facts, personal, salt,"
            " personal_digest, previous, digest) VALUES (:seq, :complaint_id, :kind, :recorded_at, :facts,"
            " :personal, :salt, :personal_digest, :previous, :digest)"
        )
        connection.execute(statement, [asdict(entry) for entry in _old_entries()])
    upgrade(store.engine)
    with store.writing() as transaction:
        rows = list(transaction.complaints.all())
        assert {row.id: row.status for row in rows} == {
            "C-0000001": Status.ACKNOWLEDGED,
            "C-0000002": Status.REOPENED,
            "C-0000003": Status.RULED_OUT,
        }
        assert rows[0].acknowledged_at == datetime(2026, 7, 1, tzinfo=UTC)
        assert (rows[1].received_on, rows[1].respond_due_on) == (date(2026, 6, 20), date(2026, 7, 20))
        rebuild(transaction)
        assert list(transaction.complaints.all()) == rows


def _old_entries():
    earlier = {"received_at": "2026-06-20T10:00:00+00:00", "received_on": "2026-06-20", "respond_due_on": "2026-07-20"}
    return chain(
        (EntryKind.OPENED, "C-0000001", opening(0, priority="high", category="billing", language="en", **DUES)),
        (EntryKind.OPENED, "C-0000002", opening(1, **DUES)),
        (EntryKind.OPENED, "C-0000003", opening(2, **DUES)),
        (EntryKind.ACKNOWLEDGED, "C-0000001", {"acknowledged_at": "2026-07-01T00:00:00+00:00", "acknowledged_by": "a"}),
        (EntryKind.CORRECTED, "C-0000002", earlier),
        (EntryKind.RULED_OUT, "C-0000002", {"basis": "a joke", "tier": 0, "respond_due_on": None}),
        (EntryKind.REOPENED, "C-0000002", {"basis": "no joke", "tier": 2, "respond_due_on": "2026-07-20"}),
        (EntryKind.RULED_OUT, "C-0000003", {"basis": "a joke", "respond_due_on": None, "acknowledge_due_at": None}),
    )


def test_the_list_is_read_by_status_case_and_merge(store: Store) -> None:
    with store.writing() as transaction:
        for entry in _old_entries():
            transaction.register.append(entry)
        rebuild(transaction)
        table = transaction.complaints
        assert table.counts() == {"acknowledged": 1, "reopened": 1, "ruled_out": 1}
        wanted = (Status.ACKNOWLEDGED, Status.REOPENED)
        assert [row.id for row in table.with_status(wanted, limit=5)] == ["C-0000002", "C-0000001"]
        assert [row.id for row in table.with_status(wanted, limit=1, newest_first=True)] == ["C-0000001"]
        assert [row.id for row in table.with_status(wanted, limit=5, offset=1)] == ["C-0000001"]
        first = table.get("C-0000001")
        assert first is not None and (first.account, first.received_at, first.case_id) == ("acme", START, None)
        assert table.get("C-0000009") is None and table.of_case(1) is None and table.merged_into("C-0000001") == []
        assert json.loads(transaction.register.of_complaint("C-0000001")[0].facts)["account"] == first.account
