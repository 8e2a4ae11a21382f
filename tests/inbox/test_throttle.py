"""Wrong tries are counted for all processes together, for minutes, and never by an address that could be read back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from flow.periodic import look_around
from inbox import locks
from inbox.access import invite
from inbox.locks import ADDRESS_WITHIN, MOST_OF_ADDRESS, Throttle, Tried
from inbox.roles import Role
from models.account import Scope
from policy.loading import load_policy
from policy.retention import load_retention
from settings import Settings
from store.store import Store
from store.trying_tables import wrong_tries
from store.vault import vault_of
from tests.inbox.conftest import Browser, add_person, log_in, make_app
from tests.inbox.factory import NOW
from tests.inbox.test_second_factor import answer_code, set_up

ADDRESS = "203.0.113.7"


def throttle_of(store: Store) -> Throttle:
    return Throttle(store, lambda: b"the firm's own key")


def rows(store: Store) -> int:
    with store.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(wrong_tries)) or 0


def fill(throttle: Throttle, tried: Tried = Tried.LOG_IN, address: str = ADDRESS, *, now=NOW) -> None:
    """Everything that this address has."""
    for _ in range(tried.value.most):
        assert throttle.begin(tried, address, now=now)
    assert not throttle.begin(tried, address, now=now)


@pytest.fixture
def processes(settings, store, queues, clock):
    """Two apps on one database, as two processes serve them; each browser comes from where it says."""
    store.vault = vault_of(settings)
    apps = [make_app(settings, store, queues, clock) for _ in range(2)]

    def at(process: int, address: str = ADDRESS) -> Browser:
        return Browser(TestClient(apps[process], follow_redirects=False, client=(address, 1)))

    return at


# the counts, on both databases


def test_two_processes_count_together(store):
    one, other = throttle_of(store), throttle_of(store)
    passed = [(one, other)[number % 2].begin(Tried.LOG_IN, ADDRESS, now=NOW) for number in range(MOST_OF_ADDRESS + 4)]
    assert passed == [True] * MOST_OF_ADDRESS + [False] * 4
    assert one.is_held(Tried.LOG_IN, ADDRESS, now=NOW) and other.is_held(Tried.LOG_IN, ADDRESS, now=NOW)


def test_the_count_outlives_a_restart_and_ends_by_time(store_url):
    before = Store(store_url)
    fill(throttle_of(before))
    before.close()
    after = Store(store_url)
    throttle = throttle_of(after)
    assert not throttle.begin(Tried.LOG_IN, ADDRESS, now=NOW + ADDRESS_WITHIN - timedelta(seconds=1))
    assert throttle.begin(Tried.LOG_IN, ADDRESS, now=NOW + ADDRESS_WITHIN)
    after.close()


def test_what_is_tried_in_one_way_holds_nobody_up_in_another_nor_from_elsewhere(store):
    throttle = throttle_of(store)
    fill(throttle)
    assert throttle.begin(Tried.ONE_TIME_LINK, ADDRESS, now=NOW)
    assert throttle.begin(Tried.PROGRAM_KEY, ADDRESS, now=NOW)
    assert throttle.begin(Tried.LOG_IN, "203.0.113.8", now=NOW)


def test_a_right_password_counts_for_no_wrong_one(store):
    throttle = throttle_of(store)
    for _ in range(MOST_OF_ADDRESS + 5):
        assert throttle.begin(Tried.LOG_IN, ADDRESS, now=NOW)
        throttle.succeeded(Tried.LOG_IN, ADDRESS, now=NOW)


def test_a_flood_from_everywhere_slows_strangers_down_for_a_minute(sqlite_store, monkeypatch):
    monkeypatch.setattr(locks, "MOST_OF_ALL", 20)
    throttle = throttle_of(sqlite_store)
    passed = [throttle.begin(Tried.LOG_IN, f"2001:db8:0:{one:x}::1", now=NOW) for one in range(30)]
    assert passed == [True] * 20 + [False] * 10
    assert rows(sqlite_store) == 20 + 1, "what is refused adds no row"
    assert throttle.begin(Tried.LOG_IN, "198.51.100.1", now=NOW + timedelta(minutes=1))


def test_the_table_holds_minutes_of_tries_whatever_is_tried_for_hours(sqlite_store):
    throttle = throttle_of(sqlite_store)
    for number in range(40):
        throttle.begin(Tried.LOG_IN, f"10.0.{number >> 8}.{number & 255}", now=NOW + timedelta(minutes=number))
    assert rows(sqlite_store) <= ADDRESS_WITHIN.total_seconds() / 60 + 1


def test_the_clock_forgets_where_nobody_tries_any_more(store, settings):
    fill(throttle_of(store))
    policy, retention = load_policy(**settings.policy), load_retention()
    assert look_around(store, policy, settings, retention, now=NOW + ADDRESS_WITHIN - timedelta(seconds=1)) == 1
    assert rows(store) == 1, "of all together, whose minute is over, nothing is left"
    assert look_around(store, policy, settings, retention, now=NOW + ADDRESS_WITHIN) == 1
    assert rows(store) == 0


def test_neither_an_address_nor_a_name_stands_in_the_table_and_the_digest_is_keyed(store):
    throttle_of(store).begin(Tried.LOG_IN, ADDRESS, now=NOW)
    Throttle(store, lambda: b"of another firm").begin(Tried.LOG_IN, ADDRESS, now=NOW)
    with store.engine.connect() as connection:
        kept = connection.execute(select(wrong_tries)).all()
    assert len(kept) == 4, "another key, other digests"
    assert ADDRESS not in str(kept)


# as browsers and programs see it


def test_whoever_tries_at_one_process_is_held_at_the_other_and_the_right_password_works_after_the_pause(
    processes, store, clock
):
    add_person(store, "Priti", Role.AGENT)
    for number in range(MOST_OF_ADDRESS):
        assert log_in(processes(number % 2), f"name {number}", "x").status_code == 401
    assert [log_in(processes(each), "Priti").status_code for each in range(2)] == [429, 429]
    assert log_in(processes(1, "203.0.113.8"), "Priti").status_code == 303
    clock.move(minutes=10, seconds=1)
    assert log_in(processes(1), "Priti").status_code == 303


def test_an_account_is_locked_at_both_processes_and_opens_after_the_pause(processes, store, clock):
    add_person(store, "Priti", Role.AGENT)
    for number in range(6):
        assert log_in(processes(number % 2, f"198.51.100.{number}"), "Priti", "wrong").status_code == 401
    assert log_in(processes(1), "Priti").status_code == 401
    clock.move(minutes=2)
    assert log_in(processes(1), "Priti").status_code == 303


def test_wrong_codes_are_counted_at_both_processes_together(processes, store, clock):
    add_person(store, "Priti", Role.AGENT)
    browsers = [processes(0), processes(1)]
    log_in(browsers[0], "Priti")
    secret, _ = set_up(browsers[0], clock)
    browsers[0].post("/logout")
    clock.move(minutes=2)
    for browser in browsers:
        log_in(browser, "Priti")
    for number in range(5):
        assert answer_code(browsers[number % 2], "000000").status_code == 401
    assert "too many wrong codes" in answer_code(browsers[1], "000000").text


def test_a_flood_of_names_writes_nothing_down_of_them(processes, store):
    before = rows(store)
    for number in range(40):
        log_in(processes(0), f"nobody {number}", "x")
    assert rows(store) - before == 2, "one for the address, one for all"
    with store.reading() as transaction:
        assert transaction.accounts.count() == 0


def test_who_tries_one_time_links_at_random_waits_and_then_the_right_one_opens(processes, store, clock):
    with store.writing() as transaction:
        person = transaction.accounts.add("Keiko", Role.AGENT.value, now=clock())
        token = invite(transaction, person, now=clock())
    tried = [processes(each % 2).get(f"/welcome/{each}").status_code for each in range(MOST_OF_ADDRESS + 2)]
    assert tried == [404] * MOST_OF_ADDRESS + [429] * 2
    assert processes(1).get(f"/welcome/{token}").status_code == 429
    assert processes(1, "203.0.113.8").get(f"/welcome/{token}").status_code == 200
    clock.move(minutes=10, seconds=1)
    assert processes(1).get(f"/welcome/{token}").status_code == 200


@pytest.mark.parametrize("path", ["/api/figures?format=json", "/api/messages"])
def test_who_tries_keys_at_random_is_told_to_wait_and_a_right_key_beside_them_is_served(processes, store, clock, path):
    with store.writing() as transaction:
        key = transaction.api_keys.make("reader", scopes=list(Scope), now=clock())

    def ask(process: int, shown: str):
        client, headers = processes(process).client, {"authorization": f"Bearer {shown}"}
        return client.post(path, json=[], headers=headers) if "messages" in path else client.get(path, headers=headers)

    wrong = [ask(each % 2, f"ek_{each}") for each in range(MOST_OF_ADDRESS + 2)]
    assert [answer.status_code for answer in wrong] == [401] * MOST_OF_ADDRESS + [429] * 2
    assert wrong[-1].headers["retry-after"] == "600"
    assert ask(1, key).status_code in (200, 202)
    clock.move(minutes=10, seconds=1)
    assert ask(0, "ek_x").status_code == 401


def test_nothing_of_it_needs_redis(settings, sqlite_store, queues, clock):
    queues.is_down = True
    add_person(sqlite_store, "Priti", Role.AGENT)
    app = make_app(Settings(home=settings.home), sqlite_store, queues, clock)
    assert log_in(Browser(TestClient(app, follow_redirects=False)), "Priti").status_code == 303
