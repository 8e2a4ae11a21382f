"""Which forms a person is offered now, which not and why, with what they typed where a form was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inbox.complaints import nature, people, way_through
from inbox.complaints.forms import Form, Part, Setting
from inbox.errors import not_found
from inbox.languages import N_, _

GROUPS: Mapping[str, Sequence[Form]] = {
    N_("What comes next"): way_through.FORMS,
    N_("People"): people.FORMS,
    N_("What it is"): nature.FORMS,
}
BY_NAME = {form.name: form for forms in GROUPS.values() for form in forms}


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that could not be carried out."""

    name: str
    values: Mapping[str, str]
    fault: str
    needs_confirming: bool = False
    """Something is missing in a notice, and the person has to say that it went out like this."""


@dataclass(frozen=True, slots=True)
class Offered:
    name: str
    title: str
    hint: str
    button: str
    parts: tuple[Part, ...]
    values: Mapping[str, str]
    """What was typed; empty for a fresh form."""
    fault: str | None


@dataclass(frozen=True, slots=True)
class NotNow:
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Menu:
    groups: Mapping[str, Sequence[Offered]]
    not_now: Sequence[NotNow]
    lost: Refused | None
    """A refused form that is not possible any more: what was typed can still be read."""


def form_named(name: str) -> Form:
    """Raises: RefusedError (404)."""
    if name not in BY_NAME:
        raise not_found(_("act %(name)s on a complaint", name=name[:40]))
    return BY_NAME[name]


def menu_of(setting: Setting, refused: Refused | None) -> Menu:
    groups: dict[str, Sequence[Offered]] = {}
    not_now: list[NotNow] = []
    for title, forms in GROUPS.items():
        reasons = [(form, form.why_not(setting)) for form in forms]
        groups[title] = [_offered(form, setting, refused) for form, reason in reasons if reason is None]
        not_now += [NotNow(form.title, reason) for form, reason in reasons if reason and form.is_shown_impossible]
    shown = {offered.name for forms in groups.values() for offered in forms}
    lost = refused if refused is not None and refused.name not in shown else None
    return Menu({title: forms for title, forms in groups.items() if forms}, not_now, lost)


def _offered(form: Form, setting: Setting, refused: Refused | None) -> Offered:
    mine = refused if refused is not None and refused.name == form.name else None
    return Offered(
        name=form.name,
        title=form.title,
        hint=form.hint,
        button=form.button,
        parts=form.parts(setting),
        values=mine.values if mine else {},
        fault=mine.fault if mine else None,
    )
