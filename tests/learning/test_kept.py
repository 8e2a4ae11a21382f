from datetime import datetime, timedelta

import pytest

from learning.kept import TRY_AGAIN, Kept
from models import ChangeKind, ClassifierChange
from models.errors import SetupError
from tests.flow.bench import NOW
from tests.learning.versions import VersionedKeywords


def change(id: int, version: str) -> ClassifierChange:
    return ClassifierChange(id, ChangeKind.PROMOTED, version, "", "agnes", "", NOW)


class Shelf:
    """Loads any version but those that are broken; remembers what was asked for."""

    def __init__(self) -> None:
        self.time: datetime = NOW
        self.asked: list[str] = []
        self.broken: dict[str, Exception] = {}
        self.kept = Kept(self.load, now=lambda: self.time)

    def load(self, wanted: ClassifierChange | None) -> VersionedKeywords:
        name = wanted.version if wanted else "shipped"
        self.asked.append(name)
        if name in self.broken:
            raise self.broken[name]
        return VersionedKeywords(name)


def test_a_version_is_loaded_once_and_again_only_when_another_is_wanted() -> None:
    shelf = Shelf()
    wanted = [None, None, change(1, "a"), change(1, "a"), None]
    assert [shelf.kept.get(one).version for one in wanted] == ["shipped", "shipped", "a", "a", "shipped"]
    assert shelf.asked == ["shipped", "a", "shipped"]


@pytest.mark.parametrize("error", [SetupError("words.txt: SHA-256 is wrong"), ValueError("no weights")])
def test_the_one_before_stays_while_the_new_one_cannot_be_loaded(error: Exception) -> None:
    shelf = Shelf()
    shelf.kept.get(None)
    shelf.broken["a"] = error
    assert shelf.kept.get(change(1, "a")).version == "shipped"
    assert shelf.kept.fault is not None
    assert shelf.kept.get(change(1, "a")).version == "shipped"
    assert shelf.asked == ["shipped", "a"]
    shelf.broken.clear()
    shelf.time += TRY_AGAIN
    assert shelf.kept.get(change(1, "a")).version == "a"
    assert shelf.kept.fault is None


def test_going_back_to_what_is_loaded_ends_the_fault() -> None:
    shelf = Shelf()
    shelf.kept.get(None)
    shelf.broken["a"] = SetupError("gone")
    shelf.kept.get(change(1, "a"))
    assert shelf.kept.get(None).version == "shipped"
    assert shelf.kept.fault is None


def test_another_decision_is_tried_at_once() -> None:
    shelf = Shelf()
    shelf.broken["a"] = SetupError("gone")
    shelf.kept.get(None)
    shelf.kept.get(change(1, "a"))
    shelf.time += timedelta(seconds=1)
    assert shelf.kept.get(change(2, "b")).version == "b"


def test_with_nothing_before_it_the_fault_is_raised() -> None:
    shelf = Shelf()
    shelf.broken["shipped"] = SetupError("weights: SHA-256 is wrong")
    for _ in range(2):
        with pytest.raises(SetupError, match="SHA-256 is wrong"):
            shelf.kept.get(None)
    assert shelf.asked == ["shipped"]


def test_what_is_dropped_is_loaded_anew() -> None:
    shelf = Shelf()
    shelf.kept.get(None)
    shelf.kept.drop()
    shelf.kept.get(None)
    assert shelf.asked == ["shipped", "shipped"]
