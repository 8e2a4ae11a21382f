"""What is gone does not come back with a later delivery: a page is cleared of it before anything is kept."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from models import Bystander, Mention, Page
from models.identity import author_key, mention_id
from store.store import Transaction


def without_gone(transaction: Transaction, page: Page, *, source: str) -> Page:
    """Messages that are there, emptied, stay as they are; bystanders, quotes and histories lose what is gone.

    A message that nobody had before is news, whoever wrote it, and stays.
    """
    around = [one.mention for one in page.bystanders]
    told = [*page.mentions, *(edit.mention for edit in page.edits), *around]
    ids = {mention.id for mention in told} | {parent for mention in told if (parent := _parent(mention))}
    gone = transaction.erasures.gone(ids)
    keys = {author: author_key(source, author) for author in page.histories}
    erased = transaction.erasures.erased_at({*keys.values(), *(key for each in around if (key := _author(each)))})
    if not gone and not erased:
        return page
    told = [mention for mention in told if mention.id not in gone]
    heard = {mention.author.id for mention in told if mention.author is not None}
    return replace(
        page,
        mentions=[_unquoted(mention, gone) for mention in page.mentions if mention.id not in gone],
        edits=[
            replace(edit, mention=_unquoted(edit.mention, gone)) for edit in page.edits if edit.mention.id not in gone
        ],
        bystanders=[one for one in page.bystanders if _is_kept(one, gone, erased)],
        histories={
            author: [post for post in posts if (at := erased.get(keys[author])) is None or post.created_at > at]
            for author, posts in page.histories.items()
            if author in heard
        },
    )


def _is_kept(one: Bystander, gone: set[str], erased: Mapping[str, datetime]) -> bool:
    at = erased.get(_author(one.mention) or "")
    is_old = at is not None and one.mention.created_at <= at
    return one.is_ours or not (is_old or one.mention.id in gone)


def _author(mention: Mention) -> str | None:
    return author_key(mention.channel, mention.author.id) if mention.author is not None else None


def _parent(mention: Mention) -> str | None:
    if mention.in_reply_to is None:
        return None
    return mention_id(mention.channel, mention.account, mention.in_reply_to)


def _unquoted(mention: Mention, gone: set[str]) -> Mention:
    if _parent(mention) not in gone or "parent" not in mention.raw:
        return mention
    return replace(mention, raw={name: value for name, value in mention.raw.items() if name != "parent"})
