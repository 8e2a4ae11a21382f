import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from connectors.connector import Tools
from connectors.google_play.channel import MOST_RECHECKED, GooglePlayChannel
from connectors.google_play.connector import GOOGLE_PLAY
from connectors.google_play.source import GooglePlaySource
from connectors.quota import LedgerInMemory
from models import AuthoredBy, Capabilities, Kind, MayReply, Mention, Page, Presence, Reply
from models.errors import AccessError, PermanentError, RetryableError, SetupError
from models.identity import mention_id
from settings import Settings
from tests.connectors.google_play.conftest import open_source
from tests.connectors.google_tokens import TOKEN_URL, refused
from tests.connectors.keys import rsa_key
from tests.fakes.google_play import NOW, PACKAGE, FakeGooglePlay, stamp

HOUR = timedelta(hours=1)
SORRY = Reply("reply:1", "Sorry to hear that!", is_private=False, authored_by=AuthoredBy.PERSON)


def only(page: Page) -> Mention:
    (mention,) = page.mentions
    return mention


class TestAReview:
    def test_it_carries_what_was_said_where_and_when(self, fake: FakeGooglePlay, source: GooglePlaySource) -> None:
        review_id = fake.say(
            "Charged twice 😡", at=NOW - HOUR, stars=1, appVersionName="7.1", appVersionCode=71, thumbsUpCount=12
        )

        mention = only(source.pull(None))

        assert mention.id == mention_id("google_play", PACKAGE, review_id)
        assert (mention.channel, mention.account, mention.native_id) == ("google_play", PACKAGE, review_id)
        assert (mention.kind, mention.text, mention.lang) == (Kind.REVIEW, "Charged twice 😡", "en")
        assert mention.created_at == NOW - HOUR + timedelta(milliseconds=713)
        assert not mention.created_at_assumed
        assert mention.on_owned_channel is True
        assert mention.author is not None
        assert (mention.author.id, mention.author.name) == (f"review:{review_id}", "Joss Wattle")
        assert mention.author.followers is None
        seconds = int((NOW - HOUR).timestamp())
        assert mention.raw == {
            "rating": 1,
            "app_version": "7.1",
            "app_version_code": 71,
            "likes": 12,
            "last_modified": f"{seconds}.713000000",
        }

    def test_an_instant_from_the_future_is_assumed(self, fake: FakeGooglePlay, source: GooglePlaySource) -> None:
        fake.say("from tomorrow", at=NOW + 24 * HOUR)

        mention = only(source.pull(None))

        assert (mention.created_at, mention.created_at_assumed) == (NOW, True)

    def test_a_nameless_reviewer_has_no_name(self, fake: FakeGooglePlay, source: GooglePlaySource) -> None:
        fake.say("hello", name="")

        mention = only(source.pull(None))

        assert mention.author is not None
        assert mention.author.name is None

    def test_our_answer_stands_beside_it(self, fake: FakeGooglePlay, source: GooglePlaySource) -> None:
        review_id = fake.say("hello", at=NOW - HOUR)
        fake.answer(review_id, "We look into it.", at=NOW)

        (bystander,) = source.pull(None).bystanders

        assert bystander.is_ours
        assert (bystander.mention.native_id, bystander.mention.in_reply_to) == (f"{review_id}:reply", review_id)
        assert (bystander.mention.text, bystander.mention.conversation_id) == ("We look into it.", review_id)

    def test_an_answer_given_later_is_seen(self, fake: FakeGooglePlay, source: GooglePlaySource) -> None:
        review_id = fake.say("hello", at=NOW - HOUR)
        cursor = source.pull(None).cursor
        fake.answer(review_id, "We look into it.")

        page = source.pull(cursor)

        assert page.mentions == []
        assert [one.mention.text for one in page.bystanders] == ["We look into it."]

    @pytest.mark.parametrize(
        "broken",
        [
            None,
            "text",
            {},
            {"reviewId": "gp:1"},
            {"reviewId": "gp:1", "comments": [{"developerComment": {"text": "t", "lastModified": stamp(NOW)}}]},
            {"reviewId": "gp:1", "comments": [{"userComment": {"text": "t"}}]},
            {"reviewId": "gp:1", "comments": [{"userComment": {"text": "t", "lastModified": {"seconds": "soon"}}}]},
            {"reviewId": "gp:1", "comments": [{"userComment": {"text": "t", "lastModified": {"seconds": "9" * 30}}}]},
            {"reviewId": 7, "comments": []},
        ],
    )
    def test_one_that_cannot_be_read_is_kept_with_its_bytes_once(
        self, fake: FakeGooglePlay, source: GooglePlaySource, broken: object
    ) -> None:
        fake.broken.append((int(NOW.timestamp()), broken))
        good = fake.say("hello", at=NOW - HOUR)

        page = source.pull(None)

        assert only(page).native_id == good
        (rejected,) = page.rejected
        assert json.loads(rejected.raw) == broken
        assert source.pull(page.cursor).is_empty

    def test_half_a_character_becomes_a_question_mark(self, fake: FakeGooglePlay, source: GooglePlaySource) -> None:
        fake.say("broken \ud83d emoji")

        assert only(source.pull(None)).text == "broken ? emoji"


