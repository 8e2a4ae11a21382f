"""The board report as PDF: tagged, with its own fonts, and the same bytes for the same report on every machine."""

import json
from datetime import timedelta, timezone

import typst

from reports.content import Report
from reports.page import TEMPLATES


def as_pdf(report: Report) -> bytes:
    """Values enter as JSON, never as markup."""
    source = (TEMPLATES / "board.typ").read_bytes()
    made_at = report.made_at.replace(microsecond=0).astimezone(timezone(report.made_at.utcoffset() or timedelta(0)))
    made = typst.compile(
        source,
        sys_inputs={"report": json.dumps(report.plain())},
        ignore_system_fonts=True,
        timestamp=made_at,
        pdf_standards=["a-2a"],
    )
    if not isinstance(made, bytes):
        raise TypeError("the PDF did not come as one file")
    return made
