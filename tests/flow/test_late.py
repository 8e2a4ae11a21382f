"""A case that nobody answers reaches somebody who did not look for it."""

from datetime import timedelta

import pytest

from models import Mention, Receipt, Reply
from models.errors import PermanentError
from store.callouts import Call
from store.store import Store
from tests.flow.bench import NOW, Bench, ChannelInMemory, message

CHARGED = "I was charged twice, give me a refund"
ASKED = "how do i log in?"
LONG = timedelta(days=70)
OF_THE_LATE = (Call.CLOCK_DUE_SOON, Call.CLOCK_MISSED, Call.TARGET_MISSED, Call.NOT_SENT)


class Refusing(ChannelInMemory):
    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        raise PermanentError("the post is gone")


@pytest.fixture
def bench(store: Store) -> Bench:
    """With a lead, an administrator and two agents, of whom one has left."""
    bench = Bench(store)
    with store.writing() as transaction:
        for name, role in (("Lena", "lead"), ("Adam", "admin"), ("Priti", "agent"), ("Gone", "agent")):
            transaction.accounts.add(name, role, now=NOW)
        gone = transaction.accounts.by_name("Gone")
        assert gone is not None
        transaction.accounts.disable(gone.id, now=NOW)
    return bench


def say(bench: Bench, text: str, *, owner: str | None = None) -> None:
    bench.read(message(text, id="1"))
    bench.drain()
    if owner is not None:
        with bench.store.writing() as transaction:
            case = transaction.cases.get(1)
            assert case is not None
            transaction.cases.assign(1, owner, version=case.version, now=bench.time)


def look(bench: Bench, after: timedelta) -> None:
    bench.time = NOW + after
    bench.flow.tick()


def called(bench: Bench, name: str) -> list[Call]:
    with bench.store.reading() as transaction:
        user = transaction.accounts.by_name(name)
        assert user is not None
        kinds = [call.kind for call in transaction.callouts.of(user.id, limit=100)]
    return [kind for kind in kinds if kind in OF_THE_LATE]


def test_the_owner_is_called_once_for_each_clock_that_is_due_soon_or_ran_out(bench: Bench) -> None:
    say(bench, CHARGED, owner="Priti")
    look(bench, timedelta(hours=23))
    assert called(bench, "Priti") == [Call.CLOCK_DUE_SOON]
    look(bench, LONG)
    look(bench, LONG + timedelta(minutes=1))
    clocks = [kind for kind in called(bench, "Priti") if kind is not Call.TARGET_MISSED]
    with bench.store.reading() as transaction:
        missed = [clock for clock in transaction.cases.clocks_of(1) if clock.missed_at is not None]
    assert sorted(clocks) == sorted([Call.CLOCK_DUE_SOON, *[Call.CLOCK_MISSED] * len(missed)])
    assert called(bench, "Lena") == called(bench, "Adam") == []


@pytest.mark.parametrize("owner", [None, "Gone", "somebody else's name"])
def test_where_nobody_owns_the_case_who_leads_is_called(bench: Bench, owner: str | None) -> None:
    say(bench, CHARGED, owner=owner)
    look(bench, LONG)
    assert Call.CLOCK_MISSED in called(bench, "Lena")
    assert called(bench, "Adam") == called(bench, "Priti") == called(bench, "Gone") == []


def test_without_a_lead_an_administrator_is_called(bench: Bench) -> None:
    with bench.store.writing() as transaction:
        lead = transaction.accounts.by_name("Lena")
        assert lead is not None
        transaction.accounts.disable(lead.id, now=NOW)
    say(bench, CHARGED)
    look(bench, LONG)
    assert Call.CLOCK_MISSED in called(bench, "Adam")


def test_a_target_that_is_missed_calls_the_owner_and_the_lead_only_where_it_is_pressing(bench: Bench) -> None:
    say(bench, ASKED, owner="Priti")
    look(bench, LONG)
    assert Call.TARGET_MISSED in called(bench, "Priti")
    assert called(bench, "Lena") == []


def test_an_unowned_question_that_waits_is_told_by_the_board_and_calls_nobody(bench: Bench) -> None:
    say(bench, ASKED)
    look(bench, LONG)
    assert called(bench, "Lena") == called(bench, "Adam") == called(bench, "Priti") == []


@pytest.mark.parametrize(
    ("owner", "told"), [("Priti", {"Priti", "agnes"}), ("Gone", {"agnes"}), (None, {"agnes"}), ("agnes", {"agnes"})]
)
def test_an_answer_that_cannot_be_delivered_calls_who_wrote_it_and_the_owner(
    bench: Bench, owner: str | None, told: set[str]
) -> None:
    with bench.store.writing() as transaction:
        transaction.accounts.add("agnes", "agent", now=NOW)
    say(bench, ASKED, owner=owner)
    row = bench.answer(1, to="1")
    bench.channel = Refusing()
    bench.flow.deliver(row)
    assert {name for name in ("Priti", "agnes", "Lena", "Adam") if called(bench, name)} == told
    assert called(bench, "agnes") == [Call.NOT_SENT]
