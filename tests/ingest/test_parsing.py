import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.message import Message, MessageAuthor
from ingest.normalise import normalise
from ingest.parsing import LONGEST_LINE_BYTES, parse_message
from models import Author, Kind, Mention
from models.errors import RecordError
from models.identity import mention_id
from tests.ingest.build import FULL, NOW, UNHURRIED, line, parsed

TRAINING_FILE = Path(__file__).parents[3] / "shared" / "data" / "xci" / "data.jsonl.gz"


def refusal(given_line: bytes) -> str:
    with pytest.raises(RecordError) as caught:
        parse_message(given_line, received_at=NOW)
    return str(caught.value)


def test_every_key_of_the_contract_arrives_in_its_field() -> None:
    assert parse_message(json.dumps(FULL).encode(), received_at=NOW) == Mention(
        id=mention_id("x", "acme_bank", "123"),
        channel="x",
        account="acme_bank",
        native_id="123",
        kind=Kind.REPLY,
        text="Charged twice again",
        created_at=datetime(2026, 6, 5, 13, 50, tzinfo=UTC),
        received_at=NOW,
        conversation_id="100",
        lang="en",
        on_owned_channel=True,
        in_reply_to="122",
        url="https://x.com/i/123",
        shares=31,
        author=Author("7", "jane", "Jane", "dad", 12, 80, 400, False, True, datetime(2019, 1, 1, tzinfo=UTC)),
    )


def test_text_alone_is_enough() -> None:
    mention = parsed()
    assert (mention.channel, mention.account, mention.kind, mention.author) == ("file", "", Kind.MENTION, None)
    assert mention.created_at == NOW and mention.created_at_assumed
    assert mention.native_id.startswith("sha256:") and mention.conversation_id == mention.native_id


def test_the_caller_chooses_channel_and_account_for_lines_that_name_none() -> None:
    mention = parse_message(line(id=1), received_at=NOW, default_channel="mailbox", default_account="care")
    assert mention.id == mention_id("mailbox", "care", "1")


@pytest.mark.parametrize("key", sorted(set(Message.model_fields) - {"text"}))
def test_null_counts_as_absent(key: str) -> None:
    without, with_null = parsed(id="1"), parsed(**{"id": "1", key: None})
    if key == "id":
        assert with_null.native_id.startswith("sha256:")
    else:
        assert with_null == without


def test_unknown_keys_are_kept_in_raw() -> None:
    mention = parsed(label=1, split="train", author={"id": "7", "karma": 5})
    assert mention.raw["label"] == 1 and mention.raw["split"] == "train" and mention.raw["author"] == {"karma": 5}


def test_a_key_named_like_our_notes_is_kept_beside_them() -> None:
    mention = parsed(earshot_notes="theirs")
    assert mention.raw["earshot_notes_given"] == "theirs"
    assert mention.raw["earshot_notes"] == ["created_at is missing: the instant of receipt stands in for it"]


def test_whole_numbers_are_taken_as_ids() -> None:
    mention = parsed(id=123, conversation_id=9, in_reply_to=8, author={"id": 7})
    assert (mention.native_id, mention.conversation_id, mention.in_reply_to) == ("123", "9", "8")
    assert mention.author == Author("7")


def test_the_same_anonymous_line_is_the_same_message_on_every_run() -> None:
    later = datetime(2026, 7, 1, tzinfo=UTC)
    again = parse_message(b'{"lang":"en",  "text":"hello"}', received_at=later)
    assert parsed(lang="en").id == again.id != parsed(lang="de").id


