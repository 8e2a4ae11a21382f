"""A slow and obvious recount of the event log: every row is read, every figure is worked out by looking at all of them.

It shares no code with `measure/handling*.py` or `store/handling.py`, only the words of the definitions.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from store.complaint_tables import complaints
from store.merging_tables import case_merges
from store.store import Store
from store.tables import cases, events, mentions, outbox

WEEK = timedelta(days=7)
OWNING = ("assigned", "handed_over", "taken_over", "escalated", "escalation_step", "escalation_returned", "owner_found")


@dataclass
class Log:
    """All rows, as they lie in the database."""

    events: list[dict[str, Any]]
    mentions: dict[str, dict[str, Any]]
    cases: dict[int, dict[str, Any]]
    outbox: dict[int, dict[str, Any]]
    complaints: list[dict[str, Any]]
    away: dict[int, int]

    def living(self, case_id: int) -> int:
        return self.living(self.away[case_id]) if case_id in self.away else case_id

    def case_of(self, event: dict[str, Any]) -> int | None:
        if event["case_id"] is None:
            return None
        message = self.mentions.get(event["mention_id"] or "")
        if message is not None and message["case_id"] is not None:
            return int(message["case_id"])
        if event["kind"] == "replied":
            return self.living(self.outbox[int(event["key"].split(":")[1])]["case_id"])
        return self.living(event["case_id"])


def read_log(store: Store) -> Log:
    with store.engine.connect() as connection:

        def rows(table: Any) -> list[dict[str, Any]]:
            return [dict(row._mapping) for row in connection.execute(select(table))]

        return Log(
            events=sorted(rows(events), key=lambda event: (event["at"], event["id"])),
            mentions={row["id"]: row for row in rows(mentions)},
            cases={row["id"]: row for row in rows(cases)},
            outbox={row["id"]: row for row in rows(outbox)},
            complaints=rows(complaints),
            away={row["away_id"]: row["kept_id"] for row in rows(case_merges) if row["undone_at"] is None},
        )


Found = dict[tuple[str, str, str], list[float]]


@dataclass
class Recount:
    log: Log
    since: datetime
    until: datetime
    zone: ZoneInfo
    as_of: datetime
    working: Callable[[datetime, datetime], timedelta]
    cap: timedelta
    spans: Found = field(default_factory=lambda: defaultdict(list))
    shares: dict[tuple[str, str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))
    left_out: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def run(self) -> "Recount":
        for case_id, case in self.log.cases.items():
            self._complaints(case_id, case)
            if case["state"] != "merged":
                self._case(case_id, case, [one for one in self.log.events if self.log.case_of(one) == case_id])
        self._minutes()
        return self

    def within(self, at: datetime | None) -> bool:
        return at is not None and self.since <= at < self.until

    def put(self, found: dict[tuple[str, str, str], list[Any]], key: str, value: Any, **groups: str) -> None:
        found[key, "", ""].append(value)
        for group, name in groups.items():
            found[key, group, name].append(value)

    # what happened in one case

    def is_news(self, event: dict[str, Any]) -> bool:
        message = self.log.mentions[event["mention_id"]]
        judged = [
            one["facts"]["tier"]
            for one in self.log.events
            if one["kind"] == "triaged" and one["mention_id"] == event["mention_id"]
        ]
        return message["duplicate_of"] is None and (not judged or judged[-1] != 0)

    def person_of(self, event: dict[str, Any]) -> str:
        if event["kind"] == "replied":
            return self.log.outbox[int(event["key"].split(":")[1])]["payload"].get("person") or ""
        return event["actor"] if event["actor_kind"] == "person" else ""

    def is_flag(self, event: dict[str, Any]) -> bool:
        return bool(event["kind"] == "escalated" or (event["kind"] == "triaged" and event["facts"]["tier"] == 3))

    def _case(self, case_id: int, case: dict[str, Any], log: list[dict[str, Any]]) -> None:
        messages = [place for place, one in enumerate(log) if one["kind"] == "received" and self.is_news(one)]
        flags = [place for place, one in enumerate(log) if self.is_flag(one)]
        first = log[messages[0]]["at"] if messages else None
        if first is None or (case["tier"] == 0 and not flags):
            if self.within(first):
                self.left_out["escalated", "noise"] += 1
            return
        about = {"channel": case["channel"], "team": case["team"]}
        ranked = about | {"tier": str(case["tier"]), "priority": case["priority"]}
        self._flagged(log, flags, first, ranked)
        answers = [place for place, one in enumerate(log) if one["kind"] == "replied" and self.person_of(one)]
        self._first_answer(log, answers, first, ranked)
        closings = self._closings(log, messages)
        self._turns(log, messages, answers, about, ranked)
        self._begun(case_id, case, log, messages, answers, flags, ranked)
        self._closed(case_id, case, log, messages, answers, closings, ranked)

    def _flagged(self, log: Any, flags: list[int], first: datetime, ranked: dict[str, str]) -> None:
        for place in flags:
            reason = log[place]["facts"].get("reason") if log[place]["kind"] == "escalated" else None
            if reason and self.within(log[place]["at"]):
                self.put(
                    self.spans, "escalation_reasons", 1.0, reason=reason, team_reason=f"{ranked['team']}: {reason}"
                )
        if not flags:
            return
        at = log[flags[0]]["at"]
        acts = [one["at"] for one in log[flags[0] :] if self.person_of(one) and not self.is_flag(one)]
        if self.within(at):
            self.put(self.spans, "detection_lag", max(0.0, (at - first).total_seconds()), **ranked)
            self.left_out["acknowledge_escalation", "no_act"] += not acts
        if acts and self.within(acts[0]):
            self.put(self.spans, "acknowledge_escalation", (acts[0] - at).total_seconds(), **ranked)

    def _first_answer(self, log: Any, answers: list[int], first: datetime, ranked: dict[str, str]) -> None:
        at = min((log[place]["at"] for place in answers if log[place]["at"] >= first), default=None)
        if at is None:
            self.left_out["first_answer", "not_answered"] += self.within(first)
        elif self.within(at):
            self.put(self.spans, "first_answer", (at - first).total_seconds(), **ranked)
            self.put(self.spans, "first_answer_working", self.working(first, at).total_seconds(), **ranked)

    def _closings(self, log: Any, messages: list[int]) -> list[int]:
        """Those of a case that was open."""
        found: list[int] = []
        for place, one in enumerate(log):
            between = range(found[-1] + 1, place) if found else range(0)
            is_open = not found or any(log[at]["kind"] == "reopened" or at in messages for at in between)
            if one["kind"] == "closed" and is_open:
                found.append(place)
        return found

    def _turns(
        self, log: Any, messages: list[int], answers: list[int], about: dict[str, str], ranked: dict[str, str]
    ) -> None:
        ends = sorted([*answers, *(place for place, one in enumerate(log) if one["kind"] == "closed")])
        for place in messages:
            last_end = max((end for end in ends if end < place), default=-1)
            if any(last_end < other < place for other in messages):
                continue
            asked = log[place]["at"]
            end = min((end for end in ends if end > place), default=None)
            answer = log[end] if end is not None and end in answers else None
            if self.within(asked):
                self._same_day(asked, answer, ranked)
            if answer is None or not self.within(answer["at"]):
                continue
            person = self.person_of(answer)
            waited = self.working(asked, answer["at"]).total_seconds()
            self.put(self.spans, "wait", waited, person=person, **about)
            self._reply(log, asked, end, person, about)

    def _same_day(self, asked: datetime, answer: dict[str, Any] | None, ranked: dict[str, str]) -> None:
        day = asked.astimezone(self.zone).date()
        if answer is None and self.as_of.astimezone(self.zone).date() <= day:
            self.left_out["same_day", "day_not_over"] += 1
        else:
            is_hit = answer is not None and answer["at"].astimezone(self.zone).date() == day
            self.put(self.shares, "same_day", is_hit, **ranked)

    def _reply(self, log: Any, asked: datetime, end: int | None, person: str, about: dict[str, str]) -> None:
        owners = self._owners(log[:end])
        if not owners or owners[-1][1] != person:
            self.left_out["reply", "not_owner"] += 1
            return
        start = max(asked, owners[-1][0])
        took = self.working(start, log[end]["at"]).total_seconds()
        self.put(self.spans, "reply", took, person=person, team=about["team"])

    def _owners(self, log: Any) -> list[tuple[datetime, str]]:
        """(since when, who): each stretch of the same owner once."""
        told = [(one["at"], one["facts"]["to"]) for one in log if one["kind"] in OWNING and one["facts"].get("to")]
        return [one for place, one in enumerate(told) if (told[place - 1][1] if place else "nobody") != one[1]]

    def _begun(
        self, case_id: int, case: Any, log: Any, messages: Any, answers: Any, flags: Any, ranked: dict[str, str]
    ) -> None:
        first = log[messages[0]]
        if not self.within(first["at"]):
            return
        complaint = self._complaint(case_id)
        is_hit = bool(flags) and log[flags[0]]["at"] - first["at"] <= WEEK
        issue = (complaint["category"] if complaint else None) or case["label"]
        product = (complaint["product"] if complaint else None) or "not recorded"
        about = {"channel": case["channel"], "team": case["team"], "issue": issue, "product": product}
        self.put(self.shares, "escalated", is_hit, **about)
        if self.log.mentions[first["mention_id"]]["kind"] == "dm":
            self.left_out["public_reply", "not_public"] += 1
            return
        sent = [self.log.outbox[int(log[place]["key"].split(":")[1])] for place in answers]
        self.put(self.shares, "public_reply", any(not row["payload"]["is_private"] for row in sent), **ranked)

    def _closed(
        self, case_id: int, case: Any, log: Any, messages: Any, answers: Any, closings: Any, ranked: dict[str, str]
    ) -> None:
        def undone(place: int) -> list[datetime]:
            """When it was open again after this closing, and before the next."""
            after = [at for at in range(place + 1, len(log)) if log[at]["kind"] == "reopened" or at in messages]
            return [log[at]["at"] for at in after[:1]]

        for place in closings:
            if undone(place):
                self.left_out["resolution", "not_standing"] += self.within(log[place]["at"])
            elif self.within(log[place]["at"]):
                owners = [name for _, name in self._owners(log)]
                moves = sum("nobody" not in pair for pair in zip(owners, owners[1:], strict=False))
                kind = "complaint" if self._complaint(case_id) else "other"
                self.put(self.spans, "hops", float(moves), **ranked)
                took = (log[place]["at"] - log[messages[0]]["at"]).total_seconds()
                self.put(self.spans, "resolution", max(0.0, took), case=kind, **ranked)
        if closings and self.within(log[closings[0]]["at"]):
            closed = log[closings[0]]["at"]
            before = [place for place in answers if log[place]["at"] <= closed]
            again = [log[at]["at"] for at in [*messages, *self._all(log, "reopened")] if at > closings[0]]
            is_undone = any(at <= closed + WEEK for at in again)
            if not before:
                self.left_out["first_contact", "no_answer"] += 1
            elif not is_undone and self.as_of < closed + WEEK:
                self.left_out["first_contact", "seven_days"] += 1
            else:
                groups = {name: ranked[name] for name in ("tier", "channel", "team")}
                self.put(self.shares, "first_contact", len(before) == 1 and not is_undone, **groups)

    def _all(self, log: Any, kind: str) -> Iterator[int]:
        return (place for place, one in enumerate(log) if one["kind"] == kind)

    def _complaint(self, case_id: int) -> dict[str, Any] | None:
        number = self.log.cases[case_id]["complaint_id"]
        found = [row for row in self.log.complaints if row["id"] == number and self._counts(row)]
        return found[0] if found else None

    def _counts(self, row: dict[str, Any]) -> bool:
        return row["merged_into"] is None and row["status"] not in ("ruled_out", "merged_away")

    def _complaints(self, case_id: int, case: dict[str, Any]) -> None:
        for row in self.log.complaints:
            if row["case_id"] != case_id:
                continue
            home = self.log.cases[self.log.living(case_id)]
            received, done = row["received_at"], row["acknowledged_at"]
            if not self._counts(row):
                self.left_out["acknowledge_complaint", "out"] += self.within(received) or self.within(done)
            elif done is None:
                self.left_out["acknowledge_complaint", "not_acknowledged"] += self.within(received)
            elif self.within(done):
                groups = {"channel": home["channel"], "team": home["team"], "product": row["product"] or "not recorded"}
                took = max(0.0, (done - received).total_seconds())
                self.put(self.spans, "acknowledge_complaint", took, **groups)

    def _minutes(self) -> None:
        spent: dict[int, float] = defaultdict(float)
        acts = [one for one in self.log.events if one["actor_kind"] == "person" and one["case_id"] is not None]
        for one in acts:
            if not self.within(one["at"]):
                continue
            key = (one["at"], one["id"])
            before = [each["at"] for each in acts if each["actor"] == one["actor"] and (each["at"], each["id"]) < key]
            took = min(one["at"] - before[-1], self.cap) if before else self.cap
            message = self.log.mentions.get(one["mention_id"] or "")
            home = message["case_id"] if message and message["case_id"] else self.log.living(one["case_id"])
            spent[home] += took.total_seconds() / 60
        for case_id, minutes in spent.items():
            if any(row["case_id"] == case_id and self._counts(row) for row in self.log.complaints):
                self.put(self.spans, "minutes_complaint", minutes)

    # as the figures say it

    def told(self) -> dict[tuple[str, str, str], tuple[float | None, ...]]:
        found: dict[tuple[str, str, str], tuple[float | None, ...]] = {}
        for place, values in self.spans.items():
            ordered = sorted(values)
            if place[0] == "escalation_reasons":
                found[place] = (len(ordered), len(ordered), None, None)
            else:
                ninetieth = next(
                    one for one in ordered if 10 * sum(each <= one for each in ordered) >= 9 * len(ordered)
                )
                found[place] = (len(ordered), mean(ordered), median(ordered), ninetieth)
        for place, hits in self.shares.items():
            found[place] = (len(hits), sum(hits) / len(hits), None, None)
        return found