class TestAnEdit:
    def test_a_changed_review_moves_to_the_top_with_another_version(
        self, fake: FakeGooglePlay, source: GooglePlaySource
    ) -> None:
        review_id = fake.say("fine", at=NOW - 50 * HOUR)
        cursor = source.pull(None).cursor
        fake.edit(review_id, "Charged twice", at=NOW - HOUR)

        page = source.pull(cursor)

        (edit,) = page.edits
        assert page.mentions == []
        assert edit.mention.text == "Charged twice"
        assert edit.version == f"{int((NOW - HOUR).timestamp())}.713000000"
        assert edit.edited_at == NOW - HOUR + timedelta(milliseconds=713)


class TestPaging:
    def test_a_later_pull_stops_three_days_behind_the_newest(self, fake: FakeGooglePlay) -> None:
        fake.page_size = 10
        for number in range(60):
            fake.say("words", at=NOW - 2 * number * HOUR)
        cursor = open_source(fake).pull(None).cursor
        fake.requests.clear()

        assert open_source(fake).pull(cursor).is_empty
        assert len(fake.calls("GET")) == 5, "three days are 36 reviews, and one page tells that it is enough"

    def test_pages_that_run_in_a_circle_end(self, fake: FakeGooglePlay, source: GooglePlaySource) -> None:
        body = {"reviews": [], "tokenPagination": {"nextPageToken": "1"}}
        fake.fail("GET", *[httpx.Response(200, json=body)] * 5)

        with pytest.raises(RetryableError, match="circle"):
            source.pull(None)

    def test_an_app_nobody_knows_needs_a_person(self, fake: FakeGooglePlay, source: GooglePlaySource) -> None:
        fake.fail("GET", refused(404, "applicationNotFound"))

        with pytest.raises(AccessError, match="EARSHOT_GOOGLE_PLAY_PACKAGE"):
            source.pull(None)

    def test_a_token_that_went_stale_is_renewed_once(self, fake: FakeGooglePlay, source: GooglePlaySource) -> None:
        fake.say("hello")
        source.pull(None)
        fake.tokens.current = "another"

        assert only(source.pull(None)).text == "hello"
        assert len(fake.tokens.forms) == 2


