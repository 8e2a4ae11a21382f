"""`earshot retention …`: the way of a proposal through two people, and holds."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.store import Store
from tests.cli.conftest import Earshot
from tests.flow.retention_bench import SECRET, RetentionBench


@pytest.fixture
def bench(home: Path, open_store: Callable[[str], Store]) -> RetentionBench:
    """A complaint that was withdrawn eight years ago, in the database of the commands' home."""
    found = RetentionBench(open_store(f"sqlite:///{home / 'earshot.db'}"))
    found.time = datetime.now(UTC) - timedelta(days=8 * 366)
    said_at = (found.time - timedelta(minutes=1)).isoformat()
    found.live(found.say("1", "I was charged twice, give me a refund", created_at=said_at))
    found.withdraw("C-0000001")
    return found


def test_two_people_take_out_what_is_due(earshot: Earshot, bench: RetentionBench, home: Path) -> None:
    looked = json.loads(earshot("retention", "look", "--json").out)
    assert looked["policy"] == "retention 2026-11"
    assert (looked["classes"]["register"]["due"], looked["classes"]["noise_words"]["due"]) == (1, 0)
    proposed = earshot("retention", "propose", "--by", "agnes", "--reason", "seven years")
    assert (proposed.code, proposed.out[:31]) == (0, "proposal 1, proposed, by agnes:")
    shown = earshot("retention", "look").out
    assert "proposal 1, proposed, by agnes" in shown and "complaint_closed" in shown
    refused = earshot("retention", "agree", "1", "--by", "agnes")
    assert (refused.code, "somebody else has to agree" in refused.err) == (2, True)
    assert "agreed by boris" in earshot("retention", "agree", "1", "--by", "boris").out
    bench.store.close()
    done = earshot("retention", "carry-out", "1", "--by", "agnes")
    assert (done.code, done.err) == (0, "")
    assert "held 0, not due 0; register entries emptied 1" in done.out
    assert "1 redacted" in earshot("register", "verify").out
    earshot("retention", "propose", "--by", "agnes", "--reason", "their authors")
    earshot("retention", "agree", "2", "--by", "boris")
    assert earshot("retention", "carry-out", "2", "--by", "boris", "--keep-files").code == 0
    assert "nothing else" in earshot("retention", "scrub").out
    assert [path.name for path in home.glob("earshot.db*") if SECRET.encode() in path.read_bytes()] == []


def test_a_hold_is_placed_listed_and_lifted(earshot: Earshot, bench: RetentionBench) -> None:
    placed = earshot("retention", "hold", "--complaint", "C-0000001", "--by", "lee", "--reason", "court order 44/26")
    assert (placed.code, placed.out[:34]) == (0, "hold C-0000001:4 on complaint C-00")
    earshot("retention", "hold", "--everything", "--by", "lee", "--reason", "an audit")
    listed = json.loads(earshot("retention", "holds", "--json").out)
    assert [(one["number"], one["scope"]) for one in listed] == [("C-0000001:4", "complaint"), ("1", "everything")]
    assert "court order 44/26" in earshot("retention", "holds").out
    assert "held: register C-0000001, by hold 1 on everything" in earshot("retention", "look").out
    assert json.loads(earshot("retention", "look", "--json").out)["held"][0]["hold"]["number"] == "1"
    for number in ("1", "C-0000001:4"):
        assert earshot("retention", "lift", number, "--by", "agnes", "--reason", "over").code == 0
    assert earshot("retention", "holds").out == ""


def test_what_a_hold_keeps_at_the_last_moment_is_said_with_exit_code_1(earshot: Earshot, bench: RetentionBench) -> None:
    earshot("retention", "propose", "--class", "register", "--by", "agnes", "--reason", "r")
    earshot("retention", "agree", "1", "--by", "boris")
    earshot("retention", "hold", "--case", "1", "--by", "lee", "--reason", "court")
    done = earshot("retention", "carry-out", "1", "--by", "agnes", "--keep-files")
    assert done.code == 1
    assert "done 0, held 1" in done.out and "some of it was left" in done.err


def test_a_proposal_is_turned_down(earshot: Earshot, bench: RetentionBench) -> None:
    earshot("retention", "propose", "--by", "agnes", "--reason", "r")
    told = earshot("retention", "turn-down", "1", "--by", "boris", "--reason", "a claim is coming")
    assert (told.code, "turned down" in told.out) == (0, True)
    assert earshot("retention", "carry-out", "1", "--by", "agnes").code == 2


def test_a_deletion_on_the_platform_is_told(earshot: Earshot, bench: RetentionBench) -> None:
    told = earshot("retention", "deleted", bench.key("1"), "--at", "2026-01-02T03:04+11:00")
    assert (told.code, "the register keeps its words in entry 1" in told.out) == (0, True)
    other = bench.say("2", "How do I pay?", who="other")
    assert earshot("retention", "hold", "--case", str(other), "--by", "lee", "--reason", "court").code == 0
    waits = earshot("retention", "deleted", bench.key("2"), "--at", "2026-01-02T03:04+11:00")
    assert (waits.code, "waits: legal hold 1 by lee" in waits.out) == (1, True)
    assert "waits: legal hold 1 by lee" in earshot("retention", "look").out
    assert json.loads(earshot("retention", "look", "--json").out)["deletions"][0]["message"] == bench.key("2")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["hold", "--by", "lee", "--reason", "r"], "one of --complaint, --case, --author and --everything"),
        (["hold", "--case", "1", "--everything", "--by", "lee", "--reason", "r"], "one of --complaint"),
        (["hold", "--case", "1", "--by", "ann", "--reason", "r"], "ann is agent"),
        (["hold", "--author", "a_1", "--by", "lee", "--reason", "r"], "no author has the key"),
        (["lift", "7", "--by", "lee", "--reason", "r"], "no hold '7' is in force"),
        (["propose", "--by", "zoe", "--reason", "r"], "'zoe' has no account"),
        (["propose", "--by", "agnes", "--reason", " "], "say why"),
        (["propose", "--by", "agnes"], "--reason"),
        (["agree", "9", "--by", "boris"], "no proposal 9"),
        (["carry-out", "1"], "--by"),
        (["deleted", "m_1", "--at", "yesterday"], "no ISO 8601 instant"),
        (["deleted", "m_1", "--at", "2026-01-02T03:04Z"], "no message has the id"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(
    earshot: Earshot, bench: RetentionBench, arguments: list[str], words: str
) -> None:
    done = earshot("retention", *arguments)
    assert done.code == 2
    assert words in " ".join(done.err.split())


@pytest.mark.parametrize(
    "command", ["look", "propose", "agree", "turn-down", "carry-out", "scrub", "hold", "lift", "holds", "deleted"]
)
def test_every_command_shows_an_example(earshot: Earshot, command: str) -> None:
    told = earshot("retention", command, "--help")
    assert (told.code, f"Example: earshot retention {command}" in " ".join(told.out.split())) == (0, True)
