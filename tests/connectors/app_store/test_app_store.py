import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.app_store.channel import MOST_RECHECKED, AppStoreChannel
from connectors.app_store.connector import APP_STORE
from connectors.app_store.key import Signer
from connectors.app_store.source import AppStoreSource
from connectors.connector import Tools
from connectors.quota import LedgerInMemory
from models import AuthoredBy, Capabilities, Kind, MayReply, Mention, Page, Presence, Reply
from models.errors import AccessError, PermanentError, RetryableError, SetupError
from models.identity import mention_id
from settings import Settings
from tests.connectors.app_store.conftest import open_source, open_store
from tests.connectors.keys import ec_key, rsa_key
from tests.fakes.app_store import APP, HERE, ISSUER, KEY_ID, NOW, FakeAppStore, refused

HOUR = timedelta(hours=1)
SORRY = Reply("reply:1", "Sorry to hear that!", is_private=False, authored_by=AuthoredBy.PERSON)


def only(page: Page) -> Mention:
    (mention,) = page.mentions
    return mention


class TestAReview:
    def test_it_carries_what_was_said_where_and_when(self, fake: FakeAppStore, source: AppStoreSource) -> None:
        review_id = fake.say("Twice in May 😡", at=NOW - HOUR, title="Charged twice", stars=1)

        mention = only(source.pull(None))

        assert mention.id == mention_id("app_store", APP, review_id)
        assert (mention.channel, mention.account, mention.native_id) == ("app_store", APP, review_id)
        assert (mention.kind, mention.text) == (Kind.REVIEW, "Charged twice\nTwice in May 😡")
        assert (mention.created_at, mention.created_at.utcoffset()) == (NOW - HOUR, timedelta(0))
        assert mention.on_owned_channel is True
        assert mention.author is not None
        assert (mention.author.id, mention.author.name) == (f"review:{review_id}", "Joss W")
        assert mention.author.followers is None
        assert (mention.raw["rating"], mention.raw["territory"]) == (1, "AUS")

    @pytest.mark.parametrize(("title", "body", "text"), [("Bad", None, "Bad"), ("", "Bad", "Bad"), (None, None, "")])
    def test_what_is_missing_leaves_no_empty_line(
        self, fake: FakeAppStore, source: AppStoreSource, title: str | None, body: str | None, text: str
    ) -> None:
        fake.say("", title=title, body=body)

        assert only(source.pull(None)).text == text

    def test_our_answer_stands_beside_it(self, fake: FakeAppStore, source: AppStoreSource) -> None:
        review_id = fake.say("hello", at=NOW - HOUR)
        response_id = fake.respond(review_id, "We look into it.")

        (bystander,) = source.pull(None).bystanders

        assert bystander.is_ours
        assert (bystander.mention.native_id, bystander.mention.in_reply_to) == (response_id, review_id)
        assert bystander.mention.text == "We look into it."

    @pytest.mark.parametrize(
        "broken",
        [
            None,
            [],
            {"type": "customerReviews"},
            {"id": "1", "attributes": {"body": "no instant"}},
            {"id": "1", "attributes": {"body": "b", "createdDate": "2026-06-05T12:00:00"}},
            {"id": "1", "attributes": {"body": {"x": 1}, "createdDate": "2026-06-05T12:00:00Z"}},
        ],
    )
    def test_one_that_cannot_be_read_is_kept_with_its_bytes_once(
        self, fake: FakeAppStore, source: AppStoreSource, broken: object
    ) -> None:
        fake.broken.append((NOW, broken))
        good = fake.say("hello", at=NOW - HOUR)

        page = source.pull(None)

        assert only(page).native_id == good
        (rejected,) = page.rejected
        assert json.loads(rejected.raw) == broken
        assert source.pull(page.cursor).is_empty


