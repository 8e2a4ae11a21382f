"""The servers that the parts need: those of the tests that kill."""

from tests.faults.conftest import database, mortal, redis

__all__ = ["database", "mortal", "redis"]
