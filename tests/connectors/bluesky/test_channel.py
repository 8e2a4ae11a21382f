import json
from dataclasses import replace

import httpx
import pytest

from connectors.bluesky.channel import BlueskyChannel
from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.record_key import ALPHABET, record_key
from connectors.bluesky.rich_text import facets, graphemes
from models import AuthoredBy, Kind, MayReply, Mention, Reply
from models.errors import PermanentError, RetryableError
from tests.connectors.bluesky.conftest import open_source
from tests.fakes.bluesky import DID, FakeBluesky, refused

PUT = "com.atproto.repo.putRecord"
SORRY = Reply("reply:1", "Sorry to hear that!", is_private=False, authored_by=AuthoredBy.PERSON)


@pytest.fixture
def mention(fake: FakeBluesky, client: BlueskyClient, alice: str) -> Mention:
    fake.mention(alice, "my card was charged twice")
    (pulled,) = open_source(client).pull(None).mentions
    return pulled


def test_a_reply_stands_under_the_post(fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
    receipt = channel.reply(mention, SORRY)

    ((rkey, record),) = fake.own_records.items()
    answered = {"uri": mention.native_id, "cid": "cid1"}
    assert record == {
        "$type": "app.bsky.feed.post",
        "text": "Sorry to hear that!",
        "createdAt": "2026-06-05T12:00:00.000Z",
        "reply": {"root": answered, "parent": answered},
    }
    assert receipt.reference == f"at://{DID}/app.bsky.feed.post/{rkey}"
    assert receipt.url == f"https://bsky.app/profile/{DID}/post/{rkey}"
    assert not receipt.found


def test_deep_in_a_thread_the_reply_names_its_root(
    fake: FakeBluesky, client: BlueskyClient, channel: BlueskyChannel, alice: str
) -> None:
    ours = fake.post(DID, "our offer")
    uri = fake.mention(alice, "a scam", reason="reply", reply_to=ours)
    (mention,) = open_source(client).pull(None).mentions

    channel.reply(mention, SORRY)

    (record,) = fake.own_records.values()
    assert record["reply"]["root"]["uri"] == ours
    assert record["reply"]["parent"]["uri"] == uri


def test_sent_twice_it_shows_once_as_it_was_first(fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
    first = channel.reply(mention, SORRY)
    again = channel.reply(mention, SORRY)

    assert again.reference == first.reference
    assert again.found
    assert len(fake.calls(PUT)) == 1


def test_two_replies_to_one_mention_are_two(fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
    channel.reply(mention, SORRY)
    channel.reply(mention, replace(SORRY, key="reply:2"))

    assert len(fake.own_records) == 2


def test_an_answer_that_is_lost_leaves_one_reply(fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
    def lose_the_answer(fake: FakeBluesky) -> None:
        fake.own_records[record_key(SORRY.key)] = json.loads(fake.requests[-1].content)["record"]

    fake.before[PUT] = lose_the_answer
    fake.fail(PUT, *[httpx.ReadTimeout("no answer")] * 3)
    with pytest.raises(RetryableError):
        channel.reply(mention, SORRY)

    assert channel.reply(mention, SORRY).found
    assert len(fake.own_records) == 1


def test_a_token_that_expires_before_sending_does_not_cost_the_reply(
    fake: FakeBluesky, channel: BlueskyChannel, mention: Mention
) -> None:
    def expires_once(fake: FakeBluesky) -> None:
        if len(fake.calls(PUT)) == 1:
            fake.expire_access()

    fake.before[PUT] = expires_once

    assert not channel.reply(mention, SORRY).found
    assert len(fake.own_records) == 1


def test_the_author_is_marked_by_bytes_not_by_letters(
    fake: FakeBluesky, channel: BlueskyChannel, mention: Mention
) -> None:
    channel.reply(mention, replace(SORRY, text="Größe 😡 @alice.test, sorry"))

    (record,) = fake.own_records.values()
    (mark,) = record["facets"]
    start, end = mark["index"]["byteStart"], mark["index"]["byteEnd"]
    assert record["text"].encode()[start:end] == b"@alice.test"
    assert mark["features"] == [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:alice"}]


class TestWhetherItMayBeAnswered:
    def test_a_post_that_shows_may_be(self, channel: BlueskyChannel, mention: Mention) -> None:
        assert channel.may_reply(mention) == MayReply(allowed=True, max_characters=300)

    def test_not_when_the_author_blocks_us(self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
        fake.profiles["did:plc:alice"]["viewer"]["blockedBy"] = True

        assert channel.may_reply(mention) == MayReply(allowed=False, reason="The author blocks us.")

    def test_not_when_we_block_the_author(self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
        fake.profiles["did:plc:alice"]["viewer"]["blocking"] = "at://block"

        assert channel.may_reply(mention).reason == "We block the author."

    def test_not_when_the_post_is_deleted(self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
        fake.delete(mention.native_id)

        assert channel.may_reply(mention).reason == "The post has been deleted."

    def test_not_when_the_account_is_gone(self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
        fake.deactivate("did:plc:alice")

        assert channel.may_reply(mention).reason == "The author's account is deactivated or gone."

    def test_not_when_replies_are_closed(self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
        fake.posts[mention.native_id]["viewer"] = {"replyDisabled": True}

        assert not channel.may_reply(mention).allowed

    @pytest.mark.parametrize("other", [{"kind": Kind.DM}, {"native_id": "123"}])
    def test_not_when_it_is_no_public_post_of_bluesky(
        self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention, other: dict[str, object]
    ) -> None:
        fake.requests.clear()

        assert not channel.may_reply(replace(mention, **other)).allowed
        assert fake.requests == []

    def test_what_may_not_be_answered_is_not_sent_either(
        self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention
    ) -> None:
        fake.delete(mention.native_id)

        with pytest.raises(PermanentError, match="deleted"):
            channel.reply(mention, SORRY)
        assert fake.own_records == {}

    def test_an_outage_is_not_a_no(self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention) -> None:
        fake.fail("app.bsky.feed.getPosts", *[refused(502, "UpstreamFailure")] * 3)

        with pytest.raises(RetryableError):
            channel.may_reply(mention)


class TestTheWords:
    @pytest.mark.parametrize("text", ["", "  \n", "x" * 301, "👩🏽‍🔧" * 201])
    def test_none_or_too_many_are_refused_before_anything_is_sent(
        self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention, text: str
    ) -> None:
        with pytest.raises(PermanentError):
            channel.reply(mention, replace(SORRY, text=text))
        assert fake.own_records == {}

    def test_three_hundred_graphemes_are_taken(
        self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention
    ) -> None:
        channel.reply(mention, replace(SORRY, text="é" * 150 + "e\u0301" * 150))

        assert len(fake.own_records) == 1

    def test_a_private_reply_is_never_made_public(
        self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention
    ) -> None:
        with pytest.raises(PermanentError, match="private"):
            channel.reply(mention, replace(SORRY, is_private=True))
        assert fake.own_records == {}

    @pytest.mark.parametrize(
        ("text", "count"), [("", 0), ("abc", 3), ("e\u0301", 1), ("👩🏽‍🔧", 1), ("🇦🇺🇩🇪", 2), ("नि", 1), ("\r\n", 1)]
    )
    def test_a_grapheme_is_what_a_reader_counts(self, text: str, count: int) -> None:
        assert graphemes(text) == count


class TestMarks:
    @pytest.mark.parametrize(
        ("text", "marked"),
        [
            ("@alice.test hello", ["@alice.test"]),
            ("hello @Alice.Test.", ["@Alice.Test"]),
            ("(@alice.test)", ["@alice.test"]),
            ("@alice.test and @alice.test", ["@alice.test", "@alice.test"]),
            ("@alice.test.evil.example", []),
            ("@alice.testing", []),
            ("mail@alice.test", []),
            ("@bobby.test", []),
            ("see https://bank.test/a?b=ö.", ["https://bank.test/a?b=ö"]),
            ("(https://bank.test/x)", ["https://bank.test/x"]),
            ("https://bank.test/x_(y) 😡", ["https://bank.test/x_(y)"]),
            ("https://bank.test/@alice.test", ["https://bank.test/@alice.test"]),
            ("😡 https://a.test @alice.test https://b.test", ["https://a.test", "@alice.test", "https://b.test"]),
            ("nothing", []),
        ],
    )
    def test_they_cover_links_and_the_author_and_nothing_else(self, text: str, marked: list[str]) -> None:
        found = facets(text, handle="alice.test", did="did:plc:alice")

        spans = [mark["index"] for mark in found]
        assert [text.encode()[span["byteStart"] : span["byteEnd"]].decode() for span in spans] == marked

    def test_an_author_without_a_handle_is_not_marked(self) -> None:
        assert facets("@ hello", handle=None, did="did:plc:alice") == []


class TestWhereAReplyIsWritten:
    def test_the_key_is_a_well_formed_tid(self) -> None:
        for number in range(500):
            key = record_key(f"reply:{number}")
            assert len(key) == 13
            assert set(key) <= set(ALPHABET)
            assert key[0] in "234567abcdefghij"

    def test_the_same_reply_is_always_written_at_the_same_place(self) -> None:
        assert record_key("reply:1") == record_key("reply:1")
        assert len({record_key(f"reply:{number}") for number in range(1000)}) == 1000
