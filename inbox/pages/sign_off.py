"""Log out: here first, and then, who came by single sign-on, at the provider as well.

The provider is told which client asks, and nothing of the person: no ID token is kept for it, and none of their names
goes into an address.
"""

import logging
from dataclasses import replace

from starlette.responses import Response

from inbox.gate import SIGN_ON_COOKIE, Gate, Page
from inbox.hosts import Hosts
from inbox.sign_on import LEAVING, LEFT_PATH, ON_THE_WAY, RETURN_PATH, Trip
from inbox.visit import Visit
from models.account import Way
from models.errors import EarshotError

logger = logging.getLogger(__name__)


def log_out(gate: Gate) -> Page:
    def page(visit: Visit) -> Response:
        with visit.inbox.store.writing() as transaction:
            transaction.accounts.close_session(gate.session_token(visit.request))
        trip = Trip.begin(LEAVING, "/login", now=visit.now)
        address = _address(visit, trip)
        if address is None:
            answer = visit.go("/login", notice="bye")
        else:
            answer = _onwards(visit, address)
            gate.set_cookie(answer, SIGN_ON_COOKIE, trip.cookie, seconds=int(ON_THE_WAY.total_seconds()))
        gate.close_session(answer)
        return answer

    return page


def come_back(gate: Gate) -> Page:
    """From the provider. Nothing is changed by it: without the state of this browser only nothing is said."""

    def page(visit: Visit) -> Response:
        trip = Trip.read(gate.sign_on_token(visit.request), now=visit.now)
        is_ours = trip is not None and trip.purpose == LEAVING and trip.is_answered_by(visit.query("state"))
        answer = visit.go("/login", notice="bye" if is_ours else None)
        if is_ours:
            gate.end_cookie(answer, SIGN_ON_COOKIE)
        return answer

    return page


def _address(visit: Visit, trip: Trip) -> str | None:
    """At the provider; None where they came otherwise, it has no such page, or it does not answer."""
    provider, session = visit.inbox.sign_on, visit.session
    if provider is None or session is None or session.way == Way.PASSWORD:
        return None
    try:
        return provider.leaves_to(return_url=_return_url(visit), state=trip.state)
    except EarshotError as error:
        logger.warning("single sign-on: %s; logged out here alone", error)
        return None


def _onwards(visit: Visit, address: str) -> Response:
    """A page that leads on by itself: a form may not lead to other sites, and a log-out is one."""
    stranger = replace(visit, user=None, session=None, stage=None)
    context = {"address": address, "sign_on": visit.inbox.settings.single_sign_on_name}
    answer = stranger.page("sign_off.html", context)
    answer.headers["refresh"] = f"0; url={address}"
    return answer


def _return_url(visit: Visit) -> str:
    """Beside the one of the log-in, at the same host: the provider wants it registered."""
    given = visit.inbox.settings.single_sign_on_return_url
    if given is not None and given.endswith(RETURN_PATH):
        return given.removesuffix(RETURN_PATH) + LEFT_PATH
    return Hosts.of(visit.inbox.settings).base(visit.request) + visit.inbox.urls(LEFT_PATH)
