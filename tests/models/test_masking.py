"""A line of a log shows nobody and gives nothing away; what it is for stays readable."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.masking import masked


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("asked by mira.field@example.com today", "asked by (e-mail) today"),
        ("answer to @mira_field failed", "answer to (handle) failed"),
        ("card 4111 1111 1111 1111 refused", "card (number) refused"),
        ("called +61 2 9876 5432", "called (number)"),
        ("account 062-000 12345678", "account (number)"),
        ("to GB82 WEST 1234 5698 7654 32 now", "to (account) now"),
        ("POST https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage", None),
        ("GET /x?access_token=EAAGm0PX4ZCpsBAKZ&fields=id", "GET /x?access_token=(secret)&fields=id"),
        ('{"refresh_token": "1//0gAbCdEf", "a": 1}', '{"refresh_token": "(secret)", "a": 1}'),
        ("Authorization: Bearer abc.def-ghi_jkl", "Authorization: (secret)"),
        ("sent Basic dXNlcjpwYXNzd29yZA==", "sent Basic (secret)"),
        ("slack said xoxb-123456789012-abcdefghij", "slack said (secret)"),
        ("postgresql://earshot:hunter22@db/earshot", "postgresql://(secret)@db/earshot"),
        ("DETAIL:  Key (handle)=(mira) already exists.", "DETAIL: (hidden)"),
    ],
)
def test_people_and_secrets_are_masked(line: str, said: str | None) -> None:
    if said is not None:
        assert masked(line) == said
    assert "AAHdq" not in masked(line)


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-22 17:56:01 outbox 312 was sent in 0.412 s",
        "started judge1 (pid 41234) on 127.0.0.1:8571, version 2026.11",
        "register exported: person=agnes format=csv rows=12345 sha256=0f3ab91200cc",
        "x: 2026-06-05T14:00:00+00:00 to 2026-06-06",
        "C-0000012 and m_3f0c2a9b1d4e5f60718293a4 are one",
        'File "/srv/earshot/workers.py", line 228, in _triage',
        "key 1f2e3d4c of the vault seals 12 values",
    ],
)
def test_what_a_line_is_for_stays(line: str) -> None:
    assert masked(line) == line


def test_secrets_of_the_settings_never_stand_in_a_line_whatever_their_shape() -> None:
    assert masked("it said: blue horse 7!", ["blue horse 7!"]) == "it said: (secret)"
    assert masked("the ax", ["ax"]) == "the ax"


@given(st.text(max_size=300))
def test_any_text_can_be_masked_and_is_masked_the_same_again(line: str) -> None:
    assert masked(masked(line)) == masked(line)


@pytest.mark.parametrize("piece", ["1 ", "a.", "@a.", "a@a.", "token=", "://a:", "1.1-", "GB82 WEST "])
def test_a_hostile_line_costs_no_more_than_its_length(piece: str) -> None:
    line = piece * 20_000
    began = time.perf_counter()
    masked(line)
    assert time.perf_counter() - began < 5
