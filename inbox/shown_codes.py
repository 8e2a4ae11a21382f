"""Codes that the pages show as words (`needs_person` → needs person), so that the catalogues hold them.

What a firm adds of its own (tags, teams, queues, topics) is shown as the firm wrote it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

from connectors.registry import CONNECTORS, DESKS
from flow.bulk import Act as BulkAct
from flow.moderation import GROUNDS
from flow.sandbox import TOLD
from flow.systemic import Decision
from inbox import wording
from inbox.answer import answer_rules
from inbox.complaints.forms import Sort
from inbox.roles import Role
from measure.csat import DEFINITIONS as CSAT
from measure.handling_definitions import DEFINITIONS as FIGURES
from measure.handling_definitions import GROUPS, LEFT_OUT
from measure.live_board import AGES, DEFINITIONS, stretches
from measure.promises import DEFINITION as PROMISES
from measure.replayed import FIELDS as COMPARED
from models.case import CaseState, LimbVerdict, Priority, Tier
from models.change import AccountState, Presence
from models.clock import Force
from models.complaint import Basis, DelayReason, Need, Outcome, Remedy, Status, WrittenResponse
from models.entry import EntryKind
from models.erasure import ErasureState
from models.event import ActorKind
from models.learning import ChangeKind
from models.mention import Kind, MentionState
from models.promise import PromiseKind, PromiseState
from models.reply import AuthoredBy
from models.retention import CountedFrom, HoldScope, ItemOutcome, ProposalState, RecordClass, Then
from models.saved_reply import Audience, MacroActKind
from models.ticket import TicketStatus
from models.verdict import Label
from policy.clock_rules import Effect as ClockEffect
from policy.clock_rules import Unit
from policy.house import HousePack
from policy.loading import PACKS, known_packs, load_policy, load_regulation
from policy.public_replies import RevealKind
from policy.retention import load_retention
from policy.service_hours import DAYS
from policy.statements import load_statements
from policy.warning_signs import Sign
from register.columns import COLUMNS
from register.transitions import Act as ComplaintAct
from settings import Settings
from store.bulk import ItemState
from store.channel_health import GapOutcome
from store.outbox import Effect, OutboxState
from store.pushes import PushState
from store.sent_reports import ReportState

ENUMS: tuple[type[StrEnum], ...] = (
    AccountState,
    ActorKind,
    Audience,
    AuthoredBy,
    Basis,
    BulkAct,
    CaseState,
    ChangeKind,
    ClockEffect,
    ComplaintAct,
    CountedFrom,
    Decision,
    DelayReason,
    Effect,
    EntryKind,
    ErasureState,
    Force,
    GapOutcome,
    HoldScope,
    ItemOutcome,
    ItemState,
    Kind,
    Label,
    LimbVerdict,
    MacroActKind,
    MentionState,
    Need,
    Outcome,
    OutboxState,
    Presence,
    Priority,
    PromiseKind,
    PromiseState,
    ProposalState,
    PushState,
    RecordClass,
    ReportState,
    Remedy,
    RevealKind,
    Role,
    Sort,
    Status,
    Then,
    TicketStatus,
    Sign,
    Unit,
    WrittenResponse,
)
SENTIMENTS = ("negative", "neutral", "positive", "low", "medium", "high", "unsure")
TAGS = (
    "abusive_language",
    "bad_faith_cues",
    "complaint_again",
    "dissatisfied",
    "follow_up",
    "influencer",
    "lead",
    "needs_person",
    "possible_bad_faith",
    "refer_to_licensee",
    "repeat_contact",
    "repeat_contacts",
    "third_party_post",
)
"""Given by the rules of triage themselves."""
SNOOZES = ("in 1 hour", "later today", "tomorrow", "next Monday")
SCORE_PARTS = (
    *("tier", "complaint", "priority", "severity", "urgency", "reach", "sentiment", "due_soon"),
    *("bad_faith", "early_warning", "customer_value"),
)


@cache
def shown_codes() -> dict[str, str]:
    """Words → what sort of code they are, for the translator."""
    found: dict[str, str] = {}
    for code, sort in _codes():
        found.setdefault(code if " " in code else wording.spaced(code), sort)
    return found


def _codes() -> Iterator[tuple[str, str]]:
    for enum in ENUMS:
        yield from ((each.value, enum.__name__) for each in enum)
    yield from ((name, "part of the score") for name in SCORE_PARTS)
    yield from ((name, "day of the week") for name in DAYS)
    yield from ((name, "what of a case would be otherwise") for name in (*COMPARED, "clock"))
    yield from ((name, "what is told of an event in a sandbox") for name in sorted(TOLD))
    yield from ((name, "condition of an escalation path") for name in ("yes", "no"))
    yield from ((name, "answer of the classifier") for name in (*SENTIMENTS, "not_judged_yet"))
    yield from ((name, "tag") for name in TAGS)
    yield from ((column, "column of the register") for column in COLUMNS)
    yield from ((f"tier_{tier.value}", "tier") for tier in Tier)
    yield from ((name, "when a case comes back") for name in SNOOZES)
    yield from ((name, "channel") for name in CONNECTORS)
    yield from ((name, "desk") for name in (*DESKS, "local"))
    yield from ((text, "meaning of a figure on the board") for text in DEFINITIONS.values())
    yield from ((text, "a figure and its meaning") for text in (*CSAT.values(), PROMISES))
    yield from ((text, "a figure and its meaning") for one in FIGURES.values() for text in (one.name, one.meaning))
    yield from ((text, "why something is not counted") for text in LEFT_OUT.values())
    yield from ((text, "how figures are grouped") for text in GROUPS.values())
    yield from ((name, "age of a case") for name, _start in AGES)
    yield from ((stretch.name, "period") for stretch in stretches(datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC")))
    yield from ((name, "why a message was hidden, muted or reported") for name in GROUNDS.values())
    yield from ((one.name, "what a holding statement is about") for one in load_statements().statements)
    yield from ((why, "how a reply may sound") for why in answer_rules().why.values())
    yield from ((keep.period, "how long it is kept") for keep in load_retention().keep.values())
    yield from _of_house(load_policy(**Settings().policy).house)
    for regulation in known_packs(PACKS, "clocks"):
        pack = load_regulation(regulation)
        yield from ((clock.key, "clock") for clock in pack.clocks)
        yield from ((name, "limb of the definition") for name in pack.limbs)
        yield from ((name, "event of a clock") for name in pack.events)
        yield from ((event.meaning, "event of a clock") for event in pack.known_events.values())
        yield from ((title, "type of complaint") for title in pack.types.values())


def _of_house(house: HousePack) -> Iterator[tuple[str, str]]:
    for topic in house.topics.values():
        yield from ((tag, "tag") for tag in topic.tags)
        yield topic.team, "team"
    yield from ((name, "category") for name in house.categories)
    yield from ((name, "team") for name in house.categories.values())
    yield from ((name, "team") for name in (house.teams.otherwise, house.teams.noise, house.teams.leads))
