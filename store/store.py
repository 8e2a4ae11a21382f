"""The store: transactions, and in each the tables by name."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from models.errors import RetryableError
from store.access import AccessLog
from store.accounts import Accounts
from store.answers import Answers
from store.api_keys import ApiKeys
from store.approvals import Approvals
from store.board import Board
from store.bulk import Bulk
from store.callouts import Callouts
from store.cases import Cases
from store.changes import Changes
from store.channel_health import ChannelHealth
from store.classifiers import Classifiers
from store.complaints import Complaints
from store.configuration import ConfigurationLog
from store.connections import Connections
from store.corrections import Corrections
from store.counts import Counts
from store.crises import Crises
from store.degraded import Degraded
from store.drafts import Drafts
from store.drift import Drift
from store.dry_runs import DryRuns
from store.due import DueRecords
from store.engine import open_engine
from store.erasing import Erasing
from store.erasures import Erasures
from store.escalations import Escalations
from store.evaluations import Evaluations
from store.events import Events
from store.first_steps import FirstSteps
from store.follow_up import FollowUps
from store.handling import Handling
from store.hops import Hops, TeamPeople
from store.identities import AccountLog, Identities, KnownBrowsers
from store.links import Links
from store.local_desk import LocalDesk
from store.lodgements import Lodgements
from store.mentions import Mentions
from store.merging import Merges
from store.moderation import Moderation
from store.opinions import Opinions
from store.outbox import Outbox
from store.past import Past
from store.people_named import PeopleNamed
from store.preferences import Preferences
from store.presence import Presences
from store.promises import Promises
from store.proposals import DismissedProposals
from store.pushes import Pushes
from store.quality import Quality
from store.quarantine import Quarantine
from store.quotas import Quotas
from store.redaction import Redaction
from store.register_log import RegisterLog
from store.retention import Retention
from store.review import Review
from store.rooms import Rooms
from store.saved_replies import SavedReplies
from store.saved_views import SavedViews
from store.sealed import Sealed
from store.second_factors import SecondFactors
from store.sent_reports import SentReports
from store.shadow import Shadow
from store.snoozes import Snoozes
from store.spikes import SpikeCounts
from store.standings import Standings
from store.systemic import Systemic
from store.targets import Targets
from store.trying import SentForms, WrongTries
from store.upkeep import Upkeep
from store.vault import Vault, VaultSettings, vault_of
from store.verdicts import Verdicts
from store.vips import Vips
from store.vitals import Vitals
from store.warnings import Warnings
from store.worklist import Worklist

LIMIT_EXCEEDED = "54"
"""Class of PostgreSQL's error codes."""
MISTAKES = ("no such column", "near ", "ambiguous column")
Made = TypeVar("Made")


class _Part(Generic[Made]):
    """A part of a transaction, made when it is first asked for: a transaction uses three or four of them."""

    def __init__(self, make: Callable[[Connection], Made]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, of: "Transaction", owner: type | None = None) -> Made:
        made = of.__dict__[self._name] = self._made(of._connection, of._vault)
        return made

    def _made(self, connection: Connection, _vault: Vault | None) -> Made:
        return self._make(connection)


class _SealedPart(_Part[Made]):
    """One that seals what it keeps, or opens it."""

    def __init__(self, make: Callable[[Connection, Vault | None], Made]) -> None:
        self._make_with_vault = make

    def _made(self, connection: Connection, vault: Vault | None) -> Made:
        return self._make_with_vault(connection, vault)