@pytest.mark.parametrize(
    ("given_line", "reason"),
    [
        (b"", "the line is empty"),
        (b"   ", "the line is empty"),
        (b"{", "not JSON: Expecting property name"),
        (b'{"text":"half a li', "not JSON: Unterminated string"),
        (b'{"text":"a"} {"text":"b"}', "not JSON: Extra data at character 14"),
        (b"[1]", "JSON but not an object"),
        (b'"hello"', "JSON but not an object"),
        (b"null", "JSON but not an object"),
        (b'{"te\0xt":1}', "a NUL byte at offset 4"),
        ('{"text":"hi"}'.encode("utf-16-le"), "a NUL byte at offset 1"),
        (b'{"text":"caf\xe9"}', "not UTF-8: byte 0xE9 at offset 12"),
        (b'{"text":"\\ud83d"}', "lone surrogate"),
        (b'{"text":"a","\\udc00":1}', "lone surrogate"),
        (b'{"text":"a","text":"b"}', "the key text stands twice"),
        (b'{"text":"a","author":{"secret":1,"secret":2}}', "a key stands twice"),
        (b'{"text":"a","x":NaN}', "NaN is no JSON number"),
        (b'{"text":"a","x":1e999}', "too large"),
        (b'{"text":"a","x":' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"text":"a","x":' + b"[" * 70 + b"]" * 70 + b"}", "nested deeper than 64"),
        (b"[" * 100_000, "nested deeper than 64"),
        (b'{"text":"' + b"a" * LONGEST_LINE_BYTES + b'"}', "more than 1048576"),
    ],
)
def test_a_line_that_is_no_record_is_refused_with_its_reason(given_line: bytes, reason: str) -> None:
    assert reason in refusal(given_line)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"text": None}, "text is missing"),
        ({"text": ["a"]}, "text must be a string, not a list"),
        ({"id": True}, "id must be a string, not true"),
        ({"id": 1.5}, "id must be a string, not the number 1.5"),
        ({"id": "a\x1fb"}, "id holds a control"),
        ({"id": "a" * 513}, "id has 513 characters, more than 512"),
        ({"kind": "tweet"}, 'kind is "tweet"; allowed are mention, reply, comment, review, dm'),
        ({"kind": 3}, "kind must be a string, not the number 3"),
        ({"lang": 3}, "lang must be a string"),
        ({"on_owned_channel": 1}, "on_owned_channel must be true or false, not the number 1"),
        ({"on_owned_channel": "yes"}, 'on_owned_channel must be true or false, not the string "yes"'),
        ({"created_at": True}, "created_at must be an ISO 8601 date and time, not true"),
        ({"created_at": []}, "created_at must be an ISO 8601 date and time, not a list"),
        ({"author": "jane"}, "author must be an object, not a string"),
        ({"shares": "12"}, 'shares must be a whole number, not the string "12"'),
        ({"author": {"followers": True}}, "author.followers must be a whole number, not true"),
        ({"author": {"followers": "12"}}, 'author.followers must be a whole number, not the string "12"'),
        ({"author": {"followers": 1.5}}, "author.followers must be a whole number, not the number 1.5"),
        ({"author": {"verified": 0}}, "author.verified must be true or false, not the number 0"),
    ],
)
def test_a_wrong_type_is_refused_by_its_key_and_value(keys: dict[str, object], reason: str) -> None:
    assert reason in refusal(line(**keys))


def test_a_line_without_text_is_refused() -> None:
    assert refusal(b'{"id":"1"}') == "text is missing; it is the one key every message needs"


def test_all_wrong_keys_are_counted_and_three_are_told() -> None:
    reason = refusal(line(lang=1, kind=2, url=3, id=True))
    assert reason.count("must be") == 3 and reason.endswith("; and 1 more")


@pytest.mark.parametrize("key", ["handle", "name", "bio"])
def test_a_refusal_never_quotes_words_or_people(key: str) -> None:
    assert "Jane" not in refusal(line(author={key: ["Jane"]}))
    assert "Jane" not in refusal(line(author="Jane"))


def test_a_long_value_is_shortened_in_the_reason() -> None:
    assert len(refusal(line(kind="x" * 10_000))) < 150


