"""The only reader of the environment: `EARSHOT_…` variables and `.env`, once, into a frozen `Settings`.

Every field has its unit in its name or description, and a line in `.env.example` (a test compares the two).
"""

import difflib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote
from zoneinfo import available_timezones

from dotenv import dotenv_values
from pydantic import ConfigDict, Field, SecretStr, ValidationError, field_validator

from models.errors import SetupError
from settings_accounts import AccountSettings
from settings_channels import ChannelSettings
from settings_desks import DeskSettings
from settings_watching import WatchingSettings

PREFIX = "EARSHOT_"
SANDBOX = "sandbox.json"
"""A home with this file is for training: see `flow/sandbox.py`."""
KEPT_IN_A_SANDBOX = frozenset(
    "home log_format firm_name place time_zone extra_holidays excluded_holidays calendar_mode strictest_places"
    " card_scheme_days policy_pack house_pack sector judge_processes judge_batch lease_seconds sweep_seconds"
    " tick_seconds web_host web_port web_processes web_root web_secure_cookies web_hosts web_hsts_seconds"
    " trusted_proxies session_hours session_idle_minutes".split()
)
HOST = re.compile(r"(\*\.)?[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,9}(:\d{1,5})?|\[[0-9a-f:.]{2,45}\](:\d{1,5})?")
LONGEST_SOCKET_PATH_BYTES = 100
"""Linux allows 107; some room is left for Redis's own suffixes."""


