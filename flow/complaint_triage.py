"""What triage, not a person's act, changes about a registered complaint: its receipt, and whether it is one."""

from collections.abc import Mapping
from datetime import datetime

from flow.chain import append, preview
from flow.complaint_clocks import dues_of, keep_clocks
from models import Decision, EntryKind
from models.complaint import Life, Status
from policy.loading import Policy
from register.facts import due_facts, receipt_facts, standing_facts
from register.life import fold
from register.transitions import LIVE
from store.store import Transaction

AN_EARLIER_MESSAGE = "an earlier message of the same conversation was found to be the complaint"


class TriageOfComplaints:
    """The caller holds the register's lock."""

    def __init__(self, transaction: Transaction, policy: Policy, *, now: datetime) -> None:
        self._transaction = transaction
        self._policy = policy
        self._now = now

    def rule_out(self, complaint_id: str, standing: Decision) -> None:
        """No complaint after all. One that was answered or ended stays in the register as it is (RG 271.31)."""
        life = self._life(complaint_id)
        if life.status in LIVE and life.response is None:
            self._append(EntryKind.RULED_OUT, complaint_id, standing_facts(standing))

    def count_again(self, complaint_id: str, standing: Decision) -> None:
        """What was ruled out is a complaint after all; its clocks run from the receipt they always ran from."""
        if self._life(complaint_id).status is Status.RULED_OUT:
            self._append_with_dues(EntryKind.REOPENED, complaint_id, standing_facts(standing))

    def receive_earlier(self, complaint_id: str, received_at: datetime) -> None:
        """An earlier message was it. Where it is merged into another, that one hears of it, too."""
        life = self._life(complaint_id)
        if received_at >= life.own_received_at:
            return
        facts = receipt_facts(received_at, zone=self._policy.zone) | {"reason": AN_EARLIER_MESSAGE}
        self._append_with_dues(EntryKind.CORRECTED, complaint_id, facts)
        if life.merged_into is not None:
            self._append_with_dues(EntryKind.CORRECTED, life.merged_into, facts | {"of": complaint_id})

    def _life(self, complaint_id: str) -> Life:
        return fold(self._transaction.register.of_complaint(complaint_id))

    def _append_with_dues(self, kind: EntryKind, complaint_id: str, facts: Mapping[str, object]) -> None:
        after = preview(self._transaction, kind, complaint_id, facts, now=self._now)
        dues = dues_of(after, self._policy)
        self._append(kind, complaint_id, {**facts, **due_facts(dues)} if dues else facts)

    def _append(self, kind: EntryKind, complaint_id: str, facts: Mapping[str, object]) -> None:
        life = append(self._transaction, kind, complaint_id, facts, {}, now=self._now)
        keep_clocks(self._transaction, life, self._policy)
