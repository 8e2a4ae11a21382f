"""The audit trail of a case as a file."""

import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from models.access import Access, AccessAct
from models.entry import Entry
from models.event import ActorKind, Event, EventKind
from register.trail import COLUMNS, Trail, trail_file

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NOTE = "=HYPERLINK(1) Joss called, angry"


def event(kind: EventKind, minutes: int, actor_kind: ActorKind, actor: str, **facts: object) -> Event:
    at = NOW + timedelta(minutes=minutes)
    return Event(f"{kind.value}:{minutes}", kind, at, actor_kind, actor, 12, "m1", facts)


def entry(seq: int, minutes: int) -> Entry:
    at = (NOW + timedelta(minutes=minutes)).isoformat()
    facts = '{"complaint_id":"C-0000001","outcome":"he was rude"}'
    return Entry(seq, "C-0000001", "opened", at, facts, "e" * 64, "0" * 64, "d" * 64, '{"name":"Joss"}', "salt")


def trail() -> Trail:
    return Trail(
        [12, 14],
        "C-0000001",
        [
            event(EventKind.RECEIVED, 0, ActorKind.AUTHOR, "joss_wattle"),
            event(EventKind.NOTED, 5, ActorKind.PERSON, "Lea Vogt", text=NOTE, label="complaint", count=2),
            event(EventKind.TRIAGED, 1, ActorKind.RULE, "house", rules=["outage", "charge"], name="joss"),
        ],
        [entry(1, 1)],
        [Access(NOW + timedelta(minutes=9), "Ann Audit", "auditor", AccessAct.OPENED, "case", "12")],
        (7, "f" * 64),
    )


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_everything_stands_in_the_order_of_time_with_who_did_it() -> None:
    made = trail_file(trail(), with_personal_data=True)
    found = rows(made.content)
    assert tuple(found[0]) == COLUMNS
    assert [(one["number"], one["source"], one["what"], one["actor"]) for one in found] == [
        ("1", "event", "received", "joss_wattle"),
        ("2", "event", "triaged", "house"),
        ("3", "register", "opened", ""),
        ("4", "event", "noted", "Lea Vogt"),
        ("5", "access", "opened", "Ann Audit"),
    ]
    assert json.loads(found[3]["facts"])["text"] == NOTE
    assert json.loads(found[2]["facts"])["digest"] == "d" * 64


def test_masked_no_words_and_no_author_are_in_it_but_codes_and_numbers_are() -> None:
    made = trail_file(trail(), with_personal_data=False)
    found = rows(made.content)
    assert b"oss" not in made.content and b"angry" not in made.content and b"rude" not in made.content
    assert found[0]["actor"] == "the author" and found[3]["actor"] == "Lea Vogt"
    assert json.loads(found[3]["facts"]) == {"count": 2, "label": "complaint", "text": "masked"}
    assert json.loads(found[1]["facts"]) == {"name": "masked", "rules": ["outage", "charge"]}
    assert json.loads(found[2]["facts"])["entry"] == {"complaint_id": "C-0000001", "outcome": "masked"}


@pytest.mark.parametrize("with_personal_data", [True, False])
def test_the_manifest_proves_the_file_whole_and_the_same_trail_is_the_same_file(with_personal_data: bool) -> None:
    made, again = (trail_file(trail(), with_personal_data=with_personal_data) for _ in range(2))
    told = json.loads(made.manifest)
    assert made == again
    assert told["sha256"] == made.sha256 == hashlib.sha256(made.content).hexdigest()
    assert (told["file"], told["rows"], told["cases"], told["complaint"]) == (
        "case-12-trail.csv",
        5,
        [12, 14],
        "C-0000001",
    )
    assert told["register"] == {"seq": 7, "digest": "f" * 64}
    assert told["personal_data"] == ("shown" if with_personal_data else "masked")


def test_no_cell_runs_as_a_formula() -> None:
    one = event(EventKind.ASSIGNED, 0, ActorKind.PERSON, "=1+1")
    made = trail_file(Trail([1], None, [one], [], [], (0, "0" * 64)), with_personal_data=True)
    assert rows(made.content)[0]["actor"] == "'=1+1"


def test_a_case_of_which_nothing_is_known_is_an_empty_file_with_its_head() -> None:
    made = trail_file(Trail([1], None, [], [], [], (0, "0" * 64)), with_personal_data=False)
    assert (made.rows, rows(made.content)) == (0, [])
    assert made.content.decode("utf-8-sig").startswith("number,at,source")
