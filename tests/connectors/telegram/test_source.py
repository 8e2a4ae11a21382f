import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.quota import LedgerInMemory
from connectors.telegram.client import ALLOWED_UPDATES
from connectors.telegram.source import PushedSource, TelegramSource
from models import Author, Deletion, Kind, Mention, Page
from models.errors import AccessError, RetryableError
from models.identity import mention_id
from tests.connectors.telegram.conftest import LATER, US, open_client, open_source
from tests.fakes.telegram import (
    ALICE,
    BOBBY,
    BOT,
    CHANNEL,
    GROUP,
    NOW,
    TOKEN,
    FakeTelegram,
    asked_to_wait,
    minutes,
    private,
    refused,
)
from tests.fakes.telegram import US as OUR_BOT


def only(page: Page) -> Mention:
    (mention,) = page.mentions
    return mention


class TestAMessage:
    def test_what_is_written_to_our_bot_is_a_private_message(self, fake: FakeTelegram) -> None:
        fake.say("my card was charged twice 😡")

        assert only(open_source(fake).pull(None)) == Mention(
            id=mention_id("telegram", BOT, "42:1"),
            channel="telegram",
            account=BOT,
            native_id="42:1",
            kind=Kind.DM,
            text="my card was charged twice 😡",
            created_at=NOW,
            received_at=LATER,
            conversation_id="42",
            on_owned_channel=True,
            author=Author(id="42", handle="alice", name="Alice Adams"),
            raw={"chat_type": "private"},
        )

    def test_reach_is_unknown_and_what_else_is_told_is_evidence(self, fake: FakeTelegram) -> None:
        fake.say("hello", sender=BOBBY)

        mention = only(open_source(fake).pull(None))

        assert mention.author is not None
        assert (mention.author.followers, mention.author.verified, mention.lang) == (None, None, None)
        assert mention.raw == {"chat_type": "private", "language_code": "de", "is_premium": True}

    def test_a_command_is_a_message(self, fake: FakeTelegram) -> None:
        fake.say("/start")

        assert only(open_source(fake).pull(None)).text == "/start"

    @pytest.mark.parametrize(
        ("held", "words"),
        [
            ({"photo": [], "caption": "my broken card"}, "my broken card"),
            ({"photo": []}, "[photo]"),
            ({"voice": {}}, "[voice]"),
            ({"animation": {}, "document": {}}, "[animation]"),
            ({"video_note": {}}, "[video note]"),
            ({"something_of_tomorrow": {}}, "[message without words]"),
        ],
    )
    def test_without_a_text_it_is_its_caption_or_what_was_sent(
        self, fake: FakeTelegram, held: dict[str, Any], words: str
    ) -> None:
        fake.say(None, **held)

        assert only(open_source(fake).pull(None)).text == words

    def test_what_only_happened_is_no_message(self, fake: FakeTelegram) -> None:
        fake.say(None, chat=GROUP, new_chat_members=[BOBBY])
        fake.say(None, pinned_message={"message_id": 1, "date": 0, "chat": private(ALICE)})

        assert open_source(fake).pull(None).is_empty

    def test_one_from_the_future_is_dated_when_it_came(self, fake: FakeTelegram) -> None:
        fake.say("hello", at=NOW + minutes(60))

        mention = only(open_source(fake).pull(None))

        assert (mention.created_at, mention.created_at_assumed) == (LATER, True)

    def test_half_a_character_and_nul_harm_nothing_around_them(self, fake: FakeTelegram) -> None:
        fake.say("half \ud83d and \0 nul")
        fake.say("next")

        assert [mention.text for mention in open_source(fake).pull(None).mentions] == ["half ? and \0 nul", "next"]


