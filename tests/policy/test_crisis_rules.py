"""The house's rules for spikes and crises: as shipped, and strict about what is written into them."""

import tomllib

import pytest

from models.errors import SetupError
from policy.crisis_rules import FILE, load_crisis_rules, read_crisis_rules
from policy.table import Table


def changed(section: str, **values: object) -> Table:
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    told[section] |= values
    return Table(told, file="crisis/crisis.toml")


def test_the_shipped_rules_freeze_saved_replies_and_keep_agents_from_declaring():
    rules = load_crisis_rules()
    assert rules.freezes_saved_replies
    assert rules.freezes_automatic
    assert rules.others_need_owner
    assert "agent" not in rules.may_declare | rules.may_approve | rules.may_lift
    assert rules.languages == ("en", "tr", "bg")


@pytest.mark.parametrize(
    ("section", "values", "named"),
    [
        ("spikes", {"false_alarms_per_year": 0}, "false_alarms_per_year"),
        ("spikes", {"least_people": 1}, "least_people"),
        ("spikes", {"unheard_of": 1}, "unheard_of"),
        ("crisis", {"may_declare": []}, "may_declare"),
        ("crisis", {"may_lift": ["auditor"]}, "may_lift"),
        ("frozen", {"saved_replies": "yes"}, "saved_replies"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(section, values, named):
    with pytest.raises(SetupError, match=named):
        read_crisis_rules(changed(section, **values))


def test_what_is_frozen_is_said_and_never_assumed():
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    del told["frozen"]["automatic_answers"]
    with pytest.raises(SetupError, match="automatic_answers"):
        read_crisis_rules(Table(told, file="crisis/crisis.toml"))
