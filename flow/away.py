"""Somebody wrote in private while nobody was at work: they are told so by itself, once until people are back.

It is queued with the triage of the message and goes out by the outbox; right before it is sent everything is looked at
again. It is an answer of automation: it acknowledges a complaint where it reaches its author (RG 271.51, .52), leaves
the case open, and is no answer by a person that a target of the firm would wait for.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property

from babel.dates import format_datetime

from flow.automation import UPDATE_SINCE, why_silent
from models import Decision, Kind, Tier
from policy.away import OPENS
from policy.loading import Policy
from store.mentions import StoredMention
from store.outbox import Effect, OutboxRow
from store.store import Transaction
from triage.working_time import WorkingTime, working_time_of, working_times_of_channels

AWAY_UNTIL = "away_until"
"""In the payload of such an answer: when people are back, by which it is overtaken."""
DAY_AND_HOUR = "EEEE d MMMM y, HH:mm"
LATE = timedelta(hours=1)
"""What was said longer ago is not answered by itself: after a standstill such a word would only puzzle."""


class Away:
    """For the messages of one batch."""

    def __init__(self, transaction: Transaction, policy: Policy, *, now: datetime) -> None:
        self._transaction = transaction
        self._policy = policy
        self._rules = policy.service.away
        self._now = now

    @cached_property
    def _working(self) -> tuple[WorkingTime, Mapping[str, WorkingTime]]:
        return working_time_of(self._policy), working_times_of_channels(self._policy)

    def answer(self, item: StoredMention, decision: Decision, standing: Decision, language: str) -> list[int]:
        """The outbox row of the answer to this new message of a case; none where nothing is to be said.

        `decision`: of the message. `standing`: of the case.
        """
        if not self._rules.is_on or item.case_id is None or not self._is_asked(item, decision, standing):
            return []
        ours, by_channel = self._working
        working = by_channel.get(item.mention.channel, ours)
        if working.is_open(self._now) or why_silent(self._transaction, item.case_id) is not None:
            return []
        opens = working.opens_next(self._now)
        row = self._transaction.outbox.add(
            Effect.SEND_REPLY,
            sink=item.mention.channel,
            key=f"away:{item.case_id}:{opens.isoformat()}",
            case_id=item.case_id,
            mention_id=item.mention.id,
            payload={
                "text": self._text(opens, working, language),
                "is_private": True,
                "person": "",
                UPDATE_SINCE: self._now.isoformat(),
                AWAY_UNTIL: opens.isoformat(),
            },
            now=self._now,
        )
        return [row] if row is not None else []

    def _is_asked(self, item: StoredMention, decision: Decision, standing: Decision) -> bool:
        return (
            item.mention.kind is Kind.DM
            and item.duplicate_of is None
            and self._now - item.mention.created_at <= LATE
            and decision.label in self._rules.labels
            and standing.tier is not Tier.NOISE
            and self._rules.never_tags.isdisjoint(standing.tags)
        )

    def _text(self, opens: datetime, working: WorkingTime, language: str) -> str:
        spoken = self._rules.spoken(language)
        day_and_hour = format_datetime(opens, DAY_AND_HOUR, tzinfo=working.zone, locale=spoken)
        return self._rules.texts[spoken].replace(f"{{{OPENS}}}", day_and_hour)


def is_away_answer(row: OutboxRow) -> bool:
    return AWAY_UNTIL in row.payload


def why_back(row: OutboxRow, *, now: datetime) -> str | None:
    """Why such an answer is not wanted any more; None for others, and while nobody is at work."""
    until = row.payload.get(AWAY_UNTIL)
    return "people are at work again" if until and now >= datetime.fromisoformat(until) else None
