"""Tables that are read in: whatever stands in their first line or their cells is read, or refused in clear words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.replay.table import LONGEST_CELL_CHARACTERS, table_lines
from flow.named import RefusedError
from flow.vips import COLUMNS, _lines
from models.errors import SetupError

HEADERS = (
    b"=cmd|' /C calc'!A0,text\n",
    b"\x1b[2J\x1b[31mx,\xe2\x80\xaetext\n",
    b"\x00,\x00\n",
    b",,,,,\n",
    b"text,text,text,id,id\n",
    b"\xff\xfet\x00e\x00x\x00t\x00\n\x00",
    "é,ü".encode("latin-1") + b"\n",
    b'"' + b"x" * (LONGEST_CELL_CHARACTERS + 10) + b'"\n',
    b",".join(b"column%d" % number for number in range(5_000)) + b"\n",
    b'"never closed\n',
    b"",
    b"\n\n\n",
)
ROWS = (
    b"hello," + b"9" * 5_000 + b"\n",
    b"hello,\xd9\xa1\xd9\xa2\n",
    b"\x00\x00,1\n",
    b"\xff\xfe,1\n",
    b'"' + b"x" * (LONGEST_CELL_CHARACTERS + 10) + b'",1\n',
    b"," * 10_000 + b"\n",
    b"=HYPERLINK(1),-1\n",
    b'"open\n',
)


def read(tmp_path, data: bytes) -> list[dict[str, object]]:
    file = tmp_path / "reviews.csv"
    file.write_bytes(data)
    found = []
    for line in table_lines(file, {}):
        try:
            found.append(json.loads(line))
        except ValueError:
            assert line.startswith(b"the table cannot be read further")
    return found


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_names_of_columns_are_read_or_refused_in_words_that_a_terminal_only_shows(tmp_path, header):
    try:
        read(tmp_path, header + b"hello,1\n")
    except SetupError as error:
        told = str(error).removeprefix(str(tmp_path))
        assert told.isprintable() and len(told) < 3_000


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_a_hostile_cell_is_read_or_refused_and_the_lines_before_it_stay(tmp_path, row):
    assert read(tmp_path, b"text,author.followers\nbefore,7\n" + row)[0] == {
        "text": "before",
        "author": {"followers": 7},
    }


@given(st.binary(max_size=80))
def test_any_bytes_are_a_table_or_an_error_of_ours(tmp_path_factory, data):
    try:
        read(tmp_path_factory.mktemp("given"), data)
    except SetupError:
        return


LIST = ",".join(COLUMNS).encode() + b"\n"


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\xff\xfe",
        b"\x00" * 50,
        LIST + b"x,a\x00b,key,2027-01-01,why,\n",
        LIST + b'"x,a,key\n',
        b"=cmd,x\n1,2\n",
        LIST + b"x,a,b,c,d,e\n" * 6_000,
    ],
    ids=range(7),
)
def test_a_list_of_customers_that_is_none_is_refused_whole(file):
    with pytest.raises(RefusedError) as raised:
        list(_lines(file))
    assert str(raised.value).isprintable()
