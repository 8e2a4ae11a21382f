import gzip
import hashlib
import io
import json
import os
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.base import Source
from connectors.replay.lines import KEPT_OF_LONGER_BYTES, LONGEST_KEPT_BYTES
from connectors.replay.source import FileSource
from models import Kind, Mention, Page, Rejected
from models.errors import RecordError, RetryableError, SetupError

NOW = datetime(2026, 6, 5, 14, 0, tzinfo=UTC)


def parse(line: bytes) -> Mention:
    """As strict as the real one in what matters here: one JSON object with a text."""
    try:
        record = json.loads(line)
        text, native_id = record["text"], str(record.get("id", "none"))
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError("unreadable") from error
    return Mention(
        id=native_id, channel="file", account="", native_id=native_id, kind=Kind.MENTION, text=text, created_at=NOW,
        received_at=NOW, conversation_id=native_id,
    )  # fmt: skip


def message(number: int, text: str = "hello") -> bytes:
    return json.dumps({"id": number, "text": text}).encode() + b"\n"


def messages(count: int) -> bytes:
    return b"".join(message(number) for number in range(count))


def pages(source: Source, cursor: str | None = None) -> Iterator[Page]:
    while (page := source.pull(cursor)).mentions or page.rejected:
        yield page
        cursor = page.cursor


def read(source: Source, cursor: str | None = None) -> tuple[list[str], list[Rejected]]:
    found = list(pages(source, cursor))
    return [m.native_id for page in found for m in page.mentions], [r for page in found for r in page.rejected]


def numbers(values: Iterable[int]) -> list[str]:
    return [str(value) for value in values]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    def _write(content: bytes) -> Path:
        path = tmp_path / "messages"
        path.write_bytes(content)
        return path

    return _write


Write = Callable[[bytes], Path]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("page_lines", [1, 3, 10, 500])
def test_every_line_comes_once_and_in_order(write: Write, pack: Callable[[bytes], bytes], page_lines: int) -> None:
    source = FileSource(write(pack(messages(10))), parse=parse, page_lines=page_lines)
    assert read(source) == (numbers(range(10)), [])
    assert source.bytes_read == source.bytes_total


def test_a_gzip_file_of_several_members_and_padding_is_read_whole(write: Write) -> None:
    content = gzip.compress(message(1)) + gzip.compress(b"") + gzip.compress(message(2)) + b"\0" * 600_000
    assert read(FileSource(write(content), parse=parse)) == (["1", "2"], [])


def test_line_endings_blank_lines_and_a_byte_order_mark_do_no_harm(write: Write) -> None:
    content = b"\xef\xbb\xbf" + message(1).replace(b"\n", b"\r\n") + b"\r\n\n  \n" + message(2).rstrip()
    handed: list[bytes] = []
    source = FileSource(write(content), parse=lambda line: handed.append(line) or parse(line.lstrip(b"\xef\xbb\xbf")))
    assert read(source) == (["1", "2"], [])
    assert not handed[0].endswith(b"\r")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf\n", gzip.compress(b"", mtime=0)])
def test_a_file_without_messages_gives_an_empty_page(write: Write, content: bytes) -> None:
    page = FileSource(write(content), parse=parse).pull(None)
    assert (page.mentions, page.rejected) == ([], [])


def test_a_bad_line_is_rejected_with_its_number_and_bytes_and_the_rest_goes_on(write: Write) -> None:
    source = FileSource(write(message(1) + b"\n{nonsense\r\n" + message(4)), parse=parse)
    assert read(source) == (["1", "4"], [Rejected("line 3", "unreadable", b"{nonsense")])


def test_a_file_of_bad_lines_only_still_goes_on_to_its_end(write: Write) -> None:
    found, rejected = read(FileSource(write(b"x\n" * 1200 + message(1)), parse=parse, page_lines=500))
    assert found == ["1"] and [each.where for each in rejected][::1199] == ["line 1", "line 1200"]


def test_a_ten_megabyte_line_is_kept_whole_among_the_rejected(write: Write) -> None:
    long_line = b"x" * 10_000_000
    found, rejected = read(FileSource(write(message(1) + long_line + b"\n" + message(3)), parse=parse))
    assert found == ["1", "3"] and rejected[0].raw == long_line and rejected[0].where == "line 2"


