"""What is written down when one message is triaged: decision, case, clocks, register entry, events, effects.

A part of `workers.triage_mentions`: runs inside its transaction, with the register's lock held, and calls nothing
outside the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from flow import follow_up
from flow.acknowledgement import acknowledge_by_earlier_answer
from flow.arrival import histories_of
from flow.away import Away
from flow.batches import NEWS
from flow.chain import append
from flow.complaint_clocks import is_running
from flow.complaint_triage import TriageOfComplaints
from flow.deciding import as_lived, decide_anew
from flow.definition_runs import DefinitionRuns, tested
from flow.early_warning import look_at_cases
from flow.escalating import Escalating
from flow.places import place
from flow.snoozing import Why, wake
from flow.virality import most_shared
from models import (
    ActorKind,
    AuthorHistory,
    CaseState,
    Decision,
    EntryKind,
    Event,
    EventKind,
    Mention,
    Tier,
    Verdict,
)
from policy.loading import Policy
from register.facts import opening_facts, personal_facts
from store.cases import StoredCase
from store.encoding import encode
from store.mentions import StoredMention
from store.outbox import Effect
from store.queue import Lane
from store.store import Transaction
from tracing import spans
from triage.assess import assess
from triage.combine import combine
from triage.definition import NOTHING_ELSE, LearntSince, waits_for_more
from triage.muting import RULE as MUTED
from triage.muting import is_heard, muted
from triage.paths import automatic, facts_of
from triage.ticket import external_id, make_comment, make_ticket, make_update

CONTACTS = timedelta(days=7)
OLD = timedelta(days=7)
"""Of a message that was said so long ago, no rule escalates the case."""

FIRST_TEST = "a new message"
AFTER_CORRECTION = "a correction by a person"
AFTER_EDIT = "its author changed its words, or a correction was taken back"
MORE_IS_KNOWN = "its author wrote again"

PersonLabel = tuple[str, str]
"""(label, name of the person who gave it)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A message as triage gets it."""

    item: StoredMention
    verdict: Verdict
    label: PersonLabel | None
    history: AuthorHistory | None
    shares: int | None
    """Of its author's most shared message."""


