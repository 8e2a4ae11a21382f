"""What another policy, calendar or classifier would have made of cases: the two side by side, and what was counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from models.case import Decision

FIELDS = ("complaint", "label", "tier", "priority", "team", "tags", "ticket", "needs_person", "score")
"""What is compared beside rules and clocks, in the order it is shown."""
MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A case's decision as far as it is compared."""

    complaint: bool
    label: str
    tier: int
    priority: str
    team: str
    tags: tuple[str, ...]
    ticket: bool
    needs_person: bool
    score: float
    rules: tuple[str, ...]
    clocks: Mapping[str, datetime]
    """Key → last instant in time; aware, UTC."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case, as it is decided now and as it would be."""

    case_id: int
    channel: str
    received_at: datetime
    is_touched: bool
    """A person did something in it."""
    as_decided: bool
    """The present rules, run again, give what the case really has."""
    before: Shown
    after: Shown

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of what would change; clocks as `clock:KEY`. The list of rules alone is no change of the case."""
        fields = [name for name in FIELDS if getattr(self.before, name) != getattr(self.after, name)]
        keys = sorted({*self.before.clocks, *self.after.clocks})
        clocks = [f"clock:{key}" for key in keys if self.before.clocks.get(key) != self.after.clocks.get(key)]
        return (*fields, *clocks)


def shown(decision: Decision, clocks: Mapping[str, datetime]) -> Shown:
    return Shown(
        complaint=decision.is_complaint,
        label=decision.label,
        tier=int(decision.tier),
        priority=decision.priority.value,
        team=decision.team,
        tags=decision.tags,
        ticket=decision.wants_ticket,
        needs_person=decision.needs_person,
        score=decision.score,
        rules=decision.rules,
        clocks=dict(clocks),
    )


@dataclass(frozen=True, slots=True)
class Firing:
    """For one case: when each rule of a file held, by the present rules and by the others."""

    case_id: int
    channel: str
    received_at: datetime
    before: Mapping[str, datetime]
    after: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Change:
    what: str
    before: str
    after: str
    """Both as written: an instant in ISO 8601, nothing where there is none."""


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case for which something would be otherwise, to be shown and kept; holds no words of anybody."""

    case_id: int
    channel: str
    received_at: datetime
    is_touched: bool
    as_decided: bool
    changes: tuple[Change, ...]


def case_change(one: Outcome) -> CaseChange:
    place = (one.case_id, one.channel, one.received_at)
    return CaseChange(*place, one.is_touched, one.as_decided, tuple(_change(one, name) for name in one.changed))


def _change(one: Outcome, name: str) -> Change:
    kind, _, key = name.partition(":")
    if kind == "clock":
        return Change(name, _instant(one.before.clocks.get(key)), _instant(one.after.clocks.get(key)))
    return Change(name, _written(getattr(one.before, name)), _written(getattr(one.after, name)))


def firing_change(one: Firing) -> CaseChange:
    changes = [
        Change(rule, _instant(one.before.get(rule)), _instant(one.after.get(rule)))
        for rule in sorted(one.before.keys() | one.after.keys())
        if one.before.get(rule) != one.after.get(rule)
    ]
    return CaseChange(one.case_id, one.channel, one.received_at, False, True, tuple(changes))


def _instant(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at is not None else ""


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, tuple) else str(value)


@dataclass(slots=True)
class RuleCount:
    """How many cases a rule held for."""

    before: int = 0
    after: int = 0
    examples: list[int] = field(default_factory=list)
    """Numbers of cases for which it would newly hold, else would no longer; the first few."""


@dataclass(slots=True)
class Tally:
    """Grows by one case at a time; holds no case."""

    cases: int = 0
    changed: int = 0
    touched: int = 0
    not_as_decided: int = 0
    complaints_gained: int = 0
    complaints_lost: int = 0
    tickets_more: int = 0
    tickets_less: int = 0
    clocks_earlier: int = 0
    clocks_later: int = 0
    clocks_more: int = 0
    clocks_fewer: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    rules: dict[str, RuleCount] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    """Why a case could not be replayed → how many."""

    def leave_out(self, why: str) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + 1

    def add(self, one: Outcome) -> None:
        self.cases += 1
        self.touched += one.is_touched
        self.not_as_decided += not one.as_decided
        self._count_rules(one)
        changed = one.changed
        if not changed:
            return
        self.changed += 1
        for name in {name.partition(":")[0] for name in changed}:
            self.fields[name] = self.fields.get(name, 0) + 1
        before, after = one.before, one.after
        self.complaints_gained += after.complaint and not before.complaint
        self.complaints_lost += before.complaint and not after.complaint
        self.tickets_more += after.ticket and not before.ticket
        self.tickets_less += before.ticket and not after.ticket
        self._count_clocks(before.clocks, after.clocks)

    def add_firing(self, one: Firing) -> None:
        """A case under a file of rules that decide nothing about it: only when they hold is counted."""
        self.cases += 1
        self.changed += one.before != one.after
        self._count_each(set(one.before), set(one.after), one.case_id)

    def _count_clocks(self, before: Mapping[str, datetime], after: Mapping[str, datetime]) -> None:
        for key in before.keys() | after.keys():
            was, would = before.get(key), after.get(key)
            if was is None or would is None:
                self.clocks_more += was is None
                self.clocks_fewer += would is None
            else:
                self.clocks_earlier += would < was
                self.clocks_later += would > was

    def _count_rules(self, one: Outcome) -> None:
        self._count_each(set(one.before.rules), set(one.after.rules), one.case_id)

    def _count_each(self, before: set[str], after: set[str], case_id: int) -> None:
        for rule in sorted(before | after):
            count = self.rules.setdefault(rule, RuleCount())
            count.before += rule in before
            count.after += rule in after
            if (rule in before) is not (rule in after) and len(count.examples) < MOST_EXAMPLES:
                count.examples.append(case_id)

    def lines(self) -> Iterator[tuple[str, int]]:
        """Name and number, what matters most first."""
        yield from (("complaints lost", self.complaints_lost), ("complaints gained", self.complaints_gained))
        yield from (("tickets more", self.tickets_more), ("tickets less", self.tickets_less))
        yield from (("clocks earlier", self.clocks_earlier), ("clocks later", self.clocks_later))
        yield from (("clocks more", self.clocks_more), ("clocks fewer", self.clocks_fewer))
        yield from ((f"{name} changed", number) for name, number in sorted(self.fields.items()) if name != "clock")
        yield from (("cases changed", self.changed), ("cases replayed", self.cases))
        yield from (("cases in which people acted", self.touched), ("not decided as now", self.not_as_decided))
        yield from ((f"left out: {why}", number) for why, number in sorted(self.left_out.items()))
