"""Whatever reads what others wrote takes any bytes: it reads them, or refuses them with an error of ours."""

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attacks.readers import SEEDS, TARGETS, throw

BOMBS = (
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"text":"x","id":' + b"9" * 10_000 + b"}",
    b'{"text":"x","author":{"followers":' + b"9" * 4_200 + b"}}",
    b'{"text":"x","author":{"followers":1e999}}',
    b'{"text":"x","created_at":-1e308}',
    b'{"text":"x","created_at":99999999999999999999999}',
    b'{"text":"\\ud800"}',
    b'{"text":"x","id":"\\u0000"}',
    b'{"text":"x"' + b"".join(b',"k%d":0' % number for number in range(50_000)) + b"}",
    json.dumps({"text": "x", "raw": json.loads("[" * 60 + "]" * 60)}).encode(),
    b"\xff\xfe{\x00}\x00",
    b"",
    b"\x00" * 1_000,
    b"From: " + b"=?utf-8?q?" * 5_000 + b"\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 300,
    b"Content-Type: text/plain; charset=\xff\xfe-no-such\r\n\r\nhello",
    b"<" * 50_000,
    b"<a " * 20_000,
    b"<script>" * 10_000,
    b"<!--" * 20_000,
    b"&" * 50_000,
)


BY_A_SMALL_PARENT = ("sh", "-c", '"$@"; exit $?', "sh")
"""The hunt ends above 2 GB, and on Linux a process begins with the largest size of the one that started it: after many
thousand tests that is more by itself."""


@pytest.mark.parametrize("name", TARGETS)
def test_bombs_are_read_or_refused(name):
    for bomb in (*BOMBS, *SEEDS[name]):
        throw(name, bomb)


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
@settings(max_examples=40)
def test_a_good_one_with_some_bytes_changed_is_read_or_refused(name, data):
    seed = bytearray(SEEDS[name][0])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(seed)))
        seed[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    throw(name, bytes(seed))


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_hunt_by_coverage_finds_nothing(name, tmp_path):
    """`make fuzz` goes on for longer."""
    hunt = (
        *BY_A_SMALL_PARENT,
        sys.executable,
        "-m",
        "tests.attacks.fuzzing",
        name,
        "-runs=2000",
        "-seed=1",
        f"-artifact_prefix={tmp_path}/",
    )
    done = subprocess.run(hunt, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
