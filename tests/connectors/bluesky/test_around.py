"""Threads around a mention, and what became of a mention since."""

from dataclasses import replace

import httpx
import pytest

from connectors.bluesky.channel import BlueskyChannel
from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.source import BlueskySource
from connectors.limits import epoch_seconds
from connectors.quota import LedgerInMemory, Quota
from models import Mention, Presence
from models.errors import RetryableError
from tests.connectors.bluesky.conftest import open_client, open_source
from tests.fakes.bluesky import DID, HANDLE, NOW, FakeBluesky, minutes, refused

THREAD = "app.bsky.feed.getPostThread"


@pytest.fixture
def mention(fake: FakeBluesky, source: BlueskySource, alice: str) -> Mention:
    fake.mention(alice, "my card was charged twice")
    (pulled,) = source.pull(None).mentions
    return pulled


class TestBystanders:
    def test_parents_and_our_own_answers_stand_around_a_mention(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        bobby = fake.add_account("did:plc:bobby", "bobby.test")
        root = fake.post(bobby, "anyone with this bank?")
        middle = fake.post(alice, "yes, sadly", reply_to=root)
        asked = fake.mention(bobby, "what happened @bank", reply_to=middle)
        answer = fake.post(DID, "We look into it.", reply_to=asked)
        fake.post(alice, "good luck", reply_to=asked)

        page = source.pull(None)

        assert [(each.mention.native_id, each.is_ours) for each in page.bystanders] == [
            (root, False),
            (middle, False),
            (answer, True),
        ]
        assert {each.mention.conversation_id for each in page.bystanders} == {root}
        assert {each.mention.account for each in page.bystanders} == {HANDLE}

    def test_a_mention_is_no_bystander_of_another_one(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        first = fake.mention(alice, "you took my money")
        fake.mention(alice, "still waiting", reply_to=first, at=NOW + minutes(1))

        assert source.pull(None).bystanders == []

    def test_a_thread_that_ends_above_in_a_deleted_post_is_shown_as_far_as_it_goes(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        root = fake.post(alice, "gone tomorrow")
        middle = fake.post(alice, "and another", reply_to=root)
        fake.mention(alice, "@bank", reply_to=middle)
        fake.delete(root)

        assert [each.mention.native_id for each in source.pull(None).bystanders] == [middle]

    def test_a_thread_that_is_refused_costs_only_itself(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "one", reply_to=fake.post(DID, "hello"))
        fake.fail(THREAD, refused(400, "InvalidRequest"))

        page = source.pull(None)

        assert len(page.mentions) == 1
        assert page.bystanders == []

    def test_an_outage_or_a_limit_of_threads_is_waited_for(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        for number in range(3):
            fake.mention(alice, str(number))
        fake.fail(THREAD, *[refused(502, "UpstreamFailure")] * 9)
        with pytest.raises(RetryableError):
            source.pull(None)

        fake.fail(THREAD, refused(429, "RateLimitExceeded", headers={"retry-after": "90"}))
        with pytest.raises(RetryableError) as raised:
            source.pull(None)
        assert raised.value.retry_after_seconds == 90

    def test_the_channel_tells_them_too_with_history_and_profile(
        self, fake: FakeBluesky, source: BlueskySource, channel: BlueskyChannel, alice: str
    ) -> None:
        earlier = fake.post(alice, "an hour ago", at=NOW - minutes(60))
        ours = fake.post(DID, "New opening hours")
        fake.mention(alice, "still closed", reason="reply", reply_to=ours)
        (mention,) = source.pull(None).mentions

        around = channel.surroundings([mention])

        assert [each.mention.native_id for each in around.bystanders] == [ours]
        assert [post.native_id for post in around.histories[alice]] == [earlier]
        assert around.authors[alice].followers == 1200

    def test_no_history_is_read_where_none_is_wanted(
        self, fake: FakeBluesky, client: BlueskyClient, alice: str
    ) -> None:
        fake.post(alice, "an hour ago", at=NOW - minutes(60))
        fake.mention(alice, "hello")

        assert open_source(client, history_days=0).pull(None).histories == {}


class TestAskedAgain:
    def test_what_stands_is_there_and_what_is_deleted_is_gone(
        self, fake: FakeBluesky, channel: BlueskyChannel, alice: str, mention: Mention
    ) -> None:
        other = replace(mention, id="m_other", native_id=fake.post(alice, "and my fee"))
        fake.delete(other.native_id)

        found = channel.recheck([mention, other])

        assert found[mention.id].presence is Presence.THERE
        assert found[other.id].presence is Presence.GONE

    def test_how_often_it_was_shared_is_told_with_it(
        self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention
    ) -> None:
        assert (mention.shares, channel.recheck([mention])[mention.id].shares) == (None, None)

        fake.posts[mention.native_id] |= {"repostCount": 30, "quoteCount": 4}

        assert channel.recheck([mention])[mention.id].shares == 34

    def test_a_changed_post_comes_as_an_edit_once(
        self, fake: FakeBluesky, channel: BlueskyChannel, mention: Mention
    ) -> None:
        view = fake.posts[mention.native_id]
        fake.posts[mention.native_id] = {**view, "cid": "new", "record": {**view["record"], "text": "three times"}}

        answer = channel.recheck([mention])[mention.id]

        assert answer.presence is Presence.EDITED
        assert answer.edit
        assert (answer.edit.version, answer.edit.mention.text) == ("new", "three times")
        assert answer.edit.mention.id == mention.id
        assert channel.recheck([answer.edit.mention])[mention.id].presence is Presence.THERE

    @pytest.mark.parametrize("relation", [{"blockedBy": True}, {"blocking": "at://block"}])
    def test_what_a_block_hides_is_unknown(
        self, fake: FakeBluesky, channel: BlueskyChannel, alice: str, mention: Mention, relation: dict[str, object]
    ) -> None:
        fake.profiles[alice]["viewer"] = {"blockedBy": False, **relation}
        fake.posts.pop(mention.native_id)

        assert channel.recheck([mention])[mention.id].presence is Presence.UNKNOWN

    def test_a_deactivated_account_may_come_back(
        self, fake: FakeBluesky, channel: BlueskyChannel, alice: str, mention: Mention
    ) -> None:
        fake.deactivate(alice)

        assert channel.recheck([mention])[mention.id].presence is Presence.UNKNOWN

    def test_they_are_asked_for_twenty_five_at_a_time(
        self, fake: FakeBluesky, channel: BlueskyChannel, alice: str, mention: Mention
    ) -> None:
        asked = [replace(mention, id=f"m_{n}", native_id=fake.post(alice, str(n))) for n in range(60)]
        fake.requests.clear()

        assert len(channel.recheck(asked)) == 60
        assert len(fake.calls("app.bsky.feed.getPosts")) == 3

    def test_nothing_is_asked_for_nothing(self, fake: FakeBluesky, channel: BlueskyChannel) -> None:
        assert channel.recheck([]) == {}
        assert fake.requests == []


def test_calls_are_counted_and_a_used_up_limit_is_not_asked_again(fake: FakeBluesky) -> None:
    ledger = LedgerInMemory()
    read = epoch_seconds("ratelimit-remaining", "ratelimit-reset")
    quota = Quota("bluesky", ledger, read=read, now=lambda: NOW)
    client = open_client(fake, quota=quota)
    reset = str(int(NOW.timestamp()) + 120)
    left = {"ratelimit-remaining": "0", "ratelimit-reset": reset}
    fake.fail("app.bsky.feed.getPosts", httpx.Response(200, json={"posts": []}, headers=left))

    client.posts(["at://x"])
    with pytest.raises(RetryableError) as raised:
        client.posts(["at://x"])

    assert raised.value.retry_after_seconds == 120
    assert len(fake.calls("app.bsky.feed.getPosts")) == 1
    assert [(endpoint, calls) for _, endpoint, calls, _, _ in ledger.entries] == [("app.bsky.feed.getPosts", 1)]
