"""One row a complaint: what its entries add up to, and what of the minimum record it lacks."""

from datetime import date

import pytest

from models import EntryKind
from models.errors import RecordError, SetupError
from register.columns import COLUMNS, MASK
from register.rows import masked, row, rows
from register.selection import select
from tests.register.lives import acknowledged, at, closed, opened, register, step


def of(*life, **more):
    return row(register(C_1=life, **more))


def test_an_open_complaint_with_every_element_lacks_nothing():
    found = of(opened("2026-03-02T09:00"))
    assert tuple(found) == COLUMNS
    assert (found["status"], found["received_on"], found["missing"]) == ("open", "2026-03-02", [])
    assert (found["closed_on"], found["days_to_resolve"], found["acknowledged_late"]) == (None, None, None)


def test_a_whole_life_is_told_in_one_row():
    found = of(
        opened("2026-03-02T09:00"),
        acknowledged("2026-03-02T10:00"),
        step(
            EntryKind.DELAY_NOTIFIED,
            "2026-03-20T10:00",
            channel="email",
            reasons=["beyond_control"],
            explanation="waiting for the merchant's bank",
            is_valid=True,
            missing=[],
        ),
        step(EntryKind.RESPONDED, "2026-03-30T10:00", channel="email", outcome="upheld", missing=[]),
        closed(
            "2026-03-31T23:30",
            basis="response",
            remedies=["compensation"],
            compensation_amount="120.50",
            compensation_currency="AUD",
        ),
    )
    assert found["status"] == "closed"
    assert (found["acknowledged_late"], found["acknowledged_by"]) == ("no", "agnes")
    assert (found["delay_notices"], found["delay_notices_valid"]) == (1, 1)
    assert (found["responded_at"], found["responded_on_channel"]) == (at("2026-03-30T10:00"), "email")
    assert (found["closed_on"], found["days_to_resolve"], found["close_basis"]) == ("2026-03-31", 29, "response")
    assert (found["outcome"], found["remedies"]) == ("upheld", ["compensation"])
    assert (found["compensation_amount"], found["compensation_currency"]) == ("120.50", "AUD")
    assert [line.split(" ", 1)[1] for line in found["history"]] == [
        "opened",
        "acknowledged by agnes",
        "delay_notified by agnes",
        "responded by agnes",
        "closed by agnes",
    ]
    assert found["missing"] == []
    assert found["entries"] == "1-5"


def test_edge_56_opened_and_closed_on_one_day_takes_no_days():
    found = of(opened("2026-03-02T09:00"), closed("2026-03-02T17:00"))
    assert (found["closed_on"], found["days_to_resolve"]) == ("2026-03-02", 0)


def test_the_day_of_closing_is_a_local_one():
    assert of(opened("2026-06-01T09:00"), closed("2026-06-30T23:59"))["closed_on"] == "2026-06-30"


def test_an_answer_after_both_targets_is_late():
    assert of(opened("2026-03-02T09:00"), acknowledged("2026-03-04T08:00"))["acknowledged_late"] == "no"
    assert of(opened("2026-03-02T09:00"), acknowledged("2026-03-04T09:01"))["acknowledged_late"] == "yes"


def test_a_reopened_complaint_is_closed_no_more():
    reopened = step(EntryKind.REOPENED, "2026-03-09T09:00", reason="more came")
    found = of(opened("2026-03-02T09:00"), closed("2026-03-03T09:00"), reopened)
    assert (found["status"], found["closed_on"], found["close_basis"]) == ("reopened", None, None)
    assert found["reopenings"] == 1


def test_withdrawn_ends_it_without_an_outcome():
    found = of(opened("2026-03-02T09:00"), step(EntryKind.WITHDRAWN, "2026-03-03T09:00", reason="settled"))
    assert (found["status"], found["close_basis"], found["days_to_resolve"]) == ("withdrawn", "withdrawn", 1)
    assert found["missing"] == []


def test_corrections_change_the_row_and_are_counted():
    found = of(
        opened("2026-03-02T09:00", product=None),
        closed("2026-03-03T09:00", compensation_amount="10.00", compensation_currency="AUD"),
        step(EntryKind.CORRECTED, "2026-03-05T09:00", product="home_loan", compensation_amount="12.00", reason="typo"),
    )
    assert (found["product"], found["compensation_amount"], found["corrections"]) == ("home_loan", "12.00", 1)