def test_a_longer_line_is_passed_over_in_pieces_and_named_by_length_and_digest(tmp_path: Path) -> None:
    path, length = tmp_path / "huge", 3 * LONGEST_KEPT_BYTES
    path.write_bytes(message(1) + b"x" * length + b"\n" + message(3))
    tracemalloc.start()
    found, rejected = read(FileSource(path, parse=parse))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == ["1", "3"] and rejected[0].raw == b"x" * KEPT_OF_LONGER_BYTES
    assert f"{length + 1} bytes" in rejected[0].reason
    assert hashlib.sha256(b"x" * length + b"\n").hexdigest() in rejected[0].reason
    assert peak < 3 * LONGEST_KEPT_BYTES


def test_a_page_ends_early_where_lines_are_long(write: Write) -> None:
    content = b"".join(message(number, "x" * 6_000_000) for number in range(5))
    found = list(pages(FileSource(write(content), parse=parse)))
    assert [len(page.mentions) for page in found] == [3, 2]


@pytest.mark.parametrize("damage", [0.3, 0.6, 0.95])
def test_a_half_written_gzip_file_gives_what_is_whole_and_names_the_break(write: Write, damage: float) -> None:
    content = b"".join(message(number, hashlib.sha256(bytes([number % 256])).hexdigest()) for number in range(2000))
    packed = gzip.compress(content)
    path = write(packed[: int(len(packed) * damage)])
    found, rejected = read(FileSource(path, parse=parse))
    assert found and found == numbers(range(len(found))) and len(rejected) == 1
    assert rejected[0].where == f"line {len(found) + 1} and after" and "ends" not in rejected[0].where
    assert "half-written or was cut" in rejected[0].reason
    assert content.splitlines()[len(found)].startswith(rejected[0].raw)


