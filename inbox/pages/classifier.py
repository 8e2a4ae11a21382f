"""Versions of the classifier: precision, recall and confusion of each before it goes live, and what became of it."""

import io

from starlette.responses import Response

from inbox import classifier as shown
from inbox.downloads import attached
from inbox.errors import not_found
from inbox.languages import _
from inbox.visit import Visit


def show(visit: Visit) -> Response:
    """All versions, and one of them in full: the live one, or that in the query."""
    with visit.inbox.store.reading() as transaction:
        lines = shown.versions(transaction, visit.inbox.settings)
        chosen = _chosen(visit, lines)
        is_live = "live" in chosen.roles
        look = transaction.drift.last_look(chosen.name)
        context = {
            "lines": lines,
            "live": lines[0].name,
            "chosen": chosen,
            "measured": chosen.measured,
            "heard": shown.heard(transaction, chosen.name, now=visit.now) if is_live else None,
            "beside": shown.beside(transaction, chosen),
            "look": look,
            "groups": shown.drifted(look),
            "drift_days": visit.inbox.settings.drift_days,
        }
    words = {
        "figures": shown.FIGURES,
        "verdicts": shown.VERDICTS,
        "roles": shown.ROLES,
        "acts": shown.ACTS,
        "levels": shown.LEVELS,
        "said": shown.said,
        "points": shown.points,
    }
    return visit.page("classifier.html", context | words)


def download_card(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        chosen = _chosen(visit, shown.versions(transaction, visit.inbox.settings))
    path = shown.card(visit.inbox.settings, chosen.name, chosen.command)
    if path is None:
        raise not_found(_("the card of version %(name)s", name=chosen.name))
    return attached(io.BytesIO(path.read_bytes()), f"classifier_{chosen.command}.md", "text/markdown; charset=utf-8")


def _chosen(visit: Visit, lines: list[shown.VersionLine]) -> shown.VersionLine:
    name = visit.query("version") or lines[0].name
    found = next((one for one in lines if one.name == name), None)
    if found is None:
        raise not_found(_("version %(name)s of the classifier", name=name[:40]))
    return found