class TestAnEdit:
    @pytest.mark.parametrize("at", [None, NOW], ids=["in its place", "moved to the top"])
    def test_the_same_review_with_other_words_is_an_edit(
        self, fake: FakeAppStore, source: AppStoreSource, at: object
    ) -> None:
        review_id = fake.say("fine", at=NOW - 20 * HOUR)
        fake.say("another", at=NOW - HOUR)
        cursor = source.pull(None).cursor
        fake.edit(review_id, "Charged twice", at=NOW if at else None)

        page = source.pull(cursor)

        assert page.mentions == []
        (edit,) = page.edits
        assert (edit.mention.native_id, edit.mention.text) == (review_id, "Charged twice")
        assert edit.edited_at == NOW
        assert source.pull(page.cursor).is_empty

    def test_the_same_words_have_the_same_version(self, fake: FakeAppStore, source: AppStoreSource) -> None:
        review_id = fake.say("fine")
        cursor = source.pull(None).cursor
        versions = []
        for text in ("bad", "good", "bad"):
            fake.edit(review_id, text)
            page = source.pull(cursor)
            versions += [edit.version for edit in page.edits]
            cursor = page.cursor

        assert versions[0] == versions[2] != versions[1]


class TestPaging:
    def test_the_first_pull_goes_back_thirty_days(self, fake: FakeAppStore, source: AppStoreSource) -> None:
        fake.say("old", at=NOW - timedelta(days=31))
        fake.say("new", at=NOW - timedelta(days=29))

        page = source.pull(None)

        assert only(page).text == "new"
        assert source.pull(page.cursor).is_empty

    def test_the_next_page_is_followed_to_the_same_host_only(self, fake: FakeAppStore) -> None:
        fake.page_size = 1
        fake.say("one", at=NOW - HOUR)
        fake.say("two")
        for host in ("https://elsewhere.test", "http://appstore.test", "https://appstore.test:8443", "//x.test"):
            fake.next_host = host
            with pytest.raises(RetryableError, match="not followed"):
                open_source(fake).pull(None)

    @pytest.mark.parametrize("link", ["https://[", "https://appstore.test:port/", "\0"])
    def test_a_next_page_that_is_no_address_is_not_followed(self, fake: FakeAppStore, link: str) -> None:
        fake.fail("GET", httpx.Response(200, json={"data": [], "links": {"next": link}}))

        with pytest.raises(RetryableError):
            open_source(fake).pull(None)

    def test_pages_that_run_in_a_circle_end(self, fake: FakeAppStore, source: AppStoreSource) -> None:
        body = {"data": [], "links": {"next": f"{HERE}/v1/apps/{APP}/customerReviews?cursor=1"}}
        fake.fail("GET", *[httpx.Response(200, json=body)] * 5)

        with pytest.raises(RetryableError, match="circle"):
            source.pull(None)

    def test_an_app_nobody_knows_needs_a_person(self, fake: FakeAppStore, source: AppStoreSource) -> None:
        fake.fail("GET", refused(404, "NOT_FOUND"))

        with pytest.raises(AccessError, match="EARSHOT_APP_STORE_APP_ID"):
            source.pull(None)


class TestTheToken:
    """The fake refuses what is not signed by the key, or lives longer than 20 minutes."""

    def test_it_is_made_anew_before_it_ends(self, fake: FakeAppStore) -> None:
        client = open_store(fake)
        for _ in range(5):
            client.reviews()
            fake.now += timedelta(minutes=6)

        used = [request.headers["authorization"] for request in fake.requests]
        assert used[0] == used[1] == used[2] != used[3]

    def test_one_that_is_refused_is_made_anew_once(self, fake: FakeAppStore) -> None:
        client = open_store(fake)
        client.reviews()
        fake.revoked.add(fake.requests[-1].headers["authorization"].removeprefix("Bearer "))
        fake.now += timedelta(seconds=1)

        client.reviews()

        assert len(fake.requests) == 3

    @pytest.mark.parametrize("key", ["", "no key", rsa_key()])
    def test_a_key_that_cannot_sign_needs_a_person(self, key: str) -> None:
        signer = Signer(issuer=ISSUER, key_id=KEY_ID, key=SecretStr(key), now=lambda: NOW)

        with pytest.raises(AccessError):
            signer.token()


