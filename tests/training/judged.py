"""Rows with made-up probabilities: what the measuring is measured with."""

import numpy as np

from training.questions import ANSWERS, LABELS
from training.rows import Row


def row(label, *, tag="earshot-labels", lang="en", marks=(), channel="", is_dev=False, **targets):
    found = {"label": label, "complaint": int(label == "complaint")} | targets
    return Row([], lang, 0, is_dev, targets=found, tags={tag}, marks=set(marks), channel=channel)


def judged(rows, says):
    """Answer → probabilities, all answers the same everywhere but label, complaint and abuse.

    `says`: for each row its most probable label, or the two of label and complaint score; None where not held back.
    """
    held_back = {one.name: np.full((len(rows), len(one.classes)), 1 / len(one.classes)) for one in ANSWERS}
    held_back["abuse"][:] = 0.1
    for at, said in enumerate(says):
        if said is None:
            for probabilities in held_back.values():
                probabilities[at] = np.nan
            continue
        label, score = said if isinstance(said, tuple) else (said, 0.95 if said == "complaint" else 0.01)
        held_back["label"][at] = np.where(np.array(LABELS) == label, 0.9, 0.02)
        held_back["complaint"][at] = score
    return held_back


def unsure():
    """Label and complaint score that disagree in every band."""
    return "complaint", 0.0
