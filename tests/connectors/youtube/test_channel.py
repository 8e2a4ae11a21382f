from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from connectors.connector import Tools
from connectors.quota import LedgerInMemory
from connectors.youtube.channel import YouTubeChannel
from connectors.youtube.connector import YOUTUBE
from models import AuthoredBy, Capabilities, Kind, MayReply, Mention, Presence, Reply
from models.errors import AccessError, PermanentError, RetryableError, SetupError, UnknownOutcomeError
from settings import Settings
from tests.connectors.google_tokens import TOKEN_URL, refused
from tests.connectors.youtube.conftest import open_answers, open_source
from tests.fakes.youtube import KEY, NOW, OURS, FakeYouTube

HOUR = timedelta(hours=1)
SORRY = Reply("reply:1", "Sorry to hear that!", is_private=False, authored_by=AuthoredBy.PERSON)


def pulled(fake: FakeYouTube, native_id: str) -> Mention:
    mentions = open_source(fake).pull(None).mentions
    return next(mention for mention in mentions if mention.native_id == native_id)


@pytest.fixture
def mention(fake: FakeYouTube, alice: str) -> Mention:
    return pulled(fake, fake.comment(alice, "my card was charged twice", at=NOW - HOUR))


class TestAReply:
    def test_it_stands_under_the_comment(self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention) -> None:
        receipt = channel.reply(mention, SORRY)

        (reply_id,) = fake.replies_to(mention.native_id)
        assert fake.comments[reply_id]["textDisplay"] == "Sorry to hear that!"
        assert (receipt.reference, receipt.found) == (reply_id, False)
        assert receipt.url == f"https://www.youtube.com/watch?v=video1&lc={reply_id}"

    def test_to_a_reply_it_stands_under_the_first_comment(
        self, fake: FakeYouTube, channel: YouTubeChannel, alice: str, mention: Mention
    ) -> None:
        reply = pulled(fake, fake.comment(alice, "and again", under=mention.native_id))

        channel.reply(reply, SORRY)

        assert len(fake.replies_to(mention.native_id)) == 2

    def test_whose_answer_was_lost_is_found_and_not_sent_again(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention
    ) -> None:
        fake.lose_writes = 1
        with pytest.raises(UnknownOutcomeError):
            channel.reply(mention, SORRY)

        assert channel.reply(mention, SORRY).found
        assert len(fake.calls("POST comments")) == 1

    @pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": {"code": 500}}', b'{"id": "Ugx'])
    def test_whose_answer_cannot_be_read_may_stand_there(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention, body: bytes
    ) -> None:
        fake.fail("POST comments", httpx.Response(200, content=body))

        with pytest.raises(UnknownOutcomeError):
            channel.reply(mention, SORRY)

    def test_is_found_though_white_space_was_changed(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention
    ) -> None:
        fake.comment(OURS, "Sorry to\nhear  that! ", under=mention.native_id)

        assert channel.reply(mention, SORRY).found

    def test_the_same_words_of_somebody_else_are_not_ours(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention, alice: str
    ) -> None:
        fake.comment(alice, SORRY.text, under=mention.native_id)

        assert not channel.reply(mention, SORRY).found

    def test_our_same_words_of_before_are_another_reply(
        self, fake: FakeYouTube, channel: YouTubeChannel, alice: str
    ) -> None:
        thread = fake.comment(alice, "first", at=NOW - 3 * HOUR)
        fake.comment(OURS, SORRY.text, under=thread, at=NOW - 2 * HOUR)
        later = pulled(fake, fake.comment(alice, "it happened again", under=thread, at=NOW - HOUR))

        assert not channel.reply(later, SORRY).found

    def test_a_token_that_expires_before_sending_does_not_cost_the_reply(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention
    ) -> None:
        fake.fail("POST comments", refused(401, "authError"))

        assert not channel.reply(mention, SORRY).found
        assert len(fake.replies_to(mention.native_id)) == 1

    @pytest.mark.parametrize("reason", ["commentsDisabled", "parentCommentIsPrivate"])
    def test_a_403_about_the_item_is_told_from_one_about_us(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention, reason: str
    ) -> None:
        fake.fail("POST comments", refused(403, reason))

        with pytest.raises(PermanentError if reason == "commentsDisabled" else AccessError):
            channel.reply(mention, SORRY)

    def test_units_that_are_used_up_mean_that_nothing_was_sent(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention
    ) -> None:
        fake.fail("POST comments", refused(403, "quotaExceeded"))

        with pytest.raises(RetryableError) as raised:
            channel.reply(mention, SORRY)
        assert not isinstance(raised.value, UnknownOutcomeError)
        assert raised.value.retry_after_seconds == 120

    def test_nothing_of_a_refused_call_is_told(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention
    ) -> None:
        fake.fail("POST comments", httpx.Response(400, json={"error": {"message": "secret words"}}))

        with pytest.raises(PermanentError) as raised:
            channel.reply(mention, replace(SORRY, text="private words"))

        told = str(raised.value)
        assert not [word for word in ("secret", "private words", "token1", mention.native_id) if word in told]