class Casework:
    """Settles messages one after the other in one transaction."""

    def __init__(
        self, transaction: Transaction, policy: Policy, *, desk: str, notify: Sequence[str] = (), now: datetime
    ) -> None:
        """`desk`: where tickets go; `notify`: who is told beside it."""
        self._transaction = transaction
        self._policy = policy
        self._desk = desk
        self._notify = notify
        self._now = now
        self._said: Mapping[str, Sequence[tuple[datetime, str]]] = {}
        self._decided: list[tuple[str, int, Decision]] = []
        self._touched: set[int] = set()
        self._events: list[Event] = []
        self._runs = DefinitionRuns(transaction, policy, ())
        self._muted: frozenset[str] = frozenset()
        self._away = Away(transaction, policy, now=now)

    def settle(self, judged: Sequence[Judged]) -> list[int]:
        """Decide about each message, in order, and record all that follows; gives the outbox rows to deliver."""
        self._said = self._said_by_authors([each.item for each in judged])
        self._runs = DefinitionRuns(self._transaction, self._policy, (each.item.author_key or "" for each in judged))
        self._muted = frozenset(
            self._transaction.moderation.mutes({each.item.author_key for each in judged if each.item.author_key})
        )
        with spans.span("triage", {"earshot.messages": len(judged)}):
            effects = [effect for each in judged for effect in self._settle(each)]
            self._write()
            look_at_cases(self._transaction, self._policy, self._touched, now=self._now, notify=self._notify)
        return effects

    def _said_by_authors(self, items: Sequence[StoredMention]) -> Mapping[str, Sequence[tuple[datetime, str]]]:
        instants = [item.mention.created_at for item in items]
        keys = {item.author_key for item in items if item.author_key is not None}
        return self._transaction.mentions.said_by(keys, since=min(instants) - CONTACTS, until=max(instants))

    def _write(self) -> None:
        """What nobody reads before the end of the batch is written in one go."""
        self._transaction.mentions.triaged(self._decided)
        self._transaction.events.record(self._events, now=self._now)
        self._decided, self._events = [], []

    def _settle(self, judged: Judged, *, why: str = "") -> list[int]:
        transaction, item, verdict = self._transaction, judged.item, judged.verdict
        case = transaction.cases.of_message(item)
        is_new = item.case_id is None
        decision = self._decide(judged, case)
        case = case or transaction.cases.open(item, decision, now=self._now)
        item = replace(item, case_id=case.id)
        together = combine(case.decision if case.mention_count else None, decision)
        standing = as_lived(transaction, self._policy, case, together)
        self._decided.append((item.mention.id, case.id, decision))
        self._touched.add(case.id)
        is_quiet = MUTED in decision.rules and not is_heard(replace(standing, label=decision.label))
        if is_new:
            rating = follow_up.heard(transaction, self._policy, case, item, self._now)
            is_quiet = is_quiet or follow_up.stays_as_it_is(self._policy, item, decision, rating)
            follow_up.opened_by_comment(transaction, self._policy, case, item, decision, self._now)
            transaction.cases.add_mention(case, item, standing, now=self._now, is_quiet=is_quiet)
        else:
            self._write()
            standing = decide_anew(transaction, self._policy, case, now=self._now)
        self._wake(case, standing, is_news=is_new and not is_quiet)
        self._note_reopening(case, item, is_quiet=is_quiet, is_new=is_new)
        complaint_id = self._register(case, item, verdict, decision, standing)
        why = why or (FIRST_TEST if is_new else AFTER_CORRECTION if judged.label else AFTER_EDIT)
        self._record_events(case, item, verdict, decision, is_new=is_new, why=why)
        effects = self._effects(case, item, verdict, standing, complaint_id, is_new=is_new)
        self._runs.note(item, decision)
        self._escalate(case, item, verdict, standing)
        if not is_new:
            return effects
        told = [] if is_quiet else self._away.answer(item, decision, standing, verdict.lang)
        return [*effects, *told, *self._test_again(item)]

    def _wake(self, case: StoredCase, standing: Decision, *, is_news: bool) -> None:
        """A case that was put off comes back at once when somebody writes in it, or when it turns out worse."""
        is_worse = standing.is_complaint > case.decision.is_complaint or standing.tier > case.decision.tier
        if case.mention_count and (is_news or is_worse):
            wake(self._transaction, case.id, Why.WROTE if is_news else Why.SERIOUS, now=self._now)

    def _note_reopening(self, case: StoredCase, item: StoredMention, *, is_quiet: bool, is_new: bool) -> None:
        """A case that was closed is open because its author wrote: the log says so, as of a person who opens it."""
        if not is_new or is_quiet or case.state is not CaseState.CLOSED:
            return
        after = self._transaction.cases.get(case.id)
        if after is not None and after.state is CaseState.OPEN:
            mention, who = item.mention, item.author_key or "unknown"
            key = f"{EventKind.REOPENED.value}:{mention.id}"
            opened = Event(key, EventKind.REOPENED, mention.created_at, ActorKind.AUTHOR, who, case.id, mention.id, {})
            self._events.append(opened)

    def _escalate(self, case: StoredCase, item: StoredMention, verdict: Verdict, standing: Decision) -> None:
        """Along the path that asks for it; what was said long ago calls nobody."""
        facts = facts_of(standing, verdict.category)
        is_old = self._now - item.mention.created_at > OLD
        if is_old or standing.tier is Tier.NOISE or automatic(self._policy.paths, facts) is None:
            return
        here = self._transaction.cases.get(case.id)
        if here is not None:
            doing = Escalating(self._transaction, self._policy, now=self._now, notify=self._notify)
            doing.by_rule(here, facts, key="triage")

    def _test_again(self, item: StoredMention) -> list[int]:
        """What the same author said before: with this message more is known of them."""
        found = self._runs.to_test_again(item)
        if not found:
            return []
        self._write()
        ids = [other.mention.id for other in found]
        verdicts, labels = self._transaction.verdicts.latest(ids), self._transaction.mentions.labels(ids)
        histories = histories_of(self._transaction, found)
        shared = most_shared(self._transaction, found, histories, self._policy.house.reach)
        judged = [
            Judged(other, verdicts[other.mention.id], labels.get(other.mention.id), history, shares)
            for other, history, shares in zip(found, histories, shared, strict=True)
        ]
        return [effect for each in judged for effect in self._settle(each, why=MORE_IS_KNOWN)]

    def _decide(self, judged: Judged, earlier: StoredCase | None) -> Decision:
        """Where a new message is no complaint for want of what its author said elsewhere, that is looked at, too."""
        item = judged.item
        if item.case_id is not None:
            return self._assess(judged, earlier, self._runs.learnt(item))
        decision = self._assess(judged, earlier, NOTHING_ELSE)
        if not waits_for_more(decision.definition):
            return decision
        self._write()
        here = replace(item, case_id=earlier.id) if earlier is not None else item
        return self._assess(judged, earlier, self._runs.learnt(here))

    def _assess(self, judged: Judged, earlier: StoredCase | None, since: LearntSince) -> Decision:
        person_label, person = judged.label or (None, None)
        decision = assess(
            judged.item.mention,
            judged.verdict,
            history=judged.history,
            earlier=earlier.decision if earlier is not None else None,
            contacts_in_7_days=self._contacts(judged.item),
            policy=self._policy,
            now=self._now,
            person_label=person_label,
            person=person,
            since=since,
            shares=judged.shares,
        )
        return muted(decision) if judged.item.author_key in self._muted and person is None else decision

    def _contacts(self, item: StoredMention) -> int:
        """How often this author wrote to us in seven days, this message included, repeats left out."""
        mention = item.mention
        said, since = self._said.get(item.author_key or "", ()), mention.created_at - CONTACTS
        return 1 + sum(since <= at <= mention.created_at and other != mention.id for at, other in said)

    # the register

    def _register(
        self, case: StoredCase, item: StoredMention, verdict: Verdict, decision: Decision, standing: Decision
    ) -> str | None:
        """Open the complaint's entry, or note what changed about it; gives the complaint's id."""
        if case.complaint_id is None:
            return self._open(case, item, verdict, decision) if decision.is_complaint else None
        change = TriageOfComplaints(self._transaction, self._policy, now=self._now)
        if case.decision.is_complaint and not standing.is_complaint:
            change.rule_out(case.complaint_id, standing)
        elif standing.is_complaint and not case.decision.is_complaint:
            change.count_again(case.complaint_id, standing)
        elif decision.is_complaint and self._is_earlier(case, item.mention):
            said_at = item.mention.created_at
            change.receive_earlier(case.complaint_id, said_at)
            self._transaction.cases.register(case.id, case.complaint_id, received_at=said_at, now=self._now)
            place(self._transaction, self._policy.house.weights, [case.id], now=self._now)
        return case.complaint_id

    @staticmethod
    def _is_earlier(case: StoredCase, mention: Mention) -> bool:
        return case.complaint_received_at is not None and mention.created_at < case.complaint_received_at

    def _open(self, case: StoredCase, item: StoredMention, verdict: Verdict, decision: Decision) -> str:
        mention = item.mention
        complaint_id = self._transaction.register.next_complaint_id()
        rules = self._policy
        facts = opening_facts(
            mention, verdict, decision, zone=rules.zone, complaint_type=rules.house.complaint_type
        ) | {"case_id": case.id}
        append(self._transaction, EntryKind.OPENED, complaint_id, facts, personal_facts(mention), now=self._now)
        self._transaction.cases.register(case.id, complaint_id, received_at=mention.created_at, now=self._now)
        self._start_clocks(case, decision)
        if case.state is CaseState.ANSWERED:
            acknowledge_by_earlier_answer(self._transaction, case.id, now=self._now)
        opened = Event(
            f"registered:{case.id}",
            EventKind.REGISTERED,
            self._now,
            ActorKind.RULE,
            self._policy.version,
            case.id,
            mention.id,
            {"complaint_id": complaint_id, "basis": decision.definition.basis},
        )
        self._events.append(opened)
        return complaint_id

    def _start_clocks(self, case: StoredCase, decision: Decision) -> None:
        running = [due for due in decision.dues if is_running(due.key, self._policy)]
        self._transaction.cases.set_clocks(case.id, running)

    # the log and the outbox

    def _record_events(
        self,
        case: StoredCase,
        item: StoredMention,
        verdict: Verdict,
        decision: Decision,
        *,
        is_new: bool,
        why: str,
    ) -> None:
        mention = item.mention
        by = decision.definition.decided_by
        triaged_key = f"triaged:{mention.id}" if is_new else f"triaged:{mention.id}:{self._now.isoformat()}"
        summary = {
            "label": decision.label,
            "tier": int(decision.tier),
            "priority": decision.priority.value,
            "team": decision.team,
            "rules": list(decision.rules),
            "is_complaint": decision.is_complaint,
            "decided_by": by,
            "policy": decision.policy_version,
        }
        judged = {"decision": verdict.decision, "complaint_score": round(verdict.complaint_score, 4)}
        who = item.author_key or "unknown"
        events = (
            Event(f"received:{mention.id}", EventKind.RECEIVED, mention.created_at, ActorKind.AUTHOR, who),
            Event(
                f"judged:{mention.id}:{verdict.classifier}",
                EventKind.JUDGED,
                self._now,
                ActorKind.CLASSIFIER,
                verdict.classifier,
                facts=judged,
            ),
            Event(
                triaged_key,
                EventKind.TRIAGED,
                self._now,
                ActorKind.RULE,
                decision.policy_version,
                facts=summary,
            ),
        )
        self._events += [replace(event, case_id=case.id, mention_id=mention.id) for event in events]
        self._events += tested(item, decision.definition, why=why, case_id=case.id, now=self._now)

    def _effects(
        self,
        case: StoredCase,
        item: StoredMention,
        verdict: Verdict,
        standing: Decision,
        complaint_id: str | None,
        *,
        is_new: bool,
    ) -> list[int]:
        """The case's one ticket; a note on it for each message that comes after."""
        if not standing.wants_ticket:
            return []
        holder = self._ticket_case(case)
        is_old = self._now - item.mention.created_at > NEWS
        is_backlog = item.lane == Lane.BULK.value and (is_old or standing.tier < Tier.HIGH_PRIORITY)
        is_urgent = standing.tier >= Tier.HIGH_PRIORITY and not is_backlog
        hurried = self._transaction.outbox.hurry(holder.id) if is_urgent else []
        key = holder.conversation_key
        ticket = make_ticket(item.mention, verdict, standing, key=key, case_id=case.id, complaint_id=complaint_id)
        number = external_id(key)
        add = partial(self._enqueue, case=holder, item=item, is_backlog=is_backlog)
        row = add(Effect.CREATE_TICKET, key=number, payload=encode(ticket))
        if row is not None:
            told = [add(Effect.NOTIFY, key=number, payload=encode(ticket), sink=sink) for sink in self._notify]
            return [row, *(each for each in told if each is not None)]
        found: list[int | None] = [*hurried]
        if is_new and item.duplicate_of is None:
            comment = make_comment(item.mention, verdict, standing, key=key)
            found.append(add(Effect.ADD_COMMENT, key=comment.key, payload=encode(comment)))
        change = make_update(case.decision, standing, key=key, at=self._now) if case.mention_count else None
        if change is not None:
            found.append(add(Effect.UPDATE_TICKET, key=change.key, payload=encode(change)))
        return [each for each in found if each is not None]

    def _ticket_case(self, case: StoredCase) -> StoredCase:
        """The case itself, or one that was merged into it and brought the ticket along."""
        number = self._transaction.merges.ticket_case(case.id)
        return (self._transaction.cases.get(number) if number != case.id else None) or case

    def _enqueue(
        self,
        effect: Effect,
        *,
        case: StoredCase,
        item: StoredMention,
        key: str,
        payload: Mapping[str, object],
        is_backlog: bool,
        sink: str = "",
    ) -> int | None:
        return self._transaction.outbox.add(
            effect,
            sink=sink or self._desk,
            key=key,
            case_id=case.id,
            mention_id=item.mention.id,
            payload=payload,
            now=self._now,
            is_backlog=is_backlog,
        )
