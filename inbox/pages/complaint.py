"""One complaint: where it stands, its clocks, why it is one, what was done, and what may be done now."""

import secrets

from starlette.responses import Response

from inbox import wording
from inbox.complaints import words
from inbox.complaints.clocks import clock_panel, next_row
from inbox.complaints.menu import Refused, menu_of
from inbox.complaints.notice_page import NoticeBegun, begin, panel
from inbox.complaints.notices import asked_of
from inbox.complaints.reading import Read, read_complaint
from inbox.errors import bad_form
from inbox.languages import N_, Sayings, _
from inbox.visit import Visit
from models.complaint import Life, may_see_support_notes
from models.errors import RecordError
from store.outbox import OutboxState

LIVE_COLOURS = {"open": "open", "reopened": "open", "closed": "ended", "withdrawn": "ended", "ruled_out": "ended"}
DELIVERIES = Sayings(
    {
        OutboxState.PENDING: N_("is waiting to be sent"),
        OutboxState.SENDING: N_("is being sent"),
        OutboxState.UNKNOWN: N_("was sent, and the channel did not confirm it"),
        OutboxState.FAILED: N_("could not be delivered"),
        OutboxState.GIVEN_UP: N_("could not be delivered, and was given up"),
    }
)


def show(visit: Visit) -> Response:
    """With a notice begun where one is asked for."""
    if not visit.query("notice_kind") or not visit.may_act:
        return complaint_page(visit, complaint_id_of(visit), None)
    with visit.inbox.store.reading() as transaction:
        read = read_complaint(visit, transaction, complaint_id_of(visit))
    query = {"notice": visit.query("notice_kind"), "language": visit.query("language"), "way": visit.query("way")}
    try:
        begun = begin(visit, read, asked_of(query, read.setting), {})
    except RecordError as error:
        raise bad_form(str(error)) from None
    return complaint_page(visit, read.life.complaint_id, None, notice=begun)


def complaint_id_of(visit: Visit) -> str:
    return str(visit.request.path_params["id"])


def complaint_page(
    visit: Visit,
    complaint_id: str,
    refused: Refused | None,
    *,
    notice: NoticeBegun | None = None,
    status: int = 200,
) -> Response:
    """The page, with the form that was refused as it was sent in, and the notice that is written."""
    with visit.inbox.store.reading() as transaction:
        read = read_complaint(visit, transaction, complaint_id)
        promised = transaction.promises.open_of(read.case.id) if read.case is not None else []
    context = _context(visit, read, refused) | {"open_promises": promised}
    if visit.may_act:
        context["notice_panel"] = panel(read, notice)
    return visit.page("complaint.html", context, status=status)


def _context(visit: Visit, read: Read, refused: Refused | None) -> dict[str, object]:
    life, policy = read.life, visit.inbox.policy
    clocks = clock_panel(life, policy, now=visit.now)
    names = words.names_of_fields(policy)
    return {
        "life": life,
        "custom_fields": [(names.get(key, key), value) for key, value in life.custom_fields + life.personal_fields],
        "case": read.case,
        "status_words": words.STATUSES[life.status],
        "status_colour": LIVE_COLOURS.get(life.status.value, "under-way"),
        "types": [words.complaint_type(policy, name) for name in life.types],
        "received": wording.moment(life.received_at, policy.zone),
        "day_zero": wording.day(life.received_on),
        "zone": policy.zone.key,
        "pack": policy.regulation.title,
        "channel": words.channel(life.channel),
        "definition": read.case.decision.definition if read.case else None,
        "tests": read.tests,
        "clocks": clocks,
        "next_clock": next_row(clocks.rows),
        "sees_support": may_see_support_notes(visit.role.value),
        "need_words": words.NEEDS,
        "kind_words": words.REPRESENTATIVES,
        "ending": _ending(life),
        "said": read.said,
        "lines": read.lines,
        "notices_sent": [(row, DELIVERIES[row.state]) for row in read.notices if row.state in DELIVERIES],
        "menu": menu_of(read.setting, refused) if visit.may_act else None,
        "refused": refused,
        "notice_panel": None,
        "new_key": lambda: secrets.token_hex(16),
    }


def _ending(life: Life) -> list[tuple[str, str]]:
    """What came of it, as far as anything did."""
    told: list[tuple[str, str]] = []
    response, closing = life.response, life.closing
    if response is not None:
        lacks = _("; it lacks %(missing)s", missing=", ".join(response.missing)) if response.missing else ""
        told.append(
            (
                _("Response"),
                _(
                    "%(known)s, by %(by)s%(lacks)s",
                    known=words.known(words.OUTCOMES, response.outcome),
                    by=response.by,
                    lacks=lacks,
                ),
            )
        )
    if closing is not None:
        told.append((_("Closed on the ground"), words.BASES[closing.basis]))
        told.append((_("Outcome"), words.known(words.OUTCOMES, closing.outcome)))
        told.append((_("Remedies"), ", ".join(words.known(words.REMEDIES, code) for code in closing.remedies)))
        if closing.compensation_amount is not None:
            told.append((_("Paid"), f"{closing.compensation_amount} {closing.compensation_currency}"))
    if life.afca_reference:
        told.append((_("AFCA's reference"), life.afca_reference))
    return told
