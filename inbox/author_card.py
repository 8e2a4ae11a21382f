"""What is known of the author, from the facts that were captured with the last message, and how to reach them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from inbox import wording
from inbox.composer import PRIVATE, PUBLIC, Composer, may_reply, modes_of
from inbox.deleted import posts_shown
from inbox.languages import _
from inbox.visit import Visit
from models import Author, CaseState, Post
from models.follow_up import STATUS_PAGE
from store.cases import StoredCase
from store.mentions import MOST_OF_A_WEEK, StoredMention
from store.store import Transaction

WEEK = timedelta(days=7)
POSTS_SHOWN = 20
STAFF_NAMED = "staff_named"
"""Tag of messages that speak of one of our people."""


@dataclass(frozen=True, slots=True)
class AuthorCard:
    author: Author
    account_age: str
    captured_at: datetime | None
    posts: list[Post]
    """Newest first."""
    posts_from: str
    cases: list[StoredCase]
    """Others of the same author, newest first."""
    wrote: int = 0
    """Messages to us or about us in the last seven days, counted up to `MOST_OF_A_WEEK`."""
    named_staff: int = 0
    """Of these, those that speak of one of our people."""

    @property
    def is_more(self) -> bool:
        return self.wrote >= MOST_OF_A_WEEK


@dataclass(frozen=True, slots=True)
class Contact:
    """How the author can be answered, as the platform says it now."""

    ways: str
    """Empty where they cannot."""
    why_not: str
    until: datetime | None
    """The end of the reply window; where they cannot be answered, when that ends. None where no end is known."""
    due: tuple[str, str] | None
    """How long the window is still open: (words, state)."""


def contact_of(
    visit: Visit, case: StoredCase, mentions: Sequence[StoredMention], composer: Composer | None
) -> Contact | None:
    """Call it outside a transaction: some platforms are asked. What the composer was told is not asked again, so that
    it is None where the composer answers somebody else, or no message of the author's is there.
    """
    theirs = [
        one.mention for one in mentions if one.author_key == case.author_key and one.mention.channel != STATUS_PAGE
    ]
    if case.author_key is None or not theirs:
        return None
    if composer is None:
        may = may_reply(visit, theirs[-1])
        modes = modes_of(theirs[-1], may)
    elif composer.mention_id in {mention.id for mention in theirs}:
        may, modes = composer.may, composer.modes
    else:
        return None
    possible = {mode.code for mode in modes if mode.is_possible}
    both = _("in public and in private") if {PUBLIC, PRIVATE} <= possible else ""
    ways = both or (_("in public") if PUBLIC in possible else _("in private") if PRIVATE in possible else "")
    due = wording.due(may.until, visit.now, _("closes")) if may.until and may.allowed else None
    return Contact(ways, may.reason, may.until, due)


def author_card(
    transaction: Transaction, case: StoredCase, mentions: Sequence[StoredMention], *, now: datetime
) -> AuthorCard | None:
    """None where no message of the case came with its author."""
    theirs = [item for item in mentions if item.author_key == case.author_key]
    last = theirs[-1] if theirs else None
    author = last.mention.author if last is not None else None
    if last is None or author is None or case.author_key is None:
        return None
    posts, told_by = _posts(transaction, case.author_key, last)
    posts = posts_shown(transaction, posts, last)
    others = [other for other in transaction.cases.of_author(case.author_key) if is_another(other, case)]
    age = wording.age_of_account(author.created_at, now)
    wrote, named = transaction.mentions.count_by(case.author_key, STAFF_NAMED, since=now - WEEK)
    return AuthorCard(author, age, last.captured_at, posts, told_by, others, wrote, named)


def is_another(other: StoredCase, case: StoredCase) -> bool:
    """One that was merged away is shown by the case that stands for it."""
    return other.id != case.id and other.state is not CaseState.MERGED


def _posts(transaction: Transaction, key: str, last: StoredMention) -> tuple[list[Post], str]:
    """The seven days before the last message: the platform's own list, or what reached us."""
    until = last.mention.created_at
    history = transaction.mentions.histories([key]).get(key)
    if history is not None:
        return list(reversed(history.posts))[:POSTS_SHOWN], _("as the platform showed them")
    known = transaction.mentions.posts_by([key], since=until - WEEK, until=until).get(key, [])
    return list(reversed(known))[:POSTS_SHOWN], _("as far as they reached us")
