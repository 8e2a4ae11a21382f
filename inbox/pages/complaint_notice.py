"""A notice is put into words, checked, recorded as an act, and sent through the outbox where a channel allows it."""

from dataclasses import dataclass

from starlette.responses import Response

from flow.complaint_writing import Doing
from flow.complaints import Complaints
from inbox.authority import why_not_alone
from inbox.complaints.forms import Sent
from inbox.complaints.notice_page import begin, why_not_sent, writing_of
from inbox.complaints.notices import RECORDS, Asked, asked_of, checked, draft_of, written
from inbox.complaints.reading import NOTICE_KEY, Read, read_complaint
from inbox.composer import sent_form_key
from inbox.errors import bad_form
from inbox.languages import _
from inbox.pages.complaint import complaint_id_of, complaint_page
from inbox.pages.complaint_acts import StaleFormError, check_seen, plain
from inbox.visit import Visit
from models import ActorKind, EntryKind, Event, EventKind
from models.complaint import DelayReason, Outcome
from models.errors import RecordError
from register.notice_contents import Checked
from register.notices import Draft, NoticeChannel
from register.transitions import Act
from store.outbox import Effect
from store.queue import Lane
from store.store import Transaction

KINDS = {
    Act.ACKNOWLEDGE: EntryKind.ACKNOWLEDGED,
    Act.RESPOND: EntryKind.RESPONDED,
    Act.NOTIFY_DELAY: EntryKind.DELAY_NOTIFIED,
}


class LackingError(RecordError):
    """A notice lacks what it must hold, and nobody said that it went out like this."""


@dataclass(frozen=True, slots=True)
class Written:
    """A notice as it came back."""

    asked: Asked
    draft: Draft
    lacks: Checked
    channel: str
    """That it was given on: of a private message the channel's own name."""
    version: str
    """Of the template that its words began with; empty where they were written freely."""
    sent: Sent


def write(visit: Visit) -> Response:
    """Fill the template in, check the words, record the notice, or record and send it."""
    wanted = visit.field("do")
    if wanted in ("compose", "check"):
        return _compose(visit, with_words=wanted == "compose")
    if wanted not in ("record", "send"):
        raise bad_form(_("%(wanted)s is nothing that can be done with a notice", wanted=wanted[:20]))
    return _give(visit, is_sent=wanted == "send")


def _compose(visit: Visit, *, with_words: bool) -> Response:
    values, fault = dict(visit.form), None
    with visit.inbox.store.reading() as transaction:
        read = read_complaint(visit, transaction, complaint_id_of(visit))
    try:
        asked = asked_of(values, read.setting)
    except RecordError as error:
        raise bad_form(str(error)) from None
    if with_words:
        writing, sent = writing_of(visit, read), _sent(visit)
        try:
            values["text"], values["version"] = written(writing, draft_of(writing, asked, sent), sent)
        except RecordError as error:
            fault = plain(error)
    return complaint_page(visit, read.life.complaint_id, None, notice=begin(visit, read, asked, values, fault=fault))


def _give(visit: Visit, *, is_sent: bool) -> Response:
    sent = _sent(visit)
    try:
        notice, outbox_id = _carry_out(visit, sent, is_sent=is_sent)
    except RecordError as error:
        return _refused(visit, error)
    if outbox_id is not None:
        notice = visit.enqueue("deliver", outbox_id, lane=Lane.PUSH, done=notice)
    return visit.go(f"/complaints/{sent.complaint_id}", notice=notice)


def _refused(visit: Visit, error: RecordError) -> Response:
    with visit.inbox.store.reading() as transaction:
        read = read_complaint(visit, transaction, complaint_id_of(visit))
    try:
        asked = asked_of(visit.form, read.setting)
    except RecordError as unknown:
        raise bad_form(str(unknown)) from None
    asks = isinstance(error, LackingError) and visit.form.get("do") == "record"
    begun = begin(visit, read, asked, visit.form, fault=plain(error), asks_to_confirm=asks)
    status = 409 if isinstance(error, StaleFormError) else 422
    return complaint_page(visit, read.life.complaint_id, None, notice=begun, status=status)


def _carry_out(visit: Visit, sent: Sent, *, is_sent: bool) -> tuple[str, int | None]:
    """The notice to show, and the outbox row to deliver. Raises: RecordError; then nothing was written."""
    with visit.inbox.store.writing() as transaction:
        transaction.register.lock()
        read = read_complaint(visit, transaction, sent.complaint_id)
        notice = _read(visit, read, sent)
        if _was_given(transaction, notice):
            return "once", None
        check_seen(visit, read.life)
        _check(visit, read, notice, is_sent=is_sent)
        if is_sent:
            _check_authority(visit, transaction, read, notice.draft.text)
        is_recorded = _record(visit, transaction, notice, is_sent=is_sent)
        outbox_id = _queue(visit, transaction, read, notice) if is_sent else None
    return ("recorded_sent" if is_recorded else "notice_sent") if is_sent else "recorded", outbox_id


