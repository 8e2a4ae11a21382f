"""In a sandbox: what was really done with the case that this one was copied from, shown when it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from flow.sandbox import story_of
from inbox import wording
from inbox.errors import not_found
from inbox.history import SAYINGS
from inbox.languages import _
from inbox.visit import Visit
from models import EventKind


@dataclass(frozen=True, slots=True)
class StoryLine:
    after_minutes: int
    what: str
    by: str
    facts: list[tuple[str, str]]
    text: str


def show(visit: Visit) -> Response:
    inbox = visit.inbox
    if not inbox.settings.is_sandbox:
        raise not_found(_("story of a real case: this is no sandbox"))
    with inbox.store.reading() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        ids = [item.mention.id for item in transaction.mentions.of_case(case.id)]
    lines = [_line(one) for one in story_of(inbox.settings.home, ids)]
    return visit.page("sandbox_story.html", {"case": case, "lines": lines})


def _line(one: Mapping[str, object]) -> StoryLine:
    facts, minutes = one.get("facts"), one.get("minutes")
    told = facts.items() if isinstance(facts, dict) else ()
    return StoryLine(
        minutes if isinstance(minutes, int) else 0,
        _what(str(one.get("kind"))),
        str(one.get("by")),
        [(str(name), _said(value)) for name, value in told],
        str(one.get("text") or ""),
    )


def _what(kind: str) -> str:
    return SAYINGS[EventKind(kind)] if kind in set(EventKind) else _("answered")


def _said(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value) if isinstance(value, int) else wording.words(str(value))
