"""Which rows the encoder learns from in which step, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.errors import SetupError
from training.datasets import DATASETS, Dataset
from training.fitting import Floats, Mask
from training.held_back import part_numbers
from training.rows import FOLDS, Row

MOST_PASSES = 20
MEASURED_FOLD = FOLDS - 1
"""Of the large sets, the fold that the encoder never learns from: its scores there are honest."""
REMEMBERED = 0.04
"""Share of the trunk's passes that the polish repeats, so that nothing is forgotten."""
EVERY_PART = -1
MEASURED_PARTS = (0, 1)
"""Of the five parts of the near sets, those that a polish is made without: each costs a quarter of an hour."""

_SETS = {one.name: one for one in DATASETS}


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long an encoder learns, and from what; as it stands, a small English one on a few cores."""

    passes: float = 1.0
    """Every set so many times as often."""
    is_multilingual: bool = False
    """It can read the sets in other languages, too."""

    def __post_init__(self) -> None:
        if not 0 < self.passes <= MOST_PASSES:
            raise SetupError(f"--passes {self.passes:g}: must be above 0 and at most {MOST_PASSES}")

    def of(self, row: Row) -> float:
        return self.passes * max(self._of_set(_SETS[_set_of(tag)]) for tag in row.tags)

    def _of_set(self, found: Dataset) -> float:
        return found.multilingual_passes if self.is_multilingual else found.passes


AS_SHIPPED = Schedule()


def is_near(row: Row) -> bool:
    return any(_SETS[_set_of(tag)].is_near for tag in row.tags)


def is_never_learnt(row: Row) -> bool:
    """A row of a large set on which the encoder is measured."""
    return row.is_dev or (row.fold == MEASURED_FOLD and not is_near(row))


def trunk_passes(rows: Sequence[Row], schedule: Schedule = AS_SHIPPED) -> Floats:
    """`(len(rows),)`: how often the trunk learns from each row, on average."""
    return np.array([0.0 if is_near(row) or is_never_learnt(row) else schedule.of(row) for row in rows])


def polish_passes(rows: Sequence[Row], part: int, schedule: Schedule = AS_SHIPPED) -> Floats:
    """As `trunk_passes`, for the polish that leaves out the rows of `part` of the near sets."""
    near = np.array([schedule.of(row) if is_near(row) and not row.is_dev else 0.0 for row in rows])
    if part != EVERY_PART:
        near[part_numbers(rows) == part] = 0.0
    found: npt.NDArray[np.float64] = near + REMEMBERED * trunk_passes(rows, schedule)
    return found


def scored_by(rows: Sequence[Row], part: int) -> Mask:
    """Rows whose held-back scores come from the polish that leaves out `part`: of the whole one, the large sets'."""
    if part == EVERY_PART:
        return np.array([is_never_learnt(row) for row in rows], dtype=np.bool_)
    near: Mask = np.array([is_near(row) for row in rows], dtype=np.bool_)
    of_part: Mask = part_numbers(rows) == part
    return near & of_part


def _set_of(tag: str) -> str:
    return tag.removesuffix(":dev")
