"""The form by which anybody may write to the firm: stored before anything else, judged like any mail, answered by mail.

Off as shipped. It says nothing of what is known of an address, so that it tells nobody who is a customer.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from connectors.mailbox.form import LONGEST_ADDRESS, address_in, form_mention
from flow.arrival import keep_page
from flow.customer_page import LONGEST_CHARACTERS
from inbox.composer import sent_form_key
from inbox.door import Door, messages_wait
from inbox.errors import RefusedError
from inbox.languages import N_, Sayings, _
from inbox.locks import Tried
from inbox.pages.customer import check_is_customer
from inbox.visit import Inbox, Visit
from models import Mention, Page
from models.errors import RecordError, RetryableError, SetupError
from settings import Settings
from store.queue import Lane

LONGEST_NAME = 120
NEEDED = ("mailbox_imap", "mailbox_smtp", "mailbox_address")
ADDRESS_FAULTS = Sayings(
    {
        "none": N_("Write an e-mail address that we can answer to, like name@example.org."),
        "nobody": N_("Nobody reads what is sent to that address; give another one."),
        "ours": N_("That is our own address; give yours."),
    }
)


@dataclass(frozen=True, slots=True)
class Written:
    text: str = ""
    address: str = ""
    name: str = ""
    fault: str = ""


def check_form(settings: Settings) -> None:
    """Raises: SetupError where the form is on and no mail could be answered."""
    missing = [name for name in NEEDED if not getattr(settings, name)]
    if settings.web_form and missing:
        names = ", ".join(f"EARSHOT_{name.upper()}" for name in missing)
        raise SetupError(
            f"EARSHOT_WEB_FORM is on, and what is written there is answered by e-mail: set {names} (`earshot connect "
            "email` asks for them), or switch it off"
        )


def show(visit: Visit) -> Response:
    _check_is_on(visit)
    return _page(visit, Written())


def take(inbox: Inbox) -> Callable[[Visit], Response]:
    """The page's form, sent."""
    door = Door(inbox.store, inbox.settings.most_waiting, messages_wait)

    def keep(visit: Visit) -> Response:
        _check_is_on(visit)
        check_is_customer(visit)
        if not visit.inbox.throttle.begin(Tried.WEB_FORM, visit.address, now=visit.now):
            raise RefusedError(429, _("Too many tries"), _("Nothing was stored. Please try again in ten minutes."))
        return _busy(visit) if door.is_full() else _keep(visit)

    return keep


def _check_is_on(visit: Visit) -> None:
    if not visit.inbox.settings.web_form:
        raise RefusedError(404, _("There is no form here"), _("Please write to us where you wrote to us before."))


def _keep(visit: Visit) -> Response:
    account = str(visit.inbox.settings.mailbox_address).lower()
    written, form_key = _written(visit, account), sent_form_key(visit)
    if written.fault:
        return _page(visit, written, status=422)
    mention = form_mention(
        written.text, written.address, written.name, account=account, form_key=form_key, now=visit.now
    )
    try:
        ids = _store(visit, mention)
    except RetryableError:
        return _busy(visit)
    if ids:
        visit.enqueue("classify_mentions", ids, lane=Lane.JUDGE, done="")
    return visit.go("/contact", notice="kept")


def _store(visit: Visit, mention: Mention) -> list[str]:
    with visit.inbox.store.writing() as transaction:
        return keep_page(
            transaction,
            Page([mention], ""),
            visit.inbox.retention,
            source="web_form",
            keep_cursor_as=None,
            lane=Lane.JUDGE.value,
            now=visit.now,
        )


def _written(visit: Visit, account: str) -> Written:
    text = visit.form.get("text", "").replace("\r\n", "\n").strip()
    given, name = visit.form.get("address", ""), " ".join(visit.form.get("name", "").split())
    fault = ""
    if not text:
        fault = _("Write something first.")
    elif len(text) > LONGEST_CHARACTERS:
        fault = _("That is too long: %(most)s characters at most. Nothing was stored yet.", most=LONGEST_CHARACTERS)
    elif len(name) > LONGEST_NAME:
        fault = _("That name is too long: %(most)s characters at most.", most=LONGEST_NAME)
    try:
        address = address_in(given, account)
    except RecordError as error:
        return Written(text, given, name, fault or ADDRESS_FAULTS[str(error)] % {})
    return Written(text, address, name, fault)


def _busy(visit: Visit) -> Response:
    said = {name: visit.form.get(name, "") for name in ("text", "address", "name")}
    busy = _("We could not store it just now; nothing is lost. Please send it again in a moment.")
    return _page(visit, Written(**said, fault=busy), status=503)


def _page(visit: Visit, written: Written, *, status: int = 200) -> Response:
    context = {
        "written": written,
        "most": LONGEST_CHARACTERS,
        "longest_address": LONGEST_ADDRESS,
        "longest_name": LONGEST_NAME,
        "form_key": secrets.token_hex(16),
        "is_kept": visit.query("notice") == "kept",
    }
    return visit.page("customer_contact.html", context, status=status)
