"""Names that are worked out, not given: the same thing gets the same id on every machine and on every run."""

import hashlib


def mention_id(channel: str, account: str, native_id: str) -> str:
    """`m_` and 24 hex digits: one for one message of one platform."""
    return "m_" + _digest(channel, account, native_id)


def author_key(channel: str, native_id: str) -> str:
    """`a_` and 24 hex digits: one for one account of one platform."""
    return "a_" + _digest(channel, native_id)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]
