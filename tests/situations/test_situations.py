"""Runs the situations about messages, see `messages.toml` beside this one."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from models.mention import Kind
from tests.triage.build import ANN, decided, mention

HERE = Path(__file__).parent


def situations(name):
    rows = tomllib.loads((HERE / name).read_text(encoding="utf-8"))["situations"]
    return [pytest.param(row, id=row["name"]) for row in rows]


def decision_on(row):
    said, judged = dict(row["said"]), dict(row["judged"])
    author = None if said.pop("anonymous", False) else replace(ANN, followers=said.pop("followers", ANN.followers))
    kind = Kind(said.pop("kind", "mention"))
    label = judged.pop("person_label", None)
    of = mention(said.pop("text"), kind=kind, author=author, **said)
    return decided(of=of, person_label=label, person="officer" if label else None, **judged)


@pytest.mark.parametrize("row", situations("messages.toml"))
def test_messages_are_decided_as_the_situation_says(row):
    decision, expect = decision_on(row), dict(row["expect"])
    assert set(expect.pop("tags", ())) <= set(decision.tags)
    assert set(expect.pop("rules", ())) <= set(decision.rules)
    found = {
        "is_complaint": decision.is_complaint,
        "tier": decision.tier,
        "priority": decision.priority,
        "team": decision.team,
        "ticket": decision.wants_ticket,
    }
    assert {key: found[key] for key in expect} == expect