class Settings(ChannelSettings, DeskSettings, AccountSettings, WatchingSettings):
    """Frozen, and hashable, since clients are kept by them. Secrets are a type whose `repr` is `**********`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=lambda: Path.home() / ".local/share/earshot",
        description="Folder of the embedded default: database, Redis, logs.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="SQLAlchemy URL, e.g. postgresql+psycopg://user:password@host/earshot. Default: SQLite in home.",
    )
    redis_url: SecretStr | None = Field(
        default=None, description="redis://, rediss:// or unix:// URL. Default: an embedded server on a socket in home."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal, JSON elsewhere."
    )
    alive_file: Path | None = Field(
        default=None,
        description="File that `earshot work` and `earshot cron` touch while they live; one for each process.",
    )

    firm_name: str = Field(
        default="Larkbank", description="Name of the licensee, shown in the inbox and in the register."
    )
    place: str = Field(default="AU-NSW", description="ISO 3166-2 code whose holidays count for business days.")
    time_zone: str | None = Field(
        default=None, description="IANA zone of the licensee: day zero is a date in it. Default: the zone of the place."
    )
    extra_holidays: frozenset[date] = Field(
        default=frozenset(), description="Dates added to the calendar, comma separated."
    )
    excluded_holidays: frozenset[date] = Field(
        default=frozenset(), description="Dates removed from it, comma separated."
    )
    holidays_file: Path | None = Field(
        default=None, description="TOML or CSV file of more such dates, each with name and places; see docs/policy.md."
    )
    calendar_mode: Literal["place", "strictest"] = Field(
        default="place", description="strictest: the earliest deadline in business days of several places."
    )
    strictest_places: frozenset[str] = Field(
        default=frozenset(), description="Those places beside our own, comma separated. Default: every one of the pack."
    )
    card_scheme_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="Calendar days that the rules of the card scheme give for a complaint.",
    )
    policy_pack: str = Field(default="asic-rg271", description="Regulation pack under policy/.")
    house_pack: str = Field(default="house", description="House policy pack under policy/.")
    sector: str | None = Field(
        default=None, description="Sector pack under policy/sectors/: bank, insurer, super, telco, retail or it."
    )

    published_contacts: tuple[str, ...] = Field(
        default=(),
        description="Our phone numbers, e-mail and postal addresses, by semicolon: they may stand in public replies.",
    )
    brand_accounts: tuple[tuple[str, frozenset[str]], ...] = Field(
        default=(),
        description="Brands and their accounts, e.g. Larkbank=larkbank larkbank_help; Finchpay=finchpay.",
    )
    dispute_schemes: Path | None = Field(
        default=None, description="TOML file of the external dispute schemes named in notices. Default: those shipped."
    )
    idr_response_by_message: bool = Field(
        default=False, description="Whether a private message may be the written response of RG 271.53."
    )

    profiles: Path | None = Field(
        default=None, description="Folder of the half-year file's profiles and code lists, filled from the handbook."
    )
    first_reporting_period: str | None = Field(
        default=None,
        pattern=r"^20\d\dH[12]$",
        description="The firm's first reporting period, e.g. 2024H1. Default: complaints of any age are carried over.",
    )

    handling_minutes: int = Field(
        default=15, ge=1, le=240, description="Most minutes that one act counts for, where handling time is estimated."
    )
    handling_rate: Decimal = Field(
        default=Decimal(0), ge=0, description="Cost of an hour of handling, for the estimate of cost; 0: none is shown."
    )
    handling_currency: str = Field(default="AUD", pattern=r"^[A-Z]{3}$", description="Currency of that rate, ISO 4217.")
    report_to: frozenset[str] = Field(
        default=frozenset(),
        description="Addresses that get the weekly report by e-mail, comma separated; sent by the mailbox's server.",
    )
    report_weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = Field(
        default="monday", description="Day on which the report of the week before is sent, in the firm's zone."
    )
    report_hour: int = Field(default=8, ge=0, le=23, description="Hour of that day from which it is sent.")

    weights: Path | None = Field(
        default=None, description="Folder of the classifier's weights. Default: those shipped."
    )
    training_channels_denied: frozenset[str] = Field(
        default=frozenset({"twitter", "x"}),
        description="Channels whose corrected messages are never learnt from, comma separated; none: learn from all.",
    )
    drift_days: int = Field(
        default=7, ge=1, le=90, description="Days that are compared with the first so many days of a classifier."
    )
    judge_processes: int = Field(
        default=1, ge=1, le=64, description="Processes that hold the classifier; one per core is the most useful."
    )
    judge_batch: int = Field(default=128, ge=1, le=1024, description="Messages in one classifier job.")
    lease_seconds: float = Field(
        default=60.0, gt=0, description="Time a worker has for a batch before another may take it, seconds."
    )
    most_waiting: int = Field(
        default=200_000,
        ge=100,
        description="Messages that may wait to be judged before /api/messages answers 429 and /hooks/… 503: come back.",
    )
    sweep_seconds: float = Field(
        default=15.0, gt=0, description="How often work that stands still is looked for, seconds."
    )
    tick_seconds: float = Field(default=60.0, gt=0, description="How often clocks are looked at, seconds.")

    web_host: str = Field(default="127.0.0.1", description="Address the inbox listens on.")
    web_port: int = Field(default=8571, ge=0, le=65535, description="Port the inbox listens on.")
    web_processes: int = Field(
        default=1, ge=1, le=64, description="Processes that serve the inbox; one for every ten agents at work."
    )
    web_root: str = Field(default="", description="Sub-path the inbox is served under behind a proxy, e.g. /care.")
    web_secure_cookies: bool = Field(default=False, description="Set to true where the inbox is reached by https.")
    web_hosts: frozenset[str] = Field(
        default=frozenset(),
        description="Names the inbox is reached by, comma separated, e.g. care.example.com or *.example.com; others "
        "are refused. Default: any is taken, but links for people are made of none that we do not know as ours.",
    )
    web_hsts_seconds: int = Field(
        default=0, ge=0, description="How long browsers shall reach us by https alone, seconds; only behind https."
    )
    link_key: SecretStr | None = Field(
        default=None,
        min_length=24,
        description="Signs links sent to customers, the same on every machine. Default: a key made in home.",
    )
    vault_key: SecretStr | None = Field(
        default=None,
        description="Keys that credentials are sealed with at rest, newest first, comma separated; see earshot vault.",
    )
    vault_key_file: Path | None = Field(
        default=None, description="File of those keys, one a line. Default: vault.key, made in home."
    )

    @property
    def policy(self) -> dict[str, Any]:
        """The choice of packs, as `policy.loading.load_policy` is told it."""
        return {
            "pack": self.policy_pack,
            "house": self.house_pack,
            "sector": self.sector,
            "place": self.place,
            "zone": self.time_zone,
            "extra_holidays": self.extra_holidays,
            "excluded_holidays": self.excluded_holidays,
            "holidays_file": self.holidays_file,
            "strictest": self.calendar_mode == "strictest",
            "strictest_places": self.strictest_places,
            "firm_days": {"card_scheme_days": self.card_scheme_days} if self.card_scheme_days else {},
        }

    @property
    def handling_cap(self) -> timedelta:
        """Most that one act counts for."""
        return timedelta(minutes=self.handling_minutes)

    @field_validator("report_to")
    @classmethod
    def _reports_go_to_addresses(cls, value: frozenset[str]) -> frozenset[str]:
        if any(one.count("@") != 1 or not one.isascii() or not one.isprintable() or " " in one for one in value):
            raise ValueError("each must be an e-mail address, like lead@example.com")
        return value

    @field_validator("web_hosts")
    @classmethod
    def _hosts_are_names(cls, value: frozenset[str]) -> frozenset[str]:
        small = frozenset(one.lower() for one in value)
        wrong = sorted(one for one in small if not HOST.fullmatch(one))
        if wrong:
            raise ValueError(f"{wrong[0][:80]!r} is no host name; write care.example.com, or care.example.com:8443")
        return small

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError(f"{value!r} is no IANA time zone{_closest(value, available_timezones())}")
        return value

    @field_validator(
        "extra_holidays", "excluded_holidays", "strictest_places", "notify", "report_to", "web_hosts", mode="before"
    )
    @classmethod
    def _parts_by_comma(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("published_contacts", mode="before")
    @classmethod
    def _contacts_by_semicolon(cls, value: object) -> object:
        return [part.strip() for part in value.split(";") if part.strip()] if isinstance(value, str) else value

    @field_validator("desk_priorities", "desk_tags", mode="before")
    @classmethod
    def _pairs_by_semicolon(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.partition("=") for part in value.split(";") if part.strip()]
        unread = [ours for ours, _, theirs in parts if not ours.strip() or not theirs.strip()]
        if unread:
            raise ValueError(f"{unread[0].strip()!r} stands for nothing; write ours=theirs; ours=theirs")
        return tuple((ours.strip(), theirs.strip()) for ours, _, theirs in parts)

    @field_validator("brand_accounts", mode="before")
    @classmethod
    def _brands_by_semicolon(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.partition("=") for part in value.split(";") if part.strip()]
        unread = [brand for brand, _, accounts in parts if not brand.strip() or not accounts.split()]
        if unread:
            raise ValueError(f"{unread[0].strip()!r} has no accounts; write Brand=account account; Brand=account")
        return tuple((brand.strip(), frozenset(accounts.split())) for brand, _, accounts in parts)

    @field_validator("training_channels_denied", mode="before")
    @classmethod
    def _channels_by_comma(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        named = {part.strip().lower() for part in value.split(",") if part.strip()}
        return frozenset() if named == {"none"} else named

    @property
    def store_url(self) -> str:
        """Where the truth lies. Holds a password: never log it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'earshot.db'}"

    def told(self) -> dict[str, tuple[str | None, bool]]:
        """Each setting that is not as shipped, and every secret: name → (value, None where not set; is it a secret).

        Holds secrets: for their keyed hashes alone.
        """
        found: dict[str, tuple[str | None, bool]] = {}
        for name, field in type(self).model_fields.items():
            value, is_secret = getattr(self, name), "Secret" in str(field.annotation)
            if is_secret:
                found[PREFIX + name.upper()] = (_plain(value), True)
            elif value != field.get_default(call_default_factory=True):
                found[PREFIX + name.upper()] = (_plain(value), False)
        return found

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret that is set, and the parts that may stand alone: to be kept out of logs."""
        found = {value for value, is_secret in self.told().values() if is_secret and value}
        parts = {part for value in found for part in re.split(r"[\s,]+", value)}
        passwords = {unquote(at[1]) for value in found if (at := re.search(r"://[^/@:]*:([^/@]+)@", value))}
        return frozenset(found | parts | passwords) - {""}

    @property
    def is_sandbox(self) -> bool:
        return (self.home / SANDBOX).is_file()

    @property
    def redis_is_embedded(self) -> bool:
        return self.redis_url is None

    @property
    def redis_socket(self) -> Path:
        """Socket of the embedded Redis: in home, or in a private folder where home's path is too long for one."""
        inside = self.home / "redis.sock"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH_BYTES:
            return inside
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"earshot-{os.getuid()}-{digest}" / "redis.sock"

    @property
    def queue_url(self) -> str:
        return self.redis_url.get_secret_value() if self.redis_url is not None else f"unix://{self.redis_socket}"


