"""What customers see and do on the page behind a link: how their case stands, an answer, a rating. It names nobody.

What they write is stored before anything else, as an ordinary private message of their case: it is judged, triaged and
clocked like any other. The same form sent twice is one message.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from flow.automation import why_only_people
from flow.follow_up import call_owner, newest_of_customer, rated
from ingest.normalise import normalise, words_digest
from models import ActorKind, CaseState, Event, EventKind, Kind, Mention
from models.complaint import Status
from models.follow_up import RATING, STATUS_PAGE, Via
from models.identity import mention_id
from models.promise import PromiseKind
from policy.follow_up import LinkRules
from policy.help_articles import Article, HelpArticles
from register.transitions import LIVE
from store.cases import StoredCase
from store.follow_up import PublicLink, StoredSurvey
from store.mentions import NewMention
from store.queue import Lane
from store.store import Transaction

LONGEST_CHARACTERS = 4_000
MOST_STEPS = 30
SURE_FROM = 0.5
"""A category counts where the classifier gives it at least half."""


class Stage(StrEnum):
    """How a case stands, in words for its customer."""

    RECEIVED = "received"
    IN_WORK = "in_work"
    ANSWERED = "answered"
    CLOSED = "closed"
    COMPLAINT_RECEIVED = "complaint_received"
    COMPLAINT_IN_WORK = "complaint_in_work"
    COMPLAINT_DELAYED = "complaint_delayed"
    COMPLAINT_ANSWERED = "complaint_answered"
    COMPLAINT_CLOSED = "complaint_closed"
    COMPLAINT_AT_SCHEME = "complaint_at_scheme"
    IN_TOUCH = "in_touch"
    """Nothing more is told here: a representative acts, or contact goes a way that was agreed."""


COMPLAINT_STAGES = {
    Status.OPEN: Stage.COMPLAINT_RECEIVED,
    Status.ACKNOWLEDGED: Stage.COMPLAINT_RECEIVED,
    Status.INVESTIGATING: Stage.COMPLAINT_IN_WORK,
    Status.REOPENED: Stage.COMPLAINT_IN_WORK,
    Status.DELAY_NOTIFIED: Stage.COMPLAINT_DELAYED,
    Status.RESPONDED: Stage.COMPLAINT_ANSWERED,
    Status.CLOSED: Stage.COMPLAINT_CLOSED,
    Status.WITHDRAWN: Stage.COMPLAINT_CLOSED,
    Status.AT_AFCA: Stage.COMPLAINT_AT_SCHEME,
}
OWED = LIVE - {Status.RESPONDED}


class Step(StrEnum):
    """What happened, without a word of what was said."""

    WROTE = "wrote"
    REPLIED = "replied"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    REOPENED = "reopened"
    RATED = "rated"


STEPS = {
    EventKind.RECEIVED: Step.WROTE,
    EventKind.REPLIED: Step.REPLIED,
    EventKind.ACKNOWLEDGED: Step.ACKNOWLEDGED,
    EventKind.CLOSED: Step.CLOSED,
    EventKind.REOPENED: Step.REOPENED,
    EventKind.RATED: Step.RATED,
}


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """All that a customer's page tells."""

    stage: Stage
    respond_by: date | None
    """By law; None where nothing is owed."""
    promise: tuple[PromiseKind, datetime] | None
    """What we promised next, and by when."""
    steps: list[tuple[datetime, Step]]
    """The newest first."""
    articles: tuple[Article, ...] = ()


def status_of(transaction: Transaction, link: PublicLink, help_: HelpArticles) -> CaseStatus:
    case = case_of(transaction, link)
    if why_only_people(transaction, case.id) is not None:
        return CaseStatus(Stage.IN_TOUCH, None, None, [])
    complaint = transaction.complaints.of_case(case.id)
    if complaint is not None and complaint.merged_into is not None:
        complaint = transaction.complaints.get(complaint.merged_into)
    stage = COMPLAINT_STAGES.get(complaint.status) if complaint is not None else None
    promise = transaction.promises.next_of([case.id]).get(case.id)
    is_owed = complaint is not None and complaint.status in OWED
    return CaseStatus(
        stage=stage or _stage(transaction, case),
        respond_by=complaint.respond_due_on if complaint is not None and is_owed else None,
        promise=(promise.kind, promise.due_at) if promise is not None else None,
        steps=_steps(transaction, case),
        articles=_articles(transaction, case, help_),
    )


def case_of(transaction: Transaction, link: PublicLink) -> StoredCase:
    """The case that stands for the link's now."""
    case = transaction.cases.get(transaction.merges.living(link.case_id))
    if case is None:
        raise LookupError(f"case {link.case_id} of a link is gone")  # a foreign key keeps it
    return case


def _stage(transaction: Transaction, case: StoredCase) -> Stage:
    if case.state is CaseState.CLOSED:
        return Stage.CLOSED
    if case.state is CaseState.ANSWERED:
        return Stage.ANSWERED
    return Stage.IN_WORK if case.owner is not None else Stage.RECEIVED


