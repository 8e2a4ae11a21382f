"""Why a score is what it is: the weights of the words and phrases found in this very text."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from classify.features import columns_of_token
from classify.text import WHO, Token
from models.verdict import Reason

Floats = npt.NDArray[np.float32]

MOST_REASONS = 8
_LONGEST_PHRASE_TOKENS = 4
_LONGEST_TEXT_CHARACTERS = 60
_WEAK_SHARE = 0.15
"""A word that moves the score less than this share of the strongest one ends a phrase."""
_LEAST_WEIGHT = 0.02


def reasons_of(text: str, found: Sequence[Token], contributions: Floats) -> tuple[Reason, ...]:
    """The strongest words and phrases, strongest first, each with the log-odds that it added or took away.

    Args:
        text: cleaned text that the tokens stand in.
        contributions: of each feature of the text, in the order of `features.columns_of_text`.
    """
    weights = _weight_by_form([token.form for token in found], contributions)
    if not weights:
        return ()
    least = max(_LEAST_WEIGHT, _WEAK_SHARE * max(abs(weight) for weight in weights.values()))
    phrases = _phrases(found, weights, least)
    phrases.sort(key=lambda phrase: -abs(phrase[1]))
    return tuple(Reason(_shown(text, tokens), round(weight, 3)) for tokens, weight in phrases[:MOST_REASONS])


def _weight_by_form(forms: Sequence[str], contributions: Floats) -> dict[str, float]:
    """What each form adds: itself, its pieces, and half of each pair that it is in."""
    order = {form: at for at, form in enumerate(dict.fromkeys(forms))}
    pairs = list(dict.fromkeys(pairwise(forms)))
    pieces = [len(columns_of_token(form)[1]) for form in order]
    words = len(order)
    total = contributions[:words].astype(np.float64)
    owners = np.repeat(np.arange(words), pieces)
    total += np.bincount(owners, weights=contributions[words + len(pairs) :], minlength=words)
    for side in (0, 1):
        owners = np.array([order[pair[side]] for pair in pairs], dtype=np.int64)
        total += np.bincount(owners, weights=contributions[words : words + len(pairs)] / 2, minlength=words)
    return dict(zip(order, total.tolist(), strict=True))


def _phrases(found: Sequence[Token], weights: dict[str, float], least: float) -> list[tuple[list[Token], float]]:
    """Runs of neighbouring strong words that push the same way, each form counted where it stands first.

    Who is spoken to is no reason, whatever little weight it has.
    """
    phrases: list[tuple[list[Token], float]] = []
    said: set[str] = set()
    goes_on = False
    for token in found:
        weight = weights[token.form]
        if abs(weight) < least or token.form in said or token.form in WHO:
            goes_on = False
            continue
        said.add(token.form)
        if goes_on and phrases[-1][1] * weight > 0 and len(phrases[-1][0]) < _LONGEST_PHRASE_TOKENS:
            phrases[-1] = ([*phrases[-1][0], token], phrases[-1][1] + weight)
        else:
            phrases.append(([token], weight))
        goes_on = True
    return phrases


def _shown(text: str, tokens: Sequence[Token]) -> str:
    """The phrase as it was written, so that it can be found in the text."""
    written = " ".join(text[tokens[0].start : tokens[-1].end].split())
    return written if len(written) <= _LONGEST_TEXT_CHARACTERS else written[: _LONGEST_TEXT_CHARACTERS - 1] + "…"
