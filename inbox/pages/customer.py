"""Pages for customers, behind a signed link and without a log-in: how their case stands, an answer, a rating.

They tell no name and no message, are kept out of search engines, and send no address on. A GET changes nothing, so a
link preview rates nothing. Whatever we did not sign, and whatever has expired, gets the same answer.
"""

import functools
import secrets
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from flow import customer_page as flow
from flow.customer_page import LONGEST_CHARACTERS, Kept, Stage, Step
from flow.public_links import PATHS, Links
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, bad_form
from inbox.languages import N_, Sayings, _
from inbox.locks import Tried
from inbox.visit import Visit
from models.errors import RetryableError
from models.follow_up import LinkPurpose
from models.promise import PromiseKind
from store.follow_up import PublicLink
from store.queue import Lane
from store.store import Transaction

HEADERS = {
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "cache-control": "no-store",
}
STAGES = Sayings(
    {
        Stage.RECEIVED: N_("We have your message. Somebody will look at it."),
        Stage.IN_WORK: N_("Somebody is working on it."),
        Stage.ANSWERED: N_("We have answered you, where you wrote to us."),
        Stage.CLOSED: N_("This is closed on our side. If something is missing, write to us below."),
        Stage.COMPLAINT_RECEIVED: N_("We have your complaint, and it is registered as one."),
        Stage.COMPLAINT_IN_WORK: N_("We are investigating your complaint."),
        Stage.COMPLAINT_DELAYED: N_("We are investigating your complaint and need longer. We wrote to you why."),
        Stage.COMPLAINT_ANSWERED: N_("We have answered your complaint."),
        Stage.COMPLAINT_CLOSED: N_(
            "Your complaint is closed on our side. If you are not satisfied, write to us below, or turn to the dispute "
            "scheme named in our answer."
        ),
        Stage.COMPLAINT_AT_SCHEME: N_("Your complaint is with the dispute scheme, which is in touch with you."),
        Stage.IN_TOUCH: N_("We are in touch in the way that was agreed. You can still write to us below."),
    }
)
STEPS = Sayings(
    {
        Step.WROTE: N_("You wrote to us"),
        Step.REPLIED: N_("We answered"),
        Step.ACKNOWLEDGED: N_("We confirmed that we have your complaint"),
        Step.CLOSED: N_("We closed it"),
        Step.REOPENED: N_("We opened it again"),
        Step.RATED: N_("You rated us"),
    }
)
PROMISES = Sayings(
    {
        PromiseKind.CALL_BACK: N_("We call you back"),
        PromiseKind.REFUND: N_("You get your money back"),
        PromiseKind.ANSWER: N_("You get an answer"),
        PromiseKind.REPAIR: N_("It is repaired"),
        PromiseKind.UPDATE: N_("We tell you how far it is"),
        PromiseKind.OTHER: N_("We do what we told you"),
    }
)


