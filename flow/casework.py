"""What is written down when one message is triaged: decision, case, clocks, register entry, events, effects.

A part of `workers.triage_mentions`: runs inside its transaction, with the register's lock held, and calls nothing
outside the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flow.acknowledgement import ACKNOWLEDGE_CLOCKS, acknowledge_by_earlier_answer
from flow.chain import append
from models import (
    ActorKind,
    AuthorHistory,
    CaseState,
    Decision,
    EntryKind,
    Event,
    EventKind,
    Mention,
    Verdict,
)
from policy.loading import Policy
from register.facts import due_facts, opening_facts, personal_facts, standing_facts
from store.cases import StoredCase
from store.encoding import encode
from store.mentions import StoredMention
from store.outbox import Effect
from store.store import Transaction
from triage.assess import assess
from triage.combine import combine, combine_all
from triage.ticket import external_id, make_comment, make_ticket

CONTACTS = timedelta(days=7)
RUNNING_CLOCKS = (*ACKNOWLEDGE_CLOCKS, "respond")
"""Those that somebody has to keep; the others of a pack say what may be done until when."""

PersonLabel = tuple[str, str]
"""(label, name of the person who gave it)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A message as triage gets it."""

    item: StoredMention
    verdict: Verdict
    label: PersonLabel | None
    history: AuthorHistory | None


class Casework:
    """Settles messages one after the other in one transaction."""

    def __init__(self, transaction: Transaction, policy: Policy, *, desk: str, now: datetime) -> None:
        self._transaction = transaction
        self._policy = policy
        self._desk = desk
        self._now = now
        self._said: Mapping[str, Sequence[tuple[datetime, str]]] = {}
        self._decided: list[tuple[str, int, Decision]] = []
        self._events: list[Event] = []

    def settle(self, judged: Sequence[Judged]) -> list[int]:
        """Decide about each message, in order, and record all that follows; gives the outbox rows to deliver."""
        self._said = self._said_by_authors([each.item for each in judged])
        effects = [effect for each in judged for effect in self._settle(each)]
        self._write()
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

    def _settle(self, judged: Judged) -> list[int]:
        transaction, item, verdict = self._transaction, judged.item, judged.verdict
        case = transaction.cases.of_conversation(item.conversation_key)
        decision = self._decide(judged, case)
        is_new = item.case_id is None
        case = case or transaction.cases.open(item, decision, now=self._now)
        standing = combine(case.decision if case.mention_count else None, decision)
        self._decided.append((item.mention.id, case.id, decision))
        if is_new:
            transaction.cases.add_mention(case, item, standing, now=self._now)
        else:
            self._write()
            standing = self._decide_anew(case)
        complaint_id = self._register(case, item, verdict, decision, standing)
        self._record_events(case, item, verdict, decision, is_new=is_new)
        return self._effects(case, item, verdict, standing, complaint_id, is_new=is_new)

    def _decide(self, judged: Judged, earlier: StoredCase | None) -> Decision:
        person_label, person = judged.label or (None, None)
        return assess(
            judged.item.mention,
            judged.verdict,
            history=judged.history,
            earlier=earlier.decision if earlier is not None else None,
            contacts_in_7_days=self._contacts(judged.item),
            policy=self._policy,
            now=self._now,
            person_label=person_label,
            person=person,
        )

    def _contacts(self, item: StoredMention) -> int:
        """How often this author wrote to us in seven days, this message included, repeats left out."""
        mention = item.mention
        said, since = self._said.get(item.author_key or "", ()), mention.created_at - CONTACTS
        return 1 + sum(since <= at <= mention.created_at and other != mention.id for at, other in said)

    def _decide_anew(self, case: StoredCase) -> Decision:
        """After a correction, the case is what all its messages together now make it."""
        decisions = [other.decision for other in self._transaction.mentions.of_case(case.id)]
        standing = combine_all(decision for decision in decisions if decision is not None) or case.decision
        self._transaction.cases.decide(case.id, standing, now=self._now)
        return standing

    # the register

    def _register(
        self, case: StoredCase, item: StoredMention, verdict: Verdict, decision: Decision, standing: Decision
    ) -> str | None:
        """Open the complaint's entry, or note what changed about it; gives the complaint's id."""
        if case.complaint_id is None:
            return self._open(case, item, verdict, decision) if decision.is_complaint else None
        if case.decision.is_complaint and not standing.is_complaint:
            self._append(EntryKind.RULED_OUT, case.complaint_id, standing_facts(standing), {})
            self._transaction.cases.drop_clocks(case.id)
        elif standing.is_complaint and not case.decision.is_complaint:
            self._append(EntryKind.REOPENED, case.complaint_id, standing_facts(standing), {})
            self._start_clocks(case, standing)
        elif decision.is_complaint and self._is_earlier(case, item.mention):
            received_at = item.mention.created_at
            facts = {
                "received_at": received_at.isoformat(),
                "received_on": received_at.astimezone(self._policy.zone).date().isoformat(),
                "reason": "an earlier message of the same conversation was found to be the complaint",
            }
            self._transaction.cases.register(case.id, case.complaint_id, received_at=received_at, now=self._now)
            self._correct(case, decision, facts | due_facts(decision))
        return case.complaint_id

    @staticmethod
    def _is_earlier(case: StoredCase, mention: Mention) -> bool:
        return case.complaint_received_at is not None and mention.created_at < case.complaint_received_at

    def _open(self, case: StoredCase, item: StoredMention, verdict: Verdict, decision: Decision) -> str:
        mention = item.mention
        complaint_id = self._transaction.register.next_complaint_id()
        facts = opening_facts(mention, verdict, decision, zone=self._policy.zone) | {"case_id": case.id}
        self._append(EntryKind.OPENED, complaint_id, facts, personal_facts(mention))
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

    def _correct(self, case: StoredCase, decision: Decision, facts: Mapping[str, object]) -> None:
        self._append(EntryKind.CORRECTED, case.complaint_id or "", facts, {})
        self._start_clocks(case, decision)

    def _start_clocks(self, case: StoredCase, decision: Decision) -> None:
        self._transaction.cases.set_clocks(case.id, [due for due in decision.dues if due.key in RUNNING_CLOCKS])

    def _append(
        self, kind: EntryKind, complaint_id: str, facts: Mapping[str, object], personal: Mapping[str, object]
    ) -> None:
        append(self._transaction, kind, complaint_id, facts, personal, now=self._now)

    # the log and the outbox

    def _record_events(
        self, case: StoredCase, item: StoredMention, verdict: Verdict, decision: Decision, *, is_new: bool
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
        key = case.conversation_key
        ticket = make_ticket(item.mention, verdict, standing, key=key, case_id=case.id, complaint_id=complaint_id)
        row = self._enqueue(Effect.CREATE_TICKET, case, item, external_id(key), encode(ticket))
        if row is None and is_new and item.duplicate_of is None:
            comment = make_comment(item.mention, verdict, standing, key=key)
            row = self._enqueue(Effect.ADD_COMMENT, case, item, comment.key, encode(comment))
        return [row] if row is not None else []

    def _enqueue(
        self, effect: Effect, case: StoredCase, item: StoredMention, key: str, payload: Mapping[str, object]
    ) -> int | None:
        return self._transaction.outbox.add(
            effect,
            sink=self._desk,
            key=key,
            case_id=case.id,
            mention_id=item.mention.id,
            payload=payload,
            now=self._now,
        )
