import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.replay.sample import sample_path, shifted

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
LINES = [
    b'{"id": "1", "text": "a", "created_at": "2020-01-01T21:00Z", "author": {"created_at": "2019-01-01T00:00:00Z"}}\n',
    b'{"id": "2", "text": "b", "created_at": "2020-01-03T20:30:00+00:00"}\r\n',
    b'{"text": "no id", "created_at": "2020-01-02T00:00:00"}',
    b"not json",
]  # fmt: skip


def instants(content: bytes) -> list[datetime]:
    records = [json.loads(line) for line in content.splitlines() if line.startswith(b"{")]
    return [datetime.fromisoformat(record["created_at"]) for record in records]


def test_the_newest_was_said_just_now_and_the_others_in_their_order_and_nearer() -> None:
    first, second, naive = instants(shifted(LINES, NOW))
    assert second == NOW - timedelta(minutes=5)
    assert second - first == timedelta(days=1, hours=23, minutes=30) / 6
    assert naive == datetime(2020, 1, 2)  # noqa: DTZ001


def test_an_account_is_as_old_as_it_was() -> None:
    record = json.loads(shifted(LINES, NOW).splitlines()[0])
    said_at, opened_at = (datetime.fromisoformat(each["created_at"]) for each in (record, record["author"]))
    assert said_at - opened_at == timedelta(days=365, hours=21)


def test_ids_stay_on_every_day_and_a_missing_one_is_derived_from_the_original() -> None:
    today, next_year = shifted(LINES, NOW), shifted(LINES, NOW + timedelta(days=365))
    ids = [[json.loads(line)["id"] for line in content.splitlines()[:3]] for content in (today, next_year)]
    assert ids[0] == ids[1] and ids[0][:2] == ["1", "2"] and ids[0][2].startswith("sample:")


def test_a_line_that_is_no_record_stays() -> None:
    assert shifted(LINES, NOW).endswith(b"\nnot json\n")
    assert shifted([], NOW) == b""


@given(st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_newest_is_five_minutes_old_whenever_it_is_read(now: datetime) -> None:
    newest = max(instants(shifted(LINES[:2], now)))
    assert timedelta(minutes=5) <= now - newest < timedelta(minutes=5, seconds=1)


def test_the_bundled_sample_can_be_moved() -> None:
    if not sample_path().exists():
        pytest.skip(f"{sample_path()} is not here")
    lines = sample_path().read_bytes().splitlines()
    moved = shifted(lines, NOW).splitlines()
    before, after = ([json.loads(line) for line in each] for each in (lines, moved))
    assert [record["id"] for record in before] == [record["id"] for record in after]
    assert [record["text"] for record in before] == [record["text"] for record in after]
