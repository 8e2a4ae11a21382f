"""Asking customers how they were served: once a solved case, at work, in private, not over what happened meanwhile.

By the clock a solved case is looked at and its question put into the outbox; right before it is sent everything is
looked at again. No clock of a regulator is touched by any of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from flow.automation import why_silent
from flow.holds import Held, held
from flow.public_links import Links, needs_link, public_base
from flow.teamwork import By, record
from models import AccountState, ActorKind, CaseState, Decision, Event, EventKind
from models.errors import PermanentError, RetryableError
from models.follow_up import RATING, STATUS_PAGE, SURVEY, SurveyState, Via, WhyNotAsked
from policy.follow_up import FollowUpRules, How
from policy.loading import Policy
from settings import Settings
from store.callouts import Call
from store.cases import StoredCase
from store.follow_up import Asking
from store.mentions import StoredMention
from store.outbox import Effect, OutboxRow, OutboxState
from store.store import Store, Transaction
from triage.follow_up import Scored, Solved, is_comment, scored, stays_quiet, why_not_asked
from triage.working_time import WorkingTime, working_time_of

MOST_AT_ONCE = 500
MESSAGES_LOOKED_AT = 50
PROGRAM = "earshot"
GONE = frozenset({AccountState.DEACTIVATED, AccountState.SUSPENDED, AccountState.DELETED})


class CalledOffError(PermanentError):
    """What was to be asked is not wanted any more; nobody has to decide anything."""

    def __init__(self, outbox_id: int, why: WhyNotAsked) -> None:
        super().__init__(f"outbox {outbox_id}: the question is called off: {why.value.replace('_', ' ')}")
        self.why = why


class NotYetError(RetryableError):
    """It waits until people are at work again; nothing is wrong."""

    def __init__(self, outbox_id: int, until: datetime) -> None:
        super().__init__(f"outbox {outbox_id}: the question waits for working hours")
        self.until = until


# by the clock


def ask_due(store: Store, policy: Policy, settings: Settings, *, now: datetime) -> int:
    """Look at the solved cases whose time has come; gives how many questions were put on their way."""
    total = 0
    while True:
        with store.reading() as transaction:
            due = transaction.follow_ups.due(now=now, limit=MOST_AT_ONCE)
        if not due:
            return total
        with store.writing() as transaction:
            transaction.merges.lock([case_id for case_id, _ in due])
            asker = _Asker(transaction, policy, public_base(settings), now)
            total += sum(asker.look_at(case_id, solved_at) for case_id, solved_at in due)


@dataclass
class _Asker:
    transaction: Transaction
    policy: Policy
    base: str | None
    now: datetime

    @property
    def rules(self) -> FollowUpRules:
        return self.policy.follow_up

    @cached_property
    def working(self) -> WorkingTime:
        return working_time_of(self.policy)

    @cached_property
    def held(self) -> Held:
        return held(self.transaction)

    def look_at(self, case_id: int, solved_at: datetime) -> bool:
        """Whether its customer is asked now. Afterwards it is decided, or looked at again later."""
        follow_ups, survey = self.transaction.follow_ups, self.rules.survey
        due = self.working.after(solved_at, survey.after) if survey.is_on else self.now
        if due > self.now or (survey.is_on and not self.working.is_open(self.now)):
            follow_ups.look_again(case_id, self.working.opens_next(max(due, self.now)))
            return False
        why = self._why_not(case_id, due)
        if why is not None:
            follow_ups.not_asked(case_id, why, policy=self.rules.title)
            return False
        return self._queue(case_id)

    def _why_not(self, case_id: int, due: datetime) -> WhyNotAsked | None:
        survey = self.rules.survey
        if not survey.is_on:
            return WhyNotAsked.OFF
        if survey.how is How.LINK and self.base is None:
            return WhyNotAsked.NO_ADDRESS
        if self.now - due > survey.not_later_than:
            return WhyNotAsked.TOO_LATE
        solved = solved_case(self.transaction, case_id, lambda: self.held)
        return why_not_asked(solved, survey, now=self.now)

    def _queue(self, case_id: int) -> bool:
        transaction, survey = self.transaction, self.rules.survey
        case = transaction.cases.get(case_id)
        item = newest_of_customer(transaction, case) if case is not None else None
        if case is None or item is None:
            return False
        asking = Asking(
            policy=self.rules.title,
            author_id=case.author_key,
            channel=case.channel,
            handled_by=_last_to_answer(transaction, case_id) or case.owner,
            scale=survey.scale,
            target=survey.target,
        )
        if not transaction.follow_ups.queue(case_id, asking, now=self.now):
            return False
        verdict = transaction.verdicts.latest([item.mention.id]).get(item.mention.id)
        text = survey.text(verdict.lang if verdict else item.mention.lang)
        transaction.outbox.add(
            Effect.SEND_REPLY,
            sink=item.mention.channel,
            key=f"survey:{case_id}",
            case_id=case_id,
            mention_id=item.mention.id,
            payload={"text": text, "is_private": True, "person": "", SURVEY: case_id},
            now=self.now,
        )
        return True


def solved_case(transaction: Transaction, case_id: int, holds: Callable[[], Held]) -> Solved:
    """What is known of it now."""
    case = transaction.cases.get(case_id)
    survey = transaction.follow_ups.get(case_id)
    if case is None or survey is None:
        raise PermanentError(f"case {case_id} is gone: nobody is asked about it")
    item, author = newest_of_customer(transaction, case), case.author_key
    complaint = transaction.complaints.of_case(case_id)
    states = transaction.changes.account_states([author]) if author is not None else {}
    is_gone = author in states and states[author][0] in GONE
    deleted = transaction.retention.deletions([item.mention.id]) if item is not None else {}
    held_by = holds().of(complaint_id=case.complaint_id, case_id=case_id, author_key=author)
    return Solved(
        state=case.state,
        decision=case.decision,
        channel=case.channel,
        kind=item.mention.kind if item is not None else None,
        complaint=complaint.status if complaint is not None else None,
        was_answered=_last_to_answer(transaction, case_id) is not None,
        wrote_since=case.last_message_at > survey.solved_at,
        asked_at=transaction.follow_ups.author_asked_at(author, but=case_id) if author is not None else None,
        is_muted=author is not None and bool(transaction.moderation.mutes([author])),
        is_unreachable=is_gone or bool(deleted),
        is_held=held_by is not None,
        may_write=why_silent(transaction, case_id) is None,
    )


def newest_of_customer(transaction: Transaction, case: StoredCase) -> StoredMention | None:
    """Their newest message on a channel where they can be answered."""
    found = transaction.mentions.newest_of_case(case.id, limit=MESSAGES_LOOKED_AT)
    there = [item for item in found if item.mention.channel != STATUS_PAGE]
    theirs = [item for item in there if item.author_key == case.author_key and item.author_key is not None]
    return theirs[-1] if theirs else None


def _last_to_answer(transaction: Transaction, case_id: int) -> str | None:
    """Of those of its family, too: a case may have been answered before others were merged into it."""
    rows = [row for each in transaction.merges.family(case_id) for row in transaction.outbox.of_case(each)]
    sent = [row for row in rows if row.effect is Effect.SEND_REPLY and row.state is OutboxState.SENT]
    by = [str(row.payload.get("person") or "") for row in sorted(sent, key=lambda row: row.id)]
    return next((person for person in reversed(by) if person), None)


# at the moment of sending


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a reply needs right before it goes out: links, and whether a question is still wanted."""

    store: Store
    settings: Settings
    policy: Policy
    now: datetime

    def words(self, row: OutboxRow) -> str:
        """The text as it is sent. Raises: CalledOffError, PermanentError."""
        text = str(row.payload["text"])
        is_survey = asks(row)
        if not is_survey and not needs_link(text):
            return text
        links = Links.of(self.settings, self.policy.follow_up.links)
        if links.base is None and needs_link(text):
            raise PermanentError(
                f"outbox {row.id}: it holds a link to a page of ours, and EARSHOT_PUBLIC_URL is not set: set it, "
                "or write the answer without the link"
            )
        with self.store.writing() as transaction:
            if is_survey:
                self._check(transaction, row)
            return links.filled(transaction, row, text, now=self.now)

    def _check(self, transaction: Transaction, row: OutboxRow) -> None:
        solved = solved_case(transaction, int(row.payload[SURVEY]), lambda: held(transaction))
        why = why_not_asked(solved, self.policy.follow_up.survey, now=self.now)
        if not self.policy.follow_up.survey.is_on:
            why = WhyNotAsked.OFF
        if why is not None:
            raise CalledOffError(row.id, why)
        working = working_time_of(self.policy)
        if not working.is_open(self.now):
            raise NotYetError(row.id, working.opens_next(self.now))


