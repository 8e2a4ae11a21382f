from dataclasses import replace

import httpx
import pytest

from connectors.telegram.channel import TelegramChannel
from models import AuthoredBy, MayReply, Mention, Reply
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from tests.connectors.telegram.conftest import LATER, open_channel, open_source
from tests.fakes.telegram import CHANNEL, FakeTelegram, asked_to_wait, marks, minutes, refused

SORRY = Reply("reply:1", "Sorry to hear that!", is_private=True, authored_by=AuthoredBy.PERSON)
AGAIN = replace(SORRY, perhaps_sent=True)
IN_PUBLIC = replace(SORRY, is_private=False)


@pytest.fixture
def mention(fake: FakeTelegram) -> Mention:
    fake.say("my card was charged twice")
    return pulled(fake)


@pytest.fixture
def in_group(fake: FakeTelegram) -> Mention:
    fake.say_in_group("@LarkbankBot help")
    return pulled(fake)


def pulled(fake: FakeTelegram) -> Mention:
    return open_source(fake).pull(None).mentions[-1]


class TestAnAnswer:
    def test_it_stands_below_the_message(self, fake: FakeTelegram, channel: TelegramChannel, mention: Mention) -> None:
        receipt = channel.reply(mention, SORRY)

        assert fake.sent == [
            {
                "chat_id": 42,
                "text": "Sorry to hear that!",
                "reply_parameters": {"message_id": 1, "allow_sending_without_reply": True},
            }
        ]
        assert (receipt.reference, receipt.found) == ("42:2", False)

    def test_in_a_group_it_stands_in_the_group(
        self, fake: FakeTelegram, channel: TelegramChannel, in_group: Mention
    ) -> None:
        channel.reply(in_group, IN_PUBLIC)

        assert fake.sent[0]["chat_id"] == -1001234

    def test_in_a_business_chat_it_is_said_for_the_business(self, fake: FakeTelegram, channel: TelegramChannel) -> None:
        fake.update("business_message", fake.message("hello", business_connection_id="c:1"))

        channel.reply(pulled(fake), SORRY)

        assert (fake.sent[0]["business_connection_id"], fake.sent[0]["chat_id"]) == ("c:1", 42)

    def test_a_group_that_moved_is_followed_once(
        self, fake: FakeTelegram, channel: TelegramChannel, in_group: Mention
    ) -> None:
        fake.migrated[-1001234] = -1005678
        assert channel.reply(in_group, IN_PUBLIC).reference.startswith("-1005678:")

        fake.migrated[-1005678] = -1009876
        with pytest.raises(PermanentError):
            channel.reply(in_group, replace(IN_PUBLIC, key="reply:2"))

    @pytest.mark.parametrize("text", ["", " \n", "x" * 4097])
    def test_words_telegram_would_not_take_are_refused(
        self, fake: FakeTelegram, channel: TelegramChannel, mention: Mention, text: str
    ) -> None:
        with pytest.raises(PermanentError):
            channel.reply(mention, replace(SORRY, text=text))
        assert not fake.requests[1:]


