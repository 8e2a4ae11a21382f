"""What every classifier promises, whatever is inside it."""

from collections.abc import Sequence
from typing import Literal, Protocol

from models.author import AuthorHistory
from models.mention import Mention
from models.verdict import Verdict

NumericForm = Literal["fp32", "bf16"]
"""What an encoder computes in."""


class Classifier(Protocol):
    """Judges mentions. A verdict depends on its own mention and history alone, never on the others in the batch."""

    @property
    def version(self) -> str: ...

    def judge(self, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
        """One verdict per mention, in the same order. Any text gets one, however broken; never raises for a text."""
        ...
