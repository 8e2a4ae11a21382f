"""What becomes of saved replies and macros: each change with its event."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flow.named import RefusedError
from models import ActorKind, Event, EventKind
from models.saved_reply import Macro, SavedReply
from store.store import Store, Transaction

SHIPPED = "the replies that came with Earshot"


def seed(store: Store, shipped: Sequence[SavedReply], *, now: datetime) -> None:
    """Where nobody ever kept a saved reply here, those that came with Earshot. Safe to call at any time."""
    with store.reading() as transaction:
        if transaction.saved_replies.all():
            return
    with store.writing() as transaction:
        for reply in shipped:
            if transaction.saved_replies.add(reply, act="added", person=SHIPPED, now=now):
                _tell(transaction, reply, "added", by=SHIPPED, kind=ActorKind.RULE, now=now)


def add(transaction: Transaction, reply: SavedReply, *, by: str, now: datetime) -> None:
    """The same key twice is kept once."""
    if transaction.saved_replies.add(reply, act="added", person=by, now=now):
        _tell(transaction, reply, "added", by=by, now=now)


def edit(transaction: Transaction, reply: SavedReply, *, by: str, now: datetime) -> None:
    """Raises: StaleCaseError, RefusedError."""
    before = _known(transaction, reply.key)
    transaction.saved_replies.change(reply, act="edited", person=by, now=now)
    fields = ("title", "labels", "tags", "texts", "audience", "valid_from", "valid_until")
    changed = [name for name in fields if getattr(before, name) != getattr(reply, name)]
    _tell(transaction, replace(reply, version=reply.version + 1), "edited", by=by, now=now, changed=changed)


def set_retired(transaction: Transaction, key: str, *, is_retired: bool, version: int, by: str, now: datetime) -> None:
    """Raises: StaleCaseError, RefusedError."""
    act = "retired" if is_retired else "restored"
    reply = replace(_known(transaction, key), retired_at=now if is_retired else None, version=version)
    transaction.saved_replies.change(reply, act=act, person=by, now=now)
    _tell(transaction, replace(reply, version=version + 1), act, by=by, now=now)


def _known(transaction: Transaction, key: str) -> SavedReply:
    reply = transaction.saved_replies.get(key)
    if reply is None:
        raise RefusedError(f"there is no saved reply {key[:60]!r}")
    return reply


def _tell(
    transaction: Transaction,
    reply: SavedReply,
    act: str,
    *,
    by: str,
    now: datetime,
    kind: ActorKind = ActorKind.PERSON,
    changed: Sequence[str] = (),
) -> None:
    facts = {"act": act, "saved_reply": reply.key, "title": reply.title, "version": reply.version}
    _record(
        transaction,
        EventKind.SAVED_REPLY_CHANGED,
        f"{reply.key}:{reply.version}",
        facts | {"changed": list(changed)},
        by=by,
        now=now,
        kind=kind,
    )


def add_macro(transaction: Transaction, macro: Macro, *, by: str, now: datetime) -> None:
    """The same key twice is kept once."""
    if transaction.saved_replies.add_macro(macro):
        _tell_of_macro(transaction, macro, "added", by=by, now=now)


def edit_macro(transaction: Transaction, macro: Macro, *, by: str, now: datetime) -> None:
    """Raises: StaleCaseError, RefusedError."""
    before = _known_macro(transaction, macro.key)
    transaction.saved_replies.change_macro(macro)
    act = "edited" if before.retired_at == macro.retired_at else "retired" if macro.retired_at else "restored"
    _tell_of_macro(transaction, replace(macro, version=macro.version + 1), act, by=by, now=now)


def set_macro_retired(
    transaction: Transaction, key: str, *, is_retired: bool, version: int, by: str, now: datetime
) -> None:
    """Raises: StaleCaseError, RefusedError."""
    found = _known_macro(transaction, key)
    edit_macro(transaction, replace(found, retired_at=now if is_retired else None, version=version), by=by, now=now)


def _known_macro(transaction: Transaction, key: str) -> Macro:
    macro = transaction.saved_replies.macro(key)
    if macro is None:
        raise RefusedError(f"there is no macro {key[:60]!r}")
    return macro


def _tell_of_macro(transaction: Transaction, macro: Macro, act: str, *, by: str, now: datetime) -> None:
    acts = [f"{one.kind.value}: {one.value}" if one.value else one.kind.value for one in macro.acts]
    facts = {"act": act, "macro": macro.key, "name": macro.name, "version": macro.version, "acts": acts}
    _record(transaction, EventKind.MACRO_CHANGED, f"{macro.key}:{macro.version}", facts, by=by, now=now)


def _record(
    transaction: Transaction,
    kind_of_event: EventKind,
    key: str,
    facts: Mapping[str, object],
    *,
    by: str,
    now: datetime,
    kind: ActorKind = ActorKind.PERSON,
) -> None:
    event = Event(f"{kind_of_event.value}:{key}", kind_of_event, now, kind, by, facts=facts)
    transaction.events.record([event], now=now)
