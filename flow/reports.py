"""What people are shown of a period: complaints folded from the register into the facts that figures are made of."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from flow.review import rates
from measure.board import Board, SystemicIssue
from measure.complaint_facts import ComplaintFacts, facts_of
from measure.complaint_figures import Figures, figures
from measure.periods import Period
from register.life import fold
from store.store import Transaction
from store.systemic import Candidate


def complaint_facts(transaction: Transaction, zone: ZoneInfo) -> Iterator[ComplaintFacts]:
    """Of every complaint in the register, one after the other."""
    answers = transaction.answers.sent()
    for complaint_id, group in groupby(transaction.register.entries(by_complaint=True), lambda one: one.complaint_id):
        entries = list(group)
        facts = facts_of(fold(entries), entries, zone=zone)
        sent = tuple(at.astimezone(zone).date() for at in answers.get(complaint_id, ()))
        yield replace(facts, answers_on=sent)


def period_figures(
    transaction: Transaction, period: Period, *, zone: ZoneInfo, now: datetime, earlier: int = 0
) -> list[Figures]:
    """Of so many earlier periods of the same kind and of this one, oldest first."""
    periods = [period]
    for _ in range(earlier):
        periods.insert(0, periods[0].before())
    return figures(complaint_facts(transaction, zone), periods, as_of=now)


def board_of(
    transaction: Transaction,
    period: Period,
    *,
    firm: str,
    policy: str,
    zone: ZoneInfo,
    now: datetime,
    earlier: int = 3,
) -> Board:
    """All that the board report says, as known now; `policy`: packs and versions."""
    missed = rates(transaction, since=period.start, until=period.end).overall
    return Board(
        firm=firm,
        zone=zone.key,
        policy=policy,
        made_at=now.astimezone(zone),
        figures=tuple(period_figures(transaction, period, zone=zone, now=now, earlier=earlier)),
        issues=tuple(
            _issue(one, zone)
            for one in transaction.systemic.all()
            if one.found_at.astimezone(zone).date() <= period.end
        ),
        missed=missed if missed.reviewed else None,
    )


def _issue(one: Candidate, zone: ZoneInfo) -> SystemicIssue:
    def day(at: datetime | None) -> date | None:
        return at.astimezone(zone).date() if at is not None else None

    return SystemicIssue(
        id=one.id,
        name=one.name,
        words=one.words,
        complaints=one.size,
        authors=one.people,
        weeks=one.weeks,
        level=one.level,
        owner=one.owner,
        decision=one.decision,
        decided_on=day(one.decided_at),
        escalated_on=day(one.escalated_at),
        escalated_to=one.escalated_to,
        outcome=one.outcome,
        outcome_on=day(one.outcome_at),
    )
