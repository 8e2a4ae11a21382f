import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from connectors.quota import LedgerInMemory
from connectors.x.around import Limits
from connectors.x.client import XClient
from connectors.x.records import Context, to_mention
from connectors.x.source import XSource
from connectors.x.wire import Post
from models import Kind, Page
from models.errors import AccessError, RetryableError
from tests.connectors.x.conftest import ALICE, BOBBY, keys, open_client, open_source
from tests.fakes.x import (
    BEARER,
    MENTIONS,
    NOW,
    OWN_ID,
    POSTS,
    SEARCH,
    TIMELINE,
    FakeX,
    limits,
    minutes,
    problem,
)


def everything(source: XSource, cursor: str | None = None) -> list[Page]:
    pages = []
    while not (page := source.pull(cursor)).is_empty:
        pages.append(page)
        cursor = page.cursor
    return pages


def test_a_mention_comes_with_who_said_it_and_how_many_listen(fake: FakeX, source: XSource) -> None:
    native_id = fake.mention(ALICE, "my card <was> charged & charged", at=NOW - minutes(5))

    (mention,) = source.pull(None).mentions

    assert (mention.channel, mention.account, mention.native_id) == ("x", OWN_ID, native_id)
    assert mention.text == "@larkbank my card <was> charged & charged"
    assert mention.created_at == NOW - minutes(5)
    assert mention.kind is Kind.MENTION
    assert mention.conversation_id == native_id
    assert mention.on_owned_channel is False
    assert mention.url == f"https://x.com/alice/status/{native_id}"
    assert mention.author is not None
    assert (mention.author.handle, mention.author.followers, mention.author.posts) == ("alice", 1200, 40)
    assert mention.author.verified is False
    assert mention.raw["summoned_by"] == "mention"


def test_an_unknown_count_of_followers_is_unknown_not_zero(fake: FakeX, source: XSource) -> None:
    fake.users[ALICE]["public_metrics"] = {}
    fake.users[ALICE].pop("verified_type")
    fake.mention(ALICE, "hello")

    (mention,) = source.pull(None).mentions

    assert mention.author is not None
    assert mention.author.followers is None
    assert mention.author.verified is None


@pytest.mark.parametrize(
    ("kind", "verified"), [("blue", False), ("none", False), ("business", True), ("government", True)]
)
def test_a_bought_badge_verifies_nobody(fake: FakeX, source: XSource, kind: str, verified: bool) -> None:
    fake.users[ALICE] |= {"verified": True, "verified_type": kind}
    fake.mention(ALICE, "hello")

    (mention,) = source.pull(None).mentions

    assert mention.author is not None
    assert mention.author.verified is verified


@pytest.mark.parametrize("request_words", ["old", "new"])
@pytest.mark.parametrize("words", ["old", "new"])
@pytest.mark.parametrize("as_text", [False, True])
def test_both_vocabularies_say_the_same(words: str, request_words: str, as_text: bool) -> None:
    fake = FakeX(words=words, request_words=request_words, with_text_counters=as_text)
    fake.add_user(ALICE, "alice", followers=1200)
    ours = fake.post(OWN_ID, "our offer", at=NOW - minutes(9))
    first = fake.mention(ALICE, "x" * 400, reply_to=ours, at=NOW - minutes(8))
    fake.edit(fake.mention(ALICE, "a scma", at=NOW - minutes(7)), "@larkbank a scam", at=NOW - minutes(6))

    (page,) = everything(open_source(open_client(fake), fake))

    (mention, edited), (edit,) = page.mentions, page.edits
    assert (mention.native_id, edited) == (first, edit.mention)
    assert mention.text == "@larkbank " + "x" * 400
    assert mention.in_reply_to == ours
    assert mention.on_owned_channel is True
    assert mention.author is not None
    assert mention.author.followers == 1200
    assert mention.author.posts == 40
    assert mention.shares == 2
    assert mention.raw["parent"] == {"text": "our offer", "author_handle": "larkbank"}
    assert edit.mention.text == "@larkbank a scam"


@pytest.mark.parametrize(
    ("told", "shares"),
    [
        ({"retweet_count": 5, "quote_count": 3}, 8),
        ({"retweet_count": 5}, 5),
        ({"quote_count": 0}, 0),
        ({"like_count": 9}, None),
        ({}, None),
        ({"retweet_count": 10**12}, None),
    ],
)
def test_shares_are_reposts_and_quotes_together_and_unknown_where_neither_is_told(
    fake: FakeX, source: XSource, told: dict[str, int], shares: int | None
) -> None:
    fake.posts[fake.mention(ALICE, "hello")]["public_metrics"] = told

    assert [mention.shares for mention in source.pull(None).mentions] == [shares]


