"""How cases were handled in a period: every figure of `handling_definitions` that is made of one case's events.

Pure over `CaseFacts`. The cases are walked through once; working time is asked of a function that is passed in.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from measure.handling_facts import ESCALATED_WITHIN, REOPENED_WITHIN, CaseFacts, Story, Turn, is_noise, story
from measure.handling_sheet import Sheet

UNKNOWN = "not recorded"
Working = Callable[[datetime, datetime], timedelta]
"""Working time from one instant to another."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`since` counts in, `until` does not; both midnights of `zone`."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    as_of: datetime
    channel: str = ""
    team: str = ""
    product: str = ""

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.since <= at < self.until

    def wants(self, case: CaseFacts) -> bool:
        return (
            self.channel in ("", case.channel) and self.team in ("", case.team) and self.product in ("", case.product)
        )


def tally(cases: Iterable[CaseFacts], asked: Asked, working: Working, sheet: Sheet) -> None:
    """Puts the figures of these cases on the sheet."""
    for case in cases:
        if asked.wants(case):
            _Tally(case, story(case.happened), asked, working, sheet).add()


class _Tally:
    """Of one case."""

    def __init__(self, case: CaseFacts, told: Story, asked: Asked, working: Working, sheet: Sheet) -> None:
        self.case, self.told, self.asked, self.working, self.sheet = case, told, asked, working, sheet
        self.groups = {"channel": case.channel, "team": case.team, "tier": str(case.tier), "priority": case.priority}

    def add(self) -> None:
        self._acknowledge_complaints()
        if is_noise(self.case, self.told):
            if self.asked.holds(self.told.first_at):
                self.sheet.leave_out("escalated", "noise")
            return
        self._flag()
        self._answer()
        self._turns()
        self._begin()
        self._close()

    def _span(self, key: str, start: datetime, end: datetime, **more: str) -> None:
        self.sheet.span(key, self.case.id, (end - start).total_seconds(), self.groups | more)

    def _acknowledge_complaints(self) -> None:
        groups = {"channel": self.case.channel, "team": self.case.team, "product": self.case.product or UNKNOWN}
        for one in self.case.receipts:
            if one.is_out:
                if self.asked.holds(one.acknowledged_at) or self.asked.holds(one.received_at):
                    self.sheet.leave_out("acknowledge_complaint", "out")
            elif one.acknowledged_at is not None and self.asked.holds(one.acknowledged_at):
                took = (one.acknowledged_at - one.received_at).total_seconds()
                self.sheet.span("acknowledge_complaint", self.case.id, took, groups)
            elif one.acknowledged_at is None and self.asked.holds(one.received_at):
                self.sheet.leave_out("acknowledge_complaint", "not_acknowledged")

    def _flag(self) -> None:
        told, flagged = self.told, self.told.flagged_at
        for reason in told.reasons:
            if self.asked.holds(reason.at):
                pair = {"reason": reason.reason, "team_reason": f"{self.case.team}: {reason.reason}"}
                self.sheet.count("escalation_reasons", self.case.id, pair)
        if flagged is None:
            return
        if self.asked.holds(flagged):
            if told.first_at is None:
                self.sheet.leave_out("detection_lag", "no_first")
            else:
                self._span("detection_lag", told.first_at, flagged)
            if told.first_act_at is None:
                self.sheet.leave_out("acknowledge_escalation", "no_act")
        if told.first_act_at is not None and self.asked.holds(told.first_act_at):
            self._span("acknowledge_escalation", flagged, told.first_act_at)

    def _answer(self) -> None:
        first_at = self.told.first_at
        if first_at is None:
            return
        answered = next((one.at for one in self.told.answers if one.at >= first_at), None)
        if answered is None:
            if self.asked.holds(first_at):
                self.sheet.leave_out("first_answer", "not_answered")
                self.sheet.leave_out("first_answer_working", "not_answered")
        elif self.asked.holds(answered):
            self._span("first_answer", first_at, answered)
            worked = self.working(first_at, answered).total_seconds()
            self.sheet.span("first_answer_working", self.case.id, worked, self.groups)

    def _turns(self) -> None:
        for turn in self.told.turns:
            if self.asked.holds(turn.asked_at):
                self._same_day(turn)
            if turn.answered_at is not None and self.asked.holds(turn.answered_at):
                self._waited(turn, turn.answered_at)

    def _same_day(self, turn: Turn) -> None:
        zone = self.asked.zone
        day = turn.asked_at.astimezone(zone).date()
        if turn.answered_at is None and self.asked.as_of.astimezone(zone).date() <= day:
            self.sheet.leave_out("same_day", "day_not_over")
            return
        is_hit = turn.answered_at is not None and turn.answered_at.astimezone(zone).date() == day
        self.sheet.share("same_day", self.case.id, is_hit=is_hit, groups=self.groups)

    def _waited(self, turn: Turn, answered_at: datetime) -> None:
        groups = {"team": self.case.team, "person": turn.by, "channel": self.case.channel}
        waited = self.working(turn.asked_at, answered_at).total_seconds()
        self.sheet.span("wait", self.case.id, waited, groups)
        if turn.took_at is None:
            self.sheet.leave_out("reply", "not_owner")
            return
        took = self.working(max(turn.asked_at, turn.took_at), answered_at).total_seconds()
        self.sheet.span("reply", self.case.id, took, {"team": self.case.team, "person": turn.by})

    def _begin(self) -> None:
        told, first_at = self.told, self.told.first_at
        if first_at is None or not self.asked.holds(first_at):
            return
        is_flagged = told.flagged_at is not None and told.flagged_at <= first_at + ESCALATED_WITHIN
        nature = {"issue": self.case.issue or UNKNOWN, "product": self.case.product or UNKNOWN}
        groups = nature | {"channel": self.case.channel, "team": self.case.team}
        self.sheet.share("escalated", self.case.id, is_hit=is_flagged, groups=groups)
        if not told.is_public:
            self.sheet.leave_out("public_reply", "not_public")
            return
        is_public = any(answer.is_public for answer in told.answers)
        self.sheet.share("public_reply", self.case.id, is_hit=is_public, groups=self.groups)

    def _close(self) -> None:
        told = self.told
        if told.standing_close is not None and self.asked.holds(told.standing_close):
            self.sheet.span("hops", self.case.id, told.moves, self.groups)
            if told.first_at is not None:
                kind = "complaint" if self.case.is_complaint else "other"
                self._span("resolution", told.first_at, told.standing_close, case=kind)
        for closing in told.closings:
            if closing != told.standing_close and self.asked.holds(closing):
                self.sheet.leave_out("resolution", "not_standing")
        if told.closings and self.asked.holds(told.closings[0]):
            self._first_contact(told.closings[0])

    def _first_contact(self, closed: datetime) -> None:
        answers = sum(one.at <= closed for one in self.told.answers)
        is_undone = any(at <= closed + REOPENED_WITHIN for at in self.told.undone_at)
        if not answers:
            self.sheet.leave_out("first_contact", "no_answer")
        elif not is_undone and self.asked.as_of < closed + REOPENED_WITHIN:
            self.sheet.leave_out("first_contact", "seven_days")
        else:
            groups = {"tier": str(self.case.tier), "channel": self.case.channel, "team": self.case.team}
            self.sheet.share("first_contact", self.case.id, is_hit=answers == 1 and not is_undone, groups=groups)
