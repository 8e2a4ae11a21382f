"""Does the author act in bad faith: a sum of named facts about the account and its last seven days.

The weights are a judgement written down, not learnt: no set labels trolls by their accounts. `account-bots`, a set of
self-declared bots beside well-known people, bears out the cues on picture, followers, accounts followed and
verification, and neither the bio nor the handle: weak evidence, so those two weigh least. Of what the message itself
says only advertising counts, and little: rude words, asking for money back, swearing and dialect are no cues, for no
classifier tells an angry customer from a troll well enough. The score never closes a complaint.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from classify.text import HANDLE, cleaned, forms
from models.author import Author, AuthorHistory, Post
from models.mention import Mention
from models.verdict import Reason

START = -3.2
"""Log-odds of an account that nothing is known of: 0.04."""

NO_PICTURE = Reason("no profile picture", 0.5)
NO_FOLLOWERS = Reason("no followers", 0.7)
FOLLOWS_FEW = Reason("follows fewer than five accounts", 0.4)
EMPTY_BIO = Reason("empty bio", 0.2)
DEFAULT_HANDLE = Reason("handle ends in five or more digits", 0.3)
FIRST_WEEK = Reason("account younger than seven days", 1.0)
FIRST_MONTH = Reason("account younger than thirty days", 0.6)
VERIFIED = Reason("verified account", -1.5)
MANY_POSTS = Reason("more than fifty posts a day in the last week", 1.2)
SAME_WORDS = Reason("the same words again and again in the last week", 1.8)
MOSTLY_REPLIES = Reason("nearly all posts of the last week are addressed to others", 0.8)
ABUSIVE_WEEK = Reason("most of the last week's posts look abusive", 1.5)
SPAM_TEXT = 1.2
"""Most that an advertising text adds, at `spam_score` 1; nothing below 0.5."""

_FEW_FOLLOWED = 5
_TRAILING_DIGITS = re.compile(r"(?<!\d)\d{5,}(?:@|\.|$)")
_DAYS_OF_HISTORY = 7
_MANY_POSTS_A_DAY = 50
_LEAST_POSTS_FOR_REPEATS = 4
_LEAST_POSTS_FOR_REPLIES = 10
_SHARE_REPEATED = 0.5
_SHARE_REPLIES = 0.9


@dataclass(frozen=True, slots=True)
class TextCues:
    """What the classifier says of the author's words."""

    spam_score: float
    is_week_abusive: bool | None
    """Whether most of the last week's posts look abusive; None where nobody looked."""


def assess_author(mention: Mention, history: AuthorHistory | None, cues: TextCues) -> tuple[float, tuple[Reason, ...]]:
    """The score, and every cue that was present, strongest first. What is unknown counts neither way."""
    found = [*_account_cues(mention), *_week_cues(history), *_text_cues(cues)]
    found.sort(key=lambda reason: (-abs(reason.weight), reason.text))
    total = START + sum(reason.weight for reason in found)
    return 1 / (1 + math.exp(-total)), tuple(found)


def _account_cues(mention: Mention) -> Iterator[Reason]:
    author = mention.author
    if author is None:
        return
    if author.has_avatar is False:
        yield NO_PICTURE
    if author.followers == 0:
        yield NO_FOLLOWERS
    if author.following is not None and author.following < _FEW_FOLLOWED:
        yield FOLLOWS_FEW
    if author.bio is not None and not author.bio.strip():
        yield EMPTY_BIO
    if author.handle and _TRAILING_DIGITS.search(author.handle):
        yield DEFAULT_HANDLE
    if author.verified:
        yield VERIFIED
    yield from _age_cue(author, mention)


def _age_cue(author: Author, mention: Mention) -> Iterator[Reason]:
    if author.created_at is None:
        return
    age = mention.created_at - author.created_at
    if age < timedelta(days=7):
        yield FIRST_WEEK
    elif age < timedelta(days=30):
        yield FIRST_MONTH


def _week_cues(history: AuthorHistory | None) -> Iterator[Reason]:
    if history is None or not history.posts:
        return
    posts = history.posts
    if len(posts) > _MANY_POSTS_A_DAY * _DAYS_OF_HISTORY:
        yield MANY_POSTS
    if len(posts) >= _LEAST_POSTS_FOR_REPEATS and _repeated_share(posts) >= _SHARE_REPEATED:
        yield SAME_WORDS
    # Posts that reached us are all addressed to us, so they say nothing about the rest of the week.
    is_telling = history.complete and len(posts) >= _LEAST_POSTS_FOR_REPLIES
    if is_telling and sum(_is_addressed(post) for post in posts) >= _SHARE_REPLIES * len(posts):
        yield MOSTLY_REPLIES


def _repeated_share(posts: tuple[Post, ...]) -> float:
    """Share of the posts that say what another one says, whoever they are addressed to."""
    said = Counter(tuple(form for form in forms(cleaned(post.text)) if form != HANDLE) for post in posts)
    return sum(count for words, count in said.items() if count > 1 and words) / len(posts)


def _is_addressed(post: Post) -> bool:
    return post.text.lstrip().startswith("@")


def _text_cues(cues: TextCues) -> Iterator[Reason]:
    if cues.is_week_abusive:
        yield ABUSIVE_WEEK
    if cues.spam_score > 0.5:
        yield Reason("reads like advertising", round(SPAM_TEXT * (cues.spam_score - 0.5) * 2, 3))
