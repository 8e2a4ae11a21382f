"""What was done, added up over all processes and machines. It lies in Redis, and begins anew where Redis is lost."""

from collections.abc import Mapping

from redis import Redis

KEY = "earshot:tallies"


def add(redis: Redis, amounts: Mapping[str, float]) -> None:
    """In one round trip. Raises: RedisError."""
    pipe = redis.pipeline(transaction=False)
    for name, amount in amounts.items():
        pipe.hincrbyfloat(KEY, name, amount)
    pipe.execute()


def read(redis: Redis) -> dict[str, float]:
    """Raises: RedisError."""
    found = redis.hgetall(KEY)
    return {_text(name): float(_text(amount)) for name, amount in found.items()}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