class TestWhetherItMayBeAnswered:
    def test_a_comment_that_shows_may_be(self, channel: YouTubeChannel, mention: Mention) -> None:
        assert channel.may_reply(mention) == MayReply(allowed=True, max_characters=10_000)
        assert channel.capabilities(mention) == Capabilities(
            pull=True, reply_public=True, reach=True, thread=True, edit=True, hide=True
        )

    def test_not_without_the_owners_consent(self, fake: FakeYouTube, mention: Mention) -> None:
        channel = open_answers(fake, has_consent=False)

        assert "not set up" in channel.may_reply(mention).reason
        assert not channel.capabilities(mention).reply_public
        assert "not set up" in channel.capabilities(mention).why_not_hide
        with pytest.raises(PermanentError, match="EARSHOT_YOUTUBE_REFRESH_TOKEN"):
            channel.reply(mention, SORRY)

    def test_not_in_private(self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention) -> None:
        fake.requests.clear()

        assert "no private messages" in channel.may_reply(mention, is_private=True).reason
        assert "no private messages" in channel.may_reply(replace(mention, kind=Kind.DM)).reason
        assert fake.requests == []

    def test_not_where_comments_are_closed(self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention) -> None:
        fake.can_reply = False

        assert channel.may_reply(mention).reason == "Comments are closed under this video."
        with pytest.raises(PermanentError, match="closed"):
            channel.reply(mention, SORRY)

    def test_not_when_it_is_deleted(self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention) -> None:
        fake.delete(mention.native_id)

        assert channel.may_reply(mention).reason == "The comment has been deleted."

    def test_not_when_it_is_a_deleted_reply_of_a_thread_that_stands(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention, alice: str
    ) -> None:
        reply = pulled(fake, fake.comment(alice, "and again", under=mention.native_id))
        fake.delete(reply.native_id)

        assert channel.may_reply(reply).reason == "The comment has been deleted."


class TestWhatStandsAround:
    def test_a_reply_comes_with_its_thread(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention, alice: str
    ) -> None:
        ours = fake.comment(OURS, "Which card?", under=mention.native_id)
        reply = pulled(fake, fake.comment(alice, "the blue one", under=mention.native_id))

        around = channel.surroundings([reply]).bystanders

        assert [(one.mention.native_id, one.is_ours) for one in around] == [(mention.native_id, False), (ours, True)]
        assert {one.mention.conversation_id for one in around} == {mention.native_id}

    def test_the_first_of_a_thread_comes_alone(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention
    ) -> None:
        fake.requests.clear()

        assert channel.surroundings([mention]).bystanders == ()
        assert fake.requests == []

    def test_a_thread_that_is_gone_shows_nothing(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention, alice: str
    ) -> None:
        reply = pulled(fake, fake.comment(alice, "the blue one", under=mention.native_id))
        fake.delete(mention.native_id)

        assert channel.surroundings([reply]).bystanders == ()


class TestAskingAgain:
    @pytest.mark.parametrize("missing_is_404", [False, True])
    def test_those_that_went_are_told_from_those_that_stand(
        self, fake: FakeYouTube, channel: YouTubeChannel, alice: str, missing_is_404: bool
    ) -> None:
        ids = [fake.comment(alice, f"comment {number}", at=NOW - HOUR) for number in range(60)]
        mentions = open_source(fake).pull(None).mentions
        gone = {ids[7], ids[55]}
        for comment_id in gone:
            fake.delete(comment_id)
        fake.missing_is_404 = missing_is_404

        found = channel.recheck(mentions)

        assert {one.native_id for one in mentions if found[one.id].presence is Presence.GONE} == gone
        assert sum(one.presence is Presence.THERE for one in found.values()) == 58

    def test_fifty_are_asked_for_in_one_call(
        self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention
    ) -> None:
        fake.requests.clear()

        channel.recheck([replace(mention, id=f"m{number}", native_id=f"U{number}") for number in range(101)])

        assert len(fake.requests) == 3

    def test_other_words_are_an_edit(self, fake: FakeYouTube, channel: YouTubeChannel, mention: Mention) -> None:
        fake.edit(mention.native_id, "charged three times", at=NOW)

        found = channel.recheck([mention])[mention.id]

        assert found.presence is Presence.EDITED
        assert found.edit is not None
        assert (found.edit.mention.id, found.edit.mention.text) == (mention.id, "charged three times")
        assert found.edit.mention.conversation_id == mention.conversation_id

    def test_words_that_were_cleaned_when_stored_are_no_edit(self, channel: YouTubeChannel, mention: Mention) -> None:
        assert channel.recheck([replace(mention, text="cleaned")])[mention.id].presence is Presence.THERE


