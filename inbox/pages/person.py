"""One person, for administrators: role, where they are logged in, second factor, single sign-on."""

from starlette.responses import Response

from flow import accounts
from flow.teamwork import By
from inbox import access
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, bad_form, not_found
from inbox.languages import _
from inbox.once import is_first
from inbox.roles import MEANINGS, Role
from inbox.visit import Visit
from models.account import Stage
from store.accounts import User
from store.store import Transaction


def show(visit: Visit) -> Response:
    idle = access.Rules.of(visit.inbox.settings).idle
    with visit.inbox.store.reading() as transaction:
        user = _any(visit, transaction)
        factor = transaction.second_factors.get(user.id)
        context = {
            "person": user,
            "roles": MEANINGS,
            "sessions": [
                one
                for one in transaction.accounts.sessions_of(user.id, now=visit.now, idle=idle)
                if one.stage == Stage.OPEN
            ],
            "second_factor_since": factor.confirmed_at if factor is not None else None,
            "codes_left": transaction.second_factors.codes_left(user.id),
            "is_demanded": user.role in visit.inbox.settings.second_factor_roles,
            "identities": transaction.identities.of_user(user.id),
            "is_own": user.name == visit.person,
        }
    return visit.page("person.html", context)


def change_role(visit: Visit) -> Response:
    role = visit.field("role")
    if role not in set(Role):
        raise bad_form(_("%(role)s is none of the roles", role=role[:20]))
    with visit.inbox.store.writing() as transaction:
        user = _standing(visit, transaction)
        if user.name == visit.person:
            raise RefusedError(409, _("You cannot change your own role"), _("Another administrator can."))
        if is_first(visit, transaction):
            accounts.change_role(transaction, user, role, _by(visit))
    return visit.go(f"/people/{user.id}", notice="saved")


def end_sessions(visit: Visit) -> Response:
    """All of them, and no browser of theirs counts as known any more."""
    with visit.inbox.store.writing() as transaction:
        user = _any(visit, transaction)
        own = visit.session.digest if visit.session is not None else ""
        if is_first(visit, transaction):
            accounts.end_sessions(transaction, user, _by(visit), but=own)
            transaction.known_browsers.forget(user.id)
    return visit.go(f"/people/{user.id}", notice="sessions_ended")


def reset_second_factor(visit: Visit) -> Response:
    """For a phone that is lost. Their sessions end; the next log-in asks for none, or leads to a new set-up."""
    with visit.inbox.store.writing() as transaction:
        user = _any(visit, transaction)
        if user.name == visit.person:
            raise RefusedError(
                409,
                _("You cannot reset your own second factor"),
                _("Remove it on your own page with a code, or ask another administrator."),
            )
        if is_first(visit, transaction) and accounts.remove_second_factor(transaction, user, _by(visit)):
            accounts.end_sessions(transaction, user, _by(visit))
    return visit.go(f"/people/{user.id}", notice="second_factor_removed")


def unlink(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        user = _any(visit, transaction)
        if is_first(visit, transaction) and accounts.unlink(transaction, user, _by(visit)):
            own = visit.session.digest if visit.session is not None else ""
            accounts.end_sessions(transaction, user, _by(visit), but=own)
    return visit.go(f"/people/{user.id}", notice="saved")


def _any(visit: Visit, transaction: Transaction) -> User:
    user = transaction.accounts.by_id(visit.path_id())
    if user is None:
        raise not_found(_("such person"))
    return user


def _standing(visit: Visit, transaction: Transaction) -> User:
    user = _any(visit, transaction)
    if user.disabled_at is not None:
        raise not_found(_("such person"))
    return user


def _by(visit: Visit) -> By:
    return By(visit.person, visit.now, sent_form_key(visit))
