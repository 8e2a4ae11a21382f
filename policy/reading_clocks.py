"""Reads the clocks, events and delay notification of a regulation pack, strictly."""

from collections.abc import Collection, Mapping
from datetime import date
from graphlib import CycleError, TopologicalSorter

from models.clock import Force
from policy.clock_rules import (
    BUILT_IN,
    RECEIVED,
    ClockValue,
    Combine,
    Counts,
    DelayRule,
    Effect,
    EventRule,
    Unit,
)
from policy.table import Table

_MOST_DAYS = 3650


def read_clocks(clocks: Table, types: Collection[str], events: Mapping[str, EventRule]) -> tuple[ClockValue, ...]:
    rows = [(table, _read_clock(table, key, types)) for key in clocks.names() for table in clocks.tables(key)]
    for table, row in rows:
        _check_names(table, row, frozenset(clocks.names()), {*BUILT_IN, *events})
    values = tuple(row for _, row in rows)
    _check_doubles(clocks, values)
    _check_order(clocks, values)
    return values


def read_events(table: Table, types: Collection[str], keys: Collection[str]) -> dict[str, EventRule]:
    events = {name: _read_event(table.table(name), name, types, keys) for name in table.names()}
    for name, event in events.items():
        unknown = [other for other in event.after if other not in {*events, *BUILT_IN}]
        if unknown:
            raise table.refuse(f"{name}.after", f"names {unknown[0]!r}, which is no event of this pack")
    return events


def read_delay(table: Table, events: Collection[str], keys: Collection[str]) -> DelayRule:
    reasons, contents = table.table("reasons"), table.table("contents")
    rule = DelayRule(
        event=table.text("event"),
        before=table.text("before"),
        reasons={name: reasons.text(name) for name in reasons.names()},
        contents={name: contents.text(name) for name in contents.names()},
        paragraph=table.text("paragraph"),
    )
    if rule.event not in {*events, *BUILT_IN}:
        raise table.refuse("event", f"names {rule.event!r}, which is no event of this pack")
    if rule.before not in keys:
        raise table.refuse("before", f"names {rule.before!r}, which is no clock of this pack")
    table.done()
    return rule


def _read_clock(row: Table, key: str, types: Collection[str]) -> ClockValue:
    starts = _one_or_more(row, "starts") if "starts" in row else (RECEIVED,)
    value = ClockValue(
        key=key,
        from_on=row.day("from"),
        types=frozenset(row.texts("types")),
        value=row.whole("value", least=1, most=_MOST_DAYS) if "value" in row else None,
        unit=row.choice("unit", Unit),
        rolls_forward=row.flag("rolls_forward", otherwise=False),
        paragraph=row.text("paragraph"),
        force=row.choice("force", Force),
        source=row.text("source"),
        starts=starts,
        counts=row.choice("counts", Counts) if "counts" in row else Counts.EARLIEST,
        counts_after=_optional(row, "counts_after"),
        date_of=_optional(row, "date_of"),
        only_after=_optional(row, "only_after"),
        within=_optional(row, "within"),
        combine=row.choice("combine", Combine) if "combine" in row else Combine.REPLACES,
        value_from=_optional(row, "value_from"),
        date_from=_optional(row, "date_from"),
        met_by=frozenset(row.texts("met_by")) if "met_by" in row else frozenset(),
        stopped_by=frozenset(row.texts("stopped_by")) if "stopped_by" in row else frozenset(),
        is_window=row.flag("window", otherwise=False),
        lasts_until=_optional(row, "lasts_until"),
    )
    _check_clock(row, value, types)
    row.done()
    return value


def _check_clock(row: Table, value: ClockValue, types: Collection[str]) -> None:
    if value.types - set(types) or not value.types:
        raise row.refuse("types", f"may hold {', '.join(sorted(types))}")
    if value.rolls_forward and value.unit not in (Unit.CALENDAR_DAYS, Unit.WEEKS):
        raise row.refuse("rolls_forward", "is only for calendar_days and weeks")
    if not any((value.value, value.value_from, value.date_from, value.date_of)):
        raise row.refuse("value", "is missing; a row has value, value_from, date_from or date_of")
    if value.value and value.value_from:
        raise row.refuse("value_from", "stands beside value; leave one of them out")
    if value.counts_after and value.unit is Unit.HOURS:
        raise row.refuse("counts_after", "is not for hours")
    if value.lasts_until and not value.is_window:
        raise row.refuse("lasts_until", "is only for a window")


