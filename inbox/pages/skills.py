"""What people can do, how many open cases they take, who is away; and the next case that nobody owns, given out."""

import secrets

from starlette.responses import Response

from flow import routing as flow
from flow.named import RefusedError as NotNowError
from flow.routing import GIVEN_OUT_TO, able, is_here
from flow.teamwork import By
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, bad_form, not_found
from inbox.languages import _
from inbox.roles import MANAGING
from inbox.visit import Visit
from store.accounts import User
from store.store import Transaction


def show(visit: Visit) -> Response:
    rules = visit.inbox.policy.skills
    with visit.inbox.store.reading() as transaction:
        users = [user for user in transaction.accounts.all() if is_here(user)]
        rooms, people = transaction.rooms.all(), able(transaction, users, rules.capacity)
        waiting = len(transaction.rooms.waiting(limit=flow.AT_ONCE))
    context = {
        "rules": rules,
        "skills": rules.by_code,
        "people": [(user, people[user.name], rooms.get(user.id)) for user in users],
        "waiting": waiting,
        "most_counted": flow.AT_ONCE,
        "given_out_to": GIVEN_OUT_TO,
        "me": visit.user.id if visit.user is not None else 0,
        "may_manage": visit.role in MANAGING,
        "form_key": secrets.token_hex(16),
    }
    return visit.page("skills.html", context)


def change_skill(visit: Visit) -> Response:
    has = visit.field("has") == "yes"
    with visit.inbox.store.writing() as transaction:
        user = _user(visit, transaction)
        try:
            flow.change_skill(transaction, visit.inbox.policy, user, visit.field("skill"), has=has, by=_by(visit))
        except NotNowError as error:
            raise _refused(error) from error
    return visit.go("/skills", notice="saved", anchor=f"#person-{user.id}")


def change_room(visit: Visit) -> Response:
    """Everybody says of themselves whether they are away; how many cases somebody takes is a lead's to say."""
    given, manages = visit.form.get("capacity", "").strip(), visit.role in MANAGING
    if given and not (given.isascii() and given.isdigit() and len(given) < 7):
        raise bad_form(_("the field %(name)s is no number", name="capacity"))
    with visit.inbox.store.writing() as transaction:
        user = _user(visit, transaction)
        if not manages and user.name != visit.person:
            raise RefusedError(403, _("That is not yours to do"), _("A lead says that of others."))
        standing = transaction.rooms.all().get(user.id)
        kept = standing.capacity if standing is not None else None
        capacity = (int(given) if given else None) if manages else kept
        is_away = visit.form.get("away") == "yes"
        try:
            flow.change_room(transaction, user, capacity=capacity, is_away=is_away, by=_by(visit))
        except NotNowError as error:
            raise _refused(error) from error
    return visit.go("/skills", notice="saved", anchor=f"#person-{user.id}")


def give_next(visit: Visit) -> Response:
    try:
        with visit.inbox.store.writing() as transaction:
            given = flow.give_next(transaction, visit.inbox.policy, _by(visit))
    except NotNowError as error:
        raise _refused(error) from error
    if given is None:
        return visit.go("/skills", notice="once")
    return visit.go(f"/cases/{given.case_id}", notice="given")


def _user(visit: Visit, transaction: Transaction) -> User:
    user = transaction.accounts.by_id(visit.number_field("user_id"))
    if user is None:
        raise not_found(_("person with this number"))
    return user


def _refused(error: NotNowError) -> RefusedError:
    return RefusedError(409, _("That was not done"), _("Nothing was changed: %(in_words)s", in_words=in_words(error)))


def _by(visit: Visit) -> By:
    return By(visit.person, visit.now, sent_form_key(visit))
