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
    HANDED_OVER = "handed_over"
    """The owner gave the case to somebody else, with a note."""
    TAKEN_OVER = "taken_over"
    ADVISED = "advised"
    """A note to the owner, who stays the owner."""
    LINKED = "linked"
    """A person said that another case is of the same person; its facts name the case."""
    UNLINKED = "unlinked"
    NOTED = "noted"
    REPLY_QUEUED = "reply_queued"
    REPLY_GUARD_OVERRIDDEN = "reply_guard_overridden"
    """A public reply was sent although it gave something away; its facts say what sort of thing, and why."""
    REPLIED = "replied"
    ACKNOWLEDGED = "acknowledged"
    CLOCK_DUE_SOON = "clock_due_soon"
    CLOCK_MISSED = "clock_missed"
    CLOSED = "closed"
    REOPENED = "reopened"
    COMPLAINT_ACT = "complaint_act"
    """A person did something with a complaint; its facts name the act and the entry."""
    DEFINITION_TESTED = "definition_tested"
    """The test whether a message is a complaint was run, again or for the first time."""
    REVIEW_DRAWN = "review_drawn"
    """A week's sample of what was judged no complaint was drawn."""
    REVIEWED = "reviewed"
    """A person looked at a message of such a sample."""
    SYSTEMIC_FOUND = "systemic_found"
    SYSTEMIC_WARNED = "systemic_warned"
    """A candidate grows faster than its own past, or no longer does."""
    SYSTEMIC_OWNED = "systemic_owned"
    SYSTEMIC_DECIDED = "systemic_decided"
    SYSTEMIC_ESCALATED = "systemic_escalated"
    SYSTEMIC_REPORTED = "systemic_reported"
    """What came of it was reported."""
    CLASSIFIER_PROMOTED = "classifier_promoted"
    CLASSIFIER_ROLLED_BACK = "classifier_rolled_back"
    CLASSIFIER_SHADOWED = "classifier_shadowed"
    """A version was put into the shadow, or taken out of it."""
    CLASSIFIER_DRIFTED = "classifier_drifted"
    """The drift alarm went on, changed, or went off."""
    HOLD_PLACED = "hold_placed"
    """On a case, an author or everything; holds on a complaint are a `COMPLAINT_ACT`."""
    HOLD_LIFTED = "hold_lifted"
    RETENTION_PROPOSED = "retention_proposed"
    RETENTION_AGREED = "retention_agreed"
    RETENTION_TURNED_DOWN = "retention_turned_down"
    RETENTION_CARRIED_OUT = "retention_carried_out"
    REDACTED = "redacted"
    """Words and names of this case were taken out."""
    EDITED_ON_PLATFORM = "edited_on_platform"
    """The author changed the words of the message where it stood; they are judged again."""
    ACCOUNT_CHANGED = "account_changed"
    """The author's account was shut, deleted or opened again; its facts say which."""
    TICKET_CHANGED = "ticket_changed"
    """The desk changed the state of the ticket, or who works on it."""
    TICKET_UPDATED = "ticket_updated"
    """Priority, tags or state of the ticket were set at the desk."""
    TOLD = "told"
    """People were told of the ticket beside the desk."""
    CHANNEL_SILENT = "channel_silent"
    """A channel is silent for longer than its own rhythm explains, or speaks again."""
    CREDENTIAL_ENDS = "credential_ends"
    """A credential is about to expire, or lacks something."""
    DELETED_ON_PLATFORM = "deleted_on_platform"
    """The author deleted the message where it stood."""
    KEPT_BY_DUTY = "kept_by_duty"
    """The register keeps the words of a deleted message; the facts name the legal basis."""
    DELETION_HONOURED = "deletion_honoured"
    """Our copies other than the register's are gone."""
    TRIED_AGAIN = "tried_again"
    """A person had something that was set aside tried again; the facts say what and how many."""
    GIVEN_UP = "given_up"
    """A person decided that a delivery is not to be tried any more; the facts say which and why."""
    DELETION_WAITS = "deletion_waits"
    """Our copies are still there; the facts say why."""
    SAVED_REPLY_CHANGED = "saved_reply_changed"
    """Added, edited, retired or restored; the facts name it and its version."""
    MACRO_CHANGED = "macro_changed"
    MACRO_RAN = "macro_ran"
    """Several acts under one name; each has its own event besides."""


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
