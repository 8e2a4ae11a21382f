from datetime import date
from enum import StrEnum

import pytest

from models.errors import SetupError
from policy.table import Table, read_table


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


VALUES = {
    "name": "x",
    "blank": " ",
    "count": 3,
    "share": 0.5,
    "yes": True,
    "day": date(2026, 1, 2),
    "words": ["red", "blue"],
    "twice": ["red", "red"],
    "colour": "red",
    "inner": {"deep": 1},
    "rows": [{"a": "1"}, {"a": "2"}],
}


def table():
    return Table(VALUES, file="p/pack.toml", path="part")


def test_values_of_the_right_kind_are_given():
    found = table()
    assert found.names() == tuple(VALUES)
    assert (found.text("name"), found.whole("count"), found.number("count")) == ("x", 3, 3.0)
    assert (found.flag("yes", otherwise=False), found.flag("no", otherwise=False)) == (True, False)
    assert found.day("day") == date(2026, 1, 2)
    assert found.choice("colour", Colour) is Colour.RED
    assert found.choices("words", Colour) == {Colour.RED, Colour.BLUE}
    assert found.table("inner").whole("deep") == 1
    assert [row.text("a") for row in found.tables("rows")] == ["1", "2"]


@pytest.mark.parametrize(
    ("read", "says"),
    [
        (lambda one: one.text("gone"), "key 'part.gone' is missing"),
        (lambda one: one.text("count"), "key 'part.count' must be a text"),
        (lambda one: one.text("blank"), "key 'part.blank' must be a text that is not empty"),
        (lambda one: one.texts("name"), "key 'part.name' must be a list of texts"),
        (lambda one: one.texts("twice"), "key 'part.twice' names the same thing twice"),
        (lambda one: one.whole("yes"), "key 'part.yes' must be a whole number"),
        (lambda one: one.whole("count", most=2), "must be a whole number from 0 to 2, not 3"),
        (lambda one: one.number("name"), "key 'part.name' must be a number"),
        (lambda one: one.number("share", most=0.4), "must be a number from 0.0 to 0.4, not 0.5"),
        (lambda one: one.flag("count", otherwise=True), "key 'part.count' must be true or false"),
        (lambda one: one.day("name"), "key 'part.name' must be a date"),
        (lambda one: one.choice("name", Colour), "must be one of red, blue, not 'x'"),
        (lambda one: Table({"c": ["green"]}, file="p").choices("c", Colour), "key 'c' may hold red, blue, not green"),
        (lambda one: one.table("name"), "key 'part.name' must be a table"),
        (lambda one: one.tables("inner"), "must be a list of tables, [[part.inner]]"),
        (lambda one: one.tables("rows")[1].text("b"), "p/pack.toml: key 'part.rows[2].b' is missing"),
        (lambda one: one.done(), "p/pack.toml: key 'part.name' is unknown here"),
    ],
)
def test_a_wrong_value_names_file_key_and_way_out(read, says):
    with pytest.raises(SetupError) as error:
        read(table())
    assert says in str(error.value)


def test_a_table_read_in_full_is_done():
    found = Table({"a": "b"}, file="p")
    found.text("a")
    assert found.done() is None


def test_a_file_that_is_no_toml_is_named(tmp_path):
    path = tmp_path / "pack.toml"
    path.write_text("a = 1\na = 2\n")
    with pytest.raises(SetupError, match="x/pack.toml: is not valid TOML"):
        read_table(path, file="x/pack.toml")
