"""A second classifier judges what the live one has judged, and nothing depends on it."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from classify.classifier import Classifier
from learning.kept import Kept
from learning.versions import Versions
from models import AuthorHistory, ClassifierChange, Mention, Verdict
from models.errors import SetupError
from store.store import Store, Transaction

logger = logging.getLogger("earshot.learning")

SHADOW_BATCH = 32
"""Messages in one job: one that arrives meanwhile waits for no more than so many."""
SETTLED_AFTER = timedelta(minutes=1)
"""What was judged later than this may still be under way to the shadow."""
MOST_DEAD_LOADS = 2
"""A version whose loading so many workers did not outlive is not loaded again, until it is put into the shadow anew."""


def missed(transaction: Transaction, versions: Versions, *, now: datetime, limit: int) -> list[str]:
    """What the version in the shadow was to judge and did not; no more than one batch while it cannot be loaded."""
    standing = transaction.classifiers.standing()
    if standing.shadow is None:
        return []
    most = SHADOW_BATCH if transaction.shadow.run(standing.shadow.id).last_error else limit
    live = versions.live_version(standing)
    return transaction.shadow.missing(standing.shadow, live, until=now - SETTLED_AFTER, limit=most)


class Shadowing:
    """One per process. Every failure is logged and counted, none is raised."""

    def __init__(
        self,
        store: Store,
        load: Callable[[ClassifierChange | None], Classifier],
        *,
        processes: int,
        now: Callable[[], datetime],
    ) -> None:
        """`processes`: how many may be loading at the same time without any of them being dead."""
        self._store = store
        self._kept = Kept(self._counted_load, now=now)
        self._load = load
        self._most_unfinished = MOST_DEAD_LOADS + processes
        self._now = now

    def judge(
        self, change: ClassifierChange, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]
    ) -> int:
        """Keep what the version says of each; gives how many it gave an answer on.

        What it cannot be asked about, because it does not load, stays to be found again.
        """
        try:
            classifier = self._classifier(change)
        except SetupError as error:
            logger.warning("shadow of %s: %s", change.version, error)
            with self._store.writing() as transaction:
                transaction.shadow.load_failed(change.id, str(error), now=self._now())
            return 0
        verdicts = self._ask(classifier, mentions, histories)
        failed = [mention.id for mention in mentions if mention.id not in verdicts]
        with self._store.writing() as transaction:
            transaction.shadow.add(verdicts, now=self._now())
            transaction.shadow.add_failed(failed, change.version, now=self._now())
        return len(verdicts)

    def stop(self) -> None:
        """Nothing is in the shadow: its memory is freed."""
        self._kept.drop()

    def _classifier(self, change: ClassifierChange) -> Classifier:
        found = self._kept.get(change)
        if self._kept.fault is not None:  # another version than the one asked for would be judged by
            raise SetupError(self._kept.fault)
        return found

    def _counted_load(self, change: ClassifierChange | None) -> Classifier:
        """Loading may take more memory than there is, and nobody lives to count that afterwards."""
        if change is None:
            raise SetupError("nothing is in the shadow")
        with self._store.writing() as transaction:
            run = transaction.shadow.run(change.id)
            if run.loads_begun - run.loads_ended >= self._most_unfinished:
                raise SetupError(
                    f"version {change.version} killed {MOST_DEAD_LOADS} workers or more while loading: it needs more "
                    f"memory; to try again: `earshot classifier shadow {change.version}`"
                )
            transaction.shadow.load_begins(change.id)
        try:
            loaded = self._load(change)
        finally:
            with self._store.writing() as transaction:
                transaction.shadow.load_ended(change.id)
        with self._store.writing() as transaction:
            transaction.shadow.load_worked(change.id)
        return loaded

    def _ask(
        self, classifier: Classifier, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]
    ) -> dict[str, Verdict]:
        """By mention id; what spoils a batch is left out alone."""
        try:
            return dict(zip((one.id for one in mentions), classifier.judge(mentions, histories), strict=True))
        except Exception:
            logger.exception("the classifier in the shadow failed on a batch of %d", len(mentions))
            if len(mentions) == 1:
                return {}
        found = dict[str, Verdict]()
        for mention, history in zip(mentions, histories, strict=True):
            found |= self._ask(classifier, [mention], [history])
        return found
