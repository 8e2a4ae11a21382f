"""The firm's own file of holidays."""

from datetime import date

import pytest

from models.errors import SetupError
from policy.declared_days import DeclaredDay, read_declared_days
from policy.loading import load_policy
from triage.calendar import calendar_of

PLACES = ("AU-NSW", "AU-QLD")
MOURNING = DeclaredDay(date(2026, 9, 22), "National Day of Mourning", True, frozenset())
SHOW = DeclaredDay(date(2026, 8, 12), "Royal Show", False, frozenset({"AU-QLD"}))
TOML = """
[[extra]]
date = 2026-09-22
name = "National Day of Mourning"

[[excluded]]
date = 2026-08-12
name = "Royal Show"
places = ["AU-QLD"]
"""
CSV = """kind,date,name,places
extra,2026-09-22,National Day of Mourning,
excluded,2026-08-12,Royal Show,AU-QLD
"""


@pytest.fixture
def write(tmp_path):
    def to(text, name="days.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to


def refusal(path):
    with pytest.raises(SetupError) as error:
        read_declared_days(path, places=PLACES)
    return str(error.value)


def test_toml_and_csv_say_the_same(write):
    days = (MOURNING, SHOW)
    assert read_declared_days(write(TOML), places=PLACES) == days
    assert read_declared_days(write(CSV, "days.csv"), places=PLACES) == days
    assert read_declared_days(write("\ufeff" + CSV.replace("\n", "\r\n"), "days.CSV"), places=PLACES) == days


def test_an_empty_file_declares_nothing(write):
    assert read_declared_days(write(""), places=PLACES) == ()


def test_a_day_may_name_several_places(write):
    path = write("kind,date,name,places\nextra,2026-09-22, X ,AU-NSW AU-QLD\n", "days.csv")
    (day,) = read_declared_days(path, places=PLACES)
    assert (day.name, day.places) == ("X", {"AU-NSW", "AU-QLD"})
    assert day.is_kept_in("AU-NSW") and not day.is_kept_in("AU-WA")
    assert MOURNING.is_kept_in("AU-WA")


def test_the_days_of_the_file_count_where_they_are_kept(write):
    def calendar(place):
        return calendar_of(load_policy(pack="asic-rg271", house="house", place=place, holidays_file=write(TOML)))

    assert calendar("AU-NSW").why_closed(MOURNING.on) == "extra holiday: National Day of Mourning"
    assert calendar("AU-QLD").why_closed(SHOW.on) is None
    assert calendar("AU-QLD").excluded == {SHOW.on}
    assert calendar("AU-NSW").excluded == frozenset()


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        (
            '[[extra]]\ndate = 2026-09-22\nname = "X"\nplaces = ["AU-XX"]',
            "d.toml",
            "d.toml: 2026-09-22 names place AU-XX",
        ),
        ("[[extra]]\ndate = 2026-09-22", "d.toml", "d.toml: key 'extra[1].name' is missing"),
        ('[[extra]]\ndate = "2026-09-22"\nname = "X"', "d.toml", "key 'extra[1].date' must be a date"),
        ('[[extra]]\ndate = 2026-09-22\nname = "X"\nday = 1', "d.toml", "key 'extra[1].day' is unknown here"),
        ("[[holidays]]\ndate = 2026-09-22", "d.toml", "key 'holidays' is unknown here"),
        ("date", "d.toml", "d.toml: is not valid TOML"),
        ("date,name\n", "d.csv", "d.csv: line 1 must be kind,date,name,places, not ['date', 'name']"),
        ("", "d.csv", "d.csv: line 1 must be kind,date,name,places, not None"),
        ("kind,date,name,places\nxtra,2026-09-22,X,\n", "d.csv", "d.csv: line 2: kind must be one of extra, excluded"),
        (
            "kind,date,name,places\nextra,22/9/2026,X,\n",
            "d.csv",
            "2: date must be one such as 2026-09-22, not '22/9",
        ),
        ("kind,date,name,places\nextra,2026-09-22\n", "d.csv", "d.csv: line 2: name is empty"),
        (b"kind,date,name,places\nextra,2026-09-22,\xff,\n", "d.csv", "d.csv: is not UTF-8"),
    ],
)
def test_a_faulty_file_is_refused_with_file_and_line_or_key(write, text, name, says):
    assert says in refusal(write(text, name))


def test_a_file_that_is_not_there_is_named_with_its_setting(tmp_path):
    assert "none.toml is not there; correct EARSHOT_HOLIDAYS_FILE" in refusal(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("extra", "excluded", "is_refused"),
    [
        ("", "", True),
        ("AU-NSW", "", True),
        ("", "AU-NSW", True),
        ("AU-NSW", "AU-NSW", True),
        ("AU-NSW", "AU-QLD", False),
    ],
)
def test_a_day_is_not_both_extra_and_excluded_in_one_place(write, extra, excluded, is_refused):
    rows = f"extra,2026-09-22,X,{extra}\nexcluded,2026-09-22,X,{excluded}\n"
    path = write("kind,date,name,places\n" + rows, "days.csv")
    if is_refused:
        assert "days.csv: 2026-09-22 is both extra and excluded" in refusal(path)
    else:
        assert len(read_declared_days(path, places=PLACES)) == 2
