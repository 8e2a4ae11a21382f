"""What is known of the author, from the facts that were captured with the last message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from inbox import wording
from inbox.deleted import posts_shown
from inbox.languages import _
from models import Author, CaseState, Post
from store.cases import StoredCase
from store.mentions import StoredMention
from store.store import Transaction

WEEK = timedelta(days=7)
POSTS_SHOWN = 20


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
    return AuthorCard(author, age, last.captured_at, posts, told_by, others)


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
