"""The notice composer as the complaint's page shows it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from inbox import wording
from inbox.complaints import words
from inbox.complaints.forms import Part, Sent
from inbox.complaints.notices import (
    RECORDS,
    TITLES,
    Asked,
    Writing,
    checked,
    draft_of,
    kinds_of,
    parts_of,
)
from inbox.complaints.reading import Read
from inbox.composer import may_reply
from inbox.languages import _
from inbox.visit import Visit
from models.errors import EarshotError, RecordError
from register.notice_contents import Checked, Rules
from register.notices import NoticeChannel

LOCAL = "local"
"""The channel of everything that is not connected."""


@dataclass(frozen=True, slots=True)
class NoticeBegun:
    """A notice that somebody writes."""

    kind: str
    title: str
    name: str
    """Of its form, for the ids of its fields."""
    parts: tuple[Part, ...]
    values: Mapping[str, str]
    lacks: Checked | None
    form_key: str
    records: bool
    fault: str | None
    asks_to_confirm: bool
    why_not_sent: str | None
    """Why it cannot be sent from here; None where it can."""
    why_not_now: str | None


@dataclass(frozen=True, slots=True)
class NoticePanel:
    kinds: list[tuple[str, str, str | None]]
    """Kind, title, and why it is not possible now."""
    begun: NoticeBegun | None


def writing_of(visit: Visit, read: Read) -> Writing:
    settings, policy = visit.inbox.settings, visit.inbox.policy
    speaks = read.life.representatives[-1].name if read.life.representatives else None
    rules = Rules(
        visit.inbox.notices,
        policy.regulation.name,
        dict(settings.brand_accounts),
        message_is_written=settings.idr_response_by_message,
    )
    return Writing(
        setting=read.setting,
        notices=visit.inbox.notices,
        rules=rules,
        person=visit.person,
        firm=settings.firm_name,
        contact=", ".join(settings.published_contacts),
        addressee=speaks or read.addressee,
        account=read.answerable.mention.account if read.answerable else read.life.account,
    )


def panel(read: Read, begun: NoticeBegun | None) -> NoticePanel:
    return NoticePanel(
        kinds=[(kind.value, TITLES[kind], reason) for kind, reason in kinds_of(read.setting)],
        begun=begun,
    )


def begin(
    visit: Visit,
    read: Read,
    asked: Asked,
    values: Mapping[str, str],
    *,
    fault: str | None = None,
    asks_to_confirm: bool = False,
) -> NoticeBegun:
    """With what it lacks as it stands; `values` is empty for a fresh one."""
    writing = writing_of(visit, read)
    parts = parts_of(writing, asked)
    sent = Sent(read.life.complaint_id, visit.person, "", values, visit.inbox.policy.zone, visit.now)
    lacks: Checked | None = None
    try:
        lacks = checked(writing, draft_of(writing, asked, sent))
    except RecordError as error:
        fault = fault or str(error)
    return NoticeBegun(
        kind=asked.kind.value,
        title=TITLES[asked.kind],
        name="notice",
        parts=parts,
        values=values,
        lacks=lacks,
        form_key=secrets.token_hex(16),
        records=asked.kind in RECORDS,
        fault=fault,
        asks_to_confirm=asks_to_confirm,
        why_not_sent=why_not_sent(visit, read, asked.channel),
        why_not_now=dict(kinds_of(read.setting)).get(asked.kind, "it does not concern complaints of this type"),
    )


def _is_local(visit: Visit, channel: str) -> bool:
    """Whether answers on it are only recorded here; one that cannot be opened says so itself."""
    try:
        return visit.inbox.channel(channel).name == LOCAL
    except EarshotError:
        return False


def why_not_sent(visit: Visit, read: Read, channel: NoticeChannel, *, text: str = "") -> str | None:
    """Why a notice cannot go out from here as a private message; None where it can."""
    if channel is not NoticeChannel.MESSAGE:
        return _("letters and e-mails are sent with your own means: copy the words")
    if read.life.has_representative:
        return _("a representative speaks for the complainant: write to them (RG 271.139)")
    if read.life.needs_safe_contact:
        return _("this person is contacted only in the safe way that is recorded")
    if read.answerable is None:
        return _("no message of the complainant is known here")
    name = read.answerable.mention.channel
    if _is_local(visit, name):
        return _("%(channel)s is not connected, so it would reach nobody: copy the words", channel=words.channel(name))
    may = may_reply(visit, read.answerable.mention)
    if not may.allowed or not may.takes_private:
        return may.reason or _("the author cannot be answered privately from here")
    if may.max_characters is not None and len(text) > may.max_characters:
        return _(
            "it has %(count)s characters; this channel takes %(max_characters)s",
            count=wording.whole(len(text)),
            max_characters=wording.whole(may.max_characters),
        )
    return None
