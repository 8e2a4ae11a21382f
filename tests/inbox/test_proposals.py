"""Answers written by hand over and over are proposed as saved replies; nothing personal is in a proposal."""

import re
from datetime import timedelta

import pytest

from inbox.proposals import LOOKED_AT, impersonal, proposals
from inbox.roles import Role
from models.saved_reply import SavedReply
from store.outbox import Effect
from store.saved_replies import SentByPerson
from tests.inbox.factory import NOW, Said, add


@pytest.fixture
def lead(as_role):
    return as_role(Role.LEAD)


def _sent(text, case_id, *names, lang="en"):
    return SentByPerson(text, lang, names, case_id)


def _asked(store, place, name):
    said = Said("when do you open?", label="enquiry", handle=f"h{place}", name=name, native_id=f"q{place}")
    return add(store, said, now=NOW)


def _answered(store, case_id, text, *, key, at=NOW):
    with store.writing() as transaction:
        mention = transaction.mentions.of_case(case_id)[-1].mention.id
        payload = {"text": text, "is_private": False, "person": "Priti Rao"}
        transaction.outbox.add(
            Effect.SEND_REPLY, sink="local", key=key, case_id=case_id, mention_id=mention, payload=payload, now=at
        )


def _by_hand(store, *, at=NOW):
    for place, name in enumerate(("Ann Brook", "Bob Cole", "Cyd Dale")):
        text = f"Hello {name.split()[0]}, WE open at nine on weekdays! Priti"
        _answered(store, _asked(store, place, name), text, key=f"k{place}", at=at)


def test_an_answer_written_by_hand_three_times_is_proposed_without_names_and_fills_the_form(sqlite_store, lead):
    _by_hand(sqlite_store)
    page = lead.get("/replies").text
    assert "<b>3 times</b> <small>in 3 cases, English</small>" in page
    assert "Hello {name}, WE open at nine on weekdays! {name}" in page
    assert not re.search("Ann|Bob|Cyd|Priti", page)
    digest = re.search(r"adopt=([0-9a-f]+)", page)
    assert digest is not None
    assert lead.get(f"/replies?adopt={digest[1]}").text.count("Hello {name}, WE open at nine") == 2


def test_a_proposal_that_was_waved_away_or_became_a_saved_reply_is_not_made_again(sqlite_store, lead):
    _by_hand(sqlite_store)
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', lead.get("/replies").text)
    assert digest is not None
    assert lead.post("/replies/proposals/dismiss", digest=digest[1]).status_code == 303
    assert "over and over" not in lead.get("/replies").text
    assert lead.post("/replies/proposals/dismiss", digest="x").status_code == 400


def test_agents_neither_see_nor_wave_away_proposals(sqlite_store, agent):
    _by_hand(sqlite_store)
    assert "over and over" not in agent.get("/replies").text
    assert agent.post("/replies/proposals/dismiss", digest="0" * 64).status_code == 403


def test_what_was_written_more_than_thirty_days_ago_does_not_count(sqlite_store, lead):
    _by_hand(sqlite_store, at=NOW - timedelta(days=31))
    assert "over and over" not in lead.get("/replies").text


def test_nearly_equal_answers_are_one_and_what_differs_is_left_out():
    sent = [
        _sent("Sorry about that. Your refund of $218.40 is on its way and should arrive by Friday.", 1),
        _sent("Sorry about that. Your refund of $9 is on its way and should arrive by Tuesday.", 2),
        _sent("Sorry about that! Your refund of $1,200.00 is on its way and should arrive by Monday, Wren.", 3),
    ]
    (one,) = proposals(sent, [])
    assert one.text == "Sorry about that. Your refund of {number} is on its way and should arrive by {detail}."
    assert (one.times, one.cases) == (3, 3)


def test_a_name_that_nobody_knew_is_left_out_because_the_others_do_not_have_it():
    texts = [f"Dear {name}, your new card is in the mail today." for name in ("Mr Okonkwo", "Ms Tran", "Mx Weiß")]
    (one,) = proposals([_sent(text, place) for place, text in enumerate(texts)], [])
    assert one.text == "Dear {detail}, your new card is in the mail today."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://bank.example/a?id=7 now", "see {link} now"),
        ("write to ann@example.com today", "write to {email} today"),
        ("hi @ann.b, thanks", "hi {handle}, thanks"),
        ("call 0412 345 678 please", "call {number} please"),
        ("about C-0000012, it is done", "about {reference}, it is done"),
        ("Thanks Ann Brook and ANN", "Thanks {name} and {name}"),
    ],
)
def test_what_is_personal_becomes_a_placeholder(text, expected):
    assert impersonal(text, ("Ann Brook",)) == expected


def test_few_of_one_case_short_gone_or_already_said_are_not_proposed():
    reply = SavedReply("k", "t", frozenset(), frozenset(), {"en": "Thank you {name}, we look into it at once."})
    sent = [
        *[_sent("Thank you Ann, we look into it at once!", place, "Ann") for place in range(5)],
        *[_sent("(redacted)", place) for place in range(5)],
        *[_sent("All done now", place) for place in range(5)],
        *[_sent("Your card was sent on the first of the month", 7)] * 5,
        *[_sent("We close the branch in Hobart at noon", place) for place in range(2)],
        *[_sent("Yarın saat dokuzda açığız, bekleriz.", place, lang="tr") for place in range(4)],
    ]
    (found,) = proposals(sent, [reply])
    assert (found.times, found.language) == (4, "tr")


def test_many_answers_are_grouped_fast_enough_for_a_page():
    words = [f"word{number}" for number in range(400)]
    sent = [_sent(" ".join(words[(place * 7 + step) % 400] for step in range(30)), place) for place in range(LOOKED_AT)]
    assert all(one.times >= 3 for one in proposals(sent, []))


def test_both_databases_remember_what_was_waved_away(store):
    for _ in range(2):
        with store.writing() as transaction:
            transaction.proposals.dismiss("a" * 64, person="Keiko", now=NOW)
    with store.reading() as transaction:
        assert transaction.proposals.all() == {"a" * 64}
