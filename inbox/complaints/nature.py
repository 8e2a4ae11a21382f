"""Forms that say what a complaint is, since when, and with which others it belongs together."""

from flow.complaints import Complaints
from inbox.complaints import words
from inbox.complaints.forms import (
    LONGEST_TEXT_CHARACTERS,
    Choice,
    Field,
    Form,
    Part,
    Sent,
    Setting,
    Sort,
    choices,
    issues_of,
    when,
    why,
)
from inbox.languages import N_, _, translated
from inbox.roles import Role
from models.complaint import WrittenResponse
from models.entry import EntryKind
from models.errors import RecordError
from policy.custom_fields import CustomField, FieldKind, FieldPlace, fields_of
from register.transitions import Act

CORRECTING = frozenset({Role.LEAD, Role.COMPLIANCE, Role.ADMIN})
FIELD_PREFIX = "field."
HOLDING = frozenset({Role.COMPLIANCE, Role.ADMIN})


def _retype_parts(setting: Setting) -> tuple[Part, ...]:
    own = setting.life.own_types
    types = tuple(Choice(name, title) for name, title in setting.policy.regulation.types.items())
    first = Field("type", _("Type"), Sort.SELECT, is_needed=True, value=own[0], choices=types)
    second = Field(
        "second_type",
        _("Also"),
        Sort.SELECT,
        value=own[1] if len(own) > 1 else "",
        choices=(Choice("", _("no second type")), *types),
        hint=_("Of two types the shorter limit counts."),
    )
    return (Part((first, second, why(), when())),)


def _retype(acts: Complaints, sent: Sent) -> object:
    types = [name for name in (sent.needed("type"), sent.text("second_type")) if name]
    reason = sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS)
    return acts.retype(sent.complaint_id, **sent.who, types=types, reason=reason)


def _received_parts(setting: Setting) -> tuple[Part, ...]:
    local = setting.life.own_received_at.astimezone(setting.policy.zone)
    received = Field(
        "received_at",
        _("Received"),
        Sort.MOMENT,
        is_needed=True,
        value=f"{local:%Y-%m-%dT%H:%M}",
        hint=_("Local time, when the words were said. Every clock is worked out anew."),
    )
    return (Part((received, why())),)


def _correct_received(acts: Complaints, sent: Sent) -> object:
    received_at = sent.moment("received_at")
    if received_at is None:
        raise RecordError(_("received is empty; say when the words were said"))
    reason = sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS)
    return acts.correct_received(sent.complaint_id, **sent.who, received_at=received_at, reason=reason)


def _about_parts(setting: Setting) -> tuple[Part, ...]:
    life = setting.life
    return (
        Part(
            (
                Field("product", _("Product or service"), value=life.product or ""),
                Field("issues", _("Issues"), value=", ".join(life.issues), hint=_("Several are separated by commas.")),
                Field("brand", _("Brand"), value=life.brand or ""),
                *_custom_fields(setting),
                why(),
            )
        ),
    )


def _custom_fields(setting: Setting) -> tuple[Field, ...]:
    held = dict(setting.life.custom_fields + setting.life.personal_fields)
    return tuple(
        _custom_field(field, held.get(field.key, ""))
        for field in fields_of(setting.policy.house.custom_fields, FieldPlace.COMPLAINT)
    )


def _custom_field(field: CustomField, value: str) -> Field:
    name = FIELD_PREFIX + field.key
    if field.kind is FieldKind.YES_NO:
        offered = (Choice("", ""), Choice("yes", _("yes")), Choice("no", _("no")))
        return Field(name, field.name, Sort.SELECT, choices=offered, value=value)
    if field.kind is FieldKind.CHOICE:
        of_firm = (Choice(one, one, is_data=True) for one in field.choices)
        return Field(name, field.name, Sort.SELECT, choices=(Choice("", ""), *of_firm), value=value)
    return Field(name, field.name, Sort.DAY if field.kind is FieldKind.DAY else Sort.LINE, value=value)


def _correct_about(acts: Complaints, sent: Sent) -> object:
    issues = issues_of(sent)
    return acts.correct(
        sent.complaint_id,
        **sent.who,
        reason=sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS),
        product=sent.text("product") or None,
        issues=issues or None,
        brand=sent.text("brand") or None,
        custom_fields={
            name.removeprefix(FIELD_PREFIX): sent.text(name) for name in sent.values if name.startswith(FIELD_PREFIX)
        },
    )


def _event_parts(setting: Setting) -> tuple[Part, ...]:
    events = tuple(Choice(name, _meaning(setting, name)) for name in _events(setting))
    due_on = Field(
        "due_on", _("The day it gives"), Sort.DAY, hint=_("Only where the event carries a date, such as AFCA's.")
    )
    return (Part((Field("event", _("What happened"), Sort.SELECT, is_needed=True, choices=events), due_on, when())),)


def _events(setting: Setting) -> tuple[str, ...]:
    """Those of the pack that concern one of its types; what makes a written response due has its own form."""
    types = set(setting.life.types)
    events = setting.policy.regulation.events.values()
    return tuple(event.name for event in events if types & event.types and event.code not in set(WrittenResponse))


def _meaning(setting: Setting, name: str) -> str:
    event = setting.policy.regulation.events[name]
    meaning = translated(event.meaning)
    return f"{meaning} ({event.paragraph})" if event.paragraph else meaning


def _no_events(setting: Setting) -> str | None:
    return None if _events(setting) else _("its type knows no such event")


def _record_event(acts: Complaints, sent: Sent) -> object:
    due_on = sent.day("due_on")
    details = {"due_on": due_on.isoformat()} if due_on else None
    return acts.record_clock_event(sent.complaint_id, **sent.who, event=sent.needed("event"), details=details)