class TestSentOnce:
    def test_one_that_may_have_been_sent_is_left_to_a_person_and_telegram_is_not_asked(
        self, fake: FakeTelegram, channel: TelegramChannel, mention: Mention
    ) -> None:
        before = len(fake.requests)

        with pytest.raises(PermanentError, match="Look into the chat"):
            channel.reply(mention, AGAIN)
        assert len(fake.requests) == before

    def test_two_answers_are_two(self, fake: FakeTelegram, channel: TelegramChannel, mention: Mention) -> None:
        channel.reply(mention, SORRY)
        channel.reply(mention, replace(SORRY, key="reply:2"))

        assert len(fake.sent) == 2

    def test_one_whose_answer_is_lost_is_left_to_a_person(
        self, fake: FakeTelegram, channel: TelegramChannel, mention: Mention
    ) -> None:
        fake.lost = 1
        with pytest.raises(UnknownOutcomeError):
            channel.reply(mention, SORRY)

        with pytest.raises(PermanentError, match="Look into the chat"):
            channel.reply(mention, AGAIN)
        assert len(fake.sent) == 1

    @pytest.mark.parametrize("body", [b"<html>", b'{"ok": true, "resu', b'{"ok": true, "result": null}'])
    def test_so_is_one_whose_answer_is_none(
        self, fake: FakeTelegram, channel: TelegramChannel, mention: Mention, body: bytes
    ) -> None:
        fake.fail("sendMessage", httpx.Response(200, content=body))

        with pytest.raises(UnknownOutcomeError):
            channel.reply(mention, SORRY)

    @pytest.mark.parametrize(
        "outcome",
        [asked_to_wait(120), httpx.ConnectError("no"), refused(401, "x"), refused(503, "x"), refused(402, "x")],
        ids=str,
    )
    def test_one_that_certainly_was_not_sent_is_sent_later(
        self, fake: FakeTelegram, mention: Mention, outcome: httpx.Response | Exception
    ) -> None:
        fake.fail("sendMessage", outcome)
        with pytest.raises((RetryableError, AccessError)) as raised:
            open_channel(fake).reply(mention, SORRY)
        assert not isinstance(raised.value, UnknownOutcomeError)

        assert not open_channel(fake).reply(mention, SORRY).found
        assert len(fake.sent) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ("Forbidden: bot was blocked by the user", "blocked our bot"),
            ("Forbidden: user is deactivated", "deactivated"),
            ("Forbidden: bot was kicked from the supergroup chat", "no longer in this group"),
            ("Forbidden: bot can't initiate conversation with a user", "does not let our bot write"),
        ],
    )
    def test_who_does_not_want_to_hear_from_us_is_left_alone(
        self, fake: FakeTelegram, channel: TelegramChannel, mention: Mention, said: str, reason: str
    ) -> None:
        fake.fail("sendMessage", refused(403, said))

        with pytest.raises(PermanentError, match=reason):
            channel.reply(mention, SORRY)

    def test_a_limit_says_when_to_try_again(
        self, fake: FakeTelegram, channel: TelegramChannel, mention: Mention
    ) -> None:
        fake.fail("sendMessage", asked_to_wait(120))

        with pytest.raises(RetryableError) as raised:
            channel.reply(mention, SORRY)

        assert not isinstance(raised.value, UnknownOutcomeError)
        assert raised.value.retry_after_seconds == 120

    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_after_an_outage_nobody_knows(
        self, fake: FakeTelegram, channel: TelegramChannel, mention: Mention, status: int
    ) -> None:
        fake.fail("sendMessage", refused(status, "x"))

        with pytest.raises(UnknownOutcomeError):
            channel.reply(mention, SORRY)


class TestWhetherItMayBeAnswered:
    def test_a_private_message_in_private(self, channel: TelegramChannel, mention: Mention) -> None:
        may = MayReply(allowed=True, max_characters=4096, takes_private=True)

        assert channel.may_reply(mention) == may
        assert channel.may_reply(mention, authored_by=AuthoredBy.AUTOMATION) == may
        assert not channel.may_reply(mention, is_private=False).allowed
        can = channel.capabilities(mention)
        assert (can.reply_private, can.reply_public, can.edit, can.reach) == (True, False, True, False)
        assert (can.pull, can.push, can.delete_notice) == (True, False, False)

    def test_a_message_in_a_group_there(self, channel: TelegramChannel, in_group: Mention) -> None:
        assert channel.may_reply(in_group) == MayReply(allowed=True, max_characters=4096)
        assert "only to people who wrote" in channel.may_reply(in_group, is_private=True).reason
        with pytest.raises(PermanentError):
            channel.reply(in_group, SORRY)

    def test_a_business_chat_for_a_day(self, fake: FakeTelegram) -> None:
        fake.update("business_message", fake.message("hello", business_connection_id="c1"))
        mention = pulled(fake)
        until = mention.created_at + minutes(24 * 60)

        assert open_channel(fake).may_reply(mention).until == until
        assert open_channel(fake).capabilities(mention).delete_notice
        assert not open_channel(fake, now=until).may_reply(mention).allowed

    def test_a_post_of_a_channel_not(self, fake: FakeTelegram, channel: TelegramChannel) -> None:
        text = "@LarkbankBot never pays"
        post = fake.message(text, chat=CHANNEL, sender_chat=CHANNEL, entities=marks(text))
        fake.update("channel_post", post)
        mention = pulled(fake)

        assert not channel.may_reply(mention).allowed
        assert not channel.capabilities(mention).reply_public

    @pytest.mark.parametrize("native_id", ["", "1", "a:b", ":", "1:", "x" * 100])
    def test_an_id_that_is_none_of_telegrams_is_refused(
        self, channel: TelegramChannel, mention: Mention, native_id: str
    ) -> None:
        strange = replace(mention, native_id=native_id)

        assert not channel.may_reply(strange).allowed
        with pytest.raises(PermanentError):
            channel.reply(strange, SORRY)

    def test_nothing_can_be_asked_about(self, channel: TelegramChannel, mention: Mention) -> None:
        assert channel.recheck([mention]) == {}
        assert not channel.surroundings([mention]).bystanders
        assert LATER > mention.created_at
