"""The steps of an escalation path as boxes and arrows, laid out for an SVG; the words are said beside it, too."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from inbox.escalations import because_of, said_of, said_of_span
from inbox.languages import _
from policy.paths import EscalationPath, EscalationPaths, When
from triage.paths import Fit

WIDTH, MARGIN = 320, 8
LETTERS = 44
"""In a line; at 12 px they fill a box."""
LINE, PADDING, GAP, ARROW = 15, 8, 44, 6


@dataclass(frozen=True, slots=True)
class Line:
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    sort: str
    """`start`, `end`, or what the step does: for its look."""
    y: int
    height: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    top: int
    bottom: int
    label: str
    tip: str
    """Points of its head."""


@dataclass(frozen=True, slots=True)
class FlowChart:
    id: str
    title: str
    said: str
    """All of it in words, for who does not see it."""
    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    @property
    def middle(self) -> int:
        return self.width // 2

    @property
    def margin(self) -> int:
        return MARGIN


def conditions_of(path: EscalationPath) -> list[str]:
    """One for each table of its `when`; empty where it takes every case."""
    return [because_of(Fit(path, _wanted(when))) for when in path.when]


def _wanted(when: When) -> tuple[tuple[str, tuple[str, ...]], ...]:
    given = (
        ("triggers", when.triggers),
        ("tags", when.tags),
        ("categories", when.categories),
        ("tiers", {str(tier.value) for tier in when.tiers}),
        ("priorities", when.priorities),
        ("complaint", () if when.is_complaint is None else ("yes" if when.is_complaint else "no",)),
    )
    return tuple((name, tuple(sorted(str(value) for value in values))) for name, values in given if values)


def flow_chart(path: EscalationPath, paths: EscalationPaths) -> FlowChart:
    conditions = conditions_of(path)
    start = _("Any case") if not conditions else _(" or ").join(conditions)
    texts = [("start", start, _("at once"))]
    for place, step in enumerate(path.steps):
        after = path.steps[place + 1].after if place + 1 < len(path.steps) else None
        texts.append((step.does.value, said_of(step, paths), said_of_span(after) if after is not None else ""))
    texts.append(("end", _("Its owner keeps it until it is settled"), ""))
    boxes, arrows, y = [], [], MARGIN
    for place, (sort, text, label) in enumerate(texts):
        box = _box(sort, text, y)
        boxes.append(box)
        y = box.y + box.height
        if place + 1 < len(texts):
            arrows.append(_arrow(y, label))
            y += GAP
    said = " → ".join(f"{text} ({label})" if label else text for _sort, text, label in texts)
    title = _("Flow chart: %(name)s", name=path.name)
    return FlowChart(f"chart-{path.key}", title, said, WIDTH, y + MARGIN, tuple(boxes), tuple(arrows))


def _box(sort: str, text: str, y: int) -> Box:
    lines: Sequence[str] = textwrap.wrap(text, LETTERS) or [""]
    shown = tuple(Line(y + PADDING + LINE * (place + 1) - 3, line) for place, line in enumerate(lines))
    return Box(sort, y, 2 * PADDING + LINE * len(lines), shown)


def _arrow(top: int, label: str) -> Arrow:
    bottom, middle = top + GAP, WIDTH // 2
    tip = f"{middle},{bottom} {middle - ARROW},{bottom - ARROW - 2} {middle + ARROW},{bottom - ARROW - 2}"
    return Arrow(top, bottom - ARROW, label, tip)
