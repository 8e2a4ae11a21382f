"""Names made for a desk: external ids it can find again, and an address for an author who has none."""

import re
from hashlib import sha256

from connectors.desks.plain_text import one_line, plain


def kept_id(external_id: str, *, longest_bytes: int = 255) -> str:
    """The external id as a desk holds it: itself, or its beginning and a digest where the desk would cut it."""
    whole = plain(external_id)
    if len(whole.encode()) <= longest_bytes:
        return whole
    return f"{one_line(whole, longest_bytes=longest_bytes - 33)}:{digest(whole)}"


def safe_id(external_id: str) -> str:
    """The same for a desk whose search knows no escape: letters, digits and `-_.:` alone, at most 200 of them."""
    if re.fullmatch(r"[A-Za-z0-9._:-]{1,200}", external_id):
        return external_id
    return f"{re.sub(r'[^A-Za-z0-9._:-]+', '-', external_id)[:100]}:{digest(external_id)}"


def address(handle: str, channel: str, domain: str) -> str:
    """One address per person and channel: `@alice` on x becomes `alice@x.social.invalid`. Nothing is mailed to it."""
    bare = handle.strip().lstrip("@")
    local = re.sub(r"[^A-Za-z0-9_+-]+", ".", bare).strip(".")[:40]
    if local != bare:
        # Two people must not become one because some of their letters cannot stand in an address.
        local = f"{local}.{digest(bare)[:8]}".lstrip(".")
    host = re.sub(r"[^a-z0-9]+", "-", channel.lower())[:63].strip("-")
    return f"{local}@{host}.{domain}" if host else f"{local}@{domain}"


def digest(*parts: str) -> str:
    """32 hexadecimal digits, as different as the parts are."""
    return sha256("\0".join(parts).encode("utf-8", errors="replace")).hexdigest()[:32]