def test_fields_nobody_told_us_of_do_no_harm(fake: FakeX, source: XSource) -> None:
    fake.unknown_fields = True
    native_id = fake.mention(ALICE, "hello")

    assert [mention.native_id for mention in source.pull(None).mentions] == [native_id]


def test_only_what_is_new_is_handed_out_and_the_oldest_first(fake: FakeX, client: XClient) -> None:
    said = [fake.mention(ALICE, f"number {number}", at=NOW - minutes(60 - number)) for number in range(7)]
    fake.page_size = 2
    source = open_source(client, fake, page_size=3)

    pages = everything(source)

    assert [[mention.native_id for mention in page.mentions] for page in pages] == [said[:3], said[3:6], said[6:]]
    from_the_top = [request for request in fake.calls(MENTIONS) if "since_id" not in request.url.params]
    assert len(from_the_top) == 4  # walked once, though handed out in three


def test_another_process_goes_on_where_one_stopped(fake: FakeX) -> None:
    said = [fake.mention(ALICE, f"number {number}", at=NOW - minutes(60 - number)) for number in range(6)]
    first = open_source(open_client(fake), fake, page_size=2).pull(None)

    rest = everything(open_source(open_client(fake), fake, page_size=2), first.cursor)

    assert [mention.native_id for page in rest for mention in page.mentions] == said[2:]


def test_a_post_that_reaches_the_feed_late_is_found(fake: FakeX, source: XSource) -> None:
    late = fake.mention(ALICE, "I came late", at=NOW - minutes(2))
    held_back = fake.posts.pop(late)
    fake.mention(BOBBY, "I came in time", at=NOW - minutes(1))
    (page,) = everything(source)
    fake.posts[late] = held_back

    (found,) = source.pull(page.cursor).mentions

    assert found.native_id == late


def test_an_unreadable_cursor_reads_as_none(fake: FakeX, source: XSource) -> None:
    native_id = fake.mention(ALICE, "hello")

    for cursor in ("", "{}", '{"newest": "abc", "seen": []}', "null", "\0"):
        assert [mention.native_id for mention in source.pull(cursor).mentions] == [native_id]


def test_an_item_deleted_between_pages_costs_only_itself(fake: FakeX, source: XSource) -> None:
    said = [fake.mention(ALICE, f"number {number}", at=NOW - minutes(60 - number)) for number in range(5)]
    fake.page_size = 2
    walked = 0

    def delete_the_next(fake: FakeX) -> None:
        nonlocal walked
        walked += 1
        if walked == 2:
            fake.delete(said[2])

    fake.before[MENTIONS] = delete_the_next

    (page,) = everything(source)

    assert [mention.native_id for mention in page.mentions] == [said[0], said[1], said[3], said[4]]


def test_pages_that_come_twice_or_out_of_order_say_each_thing_once(fake: FakeX, source: XSource) -> None:
    fake.doubled = fake.shuffled = True
    said = [fake.mention(ALICE, f"number {number}", at=NOW - minutes(60 - number)) for number in range(5)]

    (page,) = everything(source)

    assert [mention.native_id for mention in page.mentions] == said


def test_pages_that_run_in_a_circle_are_given_up(fake: FakeX, source: XSource) -> None:
    fake.mention(ALICE, "hello")
    circle = httpx.Response(200, json={"meta": {"result_count": 1, "next_token": "again"}})
    fake.fail(MENTIONS, circle, circle)

    with pytest.raises(RetryableError, match="circle"):
        source.pull(None)


def test_a_broken_item_is_kept_apart_and_the_rest_goes_on(fake: FakeX, source: XSource) -> None:
    fake.junk = [("mentions", {"id": "12", "text": None}), ("mentions", 7), ("mentions", {"text": "no id 😡"})]
    native_id = fake.mention(ALICE, "hello")

    page = source.pull(None)

    assert [mention.native_id for mention in page.mentions] == [native_id]
    assert sorted(json.loads(each.raw) if each.raw == b"7" else 0 for each in page.rejected) == [0, 0, 7]
    assert all("no id" not in each.reason for each in page.rejected)
    assert source.pull(page.cursor).mentions == []


def test_a_broken_item_alone_does_not_stand_in_the_way(fake: FakeX, source: XSource) -> None:
    fake.junk = [("mentions", {"text": "no id"})]

    page = source.pull(None)

    assert len(page.rejected) == 1
    assert source.pull(page.cursor).is_empty


@pytest.mark.parametrize("text", ["\0 nothing", "😡👩🏽‍🔧", "«נסיון» שלום", "y" * 100_000, "\ud83d half"])
def test_any_text_arrives(fake: FakeX, source: XSource, text: str) -> None:
    fake.mention(ALICE, text)

    (mention,) = source.pull(None).mentions

    assert mention.text == "@larkbank " + text.replace("\ud83d", "?")


