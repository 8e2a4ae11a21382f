"""Cases of one person become one, messages of a case become one of their own, and both can be taken back.

Each act is one transaction of the caller's, holds the register's lock, and is carried out once for one form. The
register changes by the acts of `flow/complaints.py` alone, and by none of them unless that was asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flow.complaint_writing import checked_reason
from flow.complaints import Complaints
from flow.deciding import decide_anew
from flow.holds import held
from flow.hops import owner_changed
from flow.merged_tickets import MergedTickets
from flow.snoozing import Why, wake
from flow.teamwork import By, record
from flow.ticket_state import change_state
from models import CaseState, Decision, EventKind, MentionState, TicketStatus
from models.errors import RecordError
from models.retention import Hold, HoldScope
from policy.loading import Policy
from register.life import fold
from store.callouts import Call
from store.cases import StaleCaseError, StoredCase
from store.mentions import StoredMention
from store.merging import SPLIT_KEY, Merge, Split
from store.outbox import WAITING, Effect
from store.store import Transaction
from triage.combine import combine, combine_all, is_more_serious

OPENNESS = (CaseState.CLOSED, CaseState.ANSWERED, CaseState.OPEN)


class RefusedMergeError(RecordError):
    """Nothing was done; the text says why, and the way out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a merge would do, as far as that is known before."""

    kept: StoredCase
    away: StoredCase
    decision: Decision
    owner: str | None
    state: CaseState
    complaints: tuple[str, str] | None
    """(the one that stays, the one that would be merged into it); None where no complaint has to change."""


def plan(transaction: Transaction, kept: StoredCase, away: StoredCase) -> Plan:
    """Raises: RefusedMergeError."""
    if kept.id == away.id:
        raise RefusedMergeError(f"Case {kept.id} cannot be merged into itself. Give the number of another case.")
    for case in (away, kept):
        into = transaction.merges.standing(case.id)
        if into is not None:
            raise RefusedMergeError(
                f"Case {case.id} was merged into case {into.kept_id} already. Merge case"
                f" {transaction.merges.living(case.id)}, or take that merge back first."
            )
    _check_answers(transaction, away)
    lead = away if is_more_serious(away.decision, kept.decision) else kept
    return Plan(
        kept,
        away,
        combine(kept.decision, away.decision),
        lead.owner or kept.owner or away.owner,
        max(kept.state, away.state, key=OPENNESS.index),
        _complaints(transaction, kept, away),
    )


def _check_answers(transaction: Transaction, away: StoredCase) -> None:
    """An answer under way would acknowledge the complaint of a case that it was not written for."""
    rows = transaction.outbox.of_case(away.id)
    if any(row.effect is Effect.SEND_REPLY and row.state in WAITING for row in rows):
        raise RefusedMergeError(
            f"An answer in case {away.id} is still being sent. Wait until it is delivered, or give it up, then merge."
        )


def _complaints(transaction: Transaction, kept: StoredCase, away: StoredCase) -> tuple[str, str] | None:
    if away.complaint_id is None:
        return None
    if kept.complaint_id is None:
        raise RefusedMergeError(
            f"Case {away.id} has complaint {away.complaint_id} in the register and case {kept.id} has none. A complaint"
            f" stays with its case: merge case {kept.id} into case {away.id} instead."
        )
    life = fold(transaction.register.of_complaint(away.complaint_id))
    return None if life.merged_into == kept.complaint_id else (kept.complaint_id, away.complaint_id)


class Merging:
    """The acts, by one person and one form."""

    def __init__(self, transaction: Transaction, policy: Policy, by: By) -> None:
        self._transaction = transaction
        self._policy = policy
        self._by = by

    def merge(
        self,
        kept_id: int,
        away_id: int,
        *,
        versions: tuple[int, int],
        reason: str,
        with_complaints: bool = False,
        kind: EventKind = EventKind.MERGED,
    ) -> None:
        """`versions`: of the case that is kept and of the one that goes, as the person saw them.

        `with_complaints`: the person said that the two complaints are one, too.

        Raises: RefusedMergeError, RecordError, StaleCaseError.
        """
        transaction, by = self._transaction, self._by
        words = checked_reason(reason, needed=True)
        if self._is_repeat(kind, kept_id):
            return
        transaction.register.lock()
        transaction.merges.lock([kept_id, away_id])
        kept, away = self._case(kept_id), self._case(away_id)
        if (kept.version, away.version) != versions:
            raise StaleCaseError(f"case {kept.id} or {away.id} was changed meanwhile; nothing was done: look again")
        wanted = plan(transaction, kept, away)
        if wanted.complaints is not None:
            self._merge_complaints(*wanted.complaints, words, is_asked_for=with_complaints)
        standing = Merge(
            0,
            away.id,
            kept.id,
            by.person,
            by.at,
            away.state,
            transaction.merges.held_by(away.id),
            kept.owner,
            wanted.owner,
            wanted.complaints is not None,
        )
        was_listed = away.state is CaseState.OPEN and transaction.snoozes.get(away.id) is None
        status = TicketStatus.SOLVED if self._case(away.id).state is not CaseState.CLOSED else None
        tickets = [transaction.merges.ticket_case(case_id) for case_id in (kept.id, away.id)]
        number = transaction.merges.add(standing)
        self._move(away.id, kept.id)
        transaction.merges.move_notes(away.id, kept.id)
        transaction.cases.set_state(away.id, CaseState.MERGED, now=by.at)
        self._settle(kept, wanted, was_listed=was_listed)
        desk = MergedTickets(transaction, mark=f"merge-{number}", now=by.at)
        desk.note(kept.id, f"Case {away.id} ({away.channel}) was merged into case {kept.id} by {by.person}.")
        if all(desk.of(holder) is not None for holder in tickets):
            goes_on = f"Case {away.id} was merged into case {kept.id} by {by.person}. Go on in the ticket of that case."
            desk.note_own(tickets[1], goes_on, status)
        desk.change(kept.id, kept)
        self._record(kind, kept.id, {"case": away.id, "reason": words} | _changes(kept, self._case(kept.id)))
        self._record(kind, away.id, {"into": kept.id, "reason": words})

    def _merge_complaints(self, kept_id: str, other_id: str, reason: str, *, is_asked_for: bool) -> None:
        if not is_asked_for:
            raise RefusedMergeError(
                f"Each of the two cases has a complaint in the register: {kept_id} and {other_id}. If they are one and"
                f" the same complaint, say so in the form, and {other_id} is merged into {kept_id} with the cases; if"
                " not, link the cases instead."
            )
        acts = Complaints(self._transaction, self._policy, now=self._by.at)
        acts.merge(kept_id, other_id, person=self._by.person, at=self._by.at, reason=reason, key=self._by.form_key)

    def _settle(self, before: StoredCase, wanted: Plan, *, was_listed: bool) -> None:
        """Decision, owner and state of the case that is kept.

        `was_listed`: the other one stood in the list of open cases; its messages do not leave that list by a merge.
        """
        transaction, by = self._transaction, self._by
        decide_anew(transaction, self._policy, self._case(before.id), now=by.at)
        self._give(self._case(before.id), wanted.owner)
        case = self._case(before.id)
        if case.state is not wanted.state:
            change_state(transaction, case, wanted.state, now=by.at)
        is_worse = case.decision.is_complaint > before.decision.is_complaint or bool(_changes(before, case))
        if was_listed or is_worse:
            wake(transaction, case.id, Why.SERIOUS, now=by.at)

    def _give(self, case: StoredCase, owner: str | None) -> None:
        """To another owner, where it has another; who had it before is told."""
        if case.owner == owner:
            return
        transaction, by = self._transaction, self._by
        transaction.cases.assign(case.id, owner, version=case.version, now=by.at)
        key = f"{EventKind.ASSIGNED.value}:{case.id}:{by.form_key}:merging"
        facts = {"from": case.owner or "nobody", "to": owner or "nobody"}
        self._record(EventKind.ASSIGNED, case.id, facts, key=key)
        owner_changed(transaction, case.id, case.owner, owner, key=key, reason="merged", by=by.person, at=by.at)
        former = transaction.accounts.by_name(case.owner) if case.owner not in (None, by.person) else None
        if former is not None and former.disabled_at is None:
            transaction.callouts.add(key, [former.id], case.id, Call.TAKEN_OVER, by=by.person, now=by.at)

    # taking it back

    def unmerge(self, away_id: int, *, version: int) -> None:
        """What came since goes where its conversation belongs. Raises: as `merge`."""
        transaction, by = self._transaction, self._by
        if self._is_repeat(EventKind.UNMERGED, away_id):
            return
        transaction.register.lock()
        merge, root_id = transaction.merges.standing(away_id), transaction.merges.living(away_id)
        if merge is None:
            raise RefusedMergeError(f"Case {away_id} is merged into no other case. There is nothing to take back.")
        transaction.merges.lock([away_id, root_id])
        away, root = self._case(away_id), self._case(root_id)
        if away.version != version:
            raise StaleCaseError(f"case {away.id} was changed meanwhile; nothing was done: look at it again")
        self._check_holds(root, but=away.id)
        transaction.merges.undo(merge.id, by=by.person, now=by.at)
        if merge.merged_complaints:
            self._split_complaints(self._case(merge.kept_id), away)
        ids = transaction.merges.belonging(away.id)
        came = [item for item in transaction.mentions.get(ids) if item.mention.received_at > merge.merged_at]
        self._check_complaints(transaction.mentions.get(ids), away, root)
        transaction.merges.move(ids, away.id)
        self._put_back(merge, away, came)
        self._decide_rest(root)
        kept = self._case(merge.kept_id)
        if merge.owner_after != merge.owner_before and kept.owner == merge.owner_after:
            self._give(kept, merge.owner_before)
        tickets = MergedTickets(transaction, mark=f"unmerge-{merge.id}", now=by.at)
        apart = f"Case {away.id} is a case of its own again, apart from case {root.id}; by {by.person}."
        status = TicketStatus.OPEN if self._case(away.id).state is CaseState.OPEN else None
        tickets.note_own(transaction.merges.ticket_case(away.id), apart, status)
        tickets.note(root.id, apart)
        self._record(EventKind.UNMERGED, away.id, {"from": root.id, "messages since": len(came)})
        self._record(EventKind.UNMERGED, root.id, {"case": away.id})

    def _split_complaints(self, kept: StoredCase, away: StoredCase) -> None:
        acts = Complaints(self._transaction, self._policy, now=self._by.at)
        why = f"case {away.id} is taken apart from case {kept.id} again"
        person, at, key = self._by.person, self._by.at, self._by.form_key
        acts.split(kept.complaint_id or "", away.complaint_id or "", person=person, at=at, reason=why, key=key)

    def _put_back(self, merge: Merge, away: StoredCase, came: Sequence[StoredMention]) -> None:
        """As it was; open where it has messages that came while it was away."""
        transaction, now = self._transaction, self._by.at
        transaction.merges.recount(away.id)
        transaction.cases.set_state(away.id, CaseState.OPEN if came else merge.away_state, now=now, is_unmerged=True)
        if transaction.merges.held_by(away.id) != merge.held:
            decide_anew(transaction, self._policy, self._case(away.id), now=now)

    def _decide_rest(self, case: StoredCase) -> None:
        """Raises: RefusedMergeError where a complaint would be left without its message."""
        self._transaction.merges.recount(case.id)
        now = decide_anew(self._transaction, self._policy, self._case(case.id), now=self._by.at)
        if case.decision.is_complaint and not now.is_complaint:
            raise RefusedMergeError(
                f"Without these messages case {case.id} would be no complaint, and {case.complaint_id} is in the"
                " register. Link the cases instead, or correct the label first."
            )

    def _check_complaints(self, items: Sequence[StoredMention], to: StoredCase, of: StoredCase) -> None:
        """Raises: RefusedMergeError where a message would leave the case whose complaint it is."""
        if to.complaint_id is None and any(item.decision and item.decision.is_complaint for item in items):
            raise RefusedMergeError(
                f"A message of case {to.id} was found to be a complaint after the merge, and {of.complaint_id} stays"
                f" with case {of.id}. Leave them merged, or correct that message's label if it is no complaint."
            )

    def _check_holds(self, case: StoredCase, *, but: int | None = None) -> None:
        """A legal hold on a case, or on its complaint, is not slipped out of. `but`: held by itself, it may go."""
        found = held(self._transaction).cases
        if _binds(found.get(case.id)) and not (but is not None and _binds(found.get(but))):
            raise RefusedMergeError(
                f"A legal hold keeps all messages of case {case.id} together. Who may place holds places one on the"
                " author first, or lifts this one."
            )

    # splitting

    def split(self, case_id: int, mention_ids: Sequence[str], *, version: int, reason: str, desk: str) -> int:
        """The number of the new case. `desk`: where its ticket goes, where it needs one. Raises: as `merge`."""
        transaction, by = self._transaction, self._by
        words, key = checked_reason(reason, needed=True), f"{SPLIT_KEY}{case_id}:{by.form_key}"
        transaction.register.lock()
        known = transaction.cases.of_conversation(key)
        if known is not None:
            return known.id
        transaction.merges.lock([case_id])
        case = self._case(case_id)
        if case.version != version:
            raise StaleCaseError(f"case {case.id} was changed meanwhile; nothing was done: look at it again")
        items = self._to_split(case, mention_ids)
        decision = combine_all(item.decision for item in items if item.decision is not None)
        if decision is None:
            raise RefusedMergeError("Nothing is decided on these messages yet. Wait until they are judged.")
        new = transaction.cases.open_apart(items[0], decision, key=key, owner=case.owner, now=by.at)
        ids = [item.mention.id for item in items]
        transaction.merges.add_split(Split(new.id, case.id, by.person, by.at), ids)
        transaction.merges.move(ids, new.id)
        transaction.merges.recount(new.id)
        self._decide_rest(case)
        tickets = MergedTickets(transaction, mark=f"split-{new.id}", now=by.at)
        tickets.note(case.id, f"{len(ids)} of its messages became case {new.id} of their own; by {by.person}.")
        wanting = next((item for item in items if item.decision is not None and item.decision.wants_ticket), items[0])
        tickets.open(self._case(new.id), wanting.mention.id, desk)
        self._record(EventKind.SPLIT, case.id, {"case": new.id, "messages": len(ids), "reason": words})
        self._record(EventKind.SPLIT, new.id, {"from": case.id, "messages": len(ids), "reason": words})
        return new.id

    def _to_split(self, case: StoredCase, mention_ids: Sequence[str]) -> list[StoredMention]:
        """Oldest first. Raises: RefusedMergeError."""
        if case.state is CaseState.MERGED:
            raise RefusedMergeError(f"Case {case.id} was merged into another. Split the messages off there.")
        wanted = set(mention_ids)
        items = [item for item in self._transaction.mentions.of_case(case.id) if item.mention.id in wanted]
        if not items or len(items) < len(wanted):
            raise RefusedMergeError(f"Choose messages that lie in case {case.id} now. Nothing was split off.")
        if len(items) == case.mention_count:
            raise RefusedMergeError(f"At least one message has to stay in case {case.id}. Choose fewer.")
        if any(item.state is not MentionState.TRIAGED for item in items):
            raise RefusedMergeError("One of these messages is not judged yet. Wait a moment, then split them off.")
        if any(item.decision is not None and item.decision.is_complaint for item in items):
            raise RefusedMergeError(
                f"A message that was found to be a complaint stays with {case.complaint_id or 'its case'} in case"
                f" {case.id}. Leave it there; if it is no complaint, correct its label first."
            )
        self._check_holds(case)
        return items

    def unsplit(self, case_id: int, *, version: int) -> int:
        """The messages go back to where they came from; gives that case's number. Raises: as `merge`."""
        split = self._transaction.merges.split_of(case_id)
        if split is None:
            raise RefusedMergeError(f"Case {case_id} was not split off another one. There is nothing to take back.")
        home = self._case(self._transaction.merges.living(split.from_id))
        if not self._is_repeat(EventKind.UNSPLIT, home.id):
            why = f"the split off case {split.from_id} is taken back"
            versions = (home.version, version)
            self.merge(home.id, case_id, versions=versions, reason=why, kind=EventKind.UNSPLIT)
        return home.id

    # what all of them do

    def _case(self, case_id: int) -> StoredCase:
        case = self._transaction.cases.get(case_id)
        if case is None:
            raise RefusedMergeError(f"There is no case {case_id}. Look at the number again.")
        return case

    def _move(self, away_id: int, kept_id: int) -> None:
        merges = self._transaction.merges
        merges.move(merges.belonging(away_id), kept_id)
        for each in (away_id, kept_id):
            merges.recount(each)

    def _is_repeat(self, kind: EventKind, case_id: int) -> bool:
        return self._transaction.events.is_recorded(self._key(kind, case_id))

    def _key(self, kind: EventKind, case_id: int) -> str:
        return f"{kind.value}:{case_id}:{self._by.form_key}"

    def _record(self, kind: EventKind, case_id: int, facts: Mapping[str, object], *, key: str = "") -> None:
        record(self._transaction, kind, key or self._key(kind, case_id), self._by, facts, case_id=case_id)


def _binds(hold: Hold | None) -> bool:
    """A hold on an author goes with the author."""
    return hold is not None and hold.scope in (HoldScope.CASE, HoldScope.COMPLAINT)


def _changes(before: StoredCase, after: StoredCase) -> dict[str, object]:
    """What the merge made more serious."""
    was, now = before.decision, after.decision
    changed: dict[str, object] = {}
    if was.tier is not now.tier:
        changed["tier"] = f"{int(was.tier)} → {int(now.tier)}"
    if was.priority is not now.priority:
        changed["priority"] = f"{was.priority.value} → {now.priority.value}"
    return changed
