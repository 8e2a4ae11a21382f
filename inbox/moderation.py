"""What a case's page says of messages that are hidden or reported and of muted authors, and what may be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flow.moderation import MAY_HIDE_COMPLAINTS, is_complaint
from inbox import wording
from inbox.languages import _
from inbox.timeline import DELIVERY
from inbox.visit import Visit
from models import Capabilities, Mention
from models.errors import EarshotError
from store.cases import StoredCase
from store.mentions import StoredMention
from store.moderation import Mark, Reason
from store.outbox import OutboxState
from store.store import Transaction


@dataclass(frozen=True, slots=True)
class OnMessage:
    """As it stands with one message."""

    hidden: Reason | None
    delivery: str
    """How far the platform is with hiding it, or with showing it again; empty where nothing was asked."""
    error: str | None
    failed: int | None
    """The delivery that can be tried again."""
    reported: Reason | None
    muted: Reason | None
    can_mute: bool
    why_not_hide: str
    """Empty where it can be hidden."""
    is_complaint: bool
    may_override: bool


def moderation(
    visit: Visit,
    transaction: Transaction,
    case: StoredCase,
    items: Sequence[StoredMention],
) -> Mapping[str, OnMessage]:
    """By message."""
    marks = transaction.moderation.marks([item.mention.id for item in items])
    mutes = transaction.moderation.mutes({item.author_key for item in items if item.author_key is not None})
    asked = transaction.outbox.of_messages([item.mention.id for item in items])
    complaint = transaction.complaints.of_case(case.id)
    found: dict[str, OnMessage] = {}
    for item in items:
        name = item.mention.id
        rows = asked.get(name, [])[-1:]
        found[name] = OnMessage(
            marks.get((name, Mark.HIDDEN)),
            DELIVERY[rows[0].state] if rows else "",
            rows[0].error if rows else None,
            rows[0].id if rows and rows[0].state is OutboxState.FAILED else None,
            marks.get((name, Mark.REPORTED)),
            mutes.get(item.author_key or ""),
            item.author_key is not None,
            why_not_hide(visit, item.mention),
            is_complaint(complaint, case, item),
            visit.role.value in MAY_HIDE_COMPLAINTS,
        )
    return found


def why_not_hide(visit: Visit, mention: Mention) -> str:
    """One sentence; empty where it can be hidden. No call is made."""
    if mention.is_private:
        return _("It was said in private: nobody else sees it.")
    try:
        can = visit.inbox.channel(mention.channel).capabilities(mention)
    except EarshotError:
        can = Capabilities(why_not_hide=_("The channel is not set up."))
    return (
        ""
        if can.hide
        else can.why_not_hide
        or _("%(channel)s lets nobody hide it from here.", channel=wording.channel(mention.channel))
    )
