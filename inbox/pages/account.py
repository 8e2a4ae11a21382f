"""Log in, and choose a password with a one-time link."""

from starlette.responses import RedirectResponse, Response

from flow.accounts import tell
from flow.configuration import person
from flow.teamwork import By
from inbox import access, passwords
from inbox.browsers import family
from inbox.errors import RefusedError
from inbox.gate import Gate, Page
from inbox.languages import N_, _, say
from inbox.locks import Tried
from inbox.visit import Visit
from models import EventKind
from models.account import PERSON_NAME, Stage, Way
from models.configuration import Part, Set
from store.accounts import User
from store.store import Transaction

NAME = PERSON_NAME
TOO_MANY = N_(
    "There were too many wrong tries from where you are. Wait ten minutes, or use a browser in which you have been "
    "logged in before."
)
WRONG = N_("Name or password is wrong, or there were too many tries; then wait a few minutes and try again.")


def show_login(visit: Visit) -> Response:
    if visit.user is not None:
        return visit.go("/")
    if visit.stage is not None:
        return visit.go("/login/code" if visit.stage is Stage.CODE else "/me/second-factor")
    return _login_page(visit)


def _login_page(visit: Visit, *, name: str = "", fault: str | None = None, status: int = 200) -> Response:
    settings = visit.inbox.settings
    context = {
        "name": name,
        "fault": fault,
        "next": visit.form.get("next", visit.query("next", "/")),
        "sign_on": settings.single_sign_on_name if visit.inbox.sign_on is not None else "",
        "is_break_glass": access.Rules.of(settings).by_password is not None,
    }
    return visit.page("login.html", context, status=status)


def log_in(gate: Gate) -> Page:
    def page(visit: Visit) -> Response:
        name, inbox, known = visit.field("name").strip(), visit.inbox, gate.known_token(visit.request)
        is_stranger = not access.is_known(inbox.store, name, known, now=visit.now)
        if is_stranger and not inbox.throttle.begin(Tried.LOG_IN, visit.address, now=visit.now):
            return _login_page(visit, name=name, fault=say(TOO_MANY), status=429)
        password = visit.field("password")
        user = access.by_password(inbox.store, inbox.passwords, name, password, known=known, now=visit.now)
        if user is None or not gate.rules.lets_in(user, Way.PASSWORD):
            return _login_page(visit, name=name, fault=say(WRONG), status=401)
        if is_stranger:
            inbox.throttle.succeeded(Tried.LOG_IN, visit.address, now=visit.now)
        return let_in(gate, visit, user, Way.PASSWORD, visit.form.get("next", "/"))

    return page


def let_in(gate: Gate, visit: Visit, user: User, way: Way, target: str) -> Response:
    """A new session, and onwards: to the page that was asked for, or to what is still missing."""
    inbox, token = visit.inbox, gate.session_token(visit.request)
    with inbox.store.writing() as transaction:
        browser = family(visit.request.headers.get("user-agent", ""))
        opened = access.enter(transaction, user, gate.rules, way=way, browser=browser, now=visit.now, instead_of=token)
        if way is Way.PASSWORD and gate.rules.by_password is not None:
            tell(transaction, EventKind.BREAK_GLASS_USED, user, By(user.name, visit.now, access.new_token()))
        is_half = opened.stage is Stage.CODE
        answer = RedirectResponse(
            inbox.urls("/login/code", next=target) if is_half else inbox.urls.local(target), status_code=303
        )
        if not is_half:
            gate.know_browser(answer, visit, transaction, user.id)
    gate.open_session(answer, opened)
    return answer


def show_welcome(visit: Visit) -> Response:
    return _welcome_page(visit, name=_check_link(visit).name)


def choose_password(visit: Visit) -> Response:
    _check_link(visit)
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


def _check_link(visit: Visit) -> User:
    """Before anything is worked out or written for whoever holds it. Raises: RefusedError (404, 429)."""
    throttle = visit.inbox.throttle
    if throttle.is_held(Tried.ONE_TIME_LINK, visit.address, now=visit.now):
        raise RefusedError(429, _("Too many tries"), _("Wait ten minutes, then open the link again."))
    try:
        with visit.inbox.store.reading() as transaction:
            return _invited(visit, transaction)
    except RefusedError:
        throttle.begin(Tried.ONE_TIME_LINK, visit.address, now=visit.now)
        raise


def _invited(visit: Visit, transaction: Transaction) -> User:
    user = transaction.accounts.invited(str(visit.request.path_params["token"]), now=visit.now)
    if user is None or user.disabled_at is not None:
        advice = _("Links like this one work once, and for 24 hours. An administrator can make you a new one.")
        raise RefusedError(404, _("This link has expired or was used"), advice)
    return user


def _welcome_page(visit: Visit, *, name: str, fault: str | None = None) -> Response:
    context = {"name": name, "fault": fault, "least": passwords.MIN_CHARACTERS}
    return visit.page("welcome.html", context, status=200 if fault is None else 422)
