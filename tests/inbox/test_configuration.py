"""What the program was set to, and since when: what is written, by whom, once, and never a secret."""

import csv
import io
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from flow.configuration import api_key, configuration_key, gathered, note_start
from inbox.roles import Role
from inbox.saved_replies import FILE
from models.configuration import Part, Set
from policy.loading import load_policy
from settings import Settings
from tests.inbox.factory import NOW

SECRET = "correct horse battery staple"


def _found(settings: Settings, home: Path, weights: str = "2026.1") -> list[Set]:
    policy = load_policy(**settings.policy)
    key = configuration_key(settings.model_copy(update={"home": home}))
    return gathered(settings.told(), policy, key=key, weights=(weights, FILE), replies=FILE, files={})


def _start(store, settings, home, *, at=NOW, started="earshot up", **more) -> int:
    return note_start(store, _found(settings, home, **more), started=started, now=at)


def _rows(store, part=None):
    with store.reading() as transaction:
        return transaction.configuration.rows(part=part, limit=1_000)


@pytest.fixture
def settings(tmp_path):
    return Settings(
        home=tmp_path / "home",
        firm_name="Perch Bank",
        training_channels_denied=frozenset({"x"}),
        bluesky_app_password=SecretStr(SECRET),
    )


def test_a_start_writes_down_what_is_set_and_a_second_one_nothing(store, settings, tmp_path):
    assert _start(store, settings, tmp_path) > 0
    assert _start(store, settings, tmp_path, started="earshot work") == 0
    rows = {(row.part, row.name): row for row in _rows(store)}
    firm = rows[Part.SETTINGS, "EARSHOT_FIRM_NAME"]
    assert (firm.before, firm.after, firm.by, firm.at) == (None, "Perch Bank", "started with earshot up", NOW)
    assert rows[Part.POLICY, "regulation pack"].after.startswith("asic-rg271 2021-09 · sha256 ")
    assert rows[Part.CALENDAR, "place"].after == "AU-NSW"


def test_what_differs_at_the_next_start_is_one_row_with_before_and_after(store, settings, tmp_path):
    _start(store, settings, tmp_path)
    later = settings.model_copy(update={"firm_name": "Larkbank", "drift_days": 14})
    assert _start(store, later, tmp_path, at=NOW + timedelta(hours=1)) == 2
    newest = {row.name: (row.before, row.after) for row in _rows(store)[:2]}
    assert newest == {"EARSHOT_FIRM_NAME": ("Perch Bank", None), "EARSHOT_DRIFT_DAYS": (None, "14")}


def test_other_weights_are_a_change_of_the_classifier(store, settings, tmp_path):
    _start(store, settings, tmp_path)
    _start(store, settings, tmp_path, weights="2026.2")
    row = _rows(store, Part.CLASSIFIER)[0]
    assert row.before.startswith("2026.1 · ")
    assert row.after.startswith("2026.2 · ")


def test_a_secret_is_never_written_and_its_change_shows(store, settings, tmp_path):
    _start(store, settings, tmp_path)
    _start(store, settings.model_copy(update={"bluesky_app_password": SecretStr("another")}), tmp_path)
    _start(store, settings.model_copy(update={"bluesky_app_password": None}), tmp_path)
    rows = [row for row in _rows(store) if row.name == "EARSHOT_BLUESKY_APP_PASSWORD"]
    assert [(row.after or "").split(":")[0][:4] for row in rows] == ["not ", "set,", "set,"]
    assert rows[0].before == rows[1].after != rows[2].after
    written = repr(_rows(store))
    assert SECRET not in written
    assert "another" not in written


def test_the_same_secret_seen_from_another_home_is_no_change(store, settings, tmp_path):
    _start(store, settings, tmp_path / "one")
    _start(store, settings, tmp_path / "two")
    before = len(_rows(store))
    assert _start(store, settings, tmp_path / "one") == 0
    assert _start(store, settings, tmp_path / "two") == 0
    assert len(_rows(store)) == before


