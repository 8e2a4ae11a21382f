"""A form of the complaint's page as a record: what it asks, and how the answers are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypedDict, TypeVar
from zoneinfo import ZoneInfo

from flow.complaints import Complaints
from inbox import wording
from inbox.languages import N_, _
from inbox.roles import ACTING, Role
from models import EntryKind
from models.complaint import Life
from models.errors import RecordError
from policy.loading import Policy
from register.transitions import Act, why_not

LONGEST_LINE_CHARACTERS = 300
LONGEST_TEXT_CHARACTERS = 20_000
Code = TypeVar("Code", bound=StrEnum)


class Sort(StrEnum):
    """How a field is asked for."""

    LINE = "line"
    LONG = "long"
    DAY = "day"
    MOMENT = "moment"
    SELECT = "select"
    ONE = "one"
    """One of a few, all of them in sight."""
    MANY = "many"
    """Any number of them; each is a field of its own, named `name.value`."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    words: str
    hint: str = ""
    is_possible: bool = True
    is_data: bool = False
    """What somebody wrote, or a code of the world's: it is in no language of ours."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    sort: Sort = Sort.LINE
    is_needed: bool = False
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    """Of a line: what is suggested."""
    value: str = ""
    """What it holds at first."""
    rows: int = 3


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that belong together."""

    fields: tuple[Field, ...]
    legend: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the forms of one complaint depend on."""

    life: Life
    policy: Policy
    now: datetime
    role: Role
    messages: tuple[Choice, ...] = ()
    """What the complainant wrote, newest first."""
    others: tuple[Choice, ...] = ()
    """Complaints that may be the same one."""


class Person(TypedDict):
    """What every act is told of who does it."""

    person: str
    at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it came back."""

    complaint_id: str
    person: str
    key: str
    values: Mapping[str, str]
    zone: ZoneInfo
    now: datetime

    @property
    def who(self) -> Person:
        return {"person": self.person, "at": self.moment("at") or self.now, "key": self.key}

    def text(self, name: str, *, longest: int = LONGEST_LINE_CHARACTERS) -> str:
        """Raises: RecordError for one that is too long."""
        given = self.values.get(name, "").replace("\r\n", "\n").strip()
        if len(given) > longest:
            raise RecordError(
                _(
                    "%(name)s has %(count)s characters; at most %(longest)s are kept",
                    name=name,
                    count=wording.whole(len(given)),
                    longest=wording.whole(longest),
                )
            )
        return given

    def needed(self, name: str, *, longest: int = LONGEST_LINE_CHARACTERS) -> str:
        given = self.text(name, longest=longest)
        if not given:
            raise RecordError(_("%(replace)s is empty; fill it in", replace=name.replace("_", " ")))
        return given

    def number(self, name: str) -> int:
        given = self.needed(name)
        if not (given.isascii() and given.isdigit() and len(given) < 14):
            raise RecordError(
                _(
                    "%(replace)s %(given)s is none of those offered",
                    replace=name.replace("_", " "),
                    given=repr(given[:20]),
                )
            )
        return int(given)

    def one(self, name: str, codes: type[Code]) -> Code:
        return _code(self.needed(name), name, codes)

    def one_or_none(self, name: str, codes: type[Code]) -> Code | None:
        given = self.text(name)
        return _code(given, name, codes) if given else None

    def many(self, name: str, codes: type[Code]) -> list[Code]:
        """In the order of the codes."""
        return [code for code in codes if self.values.get(f"{name}.{code.value}")]

    def day(self, name: str) -> date | None:
        given = self.text(name)
        try:
            return date.fromisoformat(given) if given else None
        except ValueError:
            raise RecordError(_("%(given)s is no date; write it as 2026-11-30", given=repr(given[:20]))) from None

    def moment(self, name: str) -> datetime | None:
        """Local time of the licensee, as typed; UTC. Where a clock shows it twice, the first is meant."""
        given = self.text(name)
        if not given:
            return None
        try:
            local = datetime.fromisoformat(given)
        except ValueError:
            raise RecordError(
                _("%(given)s is no date and time; write it as 2026-11-30T14:05", given=repr(given[:30]))
            ) from None
        at = (local if local.tzinfo else local.replace(tzinfo=self.zone)).astimezone(UTC)
        if local.tzinfo is None and at.astimezone(self.zone).replace(tzinfo=None) != local:
            raise RecordError(
                _(
                    "%(given)s does not exist in %(zone)s: clocks went forward over it; give another time",
                    given=given,
                    zone=self.zone,
                )
            )
        return at

    def amount(self, name: str) -> Decimal | None:
        given = self.text(name).replace(",", "")
        try:
            return Decimal(given) if given else None
        except InvalidOperation:
            raise RecordError(_("%(given)s is no amount; write it like 120.50", given=repr(given[:20]))) from None


def _code(given: str, name: str, codes: type[Code]) -> Code:
    if given not in set(codes):
        raise RecordError(
            _(
                "%(replace)s %(given)s is none of %(codes)s",
                replace=name.replace("_", " "),
                given=repr(given[:40]),
                codes=", ".join(codes),
            )
        )
    return codes(given)


def _always(setting: Setting) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Form:
    """One act on a complaint."""

    name: str
    """In its address."""
    act: Act
    kind: EntryKind
    """Of the entry that it writes."""
    title: str
    button: str
    parts: Callable[[Setting], tuple[Part, ...]]
    carry_out: Callable[[Complaints, Sent], object]
    hint: str = ""
    roles: frozenset[Role] = field(default=ACTING)
    fault: Callable[[Setting], str | None] = _always
    """Why it is not possible although the life allows the act; None where nothing stands in its way."""
    is_shown_impossible: bool = True
    """Whether it is worth saying that it is not possible now."""

    def why_not(self, setting: Setting) -> str | None:
        if setting.role not in self.roles:
            return _("it is for %(listed)s", listed=_listed(self.roles))
        return why_not(setting.life, self.act) or self.fault(setting)


def _listed(roles: frozenset[Role]) -> str:
    *first, last = [role.value for role in Role if role in roles]
    return _("%(first)s and %(last)s", first=", ".join(first), last=last) if first else last


# fields that many forms share


def issues_of(sent: Sent) -> list[str]:
    """As typed, with commas between them."""
    return [issue.strip() for issue in sent.text("issues").split(",") if issue.strip()]


def when(label: str = N_("When it happened")) -> Field:
    return Field("at", label, Sort.MOMENT, hint=_("Local time. Leave it empty for now."))


def why(label: str = N_("Why")) -> Field:
    return Field("reason", label, Sort.LONG, is_needed=True, rows=2)


def choices(names: Mapping[Code, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code.value, words) for code, words in names.items())
