"""Direct messages: read from the log of news, answered in their conversation."""

import json
from dataclasses import replace

import httpx
import pytest

from connectors.bluesky.channel import SAID_IN_PRIVATE, BlueskyChannel
from connectors.bluesky.chat import NoDirectMessagesError
from connectors.bluesky.chat_source import BlueskyChatSource
from connectors.bluesky.client import BlueskyClient
from models import AuthoredBy, Kind, Mention, Page, Post, Reply
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from models.identity import mention_id
from tests.connectors.bluesky.conftest import open_client
from tests.fakes.bluesky import DID, HANDLE, NOW, FakeBluesky, days, minutes, refused

LOG = "chat.bsky.convo.getLog"
SEND = "chat.bsky.convo.sendMessage"
SORRY = Reply("reply:1", "Sorry to hear that!", is_private=True, authored_by=AuthoredBy.PERSON)


@pytest.fixture
def chat(client: BlueskyClient) -> BlueskyChatSource:
    return open_chat(client)


def open_chat(client: BlueskyClient) -> BlueskyChatSource:
    return BlueskyChatSource(client, now=lambda: NOW + minutes(5))


@pytest.fixture
def secret(fake: FakeBluesky, chat: BlueskyChatSource, alice: str) -> Mention:
    fake.write(alice, "my account number is 12")
    return only(chat.pull(None))


def only(page: Page) -> Mention:
    (mention,) = page.mentions
    return mention


def words(page: Page) -> list[str]:
    return [mention.text for mention in page.mentions]


class TestReading:
    def test_a_message_carries_what_was_said_where_and_by_whom(
        self, fake: FakeBluesky, chat: BlueskyChatSource, alice: str
    ) -> None:
        fake.post(alice, "in public", at=NOW - minutes(60))
        name = fake.write(alice, "my account number is 12 😡")

        page = chat.pull(None)
        mention = only(page)

        assert mention == Mention(
            id=mention_id("bluesky", HANDLE, name),
            channel="bluesky",
            account=HANDLE,
            native_id=name,
            kind=Kind.DM,
            text="my account number is 12 😡",
            created_at=NOW,
            received_at=NOW + minutes(5),
            conversation_id="convo-alice",
            on_owned_channel=True,
            url="https://bsky.app/messages/convo-alice",
            author=mention.author,
            raw={"reason": "dm"},
        )
        assert mention.author
        assert (mention.author.handle, mention.author.followers) == ("alice.test", 1200)
        assert [type(post) for post in page.histories[alice]] == [Post]

    def test_at_first_the_conversations_of_before_are_read_and_then_the_news(
        self, fake: FakeBluesky, chat: BlueskyChatSource, alice: str
    ) -> None:
        fake.write(alice, "too old", at=NOW - days(40))
        fake.write(alice, "old", at=NOW - days(20))
        first = chat.pull(None)
        fake.write(alice, "new", at=NOW)

        later = chat.pull(first.cursor)

        assert (words(first), words(later)) == (["old"], ["new"])
        assert chat.pull(later.cursor).is_empty

    def test_what_comes_while_the_old_ones_are_read_is_not_lost(
        self, fake: FakeBluesky, chat: BlueskyChatSource, alice: str
    ) -> None:
        fake.write(alice, "old")
        fake.before["chat.bsky.convo.listConvos"] = lambda fake: (fake.before.clear(), fake.write(alice, "meanwhile"))

        first = chat.pull(None)

        assert set(words(first) + words(chat.pull(first.cursor))) == {"old", "meanwhile"}

    def test_many_conversations_and_long_ones_are_read_whole(self, fake: FakeBluesky, chat: BlueskyChatSource) -> None:
        fake.page_size = 2
        for number in range(25):
            person = fake.add_account(f"did:plc:p{number}", f"p{number}.test")
            for part in range(3):
                fake.write(person, f"{number} {part}")

        found, cursor = [], None
        while not (page := chat.pull(cursor)).is_empty:
            found += words(page)
            cursor = page.cursor

        assert sorted(found) == sorted(f"{number} {part}" for number in range(25) for part in range(3))

    def test_our_own_words_are_shown_and_not_judged(
        self, fake: FakeBluesky, chat: BlueskyChatSource, alice: str
    ) -> None:
        fake.write(alice, "hello")
        ours = fake.write(DID, "We look into it.", to=alice)

        page = chat.pull(None)

        assert words(page) == ["hello"]
        assert [(each.mention.native_id, each.is_ours) for each in page.bystanders] == [(ours, True)]
        assert page.bystanders[0].mention.conversation_id == page.mentions[0].conversation_id

    def test_what_is_no_message_is_passed_over(self, fake: FakeBluesky, chat: BlueskyChatSource, alice: str) -> None:
        cursor = chat.pull(None).cursor
        fake.log_page = 2
        for kind in ("logReadMessage", "logAddReaction", "logMemberJoin", "logInventedTomorrow", "logBeginConvo"):
            fake.happen(kind)
        fake.write(alice, "hello")
        fake.hide(fake.write(alice, "hidden"))

        found = []
        while not (page := chat.pull(cursor)).is_empty:
            found += words(page)
            cursor = page.cursor

        assert found == ["hello"]

    def test_a_broken_message_is_kept_apart_without_its_words(
        self, fake: FakeBluesky, chat: BlueskyChatSource, alice: str
    ) -> None:
        cursor = chat.pull(None).cursor
        fake.write(alice, "secret words")
        fake.log[-1]["message"].pop("sentAt")
        fake.write(alice, "hello")

        page = chat.pull(cursor)
        (rejected,) = page.rejected

        assert words(page) == ["hello"]
        assert json.loads(rejected.raw)["text"] == "secret words"
        assert "sentAt" in rejected.reason
        assert "secret" not in rejected.reason

    def test_a_service_without_a_place_is_read_from_the_start_each_time(
        self, fake: FakeBluesky, chat: BlueskyChatSource, alice: str
    ) -> None:
        fake.fail(LOG, httpx.Response(200, json={"logs": []}))
        empty = chat.pull(None)
        fake.write(alice, "hello")

        assert empty.is_empty
        assert words(chat.pull(empty.cursor)) == ["hello"]


