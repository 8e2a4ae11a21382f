"""`earshot systemic …`; what each act does is in `tests/flow/test_systemic.py`."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from flow.systemic_look import look
from models import EventKind
from tests.cli.conftest import Earshot
from tests.flow.bench import NOW, Bench
from tests.flow.test_systemic import bench_with
from tests.triage.build import NSW

BY = ("--by", "Agnes")
WHY = ("--reason", "one wrong row in the fee table")


@pytest.fixture
def found(bench: Bench) -> Bench:
    """One candidate of six complaints, found on their day; commands act now, by the clock of this machine."""
    made = bench_with(bench.store, login=0)
    with made.store.writing() as transaction:
        transaction.accounts.add("Eva", "lead", now=datetime.now(UTC))
    look(made.store, zone=NSW.zone, now=NOW)
    return made


def test_candidates_are_listed_and_shown(earshot: Earshot, found: Bench) -> None:
    listed = earshot("systemic", "list")
    assert listed.code == 0, listed.err
    assert "billing_payment" in listed.out and "nobody" in listed.out and "last looked at" in listed.out
    [one] = json.loads(earshot("systemic", "list", "--open", "--json").out)
    assert (one["id"], one["size"], one["decision"]) == (1, 6, None)
    shown = json.loads(earshot("systemic", "show", "1", "--json").out)
    assert len(shown["complaints"]) == 6
    text = earshot("systemic", "show", "1").out
    assert shown["complaints"][0] in text and "escalated" not in text


def test_none_is_listed_before_the_clock_has_looked(earshot: Earshot, bench: Bench) -> None:
    assert "never; the clock does it once a day" in earshot("systemic", "list").out


def test_one_is_owned_decided_escalated_and_reported_as_on_the_page(earshot: Earshot, found: Bench) -> None:
    at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    assert earshot("systemic", "own", "1", "--owner", "Eva", *BY, *WHY).out == "candidate 1: owner Eva, undecided\n"
    escalated = earshot("systemic", "escalate", "1", "--to", "head of cards", *BY, *WHY, "--at", at)
    assert escalated.out == "candidate 1: owner Eva, possible\n", escalated.err
    assert earshot("systemic", "decide", "1", "confirmed", *BY, *WHY).out == "candidate 1: owner Eva, confirmed\n"
    assert earshot("systemic", "report", "1", "--outcome", "all refunded", *BY, *WHY).code == 0
    assert earshot("systemic", "list", "--open", "--json").out == "[]\n"
    told = earshot("systemic", "show", "1").out
    assert "head of cards, by Agnes at" in told and "all refunded, by Agnes at" in told and "fee table" in told
    with found.store.reading() as transaction:
        kinds = [EventKind.SYSTEMIC_OWNED, EventKind.SYSTEMIC_ESCALATED, EventKind.SYSTEMIC_DECIDED]
        assert all(transaction.events.is_recorded(f"{kind.value}:1:{at}") for at, kind in enumerate(kinds, start=1))
    assert earshot("register", "verify").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "7"], "no systemic candidate has the number 7"),
        (["own", "1", "--owner", "Mallory", *BY], "Mallory is nobody who works here"),
        (["decide", "1", "perhaps", *BY, *WHY], "'perhaps' is no decision"),
        (["decide", "1", "confirmed", *BY, "--reason", " "], "a reason"),
        (["escalate", "1", "--to", "x", *BY, "--at", "yesterday"], "'yesterday' is no instant"),
        (["escalate", "1", "--to", "x", *BY, "--at", "2026-06-05T09:30"], "no time zone"),
        (["escalate", "1", "--to", "x", "--by", " "], "the name of who does it"),
        (["report", "1", "--outcome", "x", *BY], "is undecided"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    earshot: Earshot, found: Bench, arguments: list[str], words: str
) -> None:
    refused = earshot("systemic", *arguments)
    assert refused.code == 2
    assert words in " ".join(refused.err.split())
