"""The one gate: every page gets its user, its form and its refusals through it."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.access import SESSION, new_token
from inbox.approvals import waiting_for
from inbox.errors import RefusedError, not_allowed
from inbox.languages import PREFERENCE, _, chosen_reading, read_in
from inbox.roles import EVERYBODY, Role
from inbox.visit import Inbox, Visit
from models.errors import RetryableError
from store.accounts import User
from store.cases import StaleCaseError
from store.store import Transaction

logger = logging.getLogger(__name__)

SESSION_COOKIE = "earshot_session"
FORM_COOKIE = "earshot_form"
FORM_FIELD = "form_token"
MOST_FORM_BYTES = 256 * 1024
MOST_FORM_FIELDS = 60

Page = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


class Gate:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    @property
    def inbox(self) -> Inbox:
        return self._inbox

    def public(self, page: Page) -> Endpoint:
        """For log-in and its like: nobody in particular asks, and every form still carries its token."""
        return self._endpoint(page, None)

    def page(self, page: Page, *, roles: frozenset[Role] = EVERYBODY) -> Endpoint:
        """For everything else: somebody who is logged in, with one of the roles."""
        return self._endpoint(page, roles)

    def _endpoint(self, page: Page, roles: frozenset[Role] | None) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            form = await _read_form(request) if request.method == "POST" else {}
            return await run_in_threadpool(self._serve, request, form, page, roles)

        return endpoint

    def _serve(
        self, request: Request, form: Mapping[str, str] | None, page: Page, roles: frozenset[Role] | None
    ) -> Response:
        visit, away = self._visit(request, form or {})
        with read_in(visit.reading):
            answer = error_page(visit, _try_again()) if away else self._answer(visit, form, page, roles)
        if visit.user is None and answer.media_type == "text/html":
            self._keep_form_token(answer, visit)
        return answer

    def _answer(
        self, visit: Visit, form: Mapping[str, str] | None, page: Page, roles: frozenset[Role] | None
    ) -> Response:
        if roles is not None and visit.user is None:
            return self._ask_to_log_in(visit)
        try:
            _check(visit, form, roles)
            return page(visit)
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
        token = request.cookies.get(FORM_COOKIE) or new_token()
        nobody = Visit(
            self._inbox, request, self._inbox.clock(), token, form=form, reading=chosen_reading({}, accepted)
        )
        try:
            return self._known(nobody, accepted), False
        except RetryableError:
            logger.warning("the database did not answer", exc_info=True)
            return nobody, True

    def _known(self, nobody: Visit, accepted: str) -> Visit:
        token = nobody.request.cookies.get(SESSION_COOKIE)
        if not token:
            return nobody
        with self._inbox.store.reading() as transaction:
            session = transaction.accounts.session(token, now=nobody.now)
            if session is None:
                return nobody
            user = session.user
            preferences = _preferences(transaction, user)
            return replace(
                nobody,
                form_token=session.form_token,
                user=user,
                calls=transaction.callouts.waiting(user.id),
                approvals=waiting_for(transaction, user),
                crises=transaction.crises.running(),
                preferences=preferences,
                reading=chosen_reading(preferences.get(PREFERENCE, {}), accepted),
            )

    def _ask_to_log_in(self, visit: Visit) -> Response:
        """A page leads to the log-in and back; a form or a fragment is refused plainly."""
        request = visit.request
        if request.method not in ("GET", "HEAD") or "hx-request" in request.headers:
            error = RefusedError(401, _("You are not logged in"), _("Nothing was changed. Log in and try again."))
            return error_page(visit, error)
        path = request.url.path.removeprefix(self._inbox.urls.root)
        target = f"{path}?{request.url.query}" if request.url.query else path
        return RedirectResponse(self._inbox.urls("/login", next=target), status_code=303)

    def _keep_form_token(self, answer: Response, visit: Visit) -> None:
        if visit.request.cookies.get(FORM_COOKIE) != visit.form_token:
            self._set_cookie(answer, FORM_COOKIE, visit.form_token)

    def open_session(self, answer: Response, token: str) -> None:
        self._set_cookie(answer, SESSION_COOKIE, token, seconds=int(SESSION.total_seconds()))

    def close_session(self, answer: Response) -> None:
        answer.delete_cookie(SESSION_COOKIE, path=self._cookie_path())

    def _set_cookie(self, answer: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            path=self._cookie_path(),
            secure=self._inbox.settings.web_secure_cookies,
            httponly=True,
            samesite="lax",
        )

    def _cookie_path(self) -> str:
        return self._inbox.urls.root or "/"


def _preferences(transaction: Transaction, user: User) -> Mapping[str, Mapping[str, object]]:
    """To have none is no reason to keep a page from anybody."""
    try:
        return transaction.preferences.of(user.id)
    except RetryableError:
        return {}


def _check(visit: Visit, form: Mapping[str, str] | None, roles: frozenset[Role] | None) -> None:
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
    if roles is not None and visit.role not in roles:
        raise not_allowed(visit.role)


async def _read_form(request: Request) -> Mapping[str, str] | None:
    """None where it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_FORM_BYTES:
            return None
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS)
    except ValueError:
        return {}
    return dict(pairs)


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
