"""A year of complaints as it might happen: each a list of acts in the world, and the register entries that tell of it.

The acts keep what a recount needs in the plainest form; figures never see them.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from models import Entry, EntryKind
from models.entry import GENESIS
from policy.loading import Policy
from register.entries import make_entry
from triage.clocks import due_dates

CATEGORIES = ("billing_payment", "app_website", "delivery", None)
PRODUCTS = ("credit card", "home loan", None)
ISSUES = ("fees", "delay", "staff")
REMEDIES = ("apology", "fee_refund", "compensation", "none")


@dataclass(slots=True)
class Story:
    id: str
    received_at: datetime
    acts: list[tuple[EntryKind, datetime, dict[str, Any]]] = field(default_factory=list)
    """By the time they were recorded."""


def tell_a_year(count: int, *, seed: int, policy: Policy, first: datetime, days: int = 366) -> list[Story]:
    chance = random.Random(seed)
    stories = []
    for number in range(1, count + 1):
        received_at = first + timedelta(minutes=chance.randrange(days * 24 * 60))
        stories.append(_live(Story(f"C-{number:07d}", received_at), chance, policy))
    for kept, other in zip(stories[0 : count // 20 : 2], stories[1 : count // 20 : 2], strict=False):
        _merge(kept, other, chance, policy)
    return stories


def entries_of(story: Story) -> list[Entry]:
    entries: list[Entry] = []
    for kind, at, facts in story.acts:
        entries.append(
            make_entry(
                kind,
                seq=len(entries) + 1,
                complaint_id=story.id,
                recorded_at=at + timedelta(minutes=1),
                facts=facts,
                personal={},
                salt="salt",
                previous=entries[-1].digest if entries else GENESIS,
            )
        )
    return entries


def local(at: datetime, policy: Policy) -> date:
    return at.astimezone(policy.zone).date()


def dues_of(policy: Policy, received_at: datetime, complaint_type: str = "standard") -> dict[str, Any]:
    dues = due_dates(policy, complaint_type=complaint_type, received_at=received_at)
    respond = next((due.on.isoformat() for due in dues if due.key == "respond"), None)
    return {"dues": {due.key: due.at.isoformat() for due in dues}, "respond_due_on": respond}


def _live(story: Story, chance: random.Random, policy: Policy) -> Story:
    at = story.received_at
    say = _Teller(story, at)
    facts = dues_of(policy, at) | {
        "received_at": at.isoformat(),
        "received_on": local(at, policy).isoformat(),
        "complaint_type": "standard",
        "category": chance.choice(CATEGORIES),
        "product": chance.choice(PRODUCTS),
        "issues": chance.sample(ISSUES, chance.randrange(3)),
        "channel": chance.choice(("x", "email")),
        "case_id": 1,
    }
    story.acts.append((EntryKind.OPENED, at, facts))
    if chance.random() < 0.05:
        earlier = at - timedelta(days=chance.randrange(1, 40))
        moved = {"received_at": earlier.isoformat(), "received_on": local(earlier, policy).isoformat()}
        say(EntryKind.CORRECTED, hours=1, **moved, **dues_of(policy, earlier), reason="told by phone first")
        story.received_at = earlier
    if chance.random() < 0.8:
        acknowledged_at = say.after(hours=chance.choice((1, 20, 30, 100, 200)))
        say(EntryKind.ACKNOWLEDGED, hours=0, acknowledged_at=acknowledged_at.isoformat())
    if chance.random() < 0.08:
        say(EntryKind.RULED_OUT, hours=5)
        if chance.random() < 0.5:
            return story
        say(EntryKind.REOPENED, hours=30)
    if chance.random() < 0.1:
        say(EntryKind.SYSTEMIC_LINKED, hours=chance.randrange(2000), by="eva", candidate_id="1")
    _finish(say, chance)
    while say.is_closed and chance.random() < 0.25:
        if chance.random() < 0.3:
            say(EntryKind.AT_AFCA, hours=chance.randrange(900), by="eva", afca_reference="7")
        say(EntryKind.REOPENED, hours=chance.randrange(600), by="eva", reason="not content")
        say.is_closed = False
        _finish(say, chance)
    return story


class _Teller:
    def __init__(self, story: Story, at: datetime) -> None:
        self.story, self.at, self.is_closed = story, at, False

    def after(self, *, hours: float) -> datetime:
        self.at += timedelta(hours=hours)
        return self.at

    def __call__(self, kind: EntryKind, *, hours: float, **facts: Any) -> None:
        at = self.after(hours=hours)
        self.story.acts.append((kind, at, {"at": at.isoformat()} | facts))


def _finish(say: _Teller, chance: random.Random) -> None:
    way = chance.random()
    amount = str(chance.choice(("10", "0.05", "1200.50", None)))
    paid = (
        {}
        if amount == "None"
        else {"compensation_amount": amount, "compensation_currency": chance.choice(("AUD", "NZD"))}
    )
    closing = {"by": "eva", "outcome": chance.choice(("upheld", "rejected", "")), **paid}
    closing["remedies"] = chance.sample(REMEDIES, chance.randrange(3))
    if way < 0.1:
        return
    if way < 0.4:
        basis = chance.choice(("5bd_satisfied", "5bd_explained"))
        say(EntryKind.CLOSED, hours=chance.randrange(120), basis=basis, **closing)
    elif way < 0.5:
        say(EntryKind.WITHDRAWN, hours=chance.randrange(700), by="eva", reason="by the customer")
        if chance.random() < 0.5:
            say(EntryKind.CLOSED, hours=50, basis="withdrawn", **closing)
    elif way < 0.6:
        say(EntryKind.CLOSED, hours=chance.randrange(900), basis=chance.choice(("other", "at_afca")), **closing)
    else:
        if chance.random() < 0.3:
            valid = chance.random() < 0.7
            say(EntryKind.DELAY_NOTIFIED, hours=chance.randrange(650), by="eva", is_valid=valid, reasons=[], missing=[])
        missing = ["afca_contact"] if chance.random() < 0.1 else []
        say(EntryKind.RESPONDED, hours=chance.randrange(900), by="eva", outcome="upheld", missing=missing)
        if missing:
            say(EntryKind.RESPONDED, hours=chance.randrange(200), by="eva", outcome="upheld", missing=[])
        say(EntryKind.CLOSED, hours=chance.randrange(48), basis="response", **closing)
    say.is_closed = True


def _merge(kept: Story, other: Story, chance: random.Random, policy: Policy) -> None:
    at = max(kept.acts[-1][1], other.acts[-1][1]) + timedelta(hours=1)
    standing = {
        "received_at": other.received_at.isoformat(),
        "received_on": local(other.received_at, policy).isoformat(),
        "types": ["standard"],
        "acknowledged_at": None,
        "has_representative": False,
        "has_safe_contact": False,
        "needs": [],
        "written_response": [],
    }
    first = min(kept.received_at, other.received_at)
    told = {"at": at.isoformat(), "by": "eva", "reason": "the same"}
    kept.acts.append((EntryKind.MERGED, at, told | {"other": other.id, "standing": standing} | dues_of(policy, first)))
    other.acts.append((EntryKind.MERGED_AWAY, at, told | {"into": kept.id}))
    if chance.random() < 0.3:
        split_at = at + timedelta(days=1)
        again = {"at": split_at.isoformat(), "by": "eva", "reason": "not the same"}
        kept.acts.append((EntryKind.SPLIT, split_at, again | {"other": other.id} | dues_of(policy, kept.received_at)))
        other.acts.append((EntryKind.SPLIT, split_at, again | {"other": kept.id} | dues_of(policy, other.received_at)))
    else:
        kept.received_at = first


UTC_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