class TestTheConnector:
    def settings(self, tmp_path: Path, **fields: object) -> Settings:
        usual: dict[str, object] = {
            "home": tmp_path,
            "youtube_channel_id": OURS,
            "youtube_api": "https://youtube.test/youtube/v3",
            "youtube_key": KEY,
            "youtube_client_id": "client",
            "youtube_client_secret": "secret",
            "youtube_refresh_token": "refresh",
            "google_token_url": TOKEN_URL,
        }
        return Settings.model_validate({**usual, **fields})

    def tools(self, fake: FakeYouTube) -> Tools:
        return Tools(LedgerInMemory(), now=lambda: NOW, sleep=fake.slept.append, transport=fake.transport)

    def test_the_channel_switches_it_on(self, tmp_path: Path) -> None:
        assert YOUTUBE.is_on(self.settings(tmp_path))
        assert not YOUTUBE.is_on(self.settings(tmp_path, youtube_channel_id=None))

    def test_everything_it_needs_is_a_setting(self) -> None:
        assert {need.setting for need in YOUTUBE.needs} <= set(Settings.model_fields)

    def test_the_probe_names_the_channel_and_what_is_allowed(self, fake: FakeYouTube, tmp_path: Path) -> None:
        found = YOUTUBE.probe(self.settings(tmp_path), self.tools(fake))

        assert (found.account, found.scopes, found.missing) == ("Larkbank", (fake.tokens.scope,), ())

    def test_with_a_key_alone_it_says_that_nothing_can_be_answered(self, fake: FakeYouTube, tmp_path: Path) -> None:
        found = YOUTUBE.probe(self.settings(tmp_path, youtube_refresh_token=None), self.tools(fake))

        assert "EARSHOT_YOUTUBE_REFRESH_TOKEN" in found.missing[0]

    def test_consent_without_the_scope_is_told(self, fake: FakeYouTube, tmp_path: Path) -> None:
        fake.tokens.scope = "https://www.googleapis.com/auth/youtube.readonly"

        assert "youtube.force-ssl" in YOUTUBE.probe(self.settings(tmp_path), self.tools(fake)).missing[0]

    def test_consent_of_another_channel_is_told(self, fake: FakeYouTube, tmp_path: Path) -> None:
        fake.owner = "UCsomebody"

        assert "another channel" in YOUTUBE.probe(self.settings(tmp_path), self.tools(fake)).missing[0]

    def test_a_channel_nobody_knows_is_told(self, fake: FakeYouTube, tmp_path: Path) -> None:
        with pytest.raises(SetupError, match="EARSHOT_YOUTUBE_CHANNEL_ID"):
            YOUTUBE.probe(self.settings(tmp_path, youtube_channel_id="@larkbank"), self.tools(fake))

    def test_with_nothing_to_read_by_it_names_the_key(self, fake: FakeYouTube, tmp_path: Path) -> None:
        bare = self.settings(tmp_path, youtube_key=None, youtube_refresh_token=None)

        with pytest.raises(SetupError, match="EARSHOT_YOUTUBE_KEY"):
            YOUTUBE.probe(bare, self.tools(fake))

    @pytest.mark.parametrize("setting", ["youtube_client_id", "youtube_client_secret"])
    def test_consent_without_its_client_names_the_client(self, fake: FakeYouTube, tmp_path: Path, setting: str) -> None:
        with pytest.raises(SetupError, match=f"EARSHOT_{setting.upper()}"):
            YOUTUBE.probe(self.settings(tmp_path, **{setting: None}), self.tools(fake))

    def test_its_parts_open_and_share_the_units_of_the_day(self, fake: FakeYouTube, tmp_path: Path, alice: str) -> None:
        settings, tools = self.settings(tmp_path), self.tools(fake)
        fake.comment(alice, "hello", at=NOW - HOUR)

        (mention,) = YOUTUBE.sources["youtube"](settings, tools).pull(None).mentions
        YOUTUBE.channels["youtube"](settings, tools).reply(mention, SORRY)

        assert tools.ledger.spent(f"youtube {OURS}", since=NOW - 24 * HOUR) == 54
        assert YOUTUBE.seconds(settings) == 300
