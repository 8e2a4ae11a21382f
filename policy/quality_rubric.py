"""What a reviewed case is scored by: questions with weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from models.errors import RecordError
from policy.table import Table, read_table

FILE = Path(__file__).parent / "quality" / "quality.toml"
MOST_WEIGHT = 1000


class Mark(StrEnum):
    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"


WORTH = {Mark.YES: 1.0, Mark.PARTLY: 0.5, Mark.NO: 0.0}


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    text: str
    weight: int


@dataclass(frozen=True, slots=True)
class Rubric:
    name: str
    version: str
    from_on: date
    source: str
    questions: tuple[Question, ...]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    def points(self, marks: Mapping[str, Mark]) -> float:
        """Of 100; questions that do not apply are left out of both sums.

        Raises: RecordError where a question has no mark, or none of them applies.
        """
        lacking = [one.key for one in self.questions if one.key not in marks]
        if lacking:
            raise RecordError(f"the question {lacking[0]!r} of the rubric has no mark; give one to each")
        applying = [one for one in self.questions if marks[one.key] is not Mark.NOT_APPLICABLE]
        if not applying:
            raise RecordError("no question of the rubric applies to this case; choose another case")
        got = sum(one.weight * WORTH[marks[one.key]] for one in applying)
        return 100 * got / sum(one.weight for one in applying)


def load_rubric(file: Path = FILE) -> Rubric:
    """Raises: SetupError naming the file and the key."""
    table = read_table(file, file=f"{file.parent.name}/{file.name}")
    rubric = Rubric(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        questions=tuple(_question(row) for row in table.tables("question")),
    )
    keys = [one.key for one in rubric.questions]
    if not keys or len(set(keys)) < len(keys):
        raise table.refuse("question", "must be there, each with a key of its own")
    table.done()
    return rubric


def _question(row: Table) -> Question:
    question = Question(row.text("key"), row.text("text"), row.whole("weight", least=1, most=MOST_WEIGHT))
    row.done()
    return question
