"""What a person does with a complaint: one form, one act, one transaction, and back to the complaint."""

from starlette.responses import Response

from flow.complaint_writing import Doing
from flow.complaints import Complaints
from inbox.authority import check_agreed
from inbox.complaints import words
from inbox.complaints.forms import Form, Sent
from inbox.complaints.menu import Refused, form_named
from inbox.complaints.reading import read_complaint
from inbox.composer import sent_form_key
from inbox.errors import not_allowed
from inbox.languages import _
from inbox.pages.complaint import complaint_id_of, complaint_page
from inbox.visit import Visit
from models.complaint import Life
from models.errors import RecordError
from register.transitions import Act
from store.callouts import Call
from store.store import Transaction


class StaleFormError(RecordError):
    """Somebody acted on the complaint since the form was shown."""


def act(visit: Visit) -> Response:
    form = form_named(str(visit.request.path_params["act"]))
    if visit.role not in form.roles:
        raise not_allowed(visit.role)
    sent = _sent(visit)
    try:
        is_new = _carry_out(visit, form, sent)
    except RecordError as error:
        refused = Refused(form.name, visit.form, plain(error))
        status = 409 if isinstance(error, StaleFormError) else 422
        return complaint_page(visit, sent.complaint_id, refused, status=status)
    return visit.go(f"/complaints/{sent.complaint_id}", notice="recorded" if is_new else "once")


def _sent(visit: Visit) -> Sent:
    return Sent(
        complaint_id=complaint_id_of(visit),
        person=visit.person,
        key=sent_form_key(visit),
        values=visit.form,
        zone=visit.inbox.policy.zone,
        now=visit.now,
    )


def _carry_out(visit: Visit, form: Form, sent: Sent) -> bool:
    """False where this very form was carried out before. Raises: RecordError; then nothing was written."""
    with visit.inbox.store.writing() as transaction:
        transaction.register.lock()
        read = read_complaint(visit, transaction, sent.complaint_id)
        if _was_carried_out(transaction, form, sent):
            return False
        check_seen(visit, read.life)
        called = _who_hears_of_it(visit, transaction, form, sent)
        form.carry_out(Complaints(transaction, visit.inbox.policy, now=visit.now), sent)
        if called and read.case is not None:
            transaction.callouts.add(
                f"{Call.PAID.value}:{sent.key}", called, read.case.id, Call.PAID, by=visit.person, now=visit.now
            )
    return True


def _who_hears_of_it(visit: Visit, transaction: Transaction, form: Form, sent: Sent) -> list[int]:
    """Who has the authority for an amount that its author has not. Raises: RecordError where nobody agreed to it."""
    amount = sent.amount("amount") if form.act is Act.CLOSE else None
    return check_agreed(visit, transaction, amount, sent.text("agreed_by")) if amount is not None else []


def _was_carried_out(transaction: Transaction, form: Form, sent: Sent) -> bool:
    doing = Doing(form.act, form.kind, sent.person, sent.now, key=sent.key)
    return transaction.events.is_recorded(doing.event_key(sent.complaint_id, 0))


def check_seen(visit: Visit, life: Life) -> None:
    """Raises: StaleFormError."""
    if visit.number_field("seen") == life.last_seq:
        return
    last = life.history[-1]
    who = last.by or _("Earshot")
    raise StaleFormError(
        _(
            "This complaint changed while you looked: it is %(status)s since entry %(seq)s by %(who)s. "
            "Nothing of yours was saved. Look at it below, then send your form again.",
            status=words.STATUSES[life.status],
            seq=last.seq,
            who=who,
        )
    )


def plain(error: RecordError) -> str:
    """What a person needs of it: the reason of a refusal, without the codes before it and the menu after it."""
    text = str(error)
    reason = (text.partition(" is refused: ")[2] or text).partition(". Allowed now: ")[0]
    return f"{reason[:1].upper()}{reason[1:]}" + ("" if reason.endswith((".", "?", "!")) else ".")
