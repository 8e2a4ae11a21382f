"""What happened to a case, who did it, and when: the log every clock and figure is worked out from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ActorKind(StrEnum):
    """Person, rule, classifier and the author on the channel are four kinds of actor."""

    PERSON = "person"
    RULE = "rule"
    CLASSIFIER = "classifier"
    AUTHOR = "author"


class EventKind(StrEnum):
    RECEIVED = "received"
    JUDGED = "judged"
    TRIAGED = "triaged"
    REGISTERED = "registered"
    TICKET_PUSHED = "ticket_pushed"
    TICKET_NOTED = "ticket_noted"
    DELIVERY_FAILED = "delivery_failed"
    RELABELLED = "relabelled"
    ASSIGNED = "assigned"
    NOTED = "noted"
    REPLY_QUEUED = "reply_queued"
    REPLIED = "replied"
    ACKNOWLEDGED = "acknowledged"
    CLOCK_DUE_SOON = "clock_due_soon"
    CLOCK_MISSED = "clock_missed"
    CLOSED = "closed"
    REOPENED = "reopened"
    CLASSIFIER_PROMOTED = "classifier_promoted"
    CLASSIFIER_ROLLED_BACK = "classifier_rolled_back"
    CLASSIFIER_SHADOWED = "classifier_shadowed"
    """A version was put into the shadow, or taken out of it."""
    CLASSIFIER_DRIFTED = "classifier_drifted"
    """The drift alarm went on, changed, or went off."""


@dataclass(frozen=True, slots=True)
class Event:
    """`key` is unique: recording the same event twice records it once."""

    key: str
    kind: EventKind
    at: datetime
    """When it happened in the world; aware, UTC. Not when it was written down."""
    actor_kind: ActorKind
    actor: str
    case_id: int | None = None
    mention_id: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
