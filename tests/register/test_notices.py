"""Notices from templates: filled in, refused where something is missing, with the scheme's details of that day."""

from dataclasses import replace
from datetime import date

import pytest

from models.complaint import Outcome
from models.errors import RecordError
from policy.notices import NoticeForm, NoticeKind
from register.notices import Draft, NoticeChannel, compose, render, wrong_account
from tests.register.notice_drafts import GIVEN_ON, KNOWN, NOTICES, PACK, fields


def words(draft, known=KNOWN):
    return compose(draft, NOTICES, known, pack=PACK)


def test_a_notice_says_what_its_fields_say_and_which_template_and_scheme_it_is_from():
    letter = words(fields(NoticeKind.IDR_RESPONSE, outcome=Outcome.REJECTED))
    assert letter.subject == "Our answer to your complaint C-0000012"
    assert letter.text.startswith("Dear Joss,\n\nYou complained to us on 5 June 2026 (C-0000012).")
    assert "1. double payment: It was taken once only" in letter.text
    assert "One payment of 5 June left the account. We relied on: the ledger of the account" in letter.text
    assert "Australian Financial Complaints Authority (AFCA)" in letter.text
    assert letter.version == "idr_response.rejected.en.letter 2026-11; afca 2021-10-05"


def test_a_date_is_spoken_in_the_language_of_the_notice():
    assert "until" not in words(fields(NoticeKind.DELAY_NOTICE)).text
    for language, spoken in (("en", "20 July 2026"), ("tr", "20 Temmuz 2026"), ("bg", "20 юли 2026")):
        assert spoken in words(fields(NoticeKind.DELAY_NOTICE, language=language)).text


def test_a_message_is_shorter_than_a_letter():
    letter = fields(NoticeKind.ACKNOWLEDGEMENT)
    assert len(words(replace(letter, channel=NoticeChannel.MESSAGE)).text) < len(words(letter).text)


def test_several_reasons_stand_each_on_its_own_line():
    draft = replace(fields(NoticeKind.HARDSHIP_REFUSAL, types=("credit_hardship",)), reasons=("One.", "Two."))
    assert "Our reasons:\n– One.\n– Two." in words(draft).text


def test_every_placeholder_that_nothing_fills_is_named():
    with pytest.raises(RecordError, match=r"fill in \{agent\}, \{firm\} before"):
        words(fields(NoticeKind.ACKNOWLEDGEMENT), {**KNOWN, "agent": "", "firm": " "})
    with pytest.raises(RecordError, match=r"\{expected_on\}, \{explanation\}"):
        words(replace(fields(NoticeKind.DELAY_NOTICE), explanation="", expected_on=None))


def test_a_brace_that_a_value_brings_in_fills_nothing():
    assert render("Hi {name}", {"name": "{agent}", "agent": "Priti"}) == "Hi {agent}"


def test_a_language_without_templates_is_written_to_in_english():
    assert words(fields(NoticeKind.HOLDING_REPLY)) == words(replace(fields(NoticeKind.HOLDING_REPLY), language="de-CH"))


def test_a_kind_without_such_a_variant_says_what_there_is():
    draft = fields(NoticeKind.IDR_RESPONSE, outcome=Outcome.NO_FINDING)
    with pytest.raises(RecordError, match="no idr_response template for 'no_finding'; there are: partly_upheld"):
        words(draft)


def test_a_day_before_the_first_template_is_refused():
    with pytest.raises(RecordError, match="in force on 2020-01-01; the first is from 2021-10-05 on"):
        words(replace(fields(NoticeKind.HOLDING_REPLY), given_on=date(2020, 1, 1)))


@pytest.mark.parametrize("channel", [NoticeChannel.LETTER, NoticeChannel.MESSAGE])
def test_a_lender_that_is_no_member_of_the_scheme_does_not_send_people_there(channel):
    lender = fields(NoticeKind.IDR_RESPONSE, outcome=Outcome.UPHELD, types=("unlicensed_coi_lender",), channel=channel)
    letter = words(lender)
    assert "AFCA" not in letter.text
    assert letter.version.endswith("2026-11")


def test_a_regime_without_a_known_scheme_names_none():
    draft = fields(NoticeKind.HOLDING_REPLY)
    assert "AFCA" not in compose(draft, NOTICES, KNOWN, pack="uk-disp").text


def test_a_newer_version_of_a_template_and_of_the_scheme_takes_over_on_its_day():
    old = NOTICES.template(NoticeKind.HOLDING_REPLY, language="en", form=NoticeForm.LETTER, on=GIVEN_ON)
    new = replace(old, version="2027-01", from_on=date(2027, 1, 1), text=old.text + "\nNew.")
    moved = replace(NOTICES.schemes[0], from_on=date(2027, 1, 1), phone="1800 000 000")
    both = replace(NOTICES, templates=(*NOTICES.templates, new), schemes=(*NOTICES.schemes, moved))
    draft = fields(NoticeKind.HOLDING_REPLY)
    before = compose(draft, both, KNOWN, pack=PACK)
    after = compose(replace(draft, given_on=date(2027, 1, 1)), both, KNOWN, pack=PACK)
    assert ("1800 931 678" in before.text, "1800 000 000" in after.text) == (True, True)
    assert after.version == "holding_reply.en.letter 2027-01; afca 2027-01-01"
    assert "New." in after.text and "New." not in before.text


@pytest.mark.parametrize(
    ("brand", "account", "is_wrong"),
    [
        ("Larkbank", "larkbank", False),
        ("LARKBANK", "@LarkBank", False),
        ("Larkbank", "finchpay", True),
        ("Larkbank", "", True),
        ("Wrenfund", "larkbank", False),
        (None, "larkbank", False),
    ],
)
def test_51_an_answer_leaves_from_an_account_of_its_brand(brand, account, is_wrong):
    accounts = {"Larkbank": {"larkbank", "larkbank_help"}, "Finchpay": {"finchpay"}}
    assert (wrong_account(brand, account, accounts) is not None) is is_wrong


def test_a_draft_without_outcome_takes_the_variant_it_names():
    draft = Draft(NoticeKind.IDR_RESPONSE, NoticeChannel.EMAIL, "en", GIVEN_ON, variant="rejected")
    assert draft.template_variant == "rejected"