class TestAnswers:
    @pytest.fixture
    def mention(self, fake: FakeGooglePlay, source: GooglePlaySource) -> Mention:
        fake.say("Charged twice", at=NOW - HOUR)
        return only(source.pull(None))

    def test_what_can_be_done_with_it(self, channel: GooglePlayChannel, mention: Mention) -> None:
        can = channel.capabilities(mention)
        assert can == Capabilities(pull=True, reply_public=True, edit=True, why_not_hide=can.why_not_hide)
        assert "Play Console" in can.why_not_hide
        assert not channel.capabilities(replace(mention, kind=Kind.REPLY)).reply_public

    def test_a_review_may_be_answered(self, channel: GooglePlayChannel, mention: Mention) -> None:
        assert channel.may_reply(mention) == MayReply(allowed=True, max_characters=350)

    def test_not_in_private(self, channel: GooglePlayChannel, mention: Mention) -> None:
        assert "no private answers" in channel.may_reply(mention, is_private=True).reason

    def test_not_when_it_is_gone(self, fake: FakeGooglePlay, channel: GooglePlayChannel, mention: Mention) -> None:
        del fake.reviews[mention.native_id]

        assert channel.may_reply(mention) == MayReply(allowed=False, reason="The review has been deleted.")
        with pytest.raises(PermanentError, match="deleted"):
            channel.reply(mention, SORRY)

    def test_one_that_is_only_too_old_to_be_shown_is_answered(
        self, fake: FakeGooglePlay, channel: GooglePlayChannel, mention: Mention
    ) -> None:
        fake.now += timedelta(days=9)

        assert channel.may_reply(mention).allowed
        assert channel.reply(mention, SORRY).reference == f"{mention.native_id}:reply"
        assert fake.answers() == ["Sorry to hear that!"]

    def test_another_answer_takes_the_place_of_the_first(
        self, fake: FakeGooglePlay, channel: GooglePlayChannel, mention: Mention
    ) -> None:
        channel.reply(mention, SORRY)
        channel.reply(mention, replace(SORRY, key="reply:2", text="It is paid back."))

        assert fake.answers() == ["It is paid back."]

    def test_our_answer_has_the_id_it_has_in_the_feed(
        self, fake: FakeGooglePlay, channel: GooglePlayChannel, mention: Mention, source: GooglePlaySource
    ) -> None:
        receipt = channel.reply(mention, SORRY)

        assert [one.mention.native_id for one in source.pull(None).bystanders] == [receipt.reference]


class TestAskingAgain:
    @pytest.fixture
    def mention(self, fake: FakeGooglePlay, source: GooglePlaySource) -> Mention:
        fake.say("Charged twice", at=NOW - HOUR)
        return only(source.pull(None))

    def test_one_that_stands_is_there(self, channel: GooglePlayChannel, mention: Mention) -> None:
        assert channel.recheck([mention])[mention.id].presence is Presence.THERE

    def test_words_that_were_cleaned_when_stored_are_no_edit(
        self, channel: GooglePlayChannel, mention: Mention
    ) -> None:
        assert channel.recheck([replace(mention, text="cleaned")])[mention.id].presence is Presence.THERE

    def test_other_words_are_an_edit(self, fake: FakeGooglePlay, channel: GooglePlayChannel, mention: Mention) -> None:
        fake.edit(mention.native_id, "All is well now", at=NOW)

        found = channel.recheck([mention])[mention.id]

        assert found.presence is Presence.EDITED
        assert found.edit is not None
        assert (found.edit.mention.id, found.edit.mention.text) == (mention.id, "All is well now")

    def test_a_young_one_that_is_not_shown_is_gone(
        self, fake: FakeGooglePlay, channel: GooglePlayChannel, mention: Mention
    ) -> None:
        del fake.reviews[mention.native_id]

        assert channel.recheck([mention])[mention.id].presence is Presence.GONE

    def test_of_an_old_one_nothing_is_known(
        self, fake: FakeGooglePlay, channel: GooglePlayChannel, mention: Mention
    ) -> None:
        fake.now += timedelta(days=8)

        assert channel.recheck([mention])[mention.id].presence is Presence.UNKNOWN

    def test_no_more_are_asked_for_than_leaves_room_for_news(
        self, fake: FakeGooglePlay, channel: GooglePlayChannel, mention: Mention
    ) -> None:
        fake.requests.clear()

        channel.recheck([replace(mention, id=f"m{number}") for number in range(200)])

        assert len(fake.requests) == MOST_RECHECKED


