"""Figures for a monitor: who may read them, that they are right, that they name nobody, what they cost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, update
from starlette.testclient import TestClient

from flow.vital_signs import METRICS, read_vital_signs
from flow.watched import judging, watched
from models import Rejected
from models.errors import RetryableError
from settings import Settings
from store.channel_health import StoredSilence
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from store.tables import outbox
from store.vitals import BackupMade
from tests.inbox.conftest import Clock, make_app
from tests.inbox.factory import NOW, add_demo

TOKEN = "a-token-of-a-monitor-24-characters"


@pytest.fixture
def ask(sqlite_store: Store, queues: QueuesInMemory, clock: Clock, tmp_path):
    """Asks for /metrics from an address, under settings."""

    def once(path: str = "/metrics", *, host: str = "127.0.0.1", headers=None, store=None, **settings):
        app = make_app(Settings(home=tmp_path / "home", **settings), store or sqlite_store, queues, clock)
        with TestClient(app, client=(host, 5000)) as client:
            return client.get(path, headers=headers or {})

    return once


def figures(text: str) -> dict[tuple[str, ...], float]:
    """(name, label values by their names' order …) → value, as Prometheus itself reads them."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_as_shipped_nobody_reads_them(ask) -> None:
    assert ask().status_code == 404


def test_local_is_for_this_machine_and_for_nobody_behind_a_proxy(ask) -> None:
    assert ask(metrics="local").status_code == 200
    assert ask(metrics="local", host="::1").status_code == 200
    for host in ("203.0.113.9", "10.0.0.2", "testclient"):
        assert ask(metrics="local", host=host).status_code == 404
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert ask(metrics="local", headers={name: "127.0.0.1"}).status_code == 404, name


def test_with_a_token_only_who_shows_it_reads_them(ask) -> None:
    def shown(**headers: str):
        return ask(metrics="token", metrics_token=TOKEN, host="203.0.113.9", headers=headers)

    assert shown(Authorization=f"Bearer {TOKEN}").status_code == 200
    for wrong in (
        {},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": ""},
    ):
        answer = shown(**wrong)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "earshot_" not in answer.text


def test_a_token_has_to_be_there_and_long(tmp_path) -> None:
    with pytest.raises(ValueError, match="none is set"):
        Settings(metrics="token")
    with pytest.raises(ValueError, match="at least 24"):
        Settings(metrics="token", metrics_token="short")


def test_the_figures_say_what_is_there(ask, sqlite_store, queues) -> None:
    ids = add_demo(sqlite_store, now=NOW)
    with sqlite_store.engine.begin() as connection:
        at = NOW - timedelta(minutes=5)
        connection.execute(update(outbox).where(outbox.c.case_id == ids[0]).values(state="failed", created_at=at))
    with sqlite_store.writing() as transaction:
        transaction.quarantine.park("file", [Rejected("line 1", "no text", b"{}")], now=NOW)
        silence = StoredSilence("x", NOW, NOW - timedelta(hours=3), 40.0, 0.0001, True, NOW)
        transaction.health.keep_silence(silence)
        until = NOW + timedelta(days=6, hours=12)
        transaction.health.probed("x", account="a", valid_until=until, scopes=[], missing=[], now=NOW)
        transaction.vitals.note_backup(BackupMade(NOW - timedelta(hours=2), 3, "0" * 64, "1" * 64))
        head, counts = transaction.register.head()[0], transaction.counts.all(now=NOW)
    found = figures(ask(metrics="local").text)
    assert found["earshot_database_up",] == found["earshot_queue_up",] == 1
    assert found["earshot_messages", "triaged"] == counts["messages"]["triaged"] > 0
    assert found["earshot_register_entries",] == head > 0
    assert found["earshot_outbox", "failed"] == counts["outbox"]["failed"] > 0
    assert found["earshot_outbox_age_seconds", "failed"] == pytest.approx(300)
    assert found["earshot_quarantine", "line"] == 1
    assert found["earshot_channel_silent", "x"] == 1
    assert found["earshot_channel_quiet_seconds", "x"] == 3 * 3600
    assert found["earshot_credential_days_left", "x"] == pytest.approx(6.5)
    assert found["earshot_backup_age_seconds",] == 7200
    assert found["earshot_lane_jobs", "judge"] == 0
    assert found["earshot_scrape_seconds",] >= 0


def test_clocks_that_ran_out_and_that_will_soon_are_told(ask, sqlite_store, clock) -> None:
    add_demo(sqlite_store, now=NOW)
    before = figures(ask(metrics="local").text)
    clock.move(days=400)
    after = figures(ask(metrics="local").text)
    with sqlite_store.reading() as transaction:
        running = len(transaction.cases.overdue(now=clock(), limit=10_000))
    assert after["earshot_clocks", "overdue"] >= running > before["earshot_clocks", "overdue"]
    assert after["earshot_clocks", "due_soon"] == 0


def test_the_age_of_the_backlog_is_that_of_its_oldest_message(ask, sqlite_store, clock) -> None:
    add_demo(sqlite_store, now=NOW)
    assert figures(ask(metrics="local").text)["earshot_backlog_age_seconds",] == 0
    with sqlite_store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE mentions SET state = 'classified', arrival = ? WHERE id = (SELECT min(id) FROM mentions)",
            (int((NOW - timedelta(minutes=3)).timestamp() * 1_000_000),),
        )
    assert figures(ask(metrics="local").text)["earshot_backlog_age_seconds",] == pytest.approx(180)


