"""`earshot complaint …`; what each act does is in `tests/flow/test_complaints.py`."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Earshot
from tests.flow.bench import Bench, message

C1, C2 = "C-0000001", "C-0000002"
BY = ("--by", "Agnes")
WHY = ("--reason", "so it is")


@pytest.fixture
def two(bench: Bench) -> Bench:
    """Received an hour ago, by the clock of this machine: commands act now."""
    bench.time = datetime.now(UTC)
    said_at = (bench.time - timedelta(hours=1)).isoformat()
    bench.read(
        message("you charged twice", id="1", created_at=said_at),
        message("refund me", id="2", conversation_id="2", created_at=said_at),
    )
    bench.drain()
    for number in ("1", "2"):
        bench.relabel(number, "complaint")
    return bench


def test_a_complaint_is_shown_with_what_may_be_done(earshot: Earshot, two: Bench) -> None:
    shown = earshot("complaint", "show", C1)
    assert shown.code == 0, shown.err
    assert "open" in shown.out and "response due on" in shown.out and "opened" in shown.out
    told = json.loads(earshot("complaint", "show", C1, "--json").out)
    assert (told["status"], told["owes_response"], told["may_write_automatically"]) == ("open", True, True)
    assert "respond" in told["allowed"] and "reopen" not in told["allowed"]


def test_acknowledged_closed_and_reopened(earshot: Earshot, two: Bench) -> None:
    done = earshot("complaint", "acknowledge", C1, *BY, "--channel", "phone", "--text", "we got it")
    assert done.out.startswith("C-0000001 is acknowledged; response due on"), done.err
    evidence = ("--who", "Mira", "--when", datetime.now(UTC).isoformat(), "--channel", "phone", "--quote", "all solved")
    closing = ("complaint", "close", C1, *BY, "--basis", "5bd_satisfied", "--outcome", "upheld")
    refused = earshot(*closing, "--remedy", "apology")
    assert refused.code == 2 and "needs evidence" in refused.err
    closed = earshot(*closing, "--remedy", "fee_refund", "--amount", "12.50", "--currency", "AUD", *evidence)
    assert closed.out == "C-0000001 is closed; no response is due\n", closed.err
    hidden = earshot("complaint", "show", C1, "--json").out
    assert "all solved" not in hidden
    assert "all solved" in earshot("complaint", "show", C1, "--json", "--with-personal-data").out
    assert earshot("complaint", "reopen", C1, *BY, *WHY).out.startswith("C-0000001 is reopened; response due")


def test_types_receipt_merge_split_and_withdrawal(earshot: Earshot, two: Bench) -> None:
    assert "reopen" not in earshot("complaint", "retype", C1, "superannuation", *BY, *WHY).err
    earlier = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    assert earshot("complaint", "received", C1, earlier, *BY, *WHY).code == 0
    assert earshot("complaint", "merge", C1, C2, *BY, *WHY).code == 0
    refused = earshot("complaint", "withdraw", C2, *BY, *WHY)
    assert refused.code == 2 and "kept under C-0000001" in refused.err
    assert earshot("complaint", "split", C1, C2, *BY, *WHY).out.startswith("C-0000002 is open;")
    assert earshot("complaint", "withdraw", C2, *BY, *WHY).out == "C-0000002 is withdrawn; no response is due\n"
    assert earshot("complaint", "rebuild").out == "2 complaints\n"
    assert earshot("register", "verify").code == 0


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("show", "C-0000099"), "not in the register"),
        (("reopen", C1, *BY, *WHY, "--at", "yesterday"), "no instant"),
        (("reopen", C1, *BY, *WHY, "--at", "2026-06-05T10:00"), "no time zone"),
        (("close", C1, *BY, "--basis", "goodwill"), "unknown; use one of 5bd_satisfied"),
        (("close", C1, *BY, "--basis", "other", *WHY, "--amount", "much"), "no amount"),
        (("retype", C1, "mortgage", *BY, *WHY), "type mortgage is unknown"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(
    earshot: Earshot, two: Bench, arguments: tuple[str, ...], what: str
) -> None:
    done = earshot("complaint", *arguments)
    assert done.code == 2
    assert what in done.err
