"""One classifier in memory, changed when a person has decided on another."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from classify.classifier import Classifier
from models import ClassifierChange
from models.errors import SetupError

logger = logging.getLogger("earshot.learning")

TRY_AGAIN = timedelta(minutes=1)
"""A version that could not be loaded is looked at again after so long: a copy of its folder may be under way."""


class Kept:
    """Loads on first use. A version that cannot be loaded changes nothing: the one before stays."""

    def __init__(self, load: Callable[[ClassifierChange | None], Classifier], *, now: Callable[[], datetime]) -> None:
        self._load = load
        self._now = now
        self._classifier: Classifier | None = None
        self._key: int | None = None
        self._refused: tuple[int, datetime] | None = None
        self.fault: str | None = None
        """Why the version decided on is not the one at work; None where it is."""

    def get(self, wanted: ClassifierChange | None) -> Classifier:
        """What `wanted` decided on, or the one before it while that cannot be loaded.

        Raises: SetupError where nothing was loaded before either.
        """
        key = wanted.id if wanted is not None else 0
        if key == self._key:
            self.fault = None
        elif not self._was_refused_lately(key):
            self._change(key, wanted)
        if self._classifier is None:
            raise SetupError(self.fault or "no classifier is loaded")
        return self._classifier

    def drop(self) -> None:
        """Free the memory."""
        self._classifier, self._key, self._refused, self.fault = None, None, None, None

    def _was_refused_lately(self, key: int) -> bool:
        return self._refused is not None and self._refused[0] == key and self._now() - self._refused[1] < TRY_AGAIN

    def _change(self, key: int, wanted: ClassifierChange | None) -> None:
        try:
            self._classifier = self._load(wanted)
        except Exception as error:  # noqa: BLE001  a file of weights can be broken in any way; the one before stays
            self._refused = key, self._now()
            self.fault = str(error) if isinstance(error, SetupError) else f"{type(error).__name__} while loading"
            logger.error("the classifier could not be changed: %s", self.fault)
        else:
            self._key, self._refused, self.fault = key, None, None
            logger.info("classifier %s is loaded", self._classifier.version)
