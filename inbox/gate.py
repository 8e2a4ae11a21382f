"""The one gate: every page gets its user, its form and its refusals through it."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.access import SESSION, new_token
from inbox.errors import RefusedError, not_allowed
from inbox.roles import EVERYBODY, Role
from inbox.visit import Inbox, Visit
from models.errors import RetryableError
from store.accounts import Session
from store.cases import StaleCaseError

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
        visit = self._bare(request)
        try:
            visit = self._visit(request, form or {})
            if roles is not None and visit.user is None:
                return self._ask_to_log_in(request)
            _check(visit, form, roles)
            answer = page(visit)
        except RefusedError as error:
            answer = error_page(visit, error)
        except StaleCaseError:
            answer = error_page(visit, _stale())
        except RetryableError:
            logger.warning("the database did not answer", exc_info=True)
            answer = error_page(visit, _try_again())
        if visit.user is None and answer.media_type == "text/html":
            self._keep_form_token(answer, visit)
        return answer

    def _bare(self, request: Request) -> Visit:
        token = request.cookies.get(FORM_COOKIE) or new_token()
        return Visit(self._inbox, request, self._inbox.clock(), token)

    def _visit(self, request: Request, form: Mapping[str, str]) -> Visit:
        session, calls = self._session(request)
        token = session.form_token if session else request.cookies.get(FORM_COOKIE) or new_token()
        user = session.user if session else None
        return Visit(self._inbox, request, self._inbox.clock(), token, user, form, calls)

    def _session(self, request: Request) -> tuple[Session | None, int]:
        """And how many calls wait for this person."""
        token = request.cookies.get(SESSION_COOKIE)
        if not token:
            return None, 0
        with self._inbox.store.reading() as transaction:
            session = transaction.accounts.session(token, now=self._inbox.clock())
            return session, transaction.callouts.waiting(session.user.id) if session else 0

    def _ask_to_log_in(self, request: Request) -> Response:
        """A page leads to the log-in and back; a form or a fragment is refused plainly."""
        if request.method not in ("GET", "HEAD") or "hx-request" in request.headers:
            error = RefusedError(401, "You are not logged in", "Nothing was changed. Log in and try again.")
            return error_page(self._bare(request), error)
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


def _check(visit: Visit, form: Mapping[str, str] | None, roles: frozenset[Role] | None) -> None:
    if visit.request.method == "POST":
        if form is None:
            raise RefusedError(413, "This form is too large", "Nothing was changed; shorten the text and try again.")
        given = form.get(FORM_FIELD, "")
        if not secrets.compare_digest(given.encode(), visit.form_token.encode()):
            raise RefusedError(403, "This form is too old", "Nothing was changed. Open the page again and repeat it.")
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
    advice = (
        "Somebody else changed it while you looked, and nothing of yours was saved. Open it again to see how it stands."
    )
    return RefusedError(409, "This case has changed meanwhile", advice)


def _try_again() -> RefusedError:
    advice = "The database is busy or away. Nothing was changed; try again in a moment."
    return RefusedError(503, "Just a moment, please", advice)
