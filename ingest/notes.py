"""What ingest changed or assumed about a message, kept as evidence in its `raw`."""

from collections.abc import Mapping, Sequence

NOTES_KEY = "earshot_notes"


def noted(
    raw: Mapping[str, object], notes: Sequence[str], originals: Mapping[str, object] | None = None
) -> Mapping[str, object]:
    """`raw` with these notes and original values added; what already stands there is never overwritten."""
    if not notes and not originals:
        return raw
    kept = dict(raw)
    for key, value in (originals or {}).items():
        kept[_free_key(kept, key)] = value
    if notes:
        earlier = kept.get(NOTES_KEY)
        kept[NOTES_KEY] = [*(earlier if isinstance(earlier, list) else []), *notes]
    return kept


def _free_key(raw: Mapping[str, object], key: str) -> str:
    while key in raw:
        key = f"earshot_{key}"
    return key
