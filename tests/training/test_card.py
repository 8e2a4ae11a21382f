from dataclasses import replace

import pytest

from tests.training.judged import judged, row
from training.card import card, loss_of_only_clear
from training.findings import Encoder, findings, read_figures, write_figures
from training.metrics import Figure
from training.published import MARKS
from training.thresholds import choose_thresholds


def some_rows():
    """Enough of each that every part of the card has something to say."""
    ours = [
        row(label, lang=lang, marks=marks, channel="direct message", abuse=int(label == "abuse"), severity=0)
        for label in ("complaint", "abuse", "praise", "enquiry")
        for lang in ("en", "tr")
        for marks in (["swearing"], ["dialect"], [])
        for _ in range(12)
    ]
    theirs = [row("complaint", tag="xci", severity=at % 4 + 1) for at in range(60)]
    return [*ours, *theirs, *[row("other", tag="xci", severity=0)] * 60]


@pytest.fixture
def found():
    rows = some_rows()
    held_back = judged(rows, ["complaint" if one.targets["complaint"] else "other" for one in rows])
    return findings(
        rows,
        held_back,
        choose_thresholds(rows, held_back),
        version="9.9",
        data_digest="abc",
        proven_languages=["en"],
        used=frozenset({"xci", "earshot-labels"}),
        encoder=Encoder("all-MiniLM-L6-v2", "Apache-2.0", "53aa"),
    )


def section(text, title):
    return text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_every_part_has_something_to_say(found):
    text = card(found)

    for title in ("Data", "Quality", "Calibration", "When it is unsure", "Where complaints are rare", "Fairness"):
        assert "| ---" in section(text, title), title
    for title in ("Weaknesses", "What it must not be used for", "Speed"):
        assert section(text, title).strip(), title
    assert "nan" not in text.lower().replace("finance", "")


def test_every_line_of_a_table_has_as_many_cells_as_its_head(found):
    widths = [
        {line.count(" | ") for line in block.splitlines() if line.startswith("|")}
        for block in card(found).split("\n\n")
    ]

    assert all(len(width) <= 1 for width in widths)


def test_the_card_is_the_same_every_time(found):
    assert card(found) == card(found)


def test_the_base_encoder_and_its_licence_are_named(found):
    assert "all-MiniLM-L6-v2\n(Apache-2.0)" in card(found) or "all-MiniLM-L6-v2 (Apache-2.0)" in card(found)
    assert "53aa" in card(found)


def test_without_an_encoder_the_card_tells_of_none(found):
    assert "encoder" not in section(card(replace(found, encoder=None)), "Data").split("##")[0]
    assert "It is one linear layer" in card(replace(found, encoder=None))
    assert "two readers" not in card(replace(found, encoder=None))


def test_a_figure_stands_beside_its_floor_what_is_published_and_what_is_reached_for(found):
    (line,) = [
        line for line in section(card(found), "Quality").splitlines() if line.startswith("| X-CI complaint, four")
    ]

    assert line.endswith("| 120 | 83.2 | 88.2 | 88.2 |")


def test_a_figure_below_its_floor_is_a_weakness():
    name = "X-CI complaint, four of its ten folds, macro F1"

    assert not MARKS[name].is_floor_kept_by(0.83)
    assert MARKS[name].is_floor_kept_by(0.84)
    assert not MARKS[name].is_reached_by(0.88)


def test_of_complaints_called_abuse_fewer_are_better():
    mark = MARKS["swearing but genuine complaints, most probable label is abuse"]

    assert mark.is_reached_by(0.02) and not mark.is_reached_by(0.05)
    assert mark.is_floor_kept_by(0.05) and not mark.is_floor_kept_by(0.1)


def test_weaknesses_name_what_falls_short(found):
    one = Figure("X-CI complaint, four of its ten folds, macro F1", 0.80, 0.79, 0.81, 100)
    weak = section(card(replace(found, figures=[one])), "Weaknesses")

    assert "Below its floor, a step back: X-CI complaint, four of its ten folds" in weak


def test_the_card_names_every_cost_and_the_one_that_was_chosen(found):
    band = section(card(found), "When it is unsure")

    assert "| 8 (chosen) |" in band
    assert "| 32 |" in band
    assert "20 of 100 are complaints" in band


def test_the_card_says_what_fairness_cannot_tell_even_where_nothing_was_measured(found):
    bare = replace(found, complaints_by_mark=(), called_complaint_by_mark=(), called_abuse_by_mark=())
    text = section(card(bare), "Fairness")

    assert "Nothing was measured" in text
    assert "What this cannot tell" in text


def test_figures_written_by_one_run_are_read_by_another(found, tmp_path):
    write_figures(found, tmp_path / "figures.json")

    assert [repr(one) for one in read_figures(tmp_path / "figures.json")] == [repr(one) for one in found.figures]


def test_the_loss_without_unclear_sets_is_shown_where_the_texts_are_the_same():
    before = [Figure(name, 0.8, 0.7, 0.9, 100) for name in ("a", "b", "c", "d")]
    after = [
        Figure("a", 0.75, 0.7, 0.8, 100),
        Figure("b", 0.75, 0.7, 0.8, 50),
        Figure("c", 0.8, 0.7, 0.9, 100),
    ]
    lines = loss_of_only_clear(before, after).splitlines()[2:]

    assert lines == [
        "| a | 80.0 | 75.0 | −5.0 |",
        "| b | 80.0 | 75.0 | other texts (n 50, not 100) |",
        "| c | 80.0 | 80.0 | 0.0 |",
        "| d | 80.0 | not measured |  |",
    ]


def test_the_card_shows_the_loss_only_where_it_was_measured(found):
    assert "unclear licence\n\nThe same training" not in card(found)
    assert "The same training" in card(replace(found, only_clear_figures=found.figures))
