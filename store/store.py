"""The store: transactions, and in each the tables by name."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Protocol

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


class Transaction:
    """What is done here is done wholly or not at all."""

    def __init__(self, connection: Connection, vault: Vault | None = None) -> None:
        self._connection = connection
        self.mentions = Mentions(connection)
        self.verdicts = Verdicts(connection)
        self.cases = Cases(connection)
        self.events = Events(connection)
        self.register = RegisterLog(connection)
        self.complaints = Complaints(connection)
        self.lodgements = Lodgements(connection)
        self.outbox = Outbox(connection)
        self.connections = Connections(connection)
        self.quarantine = Quarantine(connection)
        self.local_desk = LocalDesk(connection)
        self.accounts = Accounts(connection)
        self.second_factors = SecondFactors(connection, vault)
        self.identities = Identities(connection)
        self.known_browsers = KnownBrowsers(connection)
        self.wrong_tries = WrongTries(connection)
        self.sent_forms = SentForms(connection)
        self.account_log = AccountLog(connection)
        self.counts = Counts(connection)
        self.classifiers = Classifiers(connection)
        self.shadow = Shadow(connection)
        self.corrections = Corrections(connection)
        self.answers = Answers(connection)
        self.review = Review(connection)
        self.systemic = Systemic(connection)
        self.drift = Drift(connection)
        self.due = DueRecords(connection)
        self.redaction = Redaction(connection)
        self.retention = Retention(connection)
        self.quotas = Quotas(connection)
        self.changes = Changes(connection)
        self.pushes = Pushes(connection, vault)
        self.health = ChannelHealth(connection)
        self.standings = Standings(connection)
        self.api_keys = ApiKeys(connection)
        self.approvals = Approvals(connection)
        self.escalations = Escalations(connection)
        self.hops = Hops(connection)
        self.teams = TeamPeople(connection)
        self.worklist = Worklist(connection)
        self.vips = Vips(connection)
        self.rooms = Rooms(connection)
        self.saved_views = SavedViews(connection)
        self.sealed = Sealed(connection)
        self.access = AccessLog(connection)
        self.erasures = Erasures(connection)
        self.erasing = Erasing(connection, vault)
        self.board = Board(connection)
        self.upkeep = Upkeep(connection)
        self.saved_replies = SavedReplies(connection)
        self.bulk = Bulk(connection)
        self.preferences = Preferences(connection)
        self.presence = Presences(connection)
        self.drafts = Drafts(connection)
        self.callouts = Callouts(connection)
        self.links = Links(connection)
        self.merges = Merges(connection)
        self.opinions = Opinions(connection)
        self.configuration = ConfigurationLog(connection)
        self.proposals = DismissedProposals(connection)
        self.first_steps = FirstSteps(connection)
        self.follow_ups = FollowUps(connection)
        self.snoozes = Snoozes(connection)
        self.spikes = SpikeCounts(connection)
        self.crises = Crises(connection)
        self.warnings = Warnings(connection)
        self.moderation = Moderation(connection)
        self.promises = Promises(connection)
        self.handling = Handling(connection)
        self.quality = Quality(connection)
        self.sent_reports = SentReports(connection)
        self.past = Past(connection)
        self.dry_runs = DryRuns(connection)
        self.degraded = Degraded(connection)
        self.people_named = PeopleNamed(connection)
        self.targets = Targets(connection)
        self.vitals = Vitals(connection)

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
