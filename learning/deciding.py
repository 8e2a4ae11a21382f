"""A person decides which version is live and which runs in the shadow; nothing else ever does."""

from collections.abc import Callable, Mapping
from datetime import datetime

from classify.classifier import Classifier
from learning.versions import SHIPPED, Found, Versions
from models import (
    ActorKind,
    ChangeKind,
    ClassifierChange,
    Event,
    EventKind,
    Kind,
    Mention,
    Standing,
)
from models.errors import SetupError
from store.store import Store, Transaction

_TRIAL = "Charged twice and nobody answers."


def promote(
    store: Store, versions: Versions, name: str, *, person: str, reason: str, now: datetime, anyway: str = ""
) -> ClassifierChange:
    """Have a version judge from now on. It leaves the shadow, if it was there.

    Args:
        anyway: why it is to be live although it was never evaluated or was worse; kept with the reason.

    Raises: SetupError where the folder does not verify, its evaluation speaks against it, or there is nothing to
        change; the live one stays.
    """
    _require_unpinned(versions)
    person, reason = _said(person, "--by: your name"), _said(reason, "--reason: why it is better")
    found = versions.find(name)
    _require_news(_standing(store), found)
    if objection := _objection(store, found):
        reason = f"{reason} (although it {objection}: {_said_anyway(found, objection, anyway)})"
    _try(name, lambda: versions.load_found(found))  # before anything is locked: it may take seconds
    with store.writing() as transaction:
        standing = transaction.classifiers.standing()
        _require_news(standing, found)
        change = transaction.classifiers.decide(
            ChangeKind.PROMOTED, name, digest=found.digest, person=person, reason=reason, now=now
        )
        facts = {"from": _named(standing.live), "to": name, "reason": reason, "sha256 of manifest": found.digest}
        _record(transaction, EventKind.CLASSIFIER_PROMOTED, change, facts)
        if standing.shadow is not None and standing.shadow.version == name:
            _unshadow(transaction, standing.shadow, person=person, reason="it was promoted", now=now)
    return change


def roll_back(store: Store, versions: Versions, *, person: str, reason: str, now: datetime) -> tuple[str, str]:
    """Return to the version that was live before; gives (version left, version that is live now).

    Raises: SetupError where none was promoted, or the one before does not verify any more; the live one stays.
    """
    _require_unpinned(versions)
    person = _said(person, "--by: your name")
    seen = _standing(store)
    if seen.live is None:
        raise SetupError("there is nothing to go back to: the shipped weights are live, and none was promoted")
    left, now_live = seen.live, _named(seen.before)
    _try(now_live, lambda: versions.load(seen.before))
    with store.writing() as transaction:
        if transaction.classifiers.standing() != seen:
            raise SetupError("somebody else decided on a version meanwhile; nothing was changed: look again")
        change = transaction.classifiers.decide(
            ChangeKind.ROLLED_BACK, left.version, digest=left.digest, person=person, reason=reason, now=now
        )
        facts = {"from": left.version, "to": now_live, "reason": reason}
        _record(transaction, EventKind.CLASSIFIER_ROLLED_BACK, change, facts)
    return left.version, now_live


def put_into_shadow(store: Store, versions: Versions, name: str, *, person: str, now: datetime) -> ClassifierChange:
    """Have a version judge beside the live one, in place of any other. Putting it there again starts its counts anew.

    Raises: SetupError where the folder does not verify, or it is the live one.
    """
    found = versions.find(name)
    with store.writing() as transaction:
        standing = transaction.classifiers.standing()
        if found.version == versions.live_version(standing):
            raise SetupError(f"version {found.version} is live: only another one can run in its shadow")
        change = transaction.classifiers.decide(
            ChangeKind.SHADOWED, name, digest=found.digest, person=person, reason="", now=now
        )
        _record(
            transaction, EventKind.CLASSIFIER_SHADOWED, change, {"shadow": name, "sha256 of manifest": found.digest}
        )
    return change


def end_shadow(store: Store, *, person: str, now: datetime) -> str | None:
    """Gives the version that was in the shadow; None where there was none."""
    with store.writing() as transaction:
        shadow = transaction.classifiers.standing().shadow
        if shadow is not None:
            _unshadow(transaction, shadow, person=person, reason="", now=now)
    return shadow.version if shadow is not None else None


def _unshadow(transaction: Transaction, shadow: ClassifierChange, *, person: str, reason: str, now: datetime) -> None:
    change = transaction.classifiers.decide(
        ChangeKind.UNSHADOWED, shadow.version, digest=shadow.digest, person=person, reason=reason, now=now
    )
    _record(transaction, EventKind.CLASSIFIER_SHADOWED, change, {"shadow": "off", "before": shadow.version})


def _record(transaction: Transaction, kind: EventKind, change: ClassifierChange, facts: Mapping[str, object]) -> None:
    event = Event(f"classifier:{change.id}", kind, change.at, ActorKind.PERSON, change.person, facts=facts)
    transaction.events.record([event], now=change.at)


def _require_unpinned(versions: Versions) -> None:
    if versions.pinned is not None:
        raise SetupError(f"EARSHOT_WEIGHTS names {versions.pinned}, which is live whatever is decided: unset it first")


def _require_news(standing: Standing, found: Found) -> None:
    is_live = _named(standing.live) == found.name
    is_same = standing.live is None or standing.live.digest == found.digest
    if is_live and is_same:
        raise SetupError(f"version {found.name} is live already; nothing was changed")


def _objection(store: Store, found: Found) -> str | None:
    """What its last evaluation says against it. The shipped weights come with a card of their own."""
    with store.reading() as transaction:
        last = transaction.evaluations.last_of(found.digest)
    if last is None:
        return None if found.name == SHIPPED else "was never evaluated"
    if last.worse:
        return f"was worse than {last.against} in {'; '.join(last.worse)}"
    return None


def _said_anyway(found: Found, objection: str, anyway: str) -> str:
    if not anyway.strip():
        raise SetupError(
            f"version {found.name} {objection}; nothing was changed: `earshot evaluate {found.name} --data FILE`"
            ' measures it, and --anyway "WHY" makes it live all the same'
        )
    return anyway.strip()


def _standing(store: Store) -> Standing:
    with store.reading() as transaction:
        return transaction.classifiers.standing()


def _try(name: str, load: Callable[[], Classifier]) -> None:
    """It must load here, and judge. Raises: SetupError."""
    try:
        load().judge([_trial_mention()], [None])
    except SetupError:
        raise
    except Exception as error:
        raise SetupError(f"version {name} cannot judge: {type(error).__name__}: {error}") from error


def _trial_mention() -> Mention:
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    return Mention(
        "trial", "file", "", "trial", Kind.MENTION, _TRIAL, created_at=at, received_at=at, conversation_id="trial"
    )


def _named(change: ClassifierChange | None) -> str:
    return change.version if change is not None else SHIPPED


def _said(text: str, what: str) -> str:
    if not text.strip():
        raise SetupError(f"say who decides and why; missing: {what}")
    return text.strip()
