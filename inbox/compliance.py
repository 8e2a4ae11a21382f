"""What the compliance pages share: their sections, what was typed, and refusals in words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from inbox.complaints.forms import Sent
from inbox.languages import N_, Sayings
from inbox.visit import Visit
from models.errors import EarshotError
from store.cases import StaleCaseError

SECTIONS = Sayings(
    {
        "overview": N_("What waits"),
        "review": N_("Noise review"),
        "log": N_("No complaint"),
        "systemic": N_("Systemic issues"),
        "figures": N_("Figures"),
        "retention": N_("Retention"),
        "configuration": N_("Configuration"),
        "access": N_("Access to data"),
        "erasure": N_("Erasure"),
    }
)
_COMMAND = re.compile(r"[;:,]? (?:see )?`earshot [^`]*`[^.;]*")


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that could not be carried out, as it was sent in."""

    form: str
    """Which one: its name and the number of what it is about."""
    values: Mapping[str, str]
    fault: str


def section_page(visit: Visit, section: str, context: Mapping[str, object], *, status: int = 200) -> Response:
    common = {"section": section, "sections": SECTIONS, "zone": visit.inbox.policy.zone.key, "refused": None}
    return visit.page(f"compliance_{section}.html", common | dict(context), status=status)


def refused(visit: Visit, form: str, error: EarshotError) -> Refused:
    return Refused(form, visit.form, in_words(error))


def status_of(error: EarshotError) -> int:
    return 409 if isinstance(error, StaleCaseError) else 422


def in_words(error: EarshotError) -> str:
    """Without the hints that are for the command line."""
    said = _COMMAND.sub("", str(error))
    return f"{said[:1].upper()}{said[1:]}" + ("" if said.endswith((".", "?", "!")) else ".")


def typed(visit: Visit) -> Sent:
    return Sent("", visit.person, "", visit.form, visit.inbox.policy.zone, visit.now)


def back(visit: Visit, section: str, notice: str, *, anchor: str = "", **query: str) -> Response:
    path = visit.inbox.urls(f"/compliance/{section}", notice=notice, **query)
    return RedirectResponse(path + anchor, status_code=303)
