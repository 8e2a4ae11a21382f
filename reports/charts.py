"""Charts as SVG, for the page and the PDF alike: few marks, numbers written at them, one colour and its grey."""

from collections.abc import Mapping, Sequence
from html import escape

STRONG, PALE, INK, LINE = "#1f4e79", "#9db8d2", "#22303c", "#c9d1d9"
WIDTH = 640
FONT = "font-family=\"'Libertinus Serif', 'Source Sans 3', sans-serif\" font-size=\"13\""
LONGEST_NAME = 34


def columns(names: Sequence[str], series: Mapping[str, Sequence[int]], *, title: str) -> str:
    """Groups of columns, one group per name, one column per series (two at most)."""
    height, base, top = 230, 180, 30
    most = max((value for values in series.values() for value in values), default=0) or 1
    step = WIDTH / max(1, len(names))
    wide = min(46.0, step / (len(series) + 1))
    marks = [_line(0, base, WIDTH, base)]
    for at, name in enumerate(names):
        middle = step * (at + 0.5)
        for place, (colour, values) in enumerate(zip((STRONG, PALE), series.values(), strict=False)):
            x = middle + (place - len(series) / 2) * wide
            tall = (base - top) * values[at] / most
            marks.append(_box(x + 1, base - tall, wide - 2, tall, colour))
            marks.append(_text(x + wide / 2, base - tall - 5, f"{values[at]:,}", anchor="middle"))
        marks.append(_text(middle, base + 18, name, anchor="middle"))
    return _svg(height, [*marks, *_legend(series, base + 40)], title)


def bars(values: Mapping[str, int], before: Mapping[str, int] | None, *, title: str, most_rows: int = 8) -> str:
    """One bar a name, the largest first; a thin grey one under it for the period before."""
    rows = list(values.items())[:most_rows]
    left, step = 240, 30
    most = max([*(value for _, value in rows), *((before or {}).get(name, 0) for name, _ in rows)], default=0) or 1
    scale, marks = (WIDTH - left - 60) / most, list[str]()
    for at, (name, value) in enumerate(rows):
        y = 8 + at * step
        marks.append(_text(left - 8, y + 13, _short(name), anchor="end"))
        marks.append(_box(left, y, value * scale, 14, STRONG))
        marks.append(_text(left + value * scale + 6, y + 12, f"{value:,}"))
        if before is not None:
            marks.append(_box(left, y + 16, before.get(name, 0) * scale, 5, PALE))
    return _svg(14 + len(rows) * step, marks, title)


def line(names: Sequence[str], values: Sequence[float | None], *, title: str) -> str:
    """Shares from nothing to all, a gap where there is none."""
    height, base, top = 200, 150, 24
    step = WIDTH / max(1, len(names))
    points = [(step * (at + 0.5), base - (base - top) * value) for at, value in enumerate(values) if value is not None]
    told = [value for value in values if value is not None]
    marks = [_line(0, base, WIDTH, base), _line(0, top, WIDTH, top)]
    marks += [_text(2, top - 6, "100 %"), _text(2, base - 6, "0 %")]
    marks.append(f'<polyline points="{_places(points)}" fill="none" stroke="{STRONG}" stroke-width="2"/>')
    for (x, y), value in zip(points, told, strict=True):
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{STRONG}"/>')
        marks.append(_text(x, y + 20 if value > 0.5 else y - 10, f"{value:.1%}", anchor="middle"))
    marks += [_text(step * (at + 0.5), base + 20, name, anchor="middle") for at, name in enumerate(names)]
    return _svg(height - 10, marks, title)


def spark(values: Sequence[int], *, title: str) -> str:
    """A week a column, without numbers: the shape of a trend."""
    most, wide = max(values, default=0) or 1, 8
    boxes = [
        _box(at * wide, 24 - 22 * value / most, wide - 2, 22 * value / most, STRONG) for at, value in enumerate(values)
    ]
    return _svg(24, [*boxes, _line(0, 24, len(values) * wide, 24)], title, width=max(1, len(values)) * wide)


def _legend(series: Mapping[str, Sequence[int]], y: float) -> list[str]:
    marks = []
    for place, (name, colour) in enumerate(zip(series, (STRONG, PALE), strict=False)):
        marks += [_box(place * 160, y - 10, 12, 12, colour), _text(place * 160 + 18, y, name)]
    return marks


def _svg(height: float, marks: Sequence[str], title: str, *, width: float = WIDTH) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img"'
        f' aria-label="{escape(title)}"><title>{escape(title)}</title>{"".join(marks)}</svg>'
    )


def _box(x: float, y: float, wide: float, tall: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, wide):.1f}" height="{max(0.0, tall):.1f}" fill="{colour}"/>'


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line x1="{x:g}" y1="{y:g}" x2="{to_x:g}" y2="{to_y:g}" stroke="{LINE}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}" {FONT}>{escape(text)}</text>'


def _places(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
