"""Log in, log out, and choose a password with a one-time link."""

import re

from starlette.responses import RedirectResponse, Response

from flow.configuration import person
from inbox import access, passwords
from inbox.errors import RefusedError
from inbox.gate import SESSION_COOKIE, Gate, Page
from inbox.languages import N_, _, say
from inbox.visit import Visit
from models.configuration import Part, Set
from store.accounts import User
from store.store import Transaction

NAME = re.compile(r"[\w][\w .@'’-]{0,59}")
WRONG = N_("Name or password is wrong, or there were too many tries; then wait a few minutes and try again.")


def show_login(visit: Visit) -> Response:
    if visit.user is not None:
        return visit.go("/")
    return _login_page(visit)


def _login_page(visit: Visit, *, name: str = "", fault: str | None = None, status: int = 200) -> Response:
    target = visit.form.get("next", visit.query("next", "/"))
    return visit.page("login.html", {"name": name, "fault": fault, "next": target}, status=status)


def log_in(gate: Gate) -> Page:
    def page(visit: Visit) -> Response:
        name, inbox = visit.field("name").strip(), visit.inbox
        opened = access.log_in(inbox.store, inbox.passwords, name, visit.field("password"), now=visit.now)
        if opened is None:
            return _login_page(visit, name=name, fault=say(WRONG), status=401)
        answer = RedirectResponse(inbox.urls.local(visit.form.get("next", "/")), status_code=303)
        gate.open_session(answer, opened.token)
        return answer

    return page


def log_out(gate: Gate) -> Page:
    def page(visit: Visit) -> Response:
        with visit.inbox.store.writing() as transaction:
            transaction.accounts.close_session(visit.request.cookies[SESSION_COOKIE])
        answer = visit.go("/login", notice="bye")
        gate.close_session(answer)
        return answer

    return page


def show_welcome(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        user = _invited(visit, transaction)
    return _welcome_page(visit, name=user.name)


def choose_password(visit: Visit) -> Response:
    name = " ".join(visit.field("name").split())
    password = visit.field("password")
    fault = passwords.fault_of(password, visit.field("again"))
    if not NAME.fullmatch(name):
        fault = _("Choose a name of up to 60 letters, digits, spaces and . @ ' -; it is shown beside what you do.")
    if fault is not None:
        return _welcome_page(visit, name=name, fault=fault)
    hashed = visit.inbox.passwords.hash(password)
    with visit.inbox.store.writing() as transaction:
        user = _invited(visit, transaction)
        other = transaction.accounts.by_name(name)
        if other is None:
            transaction.accounts.rename(user.id, name)
            for one in (Set(Part.PEOPLE, user.name, None), person(name, user.role)):
                transaction.configuration.note(one, by=name, now=visit.now)
        if other is None or other.id == user.id:
            transaction.accounts.set_password(user.id, hashed)
            return visit.go("/login", notice="welcome")
    return _welcome_page(visit, name=name, fault=_("Somebody else has this name already; choose another one."))


def _invited(visit: Visit, transaction: Transaction) -> User:
    user = transaction.accounts.invited(str(visit.request.path_params["token"]), now=visit.now)
    if user is None or user.disabled_at is not None:
        advice = _("Links like this one work once, and for 24 hours. An administrator can make you a new one.")
        raise RefusedError(404, _("This link has expired or was used"), advice)
    return user


def _welcome_page(visit: Visit, *, name: str, fault: str | None = None) -> Response:
    context = {"name": name, "fault": fault, "least": passwords.MIN_CHARACTERS}
    return visit.page("welcome.html", context, status=200 if fault is None else 422)
