import json
from datetime import timedelta

from learning.corrections import FROZEN_ONE_IN, LeftOut, Part, rows_of
from models import Correction
from store.store import Store
from tests.flow.bench import NOW, Bench, message
from training.datasets import DATASETS, OWN_LABELS

DENIED = frozenset({"x", "twitter"})


def correction(text: str, label: str = "complaint", *, id: str = "m_1", channel: str = "email") -> Correction:
    return Correction(id, channel, text, "en", label, NOW, ("mira_f",))


def test_a_correction_is_a_row_the_trainer_understands_and_names_nobody() -> None:
    [row] = rows_of([correction("@larkbank mira_f here, card 4556 charged twice", id="m_7")], denied=DENIED).rows
    assert row["text"] == "@user @user here, card 0000 charged twice"
    assert (row["lang"], row["label"], row["source"], row["channel"]) == ("en", "complaint", "inbox", "email")
    assert row["corrected_at"] == NOW.isoformat()
    assert "m_7" not in json.dumps(row) and "mira" not in json.dumps(row)
    own = next(one for one in DATASETS if one.name == OWN_LABELS)
    assert own.targets(row)["complaint"] == 1


def test_what_the_person_did_not_say_is_not_learnt() -> None:
    complaint, praise = rows_of([correction("no refund"), correction("well done", "praise")], denied=DENIED).rows
    unknown = ("category", "urgency", "sentiment", "lead")
    assert {complaint[name] for name in unknown} | {praise[name] for name in unknown} == {None}
    assert (complaint["severity"], praise["severity"]) == (None, 0)


def test_a_channel_whose_terms_forbid_it_is_left_out_and_counted() -> None:
    given = [correction("no refund", channel="X"), correction("no answer", channel="x"), correction("no card")]
    found = rows_of(given, denied=DENIED)
    assert [row["text"] for row in found.rows] == ["no card"]
    assert (found.left_out, found.channels) == ({LeftOut.CHANNEL: 2}, {"X": 1, "x": 1})
    assert len(rows_of(given, denied=()).rows) == 3


def test_of_two_corrections_on_the_same_words_the_later_is_kept() -> None:
    given = [correction("No refund!", "other"), correction("good day", "other"), correction("no refund!")]
    found = rows_of(given, denied=DENIED)
    assert [(row["text"], row["label"]) for row in found.rows] == [("good day", "other"), ("no refund!", "complaint")]
    assert found.left_out == {LeftOut.REPEAT: 1}


def test_what_holds_no_word_or_no_known_label_is_left_out() -> None:
    found = rows_of([correction("\u200b"), correction("hello", "shouting")], denied=DENIED)
    assert (found.rows, found.left_out) == ([], {LeftOut.EMPTY: 1, LeftOut.UNKNOWN: 1})


def test_the_two_parts_are_apart_and_together_are_all() -> None:
    given = [correction(f"refund the {'very ' * number}old card") for number in range(200)]
    texts = {part: {row["text"] for row in rows_of(given, denied=DENIED, part=part).rows} for part in Part}
    assert texts[Part.LEARN] | texts[Part.FROZEN] == texts[Part.ALL]
    assert not texts[Part.LEARN] & texts[Part.FROZEN]
    assert 200 / FROZEN_ONE_IN / 2 < len(texts[Part.FROZEN]) < 2 * 200 / FROZEN_ONE_IN


def test_the_same_words_are_always_in_the_same_part() -> None:
    for part in (Part.LEARN, Part.FROZEN):
        sizes = {len(rows_of([correction(text)], denied=DENIED, part=part).rows) for text in ("No REFUND", "no refund")}
        assert len(sizes) == 1


def test_the_store_gives_the_latest_correction_of_each_message(store: Store) -> None:
    bench = Bench(store)
    bench.read(message("thank you for nothing", id="1"), message("how do i pay?", id="2"), message("hello", id="3"))
    bench.drain()
    bench.relabel("1", "other")
    bench.relabel("2", "praise")
    bench.relabel("1", "complaint")
    with store.reading() as transaction:
        found = transaction.corrections.all()
    assert [(one.text, one.label, one.lang) for one in found] == [
        ("how do i pay?", "praise", "en"),
        ("thank you for nothing", "complaint", "en"),
    ]
    assert found[1].names == ("mira", "Mira Field")
    assert found[1].corrected_at == NOW + timedelta(minutes=3)


def test_the_newest_labels_are_each_the_last_word_on_a_message(store: Store) -> None:
    bench = Bench(store)
    bench.read(message("thank you for nothing", id="1"), message("how do i pay?", id="2"), message("hello", id="3"))
    bench.drain()
    for number, label in (("1", "other"), ("2", "praise"), ("1", "complaint")):
        bench.relabel(number, label)
    with store.reading() as transaction:
        found = transaction.corrections.newest(10, not_of=[0])
        assert [(one.text, one.label) for one in found] == [
            ("thank you for nothing", "complaint"),
            ("how do i pay?", "praise"),
        ]
        assert transaction.corrections.newest(2, not_of=[0]) == found
        assert transaction.corrections.newest(1, not_of=[0]) == found[:1]
        assert transaction.corrections.newest(10, not_of=[found[0].case_id]) == found[1:]
