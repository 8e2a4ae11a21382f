"""One's own account: password, second factor, single sign-on, and where one is logged in."""

from starlette.responses import Response

from flow import accounts
from flow.teamwork import By
from inbox import access, passwords
from inbox.composer import sent_form_key
from inbox.errors import bad_form, not_logged_in
from inbox.gate import Gate, Page
from inbox.languages import _
from inbox.once import is_first, is_sent
from inbox.visit import Visit
from models import EventKind
from models.account import Stage
from store.accounts import Session, User


def show(visit: Visit) -> Response:
    return _page(visit)


def _page(visit: Visit, *, fault: str | None = None, status: int = 200) -> Response:
    user, session = _me(visit)
    settings = visit.inbox.settings
    with visit.inbox.store.reading() as transaction:
        idle = access.Rules.of(settings).idle
        context = {
            "sessions": [
                one
                for one in transaction.accounts.sessions_of(user.id, now=visit.now, idle=idle)
                if one.stage == Stage.OPEN
            ],
            "own": session.digest,
            "has_second_factor": session.has_second_factor,
            "codes_left": transaction.second_factors.codes_left(user.id),
            "identities": transaction.identities.of_user(user.id),
            "sign_on": settings.single_sign_on_name if visit.inbox.sign_on is not None else "",
            "has_password": user.password_hash is not None,
            "least": passwords.MIN_CHARACTERS,
            "fault": fault,
        }
    return visit.page("security.html", context, status=status)


def change_password(gate: Gate) -> Page:
    """With the one of now. Every other session ends, and this one goes on under a new token."""

    def page(visit: Visit) -> Response:
        user, session = _me(visit)
        if is_sent(visit):
            return visit.go("/me/security", notice="password_changed")
        fault = passwords.fault_of(visit.field("password"), visit.field("again"))
        if fault is not None:
            return _page(visit, fault=fault, status=422)
        inbox, current = visit.inbox, visit.field("current")
        if access.by_password(inbox.store, inbox.passwords, user.name, current, now=visit.now) is None:
            wrong = _("The password of now is wrong, or there were too many tries; then wait a few minutes.")
            return _page(visit, fault=wrong, status=401)
        hashed, by = inbox.passwords.hash(visit.field("password")), _by(visit)
        with inbox.store.writing() as transaction:
            if not is_first(visit, transaction):
                return visit.go("/me/security", notice="password_changed")
            transaction.accounts.set_password(user.id, hashed)
            accounts.tell(transaction, EventKind.PASSWORD_CHANGED, user, by)
            token = gate.session_token(visit.request)
            opened = access.go_on(transaction, session, gate.rules, token=token, now=visit.now)
            answer = visit.go("/me/security", notice="password_changed")
            gate.know_browser(answer, visit, transaction, user.id)
        gate.open_session(answer, opened)
        return answer

    return page


def end_session(visit: Visit) -> Response:
    """One of one's own; that one is logged in with now has its button on top."""
    user, session = _me(visit)
    digest = visit.field("session")
    if digest == session.digest:
        raise bad_form(_("that is the session you are in; log out instead"))
    with visit.inbox.store.writing() as transaction:
        if is_first(visit, transaction) and transaction.accounts.end_session(user.id, digest):
            accounts.tell(transaction, EventKind.SESSIONS_ENDED, user, _by(visit))
    return visit.go("/me/security", notice="sessions_ended")


def end_others(visit: Visit) -> Response:
    user, session = _me(visit)
    with visit.inbox.store.writing() as transaction:
        if is_first(visit, transaction):
            accounts.end_sessions(transaction, user, _by(visit), but=session.digest)
            transaction.known_browsers.forget(user.id)
    return visit.go("/me/security", notice="sessions_ended")


def _me(visit: Visit) -> tuple[User, Session]:
    if visit.user is None or visit.session is None:
        raise not_logged_in()
    return visit.user, visit.session


def _by(visit: Visit) -> By:
    return By(visit.person, visit.now, sent_form_key(visit))