def _written_response_parts(setting: Setting) -> tuple[Part, ...]:
    grounds = choices(words.WRITTEN_RESPONSES)
    code = Field("code", _("Because"), Sort.SELECT, is_needed=True, choices=grounds)
    return (Part((code, why(_("How we know")), when())),)


def _require_written_response(acts: Complaints, sent: Sent) -> object:
    reason = sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS)
    return acts.require_written_response(
        sent.complaint_id, **sent.who, code=sent.one("code", WrittenResponse), reason=reason
    )


def _merge_parts(setting: Setting) -> tuple[Part, ...]:
    other = Field(
        "other",
        _("The other complaint's id"),
        is_needed=True,
        hint=_("Such as C-0000012. It is kept under this one from then on, and the earliest receipt counts."),
        choices=setting.others,
    )
    return (Part((other, why(_("Why they are the same complaint")))),)


def _merge(acts: Complaints, sent: Sent) -> object:
    reason = sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS)
    return acts.merge(sent.complaint_id, sent.needed("other").upper(), **sent.who, reason=reason)


def _split_parts(setting: Setting) -> tuple[Part, ...]:
    merged = tuple(Choice(one.complaint_id, one.complaint_id) for one in setting.life.merged)
    return (Part((Field("other", _("Which one"), Sort.SELECT, is_needed=True, choices=merged), why())),)


def _split(acts: Complaints, sent: Sent) -> object:
    reason = sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS)
    return acts.split(sent.complaint_id, sent.needed("other"), **sent.who, reason=reason)


def _nothing_merged(setting: Setting) -> str | None:
    return None if setting.life.merged else _("no other complaint was merged into it")


def _split_off(acts: Complaints, sent: Sent) -> object:
    reason = sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS)
    return acts.split(sent.needed("kept"), sent.complaint_id, **sent.who, reason=reason)


def _split_off_parts(setting: Setting) -> tuple[Part, ...]:
    into = setting.life.merged_into or ""
    kept = Field("kept", _("Kept under"), Sort.SELECT, is_needed=True, choices=(Choice(into, into),))
    return (Part((kept, why(_("Why it is a complaint of its own")))),)


def _reason_parts(setting: Setting) -> tuple[Part, ...]:
    return (Part((why(),)),)


def _place_hold(acts: Complaints, sent: Sent) -> object:
    return acts.place_hold(sent.complaint_id, **sent.who, reason=sent.needed("reason"))


def _lift_hold(acts: Complaints, sent: Sent) -> object:
    return acts.lift_hold(sent.complaint_id, **sent.who, reason=sent.needed("reason"))


def _not_held(setting: Setting) -> str | None:
    return None if setting.life.on_hold else _("it is under no hold")


def _recount(acts: Complaints, sent: Sent) -> object:
    return acts.recount(sent.complaint_id, **sent.who, reason=sent.needed("reason"))


FORMS = (
    Form("type", Act.RETYPE, EntryKind.RETYPED, N_("Change the type"), N_("Change the type"), _retype_parts, _retype),
    Form(
        "received",
        Act.CORRECT,
        EntryKind.CORRECTED,
        N_("Correct when it was received"),
        N_("Correct the receipt"),
        _received_parts,
        _correct_received,
        roles=CORRECTING,
    ),
    Form(
        "about",
        Act.CORRECT,
        EntryKind.CORRECTED,
        N_("Correct what it is about"),
        N_("Correct it"),
        _about_parts,
        _correct_about,
    ),
    Form(
        "event",
        Act.RECORD_CLOCK_EVENT,
        EntryKind.CLOCK_EVENT,
        N_("Something that moves a clock"),
        N_("Record the event"),
        _event_parts,
        _record_event,
        fault=_no_events,
    ),
    Form(
        "written",
        Act.REQUIRE_WRITTEN_RESPONSE,
        EntryKind.CLOCK_EVENT,
        N_("A written response is due"),
        N_("Record that it is due"),
        _written_response_parts,
        _require_written_response,
        hint=N_("Then closing early no longer spares the response (RG 271.75)."),
    ),
    Form(
        "merge",
        Act.MERGE,
        EntryKind.MERGED,
        N_("Merge another complaint into this one"),
        N_("Merge"),
        _merge_parts,
        _merge,
        hint=N_("Can be undone."),
    ),
    Form(
        "split",
        Act.CORRECT,
        EntryKind.SPLIT,
        N_("Split a merged complaint off"),
        N_("Split off"),
        _split_parts,
        _split,
        fault=_nothing_merged,
    ),
    Form(
        "split-off",
        Act.SPLIT,
        EntryKind.SPLIT,
        N_("Split this complaint off again"),
        N_("Split off"),
        _split_off_parts,
        _split_off,
        is_shown_impossible=False,
    ),
    Form(
        "recount",
        Act.CORRECT,
        EntryKind.CORRECTED,
        N_("Work out every clock anew"),
        N_("Work out anew"),
        _reason_parts,
        _recount,
        hint=N_(
            "After a holiday was declared late, or the place was changed. What was said before stays in the history."
        ),
        roles=CORRECTING,
    ),
    Form(
        "hold",
        Act.HOLD,
        EntryKind.HOLD,
        N_("Place a legal hold"),
        N_("Place the hold"),
        _reason_parts,
        _place_hold,
        hint=N_("Nothing of it may be deleted or redacted while a hold is in force."),
        roles=HOLDING,
    ),
    Form(
        "lift-hold",
        Act.HOLD,
        EntryKind.HOLD,
        N_("Lift a legal hold"),
        N_("Lift the hold"),
        _reason_parts,
        _lift_hold,
        roles=HOLDING,
        fault=_not_held,
    ),
)
