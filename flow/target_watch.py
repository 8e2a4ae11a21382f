"""The clock looks at the firm's own targets: what is due soon or missed is said once, and an update that nobody wrote
is reminded of, drafted or sent, as the policy has it.

What it costs grows with what is due, not with what is open: targets are found by when they have to be looked at next.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.base import Channel
from flow.automation import UPDATE_SINCE, why_no_update
from flow.late import CallsOfTheLate, Late
from flow.places import place
from flow.targets import keep, look_next, where_of
from models import ActorKind, AuthoredBy, Event, EventKind, Kind
from models.errors import EarshotError
from policy.loading import Policy
from policy.targets import TargetKey, TargetRow, WhenDue
from store.approvals import ApprovalState
from store.callouts import Call
from store.drafts import Draft, DraftKind
from store.mentions import StoredMention
from store.outbox import UPDATE_KEY, Effect
from store.store import Store, Transaction
from store.targets import CaseNow, StoredTarget
from triage.targets import Targeting, targeting_of

logger = logging.getLogger("earshot.flow")

MOST_AT_ONCE = 500
OLDER_AT_ONCE, OLDER_IN_A_TICK = 500, 5_000
GRACE = timedelta(minutes=30)
"""So long an update that was queued by itself may be under way before it counts as missed."""
PROGRAM = "earshot"
ChannelOf = Callable[[str], Channel]


def look_at_targets(store: Store, policy: Policy, channel: ChannelOf, *, now: datetime) -> int:
    """Gives how many were said, drafted or queued."""
    targeting = targeting_of(policy)
    work_off_older(store, targeting, now=now)
    total = 0
    while True:
        with store.reading() as transaction:
            ids = transaction.targets.to_look_at(now=now, limit=MOST_AT_ONCE)
        if not ids:
            return total
        with store.writing() as transaction:
            total += Looking(transaction, targeting, channel, now=now).at(ids)


def work_off_older(store: Store, targeting: Targeting, *, now: datetime) -> int:
    """Cases from before there were targets get theirs, some at a time; what ran out before is not made an alarm of."""
    done = 0
    while done < OLDER_IN_A_TICK:
        with store.reading() as transaction:
            up_to = transaction.targets.to_come()
        if up_to is None:
            return done
        with store.writing() as transaction:
            ids = transaction.targets.before_targets(up_to, limit=OLDER_AT_ONCE)
            keep(transaction, targeting, ids, now=now)
            over = [each for each in transaction.targets.of(ids) if each.met_at is None and each.due_at < now]
            silenced = [replace(each, warned_at=each.warn_at, missed_at=each.due_at) for each in over]
            transaction.targets.keep([replace(each, look_at=look_next(each)) for each in silenced])
            transaction.targets.came_to(up_to, min(ids) - 1 if len(ids) == OLDER_AT_ONCE else None)
        done += len(ids)
    return done


class Looking:
    """At some cases, in one transaction."""

    def __init__(self, transaction: Transaction, targeting: Targeting, channel: ChannelOf, *, now: datetime) -> None:
        self._transaction = transaction
        self._targeting = targeting
        self._channel = channel
        self._now = now
        self._late: list[Late] = []

    def at(self, case_ids: list[int]) -> int:
        """What happened since is taken in first: nobody is called late who has answered."""
        keep(self._transaction, self._targeting, case_ids, now=self._now)
        cases = {case.id: case for case in self._transaction.targets.cases(case_ids)}
        found = self._transaction.targets.of(case_ids)
        due = [each for each in found if each.look_at is not None and each.look_at <= self._now]
        done = sum(self._look(each, cases[each.case_id]) for each in due)
        place(self._transaction, self._targeting.weights, {each.case_id for each in due}, now=self._now)
        CallsOfTheLate(self._transaction, now=self._now).add(self._late)
        return done

    def _look(self, target: StoredTarget, case: CaseNow) -> bool:
        row = self._targeting.rules.row(case.priority, case.channel, where_of(case))
        if target.due_at < self._now:
            return self._over(target, case, row)
        warned = replace(target, warned_at=self._now)
        if not self._transaction.targets.looked(target, warned_at=self._now, look_at=look_next(warned)):
            return False
        self._record(EventKind.TARGET_DUE_SOON, target, at=self._now)
        self._prepare(target, case, row)
        return True

    def _over(self, target: StoredTarget, case: CaseNow, row: TargetRow) -> bool:
        if self._sends(target, case, row):
            return True
        if not self._transaction.targets.looked(target, missed_at=target.due_at, look_at=None):
            return False
        self._record(EventKind.TARGET_MISSED, target, at=target.due_at)
        key, is_update = _key(EventKind.TARGET_MISSED, target), target.key == TargetKey.UPDATE.value
        self._late.append(Late(key, case, Call.TARGET_MISSED, is_owner_told=is_update))
        if target.warned_at is None or row.when_update_due is WhenDue.SEND:
            self._prepare(target, case, row, is_over=True)
        return True

    # an update that nobody wrote

    def _prepare(self, target: StoredTarget, case: CaseNow, row: TargetRow, *, is_over: bool = False) -> None:
        """The owner is told; where it is to be sent by itself, only once that cannot be."""
        if target.key != TargetKey.UPDATE.value or (row.when_update_due is WhenDue.SEND and not is_over):
            return
        owner = self._transaction.accounts.by_name(case.owner) if case.owner is not None else None
        if owner is None or owner.disabled_at is not None:
            return
        key = f"update_due:{case.id}:{target.started_at.isoformat()}"
        self._transaction.callouts.add(key, [owner.id], case.id, Call.UPDATE_DUE, by="Earshot", now=self._now)
        if row.when_update_due is WhenDue.DRAFT:
            self._draft(target, case, owner.id)

    def _draft(self, target: StoredTarget, case: CaseNow, owner_id: int) -> None:
        """Never over what the owner has begun, nor beside a reply that waits for approval."""
        begun = any(one.kind is DraftKind.REPLY for one in self._transaction.drafts.of(owner_id, case.id))
        item = self._newest(case.id)
        if begun or item is None or self._transaction.approvals.of_case(case.id, ApprovalState.WAITING):
            return
        text, is_private = self._targeting.rules.text(item.mention.lang), item.mention.kind is Kind.DM
        draft = Draft(DraftKind.REPLY, item.mention.id, text, is_private, secrets.token_hex(16), 0, self._now)
        self._transaction.drafts.keep(owner_id, case.id, draft)
        self._record(EventKind.UPDATE_DRAFTED, target, at=self._now, more={"to": case.owner})

    def _sends(self, target: StoredTarget, case: CaseNow, row: TargetRow) -> bool:
        """Whether the update goes out by itself, now: once for each of our last words."""
        is_wanted = target.key == TargetKey.UPDATE.value and row.when_update_due is WhenDue.SEND
        item = self._newest(case.id) if is_wanted and target.acted_at is None else None
        if item is None or self._has_enough(case.id):
            return False
        why_not = why_no_update(self._transaction, case.id, since=target.started_at)
        sink = self._sink(item) if why_not is None else None
        if sink is None:
            return False
        if not self._transaction.targets.looked(target, acted_at=self._now, look_at=self._now + GRACE):
            return False
        self._transaction.outbox.add(
            Effect.SEND_REPLY,
            sink=sink,
            key=f"{UPDATE_KEY}{case.id}:{target.started_at.isoformat()}",
            case_id=case.id,
            mention_id=item.mention.id,
            payload={
                "text": self._targeting.rules.text(item.mention.lang),
                "is_private": item.mention.kind is Kind.DM,
                "person": "",
                UPDATE_SINCE: target.started_at.isoformat(),
            },
            now=self._now,
        )
        self._record(EventKind.UPDATE_QUEUED, target, at=self._now)
        return True

    def _has_enough(self, case_id: int) -> bool:
        in_a_row = 0
        for answer in self._transaction.targets.answers([case_id]):
            in_a_row = 0 if answer.is_by_person else in_a_row + answer.is_update
        return in_a_row >= self._targeting.rules.most_updates_in_a_row

    def _sink(self, item: StoredMention) -> str | None:
        """Where it would be answered; None where the channel takes nothing from a program."""
        try:
            channel = self._channel(item.mention.channel)
            is_private = item.mention.kind is Kind.DM
            allowed = channel.may_reply(item.mention, authored_by=AuthoredBy.AUTOMATION, is_private=is_private)
        except EarshotError as error:
            logger.warning("update of mention %s is not sent: %s", item.mention.id, type(error).__name__)
            return None
        return channel.name if allowed.allowed else None

    def _newest(self, case_id: int) -> StoredMention | None:
        """The message that an update answers; None where its author took it back."""
        found = self._transaction.mentions.newest_of_case(case_id, limit=1)
        ids = [item.mention.id for item in found]
        return found[0] if found and not self._transaction.retention.deletions(ids) else None

    def _record(
        self, kind: EventKind, target: StoredTarget, *, at: datetime, more: Mapping[str, object] | None = None
    ) -> None:
        facts = {"target": target.key, "due_at": target.due_at.isoformat(), "policy": target.policy} | dict(more or {})
        event = Event(_key(kind, target), kind, at, ActorKind.RULE, PROGRAM, target.case_id, facts=facts)
        self._transaction.events.record([event], now=self._now)


def _key(kind: EventKind, target: StoredTarget) -> str:
    return f"{kind.value}:{target.case_id}:{target.key}:{target.due_at.isoformat()}"
