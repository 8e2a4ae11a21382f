"""The keyboard's map on a page of its own: anybody switches single keys off, or binds them anew, for themselves."""

from collections.abc import Mapping

from starlette.responses import Response

from inbox.keys import FIXED, PREFERENCE, SHIPPED, Place, faults
from inbox.visit import Visit


def show(visit: Visit) -> Response:
    keys = visit.key_map()
    typed = {command.name: command.keys for command in keys.commands}
    return _page(visit, typed, {}, are_on=keys.are_on, status=200)


def change(visit: Visit) -> Response:
    """Save what was typed, or go back to the keys as shipped."""
    if visit.user is None:
        return visit.go("/login")
    if visit.form.get("reset"):
        return _save(visit, visit.user.id, {})
    offered = visit.key_map().commands
    typed = {each.name: " ".join(visit.form.get(f"key-{each.name}", each.keys).split()) for each in offered}
    are_on = visit.field("are_on") == "yes"
    found = faults(typed, offered)
    if found:
        return _page(visit, typed, found, are_on=are_on, status=422)
    bound = {name: keys for name, keys in typed.items() if keys != SHIPPED.get(name, "")}
    return _save(visit, visit.user.id, {"bound": bound, "are_on": are_on})


def _save(visit: Visit, user_id: int, value: Mapping[str, object]) -> Response:
    with visit.inbox.store.writing() as transaction:
        transaction.preferences.set(user_id, PREFERENCE, value, now=visit.now)
    return visit.go("/keys", notice="saved")


def _page(visit: Visit, typed: Mapping[str, str], found: Mapping[str, str], *, are_on: bool, status: int) -> Response:
    shown = visit.key_map().commands
    context = {
        "shipped": SHIPPED,
        "key_fixed": FIXED,
        "places": {place: [one for one in shown if one.place is place] for place in Place},
        "typed": typed,
        "key_faults": found,
        "are_on": are_on,
    }
    return visit.page("keys.html", context, status=status)
