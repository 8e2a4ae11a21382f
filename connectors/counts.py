"""What platforms count of a message."""

from models import MOST_COUNTED


def shares_of(*told: int | None) -> int | None:
    """Reposts, quotes and the like together, of those that were told; None where none was, or where one cannot be."""
    known = [count for count in told if count is not None]
    total = sum(known)
    return total if known and min(known) >= 0 and total <= MOST_COUNTED else None
