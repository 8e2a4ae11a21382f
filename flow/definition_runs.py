"""The definition test is run again when its author tells more, and every run that matters is kept as an event.

A message that was dissatisfied but no complaint, because nobody could say who wrote it or how to answer, becomes one
when the same author writes again: from the instant it was said (RG 271.35).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from models import ActorKind, Decision, Definition, Event, EventKind, LimbVerdict
from policy.house import ContactableBy
from policy.loading import Policy
from store.mentions import StoredMention
from store.store import Transaction
from triage.definition import LearntSince, waits_for_more

MOST_TESTED_AGAIN = 20
"""Messages of one author, the newest ones, for each that comes."""


class DefinitionRuns:
    """Of the authors of one batch."""

    def __init__(self, transaction: Transaction, policy: Policy, authors: Iterable[str]) -> None:
        keys = {key for key in authors if key}
        self._waiting: dict[str, dict[str, StoredMention]] = defaultdict(dict)
        for item in transaction.mentions.no_complaints_by(keys):
            if item.decision is not None:
                self.note(item, item.decision)
        matters = ContactableBy.PUBLIC_REPLY not in policy.house.definition.contactable_by
        self._in_private = transaction.mentions.wrote_in_private(keys) if matters else set()
        self._transaction = transaction

    def note(self, item: StoredMention, decision: Decision) -> None:
        """What was just decided: it may have to be tested again, or not any more."""
        of_author = self._waiting[item.author_key or ""]
        of_author.pop(item.mention.id, None)
        if item.author_key is not None and waits_for_more(decision.definition):
            of_author[item.mention.id] = item

    def learnt(self, item: StoredMention) -> LearntSince:
        """For a message that is decided anew: what its author said elsewhere in the conversation."""
        if item.author_key is None:
            return LearntSince()
        others = self._others(item) if item.case_id is not None else ()
        return LearntSince(item.author_key in self._in_private, others)

    def _others(self, item: StoredMention) -> tuple[Definition, ...]:
        found = self._transaction.mentions.of_case(item.case_id or 0)
        return tuple(
            other.decision.definition
            for other in found
            if other.author_key == item.author_key
            and other.mention.id != item.mention.id
            and other.decision is not None
        )

    def to_test_again(self, item: StoredMention) -> list[StoredMention]:
        """Earlier messages of the author that the new one `item` may make complaints: of the same conversation, and
        any where it came in private. Oldest first."""
        waiting = self._waiting.get(item.author_key or "", {}).values()
        found = [
            other
            for other in sorted(waiting, key=lambda each: (each.mention.created_at, each.mention.id))
            if other.mention.id != item.mention.id
            and (other.conversation_key == item.conversation_key or item.mention.is_private)
        ]
        return found[-MOST_TESTED_AGAIN:]


def tested(item: StoredMention, definition: Definition, *, why: str, case_id: int, now: datetime) -> list[Event]:
    """The record of one run; none for words that express no dissatisfaction: their decision says so."""
    if definition.limbs[0].verdict is LimbVerdict.NOT_MET and not definition.is_complaint:
        return []
    kind, _, name = definition.decided_by.partition(":")
    facts = {
        "is_complaint": definition.is_complaint,
        "basis": definition.basis,
        "why": why,
        "limbs": limb_facts(definition),
        "channel_ownership": _ownership(item),
        "decided_by": definition.decided_by,
        "rule_version": f"{definition.pack} {definition.pack_version}",
    }
    actor = ActorKind.PERSON if kind == "person" else ActorKind.CLASSIFIER
    key = f"definition:{item.mention.id}:{why}:{now.isoformat()}"
    return [Event(key, EventKind.DEFINITION_TESTED, now, actor, name, case_id, item.mention.id, facts)]


def limb_facts(definition: Definition) -> Sequence[dict[str, str]]:
    return [
        {"name": one.name, "verdict": one.verdict.value, "evidence": one.evidence, "paragraph": one.paragraph}
        for one in definition.limbs
    ]


def _ownership(item: StoredMention) -> str:
    """RG 271.32(a): owned or controlled, somebody else's, or made to the firm directly."""
    if item.mention.is_private:
        return "direct"
    return {True: "owned_or_controlled", False: "third_party", None: "unknown"}[item.mention.on_owned_channel]
