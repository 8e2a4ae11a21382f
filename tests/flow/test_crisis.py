"""Spikes found once, and crises declared, frozen, logged and lifted: on both databases, whoever does what at once."""

import secrets
import threading
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from flow.automation import why_silent
from flow.crisis import (
    Wanted,
    approve_statement,
    call_waiting,
    covering,
    declare,
    give_owner,
    is_statement,
    lift,
    paused,
    seen,
    write_note,
    write_statement,
)
from flow.delivery import put_back
from flow.macros import Run, refusals
from flow.named import RefusedError
from flow.spikes import look_for_spikes
from flow.teamwork import By
from measure.hours_of_week import hour_of
from models import EventKind
from models.errors import PermanentError
from models.saved_reply import Macro, MacroAct, MacroActKind
from policy.crisis_rules import load_crisis_rules
from store.crises import StaleCrisisError
from store.crises_tables import topic_hours
from store.outbox import Effect
from store.store import Store
from store.tables import events
from tests.inbox.factory import DEMO, NOW, Said, add

UTC_ZONE = ZoneInfo("UTC")
SHIPPED = load_crisis_rules()
RULES = replace(SHIPPED, severe=replace(SHIPPED.severe, is_on=False))
"""What is told of at once, whatever is usual, has tests of its own: `test_severe`."""
WEEKS = 4
STATEMENT = {"en": "We know that transfers fail. We work on it.", "tr": "Sorunun farkındayız, üzerinde çalışıyoruz."}


@pytest.fixture
def people(store: Store) -> dict[str, int]:
    roles = {"Lena": "lead", "Cem": "compliance", "Ana": "admin", "Priti": "agent"}
    with store.writing() as transaction:
        ids = {name: transaction.accounts.add(name, role, now=NOW) for name, role in roles.items()}
        for user_id in ids.values():
            transaction.accounts.set_password(user_id, "hash")
    return ids


def by(person: str, minutes: float = 0) -> By:
    return By(person, NOW + timedelta(minutes=minutes), secrets.token_hex(16))


def wanted(**changed) -> Wanted:
    return replace(Wanted("Transfers fail", "hundreds write", (), (), (), "Lena", STATEMENT), **changed)


def declared(store: Store, told: Wanted | None = None, who: By | None = None, notify=()) -> int:
    with store.writing() as transaction:
        return declare(transaction, told or wanted(), RULES, who or by("Cem"), notify=notify)


def crisis_of(store: Store, number: int):
    with store.writing() as transaction:
        return transaction.crises.get(number)