class TestGroups:
    @pytest.mark.parametrize("text", ["hey @LarkbankBot, help", "😡😡 @larkbankbot", "/help@LarkbankBot"])
    def test_one_that_names_us_is_a_mention(self, fake: FakeTelegram, text: str) -> None:
        fake.say_in_group(text)
        if text.startswith("hey"):
            fake.updates[-1]["message"]["entities"][0]["length"] -= 1  # without the comma

        mention = only(open_source(fake).pull(None))

        assert (mention.kind, mention.on_owned_channel) == (Kind.MENTION, None)
        assert mention.url == "https://t.me/larkfriends/1"
        assert mention.conversation_id == "-1001234:1"

    def test_one_that_answers_our_bot_is_a_reply_and_ours_stands_beside_it(self, fake: FakeTelegram) -> None:
        ours = fake.message("We look into it.", sender=OUR_BOT, chat=GROUP)
        fake.say_in_group("still broken", reply_to_message=ours)

        page = open_source(fake).pull(None)

        assert (only(page).kind, only(page).in_reply_to) == (Kind.REPLY, "-1001234:1")
        assert only(page).conversation_id == "-1001234:1"
        assert [(each.mention.text, each.is_ours) for each in page.bystanders] == [("We look into it.", True)]

    def test_what_somebody_else_said_before_stands_beside_it(self, fake: FakeTelegram) -> None:
        parent = fake.message("my card fails", sender=BOBBY, chat=GROUP)
        fake.say_in_group("@LarkbankBot see this", reply_to_message=parent)

        (bystander,) = open_source(fake).pull(None).bystanders

        assert (bystander.mention.text, bystander.is_ours) == ("my card fails", False)

    def test_a_comment_below_a_post_of_the_channel_is_a_comment(self, fake: FakeTelegram) -> None:
        post = fake.message("New fees!", chat=GROUP, sender_chat=CHANNEL, is_automatic_forward=True)
        fake.say_in_group("a scam", reply_to_message=post)

        page = open_source(fake).pull(None)

        assert only(page).kind is Kind.COMMENT
        assert [each.is_ours for each in page.bystanders] == [True]

    def test_a_name_behind_which_no_account_is_marks_us_by_number(self, fake: FakeTelegram) -> None:
        mark = {"type": "text_mention", "offset": 0, "length": 4, "user": OUR_BOT}
        fake.say("Lark, help", chat=GROUP, entities=[mark])

        assert only(open_source(fake).pull(None)).kind is Kind.MENTION

    @pytest.mark.parametrize("text", ["nobody listens", "@LarkbankBotFake hi", "/help@OtherBot", "mail@LarkbankBot x"])
    def test_what_is_not_meant_for_us_is_not_kept(self, fake: FakeTelegram, text: str) -> None:
        fake.say_in_group(text)

        assert open_source(fake).pull(None).is_empty

    def test_a_caption_can_name_us(self, fake: FakeTelegram) -> None:
        marks = [{"type": "mention", "offset": 0, "length": len(BOT) + 1}]
        fake.say(None, chat=GROUP, photo=[], caption=f"@{BOT} look", caption_entities=marks)

        assert only(open_source(fake).pull(None)).text == f"@{BOT} look"

    def test_a_topic_is_a_conversation(self, fake: FakeTelegram) -> None:
        fake.say_in_group("@LarkbankBot help", message_thread_id=77)

        assert only(open_source(fake).pull(None)).conversation_id == "-1001234:77"

    def test_who_speaks_as_the_group_is_the_group(self, fake: FakeTelegram) -> None:
        fake.say_in_group("@LarkbankBot help", sender_chat=GROUP)

        assert only(open_source(fake).pull(None)).author == Author("-1001234", "larkfriends", "Lark friends")

    def test_a_post_of_a_channel_that_names_us_is_a_mention(self, fake: FakeTelegram) -> None:
        text = "@LarkbankBot never pays"
        post = fake.message(
            text, chat=CHANNEL, sender_chat=CHANNEL, entities=[{"type": "mention", "offset": 0, "length": 12}]
        )
        del post["from"]
        fake.update("channel_post", post)

        mention = only(open_source(fake).pull(None))

        assert mention.author == Author("-1009999", None, "Lark news")
        assert mention.url == "https://t.me/c/9999/1"


class TestBusinessChats:
    def test_a_customers_message_is_private_and_ours_is_a_bystander(self, fake: FakeTelegram) -> None:
        theirs = fake.message("hello", business_connection_id="c:1")
        ours = fake.message("hi", sender=BOBBY, business_connection_id="c:1", chat=private(ALICE))
        fake.update("business_message", theirs)
        fake.update("business_message", ours)

        page = open_source(fake).pull(None)

        assert (only(page).native_id, only(page).conversation_id) == ("c:1:42:1", "c:1:42")
        assert only(page).kind is Kind.DM
        assert [(each.mention.native_id, each.is_ours) for each in page.bystanders] == [("c:1:42:2", True)]

    def test_deleted_messages_are_told_of(self, fake: FakeTelegram) -> None:
        gone = {"business_connection_id": "c1", "chat": private(ALICE), "message_ids": [1, 5]}
        fake.update("deleted_business_messages", gone)

        page = open_source(fake).pull(None)

        assert page.deletions == [Deletion("telegram", BOT, f"c1:42:{number}", LATER) for number in (1, 5)]


