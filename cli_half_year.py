"""What `earshot register` does about reporting periods: the half-year file, lodging it, what came afterwards."""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from cli_start import errors, whole_file
from models.errors import SetupError
from models.lodgement import Lodgement
from register.export import Written
from register.half_year_file import Problem, Scope, Tally, reconcile, reported, write_half_year
from register.half_years import REPEALED_ON, HalfYear, half_year, half_year_of
from register.lodged import LateCorrection, late_corrections
from register.manifest import SUFFIX, Manifest
from register.profiles import EXAMPLE_MARK, Profile, Profiles, load_profiles
from register.selection import Selection
from store.store import Transaction
from workers import Flow

NIL = (
    "nil: no complaint is to be reported for {name}, and there is no file; lodge a nil submission in ASIC's Regulatory "
    "Portal from {opens} to {closes}"
)


@dataclass(frozen=True, slots=True)
class Made:
    """A half-year file, checked against the register."""

    written: Written
    tally: Tally
    profile: Profile
    head: tuple[int, str]
    file: BinaryIO


@dataclass(frozen=True, slots=True)
class HalfYears:
    """The firm's periods and profiles, in one transaction."""

    engine: Flow
    transaction: Transaction
    profiles: Profiles

    @property
    def today(self) -> date:
        return self.engine.now().astimezone(self.engine.policy.zone).date()

    def scope(self, period: HalfYear) -> Scope:
        first = self.engine.settings.first_reporting_period
        return Scope(period, self.engine.policy.zone, half_year(first) if first else None)

    def make(self, period: HalfYear, profile: Profile, file: BinaryIO, *, until: int | None) -> Made:
        """Write the file and read it back.

        Raises: SetupError where an item cannot be written, after naming each, or where the counts do not agree.
        """
        head, tally, blocked = self.head(until), Tally(), _Blocked()
        entries = self.transaction.register.entries(by_complaint=True, until=head[0])
        rows = reported(entries, self.scope(period), tally)
        written = write_half_year(rows, profile, file, tally, blocked=blocked)
        if blocked.count:
            raise SetupError(
                f"{blocked.count} items named above cannot be written into the file of {period.name} by profile "
                f"{profile.name!r}: complete its code lists, or correct the complaints; nothing was written"
            )
        wrong = reconcile(file, profile, tally) or self._miscounted(tally, head[0])
        if wrong is not None:
            raise SetupError(f"the file of {period.name} does not agree with the register: {wrong}")
        return Made(written, tally, profile, head, file)

    def head(self, until: int | None) -> tuple[int, str]:
        last = self.transaction.register.head()
        if until is None:
            return last
        digest = self.transaction.register.digest_at(until)
        if digest is None:
            raise SetupError(f"--entry {until}: the register has entries 1 to {last[0]}")
        return until, digest

    def _miscounted(self, tally: Tally, until: int) -> str | None:
        all_ = self.transaction.register.complaints(until=until)
        counted = tally.complaints.total()
        return None if counted == all_ else f"{counted} complaints were looked at, and it holds {all_}"

    def as_lodged(self, lodgement: Lodgement, period: HalfYear, file: BinaryIO) -> Made:
        """The same bytes as were lodged.

        Raises: SetupError where profile or register are no longer those.
        """
        profile = self.profiles.choose(period, lodgement.profile)
        if profile.digest != lodgement.profile_digest:
            raise SetupError(
                f"profile {profile.name!r} is no longer the one that {period.name} was lodged with: put the old files "
                "back, or export with --current what the register says now"
            )
        made = self.make(period, profile, file, until=lodgement.head_seq)
        if made.written.sha256 != lodgement.sha256:
            raise SetupError(
                f"{period.name} was lodged with SHA-256 {lodgement.sha256} and now comes to {made.written.sha256}: "
                "run `earshot register verify`"
            )
        return made

    def is_nil(self, period: HalfYear, *, until: int | None) -> bool:
        """Whether nothing is to be reported; a profile is not needed to say so."""
        entries = self.transaction.register.entries(by_complaint=True, until=until)
        return next(reported(entries, self.scope(period), Tally()), None) is None

    def corrections(self, lodgement: Lodgement) -> Iterator[LateCorrection]:
        """What the register now says otherwise; of a nil submission, which complaints it should have held."""
        period = half_year(lodgement.period)
        return late_corrections(
            self.transaction.register.entries(by_complaint=True),
            head_seq=lodgement.head_seq,
            scope=self.scope(period),
            profile=self.profiles.choose(period, lodgement.profile) if lodgement.profile is not None else None,
        )

    def warnings(self, made: Made | None, period: HalfYear) -> Iterator[str]:
        """`made` is None for a nil return."""
        if self.today <= period.end:
            yield f"{period.name} is not over before {period.end}: this is what is known today"
        if made is None:
            yield f"a nil return for {period.name}: make sure that every channel was listened to"
        else:
            if made.profile.is_example:
                yield f"profile {made.profile.name!r} is an {EXAMPLE_MARK}: this shows the form and cannot be lodged"
            for overused in made.tally.overused(made.profile):
                yield f"{overused}: the regulator criticises overuse; correct the complaints, or map them closer"
        yield from self.repeal(period)

    def repeal(self, period: HalfYear) -> Iterator[str]:
        after = half_year_of(REPEALED_ON)
        if period >= half_year_of(date(2026, 7, 1)) and self.profiles.covering(after) is None:
            yield (
                f"no profile covers {after.name}: Instrument 2022/205 is repealed on {REPEALED_ON}; find out what "
                "replaces it, and load a profile for it"
            )


