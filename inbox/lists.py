"""A list of the queue as it stands in an address: view, filters, words and order, and back again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from inbox import wording
from inbox.errors import not_found
from inbox.languages import N_, Sayings, _
from models import Tier
from store.search import read_words
from store.selection import FILTERS, NOBODY, SORTS, VIEWS, Selection

LONGEST_FILTER_CHARACTERS = 120

FILTER_NAMES = Sayings(
    {
        "channel": N_("Channel"),
        "label": N_("Label"),
        "tier": N_("Tier"),
        "priority": N_("Priority"),
        "team": N_("Team"),
        "audience": N_("Audience"),
        "owner": N_("Owner"),
        "lang": N_("Language"),
        "tag": N_("Tag"),
    }
)
SORT_NAMES = Sayings(
    {
        "score": N_("Score"),
        "newest": N_("Newest"),
        "oldest": N_("Oldest"),
        "due": N_("Next due"),
        "reach": N_("Reach"),
    }
)
ORDER_EXPLAINED = Sayings(
    {
        "score": N_(
            "Highest score first; of two with the same score the older case. The score is a sum of points: for tier, "
            "complaint, priority, severity, urgency and reach, less a little for signs of bad faith. “Why this place” "
            "shows the points of each case. The firm's own targets add no points: “Target missed” lists them."
        ),
        "newest": N_("The case with the newest message first."),
        "oldest": N_("The case whose last message has waited longest first."),
        "due": N_(
            "The case whose next clock ends first, those overdue at the top. Cases without a clock come last, highest "
            "score first."
        ),
        "reach": N_(
            "The case whose author reaches the most people first; of two with the same reach the higher score. Cases "
            "of which no platform told any followers come last."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is set, and the query of the list without it."""

    words: str
    without: dict[str, str]


def read_list(given: Mapping[str, str]) -> Selection:
    """Raises: RefusedError (404) for a view that there is not. Anything else that makes no sense is left out."""
    view = given.get("view") or VIEWS[0]
    if view not in VIEWS:
        raise not_found(_("view %(view)s", view=view[:40]))
    filters = {name: given.get(name, "")[:LONGEST_FILTER_CHARACTERS] or None for name in FILTERS if name != "tier"}
    tier = given.get("tier", "")
    return Selection(
        view=view,
        words=read_words(given.get("q", "")),
        tier=int(tier) if tier in {str(each.value) for each in Tier} else None,
        sort=sort if (sort := given.get("sort", "")) in SORTS else SORTS[0],
        **filters,
    )


def list_query(wanted: Selection) -> dict[str, str]:
    """What `read_list` reads; only what is set, and always the view."""
    given = {"view": wanted.view, "q": wanted.words.typed if wanted.words else None}
    given |= {name: str(value) if (value := getattr(wanted, name)) is not None else None for name in FILTERS}
    given["sort"] = wanted.sort if wanted.sort != SORTS[0] else None
    return {name: value for name, value in given.items() if value is not None}


def list_of(request: Request) -> dict[str, str]:
    """The query of the page asked for, or, for a form, of the page that it stood on."""
    if request.method == "GET":
        return dict(request.query_params)
    path, query = _came_from(request)
    return query if _is_case(path) else {}


def kept_list(request: Request, path: str) -> dict[str, str]:
    """For going back to the case that a form stood on: the list that it was opened from goes with it."""
    came_from, given = _came_from(request)
    if not _is_case(path) or not came_from.endswith(path):
        return {}
    place = given.get("at", "")
    is_place = place.isascii() and place.isdigit() and len(place) < 8
    known = given.get("view") in VIEWS
    return (list_query(read_list(given)) | ({"at": place} if is_place else {})) if known else {}


def _came_from(request: Request) -> tuple[str, dict[str, str]]:
    """Path and query of the page before; both empty where the browser does not tell, or tells nonsense."""
    try:
        parts = urlsplit(request.headers.get("referer", ""))
        return parts.path, dict(parse_qsl(parts.query, max_num_fields=40))
    except ValueError:
        return "", {}


def _is_case(path: str) -> bool:
    return "/cases/" in path


def chips(wanted: Selection) -> list[Chip]:
    found = []
    for name in FILTERS:
        value = getattr(wanted, name)
        if value is not None:
            without = list_query(wanted.without(name))
            found.append(Chip(f"{FILTER_NAMES[name]}: {choice_words(name, str(value))}", without))
    return found


def choice_words(name: str, value: str) -> str:
    if name == "owner":
        return _("nobody") if value == NOBODY else value
    say: dict[str, Callable[[str], str]] = {
        "channel": wording.channel,
        "label": wording.sentence,
        "tier": lambda given: wording.tier(Tier(int(given))),
        "priority": wording.words,
        "team": wording.words,
        "audience": lambda given: AUDIENCES.get(given, given),
        "tag": wording.words,
        "lang": lambda given: LANGUAGES.get(given, given),
    }
    return say[name](value)


AUDIENCES = Sayings({"public": N_("public posts only"), "private": N_("with private messages")})
LANGUAGES = Sayings({"en": N_("English"), "tr": N_("Turkish"), "bg": N_("Bulgarian"), "und": N_("unknown")})
