"""Log in by single sign-on, and link one's account to it."""

import logging
import secrets

from starlette.responses import RedirectResponse, Response

from connectors.single_sign_on import SignOnRefusedError, SingleSignOn
from flow import accounts
from flow.accounts import PROVIDER, Refusal, Vouched, read_claims
from flow.teamwork import By
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, not_found
from inbox.gate import SIGN_ON_COOKIE, Gate, Page
from inbox.hosts import Hosts
from inbox.languages import N_, Sayings, _
from inbox.once import is_first
from inbox.pages.account import let_in
from inbox.sign_on import HERE, LINKING, ON_THE_WAY, RETURN_PATH, Trip, rules_of
from inbox.visit import Visit
from models.account import Way
from models.errors import EarshotError, RetryableError
from store.accounts import User

logger = logging.getLogger(__name__)

ANSWER_ONCE = 2 * ON_THE_WAY
REFUSALS = Sayings(
    {
        Refusal.NO_GROUP: N_("None of your groups there opens this inbox. Who manages the groups can add you to one."),
        Refusal.DISABLED: N_("Your account here may not log in any more. An administrator can say why."),
        Refusal.NAME_TAKEN: N_(
            "There is an account of your name already, and it is not linked. If it is yours, log in with its password "
            "and link it on your own page; else an administrator can help."
        ),
        Refusal.NO_NAME: N_("The provider says no name and no verified address for you, so no account can be made."),
    }
)


def begin(gate: Gate) -> Page:
    """To the provider, and then to the page that was asked for."""

    def page(visit: Visit) -> Response:
        trip = Trip.begin(HERE, visit.query("next", "/"), now=visit.now)
        return _on_the_way(gate, RedirectResponse(_address(visit, trip), status_code=303), trip)

    return page


def begin_link(gate: Gate) -> Page:
    """By a form, so that nobody is led here; then on by a link, for forms may not lead to other sites."""

    def page(visit: Visit) -> Response:
        if visit.user is None:
            return visit.go("/login")
        trip = Trip.begin(f"{LINKING}-{visit.user.id}", "/me/security", now=visit.now)
        context = {"address": _address(visit, trip), "sign_on": visit.inbox.settings.single_sign_on_name}
        return _on_the_way(gate, visit.page("sign_on_link.html", context), trip)

    return page


def _on_the_way(gate: Gate, answer: Response, trip: Trip) -> Response:
    gate.set_cookie(answer, SIGN_ON_COOKIE, trip.cookie, seconds=int(ON_THE_WAY.total_seconds()))
    return answer


def unlink(visit: Visit) -> Response:
    """Only of who can still log in otherwise."""
    if visit.user is None:
        return visit.go("/login")
    if visit.user.password_hash is None or visit.inbox.settings.password_log_in != "everybody":  # noqa: S105
        advice = _("You have no password to log in with. An administrator can make you a one-time link for one.")
        raise RefusedError(409, _("You could not log in any more"), advice)
    with visit.inbox.store.writing() as transaction:
        if is_first(visit, transaction):
            accounts.unlink(transaction, visit.user, By(visit.person, visit.now, sent_form_key(visit)))
    return visit.go("/me/security", notice="saved")


def come_back(gate: Gate) -> Page:
    def page(visit: Visit) -> Response:
        trip = Trip.read(gate.sign_on_token(visit.request), now=visit.now)
        answer = _answered(gate, visit, trip)
        gate.end_cookie(answer, SIGN_ON_COOKIE)
        return answer

    return page


def _answered(gate: Gate, visit: Visit, trip: Trip | None) -> Response:
    if trip is None or not trip.is_answered_by(visit.query("state")):
        raise _refused(_("This answer does not belong to a log-in that this browser began, or it came too late."))
    if visit.query("error"):
        raise _refused(_("The provider did not let you in, or you did not agree there."))
    vouched = _vouched(visit, trip)
    with visit.inbox.store.writing() as transaction:
        if not transaction.identities.take_once(trip.nonce, now=visit.now, expires_at=visit.now + ANSWER_ONCE):
            raise _refused(_("This answer was used already."))
    if trip.purpose != HERE:
        return _linked(visit, trip, vouched)
    return _in(gate, visit, trip, vouched)


def _vouched(visit: Visit, trip: Trip) -> Vouched:
    provider = _provider(visit)
    try:
        claims = provider.vouched(
            code=visit.query("code"),
            issuer=visit.query("iss") or None,
            return_url=_return_url(visit),
            nonce=trip.nonce,
            verifier=trip.verifier,
        )
    except SignOnRefusedError as error:
        logger.warning("a log-in by single sign-on was refused: %s", error.code)
        raise _refused(_("The provider’s answer was not accepted (%(reason)s).", reason=error.code)) from None
    except EarshotError as error:
        raise _away(error) from None
    return read_claims(claims, rules_of(visit.inbox.settings))


def _in(gate: Gate, visit: Visit, trip: Trip, vouched: Vouched) -> Response:
    by = By(PROVIDER, visit.now, secrets.token_hex(16))
    with visit.inbox.store.writing() as transaction:
        found = accounts.account_of(transaction, vouched, rules_of(visit.inbox.settings), by)
    if isinstance(found, Refusal):
        raise RefusedError(403, _("You cannot come in with this account"), REFUSALS[found])
    is_strong = vouched.is_strong or visit.inbox.settings.single_sign_on_is_strong
    return let_in(gate, visit, found, Way.SINGLE_SIGN_ON_STRONG if is_strong else Way.SINGLE_SIGN_ON, trip.target)


def _linked(visit: Visit, trip: Trip, vouched: Vouched) -> Response:
    """To the account that asked for it, and that is still logged in here."""
    user: User | None = visit.user
    if user is None or trip.purpose != f"{LINKING}-{user.id}":
        raise _refused(_("You are not logged in any more as who wanted to link an account."))
    with visit.inbox.store.writing() as transaction:
        is_new = accounts.link(transaction, user, vouched, By(user.name, visit.now, secrets.token_hex(16)))
        known = transaction.identities.find(vouched.issuer, vouched.subject)
    if not is_new and (known is None or known.user_id != user.id):
        raise _refused(_("This identity opens another account here already."))
    return visit.go("/me/security", notice="saved")


def _address(visit: Visit, trip: Trip) -> str:
    try:
        return _provider(visit).leads_to(
            return_url=_return_url(visit), state=trip.state, nonce=trip.nonce, verifier=trip.verifier
        )
    except EarshotError as error:
        raise _away(error) from None


def _provider(visit: Visit) -> SingleSignOn:
    if visit.inbox.sign_on is None:
        raise not_found(_("single sign-on here"))
    return visit.inbox.sign_on


def _return_url(visit: Visit) -> str:
    given = visit.inbox.settings.single_sign_on_return_url
    return given or Hosts.of(visit.inbox.settings).base(visit.request) + visit.inbox.urls(RETURN_PATH)


def _refused(why: str) -> RefusedError:
    advice = _("%(why)s Nothing was changed; begin at the log-in again.", why=why)
    return RefusedError(403, _("Single sign-on did not work"), advice)


def _away(error: EarshotError) -> RefusedError:
    """The address or the secret in the settings is wrong, or the provider is down: the log says which."""
    logger.warning("single sign-on: %s", error)
    advice = (
        _("It does not answer just now. Try again in a moment.")
        if isinstance(error, RetryableError)
        else _("It answers otherwise than it should. An administrator finds the reason in the log.")
    )
    return RefusedError(502, _("The provider of single sign-on cannot be used"), advice)