class TestAPasswordWithoutDirectMessages:
    @pytest.mark.parametrize("message", ["Bad token method", "Bad token scope"])
    def test_it_is_said_so_and_no_login_is_spent_on_it(
        self, fake: FakeBluesky, chat: BlueskyChatSource, message: str
    ) -> None:
        fake.fail(LOG, refused(400, "InvalidToken", message=message))

        with pytest.raises(NoDirectMessagesError, match="app password"):
            chat.pull(None)
        assert len(fake.calls("com.atproto.server.createSession")) == 1
        assert fake.calls("com.atproto.server.refreshSession") == []

    def test_a_token_that_is_only_stale_is_renewed(
        self, fake: FakeBluesky, chat: BlueskyChatSource, alice: str
    ) -> None:
        cursor = chat.pull(None).cursor
        fake.write(alice, "hello")
        fake.expire_access()

        assert words(chat.pull(cursor)) == ["hello"]

    def test_answers_fail_as_an_access_error_too(
        self, fake: FakeBluesky, channel: BlueskyChannel, secret: Mention
    ) -> None:
        fake.allows_direct_messages = False

        with pytest.raises(AccessError):
            channel.may_reply(secret)


class TestAnswering:
    def test_it_stands_in_the_same_conversation(
        self, fake: FakeBluesky, channel: BlueskyChannel, secret: Mention
    ) -> None:
        receipt = channel.reply(secret, replace(SORRY, text="See https://bank.test/é."))

        ours = fake.convos["convo-alice"]["messages"][-1]
        assert (ours["text"], ours["sender"]["did"]) == ("See https://bank.test/é.", DID)
        assert ours["facets"][0]["features"][0]["uri"] == "https://bank.test/é"
        assert receipt.reference == f"convo-alice/{ours['id']}"
        assert not receipt.found

    def test_it_is_never_given_in_public(self, fake: FakeBluesky, channel: BlueskyChannel, secret: Mention) -> None:
        assert channel.may_reply(secret, is_private=False).reason == SAID_IN_PRIVATE
        for mention in (secret, replace(secret, native_id="at://did:plc:alice/app.bsky.feed.post/1")):
            with pytest.raises(PermanentError):
                channel.reply(mention, replace(SORRY, is_private=False))
        assert fake.own_records == {}

    def test_a_lost_answer_is_looked_for_before_it_is_sent_again(
        self, fake: FakeBluesky, channel: BlueskyChannel, secret: Mention
    ) -> None:
        fake.page_size = 1

        def take_it(fake: FakeBluesky) -> None:
            fake.before.clear()
            fake._sendMessage(fake.requests[-1])

        fake.before[SEND] = take_it
        fake.fail(SEND, httpx.ReadTimeout("lost"))
        with pytest.raises(UnknownOutcomeError):
            channel.reply(secret, SORRY)
        fake.write("did:plc:alice", "are you there?", at=NOW + minutes(2))

        assert channel.reply(secret, SORRY).found
        assert len(fake.calls(SEND)) == 1

    def test_the_same_words_of_long_ago_are_another_answer(
        self, fake: FakeBluesky, channel: BlueskyChannel, alice: str, chat: BlueskyChatSource
    ) -> None:
        fake.write(DID, SORRY.text, to=alice, at=NOW - days(1))
        fake.write(alice, "again!")

        assert not channel.reply(only(chat.pull(None)), SORRY).found

    @pytest.mark.parametrize("text", ["", " \n", "x" * 1001, "👩🏽‍🔧" * 1000])
    def test_none_or_too_many_words_are_refused_before_anything_is_sent(
        self, fake: FakeBluesky, channel: BlueskyChannel, secret: Mention, text: str
    ) -> None:
        with pytest.raises(PermanentError):
            channel.reply(secret, replace(SORRY, text=text))
        assert fake.calls(SEND) == []

    def test_a_thousand_graphemes_are_taken(self, channel: BlueskyChannel, secret: Mention) -> None:
        assert channel.may_reply(secret).max_characters == 1000
        assert channel.reply(secret, replace(SORRY, text="é" * 1000)).reference

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"viewer": {"blockedBy": True}}, "The author blocks us."),
            ({"viewer": {"blocking": "at://block"}}, "We block the author."),
            ({"chatDisabled": True}, "The author's account takes no messages now."),
            ({"did": "did:plc:other"}, "The author is no longer in the conversation."),
        ],
    )
    def test_a_member_who_cannot_be_written_to_is_not(
        self, fake: FakeBluesky, channel: BlueskyChannel, secret: Mention, change: dict[str, object], reason: str
    ) -> None:
        fake.convos["convo-alice"]["members"][1] |= change

        assert channel.may_reply(secret).reason == reason
        with pytest.raises(PermanentError):
            channel.reply(secret, SORRY)
        assert fake.calls(SEND) == []

    def test_a_conversation_that_is_gone_or_a_group_is_not_answered(
        self, fake: FakeBluesky, channel: BlueskyChannel, secret: Mention
    ) -> None:
        fake.convos["convo-alice"]["kind"] = "groupConvo"
        assert "group" in channel.may_reply(secret).reason

        fake.convos.clear()
        assert "gone" in channel.may_reply(secret).reason

    def test_an_outage_is_not_a_no(self, fake: FakeBluesky, channel: BlueskyChannel, secret: Mention) -> None:
        fake.fail("chat.bsky.convo.getConvo", *[refused(502, "UpstreamFailure")] * 3)

        with pytest.raises(RetryableError):
            channel.may_reply(secret)

    def test_what_can_be_done_differs_from_what_can_be_done_with_a_post(
        self, channel: BlueskyChannel, secret: Mention
    ) -> None:
        private = channel.capabilities(secret)
        public = channel.capabilities(replace(secret, kind=Kind.MENTION, native_id="at://x/y/z"))

        assert (private.reply_private, private.reply_public, private.edit) == (True, False, False)
        assert (public.reply_private, public.reply_public, public.edit) == (False, True, True)

    def test_messages_are_not_asked_for_again(self, channel: BlueskyChannel, secret: Mention) -> None:
        assert channel.recheck([secret]) == {}


def test_the_words_stand_in_no_error(fake: FakeBluesky, channel: BlueskyChannel, secret: Mention) -> None:
    fake.fail(SEND, refused(400, "InvalidRequest", message="secret words"))

    with pytest.raises(PermanentError) as raised:
        channel.reply(secret, replace(SORRY, text="secret words"))

    assert "secret" not in str(raised.value)


def test_another_process_goes_on_where_one_stopped(fake: FakeBluesky, chat: BlueskyChatSource, alice: str) -> None:
    fake.write(alice, "one")
    cursor = chat.pull(None).cursor
    fake.write(alice, "two")

    assert words(open_chat(open_client(fake)).pull(cursor)) == ["two"]
