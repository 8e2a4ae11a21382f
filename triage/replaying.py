"""One case decided again from its past, message by message, as the flow would have done it under some policy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.author import AuthorHistory
from models.case import Decision
from models.mention import Mention
from models.verdict import Verdict
from policy.house import ContactableBy
from policy.loading import Policy
from triage.assess import assess
from triage.combine import combine, combine_all
from triage.definition import NOTHING_ELSE, LearntSince, waits_for_more
from triage.muting import muted

MOST_TESTED_AGAIN = 20
"""As in the flow: messages of one author, the newest ones, for each that comes."""


class Cause(StrEnum):
    NEW = "new"
    AGAIN = "again"
    """A person corrected the label, or the author changed the words."""
    ELSEWHERE = "elsewhere"
    """An author of the case wrote in private in another one: more is known of them."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that made the flow decide."""

    at: datetime
    cause: Cause
    mention_id: str
    author_key: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A message with all that was known about it at one moment."""

    mention: Mention
    verdict: Verdict
    history: AuthorHistory | None
    author_key: str | None
    contacts: int
    label: tuple[str, str] | None
    """What a person had said by then: (label, who)."""
    is_muted: bool
    shares: int | None
    """Of the author's most shared message, as it counted then."""
    wrote_in_private: bool


Look = Callable[[str, datetime], Seen]


@dataclass(frozen=True, slots=True)
class Replayed:
    standing: Decision
    """What all messages together made of the case."""
    decisions: Mapping[str, Decision]
    """The last one on each message."""
    received: Mapping[str, datetime]
    """Message → when it was said."""

    @property
    def complaint_since(self) -> datetime | None:
        """When the first message that is a complaint was said."""
        return min((self.received[key] for key, one in self.decisions.items() if one.is_complaint), default=None)


def replay(steps: Sequence[Step], look: Look, policy: Policy) -> Replayed | None:
    """None where no step brought a message.

    Raises: what `triage.assess` raises.
    """
    case = _Case(look, policy)
    for step in steps:
        case.take(step)
    return case.result()


class _Case:
    def __init__(self, look: Look, policy: Policy) -> None:
        self._look = look
        self._policy = policy
        self._private_matters = ContactableBy.PUBLIC_REPLY not in policy.house.definition.contactable_by
        self._standing: Decision | None = None
        self._decisions: dict[str, Decision] = {}
        self._places: dict[str, tuple[datetime, str]] = {}
        self._authors: dict[str, str | None] = {}

    def result(self) -> Replayed | None:
        if self._standing is None:
            return None
        return Replayed(self._standing, self._decisions, {key: at for key, (at, _) in self._places.items()})

    def take(self, step: Step) -> None:
        if step.cause is Cause.NEW:
            self._take_new(step)
        elif step.cause is Cause.AGAIN:
            if step.mention_id in self._decisions:
                self._decide_again(step.mention_id, step.at)
        else:
            self._test_again(step.author_key, step.at, but="")

    def _take_new(self, step: Step) -> None:
        seen = self._look(step.mention_id, step.at)
        decision = self._assess(seen, step.at, NOTHING_ELSE)
        if waits_for_more(decision.definition):
            decision = self._assess(seen, step.at, self._learnt(seen))
        self._keep(seen, decision)
        self._standing = combine(self._standing, decision)
        self._test_again(seen.author_key, step.at, but=step.mention_id)

    def _decide_again(self, mention_id: str, at: datetime) -> None:
        """As after a correction: the case is what all its messages now make it."""
        seen = self._look(mention_id, at)
        self._keep(seen, self._assess(seen, at, self._learnt(seen)))
        self._standing = combine_all(self._decisions[key] for key in sorted(self._places, key=self._place))

    def _test_again(self, author_key: str | None, at: datetime, *, but: str) -> None:
        """Earlier messages of the author that may be complaints now that more is known of them."""
        if author_key is None:
            return
        waiting = [
            key
            for key, decision in self._decisions.items()
            if key != but and self._authors[key] == author_key and waits_for_more(decision.definition)
        ]
        for key in sorted(waiting, key=self._place)[-MOST_TESTED_AGAIN:]:
            self._decide_again(key, at)

    def _place(self, key: str) -> tuple[datetime, str]:
        return self._places[key]

    def _keep(self, seen: Seen, decision: Decision) -> None:
        mention = seen.mention
        self._decisions[mention.id] = decision
        self._places[mention.id] = (mention.created_at, mention.id)
        self._authors[mention.id] = seen.author_key

    def _learnt(self, seen: Seen) -> LearntSince:
        if seen.author_key is None:
            return NOTHING_ELSE
        others = tuple(
            decision.definition
            for key, decision in self._decisions.items()
            if key != seen.mention.id and self._authors[key] == seen.author_key
        )
        return LearntSince(self._private_matters and seen.wrote_in_private, others)

    def _assess(self, seen: Seen, at: datetime, since: LearntSince) -> Decision:
        label, person = seen.label or (None, None)
        decision = assess(
            seen.mention,
            seen.verdict,
            history=seen.history,
            earlier=self._standing,
            contacts_in_7_days=seen.contacts,
            policy=self._policy,
            now=at,
            person_label=label,
            person=person,
            since=since,
            shares=seen.shares,
        )
        return muted(decision) if seen.is_muted and person is None else decision
