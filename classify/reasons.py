"""Why a score is what it is: the weights of the words and phrases found in this very text."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from classify.features import columns_of_token
from classify.text import WHO, Token
from models.verdict import Reason

Doubles = npt.NDArray[np.float64]

MOST_REASONS = 8
_LONGEST_PHRASE_TOKENS = 4
_LONGEST_TEXT_CHARACTERS = 60
_WEAK_SHARE = 0.15
"""A word that moves the score less than this share of the strongest one ends a phrase."""
_LEAST_WEIGHT = 0.02


def reasons_of(text: str, found: Sequence[Token], weights: Mapping[str, float]) -> tuple[Reason, ...]:
    """The strongest words and phrases, strongest first, each with the log-odds that it added or took away.

    Args:
        text: cleaned text that the tokens stand in.
        weights: what each form of the text added.
    """
    if not found:
        return ()
    least = max(_LEAST_WEIGHT, _WEAK_SHARE * max(abs(weight) for weight in weights.values()))
    phrases = _phrases(found, weights, least)
    phrases.sort(key=lambda phrase: -abs(phrase[1]))
    return tuple(Reason(_shown(text, tokens), round(weight, 3)) for tokens, weight in phrases[:MOST_REASONS])


def weight_by_form(forms: Sequence[str], contributions: Doubles) -> dict[str, float]:
    """What each form adds: itself, its pieces, and half of each pair that it is in.

    Args:
        contributions: of each feature of the text, in the order of `features.columns_of_text`.
    """
    order = {form: at for at, form in enumerate(dict.fromkeys(forms))}
    pairs = list(dict.fromkeys(pairwise(forms)))
    pieces = [len(columns_of_token(form)[1]) for form in order]
    words = len(order)
    total = contributions[:words].copy()
    owners = np.repeat(np.arange(words), pieces)
    total += np.bincount(owners, weights=contributions[words + len(pairs) :], minlength=words)
    for side in (0, 1):
        owners = np.array([order[pair[side]] for pair in pairs], dtype=np.int64)
        total += np.bincount(owners, weights=contributions[words : words + len(pairs)] / 2, minlength=words)
    return dict(zip(order, total.tolist(), strict=True))


def weight_by_place(
    found: Sequence[Token], places: Sequence[Sequence[int]], contributions: Doubles
) -> dict[str, float]:
    """What each form adds by what was read at its places: white space and marks between the tokens add to none.

    Args:
        places: of each contribution, the characters of the text that it stands for; may be none.
    """
    form_at = {at: token.form for token in found for at in range(token.start, token.end)}
    total = dict.fromkeys((token.form for token in found), 0.0)
    for characters, contribution in zip(places, contributions.tolist(), strict=True):
        form = next((form_at[at] for at in characters if at in form_at), None)
        if form is not None:
            total[form] += contribution
    return total


def _phrases(found: Sequence[Token], weights: Mapping[str, float], least: float) -> list[tuple[list[Token], float]]:
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
