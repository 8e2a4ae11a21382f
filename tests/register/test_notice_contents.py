"""What a notice must hold: everything there passes, each thing left out is named with its paragraph and force."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.clock import Force
from models.complaint import Outcome, WrittenResponse
from models.errors import RecordError, SetupError
from policy.notices import NoticeKind
from register.notice_contents import CHECKS, Rules, check, tips_off
from register.notices import Finding, NoticeChannel
from tests.register.notice_drafts import KINDS, LIMIT_ON, NOTICES, PACK, RULES, written

IDR, DELAY = NoticeKind.IDR_RESPONSE, NoticeKind.DELAY_NOTICE
REJECTED = {"outcome": Outcome.REJECTED}


def missing(draft, rules=RULES):
    return {one.key: one for one in check(draft, rules).missing}


def without(draft, *words):
    text = draft.text
    for part in words:
        assert part in text
        text = text.replace(part, "")
    return replace(draft, text=text)


@pytest.mark.parametrize("channel", [NoticeChannel.LETTER, NoticeChannel.MESSAGE])
@pytest.mark.parametrize("language", ["en", "tr", "bg"])
@pytest.mark.parametrize(("kind", "variant", "outcome", "types"), KINDS)
def test_every_shipped_template_filled_in_holds_all_it_must(kind, variant, outcome, types, language, channel):
    draft = written(kind, variant=variant, outcome=outcome, types=types, language=language, channel=channel)
    checked = check(draft, RULES)
    assert checked.missing == ()
    assert (checked.may_be_sent, checked.fault, checked.codes) == (True, None, ())


def test_every_element_of_the_rules_is_checked_and_the_other_way_round():
    assert {element.key for element in NOTICES.elements} == set(CHECKS)


def test_an_element_that_nobody_checks_is_refused():
    odd = replace(NOTICES, elements=(replace(NOTICES.elements[0], key="colour"),))
    with pytest.raises(SetupError, match="no check is written for 'colour'"):
        check(written(IDR, **REJECTED), replace(RULES, notices=odd))


@pytest.mark.parametrize("language", ["en", "tr", "bg"])
@pytest.mark.parametrize(
    ("words", "key", "paragraph"),
    [
        ("1800 931 678", "scheme_phone", "RG 271.53(c)"),
        ("www.afca.org.au", "scheme_website", "RG 271.53(c)"),
        ("Australian Financial Complaints Authority", "scheme_name", "RG 271.53(c)"),
    ],
)
def test_49_contacts_of_afca_that_are_left_out_are_named(words, key, paragraph, language):
    draft = without(written(IDR, language=language, **REJECTED), words)
    one = missing(draft)[key]
    assert (one.paragraph, one.force, one.blocks) == (paragraph, Force.ENFORCEABLE, True)
    fault = check(draft, RULES).fault
    assert fault is not None and words in fault and paragraph in fault


@pytest.mark.parametrize("language", ["en", "tr", "bg"])
def test_49_the_right_to_go_to_afca_is_missing_where_only_its_contacts_stand(language):
    draft = written(IDR, language=language, **REJECTED)
    text = "\n".join(line for line in draft.text.split("\n") if "Authority" not in line)
    bare = replace(draft, text=text + "\nAustralian Financial Complaints Authority (AFCA)")
    assert set(missing(bare)) == {"scheme_right"}


@pytest.mark.parametrize(
    "denial",
    [
        "You cannot complain to AFCA about this.",
        "AFCA kurumuna başvuramazsınız.",
        "Не можете да подадете жалба до AFCA.",
    ],
)
def test_49_a_right_that_is_denied_is_no_right(denial):
    draft = written(IDR, **REJECTED)
    assert missing(replace(draft, text=draft.text + "\n" + denial))["scheme_right"].says.endswith("the text denies it")


def test_49_another_number_is_not_afcas():
    draft = written(IDR, **REJECTED)
    assert "scheme_phone" in missing(replace(draft, text=draft.text.replace("1800 931 678", "1300 780 808")))
    assert "scheme_phone" in missing(replace(draft, text=draft.text.replace("1800 931 678", "1800 931 6789")))
    assert "scheme_phone" not in missing(replace(draft, text=draft.text.replace("1800 931 678", "1800-931-678")))
    assert "scheme_website" in missing(
        replace(draft, text=draft.text.replace("www.afca.org.au", "afca.org.au.example"))
    )
    assert "scheme_website" not in missing(
        replace(draft, text=draft.text.replace("www.afca.org.au", "https://afca.org.au/"))
    )


def test_49_the_details_are_those_of_the_day_it_is_given():
    moved = replace(NOTICES.schemes[0], from_on=date(2026, 6, 1), phone="1800 000 000")
    rules = replace(RULES, notices=replace(NOTICES, schemes=(*NOTICES.schemes, moved)))
    draft = written(IDR, **REJECTED)
    assert "scheme_phone" in missing(draft, rules)
    assert "scheme_phone" not in missing(replace(draft, given_on=date(2026, 5, 31)), rules)


def test_afcas_name_in_full_comes_first_and_does_not_block():
    draft = written(IDR, **REJECTED)
    late = replace(draft, text="AFCA is there for you.\n" + draft.text)
    assert set(missing(late)) == {"scheme_name_first"}
    assert check(late, RULES).may_be_sent


@pytest.mark.parametrize(
    ("changed", "key", "paragraph"),
    [
        ({"outcome": None}, "outcome", "RG 271.53(a)"),
        ({"reasons": ()}, "reasons", "RG 271.53(a)"),
        ({"issues": ("double payment", "rude call")}, "issues", "RG 271.54(a)"),
        ({"issues": (), "answers": ()}, "issues", "RG 271.54(a)"),
        ({"findings": ()}, "findings", "RG 271.54(b)"),
        ({"findings": (Finding("One payment of 5 June left the account.", " "),)}, "findings", "RG 271.54(b)"),
    ],
)
def test_a_rejection_without_one_of_its_parts_is_held_back(changed, key, paragraph):
    draft = replace(written(IDR, **REJECTED), **changed)
    one = missing(draft)[key]
    assert (one.paragraph, one.force, one.blocks) == (paragraph, Force.ENFORCEABLE, True)
    assert not check(draft, RULES).may_be_sent


def test_a_part_that_was_written_and_then_taken_out_of_the_text_is_missed():
    draft = written(IDR, **REJECTED)
    assert "findings" in missing(without(draft, "the ledger of the account"))
    assert "issues" in missing(without(draft, "the second line was a hold"))
    assert "reasons" in missing(without(draft, "as the terms that you accepted"))
    assert missing(replace(draft, text=draft.text.upper())) == {}


def test_an_open_issue_is_named():
    draft = replace(written(IDR, **REJECTED), issues=("double payment", "rude call"))
    assert "nothing in the text answers rude call" in missing(draft)["issues"].says


def test_a_rejection_of_few_words_explains_nothing():
    draft = written(IDR, **REJECTED)
    short = replace(draft, reasons=("No.",), findings=(Finding("No.", "log"),), answers=(("double payment", "No."),))
    assert missing(replace(short, text=draft.text + " No. log"))["detail"].paragraph == "RG 271.54(c)"


def test_an_upheld_complaint_needs_what_was_done_and_no_findings():
    draft = written(IDR, outcome=Outcome.UPHELD)
    bare = replace(draft, findings=(), reasons=(), issues=(), answers=())
    assert missing(bare) == {}
    assert missing(replace(bare, actions=()))["actions"].paragraph == "RG 271.53(a)"


def test_a_lender_outside_afca_needs_the_outcome_and_no_afca():
    draft = written(IDR, outcome=Outcome.UPHELD, types=("unlicensed_coi_lender",))
    assert "AFCA" not in draft.text
    assert missing(draft) == {}
    assert "scheme_right" in missing(replace(draft, types=("unlicensed_coi_lender", "standard")))


def test_a_response_is_a_letter_or_a_message_where_the_firm_said_so_and_never_public():
    draft = written(IDR, channel=NoticeChannel.MESSAGE, **REJECTED)
    assert missing(draft, replace(RULES, message_is_written=False))["written"].blocks
    public = missing(replace(draft, channel=NoticeChannel.PUBLIC_REPLY))
    assert (public["not_in_public"].force, set(public)) == (Force.ENFORCEABLE, {"not_in_public", "written"})


@pytest.mark.parametrize(("days", "is_missing"), [(-1, False), (0, False), (1, True)])
def test_06_a_delay_notice_is_given_on_the_last_local_day_or_before(days, is_missing):
    draft = replace(written(DELAY), given_on=LIMIT_ON + timedelta(days=days))
    assert ("in_time" in missing(draft)) is is_missing
    assert check(draft, RULES).may_be_sent is not is_missing


def test_06_between_the_strict_day_and_the_rolled_one_it_is_late_and_no_breach():
    late = replace(written(DELAY), given_on=LIMIT_ON + timedelta(days=1), limit_s36_on=LIMIT_ON + timedelta(days=1))
    one = missing(late)["in_time"]
    assert (one.force, one.blocks) == (Force.EXPECTED, False)
    assert missing(replace(late, given_on=LIMIT_ON + timedelta(days=2)))["in_time"].blocks


def test_06_a_late_one_says_the_way_out():
    fault = check(replace(written(DELAY), given_on=date(2026, 7, 6)), RULES).fault
    assert fault is not None and "holding reply" in fault and "the limit ended on 2026-07-05, it is 2026-07-06" in fault


def test_07_a_delay_notice_without_afcas_phone_or_without_a_reason_is_none():
    assert check(without(written(DELAY), "1800 931 678"), RULES).codes == ("scheme_phone",)
    draft = written(DELAY)
    assert check(replace(draft, explanation=""), RULES).codes == ("delay_reasons",)
    assert check(replace(draft, delay_reasons=()), RULES).codes == ("delay_ground",)
    assert missing(without(draft, "We are waiting for information"))["delay_reasons"].paragraph == "RG 271.66"


@pytest.mark.parametrize(
    "explanation",
    [
        "We have a backlog at the moment.",
        "A staff shortage keeps us from answering.",
        "We have a high volume of complaints.",
        "Yoğunluk nedeniyle yanıt veremiyoruz.",
        "Personel eksikliği nedeniyle gecikiyoruz.",
        "Имаме голям брой оплаквания.",
        "Забавянето е заради недостиг на персонал.",
    ],
)
def test_07_staffing_and_many_complaints_are_no_ground(explanation):
    draft = written(DELAY)
    changed = replace(draft, explanation=explanation, text=draft.text + "\n" + explanation)
    one = missing(changed)["delay_ground"]
    assert (one.force, ".143" in one.paragraph) == (Force.ENFORCEABLE, True)


def test_07_a_code_that_rg_271_does_not_know_is_named_with_those_it_does():
    draft = replace(written(DELAY), delay_reasons=("volume_spike",))
    says = missing(draft)["delay_ground"].says
    assert says.endswith("volume_spike is none; there are particularly_complex, beyond_control")


@pytest.mark.parametrize("language", ["en", "tr", "bg"])
def test_07_no_offered_ground_is_refused(language):
    draft = written(DELAY, language=language)
    for ground in NOTICES.grounds:
        words = ground.text[language]
        offered = replace(draft, delay_reasons=(ground.reason.value,), explanation=words, text=f"{draft.text}\n{words}")
        assert missing(offered) == {}


def test_08_a_second_delay_notice_is_measured_by_the_same_limit():
    first = written(DELAY)
    second = replace(first, given_on=LIMIT_ON + timedelta(days=10))
    assert check(first, RULES).may_be_sent
    assert "in_time" in check(second, RULES).codes


@pytest.mark.parametrize("language", ["en", "tr", "bg"])
def test_a_delay_of_a_death_benefit_says_what_afca_can_consider(language):
    plain = written(DELAY, language=language)
    assert missing(replace(plain, types=("death_benefit_objection",)))["delay_only"].paragraph == "RG 271.66 note 1"


@pytest.mark.parametrize("language", ["en", "tr", "bg"])
@pytest.mark.parametrize(("variant", "key"), [("decision", "limit_28_days"), ("new_proposal", "objection_28_days")])
def test_a_decision_on_a_death_benefit_names_its_28_days(variant, key, language):
    types, outcome = ("death_benefit_objection",), Outcome.REJECTED
    draft = written(NoticeKind.DEATH_BENEFIT_DECISION, variant=variant, outcome=outcome, types=types, language=language)
    found = missing(replace(draft, text=draft.text.replace("28", "30")))
    assert {one for one in found if "28" in one} == {key}
    assert found[key].force is Force.ENFORCEABLE


def test_a_new_proposal_needs_no_afca():
    types = ("death_benefit_objection",)
    draft = written(NoticeKind.DEATH_BENEFIT_DECISION, variant="new_proposal", outcome=Outcome.UPHELD, types=types)
    assert "AFCA" not in draft.text
    assert missing(draft) == {}


def test_28_days_for_something_else_are_not_afcas_limit():
    types, outcome = ("death_benefit_objection",), Outcome.REJECTED
    draft = written(NoticeKind.DEATH_BENEFIT_DECISION, variant="decision", outcome=outcome, types=types)
    text = draft.text.replace("within 28 calendar days", "soon") + "\nPayment follows within 28 days."
    assert "limit_28_days" in missing(replace(draft, text=text))


def test_a_refusal_of_hardship_without_afca_is_held_back_though_only_expected():
    draft = without(written(NoticeKind.HARDSHIP_REFUSAL, types=("credit_hardship",)), "1800 931 678")
    one = missing(draft)["scheme_phone"]
    assert (one.paragraph, one.force, one.blocks) == ("RG 271.100(a)", Force.EXPECTED, True)
    assert not check(draft, RULES).may_be_sent
    assert check(draft, RULES).codes == ()


def test_a_five_day_closing_gives_way_where_a_written_response_is_due():
    draft = written(NoticeKind.FIVE_DAY_CLOSURE, variant="5bd_satisfied")
    due = replace(draft, written_response=(WrittenResponse.ASKED, WrittenResponse.HARDSHIP))
    one = missing(due)["no_response_due"]
    assert (one.paragraph, "WR-A, WR-B1" in one.says) == ("RG 271.75", True)


def test_a_five_day_closing_comes_by_the_fifth_day_and_explains():
    draft = written(NoticeKind.FIVE_DAY_CLOSURE, variant="5bd_explained")
    assert missing(replace(draft, given_on=LIMIT_ON + timedelta(days=1)))["in_time"].paragraph == "RG 271.71"
    assert missing(replace(draft, explanation=""))["explanation"].paragraph == "RG 271.71(b)"


def test_a_late_acknowledgement_is_late_and_is_sent():
    draft = replace(written(NoticeKind.ACKNOWLEDGEMENT), given_on=LIMIT_ON + timedelta(days=1))
    assert set(missing(draft)) == {"in_time"}
    assert check(draft, RULES).may_be_sent


def test_a_placeholder_that_is_left_and_an_empty_text_are_held_back():
    draft = written(NoticeKind.ACKNOWLEDGEMENT)
    assert "fill in name" in missing(replace(draft, text=draft.text + " {name}"))["placeholders"].says
    assert "the text is empty" in missing(replace(draft, text="  "))["placeholders"].says


@pytest.mark.parametrize(
    "words",
    [
        "We lodged a suspicious matter report about it.",
        "An AML investigation is open.",
        "We told AUSTRAC.",
        "Hakkınızda şüpheli işlem bildirimi yapıldı.",
        "MASAK inceliyor.",
        "Подадохме сигнал за изпиране на пари.",
        "Преводът е съмнителна операция.",
    ],
)
@pytest.mark.parametrize("kind", [NoticeKind.ACKNOWLEDGEMENT, NoticeKind.HOLDING_REPLY])
def test_50_a_suspicious_matter_is_never_told(kind, words):
    draft = written(kind)
    one = missing(replace(draft, text=f"{draft.text}\n{words}"))["no_tipping_off"]
    assert (one.blocks, one.paragraph.startswith("RG 271.55")) == (True, True)
    assert tips_off(words, NOTICES) != ()


def test_50_ordinary_words_about_money_are_no_tipping_off():
    for words in (
        "Your transfer looked unusual, so we checked it.",
        "Kara gün dostu.",
        "Anti-money-laundering law applies.",
    ):
        assert tips_off(words, NOTICES) == ()


def test_51_a_notice_from_the_account_of_another_brand_is_held_back():
    draft = replace(written(IDR, **REJECTED), account="finchpay")
    assert "finchpay is not one of its accounts" in missing(draft)["right_account"].says
    assert not check(draft, RULES).may_be_sent


def test_a_pack_that_asks_for_no_afca_gets_the_general_checks():
    draft = replace(written(NoticeKind.HOLDING_REPLY), text="It stands still, AUSTRAC knows.")
    assert set(missing(draft, replace(RULES, pack="uk-disp"))) == {"no_tipping_off", "explanation"}


def test_a_day_without_a_known_scheme_is_refused():
    rules = Rules(replace(NOTICES, schemes=()), PACK)
    with pytest.raises(RecordError, match="no dispute scheme of pack asic-rg271 in force on 2026-06-20"):
        check(written(IDR, **REJECTED), rules)


def test_without_a_scheme_in_force_everything_of_it_is_missing():
    keys = ("scheme_name", "scheme_phone", "scheme_website", "scheme_name_first", "limit_28_days")
    everywhere = {"kinds": frozenset({IDR}), "packs": frozenset(), "outcomes": frozenset()}
    of_scheme = tuple(replace(one, **everywhere) for one in NOTICES.elements if one.key in keys)
    rules = replace(RULES, notices=replace(NOTICES, schemes=(), elements=of_scheme))
    assert set(missing(written(IDR, **REJECTED), rules)) == set(keys) - {"scheme_name_first"}
