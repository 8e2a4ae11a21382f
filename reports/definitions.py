"""What each number in the board report means, printed beside it, and the paragraph that asks for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    meaning: str
    paragraph: str


def _all(*definitions: tuple[str, str, str, str]) -> dict[str, Definition]:
    return {key: Definition(name, meaning, paragraph) for key, name, meaning, paragraph in definitions}


METRICS = "RG 271.182"
DEFINITIONS = _all(
    ("open_start", "Open at the start", "Complaints open at the end of the day before the period.", METRICS),
    (
        "received",
        "Received",
        "Complaints whose day of receipt, local time, lies in the period, however late they were found. Those ruled out"
        " later, or kept under another complaint, are left out.",
        METRICS,
    ),
    ("reopened", "Reopened", "Times a closed complaint was opened again in the period.", METRICS),
    ("closed", "Closed", "Times a complaint was closed or withdrawn in the period.", METRICS),
    (
        "open_end",
        "Open at the end",
        "Open at the start, plus received, plus reopened, less closed. A complaint at AFCA is open until it is closed.",
        METRICS,
    ),
    (
        "ruled_out",
        "Ruled out",
        "Received in the period and found by a person to be no complaint; in no other figure.",
        "RG 271.27",
    ),
    (
        "merged_away",
        "Kept under another",
        "Received in the period and found to be the same complaint as another, which is counted once.",
        "RG 271.179",
    ),
    (
        "acknowledged_in_time",
        "Acknowledged in time",
        "Of complaints received in the period whose answer is known: first answer by a person within 24 hours, or by"
        " the end of the first business day after receipt. An expectation of the regulator: late is no breach.",
        "RG 271.51",
    ),
    (
        "hours_to_acknowledge",
        "Hours to acknowledge",
        "Elapsed hours from the customer's words to the first answer: median, and what nine in ten did not exceed.",
        METRICS,
    ),
    (
        "answered_in_time",
        "Answered in time",
        "Of complaints first answered in the period: on or before the last day of their type, counted strictly. An"
        " answer is a complete response, or a closing within five business days that needs none.",
        "RG 271.56",
    ),
    (
        "after_valid_notice",
        "Late, after a valid delay notice",
        "Answered after the last day; a complete delay notice had been given by then.",
        "RG 271.64",
    ),
    (
        "rolled",
        "Late, saved by a holiday",
        "Answered after the last day, but on the next day that is no weekend or holiday; not reported as a breach.",
        "RG 271.56, s36(2)",
    ),
    (
        "breach",
        "Late without excuse",
        "Answered after the last day, with no valid delay notice: a breach where the limit is enforceable.",
        "RG 271.56",
    ),
    (
        "overdue",
        "Overdue at the end",
        "Open and unanswered at the end of the period, the last day passed, no valid delay notice.",
        "RG 271.56",
    ),
    (
        "overdue_after_notice",
        "Overdue, with a valid delay notice",
        "The same, with a valid delay notice.",
        "RG 271.64",
    ),
    (
        "days_to_resolve",
        "Days to resolve",
        "Calendar days from the day of receipt to closing, for closings in the period; withdrawn ones are left out."
        " Median, and what nine in ten did not exceed.",
        METRICS,
    ),
    ("delay_notices", "Delay notices", "Given in the period; valid: complete and before the last day.", "RG 271.64"),
    (
        "first_contact",
        "Resolved at first contact",
        "Of complaints first resolved in the period: closed within five business days after one answer at most, and not"
        " reopened since.",
        "RG 271.156",
    ),
    ("possibly_systemic", "Possibly systemic", "Complaints tied to a possible systemic issue in the period.", METRICS),
    ("at_afca", "At AFCA", "Complaints that went to the external scheme in the period.", METRICS),
    (
        "resolved",
        "Resolved",
        "Closed by a response, or within five business days, satisfied or explained.",
        METRICS,
    ),
    ("unresolved", "Left unresolved here", "Closed because the external scheme has it, or on another ground.", METRICS),
    ("withdrawn", "Withdrawn", "Closed at the complainant's wish.", METRICS),
    (
        "paid",
        "Paid",
        "Sum of what closings in the period say was paid, by currency, and in how many closings.",
        METRICS,
    ),
    (
        "missed",
        "Estimated miss rate",
        "Share of complaints among messages judged none, from the verdicts of people on a weekly random sample, and the"
        " interval that holds the true share in 95 of 100 cases.",
        "RG 271.188 to .190",
    ),
)
