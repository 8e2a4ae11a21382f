"""The log of what was judged or ruled to be no complaint, as CSV."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import BinaryIO

from flow.review import LOG_COLUMNS, log_rows
from models.cells import cell
from store.review import NoComplaint


def write_log(lines: Iterable[NoComplaint], file: BinaryIO) -> int:
    """Every cell is quoted, and none runs as a formula; the first bytes say that it is UTF-8. Gives how many rows."""
    file.write(b"\xef\xbb\xbf")
    text, count = StringIO(), 0
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(LOG_COLUMNS)
    for row in log_rows(lines):
        file.write(_taken(text))
        writer.writerow([cell(row[column]) for column in LOG_COLUMNS])
        count += 1
    file.write(_taken(text))
    return count


def _taken(text: StringIO) -> bytes:
    taken = text.getvalue()
    text.seek(0)
    text.truncate()
    return taken.encode("utf-8", "replace")
