"""Escalation paths: what ships is whole, and a mistake in a file is named before anybody relies on it."""

import shutil
from pathlib import Path

import pytest

from models.errors import SetupError
from policy.loading import load_policy
from policy.paths import BY_RULE, FOLDER, TIME_RAN_OUT, UNSURE, Does, PathKind, load_paths
from policy.warning_signs import Sign

SECTORS = ("bank", "generic", "insurer", "it", "retail", "super", "telco")
HOUSE = load_policy(pack="asic-rg271", house="house", place="AU-NSW").house


def test_these_sectors_have_paths() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.toml"))) == SECTORS


@pytest.mark.parametrize("sector", SECTORS)
def test_every_shipped_file_names_the_teams_the_tags_and_the_categories_of_the_house(sector: str) -> None:
    paths = load_paths(sector)
    teams = {topic.team for topic in HOUSE.topics.values()} | set(HOUSE.categories.values())
    teams |= {HOUSE.teams.otherwise, HOUSE.teams.noise, HOUSE.teams.unsure, HOUSE.teams.leads}
    assert teams <= set(paths.teams)
    tags = {tag for topic in HOUSE.topics.values() for tag in topic.tags}
    for path in paths.paths:
        for when in path.when:
            assert when.tags <= tags, path.key
            assert when.categories <= set(HOUSE.categories), path.key


@pytest.mark.parametrize("sector", SECTORS)
def test_every_path_begins_with_an_owner_and_both_kinds_are_there(sector: str) -> None:
    paths = load_paths(sector)
    assert {path.kind for path in paths.paths} == set(PathKind)
    for path in paths.paths:
        assert path.steps[0].does is not Does.NOTIFY
        assert all(step.after is not None for step in path.steps[1:])
    assert {UNSURE, TIME_RAN_OUT, BY_RULE} <= set(paths.reasons)


@pytest.mark.parametrize("sector", SECTORS)
def test_somebody_answers_for_every_team_in_the_end(sector: str) -> None:
    paths = load_paths(sector)
    assert all(paths.chain(team)[-1].stand_in is not None for team in paths.teams)


def test_a_sector_without_a_file_of_its_own_takes_the_generic_one() -> None:
    assert load_paths("circus").name == "generic"
    assert load_policy(pack="asic-rg271", house="house", place="AU-NSW", sector="bank").paths.name == "bank"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "paths")
    return tmp_path / "paths"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('team = "billing"\ndoes', 'team = "bills"\ndoes', "unknown team 'bills'"),
        ('otherwise = "management"', 'otherwise = "care"', "leads in a circle"),
        ('otherwise = "management"', 'otherwise = "board"', "unknown team 'board'"),
        ('stand_in = "admin"', "", "nobody would answer for it"),
        ('stand_in = "admin"', 'stand_in = "boss"', "must be one of"),
        ("most_hops = 3", "most_hops = 0", "whole number from 1"),
        ('unsure = "I am not sure"', "", "'reasons.unsure' is missing"),
        ('reasons = ["safety", "by_rule"]', 'reasons = ["safety"]', "among its reasons"),
        ('reasons = ["safety", "by_rule"]', 'reasons = ["boredom", "by_rule"]', "boredom"),
        ('key = "press"', 'key = "legal"', "two paths of one key"),
        ('after = "1 working hour"', 'after = "soon"', "must be like"),
        ('after = "1 working hour"\n', "", "'paths[3].steps[2].after' is missing"),
        ('does = "page_out"', 'does = "shout"', "must be one of assign, notify, page_out"),
        ('when = [{ tags = ["safety"] }]', "when = [{ tags = [] }]", "would never fit"),
        ('when = [{ tags = ["safety"] }]', "when = [{ }]", "every other condition is missing"),
        ('when = [{ tags = ["safety"] }]', 'when = [{ moods = ["bad"] }]', "moods' is no condition"),
        ('when = [{ tags = ["safety"] }]', 'when = [{ tiers = ["9"] }]', "may hold 0, 1, 2, 3, not 9"),
        ('triggers = ["threatens_press"]', 'triggers = ["sulks"]', ", ".join(Sign)),
        ('name = "generic"', 'name = "general"', "must be that of its file"),
    ],
)
def test_a_mistake_is_refused_with_its_place(folder: Path, old: str, new: str, said: str) -> None:
    file = folder / "generic.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(SetupError) as refused:
        load_paths(folder=folder)
    assert said in str(refused.value)
    assert "paths/generic.toml" in str(refused.value)


def test_a_path_has_a_step_and_the_first_is_taken_at_once_and_gives_an_owner(folder: Path) -> None:
    file = folder / "generic.toml"
    whole = file.read_text()
    for old, new, said in (
        ('does = "page_out"', 'does = "page_out"\nafter = "1 working hour"', "taken at once"),
        ('does = "page_out"', 'does = "notify"', "an escalated case has an owner"),
    ):
        file.write_text(whole.replace(old, new, 1))
        with pytest.raises(SetupError, match=said):
            load_paths(folder=folder)
    head = whole[: whole.index("[[paths]]")]
    file.write_text(
        head + '[[paths]]\nkey = "line"\nname = "Up"\nkind = "hierarchical"\nwhy = "all"\nreasons = ["unsure"]\n'
    )
    with pytest.raises(SetupError, match="steps"):
        load_paths(folder=folder)


def test_without_a_way_for_who_is_not_sure_a_file_is_refused(folder: Path) -> None:
    file = folder / "generic.toml"
    file.write_text(file.read_text().replace('"unsure", "no_authority"', '"no_authority"', 1))
    with pytest.raises(SetupError, match="hierarchical path without"):
        load_paths(folder=folder)


def test_a_path_of_one_step_is_refused_for_nobody_would_be_told_where_it_is_not_answered(folder: Path) -> None:
    file = folder / "generic.toml"
    text = file.read_text(encoding="utf-8")
    start = text.index('key = "outage"')
    first = text.index("[[paths.steps]]", start)
    second = text.index("[[paths.steps]]", first + 1)
    following = text.index("\n[[paths]]\n", second)
    file.write_text(text[:second] + text[following:], encoding="utf-8")
    with pytest.raises(SetupError, match=r"steps' has one step: a second says who is told"):
        load_paths(folder=folder)