def asks(row: OutboxRow) -> bool:
    return bool(row.payload.get(SURVEY))


def called_off(transaction: Transaction, row: OutboxRow, error: Exception) -> None:
    """Also where the channel never took it: then nobody was asked."""
    survey = transaction.follow_ups.get(int(row.payload[SURVEY]))
    if survey is not None and survey.state is SurveyState.QUEUED:
        why = error.why if isinstance(error, CalledOffError) else WhyNotAsked.UNREACHABLE
        transaction.follow_ups.not_asked(survey.case_id, why, policy=survey.policy or "")


def sent(transaction: Transaction, row: OutboxRow, *, now: datetime) -> list[Event]:
    """What follows from a reply that went out, beside that it did."""
    if asks(row):
        transaction.follow_ups.asked(int(row.payload[SURVEY]), now=now)
        return [_event(EventKind.SURVEY_ASKED, f"survey_asked:{row.payload[SURVEY]}", row.case_id, {}, now=now)]
    if not needs_link(str(row.payload["text"])):
        return []
    person = str(row.payload.get("person") or "")
    event = _event(EventKind.STATUS_LINK_GIVEN, f"status_link_given:{row.id}", row.case_id, {}, now=now)
    return [replace(event, actor_kind=ActorKind.PERSON, actor=person) if person else event]


