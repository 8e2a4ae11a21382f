"""Forms about the people of a complaint: who speaks for the complainant, and what the complainant needs."""

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
    when,
    why,
)
from inbox.languages import N_, _
from inbox.roles import ACTING
from models.complaint import Need, may_see_support_notes
from models.entry import EntryKind
from register.transitions import Act

SEEING = frozenset(role for role in ACTING if may_see_support_notes(role.value))


def _represent_parts(setting: Setting) -> tuple[Part, ...]:
    kinds = tuple(Choice(code, title) for code, title in words.REPRESENTATIVES.items())
    return (
        Part(
            (
                Field("name", _("Name"), is_needed=True),
                Field("kind", _("Who they are"), Sort.SELECT, is_needed=True, choices=kinds),
                Field("contact", _("How to reach them"), is_needed=True),
                Field(
                    "authority",
                    _("What gives them the authority"),
                    Sort.LONG,
                    is_needed=True,
                    hint=_("What was seen: a signed form, a power of attorney, the complainant's own message."),
                    rows=2,
                ),
                when(_("Since when")),
            )
        ),
    )


def _represent(acts: Complaints, sent: Sent) -> object:
    return acts.record_representative(
        sent.complaint_id,
        **sent.who,
        kind=sent.needed("kind"),
        authority=sent.needed("authority", longest=LONGEST_TEXT_CHARACTERS),
        name=sent.needed("name"),
        contact=sent.needed("contact"),
    )


def _end_representative_parts(setting: Setting) -> tuple[Part, ...]:
    offered = tuple(
        Choice(str(one.seq), f"{one.name or '(redacted)'}, {words.known(words.REPRESENTATIVES, one.kind)}")
        for one in setting.life.representatives
    )
    return (Part((Field("number", _("Who"), Sort.SELECT, is_needed=True, choices=offered), why(), when())),)


def _end_representative(acts: Complaints, sent: Sent) -> object:
    reason = sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS)
    return acts.end_representative(sent.complaint_id, **sent.who, number=sent.number("number"), reason=reason)


def _nobody_represents(setting: Setting) -> str | None:
    return None if setting.life.representatives else _("nobody represents the complainant")


def _support_parts(setting: Setting) -> tuple[Part, ...]:
    message = Field(
        "source_message_id",
        _("The message in which they told us"),
        Sort.SELECT,
        is_needed=True,
        hint=_("Only what the person told the firm counts: never a profile, nor posts about something else."),
        choices=setting.messages,
    )
    contact = Field(
        "safe_contact",
        _("Safe way to reach them"),
        Sort.LONG,
        hint=_("For abuse and self-harm: how, when and when never. From then on no program writes to them."),
        rows=2,
    )
    note = Field("note", _("What helps them"), Sort.LONG, hint=_("Seen by leads and compliance only."), rows=2)
    need = Field("need", _("Need"), Sort.SELECT, is_needed=True, choices=choices(words.NEEDS))
    return (Part((need, message, contact, note, when(_("When they told us")))),)


def _support(acts: Complaints, sent: Sent) -> object:
    return acts.record_support_need(
        sent.complaint_id,
        **sent.who,
        need=sent.one("need", Need),
        source_message_id=sent.needed("source_message_id"),
        note=sent.text("note", longest=LONGEST_TEXT_CHARACTERS),
        safe_contact=sent.text("safe_contact", longest=LONGEST_TEXT_CHARACTERS),
    )


def _no_messages(setting: Setting) -> str | None:
    return None if setting.messages else _("no message of the complainant is known here")


def _end_support_parts(setting: Setting) -> tuple[Part, ...]:
    offered = tuple(Choice(str(one.seq), words.NEEDS[one.need]) for one in setting.life.support_needs)
    return (Part((Field("number", _("Which need"), Sort.SELECT, is_needed=True, choices=offered), why(), when())),)


def _end_support(acts: Complaints, sent: Sent) -> object:
    reason = sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS)
    return acts.end_support_need(sent.complaint_id, **sent.who, number=sent.number("number"), reason=reason)


def _no_needs(setting: Setting) -> str | None:
    return None if setting.life.support_needs else _("no support need is recorded")


FORMS = (
    Form(
        "represent",
        Act.REPRESENT,
        EntryKind.REPRESENTATIVE,
        N_("Somebody represents the complainant"),
        N_("Record the representative"),
        _represent_parts,
        _represent,
        hint=N_("From then on write to them, not to the complainant (RG 271.139); automatic replies stop."),
    ),
    Form(
        "end-represent",
        Act.REPRESENT,
        EntryKind.REPRESENTATIVE,
        N_("A representative no longer speaks for them"),
        N_("End it"),
        _end_representative_parts,
        _end_representative,
        fault=_nobody_represents,
    ),
    Form(
        "support",
        Act.SUPPORT,
        EntryKind.SUPPORT_NEED,
        N_("Support need or safe contact"),
        N_("Record the need"),
        _support_parts,
        _support,
        fault=_no_messages,
    ),
    Form(
        "end-support",
        Act.SUPPORT,
        EntryKind.SUPPORT_NEED,
        N_("A support need has ended"),
        N_("End it"),
        _end_support_parts,
        _end_support,
        roles=SEEING,
        fault=_no_needs,
    ),
)
