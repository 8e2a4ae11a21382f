"""What a crisis changes for who writes: saved replies stand still, its statement comes first, its owner approves."""

from collections.abc import Sequence
from dataclasses import replace

from flow.crisis import CODE, is_statement
from inbox.errors import RefusedError
from inbox.languages import N_, _
from models.saved_reply import SavedReply
from policy.crisis_rules import load_crisis_rules
from store.accounts import User
from store.approvals import Approval
from store.crises import Crisis
from triage.approval import Reason

WAITS_FOR_OWNER = N_("a crisis runs, and its owner reads it first")


def statement_reply(crisis: Crisis, label: str) -> SavedReply | None:
    """The approved statement as a saved reply that fits this case."""
    if not crisis.approved_texts:
        return None
    title = _("Holding statement: %(name)s", name=crisis.name)
    return SavedReply(f"crisis-{crisis.id}", title, frozenset({label}), frozenset(), crisis.approved_texts)


def frozen(replies: Sequence[SavedReply], crisis: Crisis | None, label: str) -> Sequence[SavedReply]:
    """In a crisis the statement comes first, and no other is offered; they are known still, to say why."""
    if crisis is None:
        return replies
    statement = statement_reply(crisis, label)
    first = [statement] if statement is not None else []
    if not load_crisis_rules().freezes_saved_replies:
        return [*first, *replies]
    return [*first, *(replace(reply, retired_at=crisis.declared_at) for reply in replies)]


def says_statement(crisis: Crisis | None, text: str) -> bool:
    return crisis is not None and is_statement(crisis, text)


def crisis_reasons(crisis: Crisis | None) -> list[Reason]:
    """Why a reply waits that is not the statement."""
    is_needed = crisis is not None and load_crisis_rules().others_need_owner
    return [Reason(CODE, WAITS_FOR_OWNER, is_told_before=True)] if is_needed else []


def why_frozen(crisis: Crisis, used: SavedReply) -> str:
    return _(
        "The crisis “%(name)s” runs, so the saved reply “%(title)s” is frozen. Use the holding statement, or write your"
        " own words: %(owner)s reads them first.",
        name=crisis.name,
        title=used.title,
        owner=crisis.owner,
    )


def check_owner_asked(crisis: Crisis, text: str) -> None:
    """At the moment of sending, for a crisis may be younger than the form. Raises: RefusedError (409)."""
    if is_statement(crisis, text) or not load_crisis_rules().others_need_owner:
        return
    raise RefusedError(
        409,
        _("A crisis was declared meanwhile, so this reply was not sent"),
        _(
            "The crisis “%(name)s” covers this case. Go back: send its holding statement, or hand your reply in for"
            " %(owner)s to read first.",
            name=crisis.name,
            owner=crisis.owner,
        ),
    )


def why_owner_decides(crisis: Crisis | None, approval: Approval, user: User | None) -> str:
    """Empty where this person may decide on this reply; what the owner wrote, somebody else approves."""
    if crisis is None or user is None or not load_crisis_rules().others_need_owner:
        return ""
    if user.id == crisis.owner_id or approval.asked.author_id == crisis.owner_id:
        return ""
    if is_statement(crisis, approval.asked.text):
        return ""
    return _("The crisis “%(name)s” runs: its owner %(owner)s decides.", name=crisis.name, owner=crisis.owner)
