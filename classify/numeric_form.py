"""What an encoder computes in: the faster form that says the same, found by trying both at load.

bf16 is three to five times as fast as fp32 on processors that have instructions for it, and slower on others; which of
the two this one is no list of processors tells for long.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from classify.classifier import NumericForm

logger = logging.getLogger(__name__)

Read = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""Texts → the heads' logits, `(n, outputs)`."""

EXACT: NumericForm = "fp32"
MOST_DIFFERENCE = 0.1
"""Of any logit from that in fp32: moves a probability by less than 0.025."""
ROUNDS = 3
MOST_SECONDS = 0.4
"""Spent on measuring; a form that is slow enough to fill it has lost."""

PROBES = (
    "@user my card was charged twice for the same payment and nobody answers my emails. Where is my refund??",
    "Thank you so much, your team was amazing and solved it in minutes 😊",
    "How do I activate my new card?",
    "FREE entry! Win a £1000 prize now: http",
    "you are all disgusting stupid idiots",
    "Üç haftadır kargom gelmedi, kimse cevap vermiyor; rezalet bir hizmet",
    "Third time this month that the app locks me out, I have bills to pay and your chat just closes on me. Sort it "
    "out or I take this to the ombudsman and to every paper that will listen, I am so tired of this nonsense!!!",
    "ok",
)


def chosen(readers: Mapping[NumericForm, Read], *, clock: Callable[[], float] = time.perf_counter) -> NumericForm:
    """The fastest of the forms that agree with fp32; the only one where there is one."""
    if len(readers) == 1:
        (form,) = readers
        logger.info("encoder: computes in %s, as told", form)
        return form
    exact = readers[EXACT](PROBES)
    differences = {form: _difference(read(PROBES), exact) for form, read in readers.items()}
    fit = {form: readers[form] for form, difference in differences.items() if difference <= MOST_DIFFERENCE}
    seconds = _seconds(fit, clock)
    best = min(seconds, key=seconds.__getitem__)
    logger.info("encoder: computes in %s; %s", best, _shown(differences, seconds))
    return best


def _difference(found: npt.NDArray[np.float32], exact: npt.NDArray[np.float32]) -> float:
    """The largest of any logit; infinite where one of them is no number."""
    difference = float(np.abs(found - exact).max(initial=0.0))
    return difference if np.isfinite(difference) else np.inf


def _seconds(readers: Mapping[NumericForm, Read], clock: Callable[[], float]) -> dict[NumericForm, float]:
    """The shortest pass of each, taken in turn."""
    shortest = dict.fromkeys(readers, np.inf)
    began = clock()
    for _ in range(ROUNDS):
        for form, read in readers.items():
            start = clock()
            read(PROBES)
            shortest[form] = min(shortest[form], clock() - start)
        if clock() - began > MOST_SECONDS:
            break
    return shortest


def _shown(differences: Mapping[NumericForm, float], seconds: Mapping[NumericForm, float]) -> str:
    return ", ".join(
        f"{form} differs by {difference:.4f}, takes {1000 * seconds[form]:.0f} ms"
        if form in seconds
        else f"{form} differs by {difference:.4f}, more than {MOST_DIFFERENCE}"
        for form, difference in differences.items()
    )
