"""Where a reply is written: the same reply always at the same place, so that a repeat is harmless."""

import hashlib

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
LENGTH = 13


def record_key(reply_key: str) -> str:
    """A well-formed TID: 13 characters, 63 bits, here of a digest instead of a clock.

    Source: AT Protocol, record key type `tid`; its top bit is always 0.
    """
    bits = int.from_bytes(hashlib.sha256(reply_key.encode()).digest()[:8]) >> 1
    return "".join(ALPHABET[(bits >> shift) & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