def _read(visit: Visit, read: Read, sent: Sent) -> Written:
    writing, asked = writing_of(visit, read), asked_of(sent.values, read.setting)
    draft = draft_of(writing, asked, sent)
    is_message = asked.channel is NoticeChannel.MESSAGE
    channel = read.life.channel if is_message and read.life.channel else asked.channel.value
    return Written(asked, draft, checked(writing, draft), channel, sent.text("version"), sent)


def _was_given(transaction: Transaction, notice: Written) -> bool:
    act, sent = RECORDS.get(notice.asked.kind), notice.sent
    keys = [f"reply_queued:{NOTICE_KEY}{sent.key}"]
    if act is not None:
        keys.append(Doing(act, KINDS[act], sent.person, sent.now, key=sent.key).event_key(sent.complaint_id, 0))
    return any(transaction.events.is_recorded(key) for key in keys)


def _check(visit: Visit, read: Read, notice: Written, *, is_sent: bool) -> None:
    """Raises: RecordError. What is sent from here is whole; what was given elsewhere is recorded as it was."""
    if not notice.draft.text:
        raise RecordError(_("the notice has no words; put it into words first"))
    if is_sent:
        reason = why_not_sent(visit, read, notice.asked.channel, text=notice.draft.text)
        if reason is not None:
            raise RecordError(_("it cannot be sent from here: %(reason)s", reason=reason))
        if visit.form.get("at"):
            raise RecordError(_("it is sent now: leave empty when it was given"))
        if not notice.lacks.may_be_sent:
            raise LackingError(_("it was not sent: what is missing is listed below"))
    elif not notice.lacks.may_be_sent and not visit.form.get("as_it_was"):
        raise LackingError(_("it lacks what it must hold; say below that it went out like this, or put that in"))


def _check_authority(visit: Visit, transaction: Transaction, read: Read, text: str) -> None:
    """Raises: RecordError. A notice offers what a reply may offer: what its author may not goes out by who may."""
    case = transaction.cases.get(read.life.case_id) if read.life.case_id is not None else None
    reason = why_not_alone(visit, transaction, case.decision, text) if case is not None else None
    if reason is not None:
        raise RecordError(_("it was not sent: %(reason)s", reason=reason))


def _record(visit: Visit, transaction: Transaction, notice: Written, *, is_sent: bool) -> bool:
    """False where the notice is no act by itself. One that is sent acknowledges once it has reached the author."""
    act = RECORDS.get(notice.asked.kind)
    if act is None and not is_sent:
        raise RecordError(_("this notice does nothing by itself: copy it, or send it"))
    if act is None or (act is Act.ACKNOWLEDGE and is_sent):
        return False
    acts = Complaints(transaction, visit.inbox.policy, now=visit.now)
    _ACTS[act](acts, notice)
    return True


def _acknowledge(acts: Complaints, notice: Written) -> object:
    sent, draft = notice.sent, notice.draft
    return acts.acknowledge(sent.complaint_id, **sent.who, channel=notice.channel, text=draft.text)


def _respond(acts: Complaints, notice: Written) -> object:
    sent, draft = notice.sent, notice.draft
    return acts.respond(
        sent.complaint_id,
        **sent.who,
        channel=notice.channel,
        outcome=draft.outcome or Outcome.NO_FINDING,
        text=draft.text,
        missing=notice.lacks.codes,
        notice_version=notice.version,
    )


def _notify_delay(acts: Complaints, notice: Written) -> object:
    sent, draft = notice.sent, notice.draft
    return acts.notify_delay(
        sent.complaint_id,
        **sent.who,
        channel=notice.channel,
        reasons=[DelayReason(code) for code in draft.delay_reasons],
        explanation=draft.explanation,
        text=draft.text,
        expected_on=draft.expected_on,
        missing=notice.lacks.codes,
    )


_ACTS = {Act.ACKNOWLEDGE: _acknowledge, Act.RESPOND: _respond, Act.NOTIFY_DELAY: _notify_delay}


def _queue(visit: Visit, transaction: Transaction, read: Read, notice: Written) -> int | None:
    item, case_id = read.answerable, read.life.case_id
    if item is None or case_id is None:
        raise RecordError(_("no message of the complainant is known here"))
    key = f"{NOTICE_KEY}{notice.sent.key}"
    text = notice.draft.text
    event = Event(
        key=f"reply_queued:{key}",
        kind=EventKind.REPLY_QUEUED,
        at=visit.now,
        actor_kind=ActorKind.PERSON,
        actor=visit.person,
        case_id=case_id,
        mention_id=item.mention.id,
        facts={"is_private": True, "characters": len(text), "notice": notice.asked.kind.value},
    )
    transaction.events.record([event], now=visit.now)
    return transaction.outbox.add(
        Effect.SEND_REPLY,
        sink=visit.inbox.channel(item.mention.channel).name,
        key=key,
        case_id=case_id,
        mention_id=item.mention.id,
        payload={"text": text, "is_private": True, "person": visit.person},
        now=visit.now,
    )


def _sent(visit: Visit) -> Sent:
    key = sent_form_key(visit)
    return Sent(complaint_id_of(visit), visit.person, key, visit.form, visit.inbox.policy.zone, visit.now)
