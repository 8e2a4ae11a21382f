"""Marking the words that decided in a text; everything else is escaped."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from inbox.languages import _
from models import Reason

SHOWN_CHARACTERS = 1_200
LONGEST_REASON_CHARACTERS = 80
MOST_REASONS = 12
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_FOR = "<mark>"


def marked(text: str, reasons: Sequence[Reason]) -> Markup:
    """HTML of `text` with the strongest reasons inside `<mark>`.

    Where no word spoke for the decision, those that spoke against it are marked, and look and say so: somebody who
    wonders about a verdict sees in every text what it hangs on.
    """
    pattern, opening = _pattern(reasons, is_for=True), _FOR
    if pattern is None:
        pattern, opening = _pattern(reasons, is_for=False), _against()
    if pattern is None:
        return plain(text)
    # Each piece is escaped by itself, and then they are plain strings: joining `Markup` costs as much as all the rest.
    pieces: list[str] = []
    last = 0
    for match in pattern.finditer(text):
        pieces += [plain(text[last : match.start()]), opening, plain(match.group()), "</mark>"]
        last = match.end()
    pieces.append(plain(text[last:]))
    return Markup("".join(pieces))  # noqa: S704


def plain(text: str) -> Markup:
    """Escaped; signs that turn the direction of writing are made visible: nobody reads another figure than was sent."""
    kept = escape(text)
    return Markup(_BIDI.sub(_bidi_sign(), kept)) if _BIDI.search(kept) else kept  # noqa: S704


def _against() -> str:
    saying = escape(_("Speaks against it"))
    return f'<mark class="against" title="{saying}">'


def _bidi_sign() -> str:
    saying = escape(_("A hidden sign that turns the direction of writing"))
    return f'<span class="unseen" title="{saying}">⇄</span>'


def _pattern(reasons: Sequence[Reason], *, is_for: bool) -> re.Pattern[str] | None:
    chosen = [reason for reason in reasons if (reason.weight > 0 if is_for else reason.weight < 0)]
    words = [word for reason in chosen if (word := reason.text.strip().removesuffix("…").strip())]
    short = [word for word in words if len(word) <= LONGEST_REASON_CHARACTERS][:MOST_REASONS]
    if not short:
        return None
    longest_first = sorted(short, key=len, reverse=True)
    either = "|".join(r"\s+".join(map(re.escape, word.split())) for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


def split(text: str, *, at: int = SHOWN_CHARACTERS) -> tuple[str, str]:
    """What is shown at once and what only on demand; cut at a space where there is one near."""
    if len(text) <= at + at // 5:
        return text, ""
    space = text.rfind(" ", at - 100, at)
    place = space if space > 0 else at
    return text[:place], text[place:]
