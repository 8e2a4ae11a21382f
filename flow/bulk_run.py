"""One act on many cases, carried out case by case in the background, and put back.

Whatever runs twice finds each case done already, for each is taken by its own state.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flow import by_hand
from flow.bulk import OF_COMPLAINTS_TOO, Act, Why, is_here, is_live_complaint, refusal, until_of
from flow.hops import owner_changed
from flow.snoozing import Why as Back
from flow.snoozing import wake, why_not
from flow.teamwork import By, write_note
from flow.ticket_state import change_state
from models import ActorKind, CaseState, Event, EventKind, MentionState, Priority
from models.case import SetByHand
from models.errors import RecordError
from policy.loading import Policy
from store.bulk import Item, ItemState, Run, Standing
from store.cases import StoredCase
from store.encoding import decode, encode
from store.mentions import StoredMention
from store.store import Store, Transaction

BATCH = 50
"""Cases in one transaction: others wait for its end."""
LONGEST_SECONDS = 30.0
MESSAGES_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    looked_at: int
    to_judge: list[str]
    """Mentions whose label changed."""
    left: int


def carry_out(
    store: Store,
    policy: Policy,
    bulk_id: int,
    *,
    desk: str,
    now: Callable[[], datetime],
    seconds: float = LONGEST_SECONDS,
) -> Outcome:
    """As much of a run as fits into `seconds`; each batch is one transaction. `desk`: where tickets go."""
    began, looked_at, to_judge = time.monotonic(), 0, list[str]()
    while True:
        with store.writing() as transaction:
            transaction.register.lock()  # so that nothing becomes a complaint meanwhile
            batch = _Batch(transaction, policy, bulk_id, desk=desk, now=now())
            looked_at += batch.run()
            to_judge += batch.to_judge
        if batch.is_finished:
            return Outcome(looked_at, to_judge, 0)
        if time.monotonic() - began > seconds:
            break
    with store.reading() as transaction:
        left = dict(transaction.bulk.unfinished()).get(bulk_id, 0)
    return Outcome(looked_at, to_judge, left)


class _Batch:
    """The next cases of a run, in one transaction."""

    def __init__(self, transaction: Transaction, policy: Policy, bulk_id: int, *, desk: str, now: datetime) -> None:
        self._transaction = transaction
        self._policy = policy
        self._desk = desk
        self._bulk_id = bulk_id
        self._now = now
        self.to_judge: list[str] = []
        self.is_finished = False

    def run(self) -> int:
        """Gives how many cases were looked at."""
        bulk, run = self._transaction.bulk, self._transaction.bulk.get(self._bulk_id)
        if run is None or (run.finished_at is not None and (run.undo_asked_at is None or run.undone_at is not None)):
            self.is_finished = True
            return 0
        if run.undo_asked_at is not None:
            bulk.stop(run.id, Why.STOPPED.value)
        found = bulk.take(run.id, ItemState.DONE if run.undo_asked_at else ItemState.WAITING, limit=BATCH)
        if run.undo_asked_at is not None:
            for item, standing in found:
                self._put_back(run, item, standing)
        else:
            self._do_each(run, found)
        if len(found) < BATCH:
            bulk.finish(run.id, now=self._now)
            if run.undo_asked_at is not None:
                bulk.finish_undo(run.id, now=self._now)
            self.is_finished = True
        return len(found)

    def _do_each(self, run: Run, found: Sequence[tuple[Item, Standing]]) -> None:
        act = Act(run.act)
        has_left = act is Act.ASSIGN and run.target is not None and not is_here(self._transaction, run.target)
        for item, standing in found:
            why = Why.OWNER_LEFT if has_left else self._do(act, run, item, standing)
            if why is not None:
                self._transaction.bulk.set_item(run.id, item.case_id, ItemState.REFUSED, reason=why.value)

    def _do(self, act: Act, run: Run, item: Item, standing: Standing) -> Why | None:
        """Why not, or None where it is done."""
        why = refusal(act, run.target, standing)
        if why is None and standing.version != item.version:
            why = Why.CHANGED
        if why is None and act is Act.DONE and self._transaction.promises.with_open([item.case_id]):
            why = Why.PROMISED
        if why is not None:
            return why
        if act is Act.LABEL:
            return self._label(run, item)
        if act is Act.SNOOZE:
            return self._put_off(run, item)
        if act in (Act.PRIORITY, Act.TAG):
            self._set_by_hand(act, run, item)
            return None
        transaction, case_id = self._transaction, item.case_id
        if act is Act.ASSIGN:
            transaction.cases.assign(case_id, run.target, version=standing.version, now=self._now)
            facts = {"from": standing.owner or "nobody", "to": run.target or "nobody"}
            self._record(run.person, EventKind.ASSIGNED, case_id, facts)
            self._note_owner(run.person, case_id, standing.owner, run.target)
            before = standing.owner
        elif act is Act.NOTE:
            write_note(transaction, self._case(case_id), run.target or "", self._by(run.person))
            before = None
        else:
            self._set_state(case_id, CaseState.CLOSED)
            self._record(run.person, EventKind.CLOSED, case_id, {})
            before = standing.state.value
        transaction.bulk.set_item(run.id, case_id, ItemState.DONE, before=before, done_at=self._now)
        return None

    def _label(self, run: Run, item: Item) -> Why | None:
        transaction, label = self._transaction, run.target or ""
        shown = _shown_message(transaction, item.case_id)
        if shown is None:
            return Why.NOT_JUDGED
        name = shown.mention.id
        earlier = transaction.mentions.labels([name]).get(name)
        judged = transaction.verdicts.latest([name]).get(name)
        before = earlier[0] if earlier else judged.decision if judged else None
        if before == label:
            return Why.SAME
        if judged is None:
            return Why.NOT_JUDGED
        transaction.mentions.relabel(name, label, person=run.person, now=self._now)
        facts = {"from": before, "to": label}
        self._record(run.person, EventKind.RELABELLED, item.case_id, facts, mention_id=name)
        self._judge_again(name)
        transaction.bulk.set_item(
            run.id, item.case_id, ItemState.DONE, before=before, mention_id=name, done_at=self._now
        )
        return None

    def _put_off(self, run: Run, item: Item) -> Why | None:
        transaction, until = self._transaction, until_of(run.target)
        case, earlier = transaction.cases.get(item.case_id), transaction.snoozes.get(item.case_id)
        if earlier is not None or until <= self._now:
            return Why.SAME if earlier is not None else Why.STOPPED
        if case is None or why_not(case, now=self._now) is not None:
            return Why.CLOCK
        transaction.snoozes.put_off(case.id, until, version=case.version, by=run.person, now=self._now)
        facts = {"until": until.isoformat(sep=" ", timespec="minutes")}
        self._record(run.person, EventKind.SNOOZED, item.case_id, facts)
        transaction.bulk.set_item(run.id, item.case_id, ItemState.DONE, done_at=self._now)
        return None

    def _set_by_hand(self, act: Act, run: Run, item: Item) -> None:
        case = self._case(item.case_id)
        now, chosen = case.decision, run.target or ""
        priority = Priority(chosen) if act is Act.PRIORITY else now.priority
        tags = tuple(sorted({*now.tags, chosen})) if act is Act.TAG else now.tags
        wanted, reason = by_hand.Wanted(now.tier, priority, tags), f"set for many cases at once: {run.chosen}"
        by_hand.set_by_hand(
            self._transaction, self._policy, case, wanted, reason, self._by(run.person), desk=self._desk
        )
        earlier = json.dumps(encode(case.by_hand)) if case.by_hand is not None else ""
        self._transaction.bulk.set_item(run.id, item.case_id, ItemState.DONE, before=earlier, done_at=self._now)

    def _by(self, person: str, *, is_undo: bool = False) -> By:
        return By(person, self._now, f"bulk{'-undo' if is_undo else ''}-{self._bulk_id}")

    def _put_back(self, run: Run, item: Item, standing: Standing) -> None:
        act, bulk = Act(run.act), self._transaction.bulk
        person = run.undo_by or run.person
        why = self._stands_in_the_way(act, run, item, standing)
        if why is not None:
            bulk.set_item(run.id, item.case_id, ItemState.KEPT, reason=why.value)
            return
        facts: dict[str, object] = {"undone": True}
        if act is Act.SNOOZE:
            wake(self._transaction, item.case_id, Back.PERSON, now=self._now, person=person)
        elif act is Act.ASSIGN:
            self._transaction.cases.assign(item.case_id, item.before, version=standing.version, now=self._now)
            facts |= {"from": run.target or "nobody", "to": item.before or "nobody"}
            self._record(person, EventKind.ASSIGNED, item.case_id, facts, is_undo=True)
            self._note_owner(person, item.case_id, run.target, item.before, is_undo=True)
        elif act is Act.DONE:
            self._set_state(item.case_id, CaseState.OPEN)
            if item.before == CaseState.ANSWERED:
                self._transaction.cases.set_state(item.case_id, CaseState.ANSWERED, now=self._now)
            self._record(person, EventKind.REOPENED, item.case_id, facts, is_undo=True)
        elif act in (Act.PRIORITY, Act.TAG):
            earlier = decode(SetByHand, json.loads(item.before)) if item.before else None
            case, by = self._case(item.case_id), self._by(person, is_undo=True)
            by_hand.put_back(self._transaction, self._policy, case, earlier, by, desk=self._desk)
        elif item.mention_id is not None and item.done_at is not None:
            bulk.take_back_label(item.mention_id, run.target or "", person=run.person, at=item.done_at)
            self._judge_again(item.mention_id)
            facts |= {"from": run.target, "to": item.before}
            self._record(person, EventKind.RELABELLED, item.case_id, facts, mention_id=item.mention_id, is_undo=True)
        bulk.set_item(run.id, item.case_id, ItemState.UNDONE)

    def _note_owner(
        self, person: str, case_id: int, before: str | None, to: str | None, *, is_undo: bool = False
    ) -> None:
        key = self._key(case_id, is_undo=is_undo)
        owner_changed(self._transaction, case_id, before, to, key=key, reason="assigned", by=person, at=self._now)

    def _stands_in_the_way(self, act: Act, run: Run, item: Item, standing: Standing) -> Why | None:
        """What somebody did since is not undone."""
        if standing.state is CaseState.MERGED:
            return Why.MERGED
        if act is Act.SNOOZE:
            snooze = self._transaction.snoozes.get(item.case_id)
            is_ours = snooze is not None and (snooze.by, snooze.since) == (run.person, item.done_at)
            return None if is_ours else Why.CHANGED
        if act not in OF_COMPLAINTS_TOO and is_live_complaint(standing):
            return Why.COMPLAINT
        if act is Act.ASSIGN:
            is_as_left = standing.owner == run.target
            if item.before is not None and not is_here(self._transaction, item.before):
                return Why.OWNER_LEFT
        elif act is Act.DONE:
            is_as_left = standing.state is CaseState.CLOSED
        elif act in (Act.PRIORITY, Act.TAG):
            is_as_left = refusal(act, run.target, standing) is Why.SAME
        else:
            name = item.mention_id or ""
            is_as_left = self._transaction.mentions.labels([name]).get(name) == (run.target, run.person)
        return None if is_as_left and not self._was_touched(act, item) else Why.CHANGED

    def _was_touched(self, act: Act, item: Item) -> bool:
        """Whether somebody did the like on this case after the run did."""
        likes = {
            Act.ASSIGN: {EventKind.ASSIGNED},
            Act.DONE: {EventKind.CLOSED, EventKind.REOPENED},
            Act.LABEL: {EventKind.RELABELLED},
            Act.PRIORITY: {EventKind.SET_BY_HAND},
            Act.TAG: {EventKind.SET_BY_HAND},
        }[act]
        is_by_hand = act in (Act.PRIORITY, Act.TAG)
        ours = by_hand.key_of(item.case_id, self._by("").form_key) if is_by_hand else self._key(item.case_id)
        events = self._transaction.events.of_case(item.case_id)
        since = [event for event in events if item.done_at is not None and event.at >= item.done_at]
        return any(event.kind in likes and event.key != ours for event in since)

    def _case(self, case_id: int) -> StoredCase:
        case = self._transaction.cases.get(case_id)
        if case is None:
            raise RecordError(f"case {case_id} is gone")
        return case

    def _set_state(self, case_id: int, state: CaseState) -> None:
        change_state(self._transaction, self._case(case_id), state, now=self._now)

    def _judge_again(self, mention_id: str) -> None:
        self._transaction.mentions.send_back([mention_id], to=MentionState.CLASSIFIED)
        self.to_judge.append(mention_id)

    def _key(self, case_id: int, *, is_undo: bool = False) -> str:
        return f"bulk{'-undo' if is_undo else ''}:{self._bulk_id}:{case_id}"

    def _record(
        self,
        person: str,
        kind: EventKind,
        case_id: int,
        facts: Mapping[str, object],
        *,
        mention_id: str | None = None,
        is_undo: bool = False,
    ) -> None:
        key, told = self._key(case_id, is_undo=is_undo), dict(facts) | {"bulk": self._bulk_id}
        event = Event(key, kind, self._now, ActorKind.PERSON, person, case_id, mention_id, told)
        self._transaction.events.record([event], now=self._now)


def _shown_message(transaction: Transaction, case_id: int) -> StoredMention | None:
    """The message that the queue shows of the case, where it is judged: the author's newest, else the newest."""
    case = transaction.cases.get(case_id)
    found = transaction.mentions.newest_of_case(case_id, limit=MESSAGES_LOOKED_AT)
    theirs = [one for one in found if case is not None and one.author_key == case.author_key]
    newest = (theirs or found)[-1:]
    return newest[0] if newest and newest[0].state in (MentionState.TRIAGED, MentionState.CLASSIFIED) else None