class TestEdits:
    def test_an_edit_is_the_same_message_in_other_words(self, fake: FakeTelegram) -> None:
        said = fake.say("first words")
        cursor = open_source(fake).pull(None).cursor
        fake.edit(said, "other words", at=NOW + minutes(1))

        page = open_source(fake).pull(cursor)

        (edit,) = page.edits
        assert not page.mentions
        assert (edit.mention.native_id, edit.mention.text) == ("42:1", "other words")
        assert (edit.mention.created_at, edit.edited_at) == (NOW, NOW + minutes(1))

    def test_two_within_a_second_are_two_versions_and_the_same_twice_is_one(self, fake: FakeTelegram) -> None:
        said = fake.say("first")
        for text in ("second", "third", "third"):
            fake.edit(said, text)

        versions = [edit.version for edit in open_source(fake).pull(None).edits]

        assert len(set(versions)) == 2
        assert versions[1] == versions[2]

    def test_an_edit_in_a_group_that_is_not_meant_for_us_is_not_kept(self, fake: FakeTelegram) -> None:
        fake.edit(fake.message("talk", chat=GROUP), "other talk")

        assert open_source(fake).pull(None).is_empty


class TestTheCursor:
    def test_it_asks_for_what_comes_after_the_last_update(self, fake: FakeTelegram) -> None:
        fake.say("one")
        cursor = open_source(fake).pull(None).cursor
        fake.say("two")

        assert only(open_source(fake).pull(cursor)).text == "two"
        first, second = fake.calls("getUpdates")
        assert "offset" not in first
        assert second["offset"] == 1001
        assert second["allowed_updates"] == list(ALLOWED_UPDATES)

    def test_a_page_is_confirmed_only_when_the_next_one_is_asked_for(self, fake: FakeTelegram) -> None:
        fake.say("one")
        open_source(fake).pull(None)

        assert only(open_source(fake).pull(None)).text == "one"

    def test_after_a_quiet_week_numbers_begin_anew_and_none_is_skipped(self, fake: FakeTelegram) -> None:
        fake.say("one")
        cursor = open_source(fake).pull(None).cursor
        open_source(fake).pull(cursor)
        fake.next_update = 5
        week_later = LATER + timedelta(days=8)
        fake.say("two", at=week_later)

        page = open_source(fake, now=week_later).pull(cursor)

        assert only(page).text == "two"
        assert json.loads(page.cursor)["update_id"] == 5

    def test_pages_of_talk_not_meant_for_us_are_read_over(self, fake: FakeTelegram) -> None:
        fake.page_size = 2
        for _ in range(7):
            fake.say_in_group("talk")
        fake.say("for us")

        assert only(open_source(fake).pull(None)).text == "for us"

    @pytest.mark.parametrize("broken", [{"message": {"text": 7}}, {"message": "x"}, {"message": {"message_id": None}}])
    def test_an_update_that_cannot_be_read_is_kept_apart(self, fake: FakeTelegram, broken: dict[str, Any]) -> None:
        fake.updates.append({"update_id": fake.next_update} | broken)
        fake.next_update += 1
        fake.say("next")

        page = open_source(fake).pull(None)

        assert only(page).text == "next"
        (rejected,) = page.rejected
        assert rejected.where == "update 1000"
        assert json.loads(rejected.raw)["update_id"] == 1000

    def test_a_date_that_is_none_is_kept_apart(self, fake: FakeTelegram) -> None:
        fake.say("x", at=NOW)
        fake.updates[-1]["message"]["date"] = 10**18
        fake.say("next")

        page = open_source(fake).pull(None)

        assert only(page).text == "next"
        assert len(page.rejected) == 1

    def test_updates_without_any_number_are_not_taken_for_read(self, fake: FakeTelegram) -> None:
        fake.fail("getUpdates", httpx.Response(200, json={"ok": True, "result": [{"message": {}}]}))

        with pytest.raises(RetryableError):
            open_source(fake).pull(None)

    def test_where_updates_are_pushed_none_are_pulled(self) -> None:
        assert PushedSource().pull('{"a": 1}') == Page((), '{"a": 1}')
        assert PushedSource().pull(None).is_empty