def test_a_clock_that_goes_ahead_is_seen(sqlite_store, queues) -> None:
    queues.ahead = timedelta(seconds=90)
    found = read_vital_signs(sqlite_store, queues, clock=lambda: datetime.now(UTC))
    assert found.values["earshot_clock_skew_seconds"]["redis",] == pytest.approx(90, abs=5)


@pytest.mark.postgres
def test_the_clock_of_postgresql_is_compared_with_ours(postgres_url, open_store, queues) -> None:
    store = open_store(postgres_url)
    found = read_vital_signs(store, queues, clock=lambda: datetime.now(UTC) - timedelta(minutes=10))
    assert found.values["earshot_clock_skew_seconds"]["database",] == pytest.approx(600, abs=30)


def test_jobs_are_added_up_with_the_batches_of_the_classifier(ask, queues) -> None:
    def judge() -> int:
        with judging(40):
            return 40

    def fails() -> int:
        raise RetryableError("the desk is away")

    watched(queues, "classify_mentions", "40 mentions", judge)
    watched(queues, "classify_mentions", "40 mentions", judge)
    with pytest.raises(RetryableError):
        watched(queues, "deliver_each", "1 effects", fails)
    found = figures(ask(metrics="local").text)
    assert found["earshot_jobs_done_total", "classify_mentions", "inline", "done"] == 2
    assert found["earshot_jobs_done_total", "deliver_each", "inline", "failed"] == 1
    assert found["earshot_messages_done_total", "judged"] == 80
    assert found["earshot_judge_batch_seconds_bucket", "+Inf"] == found["earshot_judge_batch_seconds_count",] == 2
    assert found["earshot_judge_batch_seconds_bucket", "60"] == 2


def test_what_does_not_answer_is_told_of_and_the_rest_is_there(ask, sqlite_store, queues, tmp_path) -> None:
    queues.is_down = True
    found = figures(ask(metrics="local").text)
    assert (found["earshot_queue_up",], found["earshot_database_up",]) == (0, 1)
    assert ("earshot_lane_jobs", "judge") not in found
    queues.is_down = False
    sqlite_store.close()
    for file in tmp_path.glob("earshot.db*"):
        file.unlink()
    found = figures(ask(metrics="local").text)
    assert (found["earshot_queue_up",], found["earshot_database_up",]) == (1, 0)


def test_no_label_holds_anything_of_a_person(ask, sqlite_store, queues) -> None:
    add_demo(sqlite_store, now=NOW)
    with sqlite_store.writing() as transaction:
        transaction.connections.read_up_to("email:ann.lee@larkbank.example", "7", now=NOW, had_messages=True)
        transaction.connections.failed("email:bob@larkbank.example", "refused", now=NOW)
    watched(queues, "pull", "email:ann.lee@larkbank.example", lambda name: 1, "email:ann.lee@larkbank.example")
    text = ask(metrics="local").text
    for said in ("ann.lee", "bob@", "joss_wattle", "larkbank.example"):
        assert said not in text
    assert figures(text)["earshot_connections_failing", "email"] == 1


def test_every_figure_that_is_declared_is_one_that_is_read(ask, sqlite_store, queues) -> None:
    declared = {metric.name: len(metric.labels) for metric in METRICS}
    reading = read_vital_signs(sqlite_store, queues, clock=lambda: NOW)
    assert set(reading.values) <= set(declared)
    for name, values in reading.values.items():
        assert {len(labels) for labels in values} == {declared[name]}, name


def test_a_monitor_that_asks_too_often_costs_the_database_nothing(sqlite_store, queues, clock, tmp_path) -> None:
    app = make_app(Settings(home=tmp_path / "home", metrics="local"), sqlite_store, queues, clock)
    asked: list[str] = []
    with TestClient(app, client=("127.0.0.1", 5000)) as client:
        client.get("/metrics")
        event.listen(sqlite_store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        assert {client.get("/metrics").status_code for _ in range(20)} == {200}
    assert asked == []


def test_a_scrape_reads_indexes_and_no_table_from_end_to_end(sqlite_store, queues) -> None:
    """On an empty database the plan is the same as on a full one."""
    statements: list[str] = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *told: statements.append((told[2], told[3])))
    read_vital_signs(sqlite_store, queues, clock=lambda: NOW)
    told = list(statements)
    small = {"silences", "connections", "credentials", "register_head", "backups", "alembic_version", "quarantine"}
    with sqlite_store.engine.connect() as connection:
        for statement, parameters in told:
            if not statement.lstrip().upper().startswith("SELECT"):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            for row in plan:
                step = str(row[-1])
                if step.startswith("SCAN ") and "INDEX" not in step and "anon" not in step and "subquery" not in step:
                    assert step.split()[1] in small | {"pragma_table_list", "sqlite_master"}, (step, statement)


def test_ready_says_why_not(ask, sqlite_store, queues, tmp_path) -> None:
    answer = ask("/readyz")
    assert (answer.status_code, answer.json()["ready"], answer.json()["queue"]) == (200, True, "ok")
    queues.is_down = True
    assert ask("/readyz").json()["queue"] == "down"
    assert ask("/readyz").status_code == 200
    with sqlite_store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0007'")
    answer = ask("/readyz")
    assert answer.status_code == 503
    assert "schema 0007" in answer.json()["reason"]
    sqlite_store.close()
    for file in tmp_path.glob("earshot.db*"):
        file.unlink()
    answer = ask("/readyz")
    assert answer.status_code == 503


def test_ready_is_red_while_the_database_is_away(ask, open_store: Callable[[str], Store]) -> None:
    away = open_store("postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=2")
    answer = ask("/readyz", store=away)
    assert (answer.status_code, answer.json()["reason"]) == (503, "the database does not answer")