def apart(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Every answer at such an address, refusals too, is kept out of search engines and out of other sites' logs."""

    @functools.wraps(endpoint)  # with what it declares of who may use it
    async def served(request: Request) -> Response:
        answer = await endpoint(request)
        answer.headers.update(HEADERS)
        return answer

    return served


def show_status(visit: Visit) -> Response:
    return _at(visit, LinkPurpose.STATUS, lambda transaction, link: _status(visit, transaction, link))


def show_rating(visit: Visit) -> Response:
    return _at(visit, LinkPurpose.RATE, lambda transaction, link: _rating(visit, transaction, link))


def write(visit: Visit) -> Response:
    """The customer's answer: stored, then judged like any other message."""
    check_is_customer(visit)
    text, form_key = visit.field("text").replace("\r\n", "\n").strip(), sent_form_key(visit)
    fault = _fault_of(text, needed=True)
    if fault is not None:
        return _at(visit, LinkPurpose.STATUS, lambda each, link: _status(visit, each, link, fault=fault, text=text))
    rules = visit.inbox.policy.follow_up.links

    def keep(transaction: Transaction, link: PublicLink) -> Kept:
        return flow.answer(transaction, link, text, form_key, rules, now=visit.now)

    return _kept(visit, LinkPurpose.STATUS, keep, lambda each, link, told: _status(visit, each, link, told, text))


def rate(visit: Visit) -> Response:
    check_is_customer(visit)
    given, form_key = visit.form.get("score", ""), sent_form_key(visit)
    comment = visit.form.get("comment", "").replace("\r\n", "\n").strip()
    score = int(given) if given.isascii() and given.isdigit() and len(given) <= 2 else 0
    fault = _("Choose a number first.") if not score else _fault_of(comment, needed=False)
    if fault is not None:
        return _at(visit, LinkPurpose.RATE, lambda each, link: _rating(visit, each, link, fault, score, comment))
    rules = visit.inbox.policy.follow_up.links

    def keep(transaction: Transaction, link: PublicLink) -> Kept:
        try:
            return flow.rate(transaction, link, score, comment, form_key, rules, now=visit.now)
        except ValueError:
            raise bad_form(_("the scale has no such number")) from None

    return _kept(
        visit, LinkPurpose.RATE, keep, lambda each, link, told: _rating(visit, each, link, told, score, comment)
    )


def _at(visit: Visit, purpose: LinkPurpose, page: Callable[[Transaction, PublicLink], Response]) -> Response:
    with visit.inbox.store.reading() as transaction:
        link = _open(visit, transaction, purpose)
        if link is not None:
            return page(transaction, link)
    return _unknown(visit)


def _kept(
    visit: Visit,
    purpose: LinkPurpose,
    keep: Callable[[Transaction, PublicLink], Kept],
    again: Callable[[Transaction, PublicLink, str], Response],
) -> Response:
    """After it was stored: back to the page, so that reloading sends nothing twice."""
    try:
        with visit.inbox.store.writing() as transaction:
            link = _open(visit, transaction, purpose)
            kept = keep(transaction, link) if link is not None else None
    except RetryableError:
        busy = _("We could not store it just now; nothing is lost. Please send it again in a moment.")
        return _at(visit, purpose, lambda each, found: again(each, found, busy))
    if link is None or kept is None:
        return _unknown(visit)
    if kept.is_too_much:
        often = _("That was a lot within a short time, so this was not stored. Please try again in an hour.")
        return _at(visit, purpose, lambda each, found: again(each, found, often))
    if kept.ids:
        visit.enqueue("classify_mentions", kept.ids, lane=Lane.JUDGE, done="")
    path = f"/{PATHS[purpose]}/{visit.request.path_params['token']}"
    return visit.go(path, notice="kept")


def _open(visit: Visit, transaction: Transaction, purpose: LinkPurpose) -> PublicLink | None:
    """A link of ours always opens, whatever else was tried."""
    links = Links.of(visit.inbox.settings, visit.inbox.policy.follow_up.links)
    return links.open(transaction, purpose, str(visit.request.path_params["token"]), now=visit.now)


def check_is_customer(visit: Visit) -> None:
    """Raises: RefusedError (403) for somebody who is logged in: they would write in the customer's name."""
    if visit.user is not None:
        raise RefusedError(
            403, _("This page is for customers"), _("You are logged in here; nothing was stored. Log out first.")
        )


def _fault_of(text: str, *, needed: bool) -> str | None:
    if needed and not text:
        return _("Write something first.")
    if len(text) > LONGEST_CHARACTERS:
        return _("That is too long: %(most)s characters at most. Nothing was stored yet.", most=LONGEST_CHARACTERS)
    return None


def _status(
    visit: Visit, transaction: Transaction, link: PublicLink, fault: str | None = None, text: str = ""
) -> Response:
    context = {
        "status": flow.status_of(transaction, link, visit.inbox.policy.help),
        "stages": STAGES,
        "steps": STEPS,
        "promises": PROMISES,
        "fault": fault,
        "text": text,
    }
    return _page(visit, "customer_status.html", context, status=200 if fault is None else 422)


def _rating(
    visit: Visit,
    transaction: Transaction,
    link: PublicLink,
    fault: str | None = None,
    score: int = 0,
    text: str = "",
) -> Response:
    """A score in the address only chooses beforehand: nothing is stored before the form is sent."""
    survey = flow.survey_of(transaction, link)
    scale = survey.scale if survey is not None and survey.scale is not None else 0
    given = survey.score if survey is not None else None
    context = {
        "scale": range(1, scale + 1),
        "given": given,
        "chosen": score or visit.query_number("score", 0) or given,
        "fault": fault,
        "text": text,
    }
    return _page(visit, "customer_rate.html", context, status=200 if fault is None else 422)


def _unknown(visit: Visit) -> Response:
    """Raises: RefusedError (429) where too much was asked for in vain."""
    if not visit.inbox.throttle.begin(Tried.CUSTOMER_LINK, visit.address, now=visit.now):
        raise RefusedError(429, _("Too many tries"), _("Wait a minute, then open the link again."))
    return _page(visit, "customer_unknown.html", {}, status=404)


def _page(visit: Visit, template: str, context: Mapping[str, object], *, status: int) -> Response:
    own = {"form_key": secrets.token_hex(16), "most": LONGEST_CHARACTERS, "is_kept": visit.query("notice") == "kept"}
    return visit.page(template, {**context, **own}, status=status)
