"""What was known of each message when it was decided on: words, verdict, correction, author, counts."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from models import AuthorHistory, Mention, Post, Verdict
from models.retention import DELETED, REDACTED
from store.mentions import StoredMention
from store.past import OldWording, Said, Triaged
from store.store import Transaction
from triage.replaying import Cause, Seen, Step

SEVEN_DAYS = timedelta(days=7)
MICROSECONDS = 1_000_000
STORED_TOGETHER = 100_000
"""Places among messages stored at one instant: they are counted on in microseconds, see `store/mentions.py`."""
WORDS_TAKEN_OUT, NOT_JUDGED = "words taken out", "never judged"
Judge = Callable[[Sequence[Mention], Sequence[AuthorHistory | None]], Sequence[Verdict]]
Words = tuple[str, str]
"""Of a message, by its id: it may have been edited."""


class Pasts:
    """Of some cases, read at once."""

    def __init__(self, transaction: Transaction, case_ids: Sequence[int]) -> None:
        past = transaction.past
        self._arrivals = past.messages(case_ids)
        ids = list(self._arrivals)
        items = transaction.mentions.get(ids)
        self._items: dict[int, dict[str, StoredMention]] = defaultdict(dict)
        for item in items:
            self._items[item.case_id or 0][item.mention.id] = item
        self.verdicts = past.verdicts(ids)
        self.labels = past.labels(ids)
        self.wordings = past.wordings(ids)
        self._read_authors(transaction, items)
        self._triaged = past.triaged(case_ids)
        known = {one.mention_id for one in self._triaged if one.is_first}
        private = {said.id for all_said in self.said.values() for said in all_said if said.is_private}
        elsewhere = past.first_triaged((set(ids) | private) - known)
        self._triaged = sorted({one.order: one for one in (*self._triaged, *elsewhere)}.values(), key=_order)

    def _read_authors(self, transaction: Transaction, items: Sequence[StoredMention]) -> None:
        keys = {item.author_key for item in items if item.author_key is not None}
        instants = [item.mention.created_at for item in items]
        self.said: dict[str, list[Said]] = {}
        self.histories: dict[str, AuthorHistory] = {}
        self.muted: Mapping[str, datetime] = {}
        if keys:
            since, until = min(instants) - SEVEN_DAYS, max(instants)
            self.said = transaction.past.said_by(keys, since=since, until=until)
            self.histories = transaction.mentions.histories(keys)
            self.muted = {key: reason.at for key, reason in transaction.moderation.mutes(keys).items()}

    def of_case(self, case_id: int) -> "CasePast":
        items = self._items[case_id]
        authors = {item.author_key for item in items.values() if item.author_key is not None}
        private = {
            said.id: author
            for author in sorted(authors)
            for said in self.said.get(author, ())
            if said.is_private and said.id not in items
        }
        return CasePast(self, items, [one for one in self._triaged if one.mention_id in items], self._of(private))

    def _of(self, private: Mapping[str, str]) -> list[tuple[Triaged, str]]:
        return [(one, private[one.mention_id]) for one in self._triaged if one.is_first and one.mention_id in private]


class CasePast:
    """Of one case: the steps that made the flow decide, and what it saw at each."""

    def __init__(
        self,
        pasts: Pasts,
        items: Mapping[str, StoredMention],
        triaged: Sequence[Triaged],
        elsewhere: Sequence[tuple[Triaged, str]],
        verdicts: Mapping[Words, Verdict] | None = None,
    ) -> None:
        """`verdicts`: what counts instead of what was said then."""
        self._pasts = pasts
        self._items = items
        self._triaged = triaged
        self._elsewhere = elsewhere
        self._verdicts = verdicts
        self.steps = self._steps()

    @property
    def why_not(self) -> str | None:
        """Why this past cannot be gone through again."""
        if any(item.mention.text in (REDACTED, DELETED) for item in self._items.values()):
            return WORDS_TAKEN_OUT
        if any(not self._pasts.verdicts.get(key) for key in self._items):
            return NOT_JUDGED
        return None

    def unjudged(self, version: str) -> list[Seen]:
        """What was said, in every wording, that a version has not judged."""
        return [
            replace(seen, mention=replace(item.mention, text=words))
            for key, item in self._items.items()
            for words in self._wordings(key)
            if self._said_by(version, key, words) is None
            for seen in (self.look(key, item.mention.received_at),)
        ]

    def judged_by(self, version: str, given: Mapping[Words, Verdict]) -> "CasePast":
        """The same past with the verdicts of a version: those it gave, else those `given` now.

        Where there is neither, what was said then stays.
        """
        chosen = dict(given)
        for key in self._items:
            for words in self._wordings(key):
                said = self._said_by(version, key, words)
                if said is not None:
                    chosen[key, words] = said
        return CasePast(self._pasts, self._items, self._triaged, self._elsewhere, chosen)

    def _wordings(self, key: str) -> set[str]:
        return {wording.text for wording in self._pasts.wordings.get(key, ())} | {self._items[key].mention.text}

    def _said_by(self, version: str, key: str, words: str) -> Verdict | None:
        """Verdicts are kept of a message's present words."""
        own = [each for _, each in self._pasts.verdicts[key] if each.classifier == version]
        return own[-1] if own and words == self._items[key].mention.text else None

    def look(self, mention_id: str, at: datetime) -> Seen:
        item = self._items[mention_id]
        words, said = self._words(item, at)
        mention = replace(item.mention, text=words) if words != item.mention.text else item.mention
        chosen = (self._verdicts or {}).get((mention_id, words), said)
        author = item.author_key
        muted_at = self._pasts.muted.get(author) if author is not None else None
        return Seen(
            mention=mention,
            verdict=chosen,
            history=self._history(item, at),
            author_key=author,
            contacts=self._contacts(item, at),
            label=self._label(mention_id, at),
            is_muted=muted_at is not None and muted_at <= at,
            shares=item.decision.reach.shares if item.decision is not None else None,
            wrote_in_private=any(said.is_private and _is_there(said, at) for said in self._said(item)),
        )

    def _said(self, item: StoredMention) -> Sequence[Said]:
        return self._pasts.said.get(item.author_key or "", ())

    def _words(self, item: StoredMention, at: datetime) -> tuple[str, Verdict]:
        """As they read then, and what was said of them."""
        wordings = [one for one in self._pasts.wordings.get(item.mention.id, ()) if _was_seen(one, at)]
        given = self._pasts.verdicts[item.mention.id]
        if wordings and wordings[-1].text != item.mention.text and wordings[-1].verdict is not None:
            return wordings[-1].text, wordings[-1].verdict
        by_then = [verdict for judged_at, verdict in given if judged_at <= at]
        return item.mention.text, (by_then or [given[0][1]])[-1]

    def _label(self, mention_id: str, at: datetime) -> tuple[str, str] | None:
        by_then = [(label, who) for given_at, label, who in self._pasts.labels.get(mention_id, ()) if given_at <= at]
        return by_then[-1] if by_then else None

    def _contacts(self, item: StoredMention, at: datetime) -> int:
        """Messages in the seven days up to this one that had reached us by then, repeats left out."""
        said_at = item.mention.created_at
        return 1 + sum(
            said_at - SEVEN_DAYS <= said.created_at <= said_at and said.id != item.mention.id
            for said in self._said(item)
            if not said.is_repeat and _is_there(said, at)
        )

    def _history(self, item: StoredMention, at: datetime) -> AuthorHistory | None:
        """As `flow.arrival.histories_of` gave it then."""
        if item.author_key is None:
            return None
        until, since = item.mention.created_at, item.mention.created_at - SEVEN_DAYS
        platform = self._pasts.histories.get(item.author_key)
        if platform is not None and since <= platform.captured_at <= at:
            return platform
        posts = tuple(
            Post(said.native_id, said.text, said.created_at)
            for said in self._said(item)
            if since <= said.created_at <= until and said.id != item.mention.id and _is_there(said, at)
        )
        return AuthorHistory(posts, item.mention.received_at, complete=False)

    def _steps(self) -> list[Step]:
        """First decisions as they came; later ones only where a person or the author changed something since."""
        steps: list[tuple[int, Step]] = []
        last: dict[str, datetime] = {}
        for one in self._triaged:
            author = self._items[one.mention_id].author_key
            if one.is_first:
                steps.append((one.order, Step(one.at, Cause.NEW, one.mention_id, author)))
            elif self._was_changed(one.mention_id, last.get(one.mention_id, one.at), one.at):
                steps.append((one.order, Step(one.at, Cause.AGAIN, one.mention_id, author)))
            last[one.mention_id] = one.at
        steps += [(one.order, Step(one.at, Cause.ELSEWHERE, one.mention_id, who)) for one, who in self._elsewhere]
        return [step for _, step in sorted(steps, key=lambda pair: pair[0])]

    def _was_changed(self, mention_id: str, since: datetime, at: datetime) -> bool:
        """A retest because an author wrote again is worked out by the replay itself."""
        given = any(since < when <= at for when, _, _ in self._pasts.labels.get(mention_id, ()))
        worded = any(since < one.seen_at <= at for one in self._pasts.wordings.get(mention_id, ()))
        return given or worded


def _order(one: Triaged) -> int:
    return one.order


def _was_seen(wording: OldWording, at: datetime) -> bool:
    """The first wording came with the message, and is kept only once another takes its place."""
    return wording.is_first or wording.seen_at <= at


def _is_there(said: Said, at: datetime) -> bool:
    """Whether it was stored by then."""
    return said.arrival <= int(at.timestamp() * MICROSECONDS) + STORED_TOGETHER
