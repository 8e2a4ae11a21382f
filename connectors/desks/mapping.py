"""Our priorities and tags in the words of one desk, as the settings `desk_priorities` and `desk_tags` say.

A desk reads them once when it is opened (`DeskWords.of`), so that a wrong name stops the start and not a ticket.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from models import Priority
from models.errors import SetupError
from settings import PREFIX, Settings

NAMES = ", ".join(priority.value for priority in Priority)


@dataclass(frozen=True, slots=True)
class DeskWords:
    """What a desk calls our things."""

    priorities: Mapping[Priority, str] = field(default_factory=lambda: {each: each.value for each in Priority})
    """Every priority of ours."""
    renamed_tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, settings: Settings, defaults: Mapping[Priority, str], *, allowed: Collection[str] | None = None
    ) -> "DeskWords":
        """`defaults`: the desk's own words. `allowed`: all it takes; None: any.

        Raises: SetupError naming the setting and the word.
        """
        words = {each: priority_word(settings, each, defaults[each]) for each in Priority}
        for priority, word in words.items():
            if allowed is not None and word not in allowed:
                raise SetupError(
                    f"{PREFIX}DESK_PRIORITIES: {priority.value}={word}, and the desk {settings.desk} knows only"
                    f" {', '.join(allowed)}"
                )
        return cls(words, _renamed(settings))

    def priority(self, priority: Priority) -> str:
        return self.priorities[priority]

    def tags(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Each once, in order; two of ours may become one of theirs."""
        return tuple(dict.fromkeys(self.renamed_tags.get(tag, tag) for tag in tags))


def priority_word(settings: Settings, priority: Priority, default: str) -> str:
    """The desk's word for one priority; `default` where the settings name none. Raises: SetupError."""
    words: dict[str, str] = {}
    for ours, theirs in settings.desk_priorities:
        if ours not in set(Priority):
            raise SetupError(f"{PREFIX}DESK_PRIORITIES: there is no priority {ours!r}; there are: {NAMES}")
        _check_pair("DESK_PRIORITIES", ours, theirs, words)
        words[ours] = theirs
    return words.get(priority.value, default)


def _renamed(settings: Settings) -> dict[str, str]:
    words: dict[str, str] = {}
    for ours, theirs in settings.desk_tags:
        _check_pair("DESK_TAGS", ours, theirs, words)
        words[ours] = theirs
    return words


def _check_pair(setting: str, ours: str, theirs: str, words: Mapping[str, str]) -> None:
    if not ours or not theirs:
        raise SetupError(f"{PREFIX}{setting}: {ours}={theirs} lacks a side; write ours=theirs; …")
    if words.get(ours, theirs) != theirs:
        raise SetupError(f"{PREFIX}{setting}: {ours} is given twice: {words[ours]} and {theirs}")