def test_the_key_of_the_home_is_its_owners_alone_sealed_and_stays(settings, tmp_path):
    new = settings.model_copy(update={"home": tmp_path / "new"})
    key = configuration_key(new)
    assert configuration_key(new) == key
    assert all(path.stat().st_mode & 0o077 == 0 for path in new.home.iterdir())
    assert key not in (new.home / "configuration.key").read_bytes()
    assert {path.name for path in new.home.iterdir()} == {"configuration.key", "vault.key", "vault.lock"}


def test_processes_that_start_at_once_write_each_difference_once(store, settings, tmp_path):
    found, barrier, written = _found(settings, tmp_path), threading.Barrier(4), []

    def start() -> None:
        barrier.wait()
        written.append(note_start(store, found, started="earshot work", now=NOW))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [(row.part, row.name) for row in _rows(store)]
    assert len(names) == len(set(names)) == sum(written)


def test_people_who_come_and_go_are_written_down_with_who_did_it(sqlite_store, as_role):
    admin = as_role(Role.ADMIN)
    admin.post("/people", name="Keiko", role="lead")
    with sqlite_store.reading() as transaction:
        keiko = transaction.accounts.by_name("Keiko").id
    admin.post(f"/people/{keiko}/disable")
    rows = [row for row in _rows(sqlite_store, Part.PEOPLE) if row.name == "Keiko"]
    assert [(row.before, row.after, row.by) for row in rows] == [
        ("lead", "lead, may no longer log in", "admin person"),
        (None, "lead", "admin person"),
    ]


def test_keys_of_programs_are_written_down(store):
    with store.writing() as transaction:
        assert transaction.configuration.note(api_key(1, "bridge"), by="somebody", now=NOW)
        assert transaction.configuration.note(api_key(1, "bridge", is_revoked=True), by="somebody", now=NOW)
        assert not transaction.configuration.note(api_key(1, "bridge", is_revoked=True), by="somebody", now=NOW)
    assert [(row.before, row.after) for row in _rows(store)] == [("in force", "revoked"), (None, "in force")]


def test_the_page_shows_changes_filters_by_part_and_time_and_knows_replies_from_the_event_log(
    sqlite_store, settings, tmp_path, as_role
):
    _start(sqlite_store, settings, tmp_path)
    reader, lead = as_role(Role.COMPLIANCE), as_role(Role.LEAD)
    fields = {"title": "Open on holidays", "text.en": "We are open.", "tags": "", "audience": "either"}
    lead.post("/replies", form_key="a" * 32, valid_from="", valid_until="", **fields)
    page = reader.get("/compliance/configuration").text
    assert "EARSHOT_TRAINING_CHANNELS_DENIED" in page
    assert "Open on holidays" in page
    assert SECRET not in page
    people = reader.get("/compliance/configuration?part=people").text
    assert "EARSHOT_TRAINING_CHANNELS_DENIED" not in people
    assert "Open on holidays" not in people
    assert "Open on holidays" in reader.get("/compliance/configuration?part=replies").text
    assert "Nothing of this choice was changed" in reader.get("/compliance/configuration?to=2020-01-01").text
    assert reader.get("/compliance/configuration?part=weather").status_code == 400
    assert reader.get("/compliance/configuration?from=2026-02-01&to=2026-01-01").status_code == 400
    assert 'href="/compliance/configuration"' in reader.get("/compliance/log").text


def test_the_download_holds_the_same_rows_and_no_formula(sqlite_store, as_role):
    with sqlite_store.writing() as transaction:
        transaction.configuration.note(Set(Part.SETTINGS, "EARSHOT_FIRM_NAME", "=1+1"), by="somebody", now=NOW)
    answer = as_role(Role.AUDITOR).get("/compliance/configuration/export?part=settings")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-disposition"] == 'attachment; filename="configuration_beginning_today.csv"'
    assert [(row["what"], row["before"], row["after"], row["by"]) for row in rows] == [
        ("EARSHOT_FIRM_NAME", "", "'=1+1", "somebody")
    ]


def test_agents_and_leads_do_not_see_it(as_role):
    for role in (Role.AGENT, Role.LEAD):
        assert as_role(role).get("/compliance/configuration").status_code == 403