def test_our_own_posts_are_no_mentions(fake: FakeX, source: XSource) -> None:
    ours = fake.post(OWN_ID, "@larkbank tells you something")

    page = source.pull(None)

    assert not page.mentions
    assert [(each.mention.native_id, each.is_ours) for each in page.bystanders] == [(ours, True)]


def test_a_repost_is_counted_on_what_was_shown_again(fake: FakeX, source: XSource) -> None:
    original = fake.mention(ALICE, "a scam", at=NOW - minutes(5))
    fake.post(BOBBY, "RT @alice: @larkbank a scam", reposting=original)

    page = source.pull(None)

    assert [mention.native_id for mention in page.mentions] == [original]
    assert [(each.native_id, each.author_id) for each in page.reposts] == [(original, BOBBY)]


def test_an_edit_keeps_the_name_and_the_instant_of_the_first_words(fake: FakeX, source: XSource) -> None:
    native_id = fake.mention(ALICE, "a scma", at=NOW - minutes(9))
    page = source.pull(None)
    version = fake.edit(native_id, "@larkbank a scam", at=NOW - minutes(4))

    later = source.pull(page.cursor)

    (edit,) = later.edits
    assert not later.mentions
    assert edit.version == version
    assert edit.edited_at == NOW - minutes(4)
    assert edit.mention.id == page.mentions[0].id
    assert edit.mention.created_at == NOW - minutes(9)
    assert edit.mention.text == "@larkbank a scam"


def test_a_thread_comes_with_what_was_said_before_and_beside(fake: FakeX, source: XSource) -> None:
    ours = fake.post(OWN_ID, "our offer", at=NOW - minutes(30))
    beside = fake.post(BOBBY, "not bad", reply_to=ours, at=NOW - minutes(20))
    fake.posts[beside]["in_reply_to_user_id"] = ALICE  # it did not reach us by itself
    reply = fake.post(ALICE, "@larkbank a scam", reply_to=ours, at=NOW - minutes(10))

    page = source.pull(None)

    (mention,) = page.mentions
    assert (mention.native_id, mention.kind, mention.on_owned_channel) == (reply, Kind.REPLY, True)
    assert [(each.mention.native_id, each.is_ours) for each in page.bystanders] == [(ours, True), (beside, False)]
    assert page.bystanders[0].mention.conversation_id == mention.conversation_id
    assert mention.raw["parent"] == {"text": "our offer", "author_handle": "larkbank"}


def test_a_missing_parent_is_looked_up_once(fake: FakeX) -> None:
    fake.request_words = "new"
    first = fake.post(BOBBY, "bad banks", at=NOW - minutes(30))
    second = fake.post(BOBBY, "very bad", reply_to=first, at=NOW - minutes(29))
    fake.unindexed = {first, second}
    for number in range(2):
        fake.mention(ALICE, f"you too, {number}", reply_to=second, at=NOW - minutes(10 - number))

    page = open_source(open_client(fake), fake).pull(None)

    assert {each.mention.native_id for each in page.bystanders} == {first, second}
    assert [request.url.params["ids"] for request in fake.calls(POSTS)] == [first]


def test_a_history_holds_the_week_before_and_is_read_once_for_an_author(fake: FakeX, source: XSource) -> None:
    fake.post(ALICE, "long ago", at=NOW - timedelta(days=9))
    earlier = [fake.post(ALICE, f"day {day}", at=NOW - timedelta(days=day)) for day in (6, 3)]
    fake.post(ALICE, "RT", reposting=earlier[0], at=NOW - timedelta(days=2))
    said = [fake.mention(ALICE, f"number {number}", at=NOW - minutes(10 - number)) for number in range(2)]
    fake.post(ALICE, "afterwards", at=NOW - minutes(1))

    page = source.pull(None)

    assert [post.native_id for post in page.histories[ALICE]] == [*earlier, said[0]]
    assert [post.shares for post in page.histories[ALICE]] == [2, 2, 2]
    assert len(fake.calls(TIMELINE)) == 1


def test_an_author_who_was_read_a_short_while_ago_is_not_paid_for_again(fake: FakeX, client: XClient) -> None:
    fake.mention(ALICE, "hello")
    fake.mention(BOBBY, "hello")
    page = open_source(client, fake, limits=Limits(is_known=lambda author_id: author_id == ALICE)).pull(None)
    assert ALICE not in page.histories
    assert BOBBY in page.histories


def test_a_history_ends_where_the_author_spoke_to_us(fake: FakeX, source: XSource) -> None:
    earlier = fake.post(ALICE, "before", at=NOW - timedelta(days=5))
    fake.mention(ALICE, "hello", at=NOW - timedelta(days=4))
    for number in range(30):
        fake.post(ALICE, f"afterwards {number}", at=NOW - timedelta(days=2))

    assert [post.native_id for post in source.pull(None).histories[ALICE]] == [earlier]


