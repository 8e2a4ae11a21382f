"""The one gate: every page gets its user, its form and its refusals through it."""

import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from inbox.access import KNOWN_FOR, Opened, Rules, new_token
from inbox.access_log import Noted
from inbox.approvals import waiting_for
from inbox.bodies import read_body
from inbox.errors import RefusedError, not_allowed, not_logged_in
from inbox.languages import PREFERENCE, _, chosen_reading, read_in
from inbox.roles import EVERYBODY, Role
from inbox.visit import Inbox, Visit
from models.account import Scope, Stage
from models.errors import RetryableError
from store.accounts import Session, User
from store.cases import StaleCaseError
from store.store import Transaction

logger = logging.getLogger(__name__)

SESSION_COOKIE = "earshot_session"
FORM_COOKIE = "earshot_form"
KNOWN_COOKIE = "earshot_known"
"""Of a browser that logged in before: see `store.identities.KnownBrowsers`."""
SIGN_ON_COOKIE = "earshot_sign_on"
BACKGROUND = ("/news", "/board/live", "/cases/{id}/live", "/cases/{id}/here")
"""What an open page asks for by itself: it keeps nobody logged in."""
FORM_FIELD = "form_token"
MOST_FORM_BYTES = 256 * 1024
MOST_FORM_FIELDS = 60

