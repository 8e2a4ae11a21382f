"""Every whole page of the inbox, from the table of its routes, so that tests of all pages forget none.

Whoever adds a page that is none for people (a part, a file, an answer for programs) writes it in `NO_SCREENS` with why.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from flow.platform_deletion import honour_deletion
from flow.public_links import Links
from inbox import access
from inbox.classifier import SHIPPED
from inbox.roles import Role
from models import CaseState
from models.account import Stage
from models.follow_up import LinkPurpose
from policy.follow_up import load_follow_up
from policy.retention import load_retention
from settings import Settings
from store.follow_up import Asking
from store.store import Store
from store.vips import NewVip
from tests.inbox.factory import Said, add
from tests.inbox.route_table import FOR_ANYBODY, ROLES, SCOPES
from tests.inbox.test_access import add_dry_run
from tests.learning.evaluations import evaluation

PART, FILE, PROGRAM = "a part of a page", "a file", "an answer for programs"
NO_SCREENS = {
    "/news": PART,
    "/filters": PART,
    "/board/live": PART,
    "/board/measured": PART,
    "/cases/{id}/live": PART,
    "/cases/{id}/alike": PART,
    "/cases/{id}/drafts": PROGRAM,
    "/me/second-factor/picture": "a picture",
    **dict.fromkeys(
        (
            *("/escalations/export", "/promises/export", "/register/export", "/figures/export", "/follow-up/export"),
            *("/compliance/log/export", "/compliance/figures/report", "/compliance/configuration/export"),
            *(
                "/compliance/access/export",
                "/dry-run/{id}/cases.csv",
                "/figures/classifier/card",
                "/cases/{id}/trail/export",
            ),
        ),
        FILE,
    ),
    **dict.fromkeys(("/hooks/{name}", "/metrics", "/healthz", "/readyz", "/api/openapi.json"), PROGRAM),
    **dict.fromkeys((line.partition(" ")[2] for line in SCOPES), PROGRAM),
    "/cases/{id}/then": "a sandbox only",
    "/contact": "only where the form is on: tests/inbox/test_web_form.py, tests/browser/test_everybody.py",
    "/login/code": "leads on, but for a log-in that is not whole yet: `HALF_WAY`",
    "/sign-on": "leads on to the provider of accounts",
    "/sign-on/return": "comes back from the provider of accounts",
    "/sign-on/left": "leads on",
}
"""Path → why it is no page that everybody can just open."""
CODE_PAGE = "/login/code"
HALF_WAY = {"name": "earshot_session", "value": "half-way-in"}
"""The cookie of a log-in that waits for its second factor."""
_TOKENS = {"/s/{token}": "/s/{status}", "/rate/{token}": "/rate/{rating}", "/welcome/{token}": "/welcome/{invited}"}


def _shown(lines: frozenset[str]) -> tuple[str, ...]:
    paths = sorted(line.removeprefix("GET ") for line in lines if line.startswith("GET "))
    return tuple(_filled(path) for path in paths if path not in NO_SCREENS)


def _filled(path: str) -> str:
    path = path.replace("/complaints/{id}", "/complaints/C-0000001").replace("/mentions/{id}", "/mentions/{deleted}")
    return _TOKENS.get(path, path).replace("{id}", "1")


SCREENS = _shown(frozenset(ROLES))
"""As an administrator opens them once `fill` has run; what stands in braces is in its answer."""
OPEN_SCREENS = _shown(FOR_ANYBODY)
"""As nobody opens them who is known."""


def fill(store: Store, settings: Settings, *, now: datetime) -> dict[str, str]:
    """What `add_demo` leaves out and pages show; gives what stands in braces in a path."""
    add_dry_run(store)
    told = add(store, Said("Where is my refund?", native_id="asked-again", label="enquiry"), now=now)
    with store.writing() as transaction:
        ends = now + timedelta(days=30)
        known = NewVip(
            "a" * 32, "x", "joss_wattle", "K-17", "key", "Largest account of the branch", "vip 2026-11", ends
        )
        transaction.vips.add(known, by="Agnes", now=now)
        transaction.evaluations.keep(evaluation(version="firm-1", against=SHIPPED))
        transaction.quotas.spend("mastodon", "notifications", calls=9, cost=Decimal(0), now=now)
        case = transaction.cases.get(told)
        assert case is not None
        transaction.cases.set_state(told, CaseState.CLOSED, now=now)
        asking = Asking("follow_up 2026-11", case.author_key, case.channel, "Agnes", 5, 4)
        assert transaction.follow_ups.queue(told, asking, now=now)
        transaction.follow_ups.asked(told, now=now)
        deleted = transaction.mentions.newest_of_case(3, limit=1)[0].mention.id
        honour_deletion(transaction, load_retention(), deleted, at=now - timedelta(minutes=5), now=now)
        user_id = transaction.accounts.add("Ines", Role.AGENT.value, now=now)
        invited, until = access.invite(transaction, user_id, now=now), now + timedelta(hours=1)
        transaction.accounts.open_session(
            user_id, HALF_WAY["value"], "its-form-token", now=now, expires_at=until, stage=Stage.CODE
        )
    return {
        "deleted": deleted,
        "invited": invited,
        "status": _token(store, settings, LinkPurpose.STATUS, told, now),
        "rating": _token(store, settings, LinkPurpose.RATE, told, now),
    }


def _token(store: Store, settings: Settings, purpose: LinkPurpose, case_id: int, now: datetime) -> str:
    with store.writing() as transaction:
        until = now + timedelta(days=30)
        made = transaction.follow_ups.make_link(f"{purpose}:{case_id}", purpose, case_id, now=now, expires_at=until)
    return Links.of(settings, load_follow_up().links).token(purpose, made)
