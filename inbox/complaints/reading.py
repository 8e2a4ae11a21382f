"""A complaint with all that its page shows of it, read in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flow.platform_deletion import as_shown
from inbox import wording
from inbox.complaints import words
from inbox.complaints.forms import Choice, Setting
from inbox.complaints.history import HistoryLine, history
from inbox.errors import RefusedError, not_found
from inbox.languages import _
from inbox.visit import Visit
from models import Entry, Event, EventKind
from models.complaint import Life, without_support_notes
from models.errors import RecordError
from register.life import fold
from store.cases import StoredCase
from store.mentions import StoredMention
from store.outbox import OutboxRow, OutboxState
from store.store import Transaction
from triage.addressed import told_to_us

MESSAGES_OFFERED = 50
EXCERPT_CHARACTERS = 90
NOTICE_KEY = "notice:"
"""Of an outbox row that takes a notice to the complainant."""


@dataclass(frozen=True, slots=True)
class Read:
    """A complaint as one person may see it."""

    life: Life
    case: StoredCase | None
    lines: Sequence[HistoryLine]
    said: str | None
    """What the complainant wrote; None once redacted."""
    setting: Setting
    notices: Sequence[OutboxRow]
    """Notices that are on their way, or failed to arrive."""
    tests: Sequence[Event]
    """Runs of the definition test, newest first."""
    answerable: StoredMention | None
    """The complainant's newest message, which an answer goes to."""

    @property
    def addressee(self) -> str:
        author = self.answerable.mention.author if self.answerable else None
        return (author.name or author.handle or "") if author else ""


def read_complaint(visit: Visit, transaction: Transaction, complaint_id: str) -> Read:
    """Raises: RefusedError where there is none, or its entries are not what was written."""
    entries = transaction.register.of_complaint(complaint_id)
    life = without_support_notes(_life(complaint_id, entries), visit.role.value)
    case = transaction.cases.get(life.case_id) if life.case_id is not None else None
    merged = [entry for one in life.merged for entry in transaction.register.of_complaint(one.complaint_id)]
    policy = visit.inbox.policy
    messages = tuple(_messages(visit, transaction, life))
    others = tuple(_others(transaction, life, case))
    return Read(
        life=life,
        case=case,
        lines=history([*entries, *merged], policy, role=visit.role.value),
        said=_said(transaction, life),
        setting=Setting(life, policy, visit.now, visit.role, messages, others),
        notices=_unfinished(transaction, case),
        tests=_tests(transaction, case),
        answerable=_newest(transaction, case),
    )


def _life(complaint_id: str, entries: Sequence[Entry]) -> Life:
    if not entries:
        raise not_found(_("complaint %(complaint_id)s", complaint_id=complaint_id[:40]))
    try:
        return fold(entries)
    except (RecordError, ValueError, KeyError):
        advice = _("An entry of it is not what was written. Verify the chain on the register page: it names the entry.")
        raise RefusedError(409, _("This complaint cannot be read"), advice) from None


def _messages(visit: Visit, transaction: Transaction, life: Life) -> Iterator[Choice]:
    """What the complainant told the firm, newest first, in complaints merged into this one too."""
    cases = [life.case_id, *(row.case_id for row in transaction.complaints.merged_into(life.complaint_id))]
    for case_id in cases:
        case = transaction.cases.get(case_id) if case_id is not None else None
        if case is None:
            continue
        newest = transaction.mentions.newest_of_case(case.id, limit=MESSAGES_OFFERED)
        for item in reversed(as_shown(transaction, newest)):
            if told_to_us(item.mention) and case.author_key in (None, item.author_key):
                yield _message(visit, item)


def _message(visit: Visit, item: StoredMention) -> Choice:
    mention = item.mention
    text = " ".join(mention.text[: EXCERPT_CHARACTERS * 3].split())
    excerpt = text if len(text) <= EXCERPT_CHARACTERS else f"{text[:EXCERPT_CHARACTERS].rstrip()} …"
    return Choice(mention.id, f"{wording.moment(mention.created_at, visit.inbox.policy.zone)}: {excerpt}", is_data=True)


def _others(transaction: Transaction, life: Life, case: StoredCase | None) -> Iterator[Choice]:
    """Other complaints of the same author."""
    if case is None or case.author_key is None:
        return
    for other in transaction.cases.of_author(case.author_key):
        row = transaction.complaints.of_case(other.id) if other.complaint_id else None
        if row is not None and row.id != life.complaint_id:
            yield Choice(
                row.id,
                _(
                    "%(statuses)s, received %(day)s",
                    statuses=words.STATUSES[row.status],
                    day=wording.day(row.received_on),
                ),
            )


def _said(transaction: Transaction, life: Life) -> str | None:
    found = transaction.mentions.get([life.message_id]) if life.message_id else []
    return as_shown(transaction, found)[0].mention.text if found else None


def _tests(transaction: Transaction, case: StoredCase | None) -> list[Event]:
    events = transaction.events.of_case(case.id) if case is not None else []
    return [event for event in reversed(events) if event.kind is EventKind.DEFINITION_TESTED]


def _newest(transaction: Transaction, case: StoredCase | None) -> StoredMention | None:
    items = transaction.mentions.newest_of_case(case.id, limit=MESSAGES_OFFERED) if case is not None else []
    theirs = [item for item in items if case is not None and case.author_key in (None, item.author_key)]
    return (theirs or items)[-1] if items else None


def _unfinished(transaction: Transaction, case: StoredCase | None) -> list[OutboxRow]:
    rows = transaction.outbox.of_case(case.id) if case is not None else []
    return [row for row in rows if row.key.startswith(NOTICE_KEY) and row.state is not OutboxState.SENT]
