"""Versions of the classifier as people see them: what was measured, who decided, and what people said of the live one.

Reads figures from the store: nothing here judges or measures.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from inbox.agreement import DAYS, Agreement, agreement
from inbox.languages import N_, Sayings, _
from inbox.wording import decimal
from measure.agreement import DECISIONS
from measure.drift import Level
from measure.shares import Share, share
from models import UNSURE, ChangeKind, ClassifierChange, Standing
from models.configuration import Part
from models.evaluation import BETTER, NO_DIFFERENCE, WORSE, ConfusionFigures, Estimate, Evaluation, EvaluationLine
from settings import Settings
from store.drift import DriftLook
from store.evaluations import Relabelled
from store.store import Transaction

SHIPPED = "shipped"
CARD = "classifier.md"
SHIPPED_CARD = Path(__file__).parents[1] / "docs" / CARD
FOLDER = "classifiers"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
FIGURES = Sayings(
    {
        "complaint, F1": N_("Complaints, F1"),
        "six labels, macro F1": N_("Six labels, macro F1"),
        "left to a person": N_("Left to people"),
        "complaints missed": N_("Complaints missed"),
    }
)
"""By the names that `learning.evaluation` gives them."""
VERDICTS = Sayings(
    {BETTER: N_("better"), WORSE: N_("worse"), NO_DIFFERENCE: N_("no clear difference")},
)
ROLES = Sayings({"live": N_("live"), "shadow": N_("in the shadow"), SHIPPED: N_("shipped")})
ACTS = Sayings(
    {
        ChangeKind.PROMOTED: N_("promoted"),
        ChangeKind.ROLLED_BACK: N_("rolled back"),
        ChangeKind.SHADOWED: N_("put into the shadow"),
        ChangeKind.UNSHADOWED: N_("taken out of the shadow"),
    }
)
LEVELS = Sayings(
    {
        Level.UNKNOWN.value: N_("unknown, too few messages"),
        Level.STEADY.value: N_("steady"),
        Level.WATCH.value: N_("watch"),
        Level.ALARM.value: N_("alarm"),
    }
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One side of an evaluation."""

    evaluation: Evaluation
    is_after: bool
    """It was the one to be measured; else the one that another was compared with."""

    @property
    def confusion(self) -> ConfusionFigures:
        figures = self.evaluation.figures
        return figures.after if self.is_after else figures.before

    @property
    def learnt(self) -> int:
        figures = self.evaluation.figures
        return figures.learnt_after if self.is_after else figures.learnt_before

    @property
    def is_compared(self) -> bool:
        return self.is_after and not self.evaluation.is_of_itself

    @property
    def lines(self) -> Sequence[EvaluationLine]:
        return self.evaluation.figures.lines

    def of(self, line: EvaluationLine) -> Estimate:
        return line.after if self.is_after else line.before

    def named(self, name: str) -> Estimate | None:
        """Of all rows together."""
        return next((self.of(line) for line in self.lines if line.name == name and not line.lang), None)

    @property
    def verdicts(self) -> Mapping[str, int]:
        """How many figures are so, those that are worse first."""
        counted = Counter(line.verdict for line in self.lines)
        return {one: counted[one] for one in (WORSE, BETTER, NO_DIFFERENCE) if counted[one]}


