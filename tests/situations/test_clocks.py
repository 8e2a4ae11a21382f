"""Runs the situations about clocks, see the TOML files in `clocks/`: by the function and as the program prints."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from cli_clocks import clock_commands
from models.errors import EarshotError
from policy.loading import PACKS, known_packs, load_regulation
from tests.situations.situation import Situation, all_situations, read_situation
from triage.clock_facts import ClockFact
from triage.clocks_shown import clocks_as_json

SITUATIONS = list(all_situations())
ALL = [pytest.param(one, id=f"{file}: {one.number} {one.name}") for file, one in SITUATIONS]


def check(one: Situation, answer: dict[str, object]) -> None:
    """Everything that the situation expects, against the JSON of `earshot clocks`."""
    rows = {row["key"]: row for row in answer["due"]}
    standing = {key: "breach" if row.get("is_breach") else row.get("state") for key, row in rows.items()}
    found = {
        "day_zero": datetime.fromisoformat(answer["day_zero"]).date(),
        "due": {key: _due(rows[key], expected) for key, expected in one.expected.get("due", {}).items()},
        "not_there": [key for key in one.expected.get("not_there", ()) if key not in rows],
        "standing": {key: standing[key] for key in one.expected.get("standing", {})},
        "stopped": {row["key"]: row["left"] for row in answer.get("stopped", ())},
        "response_required": [row["code"] for row in answer.get("response_required", ())],
        "delay_notices": ["valid" if row["is_valid"] else "not valid" for row in answer.get("delay_notices", ())],
        "former_types": [row["type"] for row in answer.get("history", ())],
        "note": next((note for note in answer.get("notes", ()) if one.expected.get("note", "") in note), None),
    }
    expected = dict(one.expected)
    if "note" in expected:
        assert found["note"] is not None
        del expected["note"]
    assert {key: found[key] for key in expected} == expected


def _due(row: dict[str, str], expected: object) -> object:
    at = datetime.fromisoformat(row["at"])
    return at if isinstance(expected, datetime) else at.date()


@pytest.mark.parametrize("one", ALL)
def test_the_clock_function_says_what_the_situation_expects(one):
    asked = {"types": one.types, "received_at": one.received, "events": one.events, "as_of": one.now}
    if "error" in one.expected:
        with pytest.raises(EarshotError) as error:
            clocks_as_json(one.policy, **asked)
        assert one.expected["error"] in str(error.value)
        return
    check(one, json.loads(json.dumps(clocks_as_json(one.policy, **asked))))


def printed(one: Situation):
    """What `earshot clocks --json` ends with."""
    options = [("--pack", one.pack), ("--place", one.place), *(("--type", name) for name in one.types)]
    options += [("--received", one.received.isoformat()), *(("--event", told(event)) for event in one.events)]
    options += [("--strictest", place) for place in one.strictest]
    options += [("--as-of", one.now.isoformat())] if one.now else []
    options += [("--scheme-days", str(one.scheme_days))] if one.scheme_days else []
    days = {"--extra-holidays": one.extra_holidays, "--excluded-holidays": one.excluded_holidays}
    options += [(name, ",".join(map(str, some))) for name, some in days.items() if some]
    return CliRunner().invoke(clock_commands, ["--json", *(word for option in options for word in option)])


def told(event: ClockFact) -> str:
    facts = {name: ";".join(value) if isinstance(value, list) else value for name, value in event.facts.items()}
    return ",".join([f"{event.kind}={event.at.isoformat()}", *(f"{name}={value}" for name, value in facts.items())])


@pytest.mark.parametrize("one", ALL)
def test_the_program_prints_what_the_situation_expects(one, tmp_path, monkeypatch):
    monkeypatch.setenv("EARSHOT_HOME", str(tmp_path))
    ended = printed(one)
    if "error" in one.expected:
        assert isinstance(ended.exception, EarshotError), ended.output
        assert one.expected["error"] in str(ended.exception)
        return
    assert ended.exception is None, ended.exception
    check(one, json.loads(ended.stdout))


GOOD = {"name": "a receipt", "paragraph": "RG 271.56", "received": datetime(2026, 6, 5, tzinfo=UTC), "due": {}}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"recieved": 1}, "a receipt: missing [], unknown keys ['recieved']"),
        ({"paragraph": None}, "a receipt: missing ['paragraph']"),
        ({"standing": {"respond": "breached"}}, "unknown standings ['breached']"),
        ({"standing": {"respond": "met"}}, "a receipt: add now"),
        ({"name": "no due", "due": None}, "no due: expects nothing"),
    ],
)
def test_a_situation_with_a_misspelt_word_is_refused_by_name(changes, says):
    row = {key: value for key, value in (GOOD | changes).items() if value is not None}
    with pytest.raises(ValueError, match="missing|expects nothing|add now") as error:
        read_situation(row)
    assert says in str(error.value)


def test_no_two_situations_have_the_same_name():
    names = [(file, one.name) for file, one in SITUATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("pack", known_packs(PACKS, "clocks"))
def test_every_type_and_every_clock_of_every_pack_has_a_situation(pack):
    of_pack = [one for _, one in SITUATIONS if one.pack == pack]
    regulation = load_regulation(pack)
    spoken_of = {
        key for one in of_pack for name in ("due", "standing", "stopped") for key in one.expected.get(name, {})
    }
    assert set(regulation.types) <= {name for one in of_pack for name in one.types}
    assert {row.key for row in regulation.clocks} <= spoken_of


def test_every_event_of_every_pack_happens_in_a_situation():
    happened = {(one.pack, event.kind) for _, one in SITUATIONS for event in one.events}
    known = {(pack, event) for pack in known_packs(PACKS, "clocks") for event in load_regulation(pack).events}
    assert sorted(known - happened) == []