class TestItsLimit:
    def test_when_the_hour_is_used_up_nothing_is_called(self, fake: FakeAppStore) -> None:
        ledger = LedgerInMemory()
        fake.remaining = 0
        open_store(fake, ledger=ledger).reviews()

        with pytest.raises(RetryableError) as raised:
            open_store(fake, ledger=ledger).review("1")
        assert raised.value.retry_after_seconds == 3600
        assert len(fake.requests) == 1


class TestAnswers:
    @pytest.fixture
    def mention(self, fake: FakeAppStore, source: AppStoreSource) -> Mention:
        fake.say("Charged twice", at=NOW - HOUR)
        return only(source.pull(None))

    def test_what_can_be_done_with_it(self, channel: AppStoreChannel, mention: Mention) -> None:
        can = channel.capabilities(mention)
        assert can == Capabilities(pull=True, reply_public=True, edit=True, why_not_hide=can.why_not_hide)
        assert "App Store Connect" in can.why_not_hide

    def test_a_review_may_be_answered(self, channel: AppStoreChannel, mention: Mention) -> None:
        assert channel.may_reply(mention) == MayReply(allowed=True, max_characters=5970)

    @pytest.mark.parametrize("other", [{"kind": Kind.REPLY}, {"kind": Kind.DM}])
    def test_nothing_else_may(
        self, fake: FakeAppStore, channel: AppStoreChannel, mention: Mention, other: dict[str, Kind]
    ) -> None:
        fake.requests.clear()

        assert channel.may_reply(replace(mention, **other)).reason
        assert channel.may_reply(mention, is_private=True).reason
        assert fake.requests == []

    def test_not_when_it_is_gone(self, fake: FakeAppStore, channel: AppStoreChannel, mention: Mention) -> None:
        del fake.reviews[mention.native_id]

        assert channel.may_reply(mention) == MayReply(allowed=False, reason="The review has been deleted.")
        with pytest.raises(PermanentError, match="deleted"):
            channel.reply(mention, SORRY)

    def test_another_answer_takes_the_place_of_the_first(
        self, fake: FakeAppStore, channel: AppStoreChannel, mention: Mention
    ) -> None:
        first = channel.reply(mention, SORRY)
        second = channel.reply(mention, replace(SORRY, key="reply:2", text="It is paid back."))

        assert first.reference == second.reference
        assert fake.responses[mention.native_id]["attributes"]["responseBody"] == "It is paid back."

    def test_our_answer_has_the_id_it_has_in_the_feed(
        self, channel: AppStoreChannel, mention: Mention, source: AppStoreSource
    ) -> None:
        receipt = channel.reply(mention, SORRY)

        assert [one.mention.native_id for one in source.pull(None).bystanders] == [receipt.reference]

    def test_a_role_that_may_not_answer_is_named(
        self, fake: FakeAppStore, channel: AppStoreChannel, mention: Mention
    ) -> None:
        fake.fail("POST", refused(403, "FORBIDDEN_ERROR.ROLE"))

        with pytest.raises(AccessError, match="Customer Support"):
            channel.reply(mention, SORRY)


