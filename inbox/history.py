"""The event log of a case in sentences, with who acted: a person, a rule, the classifier or the author."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inbox import wording
from models import Event, EventKind

SAYINGS = {
    EventKind.RECEIVED: "wrote",
    EventKind.JUDGED: "judged the message",
    EventKind.TRIAGED: "decided on the case",
    EventKind.REGISTERED: "entered it into the complaint register",
    EventKind.TICKET_PUSHED: "pushed a ticket to the support desk",
    EventKind.TICKET_NOTED: "added a note to the ticket",
    EventKind.DELIVERY_FAILED: "could not deliver",
    EventKind.RELABELLED: "gave another label",
    EventKind.ASSIGNED: "changed the owner",
    EventKind.HANDED_OVER: "handed the case over",
    EventKind.TAKEN_OVER: "took the case over",
    EventKind.ADVISED: "advised the owner",
    EventKind.LINKED: "linked a case of the same person",
    EventKind.UNLINKED: "took the link to a case back",
    EventKind.NOTED: "wrote a note",
    EventKind.REPLY_QUEUED: "wrote a reply",
    EventKind.REPLY_GUARD_OVERRIDDEN: "let a public reply pass that gives something away",
    EventKind.REPLIED: "sent the reply",
    EventKind.ACKNOWLEDGED: "acknowledged the complaint",
    EventKind.CLOCK_DUE_SOON: "warned that a clock ends soon",
    EventKind.CLOCK_MISSED: "noted that a clock was missed",
    EventKind.CLOSED: "closed the case",
    EventKind.REOPENED: "opened the case again",
    EventKind.COMPLAINT_ACT: "acted on the complaint",
    EventKind.DEFINITION_TESTED: "tested whether it is a complaint",
    EventKind.HOLD_PLACED: "placed a legal hold",
    EventKind.HOLD_LIFTED: "lifted a legal hold",
    EventKind.RETENTION_PROPOSED: "proposed what may go",
    EventKind.RETENTION_AGREED: "agreed to what goes",
    EventKind.RETENTION_TURNED_DOWN: "turned down what was to go",
    EventKind.RETENTION_CARRIED_OUT: "took out what had been agreed",
    EventKind.REDACTED: "took words and names out",
    EventKind.EDITED_ON_PLATFORM: "changed the words of the message",
    EventKind.ACCOUNT_CHANGED: "closed or opened the account",
    EventKind.TICKET_CHANGED: "changed the ticket",
    EventKind.TICKET_UPDATED: "set the ticket anew",
    EventKind.TOLD: "told people of the ticket",
    EventKind.CHANNEL_SILENT: "noted whether a channel is silent",
    EventKind.CREDENTIAL_ENDS: "noted that a credential ends",
    EventKind.DELETED_ON_PLATFORM: "deleted the message on the platform",
    EventKind.KEPT_BY_DUTY: "kept the words in the register, as the law asks",
    EventKind.DELETION_HONOURED: "took the copies of a deleted message out",
    EventKind.TRIED_AGAIN: "had it tried again",
    EventKind.GIVEN_UP: "gave up a delivery",
    EventKind.DELETION_WAITS: "still holds copies of a deleted message",
    EventKind.REVIEW_DRAWN: "drew a sample to be reviewed",
    EventKind.REVIEWED: "reviewed the message",
    EventKind.SYSTEMIC_FOUND: "found what may be a systemic issue",
    EventKind.SYSTEMIC_WARNED: "noted whether a systemic candidate grows",
    EventKind.SYSTEMIC_OWNED: "gave a systemic candidate an owner",
    EventKind.SYSTEMIC_DECIDED: "decided on a systemic candidate",
    EventKind.SYSTEMIC_ESCALATED: "escalated a systemic issue",
    EventKind.SYSTEMIC_REPORTED: "reported what came of a systemic issue",
    EventKind.CLASSIFIER_PROMOTED: "put another classifier to work",
    EventKind.CLASSIFIER_ROLLED_BACK: "returned to the classifier before",
    EventKind.CLASSIFIER_SHADOWED: "changed which classifier runs in the shadow",
    EventKind.CLASSIFIER_DRIFTED: "noted a change of the drift alarm",
    EventKind.SAVED_REPLY_CHANGED: "changed a saved reply",
    EventKind.MACRO_CHANGED: "changed a macro",
    EventKind.MACRO_RAN: "ran a macro",
}
LONGEST_FACT_CHARACTERS = 200
KEPT_BACK = frozenset({"text"})
"""Said in the conversation already."""


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    actor_kind: str
    actor: str
    saying: str
    facts: str


def lines(events: Sequence[Event], handles: Mapping[str, str]) -> list[Line]:
    """Newest first. `handles`: author key → how the author is called."""
    return [
        Line(
            event.at,
            event.actor_kind.value,
            handles.get(event.actor, event.actor),
            SAYINGS[event.kind],
            _facts(event.facts),
        )
        for event in reversed(events)
    ]


def _facts(facts: Mapping[str, object]) -> str:
    told = [f"{wording.words(key)}: {_value(value)}" for key, value in facts.items() if _is_told(key, value)]
    return " · ".join(told)


def _is_told(key: str, value: object) -> bool:
    return key not in KEPT_BACK and value is not None and value is not False and value != []


def _value(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= LONGEST_FACT_CHARACTERS else text[:LONGEST_FACT_CHARACTERS] + " …"
