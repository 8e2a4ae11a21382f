"""Erasure: look for a person, see what goes and what the law keeps, ask for it, and agree to it as somebody else."""

from collections.abc import Callable, Sequence

from starlette.responses import Response

from connectors.registry import CONNECTORS
from flow import erasure
from flow.erasure import Preview
from inbox.access_log import digest_of
from inbox.compliance import Refused, back, refused, section_page, status_of, typed
from inbox.languages import N_, Sayings
from inbox.visit import Visit
from models.access import Access, AccessAct
from models.erasure import Fate
from models.errors import RecordError, RetryableError
from store.scrub import scrub
from store.store import Transaction

SHOWN = 30
FATES = Sayings(
    {
        Fate.GOES: N_("Everything goes."),
        Fate.KEPT_IN_REGISTER: N_(
            "Every copy goes but the complaint register's: complaints are recorded (RG 271.179). What your staff wrote"
            " and sent about it stays as its record. Both go when their period ends."
        ),
        Fate.OPEN_COMPLAINT: N_(
            "Stays: the complaint is open, and you owe an answer to it (RG 271.53, 271.179). It is looked at again"
            " every day."
        ),
        Fate.HELD: N_("Stays: a legal hold covers it. It is looked at again every day."),
        Fate.BEING_SENT: N_("Stays for now: a ticket or an answer is still to be delivered."),
        Fate.NOT_JUDGED: N_("Stays for now: the message is not judged yet."),
    }
)


def show(visit: Visit) -> Response:
    return _page(visit, None, status=200)


def look(visit: Visit) -> Response:
    """Who it is, and what would become of what is kept; changes nothing, and is noted."""
    channel, handle = visit.form.get("channel", "").strip(), visit.form.get("handle", "").strip()
    facts = {"words": digest_of(visit.inbox.settings, f"{channel} {handle}")}
    with visit.inbox.store.writing() as transaction:
        transaction.access.note(
            Access(visit.now, visit.person, visit.role.value, AccessAct.ERASED, "person", facts=facts)
        )
    try:
        with visit.inbox.store.reading() as transaction:
            found = [
                erasure.preview(transaction, visit.inbox.retention, person, now=visit.now)
                for person in erasure.people(transaction, channel, handle)
            ]
    except RecordError as error:
        return _page(visit, refused(visit, "look", error), status=status_of(error))
    return _page(visit, None, status=200, found=found)


def ask(visit: Visit) -> Response:
    def carry(transaction: Transaction) -> None:
        sent = typed(visit)
        erasure.ask(
            transaction,
            visit.inbox.retention,
            sent.needed("author"),
            by=visit.person,
            reason=sent.needed("reason"),
            now=visit.now,
        )

    return _acted(visit, "ask", carry, "erasure_asked")


def agree(visit: Visit) -> Response:
    """Carried out at once; then the database's files are written anew, where nobody holds them."""
    number = visit.path_id()

    def carry(transaction: Transaction) -> None:
        if not visit.form.get("sure"):
            raise RecordError("nothing was taken out: tick that you know it cannot be undone")
        erasure.agree(transaction, visit.inbox.retention, number, by=visit.person, now=visit.now)
        facts = {"erasure": number}
        transaction.access.note(
            Access(visit.now, visit.person, visit.role.value, AccessAct.ERASED, "person", facts=facts)
        )

    answer = _acted(visit, f"agree-{number}", carry, "erased")
    if answer.status_code != 303:
        return answer
    try:
        scrub(visit.inbox.store.engine)
    except RetryableError:
        return back(visit, "erasure", "carried_out_files_wait", anchor="#requests")
    return answer


def turn_down(visit: Visit) -> Response:
    number = visit.path_id()

    def carry(transaction: Transaction) -> None:
        reason = typed(visit).needed("reason")
        erasure.turn_down(transaction, visit.inbox.retention, number, by=visit.person, reason=reason, now=visit.now)

    return _acted(visit, f"turn_down-{number}", carry, "turned_down")


def _acted(visit: Visit, form: str, act: Callable[[Transaction], None], notice: str) -> Response:
    try:
        with visit.inbox.store.writing() as transaction:
            act(transaction)
    except RecordError as error:
        return _page(visit, refused(visit, form, error), status=status_of(error))
    return back(visit, "erasure", notice, anchor="#requests")


def _page(visit: Visit, fault: Refused | None, *, status: int, found: Sequence[Preview] = ()) -> Response:
    with visit.inbox.store.reading() as transaction:
        requests = transaction.erasures.newest(limit=SHOWN)
    context = {
        "found": found,
        "requests": requests,
        "fates": {fate.value: words for fate, words in FATES.items()},
        "channels": sorted({channel for one in CONNECTORS.values() for channel in one.channels} | {"file"}),
        "typed_channel": visit.form.get("channel", ""),
        "typed_handle": visit.form.get("handle", ""),
        "refused": fault,
        "pack": visit.inbox.retention,
    }
    return section_page(visit, "erasure", context, status=status)
