"""Words without the people in them, for training: what is not known to be harmless goes.

A word stays where it stands in the program's own sample and rules, or where several different authors used it. Whatever
else it is, and every name that the database knows, is replaced; numbers, addresses and links always are.
"""

import re
from collections.abc import Collection, Iterable
from random import Random

GONE = "…"
"""In place of a word."""
LEAST_NAME_CHARACTERS = 2
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.[a-z]{2,24}/\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"@[\w.-]*\w")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PIECE = re.compile(
    rf"(?P<link>{_LINK.pattern})|(?P<address>{_ADDRESS.pattern})|(?P<handle>{_HANDLE.pattern})"
    rf"|(?P<word>{_WORD.pattern})|(?P<digits>\d+)|(?P<tag>_+)",
    re.IGNORECASE,
)
FIRST = "Alex Blake Casey Devon Ellis Frankie Gray Harper Indigo Jules Kit Lane Morgan Nico Oakley Perry Quinn".split()
LAST = "Ashdown Birchall Coldwell Dunmore Eastgate Fernhill Greymoor Hazelton Ironside Juniper Kestrelson".split()


def words_in(text: str) -> set[str]:
    """Each in lower case; words of links, addresses and handles are none."""
    return {found["word"].casefold() for found in _PIECE.finditer(text) if found["word"]}


class Anonymous:
    """Of one case: the same name, number or address is always replaced by the same invented one."""

    def __init__(self, allowed: Collection[str], names: Collection[str], *, ours: Collection[str], seed: str) -> None:
        """
        Args:
            allowed: words that may stay, in lower case.
            names: handles and names that nobody may find again, whatever `allowed` says.
            ours: our own accounts, which stay as they are.
            seed: what is invented follows from it, so two runs with one seed invent the same.
        """
        self._allowed = allowed
        self._names = {name.casefold() for name in names if len(name) >= LEAST_NAME_CHARACTERS}
        self._ours = {name.casefold().lstrip("@") for name in ours}
        self._random = Random(seed)  # noqa: S311 - invents names, keeps no secret
        self._numbers: dict[str, str] = {}
        self._people: dict[str, tuple[str, str]] = {}
        self._known: dict[str, str] = {}

    def person(self, key: str) -> tuple[str, str]:
        """(Name, handle) of whoever has this key."""
        if key not in self._people:
            name = f"{self._random.choice(FIRST)} {self._random.choice(LAST)}"
            number = self._random.randrange(10, 100)
            self._people[key] = (name, f"{name.split()[0].lower()}_{number}_{len(self._people)}")
        return self._people[key]

    def knows(self, key: str, spellings: Iterable[str | None]) -> None:
        """These handles and names are those of `key`, wherever they are spoken of."""
        for spelling in spellings:
            if spelling:
                self._known[spelling.casefold().lstrip("@")] = key

    def text(self, text: str) -> str:
        return _PIECE.sub(self._replaced, text)

    def number(self, value: int | None) -> int | None:
        """One significant figure: about how many, and no longer whose."""
        if value is None or value < 10:
            return value
        scale = int(10 ** (len(str(value)) - 1))
        return value // scale * scale

    def _replaced(self, found: re.Match[str]) -> str:
        written = found.group()
        if found["link"]:
            return "https://example.invalid/link"
        if found["address"]:
            return "somebody@example.invalid"
        if found["handle"]:
            return self._handle(written)
        if found["digits"]:
            return self._digits(written)
        return self._word(written)

    def _handle(self, written: str) -> str:
        bare = written.lstrip("@").casefold()
        if bare in self._ours:
            return written
        return "@" + self.person(self._known.get(bare, bare))[1]

    def _digits(self, written: str) -> str:
        """As many digits, others than before; the same number is the same again."""
        while written not in self._numbers:
            given = str(self._random.randrange(1, 10)) + "".join(
                str(self._random.randrange(10)) for _ in range(len(written) - 1)
            )
            if given != written:
                self._numbers[written] = given
        return self._numbers[written]

    def _word(self, written: str) -> str:
        bare = written.casefold()
        if bare in self._known:
            return self.person(self._known[bare])[0].split()[0]
        if bare in self._ours:
            return written
        is_harmless = bare in self._allowed and bare not in self._names
        return written if is_harmless else GONE
