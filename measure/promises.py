"""Promise keeping: of the promises that fell due in a period, how many were kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from measure.shares import Share, share
from models.promise import Promise, PromiseKind, PromiseState

DEFINITION = (
    "Promises to customers that fell due in the period and were marked as kept by then, of those that were kept or"
    " broken. One that was kept late is broken. Withdrawn ones, those that were given another date before it came,"
    " and those that are not due yet are not counted; the numbers of them stand beside it."
)


@dataclass(frozen=True, slots=True)
class Keeping:
    kept: int
    said_late: int
    """Of those kept: in time as a person says, with a reason, and marked only later."""
    broken: int
    kept_late: int
    """Of those broken."""
    withdrawn: int
    moved: int
    """Given another date before they were due."""
    not_due: int

    @property
    def rate(self) -> Share:
        """With Wilson's 95 % interval; its total is 0 where none fell due."""
        return share(self.kept, self.kept + self.broken)


def keeping(promises: Iterable[Promise], *, since: datetime, until: datetime, now: datetime) -> Keeping:
    """Of those due from `since` on and before `until`. One that is still open after its instant counts as broken: the
    figure does not wait for the clock to say so.
    """
    due = [one for one in promises if since <= one.due_at < until and one.state is not PromiseState.WAITING]
    kept = [one for one in due if one.state is PromiseState.KEPT]
    ran_out = [one for one in due if one.state is PromiseState.OPEN and one.due_at < now]
    broken = [one for one in due if one.state is PromiseState.BROKEN] + ran_out
    withdrawn = [one for one in due if one.state is PromiseState.WITHDRAWN]
    return Keeping(
        kept=len(kept),
        said_late=sum(bool(one.reason) for one in kept),
        broken=len(broken),
        kept_late=sum(one.late_at is not None for one in broken),
        withdrawn=sum(one.replaced_by is None for one in withdrawn),
        moved=sum(one.replaced_by is not None for one in withdrawn),
        not_due=sum(one.state is PromiseState.OPEN for one in due) - len(ran_out),
    )


def keeping_by_kind(
    promises: Iterable[Promise], *, since: datetime, until: datetime, now: datetime
) -> Mapping[PromiseKind, Keeping]:
    """Without kinds of which none was due."""
    of_kind: dict[PromiseKind, list[Promise]] = {}
    for one in promises:
        if since <= one.due_at < until:
            of_kind.setdefault(one.kind, []).append(one)
    return {kind: keeping(of_kind[kind], since=since, until=until, now=now) for kind in PromiseKind if kind in of_kind}
