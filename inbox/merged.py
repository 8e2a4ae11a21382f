"""What a case's page says of merges and splits, and the short page of a case that was merged away."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from inbox import wording
from inbox.visit import Visit
from models import CaseState, Event, EventKind
from store.cases import StoredCase
from store.merging import Split
from store.outbox import OutboxRow
from store.store import Transaction

SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Part:
    """A case that was merged into the one that is shown."""

    id: int
    version: int
    channel: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Other:
    """A case that might be merged with the one that is shown."""

    case: StoredCase
    channel: str
    label: str
    is_linked: bool


@dataclass(frozen=True, slots=True)
class Merged:
    parts: list[Part]
    split: Split | None
    split_off: list[int]
    suggested: list[Other]
    """Of the same account: that they are of one person is certain."""
    channels: Mapping[str, str]
    """Message → where it was said; empty where all were said in one conversation."""


def merged(visit: Visit, transaction: Transaction, case: StoredCase, family: list[int]) -> Merged:
    """`family`: the case and those merged into it."""
    parts = []
    for number in family[1:]:
        away, merge = transaction.cases.get(number), transaction.merges.standing(number)
        if away is not None and merge is not None:
            channel = wording.channel(away.channel)
            parts.append(Part(away.id, away.version, channel, merge.merged_by, merge.merged_at))
    split_off = transaction.merges.split_from(family)
    mentions = transaction.mentions.of_case(case.id) if parts else []
    return Merged(
        parts,
        transaction.merges.split_of(case.id),
        [one.case_id for one in split_off if one.case_id not in family],
        [one for one in others(transaction, case) if not one.is_linked and one.case.state is not CaseState.CLOSED][
            :SUGGESTED
        ],
        {item.mention.id: wording.channel(item.mention.channel) for item in mentions},
    )


def others(transaction: Transaction, case: StoredCase) -> list[Other]:
    """Those that it may be merged with: linked ones, then those of the same account, newest first."""
    family = transaction.merges.family(case.id)
    linked = [transaction.cases.get(number) for each in family for number in transaction.links.all_of(each)]
    same = transaction.cases.of_author(case.author_key) if case.author_key is not None else []
    found = {each.id: each for each in (*filter(None, linked), *same)}
    ids = {each.id for each in same}
    return [
        Other(each, wording.channel(each.channel), wording.sentence(each.decision.label), each.id not in ids)
        for each in found.values()
        if each.id != case.id and each.state is not CaseState.MERGED
    ]


def rows_of(transaction: Transaction, family: list[int]) -> list[OutboxRow]:
    return sorted((row for number in family for row in transaction.outbox.of_case(number)), key=lambda row: row.id)


def events_of(transaction: Transaction, family: list[int]) -> list[Event]:
    if len(family) == 1:
        return list(transaction.events.of_case(family[0]))
    found = (event for number in family for event in transaction.events.of_case(number))
    return sorted(found, key=lambda event: event.at)


def merged_page(visit: Visit, transaction: Transaction, case: StoredCase) -> Response:
    """Of a case that another stands for: where it went, why, and how to take it back."""
    merge, split = transaction.merges.standing(case.id), transaction.merges.split_of(case.id)
    said = [
        event for event in transaction.events.of_case(case.id) if event.kind in (EventKind.MERGED, EventKind.UNSPLIT)
    ]
    drafts = transaction.drafts.of(visit.user.id, case.id) if visit.user is not None else []
    context = {
        "case": case,
        "merge": merge,
        "into": transaction.merges.living(case.id),
        "reason": str(said[-1].facts.get("reason") or "") if said else "",
        "split": split,
        "channel": wording.channel(case.channel),
        "drafts": drafts,
        "form_key": secrets.token_hex(16),
    }
    return visit.page("merged.html", context)
