"""Facts of acts: outcome, remedies and money of a closing; how a complaint stood when it was merged away."""

from dataclasses import replace
from decimal import Decimal

import pytest

from models.complaint import Basis, Evidence, Outcome, Remedy, Response
from models.errors import RecordError
from register.act_facts import check_money, evidence_facts, outcome_of, remedies_of, standing_of
from tests.register.test_life import AT, life


@pytest.mark.parametrize(
    ("amount", "currency"), [(None, None), (None, ""), (Decimal("0"), "AUD"), (Decimal("120.50"), "EUR")]
)
def test_a_sound_amount_or_none_is_taken(amount: Decimal | None, currency: str | None) -> None:
    check_money(amount, currency)
    assert amount is None or amount >= 0


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (Decimal("-1"), "AUD"),
        (Decimal("NaN"), "AUD"),
        (Decimal("Infinity"), "AUD"),
        (Decimal("1"), None),
        (None, "AUD"),
        (Decimal("1"), "aud"),
        (Decimal("1"), "AUDX"),
        (Decimal("1"), "ÄÖÜ"),
    ],
)
def test_anything_else_is_refused_with_an_example(amount: Decimal | None, currency: str | None) -> None:
    with pytest.raises(RecordError, match=r"write it like 120\.50 and AUD"):
        check_money(amount, currency)


def test_the_outcome_is_the_given_one_or_that_of_the_response() -> None:
    answered = replace(life(), response=Response(AT, "agnes", "email", "rejected", (), ""))
    assert outcome_of(answered, Basis.RESPONSE, Outcome.UPHELD) == "upheld"
    assert outcome_of(answered, Basis.RESPONSE, None) == "rejected"
    for told, basis in ((answered, Basis.OTHER), (life(), Basis.RESPONSE)):
        with pytest.raises(RecordError, match="needs an outcome"):
            outcome_of(told, basis, None)


def test_remedies_are_named_each_once_or_none_alone() -> None:
    assert remedies_of(life(), [Remedy.APOLOGY, Remedy.REPAIR, Remedy.APOLOGY]) == ["apology", "repair"]
    assert remedies_of(life(), [Remedy.NONE]) == ["none"]
    for wrong in ([], [Remedy.NONE, Remedy.APOLOGY]):
        with pytest.raises(RecordError, match="needs its remedies"):
            remedies_of(life(), wrong)


def test_words_and_names_of_evidence_are_personal_the_rest_stays() -> None:
    told, hidden = evidence_facts(Evidence("mira", AT, "phone", "", "all good"))
    assert told == {"evidence": {"when": AT.isoformat(), "channel": "phone", "message_id": ""}}
    assert hidden == {"who": "mira", "quote": "all good"}
    assert evidence_facts(Evidence(message_id="m1"))[0] == {
        "evidence": {"when": None, "channel": "", "message_id": "m1"}
    }
    assert evidence_facts(None) == ({}, {})


@pytest.mark.parametrize("acknowledged_at", [None, AT])
def test_a_complaint_that_is_merged_away_leaves_how_it_stood(acknowledged_at: object) -> None:
    told = standing_of(replace(life(), acknowledged_at=acknowledged_at))
    assert told["acknowledged_at"] == (AT.isoformat() if acknowledged_at else None)
    assert told["types"] == ["standard"] and told["has_representative"] is False