@pytest.mark.parametrize(
    ("life", "lacks"),
    [
        ([opened("2026-03-02T09:00", product=None, issues=[])], ["product", "issues"]),
        ([opened("2026-03-02T09:00", account="")], ["account"]),
        ([opened("2026-03-02T09:00"), closed("2026-03-03T09:00", outcome="", remedies=[])], ["outcome", "remedies"]),
        (
            [opened("2026-03-02T09:00"), closed("2026-03-03T09:00", remedies=["compensation"])],
            ["compensation_amount"],
        ),
        (
            [opened("2026-03-02T09:00"), closed("2026-03-03T09:00", compensation_amount="5.00")],
            ["compensation_currency"],
        ),
        ([opened("2026-03-02T09:00"), closed("2026-03-03T09:00", basis="response")], ["responded_at"]),
        ([opened("2026-03-02T09:00"), closed("2026-03-03T09:00", basis="5bd_satisfied")], ["close_evidence"]),
        (
            [
                opened("2026-03-02T09:00"),
                step(
                    EntryKind.RESPONDED, "2026-03-03T09:00", channel="email", outcome="upheld", missing=["afca_phone"]
                ),
            ],
            ["response_missing"],
        ),
        (
            [
                opened("2026-03-02T09:00"),
                step(EntryKind.DELAY_NOTIFIED, "2026-03-03T09:00", reasons=[], is_valid=False, missing=["reasons"]),
            ],
            ["delay_notices_valid"],
        ),
        ([opened("2026-03-02T09:00"), step(EntryKind.AT_AFCA, "2026-03-03T09:00")], ["afca_reference"]),
        (
            [
                opened("2026-03-02T09:00"),
                step(EntryKind.REPRESENTATIVE, "2026-03-03T09:00", action="recorded", kind="lawyer", authority=""),
            ],
            ["representative_authority"],
        ),
        (
            [
                opened("2026-03-02T09:00"),
                (EntryKind.ACKNOWLEDGED, "2026-03-02T10:00", {"acknowledged_at": at("2026-03-02T10:00")}, {}),
            ],
            ["acknowledged_on_channel", "acknowledged_by"],
        ),
        ([opened("2026-03-02T09:00", product=None), step(EntryKind.RULED_OUT, "2026-03-03T09:00")], []),
    ],
)
def test_an_incomplete_row_names_what_is_missing(life, lacks):
    assert of(*life)["missing"] == lacks


def test_a_need_for_support_is_masked_by_default():
    life = [
        opened("2026-03-02T09:00"),
        step(EntryKind.SUPPORT_NEED, "2026-03-03T09:00", action="recorded", need="hardship", source_message_id="m_1"),
        step(EntryKind.HOLD, "2026-03-03T09:01", action="placed", reason="litigation"),
        step(EntryKind.SYSTEMIC_LINKED, "2026-03-03T09:02", candidate_id="S-1"),
    ]
    found = of(*life)
    assert (found["support_need"], found["on_hold"], found["systemic_candidate"]) == ("yes", "yes", "S-1")
    hidden = masked(found)
    assert {hidden["support_need"], hidden["text"], hidden["complainant"]} == {MASK}
    assert masked(of(opened("2026-03-02T09:00")))["support_need"] == MASK


def test_redacted_personal_data_is_shown_as_redacted_to_everybody():
    [entry] = register(C_1=[opened("2026-03-02T09:00")])
    gone = type(entry)(
        **{name: getattr(entry, name) for name in type(entry).__slots__} | {"personal": None, "salt": None}
    )
    [found] = rows([gone])
    assert (found["text"], found["complainant"]) == ("(redacted)", "(redacted)")


@pytest.mark.parametrize(
    "life",
    [
        [step(EntryKind.CLOSED, "2026-03-02T09:00")],
        [opened("2026-03-02T09:00", received_at="yesterday")],
        [opened("2026-03-02T09:00", time_zone="Atlantis/Center"), closed("2026-03-03T09:00")],
    ],
)
def test_entries_that_are_not_what_was_written_are_refused_by_name(life):
    with pytest.raises(RecordError, match="C-1"):
        of(*life)


# which complaints are wanted


def three():
    return register(
        C_1=[opened("2026-03-02T09:00"), closed("2026-07-03T09:00")],
        C_2=[opened("2026-07-01T00:00", channel="x", tier=3)],
        C_3=[opened("2026-06-30T23:59", category="service", complaint_type="default_notice")],
    )


def chosen(**wanted):
    start, end, by = wanted.pop("start", None), wanted.pop("end", None), wanted.pop("by", "received")
    selection = select(start=start, end=end, by=by, wanted=wanted)
    return [found["complaint_id"] for found in rows(three(), selection=selection)]


def test_a_period_may_be_counted_by_receipt_or_by_closing():
    from_july = date(2026, 7, 1)
    assert chosen(start=from_july) == ["C-2"]
    assert chosen(end=from_july) == ["C-1", "C-2", "C-3"]
    assert chosen(start=from_july, by="closed") == ["C-1"]
    assert chosen(by="closed") == ["C-1"]


def test_filters_are_alternatives_within_and_conditions_between():
    assert chosen(channel=["x"]) == ["C-2"]
    assert chosen(status=["closed", "open"]) == ["C-1", "C-2", "C-3"]
    assert chosen(status=["open"], tier=["2"]) == ["C-3"]
    assert chosen(type=["default_notice"], category=["service"]) == ["C-3"]
    assert chosen(category=[]) == ["C-1", "C-2", "C-3"]


def test_a_selection_that_cannot_be_meant_is_refused():
    with pytest.raises(SetupError, match="received, closed"):
        chosen(by="moon")
    with pytest.raises(SetupError, match="colour"):
        chosen(colour=["red"])
