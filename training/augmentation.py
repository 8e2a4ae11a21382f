"""Texts as they might have been written instead: mistyped, without handles, without emoji, or with swear words that
change nothing about the issue."""

import re
from dataclasses import replace

import numpy as np

from training.rows import Row

_HANDLE = re.compile(r"^@user\s+|\s*@user\b")
_SYMBOL = re.compile(r"[^\w\s.,;:!?\"'()&@#$€£%/+*=-]")
_LEAST_LETTERS = 5
_SWEARING = 0.3
"""Of the changed English texts that have an issue, this share gets a swear word."""

SWEAR_WORDS = (
    "fucking", "bloody", "damn", "goddamn", "shitty", "freaking", "absolute bullshit", "wtf", "ffs", "for fuck's sake",
    "what the fuck", "what the hell", "shit", "crap", "arse", "bastards", "assholes", "useless twats", "you idiots",
    "clowns", "piss off", "fuck you", "fuck this", "fuckers", "pricks", "bullshit", "pathetic", "screw you", "lying",
    "dickheads", "morons", "af", "as fuck", "pissed off", "sick of this shit", "holy shit",
)  # fmt: skip


class Augmentation:
    """Changes a share of the texts; the random numbers come from the trainer, so that a run can be repeated."""

    def __init__(self, chance: np.random.Generator, share: float) -> None:
        self._chance = chance
        self._share = share

    def of(self, row: Row) -> tuple[str, Row]:
        """The text to learn from, and the row with the answers that still hold."""
        if self._chance.random() >= self._share:
            return row.text, row
        if row.lang == "en" and row.targets.get("complaint") == 1 and self._chance.random() < _SWEARING:
            targets = {question: answer for question, answer in row.targets.items() if question != "abuse"}
            return self._with_swearing(row.text), replace(row, targets=targets)
        change = (self._mistyped, self._without_handles, self._without_symbols)[self._chance.integers(3)]
        return change(row.text) or row.text, row

    def _with_swearing(self, text: str) -> str:
        words = text.split(" ")
        for _ in range(1 + int(self._chance.random() < 0.4)):
            words.insert(int(self._chance.integers(len(words) + 1)), str(self._chance.choice(SWEAR_WORDS)))
        return " ".join(words)

    def _mistyped(self, text: str) -> str:
        """One word in ten loses a letter, doubles one, or has two changed over."""
        return " ".join(
            self._mistyped_word(word) if len(word) >= _LEAST_LETTERS and self._chance.random() < 0.1 else word
            for word in text.split(" ")
        )

    def _mistyped_word(self, word: str) -> str:
        at = int(self._chance.integers(1, len(word) - 1))
        match int(self._chance.integers(3)):
            case 0:
                return word[:at] + word[at + 1 :]
            case 1:
                return word[:at] + word[at] + word[at:]
            case _:
                return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]

    @staticmethod
    def _without_handles(text: str) -> str:
        return _HANDLE.sub("", text)

    @staticmethod
    def _without_symbols(text: str) -> str:
        return _SYMBOL.sub("", text)