def _articles(transaction: Transaction, case: StoredCase, help_: HelpArticles) -> tuple[Article, ...]:
    """What may help meanwhile; nothing where the case is over."""
    if not help_.is_on or case.state is CaseState.CLOSED:
        return ()
    newest = newest_of_customer(transaction, case)
    verdict = transaction.verdicts.latest([newest.mention.id]).get(newest.mention.id) if newest is not None else None
    sure = [name for name, share in (verdict.category if verdict is not None else {}).items() if share >= SURE_FROM]
    return help_.fitting(case.decision.tags, sure[0] if sure else None)


def _steps(transaction: Transaction, case: StoredCase) -> list[tuple[datetime, Step]]:
    """Without what others said in the same thread."""
    found = [
        (event.at, STEPS[event.kind])
        for each in transaction.merges.family(case.id)
        for event in transaction.events.of_case(each)
        if event.kind in STEPS and (event.kind is not EventKind.RECEIVED or event.actor == case.author_key)
    ]
    return sorted(found, key=lambda step: step[0])[::-1][:MOST_STEPS]


# what they write


@dataclass(frozen=True, slots=True)
class Kept:
    """Words that were stored; `ids` are to be judged, empty where this very form came before."""

    ids: list[str]
    is_too_much: bool = False
    """Too many in an hour through one link: nothing was stored, and the customer is told."""


def answer(
    transaction: Transaction, link: PublicLink, text: str, form_key: str, rules: LinkRules, *, now: datetime
) -> Kept:
    """An answer on the status page: an ordinary message, and the owner of the case is called."""
    key = f"{link.public_id}:{form_key}"
    if transaction.mentions.known([_id(transaction, link, key)]):
        return Kept([])
    if not transaction.follow_ups.count_answer(link.id, most=rules.most_answers_an_hour, now=now):
        return Kept([], is_too_much=True)
    case = _locked(transaction, link)
    ids = _keep(transaction, case, link, text, key, {}, now=now)
    for each in ids:
        by = case.author_key or "customer"
        event = Event(
            f"customer_answered:{each}", EventKind.CUSTOMER_ANSWERED, now, ActorKind.AUTHOR, by, case.id, each
        )
        transaction.events.record([event], now=now)
        call_owner(transaction, case, event.key, now=now)
    return Kept(ids)


def rate(
    transaction: Transaction,
    link: PublicLink,
    score: int,
    comment: str,
    form_key: str,
    rules: LinkRules,
    *,
    now: datetime,
) -> Kept:
    """One rating a case; it may change while the link lives. A comment is an ordinary message of the case.

    Raises: ValueError where the scale has no such score.
    """
    survey = transaction.follow_ups.get(link.case_id)
    scale = survey.scale if survey is not None and survey.scale is not None else 0
    if not 1 <= score <= scale:
        raise ValueError(f"{score} is no score from 1 to {scale}")
    case, key = _locked(transaction, link), f"{link.public_id}:{form_key}"
    is_new = transaction.follow_ups.rate(
        link.case_id, score, via=Via.LINK, key=key, now=now, most_changes=rules.most_rating_changes
    )
    if not is_new:
        return Kept([], is_too_much=survey is not None and survey.rating_key != key)
    rated(transaction, link.case_id, case.author_key or "customer", score, scale, via=Via.LINK, now=now)
    if not comment.strip():
        return Kept([])
    notes = {RATING: score, "earshot_notes": [f"Comment to a rating of {score} of {scale}"]}
    ids = _keep(transaction, case, link, comment, key, notes, now=now)
    for each in ids:
        transaction.follow_ups.keep_comment(link.case_id, each)
    return Kept(ids)


def survey_of(transaction: Transaction, link: PublicLink) -> StoredSurvey | None:
    return transaction.follow_ups.get(link.case_id)


def _locked(transaction: Transaction, link: PublicLink) -> StoredCase:
    case = case_of(transaction, link)
    transaction.merges.lock([case.id])
    return case_of(transaction, link)


def _id(transaction: Transaction, link: PublicLink, key: str) -> str:
    return mention_id(STATUS_PAGE, case_of(transaction, link).account, key)


def _keep(
    transaction: Transaction,
    case: StoredCase,
    link: PublicLink,
    text: str,
    key: str,
    raw: dict[str, object],
    *,
    now: datetime,
) -> list[str]:
    mention = normalise(
        Mention(
            id=mention_id(STATUS_PAGE, case.account, key),
            channel=STATUS_PAGE,
            account=case.account,
            native_id=key,
            kind=Kind.DM,
            text=text[:LONGEST_CHARACTERS],
            created_at=now,
            received_at=now,
            conversation_id=link.public_id,
            on_owned_channel=True,
            raw={"earshot_notes": ["Written on the page of the case"], **raw},
        )
    )
    new = NewMention(mention, case.conversation_key, words_digest(mention.text))
    ids = transaction.mentions.add([new], lane=Lane.JUDGE.value, now=now)
    theirs = newest_of_customer(transaction, case)
    for each in ids:
        transaction.follow_ups.speak_for(each, case.author_key, theirs.mention.id if theirs is not None else None)
    return ids
