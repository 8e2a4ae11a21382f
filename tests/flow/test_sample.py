"""The bundled sample through the flow with the shipped classifier: what a newcomer sees on the first run.

Counts are bounds, so that better weights or a better policy do not break them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.replay.sample import sample_path
from models import Decision, Tier
from policy.house import Said
from register.verify import verify
from store.cases import StoredCase
from store.mentions import StoredMention
from tests.flow.bench import Bench, bench_with_sample
from triage.ticket import external_id

MOST_LOST = 3
LEAST_TIER_3 = 50
MOST_RAISED = 6


@dataclass(frozen=True)
class Outcome:
    """One message of the sample, what its author expects, and what became of it."""

    item: StoredMention
    shows: str
    expect: dict[str, Any]
    decision: Decision


@pytest.fixture(scope="module")
def bench(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = bench_with_sample(empty_sqlite, tmp_path_factory.mktemp("sample"))
    yield bench
    bench.store.close()


@pytest.fixture(scope="module")
def cases(bench: Bench) -> list[StoredCase]:
    with bench.store.reading() as transaction:
        found = [transaction.cases.get(number) for number in range(1, transaction.cases.newest_id() + 1)]
    return [case for case in found if case is not None]


@pytest.fixture(scope="module")
def outcomes(bench: Bench, cases: list[StoredCase]) -> list[Outcome]:
    with bench.store.reading() as transaction:
        items = [item for case in cases for item in transaction.mentions.of_case(case.id)]
    return [
        Outcome(item, item.mention.raw["sample"]["shows"], item.mention.raw["sample"]["expect"], item.decision)
        for item in items
        if item.decision is not None
    ]


def test_every_message_is_decided(bench: Bench, outcomes: list[Outcome]) -> None:
    counts = bench.counts()["messages"]
    assert counts["triaged"] == sum(counts.values()) == len(outcomes)
    assert len(outcomes) == len(sample_path().read_bytes().splitlines())


def test_all_six_labels_and_unsure_are_among_the_decisions(outcomes: list[Outcome]) -> None:
    assert {outcome.decision.label for outcome in outcomes} == {said.value for said in Said}


def test_every_tier_is_among_the_cases(cases: list[StoredCase]) -> None:
    assert {case.decision.tier for case in cases} == set(Tier)


@pytest.mark.parametrize(
    "situation",
    [
        "outage burst",
        "hardship",
        "vulnerable customer",
        "fraud in progress",
        "impersonation report",
        "regulator threat",
        "legal threat by a representative",
        "press question",
        "safety risk",
        "influencer call-out",
        "double charge",
        "thread: undelivered card",
        "damaged card",
    ],
)
def test_a_special_situation_reaches_the_tier_expected_of_it(situation: str, outcomes: list[Outcome]) -> None:
    told = [one for one in outcomes if one.shows == situation and one.expect["tier"] == Tier.HIGH_PRIORITY]
    assert any(one.decision.tier is Tier.HIGH_PRIORITY for one in told)


def test_most_of_what_is_expected_at_tier_3_gets_there_and_little_else_does(outcomes: list[Outcome]) -> None:
    raised = [one for one in outcomes if one.decision.tier is Tier.HIGH_PRIORITY]
    assert sum(one.expect["tier"] == Tier.HIGH_PRIORITY for one in raised) >= LEAST_TIER_3
    wrongly = [one.item.mention.text for one in raised if one.expect["tier"] < Tier.HIGH_PRIORITY]
    assert len(wrongly) <= MOST_RAISED, wrongly


def test_hardly_any_complaint_is_lost_without_a_person_seeing_it(outcomes: list[Outcome]) -> None:
    lost = [
        one.item.mention.text
        for one in outcomes
        if one.expect["label"] == "complaint" and not (one.decision.is_complaint or one.decision.needs_person)
    ]
    assert len(lost) <= MOST_LOST, lost


def test_words_said_twice_are_found_as_duplicates(outcomes: list[Outcome]) -> None:
    by_id = {one.item.mention.id: one for one in outcomes}
    repeats = [one for one in outcomes if one.item.duplicate_of is not None]
    assert repeats
    for one in repeats:
        assert one.item.duplicate_of is not None
        assert one.item.mention.text == by_id[one.item.duplicate_of].item.mention.text


def test_public_and_private_messages_are_both_there(outcomes: list[Outcome]) -> None:
    assert {one.item.mention.is_private for one in outcomes} == {True, False}


def test_every_tier_3_case_has_one_ticket(bench: Bench, cases: list[StoredCase]) -> None:
    tickets = defaultdict[str, int](int)
    for held in bench.desk.tickets:
        tickets[held.ticket.external_id] += 1
    serious = [case for case in cases if case.decision.tier is Tier.HIGH_PRIORITY]
    assert serious
    assert [tickets[external_id(case.conversation_key)] for case in serious] == [1] * len(serious)


def test_the_register_holds_every_complaint_once_and_verifies(bench: Bench, cases: list[StoredCase]) -> None:
    with bench.store.reading() as transaction:
        entries, head = list(transaction.register.entries()), transaction.register.head()
    complaints = {case.complaint_id for case in cases if case.decision.is_complaint}
    opened = [entry.complaint_id for entry in entries if entry.kind == "opened"]
    assert len(opened) == len(set(opened))
    assert set(opened) == complaints
    assert verify(entries, head=head).fault is None
