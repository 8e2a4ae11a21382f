from dataclasses import replace
from datetime import timedelta
from itertools import islice, permutations

import pytest

from classify import bad_faith
from classify.bad_faith import TextCues, assess_author
from models.author import Author, AuthorHistory, Post
from tests.classify.conftest import SAID_AT

NO_TEXT_CUES = TextCues(spam_score=0.0, is_week_abusive=None)
PLAIN = Author(
    id="1",
    handle="jane_doe",
    name="Jane",
    bio="Gardener",
    followers=120,
    following=80,
    posts=400,
    verified=False,
    has_avatar=True,
    created_at=SAID_AT - timedelta(days=900),
)


def week(*texts, complete=True):
    posts = tuple(Post(str(at), text, SAID_AT - timedelta(hours=at)) for at, text in enumerate(texts))
    return AuthorHistory(posts=posts, captured_at=SAID_AT, complete=complete)


def test_a_plain_account_shows_no_cue(mention):
    score, reasons = assess_author(mention("hi", author=PLAIN), week("a walk", "a cat"), NO_TEXT_CUES)

    assert reasons == ()
    assert score < 0.1


@pytest.mark.parametrize(
    ("facts", "cue"),
    [
        ({"has_avatar": False}, bad_faith.NO_PICTURE),
        ({"followers": 0}, bad_faith.NO_FOLLOWERS),
        ({"following": 2}, bad_faith.FOLLOWS_FEW),
        ({"bio": "  "}, bad_faith.EMPTY_BIO),
        ({"handle": "jane83749261"}, bad_faith.DEFAULT_HANDLE),
        ({"handle": "jane83749261@social.example"}, bad_faith.DEFAULT_HANDLE),
        ({"created_at": SAID_AT - timedelta(days=2)}, bad_faith.FIRST_WEEK),
        ({"created_at": SAID_AT - timedelta(days=20)}, bad_faith.FIRST_MONTH),
        ({"verified": True}, bad_faith.VERIFIED),
    ],
)
def test_each_account_cue_is_reported_and_moves_the_score(mention, facts, cue):
    score, reasons = assess_author(mention("hi", author=replace(PLAIN, **facts)), None, NO_TEXT_CUES)
    without, _ = assess_author(mention("hi", author=PLAIN), None, NO_TEXT_CUES)

    assert reasons == (cue,)
    assert (score > without) == (cue.weight > 0)


@pytest.mark.parametrize(
    ("history", "cue"),
    [
        (week(*(" ".join(letters) for letters in islice(permutations("abcdefg", 4), 351))), bad_faith.MANY_POSTS),
        (week("@a buy now", "@b buy now", "@c BUY now", "a walk"), bad_faith.SAME_WORDS),
        (week(*(f"@a{at} {'well ' * at} so" for at in range(1, 12))), bad_faith.MOSTLY_REPLIES),
    ],
)
def test_each_cue_of_the_week_is_reported(mention, history, cue):
    _, reasons = assess_author(mention("hi", author=PLAIN), history, NO_TEXT_CUES)

    assert reasons == (cue,)


def test_only_posts_that_reached_us_say_nothing_about_replies(mention):
    history = week(*(f"@a{at} {'well ' * at} so" for at in range(1, 12)), complete=False)

    assert assess_author(mention("hi", author=PLAIN), history, NO_TEXT_CUES)[1] == ()


def test_an_abusive_week_is_reported(mention):
    _, reasons = assess_author(mention("hi", author=PLAIN), None, replace(NO_TEXT_CUES, is_week_abusive=True))

    assert reasons == (bad_faith.ABUSIVE_WEEK,)


def test_unknown_facts_count_neither_way(mention):
    nobody, reasons = assess_author(mention("hi", author=Author(id="1")), None, NO_TEXT_CUES)
    without_author, _ = assess_author(mention("hi"), None, NO_TEXT_CUES)

    assert reasons == ()
    assert nobody == without_author


def test_words_alone_never_make_bad_faith(mention):
    score, reasons = assess_author(mention("hi", author=PLAIN), None, TextCues(1.0, None))

    assert reasons
    assert score < 0.5


def test_a_new_and_empty_account_alone_is_at_most_doubtful(mention):
    newcomer = Author(id="1", handle="jane", bio="", followers=0, following=3, has_avatar=False, created_at=SAID_AT)

    score, reasons = assess_author(mention("hi", author=newcomer), None, NO_TEXT_CUES)

    assert len(reasons) == 5
    assert score < 0.5


def test_an_empty_account_that_repeats_itself_and_insults_is_bad_faith(mention):
    troll = Author(id="1", handle="user8362514", bio="", followers=0, following=1, has_avatar=False, created_at=SAID_AT)
    history = week(*(f"@brand{at} you scum" for at in range(20)))

    score, _ = assess_author(mention("hi", author=troll), history, TextCues(0.1, True))

    assert score > 0.9


def test_cues_are_listed_strongest_first(mention):
    facts = replace(PLAIN, has_avatar=False, followers=0, verified=True)
    _, reasons = assess_author(mention("hi", author=facts), None, NO_TEXT_CUES)

    assert [reason.text for reason in reasons] == ["verified account", "no followers", "no profile picture"]