def test_no_context_is_bought_for_what_is_older_than_a_week(fake: FakeX, source: XSource) -> None:
    root = fake.post(BOBBY, "root", at=NOW - timedelta(days=20))
    fake.mention(ALICE, "long ago", reply_to=root, at=NOW - timedelta(days=19))

    page = source.pull(None)

    assert len(page.mentions) == 1
    assert not page.histories
    assert {request.url.path for request in fake.requests} == {f"/2/users/{OWN_ID}/mentions"}


def test_an_author_whose_posts_are_protected_has_no_history(fake: FakeX, source: XSource) -> None:
    fake.users[ALICE]["protected"] = True
    fake.mention(ALICE, "hello")
    fake.mention(BOBBY, "hello")

    assert set(source.pull(None).histories) == {BOBBY}


def test_no_history_and_no_thread_are_read_where_none_are_wanted(fake: FakeX, client: XClient) -> None:
    fake.mention(ALICE, "a scam", reply_to=fake.post(OWN_ID, "our offer"))
    nothing = Limits(history=timedelta(0), thread_posts=0)

    page = open_source(client, fake, limits=nothing).pull(None)

    assert len(page.mentions) == 1
    assert {request.url.path for request in fake.requests} == {f"/2/users/{OWN_ID}/mentions"}


@pytest.mark.parametrize("endpoint", [TIMELINE, SEARCH, POSTS])
def test_mentions_are_not_held_back_for_want_of_context(fake: FakeX, source: XSource, endpoint: str) -> None:
    fake.request_words = "old"
    gone = fake.post(BOBBY, "root")
    native_id = fake.mention(ALICE, "a scam", reply_to=gone)
    fake.delete(gone)
    fake.fail(endpoint, *[problem(429, "about:blank", "Too Many", headers=limits(NOW, remaining=0))] * 3)

    page = source.pull(None)

    assert [mention.native_id for mention in page.mentions] == [native_id]


def test_search_finds_what_does_not_mention_us(fake: FakeX, client: XClient) -> None:
    native_id = fake.post(ALICE, "Lark Bank is slow")

    (mention,) = open_source(client, fake, query="lark bank").pull(None).mentions

    assert mention.native_id == native_id
    assert mention.raw["addresses_us"] is False


def test_a_search_that_rested_for_more_than_a_week_does_not_ask_for_what_x_refuses(
    fake: FakeX, client: XClient
) -> None:
    fake.post(ALICE, "lark one")
    source = open_source(client, fake, query="lark")
    page = source.pull(None)
    fake.now = NOW + timedelta(days=8)
    later = fake.post(ALICE, "lark two")

    (mention,) = source.pull(page.cursor).mentions

    assert mention.native_id == later


def test_a_bearer_token_is_enough_to_read_mentions(fake: FakeX) -> None:
    fake.mention(ALICE, "hello")
    only_bearer = keys(bearer_token=SecretStr(BEARER), access_token=None, access_token_secret=None)

    assert len(open_source(open_client(fake, given=only_bearer), fake).pull(None).mentions) == 1


def test_reading_the_same_again_costs_nothing_more(fake: FakeX, ledger: LedgerInMemory, client: XClient) -> None:
    fake.mention(ALICE, "hello")
    page = open_source(client, fake).pull(None)
    spent = ledger.spent(f"x:{OWN_ID}", since=NOW - timedelta(days=1))

    open_source(open_client(fake, ledger), fake).pull(page.cursor)

    assert spent == Decimal("0.011")  # the mention and its author; in the author's history it is the same post
    assert ledger.spent(f"x:{OWN_ID}", since=NOW - timedelta(days=1)) == spent


def test_wrong_keys_are_told_and_hold_no_secret(fake: FakeX) -> None:
    wrong = replace(keys(), access_token_secret=SecretStr("not-the-secret"))

    with pytest.raises(AccessError) as raised:
        open_source(open_client(fake, given=wrong), fake).pull(None)

    assert "not-the-secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("attachments", "kept"),
    [
        (
            {"media_keys": ["3_1", "16_2", "99_3", 7]},
            [{"type": "photo"}, {"type": "animated_gif"}, {"type": "unknown"}],
        ),
        ({"poll_ids": ["1"]}, None),
        ({"media_keys": "3_1"}, None),
        ("no thing", None),
    ],
)
def test_what_a_post_carries_beside_its_words_is_kept(attachments: object, kept: object) -> None:
    post = Post.model_validate({"id": "20", "text": "look", "created_at": NOW, "attachments": attachments})
    assert to_mention(post, Context(OWN_ID, received_at=NOW)).raw.get("media") == kept