def _check_names(table: Table, row: ClockValue, keys: Collection[str], events: Collection[str]) -> None:
    named_events = [("starts", name) for name in row.starts if name != RECEIVED]
    named_events += [("met_by", name) for name in sorted(row.met_by)]
    named_events += [("stopped_by", name) for name in sorted(row.stopped_by)]
    named_events += [
        (where, name) for where, name in (("only_after", row.only_after), ("lasts_until", row.lasts_until)) if name
    ]
    for where, name in named_events:
        if name not in events:
            raise table.refuse(
                where, f"names {name!r}, which is no event of this pack; known: {', '.join(sorted(events))}"
            )
    for where, other in (("counts_after", row.counts_after), ("within", row.within), ("date_of", row.date_of)):
        if other is not None and other not in keys:
            raise table.refuse(where, f"names {other!r}, which is no clock of this pack")


def _check_doubles(clocks: Table, values: tuple[ClockValue, ...]) -> None:
    seen: set[tuple[str, date, str, tuple[object, ...]]] = set()
    for value in values:
        for complaint_type in value.types:
            row = (value.key, value.from_on, complaint_type, value.source_of_start)
            if row in seen:
                raise clocks.refuse(value.key, f"has two values for {complaint_type} from {value.from_on}")
            seen.add(row)


def _check_order(clocks: Table, values: tuple[ClockValue, ...]) -> None:
    needs: dict[str, set[str]] = {}
    for value in values:
        others = (value.counts_after, value.within, value.date_of)
        needs.setdefault(value.key, set()).update(name for name in others if name)
    try:
        list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise clocks.refuse(str(error.args[1][0]), "waits for itself by counts_after, within or date_of") from None


def _read_event(row: Table, name: str, types: Collection[str], keys: Collection[str]) -> EventRule:
    if name in BUILT_IN or name == RECEIVED:
        raise row.refuse("effect", f"cannot be given: {name} is known to every pack; use met_by of a clock")
    event = EventRule(
        name=name,
        meaning=row.text("meaning"),
        paragraph=row.text("paragraph"),
        effect=row.choice("effect", Effect),
        clocks=row.texts("clocks") if "clocks" in row else (),
        types=frozenset(row.texts("types") if "types" in row else types),
        after=_one_or_more(row, "after") if "after" in row else (),
        code=_optional(row, "code"),
        always_for=frozenset(row.texts("always_for") if "always_for" in row else ()),
    )
    _check_event(row, event, types, keys)
    row.done()
    return event


def _check_event(row: Table, event: EventRule, types: Collection[str], keys: Collection[str]) -> None:
    for where, named in (("types", event.types), ("always_for", event.always_for)):
        if named - set(types):
            raise row.refuse(where, f"may hold {', '.join(sorted(types))}")
    unknown = [key for key in event.clocks if key not in keys]
    if unknown:
        raise row.refuse("clocks", f"names {unknown[0]!r}, which is no clock of this pack")
    if not event.clocks and event.effect is not Effect.RECORDS:
        raise row.refuse("clocks", "is missing: an event with an effect names the clocks it concerns")
    if event.effect is Effect.RESTARTS and not event.after:
        raise row.refuse("after", "is missing: a restart names the events whose stop it ends")


def _optional(row: Table, name: str) -> str | None:
    return row.text(name) if name in row else None


def _one_or_more(row: Table, name: str) -> tuple[str, ...]:
    """A text, or a list of texts that is not empty."""
    if row.is_text(name):
        return (row.text(name),)
    found = row.texts(name)
    if not found:
        raise row.refuse(name, "must not be empty")
    return found
