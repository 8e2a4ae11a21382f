"""Reliability curves → one picture, a panel an answer, as SVG.

Drawn by hand: a hundred lines of rectangles and dots come out the same to the byte on every machine, which a plotting
library promises for one version of itself only, and who trains at a firm need not install one.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from scipy.stats import binomtest

from training.metrics import BINS
from training.reliability import Reliability

COLUMNS = 3
SURE_COUNT = 50
"""Dots of fewer texts are hollow."""
_SIDE, _LEFT, _TOP, _WIDTH, _HEIGHT, _FOOT = 200, 48, 56, 268, 296, 60
_BAR_SHARE = 0.35
"""Height of the tallest bar, of a panel's."""
_FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
_INK, _FAINT, _BAR, _LINE = "#1f2933", "#5f6b7a", "#d5dce4", "#0b5cad"


def picture(found: Sequence[Reliability]) -> str:
    lines = -(-len(found) // COLUMNS)
    width, height = COLUMNS * _WIDTH + 16, lines * _HEIGHT + _FOOT
    frame = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "role": "img"}
    root = Element("svg", frame | {"width": str(width), "height": str(height), "font-family": _FONT})
    SubElement(root, "title").text = "Reliability of each score"
    SubElement(root, "desc").text = "; ".join(f"{one.answer}: error {one.error:.3f}" for one in found)
    SubElement(root, "rect", width="100%", height="100%", fill="#ffffff")
    for place, one in zip(count(), found, strict=False):
        across, down = place % COLUMNS * _WIDTH + _LEFT, place // COLUMNS * _HEIGHT + _TOP
        _panel(SubElement(root, "g", transform=f"translate({across} {down})"), one)
    for line, words in enumerate(_LEGEND):
        _text(root, words, _LEFT, height - _FOOT + 22 + 18 * line, size=12)
    indent(root, " ")
    return tostring(root, encoding="unicode") + "\n"


_LEGEND = (
    f"Dots: how often it came true, in {BINS} steps of the score, with 95 % interval; hollow where fewer than "
    f"{SURE_COUNT} texts.",
    "Dashed: scores that come true as often as they say. Bars: number of texts, the tallest with its number.",
)


def _panel(panel: Element, one: Reliability) -> None:
    counts = [int(found) for found in one.bins.counts]
    _text(panel, one.answer, 0, -26, size=15, weight="bold", ink=_INK)
    _text(panel, f"error {one.error:.3f}, {one.bins.total:,} texts", 0, -9, size=12)
    SubElement(panel, "rect", width=str(_SIDE), height=str(_SIDE), fill="none", stroke=_FAINT)
    _axes(panel)
    _bars(panel, counts)
    diagonal = {"x1": "0", "y1": str(_SIDE), "x2": str(_SIDE), "y2": "0", "stroke": _FAINT, "stroke-dasharray": "4 4"}
    SubElement(panel, "line", diagonal)
    _tallest(panel, counts)
    _curve(panel, list(_points(one)))


def _axes(panel: Element) -> None:
    for share in (0.0, 0.5, 1.0):
        _text(panel, f"{share:g}", share * _SIDE, _SIDE + 16, size=11, anchor="middle")
        _text(panel, f"{share:g}", -6, (1 - share) * _SIDE + 4, size=11, anchor="end")
    _text(panel, "score", _SIDE / 2, _SIDE + 30, size=11, anchor="middle")
    upright = SubElement(panel, "g", transform=f"translate(-32 {_SIDE / 2:g}) rotate(-90)")
    _text(upright, "came true", 0, 0, size=11, anchor="middle")


def _bars(panel: Element, counts: Sequence[int]) -> None:
    step, tallest = _SIDE / BINS, max(counts)
    for place, found in enumerate(counts):
        height = _BAR_SHARE * _SIDE * found / tallest
        where = {"x": _number(place * step + 1), "y": _number(_SIDE - height)}
        SubElement(panel, "rect", where, width=_number(step - 2), height=_number(height), fill=_BAR)


def _tallest(panel: Element, counts: Sequence[int]) -> None:
    """The number on the tallest bar, kept inside the panel."""
    step, tallest = _SIDE / BINS, max(counts)
    place = counts.index(tallest)
    anchor = "start" if place < BINS // 3 else "end" if place >= BINS - BINS // 3 else "middle"
    across = {"start": place * step + 3, "middle": (place + 0.5) * step, "end": (place + 1) * step - 3}[anchor]
    halo = SubElement(panel, "g", {"stroke": "#ffffff", "stroke-width": "3", "paint-order": "stroke"})
    _text(halo, f"{tallest:,}", across, _SIDE * (1 - _BAR_SHARE) - 4, size=10, anchor=anchor)


def _points(one: Reliability) -> Iterator[tuple[float, float, float, float, int]]:
    """Of each bin with texts: score, how often it came true, the interval's ends, number of texts."""
    for texts, promised, kept in zip(one.bins.counts, one.bins.promised, one.bins.kept, strict=True):
        if texts:
            bounds = binomtest(int(kept), int(texts)).proportion_ci(method="wilson")
            yield promised / texts, kept / texts, bounds.low, bounds.high, int(texts)


def _curve(panel: Element, points: Sequence[tuple[float, float, float, float, int]]) -> None:
    path = " ".join(f"{_across(score)},{_down(kept)}" for score, kept, *_ in points)
    SubElement(panel, "polyline", {"points": path, "fill": "none", "stroke": _LINE, "stroke-opacity": "0.5"})
    for score, kept, low, high, texts in points:
        ends = {"x1": _across(score), "x2": _across(score), "y1": _down(low), "y2": _down(high)}
        SubElement(panel, "line", ends, stroke=_LINE)
        inside = _LINE if texts >= SURE_COUNT else "#ffffff"
        SubElement(panel, "circle", cx=_across(score), cy=_down(kept), r="3.5", fill=inside, stroke=_LINE)


def _text(
    parent: Element,
    words: str,
    across: float,
    down: float,
    *,
    size: int,
    anchor: str = "start",
    weight: str = "normal",
    ink: str = _FAINT,
) -> None:
    where = {"x": _number(across), "y": _number(down), "font-size": str(size), "fill": ink}
    SubElement(parent, "text", where | {"text-anchor": anchor, "font-weight": weight}).text = words


def _across(share: float) -> str:
    return _number(share * _SIDE)


def _down(share: float) -> str:
    return _number((1 - share) * _SIDE)


def _number(value: float) -> str:
    return f"{value:.1f}"