def test_when_the_gzip_file_is_whole_another_run_goes_on_after_the_break(write: Write) -> None:
    packed = gzip.compress(b"".join(message(number, os.urandom(20).hex()) for number in range(2000)))
    path = write(packed[: len(packed) // 2])
    first = list(pages(FileSource(path, parse=parse)))
    write(packed)
    rest, rejected = read(FileSource(path, parse=parse), first[-1].cursor)
    assert [m.native_id for page in first for m in page.mentions] + rest == numbers(range(2000)) and not rejected


def test_damage_inside_a_gzip_file_is_named_and_what_came_before_is_kept(write: Write) -> None:
    packed = bytearray(gzip.compress(b"".join(message(number, os.urandom(20).hex()) for number in range(2000))))
    packed[-8:-4] = b"\0\0\0\0"  # the check sum
    found, rejected = read(FileSource(write(bytes(packed)), parse=parse))
    assert found == numbers(range(2000)) and rejected[0].where == "line 2001 and after"
    assert "damaged" in rejected[0].reason


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damaged_byte_of_a_gzip_file_goes_unnoticed(tmp_path: Path, data: st.DataObject) -> None:
    whole = [f"{number}{hashlib.sha256(bytes([number])).hexdigest()}" for number in range(50)]
    packed = bytearray(gzip.compress(b"".join(b'{"id":"%b","text":"a"}\n' % name.encode() for name in whole), mtime=0))
    packed[data.draw(st.integers(2, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "damaged"
    path.write_bytes(packed)
    found, rejected = read(FileSource(path, parse=parse))
    assert found == whole or rejected


def test_bytes_after_a_gzip_file_that_are_no_gzip_are_named(write: Write) -> None:
    found, rejected = read(FileSource(write(gzip.compress(message(1)) + b"tail"), parse=parse))
    assert found == ["1"] and "damaged" in rejected[0].reason


def test_a_half_written_last_line_is_rejected_and_read_once_it_is_whole(write: Write) -> None:
    path = write(message(1) + message(2)[:9])
    source = FileSource(path, parse=parse)
    page = source.pull(None)
    assert [m.native_id for m in page.mentions] == ["1"] and page.rejected[0].where == "line 2"
    assert "half-written" in page.rejected[0].reason
    assert not source.pull(page.cursor).rejected
    with path.open("ab") as file:
        file.write(message(2)[9:] + message(3))
    assert read(source, page.cursor) == (["2", "3"], [])


def test_lines_added_later_are_found_by_the_same_source_and_by_another(write: Write) -> None:
    path = write(messages(3))
    source = FileSource(path, parse=parse)
    cursor = [*pages(source)][-1].cursor
    assert not source.pull(cursor).mentions
    with path.open("ab") as file:
        file.write(message(3))
    assert read(source, cursor) == read(FileSource(path, parse=parse), cursor) == (["3"], [])


@pytest.mark.parametrize("content", [messages(3)[:40], b"", message(7) * 20])
def test_another_file_under_the_same_name_is_read_from_its_beginning(write: Write, content: bytes) -> None:
    path = write(messages(10))
    cursor = FileSource(path, parse=parse, page_lines=8).pull(None).cursor
    write(content)
    assert read(FileSource(path, parse=parse), cursor) == read(FileSource(path, parse=parse))


@pytest.mark.parametrize(
    "cursor", ["", "x", "[]", '{"line": -1, "offset": 5, "proof": "0:"}', '{"line": 1, "offset": 2, "proof": "9:"}']
)
def test_a_cursor_that_is_not_ours_begins_at_the_beginning(write: Write, cursor: str) -> None:
    assert read(FileSource(write(messages(3)), parse=parse), cursor) == (["0", "1", "2"], [])


LINES = st.lists(
    st.sampled_from([b"\n", b"\r\n", b"bad\n", b'{"text":"a"}\n', b"\xff\xfe\n"]) | st.just(b"#"), max_size=25
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(LINES, st.integers(1, 7), st.booleans(), st.binary(max_size=5))
def test_stopping_after_any_page_and_going_on_elsewhere_gives_the_same_set(
    tmp_path: Path, lines: list[bytes], page_lines: int, packed: bool, end: bytes
) -> None:
    content = b"{" + b"".join(message(n) if line == b"#" else line for n, line in enumerate(lines)) + end
    path = tmp_path / "any"
    path.write_bytes(gzip.compress(content) if packed else content)
    whole = read(FileSource(path, parse=parse))
    found: list[str] = []
    rejected: list[Rejected] = []
    cursor = None
    for _ in range(len(lines) + 2):
        page = FileSource(path, parse=parse, page_lines=page_lines).pull(cursor)
        found += [m.native_id for m in page.mentions]
        rejected += page.rejected
        cursor = page.cursor
    assert found == whole[0]
    assert list(dict.fromkeys(rejected)) == whole[1]


def test_standard_input_is_read_plain_or_packed() -> None:
    for content in (messages(5), gzip.compress(messages(5))):
        source = FileSource("-", parse=parse, page_lines=2, stdin=io.BytesIO(content))
        assert read(source, "a cursor of another run") == (numbers(range(5)), [])
        assert source.bytes_read == len(content) and source.bytes_total is None


def test_standard_input_gives_the_last_page_again_and_refuses_to_begin_again() -> None:
    stdin = io.BytesIO(messages(5))
    source = FileSource("-", parse=parse, page_lines=2, stdin=stdin)
    first = source.pull(None)
    second = source.pull(first.cursor)
    assert source.pull(first.cursor) == second
    with pytest.raises(SetupError, match="standard input cannot be read twice"):
        source.pull(None)
    source.close()
    assert not stdin.closed


class TornCable(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= 20:
            raise OSError(5, "Input/output error")
        return super().read(20)


def test_a_read_that_fails_may_work_later() -> None:
    with pytest.raises(
        RetryableError, match="standard input: reading failed .Input/output error.; will be tried again"
    ):
        FileSource("-", parse=parse, stdin=TornCable(messages(5))).pull(None)


def test_a_named_pipe_is_read_like_standard_input() -> None:
    reading, writing = os.pipe()
    os.write(writing, messages(4))
    os.close(writing)
    assert read(FileSource(f"/dev/fd/{reading}", parse=parse, page_lines=3)) == (numbers(range(4)), [])
    os.close(reading)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"text":"a"}'.encode("utf-16"), "UTF-16"),
        ("\ufeff{}".encode("utf-16-be"), "UTF-16"),
        (gzip.compress('{"text":"a"}'.encode("utf-16"), mtime=0), "UTF-16"),
        ("{}".encode("utf-32"), "UTF-32"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"BZh91AY", "bzip2"),
        (b"\x28\xb5\x2f\xfd..", "zstd"),
        (b"\xfd7zXZ\x00..", "xz"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_way_out(write: Write, content: bytes, kind: str) -> None:
    path = write(content)
    with pytest.raises(SetupError, match=f"{path} is {kind}.*first"):
        FileSource(path, parse=parse).pull(None)


def test_a_path_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(SetupError, match=f"{path}: {reason}"):
            FileSource(path, parse=parse).pull(None)
