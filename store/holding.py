"""Whose lease it is. A worker holds each thing it works on under a name of its own: its own name, and a mark."""

from typing import Any

MARK = ":"
LONGEST_NAME = 70
"""Characters of a worker's name that are kept; the column holds 80."""


def claim_name(worker: str, mark: str) -> str:
    """Under which one claim is held: no other claim, earlier or later, bears the same."""
    return f"{worker[:LONGEST_NAME]}{MARK}{mark}"


def held_by(column: Any, worker: str | None) -> Any:
    """That a row is held by this worker, whichever claim it was; None: by anybody."""
    if worker is None:
        return column.is_not(None)
    kept = worker[:LONGEST_NAME]
    return (column == kept) | column.startswith(kept + MARK, autoescape=True)
