"""What a public reply gives away: a labelled table with its figures, and the edges one by one."""

import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.saved_replies import filled, load
from models.clock import Force
from policy.public_replies import References, RevealKind, load_public_reply_rules
from triage.reply_guard import Addressee, revealed_by
from triage.reply_numbers import is_bulgarian_id, is_iban, is_turkish_id, passes_luhn

ROWS = Path(__file__).parent / "public_replies.toml"
RULES = load_public_reply_rules()
JOSS = Addressee(
    handle="joss_wattle",
    display_name="Joss W.",
    real_names=("Jocelyn Wattleby",),
    private_texts=("my acct 4471902 was charged $2,184 and my mail is jw1988@post.example",),
)
PUBLISHED = (
    "13 22 21",
    "+61 2 5550 1122",
    "help@larkbank.example",
    "report@larkbank.example",
    "Level 3, 40 Currawong Street, Sydney NSW 2000",
)
LEAST_RECALL, LEAST_PRECISION = 0.95, 0.97


def kinds(text, who=JOSS, rules=RULES):
    return [found.kind for found in revealed_by(text, who, rules, published=PUBLISHED, firm="Larkbank")]


@cache
def rows():
    """Language, text, and the kind it gives away, or None."""
    table = tomllib.loads(ROWS.read_text(encoding="utf-8"))
    safe = [(language, text, None) for language, texts in table["safe"].items() for text in texts]
    return safe + [(part["lang"], text, kind) for part in table["reveals"] for text, kind in part["rows"]]


def test_the_labelled_replies_are_told_apart_well_enough():
    counts = Counter((kind is not None, bool(kinds(text))) for _, text, kind in rows())
    caught, missed, wrongly = counts[True, True], counts[True, False], counts[False, True]
    recall, precision = caught / (caught + missed), caught / (caught + wrongly)
    figures = f"{len(rows())} replies: recall {recall:.3f}, precision {precision:.3f}"
    wrong = [text for _, text, kind in rows() if bool(kinds(text)) != (kind is not None)]
    print(figures, *wrong, sep="\n  ")  # noqa: T201  the figures are what this test is for
    assert len(rows()) >= 120
    assert recall >= LEAST_RECALL, figures
    assert precision >= LEAST_PRECISION, figures


@pytest.mark.parametrize("language", ["en", "tr", "bg"])
def test_no_language_is_guarded_much_worse_than_the_others(language):
    given_away = [(text, kind) for its, text, kind in rows() if its == language and kind is not None]
    assert sum(bool(kinds(text)) for text, _ in given_away) >= 0.9 * len(given_away)


def test_the_kind_is_named_as_a_person_would_name_it():
    caught = [(text, kind) for _, text, kind in rows() if kind is not None and kinds(text)]
    named = [(text, kind) for text, kind in caught if kind in kinds(text)]
    figures = f"{len(named)} of {len(caught)} named as labelled:"
    print(figures, *(set(caught) - set(named)), sep="\n  ")  # noqa: T201  see above
    assert len(named) >= 0.95 * len(caught)


def found(text, who=JOSS):
    return revealed_by(text, who, RULES, published=PUBLISHED, firm="Larkbank")


def test_a_finding_marks_the_words_and_says_why_and_by_which_paragraph():
    text = "Hi Joss, the card 4111 1111 1111 1111 is blocked."
    (one,) = found(text)
    assert (one.kind, text[one.start : one.end], one.words) == (
        RevealKind.CARD_NUMBER,
        one.words,
        "4111 1111 1111 1111",
    )
    assert (one.paragraph, one.force) == ("RG 271.32 Note 2", Force.ENFORCEABLE)
    assert "card number" in one.why


def test_47_account_number_name_balance_and_as_our_customer_are_all_found():
    text = "Hi Jocelyn, as our customer your balance of $11.20 on account 4471902 is safe."
    assert {"name", "customer", "amount", "account_number"} <= {str(kind) for kind in kinds(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Card 4111\u200b1111\u200b1111\u200b1111",
        "Card ４１１１ １１１１ １１１１ １１１１",
        "Card 4111.1111.1111.1111",
        "Card ٤١١١ ١١١١ ١١١١ ١١١١",
        "Card 4111–1111–1111–1111",
    ],
)
def test_a_card_number_is_found_however_it_is_written(text):
    (one,) = found(text)
    assert one.kind is RevealKind.CARD_NUMBER
    assert one.words == text.removeprefix("Card ")


def test_words_are_found_behind_letters_that_nobody_sees():
    assert kinds("As our cus\u00adtomer you know.") == [RevealKind.CUSTOMER]


def test_a_number_that_is_no_card_is_no_card():
    assert RevealKind.CARD_NUMBER not in kinds("Number 4111 1111 1111 1112")
    assert RevealKind.CARD_NUMBER not in kinds("0000 0000 0000 0000")


def test_our_own_number_passes_and_the_same_number_is_refused_where_we_do_not_publish_it():
    text = "Ring +61 2 5550 1122."
    assert kinds(text) == []
    assert [one.kind for one in revealed_by(text, JOSS, RULES)] == [RevealKind.PHONE]


def test_the_name_a_person_shows_passes_and_the_one_we_know_does_not():
    assert kinds("Sorry about this, Joss.") == []
    assert kinds("Sorry about this, JOCELYN.") == [RevealKind.NAME]
    assert kinds("Hi Jocelyn!", Addressee("jocelyn88", None, ("Jocelyn Wattleby",))) == []
    assert kinds("Hi Ayşe, yazın lütfen.", Addressee("ayse.yilmaz", None)) == []


