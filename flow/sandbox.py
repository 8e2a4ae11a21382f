"""A home of its own to train in: anonymised copies of real cases, and what was really done with each.

Only the words, the times and the sort of author are copied, all changed so that nobody is found again. Verdicts,
decisions, clocks and register entries are not: the sandbox works them out itself, as for messages that just came.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from connectors.replay.sample import sample_path
from flow.anonymous import Anonymous, words_in
from flow.arrival import keep_page
from models import ActorKind, Author, Event, Mention, Page
from models.errors import SetupError
from models.identity import mention_id
from models.retention import DELETED, REDACTED
from policy.loading import PACKS
from policy.retention import Retention
from store.mentions import StoredMention
from store.migrate import upgrade
from store.outbox import Effect, OutboxRow
from store.queue import Lane
from store.store import Store, Transaction

MARKER = "sandbox.json"
"""In the home of a sandbox: that it is one, and what really happened."""
DATABASE = "earshot.db"
LEAST_AUTHORS = 5
"""A word that so many different authors used names none of them."""
MOST_CASES = 1000
NEWEST = timedelta(minutes=5)
_CODE = re.compile(r"[a-z][a-z0-9_:]{0,39}")
TOLD = frozenset("label tier priority state is_complaint clock outcome status is_private complaint_type".split())
"""Facts of an event that are codes of the program; whatever else it says stays behind."""


@dataclass(frozen=True, slots=True)
class Made:
    cases: int
    messages: int
    left_out: int
    """Cases whose words were taken out."""


def make(
    source: Store,
    folder: Path,
    retention: Retention,
    *,
    since: datetime,
    until: datetime,
    most: int,
    seed: str,
    now: datetime,
) -> Made:
    """Copy at most `most` cases with a message from `since` to before `until`, drawn by chance, into a new folder.

    Raises: SetupError where the folder is not empty, or there is no case.
    """
    _make_folder(folder)
    with source.reading() as transaction:
        ids = _chosen(transaction, since, until, most, seed)
        if not ids:
            raise SetupError("no case had a message in these days: choose others with --from and --to")
        allowed, names = _allowed(transaction, ids), _names(transaction)
    copied: list[list[Mention]] = []
    stories: dict[str, list[dict[str, object]]] = {}
    for place, case_id in enumerate(ids):
        with source.reading() as transaction:
            found = _Copy(transaction, case_id, place, allowed, names, f"{seed}:{case_id}").made()
        if found is not None:
            mentions, story = found
            copied.append(mentions)
            stories[mentions[0].id] = story
    if not copied:
        raise SetupError("of all cases in these days the words were taken out: there is nothing to copy")
    _keep(folder, copied, retention, now=now)
    kept: dict[str, object] = {"made_at": now.isoformat(timespec="seconds"), "stories": stories}
    (folder / MARKER).write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")
    return Made(len(copied), sum(len(each) for each in copied), len(ids) - len(copied))


def story_of(home: Path, mention_ids: Sequence[str]) -> list[Mapping[str, object]]:
    """What really happened with the case that these messages were copied from; nothing where none was."""
    try:
        stories = json.loads((home / MARKER).read_text(encoding="utf-8"))["stories"]
    except (OSError, ValueError, KeyError):
        return []
    return next((stories[key] for key in mention_ids if key in stories), [])


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        is_empty = next(folder.iterdir(), None) is None
    except OSError as error:
        raise SetupError(f"cannot use the folder {folder}: {error.strerror}; name one you may write to") from None
    if not is_empty:
        raise SetupError(f"{folder} is not empty: a sandbox is made in a new folder, and never over anything")
    folder.chmod(0o700)


def _chosen(transaction: Transaction, since: datetime, until: datetime, most: int, seed: str) -> list[int]:
    ids: list[int] = []
    while found := transaction.past.cases_between(since, until, after=ids[-1] if ids else 0, limit=MOST_CASES):
        ids += found
    drawn = random.Random(seed).sample(ids, min(most, len(ids)))  # noqa: S311 - a sample, no secret
    return sorted(drawn)


def _allowed(transaction: Transaction, ids: list[int]) -> frozenset[str]:
    """Words of what the program ships, and those that many authors used."""
    shipped = "\n".join(json.loads(line)["text"] for line in sample_path().read_text(encoding="utf-8").splitlines())
    allowed = words_in(shipped) | words_in((PACKS / "house" / "pack.toml").read_text(encoding="utf-8"))
    users: dict[str, set[str]] = defaultdict(set)
    for author, text in transaction.people_named.texts(ids):
        for word in words_in(text) - allowed:
            if len(users[word]) < LEAST_AUTHORS:
                users[word].add(author)
    return frozenset(allowed | {word for word, who in users.items() if len(who) >= LEAST_AUTHORS})


def _names(transaction: Transaction) -> frozenset[str]:
    """Each whole, and each of its words."""
    found: set[str] = set()
    for spelling in transaction.people_named.spellings():
        bare = spelling.lstrip("@").casefold()
        found |= {bare, *words_in(bare)}
    return frozenset(found)


class _Copy:
    """One case without the people in it."""

    def __init__(
        self,
        transaction: Transaction,
        case_id: int,
        place: int,
        allowed: frozenset[str],
        names: frozenset[str],
        seed: str,
    ) -> None:
        self._transaction = transaction
        self._case_id = case_id
        self._place = place
        self._items = transaction.mentions.of_case(case_id)
        accounts = {item.mention.account for item in self._items}
        self._words = Anonymous(allowed, names, ours=accounts, seed=seed)
        for item in self._items:
            author = item.mention.author
            if author is not None and item.author_key is not None:
                self._words.knows(item.author_key, (author.handle, author.name, *(author.name or "").split()))
        self._new_ids = {item.mention.native_id: f"s{place}-{number}" for number, item in enumerate(self._items)}

    def made(self) -> tuple[list[Mention], list[dict[str, object]]] | None:
        """Its messages, oldest first, and its story; None where words were taken out."""
        if not self._items or any(item.mention.text in (REDACTED, DELETED) for item in self._items):
            return None
        return [self._mention(item) for item in self._items], self._story()

    def _mention(self, item: StoredMention) -> Mention:
        mention = item.mention
        native_id = self._new_ids[mention.native_id]
        return replace(
            mention,
            id=mention_id(mention.channel, mention.account, native_id),
            native_id=native_id,
            text=self._words.text(mention.text) or "…",
            conversation_id=f"s{self._place}",
            in_reply_to=self._new_ids.get(mention.in_reply_to or ""),
            lang=mention.lang,
            url=None,
            author=self._author(item),
            shares=self._words.number(mention.shares),
            raw={},
        )

    def _author(self, item: StoredMention) -> Author | None:
        author = item.mention.author
        if author is None:
            return None
        name, handle = self._words.person(item.author_key or "")
        return Author(
            id=handle,
            handle=handle,
            name=name,
            followers=self._words.number(author.followers),
            following=self._words.number(author.following),
            posts=self._words.number(author.posts),
            verified=author.verified,
            has_avatar=author.has_avatar,
        )

    def _story(self) -> list[dict[str, object]]:
        """What people and rules did, by hours since the first message; replies without the people in them."""
        began = self._items[0].mention.created_at
        events = self._transaction.events.of_case(self._case_id)
        told = [(event.at, self._told(event)) for event in events if event.actor_kind is not ActorKind.AUTHOR]
        rows = self._transaction.outbox.of_case(self._case_id)
        told += [(row.created_at, self._reply(row)) for row in rows if row.effect is Effect.SEND_REPLY]
        ordered = sorted(told, key=lambda pair: pair[0])
        return [{"minutes": int((at - began).total_seconds() // 60)} | facts for at, facts in ordered]

    def _told(self, event: Event) -> dict[str, object]:
        facts = {name: value for name, value in event.facts.items() if name in TOLD and _is_code(value)}
        return {"kind": event.kind.value, "by": event.actor_kind.value, "facts": facts}

    def _reply(self, row: OutboxRow) -> dict[str, object]:
        by = ActorKind.PERSON if row.payload.get("person") else ActorKind.RULE
        text = self._words.text(str(row.payload.get("text") or ""))
        return {"kind": "reply", "by": by.value, "facts": {"state": row.state.value}, "text": text}


def _is_code(value: object) -> bool:
    return isinstance(value, bool | int) or (isinstance(value, str) and _CODE.fullmatch(value) is not None)


def _keep(folder: Path, cases: Sequence[Sequence[Mention]], retention: Retention, *, now: datetime) -> None:
    """All moved by the same span, so that the newest was said just now and clocks run."""
    store = Store(f"sqlite:///{folder / DATABASE}")
    try:
        upgrade(store.engine)
        moved = _moved([mention for each in cases for mention in each], now)
        for start in range(0, len(moved), MOST_CASES):
            with store.writing() as transaction:
                page = Page(moved[start : start + MOST_CASES], "")
                lane = Lane.JUDGE.value
                keep_page(transaction, page, retention, source="sandbox", keep_cursor_as=None, lane=lane, now=now)
    finally:
        store.close()


def _moved(mentions: Sequence[Mention], now: datetime) -> list[Mention]:
    shift = now - NEWEST - max(mention.created_at for mention in mentions)
    moved = (
        replace(
            mention, created_at=_minute(mention.created_at + shift), received_at=_minute(mention.created_at + shift)
        )
        for mention in mentions
    )
    return sorted(moved, key=lambda mention: (mention.created_at, mention.id))


def _minute(at: datetime) -> datetime:
    """Seconds would tell one public message from another."""
    return at.replace(second=0, microsecond=0)