class TestWhatCanGoWrong:
    def test_a_webhook_that_is_set_is_said_in_plain_words(self, fake: FakeTelegram) -> None:
        fake.webhook["url"] = "https://elsewhere.test"

        with pytest.raises(AccessError, match="EARSHOT_TELEGRAM_WEBHOOK_SECRET"):
            open_source(fake).pull(None)

    def test_another_reader_is_said_in_plain_words(self, fake: FakeTelegram) -> None:
        fake.fail("getUpdates", refused(409, "Conflict: terminated by other getUpdates request"))

        with pytest.raises(AccessError, match="another program"):
            open_source(fake).pull(None)

    @pytest.mark.parametrize("status", [401, 402, 403, 404, 400])
    def test_a_refusal_needs_a_person(self, fake: FakeTelegram, status: int) -> None:
        fake.fail("getUpdates", refused(status, "no"))

        with pytest.raises(AccessError):
            open_source(fake).pull(None)

    @pytest.mark.parametrize("outcome", [refused(500, "x"), refused(502, "x"), httpx.ReadTimeout("slow")], ids=str)
    def test_an_outage_is_tried_again(self, fake: FakeTelegram, outcome: httpx.Response | Exception) -> None:
        fake.say("hello")
        fake.fail("getUpdates", outcome)

        assert only(open_source(fake).pull(None)).text == "hello"

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b'{"ok": true, "resu', b'{"ok": true, "result": null}', b"[]", b'{"result": []}']
    )
    def test_what_is_no_answer_is_never_taken_for_nothing_new(self, fake: FakeTelegram, body: bytes) -> None:
        fake.fail("getUpdates", *[httpx.Response(200, content=body) for _ in range(3)])

        with pytest.raises(RetryableError):
            open_source(fake).pull(None)

    def test_an_error_inside_a_200_is_an_error(self, fake: FakeTelegram) -> None:
        inside = {"ok": False, "error_code": 429, "description": "x", "parameters": {"retry_after": 7}}
        fake.fail("getUpdates", httpx.Response(200, json=inside))

        with pytest.raises(RetryableError) as raised:
            open_source(fake).pull(None)
        assert raised.value.retry_after_seconds == 7

    def test_a_limit_is_waited_for_by_every_process(self, fake: FakeTelegram) -> None:
        ledger = LedgerInMemory()
        fake.fail("getUpdates", asked_to_wait(120))
        source = TelegramSource(open_client(fake, ledger=ledger), US, now=lambda: LATER)
        other = TelegramSource(open_client(fake, ledger=ledger), US, now=lambda: LATER)

        for each in (source, other):
            with pytest.raises(RetryableError) as raised:
                each.pull(None)
            assert raised.value.retry_after_seconds == 120
        assert len(fake.requests) == 1

    @pytest.mark.parametrize(
        "outcome", [refused(401, "x"), refused(500, "x"), refused(400, TOKEN), httpx.ReadTimeout("x")], ids=str
    )
    def test_the_token_is_in_no_message_and_no_log_of_ours(
        self, fake: FakeTelegram, caplog: pytest.LogCaptureFixture, outcome: httpx.Response | Exception
    ) -> None:
        caplog.set_level(logging.DEBUG)
        logging.getLogger("httpx").setLevel(logging.WARNING)  # as running/logs.py sets it
        fake.fail("getUpdates", *[outcome] * 3)

        with pytest.raises((AccessError, RetryableError)) as raised:
            open_source(fake).pull(None)

        assert TOKEN not in str(raised.value)
        assert TOKEN not in caplog.text


def test_an_instant_is_aware_and_in_utc(fake: FakeTelegram) -> None:
    fake.say("x", at=datetime(2026, 6, 5, 11, 0, tzinfo=UTC))

    assert only(open_source(fake).pull(None)).created_at.tzinfo is UTC