class TestTheConnector:
    def settings(self, tmp_path: Path, **fields: object) -> Settings:
        path = tmp_path / "key.json"
        path.write_text(json.dumps({"client_email": "a@b.test", "private_key": rsa_key(), "private_key_id": "k1"}))
        usual: dict[str, object] = {
            "home": tmp_path / "home",
            "google_play_package": PACKAGE,
            "google_play_api": "https://play.test",
            "google_play_account": path,
            "google_token_url": TOKEN_URL,
        }
        return Settings.model_validate({**usual, **fields})

    def tools(self, fake: FakeGooglePlay) -> Tools:
        return Tools(LedgerInMemory(), now=lambda: NOW, sleep=fake.slept.append, transport=fake.transport)

    def test_the_package_switches_it_on(self, tmp_path: Path) -> None:
        assert GOOGLE_PLAY.is_on(self.settings(tmp_path))
        assert not GOOGLE_PLAY.is_on(self.settings(tmp_path, google_play_package=None))

    def test_everything_it_needs_is_a_setting(self) -> None:
        assert {need.setting for need in GOOGLE_PLAY.needs} <= set(Settings.model_fields)

    def test_the_probe_reads_once(self, fake: FakeGooglePlay, tmp_path: Path) -> None:
        fake.tokens.scope = "https://www.googleapis.com/auth/androidpublisher"

        found = GOOGLE_PLAY.probe(self.settings(tmp_path), self.tools(fake))

        assert (found.account, found.scopes, found.missing) == (PACKAGE, (fake.tokens.scope,), ())

    def test_the_probe_says_what_is_refused(self, fake: FakeGooglePlay, tmp_path: Path) -> None:
        fake.fail("GET", refused(403, "permissionDenied"))

        with pytest.raises(AccessError):
            GOOGLE_PLAY.probe(self.settings(tmp_path), self.tools(fake))

    def test_without_a_key_file_it_names_the_setting(self, fake: FakeGooglePlay, tmp_path: Path) -> None:
        with pytest.raises(SetupError, match="EARSHOT_GOOGLE_PLAY_ACCOUNT"):
            GOOGLE_PLAY.probe(self.settings(tmp_path, google_play_account=None), self.tools(fake))

    def test_its_parts_open(self, fake: FakeGooglePlay, tmp_path: Path) -> None:
        settings, tools = self.settings(tmp_path), self.tools(fake)
        fake.say("hello")

        mention = only(GOOGLE_PLAY.sources["google_play"](settings, tools).pull(None))

        assert GOOGLE_PLAY.channels["google_play"](settings, tools).may_reply(mention).allowed
        assert GOOGLE_PLAY.seconds(settings) == 1800

    def test_a_limit_that_was_told_is_kept_for_every_process(self, fake: FakeGooglePlay, tmp_path: Path) -> None:
        settings, tools = self.settings(tmp_path), self.tools(fake)
        fake.fail("GET", refused(429, "rateLimitExceeded", headers={"retry-after": "600"}))
        for _ in range(2):
            with pytest.raises(RetryableError) as raised:
                GOOGLE_PLAY.sources["google_play"](settings, tools).pull(None)
            assert raised.value.retry_after_seconds == 600

        assert len(fake.calls("GET")) == 1


def test_nothing_of_a_refused_call_is_told(fake: FakeGooglePlay, channel: GooglePlayChannel) -> None:
    fake.say("hello", at=NOW - HOUR)
    mention = only(open_source(fake).pull(None))
    fake.fail("POST", httpx.Response(400, json={"error": {"message": "secret words"}}))

    with pytest.raises(PermanentError) as raised:
        channel.reply(mention, replace(SORRY, text="private words"))

    said = str(raised.value)
    assert not [word for word in ("secret", "private words", "token1", mention.native_id) if word in said]
