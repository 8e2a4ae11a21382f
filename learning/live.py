"""The classifier at work in this process: the version that a person decided on, asked anew at every job."""

import logging
from collections.abc import Callable
from datetime import datetime

from classify.classifier import Classifier
from learning.kept import Kept
from learning.versions import Versions
from models import Standing
from models.errors import SetupError
from store.store import Store

logger = logging.getLogger("earshot.learning")

CONNECTION = "classifier"
"""Under this name the health page and `earshot doctor` tell of a version that could not be loaded."""


class Live:
    """One per process; loads on first use."""

    def __init__(self, store: Store, versions: Versions, *, now: Callable[[], datetime]) -> None:
        self._store = store
        self._versions = versions
        self._kept = Kept(versions.load, now=now)
        self._now = now
        self._has_told = False

    def get(self, standing: Standing | None = None) -> Classifier:
        """The live version; while it cannot be loaded, the one before.

        Raises: SetupError where there is none before it either.
        """
        if standing is None:
            with self._store.reading() as transaction:
                standing = transaction.classifiers.standing()
        before = self._kept.fault if self._has_told else self._told_before()
        self._has_told = True
        try:
            return self._kept.get(self._versions.live(standing))
        finally:
            if self._kept.fault != before:
                self._tell(self._kept.fault)

    def get_or_none(self, standing: Standing) -> Classifier | None:
        """The same; None where nothing can be loaded, which is told to who looks at the health page."""
        try:
            return self.get(standing)
        except SetupError as error:
            logger.error("nothing can be judged, and messages wait: %s", error)
            return None

    def _told_before(self) -> str | None:
        """What another process said of the classifier, and nobody has taken back."""
        with self._store.reading() as transaction:
            return transaction.connections.get(CONNECTION).last_error

    def _tell(self, fault: str | None) -> None:
        with self._store.writing() as transaction:
            if fault is None:
                transaction.connections.worked(CONNECTION, now=self._now())
            else:
                transaction.connections.failed(CONNECTION, fault, now=self._now())
