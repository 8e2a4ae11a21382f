"""Lines over time → one picture, a panel a line, as SVG: drawn by hand, so nobody has to install a plotting library."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

COLUMNS = 3
_LEFT, _TOP, _SIDE, _HIGH, _WIDTH, _HEIGHT, _FOOT = 60, 76, 230, 110, 306, 200, 20
_FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
_INK, _FAINT, _LINE, _GRID = "#1f2933", "#5f6b7a", "#0b5cad", "#d5dce4"


@dataclass(frozen=True, slots=True)
class Line:
    title: str
    unit: str
    points: Sequence[tuple[float, float]]
    """(minutes, value), in order of time; at least one."""
    note: str = ""
    """One line below the title."""

    @property
    def top(self) -> float:
        """A round number no smaller than any value."""
        most = max(max((value for _, value in self.points), default=1.0), 1e-9)
        step = 10.0 ** (len(str(int(most))) - 1)
        return step * next(part for part in (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20) if part * step >= most)


def picture(title: str, lines: Sequence[Line], *, columns: int = COLUMNS) -> str:
    """Every panel begins at nought, so that a small change looks small."""
    width = columns * _WIDTH + 16
    height = -(-len(lines) // columns) * _HEIGHT + _TOP + _FOOT
    frame = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "role": "img"}
    root = Element("svg", frame | {"width": str(width), "height": str(height), "font-family": _FONT})
    SubElement(root, "title").text = title
    SubElement(root, "desc").text = "; ".join(
        f"{line.title}: {line.points[0][1]:.0f} to {line.points[-1][1]:.0f} {line.unit}" for line in lines
    )
    SubElement(root, "rect", width="100%", height="100%", fill="#ffffff")
    _text(root, title, 16, 24, size=14, weight="600")
    for place, line in enumerate(lines):
        across, down = place % columns * _WIDTH + _LEFT, place // columns * _HEIGHT + _TOP
        _panel(SubElement(root, "g", transform=f"translate({across} {down})"), line)
    indent(root, " ")
    return tostring(root, encoding="unicode") + "\n"


def _panel(here: Element, line: Line) -> None:
    longest, top = max(line.points[-1][0], 1e-9), line.top
    _text(here, line.title, 0, -26, size=12, weight="600")
    _text(here, line.note, 0, -11, size=10, colour=_FAINT)
    for share in (0.0, 0.5, 1.0):
        y = _HIGH - share * _HIGH
        SubElement(here, "line", x1="0", x2=str(_SIDE), y1=f"{y:.1f}", y2=f"{y:.1f}", stroke=_GRID)
        label = f"{share * top:,.4g} {line.unit}" if share == 1.0 else f"{share * top:,.4g}"
        _text(here, label, -6, y + 4, size=10, colour=_FAINT, anchor="end")
        _text(here, f"{share * longest:.0f} min", share * _SIDE, _HIGH + 16, size=10, colour=_FAINT, anchor="middle")
    path = " ".join(f"{at / longest * _SIDE:.1f},{_HIGH - value / top * _HIGH:.1f}" for at, value in line.points)
    SubElement(here, "polyline", {"points": path, "fill": "none", "stroke": _LINE, "stroke-width": "1.6"})


def _text(
    here: Element,
    words: str,
    x: float,
    y: float,
    *,
    size: int,
    colour: str = _INK,
    weight: str = "400",
    anchor: str = "start",
) -> None:
    where = {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": str(size), "fill": colour}
    SubElement(here, "text", where | {"font-weight": weight, "text-anchor": anchor}).text = words
