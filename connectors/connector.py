"""What the registry knows of a vendor: the settings it needs, and how its parts are opened."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import SecretStr

from connectors.base import Channel, Desk, DeskReceiver, Receiver, Source
from connectors.quota import Ledger
from models.errors import SetupError
from settings import PREFIX, Settings


@dataclass(frozen=True, slots=True)
class Need:
    """A setting the operator has to give, and where it is found."""

    setting: str
    """Field of `Settings`."""
    what: str
    """Where on the vendor's side it is found or made, in one sentence."""
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Credential:
    """What a live test of a credential found."""

    account: str
    """Whom the platform takes us for."""
    valid_until: datetime | None = None
    """Aware, UTC; None: does not expire, or the platform does not say."""
    scopes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """What will not work, and what to do about it, one sentence each."""
    shown_in_week: int | None = None
    """How many messages to us the platform shows of the last seven days; None: it does not tell."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What connectors share, and the seams for tests."""

    ledger: Ledger
    is_known: Callable[[str, str], bool] = lambda channel, author_id: False
    """Whether the last seven days of this author were read within a day: they are not asked for again."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    transport: httpx.BaseTransport | None = None


@dataclass(frozen=True, slots=True)
class Connector:
    """One vendor of channels. A vendor may carry several channels, sources and receivers."""

    name: str
    title: str
    is_on: Callable[[Settings], bool]
    needs: Sequence[Need]
    probe: Callable[[Settings, Tools], Credential]
    """Live test. Raises: AccessError, SetupError, RetryableError."""
    channels: Mapping[str, Callable[[Settings, Tools], Channel]]
    """Name in `Mention.channel` → how answers are sent there."""
    sources: Mapping[str, Callable[[Settings, Tools], Source]] = field(default_factory=dict)
    """Name the cursor is kept under → how it is pulled."""
    receivers: Mapping[str, Callable[[Settings, Tools], Receiver]] = field(default_factory=dict)
    """Last part of the address under `/hooks/` → who reads what is pushed there."""
    is_pulled: Callable[[Settings, str], bool] = lambda settings, source: True
    """Whether these settings have a source of its pulled."""
    seconds: Callable[[Settings], float] = lambda settings: 60.0
    """How often its sources are pulled."""
    paces: Mapping[str, Callable[[Settings], float]] = field(default_factory=dict)
    """The same for sources with a pace of their own."""
    recheck_every: timedelta | None = None
    """How often a message is asked after at most, where each look costs money; None: as the setting says."""
    keeps: timedelta | None = None
    """How long the platform still shows what was not read; None: long enough. What is older after a gap is lost."""

    def pulled(self, settings: Settings) -> dict[str, float]:
        """Sources that are pulled → how often, in seconds."""
        names = (name for name in self.sources if self.is_pulled(settings, name))
        return {name: self.paces.get(name, self.seconds)(settings) for name in names}


@dataclass(frozen=True, slots=True)
class DeskConnector:
    """One vendor of support desks."""

    name: str
    title: str
    needs: Sequence[Need]
    open: Callable[[Settings, Tools], Desk]
    receivers: Mapping[str, Callable[[Settings, Tools], DeskReceiver]] = field(default_factory=dict)
    is_notification: bool = False
    """Told beside the desk, instead of being one: people read it, nobody works in it."""


def needed(settings: Settings, field: str, because: str) -> str:
    """The value of a setting that cannot be missing, secret or not.

    Raises: SetupError naming the setting and what needs it.
    """
    value = getattr(settings, field)
    if value is None or value == "":
        raise SetupError(
            f"{PREFIX}{field.upper()} is not set, and {because} needs it; .env.example says what it is, and "
            "`earshot connect` asks for it"
        )
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
