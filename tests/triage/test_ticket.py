"""What an agent of the desk reads, and what a later message changes."""

from dataclasses import replace

import pytest

from models.author import Author
from models.case import Priority
from models.verdict import Reason
from tests.triage.build import NOW, decided, mention, verdict
from triage.ticket import external_id, make_comment, make_ticket, make_update

COMPLAINT = decided()


def ticket(said=None, *, judged=None, decision=COMPLAINT, complaint_id="C-0000001"):
    return make_ticket(
        said or mention(), judged or verdict(), decision, key="x:1", case_id=7, complaint_id=complaint_id
    )


def test_one_conversation_is_one_ticket_whatever_its_letters():
    assert external_id("x:1") == external_id("x:1") != external_id("x:2")
    assert external_id("broken \ud800").startswith("earshot-")


def test_a_ticket_says_who_wrote_what_how_it_was_judged_and_until_when():
    judged = verdict(reasons=(Reason("refused", 1.25),))
    made = ticket(mention(url="https://x.example/1"), judged=judged)
    assert made.subject == "[x] @ann: My card was refused in the shop"
    assert (made.requestor, made.reach, made.due_at) == ("ann", 120, min(due.at for due in COMPLAINT.dues))
    for words in (
        "From: @ann on x, 2026-06-05 13:50 UTC",
        "Link: https://x.example/1",
        "Case 7, tier 2",
        "Complaint C-0000001 is in the register:",
        "Because of: “refused” +1.25",
        "Clocks:\n  acknowledge",
        "asic-rg271",
    ):
        assert words in made.body


def test_what_does_not_apply_is_left_out():
    bare = replace(COMPLAINT, dues=(), tags=(), rules=())
    made = ticket(mention(author=None, created_at_assumed=True), decision=bare, complaint_id=None)
    assert (made.requestor, made.reach, made.due_at) == (None, None, None)
    assert "From: an unknown author" in made.body and "(time of fetching: the platform gave none)" in made.body
    assert "Tags: none" in made.body and "Rules: none" in made.body
    assert not any(words in made.body for words in ("Link:", "Clocks:", "in the register", "Because of"))


@pytest.mark.parametrize(
    ("author", "who"),
    [(Author(id="9", name="Mira"), "Mira"), (Author(id="9"), "9"), (Author(id="9", handle="m"), "@m")],
)
def test_somebody_is_called_by_handle_else_name_else_id(author, who):
    assert ticket(mention(author=author)).subject.startswith(f"[x] {who}: ")


def test_a_long_subject_is_cut_and_one_without_words_says_what_it_was_judged():
    assert ticket(mention("word " * 40)).subject.endswith("word…")
    assert len(ticket(mention("x" * 200)).subject) == len("[x] @ann: ") + 90
    assert ticket(mention(" \n ")).subject == "[x] @ann: complaint"


def test_a_comment_tells_what_was_written_since():
    made = make_comment(mention(url="https://x.example/1"), verdict(), COMPLAINT, key="x:1")
    assert (made.external_id, made.key) == (external_id("x:1"), "note-m1")
    assert "My card was refused" in made.body and "tier 2, priority" in made.body
    assert made.body.endswith("Link: https://x.example/1")
    assert "Link:" not in make_comment(mention(), verdict(), COMPLAINT, key="x:1").body


def test_a_later_message_changes_only_what_is_other_than_before():
    assert make_update(COMPLAINT, COMPLAINT, key="x:1", at=NOW) is None
    assert make_update(replace(COMPLAINT, tags=("a", "b")), replace(COMPLAINT, tags=("b",)), key="x:1", at=NOW) is None
    now = replace(COMPLAINT, priority=Priority.URGENT, team="fraud", tags=(*COMPLAINT.tags, "new"))
    made = make_update(COMPLAINT, now, key="x:1", at=NOW)
    assert made is not None
    assert (made.external_id, made.priority, made.team, made.add_tags) == (
        external_id("x:1"),
        Priority.URGENT,
        "fraud",
        ("new",),
    )
    assert made.key == f"change-{external_id('x:1')}-{NOW.isoformat()}"