class Transaction:
    """What is done here is done wholly or not at all."""

    mentions = _Part(Mentions)
    verdicts = _Part(Verdicts)
    cases = _Part(Cases)
    events = _Part(Events)
    register = _Part(RegisterLog)
    complaints = _Part(Complaints)
    lodgements = _Part(Lodgements)
    outbox = _Part(Outbox)
    connections = _Part(Connections)
    quarantine = _Part(Quarantine)
    local_desk = _Part(LocalDesk)
    accounts = _Part(Accounts)
    second_factors = _SealedPart(SecondFactors)
    identities = _Part(Identities)
    known_browsers = _Part(KnownBrowsers)
    wrong_tries = _Part(WrongTries)
    sent_forms = _Part(SentForms)
    account_log = _Part(AccountLog)
    counts = _Part(Counts)
    classifiers = _Part(Classifiers)
    evaluations = _Part(Evaluations)
    shadow = _Part(Shadow)
    corrections = _Part(Corrections)
    answers = _Part(Answers)
    review = _Part(Review)
    systemic = _Part(Systemic)
    drift = _Part(Drift)
    due = _Part(DueRecords)
    redaction = _Part(Redaction)
    retention = _Part(Retention)
    quotas = _Part(Quotas)
    changes = _Part(Changes)
    pushes = _SealedPart(Pushes)
    health = _Part(ChannelHealth)
    standings = _Part(Standings)
    api_keys = _Part(ApiKeys)
    approvals = _Part(Approvals)
    escalations = _Part(Escalations)
    hops = _Part(Hops)
    teams = _Part(TeamPeople)
    worklist = _Part(Worklist)
    vips = _Part(Vips)
    rooms = _Part(Rooms)
    saved_views = _Part(SavedViews)
    sealed = _Part(Sealed)
    access = _Part(AccessLog)
    erasures = _Part(Erasures)
    erasing = _SealedPart(Erasing)
    board = _Part(Board)
    upkeep = _Part(Upkeep)
    saved_replies = _Part(SavedReplies)
    bulk = _Part(Bulk)
    preferences = _Part(Preferences)
    presence = _Part(Presences)
    drafts = _Part(Drafts)
    callouts = _Part(Callouts)
    links = _Part(Links)
    merges = _Part(Merges)
    opinions = _Part(Opinions)
    configuration = _Part(ConfigurationLog)
    proposals = _Part(DismissedProposals)
    first_steps = _Part(FirstSteps)
    follow_ups = _Part(FollowUps)
    snoozes = _Part(Snoozes)
    spikes = _Part(SpikeCounts)
    crises = _Part(Crises)
    warnings = _Part(Warnings)
    moderation = _Part(Moderation)
    promises = _Part(Promises)
    handling = _Part(Handling)
    quality = _Part(Quality)
    sent_reports = _Part(SentReports)
    past = _Part(Past)
    dry_runs = _Part(DryRuns)
    degraded = _Part(Degraded)
    people_named = _Part(PeopleNamed)
    targets = _Part(Targets)
    vitals = _Part(Vitals)

    def __init__(self, connection: Connection, vault: Vault | None = None) -> None:
        self._connection, self._vault = connection, vault

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part that can fail alone: an exception undoes it, and the rest of the transaction goes on.

        Raises: RetryableError where it was the database that refused, and no fault of what was to be written.
        """
        with _refusals_told(), self._connection.begin_nested():
            yield


Follow = Callable[[Transaction, Mapping[int, datetime]], None]
"""Is given the cases that a transaction moved, with when."""


class StoreSettings(VaultSettings, Protocol):
    """What of the settings says where everything lasting lies."""

    @property
    def store_url(self) -> str: ...


class Store:
    """Opens the database on first use; cheap to make, safe to make before a fork."""

    def __init__(self, url: str, *, vault: Vault | None = None) -> None:
        """Without a vault nothing can be sealed: for tests, and where nothing secret is kept."""
        self._url = url
        self.vault = vault
        self._follow: Follow | None = None

    @classmethod
    def of(cls, settings: "StoreSettings") -> "Store":
        """Raises: VaultError where the keys in the settings cannot be read."""
        return cls(settings.store_url, vault=vault_of(settings))

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self._url)

    def follow(self, follow: Follow) -> None:
        """Have this done at the end of every transaction that moves a case, as a part of it: whoever acts, and
        wherever, what is worked out from a case's log is never behind it.
        """
        self._follow = follow

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Commits at the end of the block; an exception undoes everything in it.

        Raises: RetryableError where the database does not answer or another writer held it for too long.
        """
        with self._transaction(writes=True) as transaction:
            yield transaction
            if self._follow is not None and transaction.events.moved:
                self._follow(transaction, transaction.events.moved)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One view of the data for the whole block."""
        with self._transaction(writes=False) as transaction:
            yield transaction

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Transaction]:
        options = {"writes": writes}
        with _refusals_told(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield Transaction(connection, self.vault)

    def close(self) -> None:
        if "engine" in self.__dict__:
            self.engine.dispose()
            del self.__dict__["engine"]


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Raises: RetryableError where the database refused or was gone."""
    try:
        yield
    except OperationalError as error:
        if _is_our_mistake(error):
            raise
        raise RetryableError(f"the database refused: {_plain(error)}; nothing was changed, try again") from error


def _is_our_mistake(error: DBAPIError) -> bool:
    """SQLite says "operational" of a wrong statement, too, and PostgreSQL of a value that is too large; trying that
    again would help nobody."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return str(error.orig).startswith(MISTAKES)
    return str(getattr(error.orig, "sqlstate", None) or "").startswith(LIMIT_EXCEEDED)


def _plain(error: DBAPIError) -> str:
    """The driver's own words, without the statement and its values."""
    return str(error.orig).splitlines()[0] if error.orig is not None else type(error).__name__