def kinds(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        return [row.kind for row in connection.execute(events.select().order_by(events.c.id))]


# spikes


def quiet_weeks(store: Store, topic: str = "*", channel: str = "x") -> None:
    """A past of one person an hour or none, as if it had been counted."""
    first = hour_of(NOW) - timedelta(weeks=WEEKS)
    rows = [
        {
            "hour": first + timedelta(hours=number),
            "topic": topic,
            "channel": channel,
            "people": number % 2,
            "weight": 1.0,
        }
        for number in range(WEEKS * 168 - 12)
    ]
    with store.engine.begin() as connection:
        connection.execute(topic_hours.insert(), rows)


def storm(store: Store, count: int) -> list[int]:
    """All within one hour, from as many people."""
    return [
        add(
            store,
            Said(f"fails {each}", handle=f"person{each}", native_id=f"s{each}", tags=("outage",), minutes_ago=5),
            now=NOW + timedelta(minutes=70),
        )
        for each in range(count)
    ]


def look(store: Store, minutes: float = 75) -> int:
    return look_for_spikes(store, RULES, zone=UTC_ZONE, now=NOW + timedelta(minutes=minutes))


def test_a_spike_is_said_once_with_its_numbers_and_leads_are_called(store: Store, people):
    quiet_weeks(store)
    cases = storm(store, 25)
    assert look(store) == 1
    assert look(store, 76) == 0  # not due again yet
    assert look(store, 82) == 0
    with store.reading() as transaction:
        [spike] = transaction.spikes.open_spikes()
        [call] = transaction.callouts.of(people["Lena"], limit=5)
        assert transaction.callouts.of(people["Priti"], limit=5) == []
        assert {row[0] for row in transaction.spikes.cases_of(spike.id, limit=100)} == set(cases)
        assert transaction.spikes.sizes([spike.id])[spike.id] == (25, 25, 0)
    assert spike.numbers["people"] == 25
    assert spike.numbers["usual"] < 3
    assert spike.numbers["policy"] == RULES.title
    assert len(spike.examples) == 5
    assert call.case_id in cases
    assert kinds(store).count(EventKind.SPIKE_FOUND.value) == 1


def test_the_same_messages_under_another_name_are_no_second_spike(store: Store, people):
    quiet_weeks(store)
    quiet_weeks(store, "outage")
    storm(store, 25)
    look(store)
    with store.reading() as transaction:
        assert len(transaction.spikes.open_spikes()) == 1


def test_a_spike_is_over_when_it_has_been_quiet_for_hours_and_says_so_once(store: Store, people):
    quiet_weeks(store)
    storm(store, 25)
    look(store)
    for hours in range(2, 14):
        look(store, 60 * hours + 20)
    with store.reading() as transaction:
        assert transaction.spikes.open_spikes() == []
        [spike] = transaction.spikes.recent_spikes(limit=5)
    assert spike.ended_at is not None
    assert kinds(store).count(EventKind.SPIKE_OVER.value) == 1
    assert kinds(store).count(EventKind.SPIKE_FOUND.value) == 1


def test_each_author_counts_once_an_hour_and_each_message_once_however_often_it_is_looked_at(store: Store, people):
    for number in range(30):
        add(store, Said(f"again {number}", handle="one_person", native_id=f"n{number}", minutes_ago=5), now=NOW)
    look(store, 1)
    look(store, 10)
    with store.reading() as transaction:
        counted = transaction.spikes.hourly(NOW - timedelta(days=1), topic="*")
    assert [row[3] for row in counted] == [1]


def test_noise_spam_and_praise_are_not_counted(store: Store, people):
    for number, label in enumerate(("spam", "praise")):
        add(store, Said("buy now", label=label, handle=f"p{number}", native_id=f"q{number}"), now=NOW)
    look(store, 1)
    with store.reading() as transaction:
        assert transaction.spikes.hourly(NOW - timedelta(days=1)) == []


def test_two_processes_that_look_at_once_find_one_spike(store: Store, people):
    quiet_weeks(store)
    storm(store, 25)
    start, done = threading.Barrier(2), list[int]()

    def run() -> None:
        start.wait()
        done.append(look(store))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 1
    assert kinds(store).count(EventKind.SPIKE_FOUND.value) == 1


# crises


@pytest.fixture
def case_id(store: Store) -> int:
    return add(store, *DEMO[0], now=NOW)


def test_a_crisis_without_a_case_calls_with_the_first_one_that_comes_and_says_so_only_then(store: Store, people):
    number = declared(store, notify=["slack"])

    def look(minutes: int) -> int:
        return call_waiting(store, RULES, notify=["slack"], now=NOW + timedelta(minutes=minutes))

    def log() -> list[str]:
        with store.reading() as transaction:
            return [note.kind for note in transaction.crises.notes(number)]

    assert look(1) == 0
    assert "called" not in log()
    case_id = add(store, *DEMO[0], now=NOW)
    assert (look(2), look(3)) == (1, 0)
    with store.reading() as transaction:
        called = {name for name, user_id in people.items() if transaction.callouts.of(user_id, limit=5)}
        told = [row.sink for row in transaction.outbox.of_case(case_id) if row.effect is Effect.NOTIFY]
    assert (called, told, log().count("called")) == ({"Lena", "Cem", "Ana"}, ["slack"], 1)


def test_a_crisis_has_an_owner_a_scope_a_log_and_calls_who_is_on_the_list(store: Store, people, case_id):
    number = declared(store, notify=["slack"])
    crisis = crisis_of(store, number)
    assert (crisis.owner, crisis.declared_by, crisis.policy) == ("Lena", "Cem", RULES.title)
    assert crisis.approved_texts == {}
    with store.reading() as transaction:
        log = [note.kind for note in transaction.crises.notes(number)]
        called = {name for name, user_id in people.items() if transaction.callouts.of(user_id, limit=5)}
        told = [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.NOTIFY]
        case = transaction.cases.get(case_id)
        assert covering(transaction, case, RULES).id == number
    assert log == ["declared", "statement", "called"]
    assert called == {"Lena", "Cem", "Ana"}
    assert [(row.sink, row.key) for row in told] == [("slack", f"earshot-crisis-{number}")]
    assert kinds(store).count(EventKind.CRISIS_DECLARED.value) == 1


def test_the_same_form_declares_once_and_the_same_scope_runs_once(store: Store, people, case_id):
    form = by("Cem")
    first = declared(store, who=form)
    assert declared(store, who=form) == first
    with pytest.raises(RefusedError, match="Transfers fail"):
        declared(store, wanted(name="Another"), by("Ana"))
    other = declared(store, wanted(name="On Bluesky", channels=("bluesky",)), by("Ana", 1))
    assert other != first


def test_of_two_people_who_declare_the_same_at_once_one_does(store: Store, people, case_id):
    start, done = threading.Barrier(2), list[str]()

    def run(person: str) -> None:
        start.wait()
        try:
            declared(store, who=by(person))
            done.append("declared")
        except RefusedError:
            done.append("refused")

    threads = [threading.Thread(target=run, args=(person,)) for person in ("Cem", "Ana")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["declared", "refused"]
    assert kinds(store).count(EventKind.CRISIS_DECLARED.value) == 1


def test_an_agent_declares_and_owns_nothing(store: Store, people, case_id):
    with pytest.raises(RefusedError, match="Priti is agent"):
        declared(store, who=by("Priti"))
    with pytest.raises(RefusedError, match="Priti is agent"):
        declared(store, wanted(owner="Priti"))


def test_where_scopes_overlap_the_crisis_declared_first_has_the_say(store: Store, people, case_id):
    narrow = declared(store, wanted(channels=("x",), owner="Ana"))
    declared(store, wanted(name="All of it"), by("Cem", 5))
    with store.reading() as transaction:
        assert covering(transaction, transaction.cases.get(case_id), RULES).id == narrow


def test_a_scope_is_topics_channels_and_languages(store: Store, people, case_id):
    outage = add(
        store, Said("down", tags=("outage",), handle="o", native_id="o", lang="tr", channel="bluesky"), now=NOW
    )

    def covers(**scope) -> list[bool]:
        number = declared(store, wanted(**scope), by("Ana"))
        with store.reading() as transaction:
            running = transaction.crises.get(number)
            found = [
                covering(transaction, transaction.cases.get(each), RULES) is not None for each in (outage, case_id)
            ]
        with store.writing() as transaction:
            lift(transaction, running, "learnt", RULES, by("Ana"), version=running.version)
        return found

    assert covers(topics=("outage",)) == [True, False]
    assert covers(topics=("billing_payment",)) == [True, True]  # the classifier's topic
    assert covers(channels=("bluesky",)) == [True, False]
    assert covers(languages=("en",)) == [False, True]
    assert covers(topics=("outage",), channels=("x",)) == [False, False]
    assert covers() == [True, True]


def test_nobody_approves_the_statement_they_wrote_and_new_words_need_approval_again(store: Store, people, case_id):
    number = declared(store)

    def act(what, *given, **named) -> None:
        with store.writing() as transaction:
            what(transaction, transaction.crises.get(number), *given, **named)

    with pytest.raises(RefusedError, match="Cem wrote"):
        act(approve_statement, RULES, by("Cem"), version=1)
    with pytest.raises(RefusedError, match="Priti is agent"):
        act(approve_statement, RULES, by("Priti"), version=1)
    act(approve_statement, RULES, by("Ana"), version=1)
    assert crisis_of(store, number).approved_texts == STATEMENT
    assert is_statement(crisis_of(store, number), "  We know that transfers fail.\nWe work on it. ")
    assert not is_statement(crisis_of(store, number), STATEMENT["en"] + " Soon.")
    act(write_statement, {"en": "Solved."}, RULES, by("Ana"), version=2)
    assert crisis_of(store, number).approved_texts == {}
    with pytest.raises(StaleCrisisError):
        act(approve_statement, RULES, by("Lena"), version=2)
    act(approve_statement, RULES, by("Lena"), version=3)
    assert crisis_of(store, number).approved_texts == {"en": "Solved."}


@pytest.mark.parametrize("statement", [{"de": "Wir wissen es."}, {"en": "Dear {name}"}, {"en": "x" * 2_001}])
def test_a_statement_that_cannot_go_out_as_it_stands_is_refused(store: Store, people, case_id, statement):
    with pytest.raises(RefusedError, match="holding statement"):
        declared(store, wanted(statement=statement))


def test_only_the_owner_or_an_administrator_lifts_it_and_says_what_was_learnt(store: Store, people, case_id):
    number = declared(store)
    crisis = crisis_of(store, number)

    def lift_as(person: str, words: str, who: By | None = None) -> None:
        with store.writing() as transaction:
            running = transaction.crises.get(number)
            lift(transaction, running, words, RULES, who or by(person), version=running.version)

    with pytest.raises(RefusedError, match="Cem is compliance"):
        lift_as("Cem", "done")
    with pytest.raises(RefusedError, match="say why"):
        lift_as("Lena", " ")
    form = by("Lena")
    lift_as("Lena", "Tell the desk sooner.", form)
    lift_as("Lena", "Tell the desk sooner.", form)
    over = crisis_of(store, number)
    assert (over.state, over.lessons, over.lifted_by) == ("lifted", "Tell the desk sooner.", "Lena")
    assert kinds(store).count(EventKind.CRISIS_LIFTED.value) == 1
    with store.reading() as transaction:
        assert transaction.crises.running() == []
    declared(store, wanted(name="It is back"), by("Ana"))  # the scope is free again
    with store.writing() as transaction, pytest.raises(StaleCrisisError):
        give_owner(transaction, crisis, "Ana", RULES, by("Cem"), version=crisis.version)


def test_notes_owners_and_who_knows_of_it_stand_in_the_log_once(store: Store, people, case_id):
    number, form = declared(store), by("Priti")
    for _ in range(2):
        with store.writing() as transaction:
            crisis = transaction.crises.get(number)
            write_note(transaction, crisis, "The bank's own page is down, too.", form)
            seen(transaction, crisis, by("Priti"))
    with store.writing() as transaction:
        give_owner(transaction, transaction.crises.get(number), "Ana", RULES, by("Lena"), version=1)
    assert crisis_of(store, number).owner == "Ana"
    with store.reading() as transaction:
        log = [note.kind for note in transaction.crises.notes(number)]
    assert sorted(log) == ["called", "declared", "note", "owned", "seen", "statement"]


def test_while_it_runs_no_program_answers_and_its_owner_is_called_once(store: Store, people, case_id):
    number = declared(store, wanted(channels=("x",)))
    with store.writing() as transaction:
        before = [(one.key, one.due_at, one.met_at) for one in transaction.cases.clocks_of(case_id)]
        assert "Lena is called" in (why_silent(transaction, case_id) or "")
        calls = len(transaction.callouts.of(people["Lena"], limit=20))
        for _ in range(2):
            paused(transaction, case_id, transaction.crises.get(number), "77", now=NOW)
        assert len(transaction.callouts.of(people["Lena"], limit=20)) == calls + 1
        after = [(one.key, one.due_at, one.met_at) for one in transaction.cases.clocks_of(case_id)]
    assert before == after
    with store.writing() as transaction:
        lift(transaction, transaction.crises.get(number), "over", RULES, by("Lena"), version=1)
        assert why_silent(transaction, case_id) is None


def test_a_macro_that_puts_a_saved_reply_in_is_refused(store: Store, people, case_id):
    macro = Macro("m", "Say sorry", (MacroAct(MacroActKind.SAVED_REPLY, "sorry"),))
    declared(store)
    with store.reading() as transaction:
        told = refusals(transaction, transaction.cases.get(case_id), macro, Run("Priti", "k", NOW.date(), NOW))
    assert any("saved replies are frozen" in one for one in told)


def test_an_automatic_answer_that_is_not_sent_for_a_crisis_calls_its_owner_to_the_case(store: Store, people, case_id):
    declared(store)
    with store.writing() as transaction:
        mention = transaction.mentions.of_case(case_id)[-1].mention.id
        number = transaction.outbox.add(
            Effect.SEND_REPLY,
            sink="local",
            key="automatic-1",
            case_id=case_id,
            mention_id=mention,
            payload={"text": "Thank you.", "is_private": False},
            now=NOW,
        )
        calls = len(transaction.callouts.of(people["Lena"], limit=20))
        row = transaction.outbox.claim(number, worker="w", now=NOW, lease_seconds=60)
        reason = why_silent(transaction, case_id)
        put_back(transaction, row, PermanentError(reason), now=NOW)
        assert len(transaction.callouts.of(people["Lena"], limit=20)) == calls + 1
        told = [event.kind for event in transaction.events.of_case(case_id)]
    assert told.count(EventKind.CRISIS_PAUSED_ANSWER) == 1