class _Blocked:
    """Says each problem as it is found, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, problem: Problem) -> None:
        self.count += 1
        errors.print(str(problem), style="red", markup=False)


def half_years(engine: Flow, transaction: Transaction, folder: Path | None) -> HalfYears:
    return HalfYears(engine, transaction, load_profiles(folder or engine.settings.profiles))


def export_half_year(
    books: HalfYears,
    period: HalfYear,
    *,
    profile: str | None,
    until: int | None,
    current: bool,
    output: Path | None,
    manifest: Path | None,
) -> None:
    """As lodged, where it was and nothing else is asked for; else as the register stands."""
    lodgement = None if current or until is not None else books.transaction.lodgements.last(period.name)
    until = books.head(lodgement.head_seq if lodgement is not None else until)[0]
    with tempfile.TemporaryFile() as file:
        if lodgement is not None and lodgement.sha256 is not None:
            made: Made | None = books.as_lodged(lodgement, period, file)
        elif books.is_nil(period, until=until):
            made = None
        else:
            made = books.make(period, books.profiles.choose(period, profile), file, until=until)
        for warning in books.warnings(made, period):
            errors.print(f"earshot: warning: {warning}", style="yellow", markup=False)
        if made is None:
            opens, closes = period.window
            errors.print(NIL.format(name=period.name, opens=opens, closes=closes), markup=False)
        else:
            _hand_over(made, period, output, manifest)
    if lodgement is not None:
        errors.print(f"{period.name} was lodged on {lodgement.at:%Y-%m-%d} by {lodgement.person}", markup=False)
        for correction in books.corrections(lodgement):
            errors.print(f"late correction: {correction}", markup=False)


def _hand_over(made: Made, period: HalfYear, output: Path | None, manifest: Path | None) -> None:
    made.file.seek(0)
    with whole_file(output) as target:
        shutil.copyfileobj(made.file, target)
    name = output.name if output is not None else f"{period.name}.csv"
    beside = manifest or (output.with_name(output.name + SUFFIX) if output is not None else None)
    if beside is not None:
        with whole_file(beside) as target:
            target.write(_manifest(made, period, name).as_bytes())
    errors.print(f"{period.name}: the register holds {made.tally.as_text()}", markup=False)
    rows = f"{made.written.rows} complaints in the file agree with it"
    errors.print(f"{rows}; SHA-256 {made.written.sha256}, register entry {made.head[0]}", markup=False)


def _manifest(made: Made, period: HalfYear, name: str) -> Manifest:
    profile = made.profile
    more: dict[str, Any] = {"notice": EXAMPLE_MARK} if profile.is_example else {}
    more |= {
        "profile": profile.name,
        "profile_title": profile.title,
        "profile_sha256": profile.digest,
        "reporting_period": period.name,
        "complaints": dict(sorted(made.tally.complaints.items())),
    }
    return Manifest(name, "asic", made.written, made.head, Selection(period.start, period.end), more=more)


# lodging


@dataclass(frozen=True, slots=True)
class Given:
    """What the manifest beside a file says of it."""

    sha256: str
    entry: int | None = None
    profile: str | None = None


def given_file(file: Path) -> Given:
    """Raises: SetupError where it cannot be read."""
    try:
        with file.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        beside = file.with_name(file.name + SUFFIX)
        told = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
        return Given(sha256, told.get("register", {}).get("seq"), told.get("profile"))
    except OSError as error:
        raise SetupError(f"cannot read {file}: {error.strerror}; name the file that was lodged") from None
    except (ValueError, AttributeError):
        raise SetupError(f"{file.name}{SUFFIX} is no manifest; export the file again") from None


def lodgement_of(
    books: HalfYears,
    period: HalfYear,
    *,
    profile: str | None,
    until: int | None,
    given: Given | None,
    person: str,
    reason: str,
) -> Lodgement:
    """What is to be kept of it, worked out anew from the register.

    Raises: SetupError where it may not be lodged, or the given file is another one.
    """
    earlier = books.transaction.lodgements.last(period.name)
    _check_lodging(books, period, earlier, person=person, reason=reason)
    if given is not None:
        until, profile = until or given.entry, profile or given.profile
    head, number = books.head(until), earlier.number + 1 if earlier else 1
    kept = partial(
        Lodgement,
        period=period.name,
        number=number,
        head_seq=head[0],
        head_digest=head[1],
        person=person.strip(),
        at=books.engine.now(),
        reason=reason.strip(),
    )
    if books.is_nil(period, until=head[0]):
        if given is not None:
            raise SetupError(
                f"nothing is to be reported for {period.name}: lodge it without --file, as a nil submission"
            )
        return kept(rows=0, sha256=None, profile=None, profile_digest=None)
    chosen = books.profiles.choose(period, profile)
    if chosen.is_example:
        raise SetupError(f"profile {chosen.name!r} is an {EXAMPLE_MARK}: it cannot be lodged")
    with tempfile.TemporaryFile() as file:
        written = books.make(period, chosen, file, until=head[0]).written
    if given is not None and given.sha256 != written.sha256:
        raise SetupError(
            f"the file has SHA-256 {given.sha256}, and the register at entry {head[0]} gives {written.sha256}: name "
            "with --entry the entry that its export printed"
        )
    return kept(rows=written.rows, sha256=written.sha256, profile=chosen.name, profile_digest=chosen.digest)


def _check_lodging(books: HalfYears, period: HalfYear, earlier: Lodgement | None, *, person: str, reason: str) -> None:
    if not person.strip():
        raise SetupError("--by is empty: say who lodged it")
    if books.today <= period.end:
        raise SetupError(f"{period.name} is not over before {period.end}; its window opens on {period.window[0]}")
    if earlier is not None and not reason.strip():
        raise SetupError(
            f"{period.name} was lodged on {earlier.at:%Y-%m-%d} by {earlier.person} and is locked; where the regulator "
            "wants it again, say why with --again"
        )


# overview


def overview(books: HalfYears) -> Iterator[dict[str, Any]]:
    """Every period from the firm's first to the one that runs, with what became of it."""
    last = half_year_of(books.today)
    lodged = {one.period: one for one in books.transaction.lodgements.all()}
    given = books.engine.settings.first_reporting_period
    earliest = half_year(given or min(lodged, default=HalfYear(last.year - 1, last.half).name))
    period = min(earliest, last)
    while period <= last:
        opens, closes = period.window
        one, profile = lodged.get(period.name), books.profiles.covering(period)
        yield {
            "period": period.name,
            "from": period.start.isoformat(),
            "to": period.end.isoformat(),
            "window": [opens.isoformat(), closes.isoformat()],
            "state": _state(books.today, period, one),
            "profile": profile.name if profile else None,
            "lodged": _lodged_as_json(one) if one else None,
        }
        period = period.next()


def _state(today: date, period: HalfYear, lodgement: Lodgement | None) -> str:
    if lodgement is not None:
        return "lodged"
    opens, closes = period.window
    if today < opens:
        return "runs"
    return "due" if today <= closes else "not lodged"


def _lodged_as_json(one: Lodgement) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "by": one.person,
        "number": one.number,
        "rows": one.rows,
        "sha256": one.sha256,
        "profile": one.profile,
        "register": {"seq": one.head_seq, "digest": one.head_digest},
        "reason": one.reason,
    }


def show_corrections(books: HalfYears, period: HalfYear) -> None:
    """Late corrections of a lodged period, one a line.

    Raises: SetupError where it was not lodged.
    """
    lodgement = books.transaction.lodgements.last(period.name)
    if lodgement is None:
        raise SetupError(f"{period.name} was not lodged, so nothing is late; see `earshot register periods`")
    count = 0
    for correction in books.corrections(lodgement):
        sys.stdout.write(f"{correction}\n")
        count += 1
    sys.stdout.write(f"{count} late corrections of {period.name} since entry {lodgement.head_seq}\n")
