"""The file of the firm's own targets: read strictly, and in an order that makes sense."""

from datetime import timedelta
from pathlib import Path

import pytest

from models.case import Priority
from models.errors import SetupError
from policy.loading import load_policy
from policy.service_hours import Counted, Span
from policy.targets import FILE, TargetKey, WhenDue, Where, load_target_rules

MORE = """
[[targets]]
priority = "medium"
channels = ["x", "bluesky"]
first_answer = "4 working hours"
update = "24 calendar hours"
resolution = "24 working hours"
over_when = "closed"
when_update_due = "send"

[update_text]"""


@pytest.fixture
def edited(tmp_path: Path):
    def make(old: str, new: str) -> Path:
        text = FILE.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "targets.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return make


def test_every_priority_has_a_first_answer_an_update_and_a_resolution() -> None:
    rules = load_target_rules()
    assert all(set(rules.row(priority, "x").spans) == set(TargetKey) for priority in Priority)
    assert rules.row(Priority.HIGH, "x").spans[TargetKey.UPDATE] == Span(timedelta(hours=24), Counted.CALENDAR)


def test_as_shipped_nothing_is_sent_by_itself() -> None:
    rules = load_target_rules()
    asked = {priority: rules.row(priority, "x").when_update_due for priority in Priority}
    assert asked == {
        Priority.URGENT: WhenDue.DRAFT,
        Priority.HIGH: WhenDue.DRAFT,
        Priority.MEDIUM: WhenDue.REMIND,
        Priority.LOW: WhenDue.REMIND,
    }


def test_the_policy_holds_the_targets_and_they_are_no_part_of_the_regulation() -> None:
    policy = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
    assert policy.targets == load_target_rules()
    assert policy.targets.title not in policy.version


def test_a_row_that_names_the_channel_wins_there_and_nowhere_else(edited) -> None:
    rules = load_target_rules(edited("\n[update_text]", MORE))
    hours = {
        channel: rules.row(Priority.MEDIUM, channel).spans[TargetKey.FIRST_ANSWER].amount // timedelta(hours=1)
        for channel in ("x", "bluesky", "mailbox")
    }
    assert hours == {"x": 4, "bluesky": 4, "mailbox": 8}


def test_an_update_is_said_in_the_language_of_the_case_else_in_english() -> None:
    rules = load_target_rules()
    assert rules.text("tr") != rules.text("en")
    assert rules.text("de") == rules.text(None) == rules.text("en")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('first_answer = "1 working hour"', 'first_answer = "9 working hours"', "gives high a first_answer"),
        ('first_answer = "8 working hours"', 'first_answer = "8 calendar hours"', "gives medium a first_answer"),
        ('update = "24 calendar hours"', 'update = "1 day"', "must be like"),
        ('priority = "low"', 'priority = "lowest"', "must be one of urgent, high, medium, low"),
        ('priority = "low"', 'priority = "medium"', "exactly one row for medium without channels"),
        ('over_when = "closed"', 'over_when = "solved"', "must be one of closed, answered"),
        ('when_update_due = "remind"', 'when_update_due = "call"', "must be one of remind, draft, send"),
        ('over_when = "closed"', 'over_when = "closed"\nchannels = []', "is empty: leave it out"),
        ('over_when = "closed"', 'over_when = "closed"\nweekends = true', "'targets[1].weekends' is unknown"),
        ("warn_percent = 75", "warn_percent = 100", "must be a whole number from 1 to 99"),
        ("\n[update_text]", MORE.removesuffix("\n[update_text]") + MORE, "names a channel twice"),
        ("\n[update_text]", MORE.replace("4 working", "2 working"), "gives medium a first_answer on bluesky"),
        ("\nen = ", "\nde = ", "key 'update_text.en' is missing"),
    ],
)
def test_a_broken_file_is_refused_with_what_is_wrong(edited, old: str, new: str, says: str) -> None:
    with pytest.raises(SetupError) as error:
        load_target_rules(edited(old, new))
    assert says in str(error.value)
    assert "targets.toml" in str(error.value)


IN_PRIVATE = """
[[targets]]
priority = "urgent"
where = "private"
first_answer = "30 minutes"
update = "8 calendar hours"
resolution = "8 working hours"
over_when = "closed"
when_update_due = "draft"

[update_text]"""


def test_a_row_for_what_is_said_in_private_holds_there_on_every_channel_and_never_in_public(edited) -> None:
    rules = load_target_rules(edited("\n[update_text]", IN_PRIVATE.replace("30 minutes", "30 working minutes")))
    spans = {where: rules.row(Priority.URGENT, "x", where).spans[TargetKey.FIRST_ANSWER].amount for where in Where}
    assert spans == {Where.PUBLIC: timedelta(hours=1), Where.PRIVATE: timedelta(minutes=30)}


@pytest.mark.parametrize(
    ("span", "why"),
    [("5 working hours", "may be shorter than that of urgent"), ("30 working minutes", "names a channel twice")],
)
def test_rows_for_private_messages_are_checked_as_all_others(edited, span: str, why: str) -> None:
    rows = IN_PRIVATE.replace("30 minutes", span)
    twice = rows.replace("\n[update_text]", "") + rows if "twice" in why else rows
    with pytest.raises(SetupError, match=why):
        load_target_rules(edited("\n[update_text]", twice))
