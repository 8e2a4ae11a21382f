"""Tables as lines of JSON."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from connectors.replay.source import FileSource
from connectors.replay.table import read_column_map, table_lines
from ingest.parsing import parse_message
from models.errors import SetupError


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "reviews.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return path


def records(path: Path, *columns: str) -> list[dict[str, object]]:
    with table_lines(path, read_column_map(columns)) as lines:
        return [json.loads(line) for line in lines]


def test_columns_are_what_the_map_says_and_the_rest_is_kept_beside(tmp_path: Path) -> None:
    path = table(tmp_path, "Comment,User,Fans,Stars\nNo refund!,joss,12,1\n")
    assert records(path, "text=Comment", "author.handle=User", "author.followers=Fans") == [
        {"text": "No refund!", "author": {"handle": "joss", "followers": 12}, "column:Stars": "1"}
    ]


def test_a_column_says_how_often_a_message_was_shared(tmp_path: Path) -> None:
    path = table(tmp_path, 'text,Retweets,id\nhello,"1,200",1\nbye,,2\n')
    assert records(path, "shares=Retweets") == [
        {"text": "hello", "shares": 1200, "id": "1"},
        {"text": "bye", "id": "2"},
    ]


def test_columns_with_the_names_of_keys_need_no_map(tmp_path: Path) -> None:
    path = table(tmp_path, "id;text;on_owned_channel\n7;hello;yes\n")
    assert records(path) == [{"id": "7", "text": "hello", "on_owned_channel": True}]


def test_cells_with_line_ends_commas_and_quotes_stay_one_message(tmp_path: Path) -> None:
    path = table(tmp_path, 'text,id\n"one, ""two""\nthree 😡",1\n')
    assert records(path) == [{"text": 'one, "two"\nthree 😡', "id": "1"}]


def test_empty_cells_are_absent_and_an_empty_text_stays(tmp_path: Path) -> None:
    path = table(tmp_path, "text,lang,author.handle\n,,\n")
    assert records(path) == [{"text": ""}]


def test_a_value_of_the_wrong_sort_is_left_for_the_parser_to_refuse(tmp_path: Path) -> None:
    path = table(tmp_path, "text,author.followers,author.handle\nhello,many,joss\nbye,1 200,joss\n")
    parse = partial(parse_message, received_at=datetime(2026, 6, 5, tzinfo=UTC))
    page = FileSource("-", parse=parse, stdin=table_lines(path, {})).pull(None)
    assert [mention.text for mention in page.mentions] == ["bye"]
    assert [rejected.reason for rejected in page.rejected] == [
        'author.followers must be a whole number, not the string "many"'
    ]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["text"], "is no key=Column"),
        (["texts=Comment"], "did you mean text?"),
        (["zzz=Comment"], "there are id, channel"),
    ],
)
def test_a_map_that_says_nothing_is_refused(columns: list[str], told: str) -> None:
    with pytest.raises(SetupError) as caught:
        read_column_map(columns)
    assert told in str(caught.value)


def test_a_column_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    path = table(tmp_path, "Comment,User\nx,y\n")
    with pytest.raises(SetupError, match="did you mean 'Comment'"):
        table_lines(path, {"text": "Coment"})


def test_a_table_without_a_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no column holds the text"):
        table_lines(table(tmp_path, "Comment,User\nx,y\n"), {})


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be opened"):
        table_lines(tmp_path / "none.csv", {})


def test_a_row_that_is_no_utf_8_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_bytes(b"text\nfirst\n\xff\xfe broken\nlast\n")
    parse = partial(parse_message, received_at=datetime(2026, 6, 5, tzinfo=UTC))
    page = FileSource("-", parse=parse, stdin=table_lines(path, {})).pull(None)
    assert [mention.text for mention in page.mentions] == ["first", "last"]
    assert len(page.rejected) == 1
