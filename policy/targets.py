"""By when the firm wants to answer, to update and to solve: by priority, and by channel where it says so.

House policy: it stands beside the clocks of a regulator and never in their place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise, product
from pathlib import Path

from models.case import Priority
from policy.service_hours import Counted, Span, read_span
from policy.table import Table, read_table

FILE = Path(__file__).parent / "targets" / "targets.toml"
FALLBACK_LANG = "en"
MOST_PERCENT = 99


class TargetKey(StrEnum):
    FIRST_ANSWER = "first_answer"
    """To the first answer by a person."""
    UPDATE = "update"
    """From our last word to the next."""
    RESOLUTION = "resolution"


class Where(StrEnum):
    """Who can read what the case began with."""

    PUBLIC = "public"
    PRIVATE = "private"


class OverWhen(StrEnum):
    """What ends a case for its targets."""

    CLOSED = "closed"
    ANSWERED = "answered"
    """Until its author writes again."""


class WhenDue(StrEnum):
    """What is done when an update is due and nobody wrote."""

    REMIND = "remind"
    DRAFT = "draft"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class TargetRow:
    """The targets of one priority, on some channels or on every other one, in public, in private, or both."""

    priority: Priority
    channels: frozenset[str]
    """Empty: every channel without a row of its own."""
    where: Where | None
    """None: both, but for what has a row of its own."""
    spans: Mapping[TargetKey, Span]
    over_when: OverWhen
    when_update_due: WhenDue


@dataclass(frozen=True, slots=True)
class TargetRules:
    name: str
    version: str
    from_on: date
    source: str
    warn_percent: int
    """So much of a target's time has passed when it is said to be due soon."""
    most_updates_in_a_row: int
    rows: tuple[TargetRow, ...]
    update_text: Mapping[str, str]
    """By language; `FALLBACK_LANG` is always there."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def row(self, priority: Priority, channel: str, where: Where = Where.PUBLIC) -> TargetRow:
        """The one that names the channel comes before one for every channel; of these, the one that names `where`."""
        found = [
            row
            for row in self.rows
            if row.priority is priority and (channel in row.channels or not row.channels) and row.where in (where, None)
        ]
        return max(found, key=lambda row: (len(row.channels) > 0, row.where is not None))

    def text(self, lang: str | None) -> str:
        """What an update says, in this language or in English."""
        return self.update_text.get(lang or FALLBACK_LANG, self.update_text[FALLBACK_LANG])


def load_target_rules(file: Path = FILE) -> TargetRules:
    """Raises: SetupError naming the file and the key."""
    return read_target_rules(read_table(file, file=f"{file.parent.name}/{file.name}"))


def read_target_rules(table: Table) -> TargetRules:
    rules = TargetRules(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        warn_percent=table.whole("warn_percent", least=1, most=MOST_PERCENT),
        most_updates_in_a_row=table.whole("most_updates_in_a_row", least=0, most=100),
        rows=tuple(_read_row(row) for row in table.tables("targets")),
        update_text=_read_text(table.table("update_text")),
    )
    table.done()
    _check_rows(table, rules)
    return rules


def _read_row(row: Table) -> TargetRow:
    channels = frozenset(row.texts("channels")) if "channels" in row else frozenset()
    if "channels" in row and not channels:
        raise row.refuse("channels", "is empty: leave it out, and the row is for every channel")
    found = TargetRow(
        priority=row.choice("priority", Priority),
        channels=channels,
        where=row.choice("where", Where) if "where" in row else None,
        spans={key: read_span(row, key.value) for key in TargetKey},
        over_when=row.choice("over_when", OverWhen),
        when_update_due=row.choice("when_update_due", WhenDue),
    )
    row.done()
    return found


def _read_text(row: Table) -> dict[str, str]:
    texts = {FALLBACK_LANG: row.text(FALLBACK_LANG)} | {lang: row.text(lang) for lang in row.names()}
    row.done()
    return texts


def _check_rows(table: Table, rules: TargetRules) -> None:
    for priority in Priority:
        rows = [row for row in rules.rows if row.priority is priority]
        if sum(not row.channels and row.where is None for row in rows) != 1:
            raise table.refuse("targets", f"must have exactly one row for {priority.value} without channels and where")
        named = [(channel, row.where) for row in rows for channel in row.channels or ("",)]
        if len(set(named)) < len(named):
            raise table.refuse("targets", f"names a channel twice for {priority.value}")
    channels = ("", *sorted({channel for row in rules.rows for channel in row.channels}))
    for channel, where in product(channels, Where):
        by_rank = [rules.row(priority, channel, where) for priority in sorted(Priority, key=lambda each: -each.rank)]
        for higher, lower in pairwise(by_rank):
            _check_order(table, higher, lower, (f" on {channel}" if channel else "") + f" in {where.value}")


def _check_order(table: Table, higher: TargetRow, lower: TargetRow, where: str) -> None:
    """Working time always lasts at least as long as the same amount of calendar time, and no longer for certain."""
    for key in TargetKey:
        above, below = higher.spans[key], lower.spans[key]
        is_shorter = below.amount < above.amount
        if is_shorter or (above.counted is Counted.WORKING and below.counted is Counted.CALENDAR):
            raise table.refuse(
                "targets",
                f"gives {lower.priority.value} a {key.value}{where} that may be shorter than that of"
                f" {higher.priority.value}: make it as long, and counted in working time where the other is",
            )
