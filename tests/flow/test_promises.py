"""The promise register on both databases: made once, kept or broken by its own instant, never by that of the tick."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flow import approvals, promises
from flow.merging import Merging
from flow.named import RefusedError
from flow.promises import House, Wanted, house_of
from flow.teamwork import By
from models import ActorKind, EventKind
from models.promise import Promise, PromiseKind, PromiseState
from models.retention import REDACTED
from policy.loading import load_policy
from store.approvals import Asked
from store.callouts import Call
from store.promises import Promises
from store.store import Store
from tests.inbox.factory import Said, add

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""11:00 in Sydney, where people work from 9:00 to 17:00."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
SYDNEY = ZoneInfo("Australia/Sydney")


@pytest.fixture
def house() -> House:
    return house_of(POLICY)


@pytest.fixture
def case_id(store: Store) -> int:
    case_id = add(store, Said("how do I log in?", label="enquiry"), now=MONDAY)
    with store.writing() as transaction:
        for name in ("Priti", "Keiko"):
            transaction.accounts.add(name, "agent", now=MONDAY)
        case = transaction.cases.get(case_id)
        transaction.cases.assign(case_id, "Priti", version=case.version, now=MONDAY)
    return case_id


def by(key: str, at: datetime = MONDAY, person: str = "Keiko") -> By:
    return By(person, at, key)


def promise(store: Store, house: House, case_id: int, *, due: datetime, key: str = "k1", **more: object) -> int:
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        wanted = Wanted(PromiseKind.CALL_BACK, "We will call you.", due, "as said")
        number = promises.make(transaction, case, wanted, house, by(key), **more)
    assert number is not None
    return number


def get(store: Store, number: int) -> Promise:
    with store.reading() as transaction:
        found = transaction.promises.get(number)
    assert found is not None
    return found


def kinds(store: Store, case_id: int) -> list[EventKind]:
    with store.reading() as transaction:
        events = transaction.events.of_case(case_id)
    return [event.kind for event in events if event.kind.value.startswith("promise_")]


def calls(store: Store, name: str = "Priti") -> list[Call]:
    with store.reading() as transaction:
        user = transaction.accounts.by_name(name)
        return [one.kind for one in transaction.callouts.of(user.id, limit=50)]


def keep(store: Store, number: int, *, at: datetime, key: str = "kept", in_time: str = "") -> bool:
    with store.writing() as transaction:
        return promises.keep(transaction, transaction.promises.get(number), by(key, at), in_time=in_time)


def test_a_promise_is_made_once_for_one_form_and_its_words_are_in_no_event(store: Store, house: House, case_id: int):
    number = promise(store, house, case_id, due=MONDAY + DAY)
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        wanted = Wanted(PromiseKind.REFUND, "Twice", MONDAY + 2 * DAY, "")
        assert promises.make(transaction, case, wanted, house, by("k1")) is None
        events = transaction.events.of_case(case_id)
    kept = get(store, number)
    assert (kept.kind, kept.words, kept.made_by, kept.state) == (
        PromiseKind.CALL_BACK,
        "We will call you.",
        "Keiko",
        PromiseState.OPEN,
    )
    [made] = [event for event in events if event.kind is EventKind.PROMISE_MADE]
    assert (made.actor_kind, made.actor) == (ActorKind.PERSON, "Keiko")
    assert "call you" not in str(made.facts)


@pytest.mark.parametrize(
    ("words", "due", "says"),
    [
        (" ", MONDAY + DAY, "say what is promised"),
        ("x" * 501, MONDAY + DAY, "1 to 500 characters"),
        ("soon", MONDAY, "has passed"),
        ("soon", MONDAY + 366 * DAY, "365 days at most"),
    ],
)
def test_a_promise_that_nobody_can_give_is_refused_with_the_way_out(store, house, case_id, words, due, says):
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        with pytest.raises(RefusedError, match=says):
            promises.make(transaction, case, Wanted(PromiseKind.OTHER, words, due, ""), house, by("k1"))


def test_the_owner_is_reminded_once_four_working_hours_before_and_never_at_midnight(store, house, case_id):
    due = MONDAY + DAY  # Tuesday, 11:00: two working hours of Tuesday and two of Monday before
    promise(store, house, case_id, due=due)
    assert promises.look(store, house.working, now=MONDAY + 3 * HOUR) == 0
    assert promises.look(store, house.working, now=MONDAY + 4 * HOUR) == 1
    assert promises.look(store, house.working, now=MONDAY + 5 * HOUR) == 0
    assert calls(store) == [Call.PROMISE_DUE]
    assert calls(store, "Keiko") == []


def test_after_a_standstill_the_reminder_waits_for_the_morning(store, house, case_id):
    promise(store, house, case_id, due=MONDAY + DAY)
    midnight = datetime(2026, 11, 24, 0, 0, tzinfo=SYDNEY)
    assert promises.look(store, house.working, now=midnight) == 0
    assert promises.look(store, house.working, now=midnight + 9 * HOUR) == 1
    assert kinds(store, case_id) == [EventKind.PROMISE_MADE, EventKind.PROMISE_DUE_SOON]


def test_what_is_kept_before_its_reminder_is_never_reminded_of_nor_broken(store, house, case_id):
    kept_before = promise(store, house, case_id, due=MONDAY + DAY)
    keep(store, kept_before, at=MONDAY + HOUR)
    assert promises.look(store, house.working, now=MONDAY + 5 * HOUR) == 0
    assert promises.look(store, house.working, now=MONDAY + 2 * DAY) == 0
    assert calls(store) == []


def test_nobody_is_reminded_on_a_public_holiday_or_a_weekend(store, house, case_id):
    friday = datetime(2026, 12, 24, 10, 0, tzinfo=SYDNEY)
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        due = datetime(2026, 12, 29, 10, 0, tzinfo=SYDNEY)
        wanted = Wanted(PromiseKind.CALL_BACK, "After Christmas", due, "")
        number = promises.make(transaction, case, wanted, house, by("k1", friday))
    at = get(store, number).remind_at.astimezone(SYDNEY)
    # 25, 26 and 28 December are holidays in New South Wales and the 27th is a Sunday
    assert at == datetime(2026, 12, 24, 14, 0, tzinfo=SYDNEY)
    for day in (25, 26, 27, 28):
        assert not house.working.is_open(datetime(2026, 12, day, 11, tzinfo=SYDNEY))


def test_what_nobody_marked_kept_is_broken_once_at_the_instant_it_was_due(store, house, case_id):
    due = MONDAY + DAY
    number = promise(store, house, case_id, due=due)
    assert promises.look(store, house.working, now=due - HOUR) == 1, "the reminder"
    assert promises.look(store, house.working, now=due) == 0, "at its very instant it is in time"
    night = due + 14 * HOUR
    assert promises.look(store, house.working, now=night) == 1, "what is broken is noted at any hour"
    assert promises.look(store, house.working, now=night + DAY) == 0
    broken = get(store, number)
    assert (broken.state, broken.settled_at, broken.is_overdue) == (PromiseState.BROKEN, due, True)
    with store.reading() as transaction:
        [event] = [one for one in transaction.events.of_case(case_id) if one.kind is EventKind.PROMISE_BROKEN]
    assert (event.at, event.actor_kind) == (due, ActorKind.RULE)
    assert calls(store) == [Call.PROMISE_BROKEN, Call.PROMISE_DUE]


def test_where_the_case_has_no_owner_whoever_promised_is_told(store, house, case_id):
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        transaction.cases.assign(case_id, None, version=case.version, now=MONDAY)
    promise(store, house, case_id, due=MONDAY + HOUR)
    promises.look(store, house.working, now=MONDAY + 2 * HOUR)
    assert calls(store, "Keiko") == [Call.PROMISE_BROKEN]


def test_whether_it_was_kept_does_not_depend_on_when_the_clock_looked(store, house, case_id):
    due = MONDAY + HOUR
    first = promise(store, house, case_id, due=due)
    second = promise(store, house, case_id, due=due, key="k2")
    assert keep(store, first, at=due, key="a")
    assert keep(store, second, at=due + timedelta(seconds=1), key="b")
    assert get(store, first).state is PromiseState.KEPT
    late = get(store, second)
    assert (late.state, late.late_at, late.is_overdue) == (PromiseState.BROKEN, due + timedelta(seconds=1), False)
    assert kinds(store, case_id).count(EventKind.PROMISE_BROKEN) == 1
    assert promises.look(store, house.working, now=due + DAY) == 0


def test_kept_in_time_and_said_late_needs_a_reason_that_is_kept(store, house, case_id):
    number = promise(store, house, case_id, due=MONDAY + HOUR)
    promises.look(store, house.working, now=MONDAY + DAY)
    assert keep(store, number, at=MONDAY + DAY, in_time="Called at 11:40, see the telephone log")
    kept = get(store, number)
    assert (kept.state, kept.reason) == (PromiseState.KEPT, "Called at 11:40, see the telephone log")


def test_a_broken_promise_that_nobody_waits_for_any_more_stays_broken_and_leaves_the_overdue(store, house, case_id):
    number = promise(store, house, case_id, due=MONDAY + HOUR)
    later = MONDAY + DAY
    with store.writing() as transaction:
        assert promises.withdraw(transaction, transaction.promises.get(number), "they moved", by("w", later))
        assert not promises.withdraw(transaction, transaction.promises.get(number), "they moved", by("w", later))
        with pytest.raises(RefusedError, match="settled already"):
            promises.keep(transaction, transaction.promises.get(number), by("x", later))
        assert transaction.promises.counts(person=None, team=None) == {
            "due": 0,
            "overdue": 0,
            "kept": 0,
            "broken": 1,
            "withdrawn": 0,
        }


def test_another_date_withdraws_the_old_promise_and_names_it(store, house, case_id):
    number = promise(store, house, case_id, due=MONDAY + DAY)
    with store.writing() as transaction:
        old = transaction.promises.get(number)
        arguments = (MONDAY + 2 * DAY, "as asked", "the part comes later", house, by("d"))
        new = promises.change_date(transaction, old, *arguments)
        assert promises.change_date(transaction, old, *arguments) is None, "the same form"
        with pytest.raises(RefusedError, match="settled already: withdrawn by Keiko"):
            promises.change_date(transaction, old, *arguments[:-1], by("e"))
    assert (get(store, number).state, get(store, number).replaced_by) == (PromiseState.WITHDRAWN, new)
    assert (get(store, new).replaces, get(store, new).words) == (number, "We will call you.")
    assert kinds(store, case_id) == [EventKind.PROMISE_MADE, EventKind.PROMISE_DATE_CHANGED]


def test_a_broken_promise_given_another_date_stays_broken(store, house, case_id):
    number = promise(store, house, case_id, due=MONDAY + HOUR)
    later = MONDAY + DAY
    with store.writing() as transaction:
        old = transaction.promises.get(number)
        assert promises.change_date(transaction, old, later + DAY, "", "sick", house, by("d", later))
        with pytest.raises(RefusedError):
            promises.change_date(transaction, old, later + DAY, "", "again", house, by("e", later))
    assert (get(store, number).state, get(store, number).is_overdue) == (PromiseState.BROKEN, False)


def test_of_two_people_who_settle_it_at_once_one_does(store, house, case_id):
    number = promise(store, house, case_id, due=MONDAY + DAY)
    before = get(store, number)
    done: list[str] = []
    start = threading.Barrier(2)

    def settle(person: str) -> None:
        start.wait()
        try:
            with store.writing() as transaction:
                if person == "Priti":
                    promises.keep(transaction, before, by(person, person=person))
                else:
                    promises.withdraw(transaction, before, "not needed", by(person, person=person))
        except RefusedError:
            return
        done.append(person)

    threads = [threading.Thread(target=settle, args=(person,)) for person in ("Priti", "Keiko")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    after = get(store, number)
    assert after.settled_by == done[0]
    assert len(kinds(store, case_id)) == 2


def test_two_ticks_at_once_break_a_promise_once(store, house, case_id):
    for number in range(5):
        promise(store, house, case_id, due=MONDAY + HOUR, key=f"p{number}")
    start = threading.Barrier(2)
    said: list[int] = []

    def tick() -> None:
        start.wait()
        said.append(promises.look(store, house.working, now=MONDAY + DAY))

    threads = [threading.Thread(target=tick) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(said) == 5
    assert kinds(store, case_id).count(EventKind.PROMISE_BROKEN) == 5


def test_more_than_one_part_of_them_is_handled_in_one_look(store, house, case_id, monkeypatch):
    monkeypatch.setattr(promises, "MOST_AT_ONCE", 2)
    for number in range(5):
        promise(store, house, case_id, due=MONDAY + HOUR, key=f"p{number}")
    assert promises.look(store, house.working, now=MONDAY + DAY) == 5


def _asked(store: Store, case_id: int) -> Asked:
    with store.reading() as transaction:
        mention = transaction.mentions.of_case(case_id)[0].mention.id
        author = transaction.accounts.by_name("Keiko")
    return Asked("f" * 32, case_id, mention, author.id, "Keiko", "We call.", False, None, {}, "", [], "", 1)


def test_a_promise_in_a_reply_that_waits_begins_when_the_reply_goes_out(store, house, case_id):
    asked = _asked(store, case_id)
    with store.writing() as transaction:
        case, key = transaction.cases.get(case_id), asked.form_key
        approval_id = approvals.hand_in(transaction, asked, now=MONDAY)
        wanted = Wanted(PromiseKind.CALL_BACK, "We call.", MONDAY + DAY, "", asked.mention_id)
        number = promises.make(transaction, case, wanted, house, by(key), waits=True)
        assert transaction.promises.of_case(case_id) == []
    assert promises.look(store, house.working, now=MONDAY + 2 * DAY) == 0, "nobody was promised anything"
    with store.writing() as transaction:
        approval = transaction.approvals.get(approval_id)
        assert approvals.approved(transaction, approval, "We call.", None, by("z", MONDAY + HOUR, "Lena"))
    begun = get(store, number)
    assert (begun.state, begun.made_by, begun.made_at) == (PromiseState.OPEN, "Keiko", MONDAY + HOUR)
    assert kinds(store, case_id) == [EventKind.PROMISE_MADE]


def test_of_a_reply_that_was_sent_back_nothing_is_promised(store, house, case_id):
    asked = _asked(store, case_id)
    with store.writing() as transaction:
        approval_id = approvals.hand_in(transaction, asked, now=MONDAY)
        case, key = transaction.cases.get(case_id), asked.form_key
        wanted = Wanted(PromiseKind.CALL_BACK, "We call.", MONDAY + DAY, "", asked.mention_id)
        promises.make(transaction, case, wanted, house, by(key), waits=True)
        approvals.send_back(transaction, transaction.approvals.get(approval_id), "No", by("z", MONDAY, "Lena"))
        assert transaction.promises.of_key(promises.key_of(key)) is None
    assert kinds(store, case_id) == []


def test_a_promise_goes_with_the_message_it_is_about_when_cases_are_merged_and_taken_apart(store, house, case_id):
    other = add(store, Said("where is it?", label="enquiry", handle="h2", native_id="n2"), now=MONDAY)
    number = promise(store, house, other, due=MONDAY + DAY)
    with store.writing() as transaction:
        kept, away = transaction.cases.get(case_id), transaction.cases.get(other)
        merging = Merging(transaction, POLICY, by("m"))
        merging.merge(case_id, other, versions=(kept.version, away.version), reason="the same person")
        assert [one.id for one in transaction.promises.open_of(case_id)] == [number]
        assert transaction.promises.next_of([case_id, other]).keys() == {case_id}
    with store.writing() as transaction:
        version = transaction.cases.get(other).version
        Merging(transaction, POLICY, by("u", MONDAY + HOUR)).unmerge(other, version=version)
        assert [one.id for one in transaction.promises.open_of(other)] == [number]


def test_the_words_of_promises_go_with_those_of_their_case(store, house, case_id):
    number = promise(store, house, case_id, due=MONDAY + DAY)
    with store.writing() as transaction:
        promises.withdraw(transaction, transaction.promises.get(number), "her mother is ill", by("w"))
        transaction.redaction.sent(case_id)
        transaction.redaction.log(case_id, notes=False)
        events = transaction.events.of_case(case_id)
    gone = get(store, number)
    assert (gone.words, gone.basis, gone.reason) == (REDACTED, "", REDACTED)
    assert "mother" not in str([event.facts for event in events])


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["keep", "withdraw", "date", "look", "in time", "make"]),
        st.integers(0, 3),
        st.integers(0, 30),
        st.integers(1, 40),
    ),
    max_size=14,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(ACTS)
def test_whatever_people_and_the_clock_do_a_promise_ends_once_and_by_its_own_instant(sqlite_store, acts):
    """The clock only moves on; each promise is settled once at most; what is kept was said in time or has a reason."""
    house, store = house_of(POLICY), sqlite_store
    case_id = add(store, Said("hello?", label="enquiry", native_id=uuid4().hex), now=MONDAY)
    numbers = [promise(store, house, case_id, due=MONDAY + 20 * HOUR, key=f"{case_id}-first")]
    at = MONDAY
    for place, (act, which, hours, ahead) in enumerate(acts):
        at += hours * HOUR
        _act(store, house, case_id, act, numbers, numbers[which % len(numbers)], at, ahead, f"{case_id}-{place}")
    promises.look(store, house.working, now=at)
    with store.reading() as transaction:
        found = transaction.promises.of_case(case_id)
        events = [event for event in transaction.events.of_case(case_id)]
    for one in found:
        _check(one, at)
    for kind in (EventKind.PROMISE_BROKEN, EventKind.PROMISE_DUE_SOON, EventKind.PROMISE_KEPT):
        named = [event.facts["promise"] for event in events if event.kind is kind]
        assert len(named) == len(set(named))
    for event in events:
        if event.kind is EventKind.PROMISE_DUE_SOON:
            assert house.working.is_open(event.at)
    assert len({one.replaces for one in found if one.replaces}) == len([one for one in found if one.replaces])


def _act(store, house, case_id, act, numbers, number, at, ahead, key):
    try:
        with store.writing() as transaction:
            one, who = transaction.promises.get(number), by(key, at)
            if act == "make":
                wanted = Wanted(PromiseKind.OTHER, "x", at + ahead * HOUR, "")
                numbers.append(promises.make(transaction, transaction.cases.get(case_id), wanted, house, who))
            elif act in ("keep", "in time"):
                promises.keep(transaction, one, who, in_time="log" if act == "in time" else "")
            elif act == "withdraw":
                promises.withdraw(transaction, one, "why", who)
            elif act == "date":
                numbers.append(promises.change_date(transaction, one, at + ahead * HOUR, "", "why", house, who))
        if act == "look":
            promises.look(store, house.working, now=at)
    except RefusedError:
        return


def _check(one: Promise, now: datetime) -> None:
    if one.state is PromiseState.OPEN:
        assert one.due_at >= now
        assert one.settled_at is None
    elif one.state is PromiseState.KEPT:
        assert one.settled_at <= one.due_at or one.reason
    elif one.state is PromiseState.BROKEN:
        assert one.due_at < now
        assert sum((one.late_at is not None, bool(one.reason), one.replaced_by is not None)) <= 1
    else:
        assert one.settled_at <= one.due_at


def test_the_table_answers_by_its_own_module_only(store: Store):
    with store.reading() as transaction:
        assert isinstance(transaction.promises, Promises)
        assert transaction.promises.newest_message(999) is None