def test_a_name_that_is_also_a_word_is_a_name_only_with_a_capital():
    grace = Addressee("quietmornings", None, ("Grace May",))
    assert kinds("That may take a day.", grace) == []
    assert kinds("That is right, Grace.", grace) == [RevealKind.NAME]


def test_a_signature_and_the_name_of_the_firm_are_nobodys():
    assert kinds("We are on it. Thanks, Priti") == []
    assert kinds("Hello Larkbank followers!") == []


def test_what_was_told_in_private_is_not_repeated_in_public():
    assert kinds("The 2,184 is on its way.") == [RevealKind.PRIVATE_WORDS]
    assert kinds("It happened in 2026.", Addressee(private_texts=("since 2026",))) == []


def test_a_condition_speaks_of_anybody_and_its_absence_of_this_person():
    assert kinds("If your card was stolen, lock it.") == []
    assert kinds("Your card was stolen.") == [RevealKind.CASE_FACT]
    assert kinds("Sorry if this upset you. Your card was stolen.") == [RevealKind.CASE_FACT]


def test_references_pass_unless_the_firm_refuses_them():
    text = "We recorded it as C-0000012."
    strict = type(RULES)(**{name: getattr(RULES, name) for name in RULES.__slots__} | {"references": References.REFUSE})
    assert kinds(text) == []
    assert kinds(text, rules=strict) == [RevealKind.REFERENCE]
    assert kinds("Quote ticket 48213771.") == []
    assert kinds("Quote ticket 48213771.", rules=strict) == [RevealKind.REFERENCE]


KNOWN = {
    "name": "Joss",
    "firm": "Larkbank",
    "reference": "C-0000012",
    "agent": "Priti",
    "date": "5 December 2026",
    "phone": "13 22 21",
    "service": "BPAY",
    "interval": "30 min",
    "status": "it is being looked at",
    "answer": "Yes.",
    "link": "https://larkbank.example/help",
}


@pytest.mark.parametrize("language", ["en", "tr", "bg"])
def test_every_shipped_saved_reply_and_the_safe_wording_pass(language):
    for reply in load():
        assert kinds(filled(reply.text(language), KNOWN)) == [], (reply.key, language)
    assert kinds(filled(RULES.wording(language), KNOWN)) == []
    assert RULES.wording("de") == RULES.wording("en")


@pytest.mark.parametrize(
    "piece",
    [
        "x",
        "1",
        "1,",
        "x ",
        "*-",
        "a@",
        "4111 ",
        "your card is 4111 ",
        "ул. ",
        "Ms Dr ",
        "DE12 3456 ",
        "hesap şube bey ",
    ],
)
def test_a_long_reply_is_read_in_no_time(piece):
    hostile = piece * (10_000 // len(piece))
    began = process_time()
    found(hostile)
    assert process_time() - began < 2.0


@given(st.text(max_size=300))
def test_any_text_is_read_and_every_finding_lies_in_it(text):
    for one in found(text):
        assert 0 <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.words


@given(st.integers(0, 10**14 - 1))
def test_every_number_that_passes_the_card_check_is_refused(middle):
    body = f"4{middle:014d}"
    card = next(body + str(digit) for digit in range(10) if passes_luhn(body + str(digit)))
    written = " ".join(card[at : at + 4] for at in range(0, 16, 4))
    assert [one.words for one in found(f"It is {written}.")] == [written]
    assert kinds(f"It is {written}.") == [RevealKind.CARD_NUMBER]


def test_check_digits_of_banks_and_states_are_worked_out():
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB82 WEST 1234 5698 7654 33")
    assert not is_iban("GB82")
    assert is_turkish_id("10000000146")
    assert not is_turkish_id("10000000145")
    assert is_bulgarian_id("7523169263")
    assert not is_bulgarian_id("7533169263")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Dalları 5321234567 numarasına yolladık.", "phone"),
        ("It is four four seven, one nine zero two.", "account_number"),
        ("You were born on the second of May seventy-nine.", "date_of_birth"),
        ("You are two hundred and forty dollars short.", "amount"),
        ("Happy 38th birthday!", "date_of_birth"),
        ("You rang on Monday.", "case_fact"),
        ("Pazartesi gittiniz.", "case_fact"),
        ("Вчера звъняхте.", "case_fact"),
        ("Сменили сте телефона.", "case_fact"),
        ("You bank with Larkbank.", "customer"),
    ],
)
def test_what_a_person_did_and_numbers_in_words_are_found(text, kind):
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Which branch have you visited?",
        "Did you bank it yourself?",
        "You mentioned a delay, thank you.",
        "If you rang on Monday, try again.",
        "Hangi şubeye gittiniz?",
        "Kod istediniz mi?",
        "Благодарим, че ни писахте.",
        "Кога дойдохте?",
        "Опитахте ли пак?",
        "You can ring one, two or three times.",
        "It costs two hundred dollars and one cent.",
        "The code has two parts, one and two.",
    ],
)
def test_a_question_a_condition_and_what_stands_in_the_post_pass(text):
    assert kinds(text) == []


def test_without_the_name_of_a_firm_the_text_is_read_all_the_same():
    assert [str(one.kind) for one in revealed_by("You rang us.", JOSS, RULES)] == ["case_fact"]


def test_a_bulgarian_id_alone_is_a_number_of_a_person():
    assert kinds("It is 7523169263.") == [RevealKind.IDENTITY_NUMBER]
