"""Every page that shows words or names of customers says who looked at it: one row per person, thing and hour.

What is no page of figures or settings is noted, so that a page nobody thought of is not left out.
"""

import hmac
import logging
import re
from collections import OrderedDict
from threading import Lock

from starlette.responses import Response

from flow.public_links import links_key
from inbox.downloads import Attached
from inbox.visit import Visit
from models.access import Access, AccessAct
from models.account import Way
from models.errors import RetryableError
from settings import Settings
from store.access import ONCE, hour_key
from store.store import Store

logger = logging.getLogger(__name__)

SHOWS_NOBODY = frozenset(
    "/login /news /filters /health /me /first-steps /keys /channels /board /board/live /board/measured /figures"
    " /figures/quality /dry-run /policy /replies /macros /teams /people /crisis /called /compliance/configuration"
    " /me/security /me/second-factor /me/second-factor/picture /login/code /programs"
    " /figures/classifier /figures/classifier/card"
    " /compliance/figures /compliance/retention /compliance/access /compliance/erasure /targets".split()
)
"""Figures, settings and names of people who work here: no customer."""
ONE = re.compile(r"/(?P<thing>cases|complaints|desk|figures/quality)/(?P<subject>[\w-]+)(?:/.*)?")
KEPT = re.compile(r"/mentions/(?P<subject>\w+)/kept")
NAMES = {"cases": "case", "complaints": "complaint", "desk": "ticket", "figures/quality": "case"}
LISTS = {"/": "queue", "/desk": "tickets", "/compliance": "review"}
UNSAID = frozenset({"q", "token", "notice", "words", "handle"})
"""What was typed to look for somebody, and what says nothing: never in the facts as it is."""
LONGEST_VALUE, LONGEST_SUBJECT = 60, 80
REMEMBERED = 20_000


def digest_of(settings: Settings, words: str) -> str:
    """The same words give the same digest on every machine with the same EARSHOT_LINK_KEY; it gives no words back."""
    said = " ".join(words.casefold().split())
    return hmac.digest(links_key(settings), b"searched\0" + said.encode(), "sha256").hex()[:16]


def looked(visit: Visit, answer: Response) -> list[Access]:
    """What an answer shows, as far as it is to be noted."""
    if visit.user is None:
        return []
    found = [_access(visit, AccessAct.BROKE_GLASS, "log-in")] if _broke_glass(visit) else []
    if visit.request.method != "GET" or answer.status_code != 200:
        return found
    return found + _seen(visit, answer)


def _broke_glass(visit: Visit) -> bool:
    way = visit.session.way if visit.session is not None else None
    return visit.inbox.settings.password_log_in == "break_glass" and way == Way.PASSWORD  # noqa: S105


def _seen(visit: Visit, answer: Response) -> list[Access]:
    path, found = visit.request.url.path.removeprefix(visit.inbox.urls.root) or "/", list[Access]()
    if words := visit.query("q").strip():
        facts = {"words": digest_of(visit.inbox.settings, words), "count": len(words.split())}
        found.append(_access(visit, AccessAct.SEARCHED, LISTS.get(path, _thing(path)), facts=facts))
    if "attachment" in answer.headers.get("content-disposition", ""):
        facts = _filter(visit) | {
            name.removeprefix("x-"): value for name, value in answer.headers.items() if name.endswith("-rows")
        }
        return [*found, _access(visit, AccessAct.EXPORTED, _thing(path), facts=facts)]
    if kept := KEPT.fullmatch(path):
        return [*found, _access(visit, AccessAct.READ_KEPT, "message", kept["subject"])]
    if one := ONE.fullmatch(path):
        return [*found, _access(visit, AccessAct.OPENED, NAMES[one["thing"]], one["subject"])]
    if path not in SHOWS_NOBODY:
        found.append(_access(visit, AccessAct.LISTED, LISTS.get(path, _thing(path))))
    return found


def _access(
    visit: Visit, act: AccessAct, thing: str, subject: str = "", facts: dict[str, object] | None = None
) -> Access:
    return Access(visit.now, visit.person, visit.role.value, act, thing, subject[:LONGEST_SUBJECT], facts or {})


def _thing(path: str) -> str:
    """The page's name; no number, and nothing that somebody typed."""
    parts = [part for part in path.split("/") if part.isascii() and re.fullmatch(r"[a-z][a-z-]*(\.[a-z]+)?", part)]
    return " ".join(parts)[:40] or "page"


def _filter(visit: Visit) -> dict[str, object]:
    query = visit.request.query_params
    return {name[:40]: ", ".join(query.getlist(name))[:LONGEST_VALUE] for name in query if name not in UNSAID}


class Noted:
    """Writes what was looked at, and remembers what this process wrote, so that most looks write nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def of(self, visit: Visit, answer: Response) -> Response:
        """The same answer, noted. Raises: RetryableError where a copy would go out that could not be noted."""
        found = [(one, hour_key(one)) for one in looked(visit, answer)]
        fresh = [(one, key) for one, key in found if not self._knows(key)]
        if not fresh:
            return answer
        try:
            with self._store.writing() as transaction:
                for one, key in fresh:
                    transaction.access.note(one, key=key)
        except RetryableError:
            if any(one.act not in (AccessAct.OPENED, AccessAct.LISTED, AccessAct.SEARCHED) for one, _ in fresh):
                if isinstance(answer, Attached):
                    answer.discard()
                raise
            for one, _ in fresh:
                logger.warning(
                    "not noted, the database is busy: person=%s %s %s %s", one.person, one.act, one.thing, one.subject
                )
            return answer
        self._learn([key for one, key in fresh if one.act in ONCE])
        return answer

    def _knows(self, key: str) -> bool:
        with self._lock:
            return key in self._known

    def _learn(self, keys: list[str]) -> None:
        with self._lock:
            for key in keys:
                self._known[key] = None
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
