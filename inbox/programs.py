"""Pages for programs: a key with the right scope in place of a log-in, and refusals as JSON."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inbox.errors import RefusedError
from inbox.gate import Access, Endpoint, Gate, Page, declare
from inbox.locks import ADDRESS_WITHIN, Tried
from inbox.roles import Role
from inbox.visit import Inbox, Visit, address_of
from models.account import Scope
from models.errors import RetryableError
from store.accounts import User

NOBODYS_ID = 0
RETRY_AFTER_SECONDS = str(int(ADDRESS_WITHIN.total_seconds()))


def keyed(gate: Gate, page: Page, scope: Scope) -> Endpoint:
    """The page as an auditor would be given it: it changes nothing, and personal data is masked."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_serve, gate, request, page, scope)

    return declare(endpoint, Access(scope=scope))


def key_in(request: Request) -> str:
    """As `Authorization: Bearer ek_…`; empty where it is not given so."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def unknown_key(inbox: Inbox, request: Request) -> Response:
    """401, and 429 to an address that came with too many wrong ones. A right key is always served: what it hands in
    must not be kept out by who else is behind the same proxy. Raises: RetryableError."""
    if key_in(request) and not inbox.throttle.begin(Tried.PROGRAM_KEY, address_of(request), now=inbox.clock()):
        return _refused(429, "too many wrong keys from this address: look at the key, and wait ten minutes")
    return _refused(401, "no such key, or it was revoked or has expired: Authorization: Bearer ek_…")


def _serve(gate: Gate, request: Request, page: Page, scope: Scope) -> Response:
    inbox, key = gate.inbox, key_in(request)
    now = inbox.clock()
    try:
        with inbox.store.writing() as transaction:
            known = transaction.api_keys.find(key, now=now) if key else None
        if known is None:
            return unknown_key(inbox, request)
        if scope not in known.scopes:
            return _refused(403, f"the key {known.name!r} lacks the scope {scope}")
        program = User(NOBODYS_ID, f"program {known.name}", Role.AUDITOR, None, None, 0, None)
        visit = Visit(inbox, request, now, "", user=program)
        return gate.noted(visit, page(visit))
    except RefusedError as error:
        return _refused(error.status, f"{error.title}: {error.advice}")
    except RetryableError:
        return _refused(503, "the database is busy: try again in a moment")


def _refused(status: int, why: str) -> Response:
    headers = {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": RETRY_AFTER_SECONDS}}.get(status)
    return JSONResponse({"error": why}, status_code=status, headers=headers)
