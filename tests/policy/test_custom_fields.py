"""Fields of the firm's own: what the house pack may declare, and how what people type is read."""

from pathlib import Path

import pytest

from models.errors import RecordError, SetupError
from policy.custom_fields import FieldKind, FieldPlace, changed, fields_of, read_custom_fields
from policy.loading import PACKS
from policy.reading_house import read_house
from policy.table import Table, read_table

BRANCH = {"key": "branch", "name": "Branch", "on": "case", "kind": "choice", "choices": ["Geelong", "Ballarat"]} | {
    "personal": False
}
NUMBER = {"key": "policy_no", "name": "Policy number", "on": "complaint", "kind": "text", "personal": True}
LOSS = {"key": "loss", "name": "Loss", "on": "complaint", "kind": "number", "personal": False}
SINCE = {"key": "since", "name": "Customer since", "on": "case", "kind": "day", "personal": False}
UNION = {"key": "union", "name": "Union member", "on": "case", "kind": "yes_no", "personal": True}


def read(*rows: dict[str, object]):
    return read_custom_fields(Table({"custom_fields": list(rows)}, file="house/pack.toml"))


FIELDS = read(BRANCH, NUMBER, LOSS, SINCE, UNION)


def test_fields_are_asked_for_in_the_order_of_the_pack_where_they_belong() -> None:
    assert [field.key for field in fields_of(FIELDS, FieldPlace.CASE)] == ["branch", "since", "union"]
    assert [field.key for field in fields_of(FIELDS, FieldPlace.COMPLAINT)] == ["policy_no", "loss"]
    assert (FIELDS[0].kind, FIELDS[0].choices, FIELDS[0].is_personal) == (
        FieldKind.CHOICE,
        ("Geelong", "Ballarat"),
        False,
    )


def test_the_house_pack_that_is_shipped_names_none_and_a_firm_adds_its_own(tmp_path: Path) -> None:
    path = PACKS / "house" / "pack.toml"
    assert read_house(read_table(path, file="house/pack.toml")).custom_fields == ()
    own = tmp_path / "pack.toml"
    rows = '[[custom_fields]]\nkey = "branch"\nname = "Branch"\non = "case"\nkind = "text"\npersonal = false\n'
    own.write_text(f"{path.read_text(encoding='utf-8')}\n{rows}", encoding="utf-8")
    [field] = read_house(read_table(own, file="house/pack.toml")).custom_fields
    assert (field.key, field.place, field.kind) == ("branch", FieldPlace.CASE, FieldKind.TEXT)


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("branch", "Geelong", "Geelong"),
        ("branch", "  ", ""),
        ("policy_no", " AB  12\t3 ", "AB 12 3"),
        ("policy_no", "Kıymetli Ürün №7", "Kıymetli Ürün №7"),
        ("loss", "120.50", "120.50"),
        ("loss", "-3", "-3"),
        ("since", "2026-02-28", "2026-02-28"),
        ("union", "no", "no"),
    ],
)
def test_what_was_typed_is_kept_in_one_form(key: str, given: str, kept: str) -> None:
    assert next(field for field in FIELDS if field.key == key).read(given) == kept


@pytest.mark.parametrize(
    ("key", "given", "said"),
    [
        ("branch", "geelong", "Branch: 'geelong' is none of Geelong, Ballarat"),
        ("policy_no", "x" * 201, "201 characters are too many; at most 200"),
        ("policy_no", "evil\u202etxt", "cannot be shown"),
        ("loss", "1,200", "Loss: '1,200' is no number; write it like 120.50"),
        ("loss", "NaN", "no number"),
        ("loss", "1e9999", "no number"),
        ("loss", "١٢", "no number"),
        ("since", "28.2.2026", "Customer since: '28.2.2026' is no date"),
        ("since", "2026-02-30", "no date"),
        ("union", "maybe", "neither yes nor no"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_value(key: str, given: str, said: str) -> None:
    with pytest.raises(RecordError, match=said.replace("(", r"\(")):
        next(field for field in FIELDS if field.key == key).read(given)


def test_only_fields_that_were_given_change_and_an_empty_one_goes() -> None:
    before = {"branch": "Geelong", "since": "2020-01-01", "no_longer_asked_for": "kept"}
    fields = fields_of(FIELDS, FieldPlace.CASE)
    now = changed(fields, before, {"branch": "Ballarat", "since": "", "loss": "1", "strange": "x"})
    assert now == {"branch": "Ballarat", "no_longer_asked_for": "kept"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (BRANCH | {"key": "Branch"}, "key.*small letters"),
        (BRANCH | {"key": "1st"}, "key"),
        (BRANCH | {"name": "x" * 61}, "name"),
        (BRANCH | {"kind": "colour"}, "kind"),
        (BRANCH | {"on": "ticket"}, "on"),
        (BRANCH | {"choices": []}, "choices"),
        (NUMBER | {"choices": ["a"]}, "choices"),
        (BRANCH | {"choices": ["two\nlines"]}, "choices"),
        ({name: value for name, value in NUMBER.items() if name != "personal"}, "personal"),
        (NUMBER | {"colour": "red"}, "colour"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_at_the_start(row: dict[str, object], said: str) -> None:
    with pytest.raises(SetupError, match=said):
        read(row)


def test_a_key_stands_once_and_thirty_fields_are_enough() -> None:
    with pytest.raises(SetupError, match="two fields of one key"):
        read(BRANCH, BRANCH)
    with pytest.raises(SetupError, match="31 fields"):
        read(*(NUMBER | {"key": f"f{number}"} for number in range(31)))
