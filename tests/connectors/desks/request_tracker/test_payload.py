from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.desks.mapping import DeskWords
from connectors.desks.request_tracker.payload import (
    PRIORITY_NUMBERS,
    PRIORITY_WORDS,
    FieldNames,
    Form,
    checked_numbers,
    note_subject,
    quoted,
)
from models import Priority
from models.errors import SetupError
from tests.connectors.desks.examples import a_comment, a_ticket

FORM = Form("Social", "social.invalid", FieldNames(), DeskWords(PRIORITY_WORDS))


def test_a_ticket_is_filled_in_whole():
    assert FORM.ticket(a_ticket("earshot:x:1")) == {
        "Queue": "Social",
        "Subject": "@alice: my order never arrived",
        "Priority": 75,
        "Content": "@acme my order never arrived <b>!!</b>\nhttps://x.test/alice/1",
        "ContentType": "text/plain",
        "CustomFields": {
            "ExternalId": "earshot:x:1",
            "Channel": "x",
            "Tags": ["delivery", "negative"],
            "AuthorReach": "12000",
            "Team": "Deliveries",
        },
        "Requestor": "alice@x.social.invalid",
        "SquelchMailTo": "alice@x.social.invalid",
        "Due": "2026-12-01 03:04:05",
    }


def test_what_is_not_known_is_not_sent():
    filled = FORM.ticket(a_ticket(requestor=None, reach=None, tags=(), due_at=None))
    assert filled["CustomFields"] == {"ExternalId": "earshot:x:1", "Channel": "x", "Team": "Deliveries"}
    assert not {"Requestor", "SquelchMailTo", "Due"} & set(filled)


def test_a_reach_of_nobody_is_not_an_unknown_reach():
    assert FORM.ticket(a_ticket(reach=0))["CustomFields"]["AuthorReach"] == "0"


def test_a_field_without_a_name_is_not_sent_and_others_bear_the_names_they_are_given():
    names = FieldNames(external_id="Ear", channel="", tags="", reach="", team="")
    filled = Form("Social", "social.invalid", names, DeskWords(PRIORITY_WORDS)).ticket(a_ticket())
    assert filled["CustomFields"] == {"Ear": "earshot:x:1"}


@pytest.mark.parametrize("priority", list(Priority))
def test_priorities_follow_the_mapping_given(priority):
    form = Form("Social", "social.invalid", FieldNames(), DeskWords({each: str(each.rank) for each in Priority}))
    assert form.ticket(a_ticket(priority=priority))["Priority"] == priority.rank


def test_more_urgent_is_a_higher_number():
    assert sorted(Priority, key=PRIORITY_NUMBERS.get) == sorted(Priority, key=lambda priority: priority.rank)


def test_a_priority_that_is_no_number_is_refused_at_the_start():
    words = DeskWords({each: "high" if each is Priority.HIGH else "1" for each in Priority})
    with pytest.raises(SetupError, match="high=high is none"):
        checked_numbers(words)


def test_the_clock_is_sent_in_utc():
    due = datetime(2026, 12, 1, 0, 30, tzinfo=ZoneInfo("Australia/Sydney"))
    assert FORM.ticket(a_ticket(due_at=due))["Due"] == "2026-11-30 13:30:00"


def test_a_subject_is_one_line_that_fits_the_column():
    subject = FORM.ticket(a_ticket(subject="a\r\nBcc: x@y.test\n" + "z" * 300))["Subject"]
    assert len(subject.encode()) == 200
    assert subject.startswith("a Bcc: x@y.test zzz")


def test_quotes_and_backslashes_cannot_end_a_string():
    assert quoted("a'b\\c") == r"'a\'b\\c'"


def test_the_subject_of_a_note_is_short_ascii_and_stable_per_key():
    assert note_subject(a_comment(key="é\n" * 200)) == note_subject(a_comment("other", key="é\n" * 200))
    assert note_subject(a_comment(key="é")) != note_subject(a_comment(key="e"))
    assert note_subject(a_comment(key="é")).isascii()
    assert len(note_subject(a_comment(key="é" * 999))) < 60


@pytest.mark.parametrize("name", ["", "a}b", "a'b", "a\\b"])
def test_a_field_name_that_cannot_be_searched_for_is_refused_at_the_start(name):
    with pytest.raises(SetupError, match="custom field"):
        FieldNames(external_id=name)
