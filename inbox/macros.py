"""Macros as the case's page offers them: what each would do, in words, and why it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass

from flow.macros import Run, refusals
from inbox.composer import Basis
from inbox.languages import _
from inbox.visit import Visit
from models.saved_reply import ME, Macro, MacroAct, MacroActKind, SavedReply
from store.cases import StoredCase
from store.store import Transaction

EXCERPT_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class OfferedMacro:
    key: str
    name: str
    steps: list[str]
    refusals: list[str]


def macros_for(visit: Visit, transaction: Transaction, case: StoredCase, basis: Basis) -> list[OfferedMacro]:
    """None for somebody who may change nothing."""
    if not visit.may_act:
        return []
    run = Run(visit.person, "", basis.day, visit.now)
    return [
        OfferedMacro(macro.key, macro.name, steps(macro, basis.replies), refusals(transaction, case, macro, run))
        for macro in transaction.saved_replies.macros()
        if macro.retired_at is None
    ]


def steps(macro: Macro, replies: Sequence[SavedReply]) -> list[str]:
    """What it does, a sentence an act."""
    titles = {reply.key: reply.title for reply in replies}
    waits = macro.value(MacroActKind.SAVED_REPLY) is not None
    return [_in_words(act, titles, waits=waits) for act in macro.acts]


def _gives(owner: str) -> str:
    if owner == ME:
        return _("Gives the case to you.")
    return _("Gives the case to %(owner)s.", owner=owner) if owner else _("Gives the case to nobody.")


def _in_words(act: MacroAct, titles: dict[str, str], *, waits: bool) -> str:
    if act.kind is MacroActKind.ASSIGN:
        return _gives(act.value)
    if act.kind is MacroActKind.NOTE:
        text = " ".join(act.value.split())
        shown = text if len(text) <= EXCERPT_CHARACTERS else f"{text[:EXCERPT_CHARACTERS].rstrip()} …"
        return _("Writes the internal note: “%(shown)s”", shown=shown)
    if act.kind is MacroActKind.SAVED_REPLY:
        return _("Puts “%(reply)s” into the composer; you read it and send it.", reply=titles.get(act.value, act.value))
    if waits:
        return _("Marks the case done, though the reply is still to be sent by you.")
    return _("Marks the case done.")
