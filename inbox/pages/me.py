"""A person's own page: the language and the time zone that they read in."""

from zoneinfo import ZoneInfo

from starlette.responses import Response

from inbox.errors import bad_form
from inbox.languages import LANGUAGES, PREFERENCE, _, zones
from inbox.visit import Visit


def show(visit: Visit) -> Response:
    return visit.page(
        "me.html",
        {
            "zones": sorted(zones()),
            "firm_zone": visit.inbox.policy.zone.key,
            "chosen_zone": _key(visit.reading.zone),
        },
    )


def change(visit: Visit) -> Response:
    if visit.user is None:
        return visit.go("/login")
    language, zone = visit.field("language"), visit.field("zone").strip()
    if language not in LANGUAGES:
        raise bad_form(_("the inbox does not speak %(language)s", language=language[:20]))
    if zone and zone not in zones():
        raise bad_form(_("%(zone)s is no time zone; choose one of the list, such as Europe/Sofia", zone=zone[:60]))
    chosen = {"language": language, "zone": zone}
    with visit.inbox.store.writing() as transaction:
        transaction.preferences.set(visit.user.id, PREFERENCE, chosen, now=visit.now)
    return visit.go("/me", notice="saved")


def _key(zone: ZoneInfo | None) -> str:
    return zone.key if zone is not None else ""