class TestAskingAgain:
    @pytest.fixture
    def mention(self, fake: FakeAppStore, source: AppStoreSource) -> Mention:
        fake.say("Charged twice", at=NOW - HOUR)
        return only(source.pull(None))

    def test_one_that_stands_is_there(self, channel: AppStoreChannel, mention: Mention) -> None:
        assert channel.recheck([mention])[mention.id].presence is Presence.THERE
        assert channel.recheck([replace(mention, text="cleaned")])[mention.id].presence is Presence.THERE

    def test_other_words_are_an_edit(self, fake: FakeAppStore, channel: AppStoreChannel, mention: Mention) -> None:
        fake.edit(mention.native_id, "All is well now")

        found = channel.recheck([mention])[mention.id]

        assert found.presence is Presence.EDITED
        assert found.edit is not None
        assert (found.edit.mention.id, found.edit.mention.text) == (mention.id, "All is well now")

    def test_one_that_is_not_there_is_gone(
        self, fake: FakeAppStore, channel: AppStoreChannel, mention: Mention
    ) -> None:
        del fake.reviews[mention.native_id]

        assert channel.recheck([mention])[mention.id].presence is Presence.GONE

    def test_no_more_are_asked_for_than_the_hour_bears(
        self, fake: FakeAppStore, channel: AppStoreChannel, mention: Mention
    ) -> None:
        fake.requests.clear()

        channel.recheck([replace(mention, id=f"m{number}") for number in range(500)])

        assert len(fake.requests) == MOST_RECHECKED


class TestTheConnector:
    def settings(self, tmp_path: Path, **fields: object) -> Settings:
        path = tmp_path / "key.p8"
        path.write_text(ec_key())
        usual: dict[str, object] = {
            "home": tmp_path / "home",
            "app_store_app_id": APP,
            "app_store_api": HERE,
            "app_store_issuer": ISSUER,
            "app_store_key_id": KEY_ID,
            "app_store_key": path,
        }
        return Settings.model_validate({**usual, **fields})

    def tools(self, fake: FakeAppStore) -> Tools:
        return Tools(LedgerInMemory(), now=lambda: NOW, sleep=fake.slept.append, transport=fake.transport)

    def test_the_app_switches_it_on(self, tmp_path: Path) -> None:
        assert APP_STORE.is_on(self.settings(tmp_path))
        assert not APP_STORE.is_on(self.settings(tmp_path, app_store_app_id=None))

    def test_everything_it_needs_is_a_setting(self) -> None:
        assert {need.setting for need in APP_STORE.needs} <= set(Settings.model_fields)

    def test_the_probe_names_the_app(self, fake: FakeAppStore, tmp_path: Path) -> None:
        assert APP_STORE.probe(self.settings(tmp_path), self.tools(fake)).account == "com.larkbank"

    @pytest.mark.parametrize("setting", ["app_store_issuer", "app_store_key_id", "app_store_key"])
    def test_what_is_missing_is_named(self, fake: FakeAppStore, tmp_path: Path, setting: str) -> None:
        with pytest.raises(SetupError, match=f"EARSHOT_{setting.upper()}"):
            APP_STORE.probe(self.settings(tmp_path, **{setting: None}), self.tools(fake))

    def test_a_file_that_is_not_there_is_named(self, fake: FakeAppStore, tmp_path: Path) -> None:
        with pytest.raises(SetupError, match="EARSHOT_APP_STORE_KEY"):
            APP_STORE.probe(self.settings(tmp_path, app_store_key=tmp_path / "none.p8"), self.tools(fake))

    def test_its_parts_open(self, fake: FakeAppStore, tmp_path: Path) -> None:
        settings, tools = self.settings(tmp_path), self.tools(fake)
        fake.say("hello")

        mention = only(APP_STORE.sources["app_store"](settings, tools).pull(None))

        assert APP_STORE.channels["app_store"](settings, tools).may_reply(mention).allowed
        assert APP_STORE.seconds(settings) == 1800


def test_nothing_of_a_refused_call_is_told(fake: FakeAppStore, channel: AppStoreChannel) -> None:
    fake.say("hello", at=NOW - HOUR)
    mention = only(open_source(fake).pull(None))
    fake.fail("POST", httpx.Response(409, json={"errors": [{"code": "STATE_ERROR", "detail": "secret words"}]}))

    with pytest.raises(PermanentError) as raised:
        channel.reply(mention, replace(SORRY, text="private words"))

    assert not [word for word in ("secret", "private words", mention.native_id) if word in str(raised.value)]
