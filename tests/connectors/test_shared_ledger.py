"""A call that cannot be counted afterwards was made all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.shared_ledger import SharedLedger
from models import AuthoredBy, Reply
from models.errors import RetryableError, UnknownOutcomeError
from models.limit import Limit
from store.store import Store, Transaction
from tests.connectors.telegram.conftest import open_channel, open_source
from tests.fakes.telegram import FakeTelegram

NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)


class HeldStore(Store):
    """Another writer holds it for too long."""

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        raise RetryableError("the database refused: database is locked; nothing was changed, try again")
        yield


@pytest.fixture
def held(sqlite_store: Store) -> SharedLedger:
    return SharedLedger(HeldStore(sqlite_store.engine.url.render_as_string(hide_password=False)))


def test_what_is_kept_is_seen_by_all(store: Store) -> None:
    SharedLedger(store).spend("x/acme", "search", calls=1, cost=Decimal("0.5"), now=NOW)
    SharedLedger(store).keep_limit("x/acme", "search", Limit(0.0, NOW), now=NOW)

    assert SharedLedger(store).spent("x/acme", since=NOW.replace(day=1)) == Decimal("0.5")
    assert SharedLedger(store).limit("x/acme", "search") == Limit(0.0, NOW)


def test_a_call_that_cannot_be_counted_may_have_taken_effect(held: SharedLedger) -> None:
    with pytest.raises(UnknownOutcomeError, match="database is locked"):
        held.spend("x/acme", "search", calls=1, cost=Decimal(1), now=NOW)
    with pytest.raises(UnknownOutcomeError, match="database is locked"):
        held.keep_limit("x/acme", "search", Limit(0.0, NOW), now=NOW)


def test_an_answer_that_was_sent_and_could_not_be_counted_is_not_taken_for_unsent(held: SharedLedger) -> None:
    fake = FakeTelegram()
    fake.say("my card was charged twice")
    mention = open_source(fake).pull(None).mentions[-1]
    sorry = Reply("reply:1", "Sorry!", is_private=True, authored_by=AuthoredBy.PERSON)

    with pytest.raises(UnknownOutcomeError):
        open_channel(fake, ledger=held).reply(mention, sorry)

    assert len(fake.sent) == 1