@dataclass(frozen=True, slots=True)
class VersionLine:
    name: str
    command: str
    """What `earshot` calls it: the shipped one is called so whatever its version."""
    roles: tuple[str, ...]
    changes: tuple[ClassifierChange, ...]
    """Every decision on it, the last first."""
    measured: Measured | None
    has_card: bool

    @property
    def decided(self) -> ClassifierChange | None:
        """What made it live, or put it into the shadow."""
        wanted = {"live": ChangeKind.PROMOTED, "shadow": ChangeKind.SHADOWED}
        kind = next((wanted[role] for role in self.roles if role in wanted), None)
        return next((one for one in self.changes if one.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Beside:
    """A version in the shadow and the live one, on the same messages."""

    change: ClassifierChange
    same: Share
    left_live: Share
    left_shadow: Share
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Heard:
    """What people said of the live version's labels."""

    agreement: Sequence[Agreement]
    relabelled: Relabelled
    corrected: Share
    days: int = DAYS


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that says which versions there are."""

    shipped: str
    standing: Standing
    is_pinned: bool
    """EARSHOT_WEIGHTS names what is live."""
    changes: Sequence[ClassifierChange]
    evaluations: Sequence[Evaluation]

    @property
    def live(self) -> str:
        change = self.standing.live
        return self.shipped if self.is_pinned or change is None else self.name(change)

    def name(self, change: ClassifierChange) -> str:
        return self.shipped if change.version == SHIPPED else change.version


def versions(transaction: Transaction, settings: Settings) -> list[VersionLine]:
    """The live one first, then that in the shadow, then the others by name."""
    known = _known(transaction, settings)
    here = folders(settings.home)
    names = {known.live, known.shipped, *here, *map(known.name, known.changes)}
    names |= {one.version for one in known.evaluations}
    found = [_line(known, name, settings) for name in names]
    return sorted(found, key=lambda one: ("live" not in one.roles, "shadow" not in one.roles, one.name))


def _known(transaction: Transaction, settings: Settings) -> Known:
    at_start = transaction.configuration.rows(part=Part.CLASSIFIER, limit=1)
    told = at_start[0].after if at_start else None
    return Known(
        told.partition(" · ")[0] if told else SHIPPED,
        transaction.classifiers.standing(),
        settings.weights is not None,
        transaction.classifiers.history(),
        transaction.evaluations.all(),
    )


def _line(known: Known, name: str, settings: Settings) -> VersionLine:
    shadow = known.standing.shadow
    roles = [role for role, is_so in (("live", name == known.live), (SHIPPED, name == known.shipped)) if is_so]
    roles += ["shadow"] if shadow is not None and known.name(shadow) == name else []
    changes = tuple(one for one in reversed(known.changes) if known.name(one) == name)
    command = SHIPPED if name == known.shipped else name
    measured = _measured(known.evaluations, name, changes[0].digest if changes and command != SHIPPED else None)
    return VersionLine(name, command, tuple(roles), changes, measured, card(settings, name, command) is not None)


def _measured(evaluations: Sequence[Evaluation], name: str, digest: str | None) -> Measured | None:
    """Its own last one, else the last that another was compared with it; of the weights that were decided on."""
    for one in evaluations:
        if one.version == name and digest in (None, one.digest):
            return Measured(one, is_after=True)
    for one in evaluations:
        if one.against == name and digest in (None, one.against_digest):
            return Measured(one, is_after=False)
    return None


def folders(home: Path) -> list[str]:
    """Versions that lie on this machine."""
    inside = (home / FOLDER).iterdir() if (home / FOLDER).is_dir() else ()
    return [path.name for path in inside if _NAME.fullmatch(path.name) and (path / "manifest.toml").is_file()]


def card(settings: Settings, name: str, command: str) -> Path | None:
    """What the version was made for, of which data, and where it is weak; None where it has none on this machine."""
    folder = settings.home / FOLDER / name
    if command == SHIPPED:
        path = settings.weights / CARD if settings.weights is not None else SHIPPED_CARD
    else:
        path = folder / CARD
    return path if (command == SHIPPED or _NAME.fullmatch(name)) and path.is_file() else None


def heard(transaction: Transaction, name: str, *, now: datetime) -> Heard:
    relabelled = transaction.evaluations.relabelled(name, since=now - timedelta(days=DAYS))
    corrected = share(relabelled.corrected, relabelled.decided)
    return Heard(agreement(transaction, now=now, classifier=name), relabelled, corrected)


def beside(transaction: Transaction, line: VersionLine) -> Beside | None:
    """Since it was last put into the shadow; None where that was never, or both judged nothing yet."""
    change = next((one for one in line.changes if one.kind is ChangeKind.SHADOWED), None)
    counted = transaction.shadow.decided(change.version, since=change.at) if change is not None else {}
    total = sum(counted.values())
    if change is None or not total:
        return None
    return Beside(
        change,
        same=share(sum(number for (live, shadow), number in counted.items() if live == shadow), total),
        left_live=share(sum(number for (live, _s), number in counted.items() if live == UNSURE), total),
        left_shadow=share(sum(number for (_l, shadow), number in counted.items() if shadow == UNSURE), total),
        columns=DECISIONS,
        rows={
            live: tuple(counted.get((live, shadow), 0) for shadow in DECISIONS)
            for live in DECISIONS
            if any(one == live for one, _s in counted)
        },
    )


def drifted(look: DriftLook | None) -> list[Mapping[str, object]]:
    """Groups of which something is known, the worst first."""
    order = list(LEVELS)
    groups = look.report.get("groups", []) if look is not None else []
    known = [one for one in groups if one["level"] != Level.UNKNOWN.value]
    return sorted(known, key=lambda one: -order.index(one["level"]))


def said(one: Estimate | Share | None) -> str:
    """`76.3 (71.2 to 81.0)`, in per cent."""
    if one is None:
        return "–"
    values = (decimal(100 * each, 1) for each in (one.value, one.low, one.high))
    value, low, high = values
    return _("%(value)s (%(low)s to %(high)s)", value=value, low=low, high=high)


def points(one: Estimate) -> str:
    """`+6.0 (+2.0 to +10.0)`, in points."""
    value, low, high = (("+" if each > 0 else "") + decimal(100 * each, 1) for each in (one.value, one.low, one.high))
    return _("%(value)s (%(low)s to %(high)s)", value=value, low=low, high=high)
