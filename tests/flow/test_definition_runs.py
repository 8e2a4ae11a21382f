"""The definition test is run again when its author tells more; each run is kept (edge cases 36 and 35, RG 271.32)."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from models import Event, EventKind
from models.complaint import Status
from policy.house import ContactableBy, IdentifiableBy, ThirdPartyPosts, UnknownLimbs
from policy.loading import Policy, load_policy
from settings import Settings
from store.store import Store
from tests.flow.bench import NOW, Bench, message

ANONYMOUS: dict[str, Any] = {"id": "u9"}


@cache
def shipped() -> Policy:
    return load_policy(**Settings().policy)


def strict(**changes: Any) -> Policy:
    """A firm that takes nobody for a complainant whom it cannot name and reach."""
    rule = replace(shipped().house.definition, unknown_limbs=UnknownLimbs.NOT_MET, **changes)
    return replace(shipped(), house=replace(shipped().house, definition=rule))


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def under(bench: Bench, policy: Policy) -> Bench:
    bench.flow.policy = policy  # type: ignore[misc]
    return bench


def runs_of(bench: Bench) -> list[Event]:
    with bench.store.reading() as transaction:
        cases = [transaction.cases.get(number) for number in range(1, 9)]
        found = [event for case in cases if case for event in transaction.events.of_case(case.id)]
    return [event for event in found if event.kind is EventKind.DEFINITION_TESTED]


def complaints(bench: Bench) -> list[Any]:
    with bench.store.reading() as transaction:
        return list(transaction.complaints.all())


def test_edge_36_an_author_who_cannot_be_reached_and_then_writes_in_private_has_complained_all_along(
    bench: Bench,
) -> None:
    under(bench, strict(contactable_by=frozenset({ContactableBy.PRIVATE_MESSAGE})))
    closed = ANONYMOUS | {"dms_open": False}
    bench.read(message("you charged twice", id="1", on_owned_channel=True, author=closed))
    bench.drain()
    assert complaints(bench) == []
    [first] = runs_of(bench)
    assert first.facts["is_complaint"] is False
    bench.time += timedelta(days=2)
    bench.read(message("hello, it is me", id="2", kind="dm", author=ANONYMOUS, created_at=bench.time.isoformat()))
    bench.drain()
    [complaint] = complaints(bench)
    assert complaint.received_at == NOW - timedelta(minutes=1), "the clock runs from the words, not from the contact"
    again = [event for event in runs_of(bench) if event.facts["why"] == "its author wrote again"]
    assert [event.facts["is_complaint"] for event in again] == [True]
    limbs = {limb["name"]: limb for limb in again[0].facts["limbs"]}  # type: ignore[attr-defined]
    assert limbs["author_contactable"]["evidence"] == "wrote to us in private and can be answered there"


def test_edge_36_opening_private_messages_is_enough_once_the_author_writes_again(bench: Bench) -> None:
    under(bench, strict(contactable_by=frozenset({ContactableBy.PRIVATE_MESSAGE})))
    bench.read(message("you charged twice", id="1", on_owned_channel=True, author=ANONYMOUS | {"dms_open": False}))
    bench.drain()
    opened = ANONYMOUS | {"dms_open": True}
    bench.read(message("so what now", id="2", in_reply_to="1", on_owned_channel=True, author=opened))
    bench.drain()
    [complaint] = complaints(bench)
    assert (complaint.status, complaint.received_at) == (Status.OPEN, NOW - timedelta(minutes=1))


def test_a_later_message_of_somebody_else_tells_nothing_of_the_author(bench: Bench) -> None:
    under(bench, strict(contactable_by=frozenset({ContactableBy.PRIVATE_MESSAGE})))
    bench.read(
        message("you charged twice", id="1", on_owned_channel=True, author=ANONYMOUS | {"dms_open": False}),
        message("so what now", id="2", in_reply_to="1", on_owned_channel=True, author={"id": "u7", "dms_open": True}),
    )
    bench.drain()
    assert complaints(bench) == []


@pytest.mark.parametrize("together", [True, False])
def test_a_name_that_comes_with_the_next_message_identifies_the_author_of_the_first(
    bench: Bench, *, together: bool
) -> None:
    under(bench, strict(identifiable_by=frozenset({IdentifiableBy.NAME})))
    first = message("you charged twice", id="1", on_owned_channel=True, author=ANONYMOUS)
    named = ANONYMOUS | {"name": "Mira Field"}
    second = message("it is Mira Field", id="2", in_reply_to="1", on_owned_channel=True, author=named)
    for batch in [(first, second)] if together else [(first,), (second,)]:
        bench.read(*batch)
        bench.drain()
    [complaint] = complaints(bench)
    assert complaint.received_at == NOW - timedelta(minutes=1)


def test_edge_35_an_answer_on_our_channel_is_a_receipt_and_the_earlier_post_stays_evidence(bench: Bench) -> None:
    under(bench, strict(third_party_posts=ThirdPartyPosts.ENGAGE))
    said_at = (NOW - timedelta(days=1)).isoformat()
    bench.read(message("@acme you charged twice", id="1", on_owned_channel=False, created_at=said_at))
    bench.drain()
    assert complaints(bench) == []
    bench.read(message("yes, please refund it", id="2", kind="dm", in_reply_to="1"))
    bench.drain()
    [complaint] = complaints(bench)
    assert complaint.received_at == NOW - timedelta(minutes=1)
    with bench.store.reading() as transaction:
        kept = [item.mention.text for number in (1, 2) for item in transaction.mentions.of_case(number)]
    assert "@acme you charged twice" in kept


def test_each_run_says_who_decided_under_which_rules_and_where_it_stood(bench: Bench) -> None:
    under(bench, shipped())
    bench.read(message("you charged twice", id="1", on_owned_channel=True))
    bench.drain()
    bench.relabel("1", "praise")
    bench.relabel("1", "complaint")
    runs = runs_of(bench)
    assert [(run.facts["why"], run.facts["is_complaint"], run.facts["decided_by"]) for run in runs] == [
        ("a new message", True, "classifier:keywords"),
        ("a correction by a person", True, "person:agnes"),
    ], "praise says nothing of dissatisfaction: its decision is on the message"
    assert runs[0].facts["rule_version"] == "asic-rg271 2021-09"
    assert runs[0].facts["channel_ownership"] == "owned_or_controlled"
    assert len(runs[0].facts["limbs"]) == 6  # type: ignore[arg-type]
