"""The event log of a case in sentences, with who acted: a person, a rule, the classifier or the author."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inbox import wording
from inbox.languages import N_, Sayings
from models import Event, EventKind

SAYINGS = Sayings(
    {
        EventKind.RECEIVED: N_("wrote"),
        EventKind.JUDGED: N_("judged the message"),
        EventKind.TRIAGED: N_("decided on the case"),
        EventKind.REGISTERED: N_("entered it into the complaint register"),
        EventKind.TICKET_PUSHED: N_("pushed a ticket to the support desk"),
        EventKind.TICKET_NOTED: N_("added a note to the ticket"),
        EventKind.DELIVERY_FAILED: N_("could not deliver"),
        EventKind.RELABELLED: N_("gave another label"),
        EventKind.REGISTER_EXPORTED: N_("exported the register"),
        EventKind.TRAIL_EXPORTED: N_("took a copy of the case's audit trail out"),
        EventKind.VERDICT_CONFIRMED: N_("said that the label is right"),
        EventKind.VERDICT_UNSURE: N_("was not sure of the label"),
        EventKind.VERDICT_TAKEN_BACK: N_("took back what was said of the label"),
        EventKind.ASSIGNED: N_("changed the owner"),
        EventKind.HANDED_OVER: N_("handed the case over"),
        EventKind.TAKEN_OVER: N_("took the case over"),
        EventKind.ADVISED: N_("advised the owner"),
        EventKind.LINKED: N_("linked a case of the same person"),
        EventKind.UNLINKED: N_("took the link to a case back"),
        EventKind.MERGED: N_("merged two cases"),
        EventKind.UNMERGED: N_("took a merge of cases back"),
        EventKind.SPLIT: N_("split messages off into a case of their own"),
        EventKind.UNSPLIT: N_("took a split back"),
        EventKind.FIELDS_SET: N_("filled in fields of the firm"),
        EventKind.SET_BY_HAND: N_("set tier, priority or tags by hand"),
        EventKind.SNOOZED: N_("put the case off"),
        EventKind.WOKEN: N_("brought the case back"),
        EventKind.REPORTED: N_("reported the message to the platform"),
        EventKind.REPORT_WITHDRAWN: N_("took the report of the message back"),
        EventKind.MUTED: N_("muted the author"),
        EventKind.UNMUTED: N_("lets the author be heard again"),
        EventKind.HIDE_ASKED: N_("asked that the message be hidden"),
        EventKind.HIDDEN_ON_PLATFORM: N_("hid the message on the platform"),
        EventKind.SHOW_ASKED: N_("asked that the message be shown again"),
        EventKind.SHOWN_ON_PLATFORM: N_("showed the message again on the platform"),
        EventKind.NOTED: N_("wrote a note"),
        EventKind.REPLY_QUEUED: N_("wrote a reply"),
        EventKind.REPLY_GUARD_OVERRIDDEN: N_("let a public reply pass that gives something away"),
        EventKind.REPLIED: N_("sent the reply"),
        EventKind.ACKNOWLEDGED: N_("acknowledged the complaint"),
        EventKind.CLOCK_DUE_SOON: N_("warned that a clock ends soon"),
        EventKind.CLOCK_MISSED: N_("noted that a clock was missed"),
        EventKind.CLOSED: N_("closed the case"),
        EventKind.REOPENED: N_("opened the case again"),
        EventKind.COMPLAINT_ACT: N_("acted on the complaint"),
        EventKind.DEFINITION_TESTED: N_("tested whether it is a complaint"),
        EventKind.HOLD_PLACED: N_("placed a legal hold"),
        EventKind.HOLD_LIFTED: N_("lifted a legal hold"),
        EventKind.RETENTION_PROPOSED: N_("proposed what may go"),
        EventKind.RETENTION_AGREED: N_("agreed to what goes"),
        EventKind.RETENTION_TURNED_DOWN: N_("turned down what was to go"),
        EventKind.RETENTION_CARRIED_OUT: N_("took out what had been agreed"),
        EventKind.ERASURE_ASKED: N_("asked for an erasure"),
        EventKind.ERASURE_TURNED_DOWN: N_("turned an erasure down"),
        EventKind.ERASURE_CARRIED_OUT: N_("agreed to an erasure, which was carried out"),
        EventKind.REDACTED: N_("took words and names out"),
        EventKind.EDITED_ON_PLATFORM: N_("changed the words of the message"),
        EventKind.ACCOUNT_CHANGED: N_("closed or opened the account"),
        EventKind.TICKET_CHANGED: N_("changed the ticket"),
        EventKind.TICKET_UPDATED: N_("set the ticket anew"),
        EventKind.TOLD: N_("told people of the ticket"),
        EventKind.CHANNEL_SILENT: N_("noted whether a channel is silent"),
        EventKind.CREDENTIAL_ENDS: N_("noted that a credential ends"),
        EventKind.DELETED_ON_PLATFORM: N_("deleted the message on the platform"),
        EventKind.KEPT_BY_DUTY: N_("kept the words in the register, as the law asks"),
        EventKind.DELETION_HONOURED: N_("took the copies of a deleted message out"),
        EventKind.TRIED_AGAIN: N_("had it tried again"),
        EventKind.GIVEN_UP: N_("gave up a delivery"),
        EventKind.DELETION_WAITS: N_("still holds copies of a deleted message"),
        EventKind.REVIEW_DRAWN: N_("drew a sample to be reviewed"),
        EventKind.REVIEWED: N_("reviewed the message"),
        EventKind.SYSTEMIC_FOUND: N_("found what may be a systemic issue"),
        EventKind.SYSTEMIC_WARNED: N_("noted whether a systemic candidate grows"),
        EventKind.SYSTEMIC_OWNED: N_("gave a systemic candidate an owner"),
        EventKind.SYSTEMIC_DECIDED: N_("decided on a systemic candidate"),
        EventKind.SYSTEMIC_ESCALATED: N_("escalated a systemic issue"),
        EventKind.SYSTEMIC_REPORTED: N_("reported what came of a systemic issue"),
        EventKind.CLASSIFIER_PROMOTED: N_("put another classifier to work"),
        EventKind.CLASSIFIER_ROLLED_BACK: N_("returned to the classifier before"),
        EventKind.CLASSIFIER_SHADOWED: N_("changed which classifier runs in the shadow"),
        EventKind.RATE_JUDGED: N_("judged the week's share of escalated cases"),
        EventKind.CLASSIFIER_DRIFTED: N_("noted a change of the drift alarm"),
        EventKind.SAVED_REPLY_CHANGED: N_("changed a saved reply"),
        EventKind.MACRO_CHANGED: N_("changed a macro"),
        EventKind.MACRO_RAN: N_("ran a macro"),
        EventKind.RULES_TRIED: N_("had edited rules tried against history"),
        EventKind.APPROVAL_ASKED: N_("asked for approval of a reply"),
        EventKind.APPROVED: N_("approved a reply"),
        EventKind.APPROVAL_SENT_BACK: N_("sent a reply back to its author"),
        EventKind.APPROVAL_WITHDRAWN: N_("took a reply back before it was approved"),
        EventKind.PROMISE_MADE: N_("promised something"),
        EventKind.PROMISE_KEPT: N_("kept a promise"),
        EventKind.PROMISE_WITHDRAWN: N_("withdrew a promise"),
        EventKind.PROMISE_DATE_CHANGED: N_("gave a promise another date"),
        EventKind.PROMISE_DUE_SOON: N_("reminded that a promise is due soon"),
        EventKind.PROMISE_BROKEN: N_("noted that a promise was broken"),
        EventKind.TRAINING_CHANGED: N_("changed who is in training"),
        EventKind.ESCALATED: N_("escalated the case"),
        EventKind.ESCALATION_STEP: N_("took the next step of the path: nobody answered in time"),
        EventKind.ESCALATION_PASSED_OVER: N_("passed a step over that was due while nothing ran"),
        EventKind.PATH_USED_UP: N_("raised an alarm: the path is used up, and nobody answered"),
        EventKind.ESCALATION_STOPPED: N_("stopped the path: somebody answered"),
        EventKind.ESCALATION_GOES_ON: N_("lets the path go on: the author wrote again after the answer"),
        EventKind.ESCALATION_RETURNED: N_("sent the case back with advice"),
        EventKind.ESCALATION_SETTLED: N_("settled the escalation"),
        EventKind.UNOWNED_ESCALATION: N_("raised an alarm: nobody owns the escalated case"),
        EventKind.OWNER_FOUND: N_("found an owner for the escalated case"),
        EventKind.PING_PONG: N_("raised an alarm: the case goes back and forth"),
        EventKind.TEAM_CHANGED: N_("changed who is in a team"),
        EventKind.SPIKE_FOUND: N_("found far more messages than usual"),
        EventKind.SEVERE_FAILURE: N_("called people because several report a failure"),
        EventKind.SPIKE_OVER: N_("noted that a spike is over"),
        EventKind.CRISIS_DECLARED: N_("declared a crisis"),
        EventKind.CRISIS_STATEMENT: N_("wrote a holding statement"),
        EventKind.CRISIS_STATEMENT_APPROVED: N_("approved the holding statement"),
        EventKind.CRISIS_OWNED: N_("gave the crisis another owner"),
        EventKind.CRISIS_NOTED: N_("noted something about the crisis"),
        EventKind.CRISIS_SEEN: N_("saw that a crisis runs"),
        EventKind.CRISIS_LIFTED: N_("lifted the crisis"),
        EventKind.CRISIS_PAUSED_ANSWER: N_("held an automatic answer back, for a crisis runs"),
        EventKind.QUALITY_SCORED: N_("scored how the case was handled"),
        EventKind.SURVEY_ASKED: N_("asked the customer how they were served"),
        EventKind.RATED: N_("rated how the case was handled"),
        EventKind.RATING_REVIEWED: N_("looked at a low rating"),
        EventKind.STATUS_LINK_GIVEN: N_("gave the customer a link to the state of the case"),
        EventKind.CUSTOMER_ANSWERED: N_("wrote on the page of the case"),
        EventKind.CUSTOMER_TOLD: N_("told the customer by another way"),
        EventKind.TARGET_DUE_SOON: N_("warned that a target of the firm is due soon"),
        EventKind.TARGET_MISSED: N_("noted that a target of the firm was missed"),
        EventKind.EARLY_WARNING: N_("warned early: this is about to go wrong"),
        EventKind.EARLY_WARNING_ESCALATED: N_("escalated the case for an early warning"),
        EventKind.EARLY_WARNING_SEEN: N_("is on the early warning"),
        EventKind.EARLY_WARNING_PUT_ASIDE: N_("put the early warning aside"),
        EventKind.VIP_ADDED: N_("entered an account in the VIP list"),
        EventKind.VIP_ENDED: N_("ended an entry of the VIP list"),
        EventKind.ROUTED: N_("gave the case to who fits best"),
        EventKind.SKILL_CHANGED: N_("changed what a person can do"),
        EventKind.ROOM_CHANGED: N_("changed how many cases a person takes"),
        EventKind.PASSWORD_CHANGED: N_("changed the password"),
        EventKind.SECOND_FACTOR_SET_UP: N_("set up a second factor"),
        EventKind.SECOND_FACTOR_REMOVED: N_("removed a second factor"),
        EventKind.RECOVERY_CODE_USED: N_("logged in with a recovery code"),
        EventKind.RECOVERY_CODES_RENEWED: N_("made new recovery codes"),
        EventKind.SESSIONS_ENDED: N_("ended sessions"),
        EventKind.ROLE_CHANGED: N_("changed a role"),
        EventKind.BREAK_GLASS_USED: N_("logged in by password in an emergency"),
        EventKind.SIGN_ON_LINKED: N_("linked an account to single sign-on"),
        EventKind.SIGN_ON_UNLINKED: N_("took the link to single sign-on back"),
        EventKind.UPDATE_DRAFTED: N_("put a draft of an update for the owner"),
        EventKind.UPDATE_QUEUED: N_("sends an update, for nobody had done anything"),
    }
)
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