def _plain(value: object) -> str | None:
    """Sets in order, so that the same setting is always the same words."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, frozenset):
        return ", ".join(sorted(str(one) for one in value))
    if isinstance(value, tuple):
        return "; ".join(_plain(one) or "" for one in value)
    return None if value is None else str(value)


def load(environment: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings; the environment wins over the file.

    Raises: SetupError naming the variable, its value (never a secret's) and the way out.
    """
    found = _from_file(env_file) | dict(os.environ if environment is None else environment)
    given = {key: value for key, value in found.items() if key.startswith(PREFIX) and value != ""}
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    for key in given:
        if key not in known:
            near = _closest(key.removeprefix(PREFIX), (name.removeprefix(PREFIX) for name in known), shown_with=PREFIX)
            raise SetupError(f"unknown setting {key}{near}; .env.example lists them all")
    try:
        settings = Settings.model_validate({known[key]: value for key, value in given.items()})
    except ValidationError as error:
        raise SetupError(_explain(error)) from None
    settings = settings.model_copy(update={"home": settings.home.expanduser().absolute()})
    return settings.model_copy(update=_kept_apart()) if settings.is_sandbox else settings


def _kept_apart() -> dict[str, object]:
    """A sandbox has of what is set only this much: no channel, desk, address or database of the world outside."""
    fields = {name: field for name, field in Settings.model_fields.items() if name not in KEPT_IN_A_SANDBOX}
    return {name: field.get_default(call_default_factory=True) for name, field in fields.items()}


def environment_of(home: Path) -> dict[str, str]:
    """What a program that runs in another home is started with: nothing of ours but that home."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | {f"{PREFIX}HOME": str(home)}


def _from_file(env_file: Path | None) -> dict[str, str]:
    if env_file is None or not env_file.is_file():
        return {}
    return {key: value or "" for key, value in dotenv_values(env_file).items()}


def _closest(word: str, choices: Iterable[str], *, shown_with: str = "") -> str:
    near = difflib.get_close_matches(word, list(choices), n=1, cutoff=0.5)
    return f": did you mean {shown_with}{near[0]}?" if near else ""


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0])
        secret = "Secret" in str(Settings.model_fields[name].annotation)
        shown = "(hidden)" if secret else repr(problem["input"])
        lines.append(f"{PREFIX}{name.upper()} = {shown}: {problem['msg']}. {Settings.model_fields[name].description}")
    return "; ".join(lines)
