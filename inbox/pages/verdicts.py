"""What a person says of a message's label: right, wrong, not sure. On a case as forms, in the queue as fragments."""

from collections.abc import Callable

from starlette.responses import Response

from flow.named import RefusedError as Refused
from flow.opinions import Judged, be_unsure, confirm, give_label, judged
from flow.opinions import take_back as take_it_back
from flow.teamwork import By
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, bad_form
from inbox.languages import N_, _, translated
from inbox.roles import MANAGING
from inbox.visit import Visit
from models import Label
from models.opinion import Opinion
from store.queue import Lane
from store.store import Transaction

_WAY_OUT = N_(
    "Nothing was changed. Open the case to see how it stands; a message that is set aside is on the health page."
)

Saying = Callable[[Transaction, Judged, By], bool]
"""Whether it is new."""


def relabel(visit: Visit) -> Response:
    label = visit.field("label")
    if label not in set(Label):
        raise bad_form(_("%(label)s is no label", label=label[:40]))
    return _say(visit, lambda transaction, one, by: give_label(transaction, one, label, by))


def say(visit: Visit) -> Response:
    """`shown`: the label that the person saw."""
    opinion, shown = visit.field("opinion"), visit.field("shown")
    if opinion == Opinion.RIGHT:
        return _say(visit, lambda transaction, one, by: confirm(transaction, one, shown, by))
    if opinion == Opinion.UNSURE:
        return _say(visit, be_unsure, notice="unsure", is_judged_again=False)
    raise bad_form(
        _("%(opinion)s is neither right nor unsure; another label is given by its name", opinion=opinion[:40])
    )


def take_back(visit: Visit) -> Response:
    may_others = visit.role in MANAGING
    return _say(
        visit,
        lambda transaction, one, by: take_it_back(transaction, one, by, may_others=may_others),
        notice="opinion_taken_back",
    )


def _say(visit: Visit, saying: Saying, *, notice: str = "judging", is_judged_again: bool = True) -> Response:
    mention_id, form_key = str(visit.request.path_params["id"]), sent_form_key(visit)
    with visit.inbox.store.writing() as transaction:
        transaction.register.lock()  # as triage does: neither then overwrites what the other decided
        item = visit.open_mention(transaction, mention_id)
        try:
            one = judged(transaction, item)
            is_new = saying(transaction, one, By(visit.person, visit.now, form_key))
        except Refused as error:
            raise RefusedError(409, str(error), translated(_WAY_OUT)) from None
        standing = transaction.opinions.standing([mention_id]).get(mention_id)
    if is_new and is_judged_again:
        notice = visit.enqueue("triage_mentions", [mention_id], lane=Lane.JUDGE, done=notice)
    if visit.form.get("fragment"):
        context = {"id": mention_id, "opinion": standing, "label": standing.given if standing else one.label}
        return visit.page("opinion_said.html", context | {"form_key": form_key})
    return visit.go(f"/cases/{item.case_id}", notice=notice if is_new else "saved")
