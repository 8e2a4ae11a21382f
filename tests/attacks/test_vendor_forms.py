"""What vendors answer and push: every field of every form takes any value, or refuses it with an error of ours."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel

from connectors.json_answers import Unreadable, raw_bytes, read_or_keep

ROOT = Path(__file__).parents[2]
DEEP: object = "x"
for _ in range(200):
    DEEP = [DEEP]
LEAVES: tuple[object, ...] = (
    *(None, True, 0, -1, 10**400, -(10**18), 1e308, float("inf"), float("nan"), -0.0),
    *("", "x", "9" * 5_000, "-1", "1e999", "\x00", "\u202e", "x" * 50_000, "١٢", "²"),
    *("9999-12-31T23:59:59.999999-23:59", "0001-01-01T00:00:00+23:59", "2026-02-30T00:00:00Z", "2026-06-05T14:00:00"),
    *("2026-06-05T14:00:00+99:99", "Fri, 05 Jun 2026 14:00:00 +0000", "did:plc:x", "at://x/y/z", "http://[::1"),
    *([], {}, [None], [[]], [{}], {"x": {}}, {"": None}, ["x"] * 2_000, DEEP, {"id": {"id": {"id": []}}}),
)


def forms() -> dict[str, type[BaseModel]]:
    found = {}
    for path in sorted((ROOT / "connectors").rglob("*wire.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name, value in vars(module).items():
            if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__:
                found[f"{module.__name__}.{name}"] = value
    return found


def keys_of(form: type[BaseModel]) -> Iterator[str]:
    for name, field in form.model_fields.items():
        alias = field.validation_alias or field.alias or name
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        yield from (str(one.path[0]) if isinstance(one, AliasPath) else str(one) for one in choices)


FORMS = forms()


@pytest.mark.parametrize("name", FORMS)
def test_any_value_in_any_field_is_read_or_refused(name):
    form = FORMS[name]
    keys = list(keys_of(form))
    for leaf in LEAVES:
        for value in (leaf, dict.fromkeys(keys, leaf), *({key: leaf} for key in keys)):
            found = read_or_keep(value, form)
            if isinstance(found, Unreadable):
                assert raw_bytes(value)
                assert "x" * 100 not in found.reason


def test_these_are_the_forms_of_every_vendor():
    vendors = {name.split(".")[1] for name in FORMS}
    assert {"x", "bluesky", "mastodon", "meta", "telegram", "youtube", "google_play", "app_store"} <= vendors
    assert len(FORMS) > 100
