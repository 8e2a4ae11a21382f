import json
from datetime import datetime

import httpx
import pytest

from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.source import BlueskySource
from models import Kind, Mention, Page, Post
from models.errors import AccessError, RetryableError
from models.identity import mention_id
from tests.connectors.bluesky.conftest import open_client, open_source
from tests.fakes.bluesky import DID, HANDLE, NOW, FakeBluesky, days, minutes, refused, written

LIST = "app.bsky.notification.listNotifications"
FEED = "app.bsky.feed.getAuthorFeed"
LOGIN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"
PROFILES = "app.bsky.actor.getProfiles"


def drain(source: BlueskySource, cursor: str | None = None) -> tuple[list[Mention], str]:
    found: list[Mention] = []
    for _ in range(100):
        page = source.pull(cursor)
        cursor = page.cursor
        found += page.mentions
        if not page.mentions and not page.rejected:
            return found, cursor
    raise AssertionError("no empty page within 100 pages")


def only(page: Page) -> Mention:
    (mention,) = page.mentions
    return mention


def texts(mentions: list[Mention]) -> list[str]:
    return [mention.text for mention in mentions]


class TestAMention:
    def test_it_carries_what_was_said_where_and_when(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        uri = fake.mention(alice, "my card was charged twice 😡", langs=["en-AU", "de"])

        mention = only(source.pull(None))

        assert mention == Mention(
            id=mention_id("bluesky", HANDLE, uri),
            channel="bluesky",
            account=HANDLE,
            native_id=uri,
            kind=Kind.MENTION,
            text="my card was charged twice 😡",
            created_at=NOW,
            received_at=NOW + minutes(5),
            conversation_id=uri,
            lang="en-AU",
            on_owned_channel=False,
            url=f"https://bsky.app/profile/{alice}/post/{uri.rsplit('/')[-1]}",
            author=mention.author,
            raw={"cid": "cid1", "indexed_at": NOW.isoformat(), "reason": "mention"},
        )

    def test_its_author_comes_with_reach_and_age(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        fake.mention(alice, "hello")

        author = only(source.pull(None)).author

        assert author
        assert (author.id, author.handle, author.name) == (alice, "alice.test", "Alice")
        assert (author.followers, author.following, author.posts) == (1200, 80, 431)
        assert (author.bio, author.has_avatar, author.verified) == ("I fix bikes", True, False)
        assert author.created_at == datetime.fromisoformat("2024-01-01T00:00:00+00:00")

    @pytest.mark.parametrize(
        ("verification", "verified"),
        [
            ({"verifiedStatus": "valid", "trustedVerifierStatus": "none"}, True),
            ({"verifiedStatus": "none", "trustedVerifierStatus": "valid"}, True),
            ({"verifiedStatus": "invalid", "trustedVerifierStatus": "none"}, False),
        ],
    )
    def test_verified_means_a_valid_verification(
        self, fake: FakeBluesky, source: BlueskySource, verification: dict[str, str], verified: bool
    ) -> None:
        fake.mention(fake.add_account("did:plc:vera", "vera.test", verification=verification), "hello")

        author = only(source.pull(None)).author

        assert author
        assert author.verified is verified

    def test_a_deactivated_author_is_what_the_notification_told(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "bye")
        fake.deactivate(alice)

        page = source.pull(None)
        author = only(page).author

        assert author
        assert (author.id, author.handle, author.name) == (alice, "alice.test", "Alice")
        assert (author.followers, author.posts, author.verified) == (None, None, None)
        assert alice not in page.histories

    def test_profiles_that_are_refused_as_a_whole_cost_only_the_counts(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "hello")
        fake.fail(PROFILES, refused(400, "InvalidRequest"))

        author = only(source.pull(None)).author

        assert author
        assert (author.handle, author.followers) == ("alice.test", None)

    def test_profiles_are_asked_for_twenty_five_at_a_time(self, fake: FakeBluesky, client: BlueskyClient) -> None:
        for number in range(60):
            fake.mention(fake.add_account(f"did:plc:p{number}", f"p{number}.test", followersCount=number), "hello")

        page = open_source(client, page_size=60).pull(None)

        assert [mention.author and mention.author.followers is None for mention in page.mentions] == [False] * 60
        assert len(fake.calls(PROFILES)) == 3

    def test_our_own_posts_are_dropped(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        fake.mention(DID, "we talk to ourselves")
        fake.mention(alice, "hello", at=NOW + minutes(1))

        assert texts(drain(source)[0]) == ["hello"]

    def test_a_post_without_words_is_still_a_mention(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "", reason="quote", quoting=fake.post(DID, "our offer"))

        assert only(source.pull(None)).text == ""


class TestItsInstant:
    def test_a_claim_from_before_is_believed(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        fake.mention(alice, "hello", created_at=written(NOW - minutes(7)))

        mention = only(source.pull(None))

        assert (mention.created_at, mention.created_at_assumed) == (NOW - minutes(7), False)

    @pytest.mark.parametrize(
        "claimed", ["2031-01-01T00:00:00Z", "yesterday", "2026-06-05T11:00:00", "99999-01-01T00:00:00Z"]
    )
    def test_a_claim_from_the_future_or_without_sense_is_replaced(
        self, fake: FakeBluesky, source: BlueskySource, alice: str, claimed: str
    ) -> None:
        uri = fake.post(alice, "hello", created_at=claimed)
        fake.notify(uri, "mention")["indexedAt"] = written(NOW)

        mention = only(source.pull(None))

        assert (mention.created_at, mention.created_at_assumed) == (NOW, True)

    def test_other_time_zones_and_finer_fractions_are_read(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        uri = fake.post(alice, "hello", created_at="2026-06-05T21:30:00.123456789+10:00")
        fake.notify(uri, "mention")["indexedAt"] = written(NOW)

        assert only(source.pull(None)).created_at == datetime.fromisoformat("2026-06-05T11:30:00.123456+00:00")


class TestAThread:
    def test_a_reply_under_our_post_stands_on_our_channel_and_brings_its_parent(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        ours = fake.post(DID, "New opening hours")
        uri = fake.mention(alice, "still closed", reason="reply", reply_to=ours)

        mention = only(source.pull(None))

        assert mention.native_id == uri
        assert (mention.kind, mention.on_owned_channel) == (Kind.REPLY, True)
        assert (mention.conversation_id, mention.in_reply_to) == (ours, ours)
        assert mention.raw["parent"] == {"text": "New opening hours", "author_handle": HANDLE}

    def test_deep_in_somebody_elses_thread_the_root_names_the_conversation(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        bobby = fake.add_account("did:plc:bobby", "bobby.test")
        root = fake.post(bobby, "anyone with this bank?")
        middle = fake.post(alice, "yes, sadly", reply_to=root)
        fake.mention(bobby, "what happened @bank", reply_to=middle)

        mention = only(source.pull(None))

        assert (mention.kind, mention.on_owned_channel) == (Kind.MENTION, False)
        assert (mention.conversation_id, mention.in_reply_to) == (root, middle)
        assert mention.raw["parent"] == {"text": "yes, sadly", "author_handle": "alice.test"}

    def test_a_parent_that_is_gone_is_left_out(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        ours = fake.post(DID, "oops")
        fake.mention(alice, "what was that", reason="reply", reply_to=ours)
        fake.delete(ours)

        mention = only(source.pull(None))

        assert mention.in_reply_to == ours
        assert "parent" not in mention.raw

    def test_parents_that_are_refused_as_a_whole_cost_only_themselves(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "still closed", reason="reply", reply_to=fake.post(DID, "New opening hours"))
        fake.fail("app.bsky.feed.getPosts", refused(400, "InvalidRequest"))

        assert "parent" not in only(source.pull(None)).raw

    def test_a_quote_is_a_mention_and_names_what_it_quotes(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        ours = fake.post(DID, "our offer")
        fake.mention(alice, "look at this mess", reason="quote", quoting=ours)

        mention = only(source.pull(None))

        assert (mention.kind, mention.raw["reason"], mention.raw["quoted_uri"]) == (Kind.MENTION, "quote", ours)

    def test_a_quote_with_pictures_is_read_too(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        quoted = {"$type": "app.bsky.embed.record", "record": {"uri": "at://x/y/z", "cid": "c"}}
        embed = {"$type": "app.bsky.embed.recordWithMedia", "record": quoted, "media": {}}
        fake.mention(alice, "mess", reason="quote", embed=embed)

        assert only(source.pull(None)).raw["quoted_uri"] == "at://x/y/z"

    @pytest.mark.parametrize(
        ("embed", "kept"),
        [
            (
                {"$type": "app.bsky.embed.images", "images": [{"alt": "a torn letter", "image": {}}, {"alt": 7}, "?"]},
                [{"type": "image", "description": "a torn letter"}, {"type": "image", "description": None}],
            ),
            (
                {"$type": "app.bsky.embed.recordWithMedia", "record": {}, "media": {"video": {}, "alt": "the queue"}},
                [{"type": "video", "description": "the queue"}],
            ),
            (
                {"external": {"uri": "https://a.example", "title": ""}},
                [{"type": "link", "description": "https://a.example"}],
            ),
            ({"images": "no list"}, None),
            ("no thing", None),
        ],
    )
    def test_what_a_post_carries_beside_its_words_is_kept(
        self, fake: FakeBluesky, source: BlueskySource, alice: str, embed: object, kept: object
    ) -> None:
        fake.mention(alice, "look", embed=embed)

        assert only(source.pull(None)).raw.get("media") == kept


class TestHistory:
    def test_it_is_what_the_author_posted_in_the_seven_days_before(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.post(alice, "eight days ago", at=NOW - days(8))
        old = fake.post(alice, "six days ago", at=NOW - days(6))
        recent = fake.post(alice, "an hour ago", at=NOW - minutes(60))
        fake.mention(alice, "now")
        fake.post(alice, "afterwards", at=NOW + minutes(1))

        page = source.pull(None)

        assert page.histories == {
            alice: (
                Post(old, "six days ago", NOW - days(6)),
                Post(recent, "an hour ago", NOW - minutes(60)),
            )
        }

    def test_it_is_read_once_for_each_author_of_a_page(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        first = fake.mention(alice, "one", at=NOW - minutes(2))
        fake.mention(alice, "two")

        page = source.pull(None)

        assert [post.native_id for post in page.histories[alice]] == [first]
        assert len(fake.calls(FEED)) == 1

    def test_a_week_of_many_posts_is_read_over_pages(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        for number in range(250):
            fake.post(alice, f"post {number}", at=NOW - minutes(number + 1))
        fake.mention(alice, "now")

        assert len(source.pull(None).histories[alice]) == 250

    def test_a_post_that_cannot_be_read_costs_only_itself(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        broken = fake.post(alice, "broken", at=NOW - minutes(2))
        fake.posts[broken]["record"] = {"$type": "app.bsky.feed.post"}
        fake.post(alice, "fine", at=NOW - minutes(1))
        fake.mention(alice, "now")

        assert [post.text for post in source.pull(None).histories[alice]] == ["fine"]

    def test_reposts_are_not_the_authors_words(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        bobby = fake.add_account("did:plc:bobby", "bobby.test")
        fake.mention(alice, "now")
        repost = fake.posts[fake.post(bobby, "not mine", at=NOW - minutes(3))]
        fake.fail(FEED, httpx.Response(200, json={"feed": [{"post": repost}]}))

        assert source.pull(None).histories == {alice: ()}

    def test_an_author_who_blocks_us_has_none_and_the_page_goes_on(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(fake.add_account("did:plc:bobby", "bobby.test", viewer={"blockedBy": True}), "one")
        fake.mention(alice, "two", at=NOW + minutes(1))

        page = source.pull(None)

        assert texts(list(page.mentions)) == ["one", "two"]
        assert list(page.histories) == [alice]

    def test_a_feed_that_always_breaks_the_server_does_not_hold_up_the_mentions(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "one")
        fake.fail(FEED, *[refused(500, "InternalServerError")] * 3)

        page = source.pull(None)

        assert texts(list(page.mentions)) == ["one"]
        assert page.histories == {}

    def test_an_outage_of_feeds_is_tried_again_later(self, fake: FakeBluesky, source: BlueskySource) -> None:
        for number in range(4):
            fake.mention(fake.add_account(f"did:plc:p{number}", f"p{number}.test"), "hello")
        fake.fail(FEED, *[refused(502, "UpstreamFailure")] * 12)

        with pytest.raises(RetryableError):
            source.pull(None)

    def test_a_rate_limit_is_obeyed_not_skipped(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        fake.mention(alice, "one")
        fake.fail(FEED, refused(429, "RateLimitExceeded", headers={"retry-after": "40"}))

        with pytest.raises(RetryableError) as error:
            source.pull(None)

        assert error.value.retry_after_seconds == 40
        assert texts(drain(source)[0]) == ["one"]

    def test_a_feed_that_runs_in_a_circle_is_left(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        uri = fake.mention(alice, "now")
        earlier = fake.post(alice, "before", at=NOW - minutes(1))
        same = httpx.Response(200, json={"feed": [{"post": fake.posts[earlier]}], "cursor": "again"})
        fake.fail(FEED, same, same, same)

        page = source.pull(None)

        assert only(page).native_id == uri
        assert len(page.histories[alice]) == 1
        assert len(fake.calls(FEED)) == 2


class TestTheWayBack:
    def test_a_late_post_behind_what_was_read_is_still_found(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "on time")
        _, cursor = drain(source)
        fake.mention(alice, "from a slow clock", created_at=written(NOW - minutes(90)))

        found, cursor = drain(open_source(open_client(fake)), cursor)

        assert texts(found) == ["from a slow clock"]
        assert drain(open_source(open_client(fake)), cursor)[0] == []

    def test_posts_of_the_same_instant_are_not_skipped(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "one")
        _, cursor = drain(source)
        fake.mention(alice, "two, in the same millisecond")

        assert texts(drain(source, cursor)[0]) == ["two, in the same millisecond"]

    def test_posts_of_the_same_instant_on_two_pages_are_not_skipped(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.page_size = 3
        for number in range(8):
            fake.mention(alice, str(number), at=NOW + minutes(number // 2))

        assert sorted(texts(drain(source)[0])) == list("01234567")

    def test_a_post_that_comes_between_two_pages_is_found_by_the_next_pull(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.page_size = 2
        for number in range(5):
            fake.mention(alice, str(number), at=NOW + minutes(number))

        def somebody_posts(fake: FakeBluesky) -> None:
            if len(fake.calls(LIST)) == 2:
                fake.mention(alice, "meanwhile", at=NOW + minutes(60))

        fake.before[LIST] = somebody_posts

        assert texts(drain(source)[0]) == ["0", "1", "2", "3", "4", "meanwhile"]

    def test_a_post_deleted_between_two_pages_takes_no_other_with_it(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.page_size = 2
        uris = [fake.mention(alice, str(number), at=NOW + minutes(number)) for number in range(6)]

        def somebody_deletes(fake: FakeBluesky) -> None:
            if len(fake.calls(LIST)) == 2 and uris[4] in fake.posts:
                fake.delete(uris[4])

        fake.before[LIST] = somebody_deletes

        assert set("01235") <= set(texts(drain(source)[0]))

    def test_a_deleted_mention_is_simply_not_there(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        fake.delete(fake.mention(alice, "regret"))

        assert drain(source)[0] == []

    def test_the_same_post_listed_twice_is_one_mention(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.notify(fake.mention(alice, "once"), "mention")

        assert texts(drain(source)[0]) == ["once"]

    def test_the_first_pull_goes_back_as_far_as_it_is_told(
        self, fake: FakeBluesky, client: BlueskyClient, alice: str
    ) -> None:
        fake.page_size = 2
        for age in (40, 35, 29, 10, 1):
            fake.mention(alice, f"{age} days ago", at=NOW - days(age))

        assert texts(drain(open_source(client))[0]) == ["29 days ago", "10 days ago", "1 days ago"]
        assert len(drain(open_source(client, back_fill_days=60))[0]) == 5

    def test_it_stops_walking_where_it_had_read(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        fake.page_size = 2
        for age in range(20):
            fake.mention(alice, f"{age} days ago", at=NOW - days(age))
        _, cursor = drain(source)
        fake.requests.clear()

        fake.mention(alice, "new", at=NOW + minutes(1))
        source.pull(cursor)

        assert len(fake.calls(LIST)) == 3

    def test_a_large_backlog_is_walked_once_and_handed_out_in_pages(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        for number in range(230):
            fake.mention(alice, str(number), at=NOW - minutes(230 - number))

        found, _ = drain(source)

        assert texts(found) == [str(number) for number in range(230)]
        assert len(fake.calls(LIST)) < 10

    def test_a_cursor_stays_as_small_as_its_look_back(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        for number in range(60):
            fake.mention(alice, str(number), at=NOW - days(60 - number) / 2)

        _, cursor = drain(source)

        assert len(json.loads(cursor)["seen"]) <= 3

    def test_an_unreadable_cursor_repeats_rather_than_skips(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "hello")

        for broken in ("", "{", '{"indexed_at": 3}', '{"indexed_at": "2026-01-01T00:00:00", "seen": []}'):
            assert texts(list(source.pull(broken).mentions)) == ["hello"]

    def test_pages_that_run_in_a_circle_end_in_an_error_not_in_a_hang(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "hello")
        body = {"notifications": fake.notifications, "cursor": "the same again"}
        fake.fail(LIST, *[httpx.Response(200, json=body)] * 5)

        with pytest.raises(RetryableError, match="circle"):
            source.pull(None)

    def test_a_failure_on_a_later_page_keeps_nothing_and_loses_nothing(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.page_size = 2
        for number in range(6):
            fake.mention(alice, str(number), at=NOW + minutes(number))

        def breaks_once(fake: FakeBluesky) -> None:
            if len(fake.calls(LIST)) == 2:
                fake.fail(LIST, *[httpx.ReadTimeout("slow")] * 3)

        fake.before[LIST] = breaks_once
        with pytest.raises(RetryableError):
            source.pull(None)

        assert texts(drain(source)[0]) == list("012345")


class TestAMalformedNotification:
    @pytest.mark.parametrize(
        "damage",
        [
            {"record": {"$type": "app.bsky.feed.post"}},
            {"record": None},
            {"cid": None},
            {"author": {"handle": "no did"}},
            {"indexedAt": "soon"},
            {"indexedAt": None},
            {"uri": 17},
        ],
    )
    def test_it_is_rejected_with_its_bytes_and_the_rest_goes_on(
        self, fake: FakeBluesky, source: BlueskySource, alice: str, damage: dict[str, object]
    ) -> None:
        fake.mention(alice, "before", at=NOW - minutes(2))
        fake.mention(alice, "broken", at=NOW - minutes(1))
        fake.notifications[-1] |= damage
        fake.mention(alice, "after")

        page = source.pull(None)
        (rejected,) = page.rejected

        assert texts(list(page.mentions)) == ["before", "after"]
        assert json.loads(rejected.raw) == fake.notifications[1]
        assert next(iter(damage)) in rejected.reason
        assert not source.pull(page.cursor).rejected

    def test_half_a_character_does_not_cost_the_complaint(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "charged twice \ud83d and whole 😡")

        assert texts(drain(source)[0]) == ["charged twice ? and whole 😡"]

    def test_one_that_is_no_object_at_all_is_rejected_too(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.mention(alice, "hello")
        body = {"notifications": ["what?", *fake.notifications, None]}
        fake.fail(LIST, httpx.Response(200, json=body))

        page = source.pull(None)

        assert texts(list(page.mentions)) == ["hello"]
        assert sorted(rejected.raw for rejected in page.rejected) == [b'"what?"', b"null"]

    def test_the_reason_does_not_hold_the_words(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        fake.mention(alice, "secret words")
        fake.notifications[-1]["record"]["langs"] = "secret words"

        (rejected,) = source.pull(None).rejected

        assert "langs" in rejected.reason
        assert "secret" not in rejected.reason

    def test_an_answer_that_is_no_list_at_all_is_tried_again_later(
        self, fake: FakeBluesky, source: BlueskySource
    ) -> None:
        fake.fail(LIST, httpx.Response(200, json={"hello": "world"}), httpx.Response(200, text="<html>proxy</html>"))

        for _ in range(2):
            with pytest.raises(RetryableError, match="listNotifications"):
                source.pull(None)


class TestTheSession:
    def test_one_login_serves_all_calls(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        fake.mention(alice, "hello")
        drain(source)
        drain(source)

        assert len(fake.calls(LOGIN)) == 1

    def test_a_token_that_expires_between_pages_is_refreshed_without_a_login(
        self, fake: FakeBluesky, source: BlueskySource, alice: str
    ) -> None:
        fake.page_size = 2
        for number in range(6):
            fake.mention(alice, str(number), at=NOW + minutes(number))

        def expires_once(fake: FakeBluesky) -> None:
            if len(fake.calls(LIST)) == 2:
                fake.expire_access()

        fake.before[LIST] = expires_once

        assert texts(drain(source)[0]) == list("012345")
        assert len(fake.calls(LOGIN)) == 1
        assert len(fake.calls(REFRESH)) == 1

    def test_a_refresh_that_fails_leads_to_a_login(self, fake: FakeBluesky, source: BlueskySource, alice: str) -> None:
        fake.mention(alice, "hello")
        drain(source)
        fake.expire_everything()

        assert texts(drain(source)[0]) == ["hello"]
        assert len(fake.calls(LOGIN)) == 2

    def test_a_wrong_password_is_said_once_and_not_tried_again(self, fake: FakeBluesky) -> None:
        source = open_source(open_client(fake, password="wrong-password"))  # noqa: S106 (of a fake)

        for _ in range(3):
            with pytest.raises(AccessError, match="app password") as error:
                source.pull(None)
            assert "wrong-password" not in str(error.value)
            assert HANDLE not in str(error.value)

        assert len(fake.calls(LOGIN)) == 1

    def test_a_token_refused_even_when_fresh_is_an_access_error(self, fake: FakeBluesky, source: BlueskySource) -> None:
        fake.before[LIST] = FakeBluesky.expire_access

        with pytest.raises(AccessError):
            source.pull(None)

        assert len(fake.calls(LIST)) == 2
