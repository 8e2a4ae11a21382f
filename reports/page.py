"""The board report as one HTML file: nothing is loaded from anywhere, it can be kept and printed."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.content import Report

TEMPLATES = Path(__file__).parent / "templates"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def as_html(report: Report) -> bytes:
    return _ENVIRONMENT.get_template("board.html").render(report=report).encode()
