"""Who works here: an administrator invites people by one-time links."""

from datetime import datetime

from starlette.responses import Response

from flow.configuration import person
from inbox import access
from inbox.errors import RefusedError, bad_form, not_found
from inbox.history import SAYINGS
from inbox.hosts import Hosts
from inbox.languages import _, say
from inbox.once import WAS_SENT, is_first
from inbox.pages.account import NAME
from inbox.roles import MEANINGS, Role
from inbox.visit import Visit
from models import Event
from store.accounts import User
from store.store import Transaction

EVENTS_SHOWN = 30


def show(visit: Visit) -> Response:
    return _page(visit)


def _page(visit: Visit, *, link: str | None = None, link_for: str = "", was_sent: bool = False) -> Response:
    with visit.inbox.store.reading() as transaction:
        context = {
            "people": transaction.accounts.all(),
            "roles": MEANINGS,
            "link": link,
            "link_for": link_for,
            "was_sent": say(WAS_SENT) if was_sent else "",
            "second_factors": transaction.second_factors.confirmed(),
            "linked": transaction.identities.linked(),
            "demanded": visit.inbox.settings.second_factor_roles,
            "happened": [_told(event) for event in transaction.account_log.newest(limit=EVENTS_SHOWN)],
        }
    return visit.page("people.html", context)


def _told(event: Event) -> tuple[datetime, str, str, str]:
    """When, who, what, and whose account it was."""
    return event.at, event.actor, SAYINGS[event.kind], str(event.facts.get("person", ""))


def add(visit: Visit) -> Response:
    name, role = " ".join(visit.field("name").split()), visit.field("role")
    if not NAME.fullmatch(name) or role not in set(Role):
        raise bad_form(_("a person has a name of up to 60 letters, digits, spaces and . @ ' -, and one of the roles"))
    with visit.inbox.store.writing() as transaction:
        if not is_first(visit, transaction):
            return _sent_before(visit)
        if transaction.accounts.by_name(name) is not None:
            raise RefusedError(
                409,
                _("There is a %(name)s already", name=name),
                _("Choose another name, or make a new link for this person."),
            )
        token = access.invite(transaction, transaction.accounts.add(name, role, now=visit.now), now=visit.now)
        transaction.configuration.note(person(name, role), by=visit.person, now=visit.now)
    return _page(visit, link=_link(visit, token), link_for=name)


def invite_again(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        user = _user(visit, transaction)
        if not is_first(visit, transaction):
            return _sent_before(visit)
        token = access.invite(transaction, user.id, now=visit.now)
    return _page(visit, link=_link(visit, token), link_for=user.name)


def disable(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        user = _user(visit, transaction)
        if user.name == visit.person:
            raise RefusedError(409, _("You cannot disable yourself"), _("Another administrator can."))
        if not is_first(visit, transaction):
            return visit.go("/people", notice="saved")
        transaction.accounts.disable(user.id, now=visit.now)
        gone = person(user.name, user.role, is_disabled=True)
        transaction.configuration.note(gone, by=visit.person, now=visit.now)
    return visit.go("/people", notice="saved")


def _sent_before(visit: Visit) -> Response:
    return _page(visit, was_sent=True)


def _user(visit: Visit, transaction: Transaction) -> User:
    user = transaction.accounts.by_id(visit.path_id())
    if user is None or user.disabled_at is not None:
        raise not_found(_("such person"))
    return user


def _link(visit: Visit, token: str) -> str:
    """Shown once, to be handed over by the administrator."""
    return Hosts.of(visit.inbox.settings).base(visit.request) + visit.inbox.urls(f"/welcome/{token}")
