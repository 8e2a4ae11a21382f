import pytest

from connectors.desks.mapping import DeskWords, priority_word
from models import Priority
from models.errors import SetupError
from settings import Settings

OURS = {each: each.value for each in Priority}


def test_without_settings_the_desk_hears_its_own_words_and_our_tags():
    assert priority_word(Settings(), Priority.URGENT, "P1") == "P1"
    assert DeskWords.of(Settings(), OURS).tags(["billing", "delay"]) == ("billing", "delay")


def test_settings_rename_what_they_name_and_nothing_else():
    settings = Settings(desk_priorities="urgent=1; high=2", desk_tags="billing=team-billing")
    words = DeskWords.of(settings, OURS)
    assert [words.priority(each) for each in (Priority.URGENT, Priority.HIGH, Priority.LOW)] == ["1", "2", "low"]
    assert words.tags(["billing", "delay"]) == ("team-billing", "delay")


def test_two_tags_that_become_one_are_given_once_and_in_order():
    settings = Settings(desk_tags="charge=money; refund=money")
    assert DeskWords.of(settings, OURS).tags(["charge", "delay", "refund"]) == ("money", "delay")


@pytest.mark.parametrize(
    ("priorities", "words"),
    [
        ("ugrent=1", "no priority 'ugrent'.*urgent, high, medium, low"),
        ("urgent=1; urgent=2", "urgent is given twice: 1 and 2"),
        ("urgent=huge", "urgent=huge, and the desk .* knows only 1, 2"),
    ],
)
def test_a_wrong_priority_stops_the_start(priorities, words):
    with pytest.raises(SetupError, match=words):
        DeskWords.of(Settings(desk_priorities=priorities), dict.fromkeys(Priority, "1"), allowed=("1", "2"))


@pytest.mark.parametrize("tags", [(("billing", ""),), (("", "x"),), (("a", "b"), ("a", "c"))])
def test_a_wrong_tag_stops_the_start(tags):
    with pytest.raises(SetupError, match="DESK_TAGS"):
        DeskWords.of(Settings(desk_tags=tags), OURS)
