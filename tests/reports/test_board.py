"""The board report: every number with its definition, the same content as page and as PDF, nobody's data."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from measure.board import Board, SystemicIssue
from measure.complaint_facts import facts_of
from measure.complaint_figures import figures
from measure.miss_rate import MissRate
from measure.periods import named
from register.life import fold
from reports import charts
from reports.content import report
from reports.definitions import DEFINITIONS
from reports.page import as_html
from reports.pdf import as_pdf
from tests.measure.stories import UTC_YEAR, entries_of, tell_a_year
from tests.triage.build import NSW

ISSUE = SystemicIssue(
    id=1,
    name="credit card, billing_payment",
    words=("annual", "fee"),
    complaints=48,
    authors=45,
    weeks=(0, 1, 2, 14),
    level="warning",
    owner="eva",
    decision="confirmed",
    decided_on=date(2026, 5, 2),
    escalated_on=date(2026, 5, 4),
    escalated_to="head of cards",
    outcome="212 customers refunded",
    outcome_on=date(2026, 6, 20),
)
MISSED = MissRate("all", 41_200, 1_296, 7, 0.0041, 0.0019, 0.0088)


@pytest.fixture(scope="module")
def board() -> Board:
    stories = [entries_of(story) for story in tell_a_year(300, seed=3, policy=NSW, first=UTC_YEAR)]
    facts = [facts_of(fold(entries), entries, zone=NSW.zone) for entries in stories]
    periods = [named("2026Q1"), named("2026Q2"), named("2026Q3")]
    found = figures(facts, periods, as_of=datetime(2026, 12, 1, tzinfo=UTC))
    made_at = datetime(2026, 10, 2, 9, 0, tzinfo=NSW.zone)
    return Board("Şahin & Larkbank <Жалби>", "Australia/Sydney", NSW.version, made_at, tuple(found), (ISSUE,), MISSED)


def empty(firm: str = "Larkbank") -> Board:
    [found] = figures([], [named("2026H1")], as_of=datetime(2026, 8, 1, tzinfo=UTC))
    return Board(firm, "Australia/Sydney", NSW.version, datetime(2026, 8, 1, tzinfo=UTC), (found,), (), None)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own picture


class Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def text_of(page: bytes) -> str:
    parser = Text()
    parser.feed(page.decode())
    return re.sub(r"\s+", " ", " ".join(parser.said))


def test_each_number_stands_beside_its_definition_and_paragraph(board: Board) -> None:
    numbers = [number for section in report(board).sections for number in section.numbers]
    assert {number.name for number in numbers} == {one.name for one in DEFINITIONS.values()}
    text = text_of(as_html(report(board)))
    for number in numbers:
        assert number.meaning in text and f"({number.paragraph})" in text
        assert number.value in text and number.before in text


def test_the_numbers_are_those_of_the_figures(board: Board) -> None:
    said = {number.name: number for section in report(board).sections for number in section.numbers}
    now, before = board.now, board.before
    assert before is not None
    assert said["Received"].value == str(now.movement.received)
    assert said["Received"].before == str(before.movement.received)
    assert said["Late without excuse"].value == str(now.timeliness.breach)
    assert said["Estimated miss rate"].value == "0.41% (0.19% to 0.88%)"
    assert str(round(now.first_contact.value * 100, 1)) in said["Resolved at first contact"].value


def test_what_the_firm_is_called_is_text_and_never_markup(board: Board) -> None:
    page = as_html(report(board)).decode()
    assert "<Жалби>" not in page and "&lt;Жалби&gt;" in page
    pdf = as_pdf(report(empty('#panic("no") *x* $1 <b> \\ "')))
    assert pdf.startswith(b"%PDF-")


def test_the_page_needs_nothing_from_anywhere(board: Board) -> None:
    page = as_html(report(board)).decode()
    assert re.findall(r"""(?:src|href|url)\s*[=(]""", page) == []
    assert set(re.findall(r"https?://[^\s\"']+", page)) == {"http://www.w3.org/2000/svg"}


def test_the_pdf_is_tagged_whole_and_the_same_each_time(board: Board) -> None:
    first = as_pdf(report(board))
    assert first == as_pdf(report(board))
    assert first.startswith(b"%PDF-") and first.rstrip().endswith(b"%%EOF")
    assert b"/StructTreeRoot" in first and b"pdfaid" in first
    assert first.count(b"LibertinusSerif") >= 1


def test_a_nil_period_is_reported_as_one() -> None:
    text = text_of(as_html(report(empty())))
    assert "0 complaints received" in text and "No verdicts for this period yet" in text and "No candidates" in text
    assert as_pdf(report(empty())).startswith(b"%PDF-")


def test_charts_are_whole_pictures_with_a_title(board: Board) -> None:
    drawn = [chart.svg for section in report(board).sections for chart in section.charts]
    assert len(drawn) == 4
    for svg in drawn:
        root = parsed(svg)
        assert root.find("{http://www.w3.org/2000/svg}title") is not None


def test_bars_are_as_long_as_their_numbers() -> None:
    root = parsed(charts.bars({"a": 10, "b": 5, "c": 0}, None, title="t"))
    long, half, none = (float(box.get("width") or 0) for box in root.iter("{http://www.w3.org/2000/svg}rect"))
    assert (half, none) == (pytest.approx(long / 2, abs=0.1), 0)


def test_a_share_that_nobody_knows_leaves_a_gap_in_the_line() -> None:
    root = parsed(charts.line(["1", "2", "3"], [0.5, None, 1.0], title="t"))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 2


@pytest.mark.parametrize("values", [{}, {"a": 0}])
def test_nothing_can_be_drawn_too(values: dict[str, int]) -> None:
    assert parsed(charts.bars(values, values, title="t")) is not None
    assert parsed(charts.columns(list(values), {"x": list(values.values())}, title="t")) is not None
    assert parsed(charts.spark(list(values.values()), title="t")) is not None
