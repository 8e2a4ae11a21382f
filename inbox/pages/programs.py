"""Keys of programs, for administrators: what each may do, when it was last used, until when it is good."""

from datetime import timedelta

from starlette.responses import Response

from flow.configuration import api_key
from inbox.errors import bad_form, not_found
from inbox.languages import N_, Sayings, _, say
from inbox.once import WAS_SENT, is_first
from inbox.visit import Visit
from models.account import Scope

LONGEST_NAME = 80
DAYS_OFFERED = (30, 90, 180, 365)
USUAL_DAYS = 90
MOST_DAYS = 3_650
MAY = Sayings(
    {
        Scope.MESSAGES_WRITE: N_("hands in messages"),
        Scope.FIGURES_READ: N_("reads figures"),
        Scope.REGISTER_EXPORT: N_("exports the register, masked"),
    }
)


def show(visit: Visit) -> Response:
    return _page(visit)


def _page(visit: Visit, *, key: str = "", key_for: str = "", was_sent: bool = False) -> Response:
    """`key` is shown this once: only its digest is kept."""
    with visit.inbox.store.reading() as transaction:
        keys = transaction.api_keys.all()
    context = {
        "keys": keys,
        "may": MAY,
        "scopes": list(Scope),
        "days": DAYS_OFFERED,
        "usual_days": USUAL_DAYS,
        "key": key,
        "key_for": key_for,
        "was_sent": say(WAS_SENT) if was_sent else "",
    }
    return visit.page("programs.html", context)


def make(visit: Visit) -> Response:
    name, days = visit.field("name").strip(), visit.number_field("days")
    scopes = [scope for scope in Scope if visit.form.get(f"scope-{scope}")]
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise bad_form(_("a key's name has 1 to %(most)s characters", most=LONGEST_NAME))
    if not scopes:
        raise bad_form(_("choose at least one thing that the program may do"))
    if days > MOST_DAYS:
        raise bad_form(_("a key is good for at most %(most)s days", most=MOST_DAYS))
    expires_at = visit.now + timedelta(days=days) if days else None
    with visit.inbox.store.writing() as transaction:
        if not is_first(visit, transaction):
            return _page(visit, was_sent=True)
        key = transaction.api_keys.make(name, scopes=scopes, now=visit.now, expires_at=expires_at)
        made = transaction.api_keys.all()[-1]
        transaction.configuration.note(api_key(made.id, made.name), by=visit.person, now=visit.now)
    return _page(visit, key=key, key_for=name)


def revoke(visit: Visit) -> Response:
    number = visit.path_id()
    with visit.inbox.store.writing() as transaction:
        if not is_first(visit, transaction):
            return visit.go("/programs", notice="key_revoked")
        if not transaction.api_keys.revoke(number, now=visit.now):
            raise not_found(_("key %(number)s that stands", number=number))
        gone = next(one for one in transaction.api_keys.all() if one.id == number)
        transaction.configuration.note(api_key(gone.id, gone.name, is_revoked=True), by=visit.person, now=visit.now)
    return visit.go("/programs", notice="key_revoked")
