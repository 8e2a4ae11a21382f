"""The first steps on a page of their own, and putting their panel away or taking it out again."""

from starlette.responses import Response

from inbox.errors import bad_form
from inbox.languages import _
from inbox.tour import PREFERENCE, is_away, tour
from inbox.visit import Visit


def show(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        found = tour(visit, transaction)
    return visit.page("first_steps.html", {"tour": found, "is_away": is_away(visit)})


def change(visit: Visit) -> Response:
    wanted = visit.field("panel")
    if wanted not in ("away", "shown"):
        raise bad_form(_("%(wanted)s is neither away nor shown", wanted=wanted[:20]))
    if visit.user is not None:
        with visit.inbox.store.writing() as transaction:
            value = {"is_away": wanted == "away"}
            transaction.preferences.set(visit.user.id, PREFERENCE, value, now=visit.now)
    return visit.go("/", notice="tour_away" if wanted == "away" else None)