Page = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a route. A route without one is not served: see `declared`."""

    roles: frozenset[Role] = frozenset()
    stages: frozenset[Stage] = frozenset()
    """Log-ins that are not whole yet and may use it."""
    scope: Scope | None = None
    """For programs with a key of this scope, and for nobody else."""
    is_public: bool = False
    is_signed: bool = False
    """For programs that sign what they send; the route looks at it itself."""


PUBLIC, SIGNED = Access(is_public=True), Access(is_signed=True)


def declare(endpoint: Endpoint, access: Access) -> Endpoint:
    endpoint.__dict__["access"] = access
    return endpoint


def declared(route: BaseRoute) -> Access | None:
    """None where nobody said who may use it."""
    found = getattr(getattr(route, "endpoint", None), "access", None)
    return found if isinstance(found, Access) else None


class Gate:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.rules = Rules.of(inbox.settings)
        self._noted = Noted(inbox.store)

    @property
    def inbox(self) -> Inbox:
        return self._inbox

    def noted(self, visit: Visit, answer: Response) -> Response:
        """The same answer, with who was given what written down."""
        return self._noted.of(visit, answer)

    def public(self, page: Page) -> Endpoint:
        """For log-in and its like: nobody in particular asks, and every form still carries its token."""
        return self._endpoint(page, PUBLIC)

    def page(self, page: Page, *, roles: frozenset[Role] = EVERYBODY) -> Endpoint:
        """For everything else: somebody who is logged in, with one of the roles."""
        return self._endpoint(page, Access(roles))

    def halfway(self, page: Page, *stages: Stage) -> Endpoint:
        """For everybody who is logged in, and for those whose log-in is at one of these stages."""
        return self._endpoint(page, Access(EVERYBODY, frozenset(stages)))

    def _endpoint(self, page: Page, access: Access) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            form = await _read_form(request) if request.method == "POST" else {}
            return await run_in_threadpool(self._serve, request, form, page, access)

        return declare(endpoint, access)

    def _serve(self, request: Request, form: Mapping[str, str] | None, page: Page, access: Access) -> Response:
        visit, away = self._visit(request, form or {})
        with read_in(visit.reading):
            answer = error_page(visit, _try_again()) if away else self._answer(visit, form, page, access)
        if visit.session is None and answer.media_type == "text/html":
            self._keep_form_token(answer, visit)
        return answer

    def _answer(self, visit: Visit, form: Mapping[str, str] | None, page: Page, access: Access) -> Response:
        if visit.user is None and not access.is_public and visit.stage not in access.stages:
            return self._ask_to_log_in(visit)
        try:
            _check(visit, form, access)
            return self.noted(visit, page(visit))
        except RefusedError as error:
            return error_page(visit, error)
        except StaleCaseError:
            return error_page(visit, _stale())
        except RetryableError:
            logger.warning("the database did not answer", exc_info=True)
            return error_page(visit, _try_again())

    def _visit(self, request: Request, form: Mapping[str, str]) -> tuple[Visit, bool]:
        """And whether the database is away, so that nobody can be known."""
        accepted = request.headers.get("accept-language", "")
        token = request.cookies.get(self.cookie(FORM_COOKIE)) or new_token()
        nobody = Visit(
            self._inbox, request, self._inbox.clock(), token, form=form, reading=chosen_reading({}, accepted)
        )
        try:
            return self._known(nobody, accepted), False
        except RetryableError:
            logger.warning("the database did not answer", exc_info=True)
            return nobody, True

    def _known(self, nobody: Visit, accepted: str) -> Visit:
        token = nobody.request.cookies.get(self.cookie(SESSION_COOKIE))
        if not token:
            return nobody
        with self._inbox.store.reading() as transaction:
            session = transaction.accounts.session(token, now=nobody.now, idle=self.rules.idle)
            if session is None or not self.rules.lets_in(session.user, session.way):
                return nobody
            user, stage = session.user, self.rules.stage_of(session)
            preferences = _preferences(transaction, user)
            known = replace(
                nobody,
                form_token=session.form_token,
                session=session,
                stage=stage,
                reading=chosen_reading(preferences.get(PREFERENCE, {}), accepted),
            )
            if stage is not Stage.OPEN:
                return known
            known = replace(
                known,
                user=user,
                calls=transaction.callouts.waiting(user.id),
                approvals=waiting_for(transaction, user),
                crises=transaction.crises.running(),
                preferences=preferences,
            )
        self._note_seen(known, session)
        return known

    def _note_seen(self, visit: Visit, session: Session) -> None:
        """Now and then; to have missed it once ends nobody's session."""
        asked = getattr(visit.request.scope.get("route"), "path", "")
        if asked in BACKGROUND or visit.now - session.seen_at < self.rules.seen_every:
            return
        with contextlib.suppress(RetryableError), self._inbox.store.writing() as transaction:
            transaction.accounts.saw_session(session.digest, now=visit.now)

    def _ask_to_log_in(self, visit: Visit) -> Response:
        """A page leads to the log-in and back; a form or a fragment is refused plainly."""
        request = visit.request
        if request.method not in ("GET", "HEAD") or "hx-request" in request.headers:
            return error_page(visit, not_logged_in())
        path = request.url.path.removeprefix(self._inbox.urls.root)
        target = f"{path}?{request.url.query}" if request.url.query else path
        asks = {Stage.CODE: "/login/code", Stage.SET_UP: "/me/second-factor"}.get(visit.stage or Stage.OPEN, "/login")
        return RedirectResponse(self._inbox.urls(asks, next=target), status_code=303)

    def _keep_form_token(self, answer: Response, visit: Visit) -> None:
        if visit.request.cookies.get(self.cookie(FORM_COOKIE)) != visit.form_token:
            self.set_cookie(answer, FORM_COOKIE, visit.form_token)

    def open_session(self, answer: Response, opened: Opened) -> None:
        self.set_cookie(answer, SESSION_COOKIE, opened.token, seconds=int(opened.lasts.total_seconds()))

    def session_token(self, request: Request) -> str:
        return request.cookies.get(self.cookie(SESSION_COOKIE), "")

    def known_token(self, request: Request) -> str:
        return request.cookies.get(self.cookie(KNOWN_COOKIE), "")[:100]

    def sign_on_token(self, request: Request) -> str:
        return request.cookies.get(self.cookie(SIGN_ON_COOKIE), "")

    def know_browser(self, answer: Response, visit: Visit, transaction: Transaction, user_id: int) -> None:
        """Somebody is wholly logged in here: from now on this browser has tries of its own."""
        token = self.known_token(visit.request) or new_token()
        transaction.known_browsers.keep(token, user_id, now=visit.now, expires_at=visit.now + KNOWN_FOR)
        self.set_cookie(answer, KNOWN_COOKIE, token, seconds=int(KNOWN_FOR.total_seconds()))

    def close_session(self, answer: Response) -> None:
        self.end_cookie(answer, SESSION_COOKIE)

    def end_cookie(self, answer: Response, name: str) -> None:
        answer.delete_cookie(
            self.cookie(name),
            path=self._cookie_path(),
            secure=self._inbox.settings.web_secure_cookies,
            httponly=True,
            samesite="lax",
        )

    def set_cookie(self, answer: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        answer.set_cookie(
            self.cookie(name),
            value,
            max_age=seconds,
            path=self._cookie_path(),
            secure=self._inbox.settings.web_secure_cookies,
            httponly=True,
            samesite="lax",
        )

    def cookie(self, name: str) -> str:
        """Behind https a name by which browsers let no neighbouring host, and no plain http, set the cookie for us."""
        if not self._inbox.settings.web_secure_cookies:
            return name
        return f"{'__Secure-' if self._inbox.urls.root else '__Host-'}{name}"

    def _cookie_path(self) -> str:
        return self._inbox.urls.root or "/"


def _preferences(transaction: Transaction, user: User) -> Mapping[str, Mapping[str, object]]:
    """To have none is no reason to keep a page from anybody."""
    try:
        return transaction.preferences.of(user.id)
    except RetryableError:
        return {}


def _check(visit: Visit, form: Mapping[str, str] | None, access: Access) -> None:
    if visit.request.method == "POST":
        if form is None:
            raise RefusedError(
                413, _("This form is too large"), _("Nothing was changed; shorten the text and try again.")
            )
        given = form.get(FORM_FIELD, "")
        if not secrets.compare_digest(given.encode(), visit.form_token.encode()):
            raise RefusedError(
                403, _("This form is too old"), _("Nothing was changed. Open the page again and repeat it.")
            )
    if not access.is_public and visit.user is not None and visit.role not in access.roles:
        raise not_allowed(visit.role)


async def _read_form(request: Request) -> Mapping[str, str] | None:
    """None where it is too large. Zero characters are left out: PostgreSQL keeps none."""
    body = await read_body(request, MOST_FORM_BYTES)
    if body is None or body.count(b"&") >= MOST_FORM_FIELDS:
        return None
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS)
    except ValueError:
        return {}
    return {name: value.replace("\0", "") for name, value in pairs}


def error_page(visit: Visit, error: RefusedError) -> Response:
    return visit.page(
        "error.html", {"title": error.title, "advice": error.advice, "status": error.status}, status=error.status
    )


def _stale() -> RefusedError:
    advice = _(
        "Somebody else changed it while you looked, and nothing of yours was saved. Open it again to see how it stands."
    )
    return RefusedError(409, _("This case has changed meanwhile"), advice)


def _try_again() -> RefusedError:
    advice = _("The database is busy or away. Nothing was changed; try again in a moment.")
    return RefusedError(503, _("Just a moment, please"), advice)