def review(transaction: Transaction, case_id: int, note: str, by: By) -> bool:
    """A person looked at why a score was low. False where somebody did already."""
    if not transaction.follow_ups.review(case_id, by=by.person, note=note, now=by.at):
        return False
    key, here = f"rating_reviewed:{case_id}", transaction.merges.living(case_id)
    record(transaction, EventKind.RATING_REVIEWED, key, by, {"text": note} if note else {}, case_id=here)
    return True


# what customers say, as triage hears it


def heard(
    transaction: Transaction, policy: Policy, case: StoredCase, item: StoredMention, now: datetime
) -> Scored | None:
    """A score written as an answer to a question of ours: it is the rating, the first time."""
    survey, mention = policy.follow_up.survey, item.mention
    if not mention.is_private or mention.channel == STATUS_PAGE or item.author_key != case.author_key:
        return None
    found = scored(mention.text, survey)
    asked = transaction.follow_ups.get(case.id) if found is not None else None
    if found is None or asked is None or asked.asked_at is None or asked.scale != survey.scale:
        return None
    if not asked.asked_at <= mention.created_at <= asked.asked_at + survey.answer_counts:
        return None
    if not transaction.follow_ups.rate(case.id, found.score, via=Via.MESSAGE, key=mention.id, now=now, most_changes=0):
        return None
    if not found.is_bare:
        transaction.follow_ups.keep_comment(case.id, mention.id)
    rated(transaction, case.id, item.author_key or "", found.score, survey.scale, via=Via.MESSAGE, now=now)
    return found


def rated(
    transaction: Transaction, case_id: int, author: str, score: int, scale: int, *, via: Via, now: datetime
) -> None:
    survey = transaction.follow_ups.get(case_id)
    key = f"rated:{case_id}:{survey.changes if survey is not None else 0}"
    facts = {"score": score, "of": scale, "via": via.value}
    event = _event(EventKind.RATED, key, transaction.merges.living(case_id), facts, now=now)
    transaction.events.record([replace(event, actor_kind=ActorKind.AUTHOR, actor=author)], now=now)


def stays_as_it_is(policy: Policy, item: StoredMention, decision: Decision, rating: Scored | None) -> bool:
    """Whether this message is a rating, or a comment to one, that opens nothing."""
    if rating is None and not is_comment(item.mention):
        return False
    return stays_quiet(decision, policy.follow_up.survey, is_bare=rating is not None and rating.is_bare)


def opened_by_comment(
    transaction: Transaction, policy: Policy, case: StoredCase, item: StoredMention, decision: Decision, now: datetime
) -> None:
    """A comment that asks for more, or is a new expression of dissatisfaction (RG 271.27): a person is told."""
    if not is_comment(item.mention) or stays_as_it_is(policy, item, decision, None):
        return
    facts = {"because": "a comment to a rating", "label": decision.label, "score": item.mention.raw.get(RATING)}
    if case.state is not CaseState.OPEN:
        event = _event(EventKind.REOPENED, f"reopened:{item.mention.id}", case.id, facts, now=now)
        transaction.events.record([event], now=now)
    call_owner(transaction, case, f"commented:{item.mention.id}", now=now)


def call_owner(transaction: Transaction, case: StoredCase, key: str, *, now: datetime) -> None:
    owner = transaction.accounts.by_name(case.owner) if case.owner is not None else None
    if owner is not None and owner.disabled_at is None:
        transaction.callouts.add(key, [owner.id], case.id, Call.CUSTOMER, by="Earshot", now=now)


def _event(kind: EventKind, key: str, case_id: int, facts: Mapping[str, object], *, now: datetime) -> Event:
    return Event(key, kind, now, ActorKind.RULE, PROGRAM, case_id, facts=facts)
