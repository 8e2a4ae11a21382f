"""One text for one value, and one digest for one text: what the register and the store both hash by."""

import hashlib
import json


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces, letters of every script kept as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """SHA-256 of the text as UTF-8, lower-case hex; half a letter (a lone surrogate) is hashed as it stands."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
