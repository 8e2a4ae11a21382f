"""How much of a platform's rate limit is left."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one window of one endpoint."""

    remaining: float
    """Calls; less than 1 where the next one would be refused."""
    resets_at: datetime
    """When the window starts anew; aware, UTC."""