@pytest.mark.parametrize(
    ("given_at", "note"),
    [
        ("2026-06-05T13:50:00", "has no offset from UTC"),
        ("2026-06-05", "has no offset from UTC"),
        ("yesterday", "is not an ISO 8601 date and time"),
        ("", "is not an ISO 8601 date and time"),
        ("2026-06-05T14:05:01Z", "lies after the message was received"),
        ("1970-01-01T00:00:00Z", "lies before 2000"),
        ("0001-01-01T00:00:00+14:00", "lies outside the calendar"),
        (1780667400, "is a number"),
        (1780667400.5, "is a number"),
    ],
)
def test_an_instant_that_cannot_be_believed_is_kept_and_receipt_stands_in(given_at: object, note: str) -> None:
    mention = parsed(created_at=given_at)
    assert mention.created_at == NOW and mention.created_at_assumed
    assert mention.raw["created_at"] == given_at
    assert any(note in str(each) for each in mention.raw["earshot_notes"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("given_at", ["2026-06-05T23:50:00+10:00", "2026-06-05t13:50:00z", " 2026-06-05T13:50Z "])
def test_instants_with_an_offset_become_utc(given_at: str) -> None:
    mention = parsed(created_at=given_at)
    assert mention.created_at == datetime(2026, 6, 5, 13, 50, tzinfo=UTC) and not mention.created_at_assumed


def test_a_clock_five_minutes_fast_is_believed() -> None:
    assert not parsed(created_at="2026-06-05T14:05:00Z").created_at_assumed


def test_the_handle_stands_in_for_a_missing_author_id() -> None:
    assert parsed(author={"handle": "@Jane"}).author == Author("jane", handle="@Jane")


def test_an_author_nobody_can_tell_apart_stays_in_raw_only() -> None:
    mention = parsed(author={"name": "Jane", "followers": 3, "karma": 1})
    assert mention.author is None
    assert mention.raw["author"] == {"name": "Jane", "followers": 3, "karma": 1}


def test_an_account_age_that_cannot_be_is_unknown_and_kept() -> None:
    mention = parsed(author={"id": "7", "created_at": "2031-01-01T00:00:00Z"})
    assert mention.author == Author("7") and mention.raw["author"] == {"created_at": "2031-01-01T00:00:00Z"}


def test_a_private_message_without_a_thread_joins_those_of_its_author() -> None:
    assert parsed(kind="DM", author={"id": "7"}).conversation_id == "dm:7"
    assert parsed(kind="dm", id="5").conversation_id == "5"


def test_escaped_nul_characters_are_removed_and_noted() -> None:
    mention = parsed(text="a\0b", extra={"k\0": ["\0x"]})
    assert mention.text == "ab" and mention.raw["extra"] == {"k": ["x"]}
    assert "NUL characters were removed" in mention.raw["earshot_notes"]  # type: ignore[operator]


def test_a_backslash_before_u0000_is_text_and_stays() -> None:
    mention = parsed(text="C:\\u0000")
    assert mention.text == "C:\\u0000"
    assert "NUL characters were removed" not in mention.raw["earshot_notes"]  # type: ignore[operator]


def test_a_byte_order_mark_before_the_line_is_passed_over() -> None:
    assert parse_message(b"\xef\xbb\xbf" + line(), received_at=NOW).text == "hello"


def test_every_line_of_a_labelled_training_file_parses() -> None:
    if not TRAINING_FILE.exists():
        pytest.skip(f"{TRAINING_FILE} is not here")
    lines = gzip.decompress(TRAINING_FILE.read_bytes()).splitlines()
    mentions = [parse_message(each, received_at=NOW) for each in lines]
    assert len(mentions) == 2751 == len({mention.id for mention in mentions})
    assert all("severity" in mention.raw for mention in mentions)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
AUTHORS = st.dictionaries(st.sampled_from(sorted(MessageAuthor.model_fields)), JSON_VALUES, max_size=4)
RECORDS = st.dictionaries(
    st.sampled_from([*Message.model_fields, "other", "earshot_notes", "original_text"]), JSON_VALUES | AUTHORS
)


def mention_or_refusal(given_line: bytes) -> Mention | None:
    """Any other error fails the test that calls."""
    try:
        return parse_message(given_line, received_at=NOW)
    except RecordError as error:
        assert 0 < len(str(error)) < 400 and str(error).isprintable()
        return None


@UNHURRIED
@given(st.binary() | st.binary().map(lambda noise: b'{"text":"' + noise + b'"}'))
def test_any_bytes_are_a_mention_or_a_refusal(given_line: bytes) -> None:
    found = mention_or_refusal(given_line)
    assert found is None or found.received_at == NOW


@UNHURRIED
@given(RECORDS, st.text(st.characters(exclude_categories=())))
def test_any_record_is_a_mention_that_can_be_stored_or_a_refusal(record: dict[str, object], text: str) -> None:
    found = mention_or_refusal(json.dumps({**record, "text": text}).encode())
    if found is not None:
        clean = normalise(found)
        written = json.dumps([clean.raw, clean.text, clean.native_id, clean.lang, clean.url], ensure_ascii=False)
        assert "\\u0000" not in written.replace("\\\\", "") and written.encode()
        assert normalise(clean) == clean
