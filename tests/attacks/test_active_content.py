"""Pictures and charts that could run: nothing that others made is served by us, and labels are text."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from inbox.second_factor import address_of, picture
from reports import charts
from tests.attacks.hostile import ALL, MARKUP

ROOT = Path(__file__).parents[2]
INBOX = ROOT / "inbox"
SVG = "{http://www.w3.org/2000/svg}"
MAKES_MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc")
SHOWS_A_FRAGMENT = {"together.js", "verdicts.js"}
"""They put in what a template of ours escaped, as htmx does."""
DRAWN_BY_US = {"compliance_systemic.html", "compliance_figures.html"}
"""Charts of reports/charts.py, which the tests below try."""
SERVES_FILES = re.compile(r"FileResponse|image/svg|image/|text/xml|application/xhtml|media_type=\"text/html")


@pytest.mark.parametrize("name", [*MARKUP, ALL[:300]])
def test_the_picture_of_a_second_factor_holds_strokes_alone_whatever_somebody_is_called(name):
    made = ElementTree.fromstring(picture(address_of("JBSWY3DPEHPK3PXP" * 2, name=name[:80], firm=name[:40])))  # noqa: S314
    elements = list(made.iter())
    assert {one.tag for one in elements} <= {f"{SVG}svg", f"{SVG}path", f"{SVG}g"}
    assert {key for one in elements for key in one.attrib} <= {
        *("width", "height", "class", "viewBox", "transform", "fill", "stroke", "d", "stroke-width"),
    }


DRAWN = {"svg", "title", "text", "rect", "line", "polyline", "circle"}


@pytest.mark.parametrize("name", [one.replace("\x00", "").replace("\ufffe", "") for one in (*MARKUP, ALL)])
def test_no_label_of_a_chart_becomes_an_element_or_an_attribute(name):
    for svg in (
        charts.columns([name], {name: [1]}, title=name),
        charts.bars({name: 1}, {name: 2}, title=name),
        charts.line([name], [0.5], title=name),
        charts.spark([1, 2], title=name),
    ):
        elements = list(ElementTree.fromstring(svg).iter())  # noqa: S314
        assert {one.tag.removeprefix(SVG) for one in elements} <= DRAWN
        keys = {key for one in elements for key in one.attrib}
        assert not [key for key in keys if key.startswith("on") or "href" in key or key == "style"]


def test_only_our_own_picture_is_served_as_one():
    found = {
        str(path.relative_to(ROOT))
        for path in INBOX.rglob("*.py")
        if "node_modules" not in path.parts and SERVES_FILES.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"inbox/pages/second_factor.py"}


def test_our_static_pictures_hold_no_script():
    for path in (INBOX / "static").rglob("*.svg"):
        assert not re.search(r"<script|\son\w+=|javascript:|<foreignObject|href=", path.read_text(encoding="utf-8")), (
            path
        )


def test_no_script_of_ours_makes_elements_of_text():
    """Labels of charts and all else a script shows are set as text."""
    for path in (INBOX / "static").glob("*.js"):
        made = MAKES_MARKUP.findall(path.read_text(encoding="utf-8"))
        assert not made or (path.name in SHOWS_A_FRAGMENT and set(made) == {"innerHTML"}), (path, made)


def test_no_template_leaves_a_value_as_it_is():
    for path in INBOX.rglob("*.html"):
        if "node_modules" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"autoescape\s+false|<iframe|<object|<embed", text), path
            unescaped = set(re.findall(r"([\w.]+)\s*\|\s*safe\b", text))
            assert not unescaped or (path.name in DRAWN_BY_US and unescaped <= {"item.trend", "chart.svg"}), path
