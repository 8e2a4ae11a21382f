from datetime import UTC, datetime

import httpx
import pytest

from connectors.mastodon.client import MastodonClient
from connectors.mastodon.source import MastodonSource
from models import Kind, Mention, Page, Post, Repost
from models.errors import AccessError, RetryableError
from models.identity import mention_id
from tests.connectors.mastodon.conftest import open_client, open_source
from tests.fakes.mastodon import NOW, OWN_ID, FakeMastodon, days, minutes, refused, written

LIST = "/api/v1/notifications"
ACCOUNT = "larkbank@social.test"


def drain(source: MastodonSource, cursor: str | None = None) -> tuple[list[Page], str]:
    found: list[Page] = []
    for _ in range(200):
        page = source.pull(cursor)
        cursor = page.cursor
        if page.is_empty:
            return found, cursor
        found.append(page)
    raise AssertionError("no empty page")


def texts(pages: list[Page]) -> list[str]:
    return [mention.text for page in pages for mention in page.mentions]


def only(page: Page) -> Mention:
    (mention,) = page.mentions
    return mention


class TestAMention:
    def test_it_carries_what_was_said_where_and_when(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        id = fake.mention(alice, "@larkbank my card was charged twice 😡", language="en-AU")

        mention = only(source.pull(None))

        assert mention == Mention(
            id=mention_id("mastodon", ACCOUNT, id),
            channel="mastodon",
            account=ACCOUNT,
            native_id=id,
            kind=Kind.MENTION,
            text="@larkbank my card was charged twice 😡",
            created_at=NOW,
            received_at=NOW + minutes(5),
            conversation_id=id,
            lang="en-AU",
            on_owned_channel=False,
            url=f"https://elsewhere.test/@alice/{id}",
            author=mention.author,
            shares=0,
            raw={"reason": "mention", "visibility": "public", "author_is_bot": False},
        )

    def test_its_author_comes_with_reach_age_and_a_whole_handle(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        fake.mention(alice, "hello")
        fake.mention(fake.add_account("bobby"), "hello")

        one, other = source.pull(None).mentions

        assert one.author
        assert other.author
        assert (one.author.id, one.author.handle, one.author.name) == (alice, "alice@elsewhere.test", "Alice")
        assert (one.author.followers, one.author.following, one.author.posts) == (1200, 80, 431)
        assert (one.author.bio, one.author.has_avatar, one.author.verified) == ("I fix bikes", True, None)
        assert one.author.created_at == datetime(2024, 1, 1, tzinfo=UTC)
        assert (other.author.handle, other.author.has_avatar, other.author.followers) == ("bobby@social.test", False, 0)

    def test_a_suspended_author_has_unknown_counts_not_none_at_all(
        self, fake: FakeMastodon, source: MastodonSource
    ) -> None:
        fake.mention(fake.add_account("gone@elsewhere.test", suspended=True, followers_count=0), "hello")

        author = only(source.pull(None)).author

        assert author
        assert (author.followers, author.following, author.posts) == (None, None, None)

    def test_the_warning_before_it_belongs_to_the_words(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        fake.mention(alice, "they took it all", spoiler_text="money, again")

        assert only(source.pull(None)).text == "money, again\n\nthey took it all"

    def test_what_is_said_to_us_alone_is_private(self, fake: FakeMastodon, source: MastodonSource, alice: str) -> None:
        fake.mention(alice, "my account number is 12", visibility="direct")
        fake.mention(alice, "for my followers", visibility="private")

        secret, half_open = source.pull(None).mentions

        assert (secret.kind, secret.is_private, secret.on_owned_channel) == (Kind.DM, True, True)
        assert (half_open.kind, half_open.raw["visibility"]) == (Kind.MENTION, "private")

    def test_a_claim_from_the_future_is_replaced(self, fake: FakeMastodon, source: MastodonSource, alice: str) -> None:
        fake.mention(alice, "hello", at=NOW + days(400))

        mention = only(source.pull(None))

        assert (mention.created_at, mention.created_at_assumed) == (NOW + minutes(5), True)

    def test_pictures_and_robots_are_kept_as_evidence(self, fake: FakeMastodon, source: MastodonSource) -> None:
        picture = {"id": "7", "type": "image", "url": "https://x.test/1.png", "description": "my statement"}
        fake.mention(fake.add_account("robot", bot=True), "", media_attachments=[picture])

        mention = only(source.pull(None))

        assert mention.text == ""
        assert mention.raw["author_is_bot"] is True
        assert mention.raw["media"] == [{"type": "image", "description": "my statement"}]

    def test_people_we_filter_are_heard_too(self, fake: FakeMastodon, source: MastodonSource, alice: str) -> None:
        fake.mention(alice, "hello")
        source.pull(None)

        assert {request.url.params["include_filtered"] for request in fake.calls(LIST)} == {"true"}

    def test_half_a_character_does_not_cost_the_complaint(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        fake.mention(alice, "charged twice \ud83d and whole 😡")

        assert only(source.pull(None)).text == "charged twice ? and whole 😡"


class TestAThread:
    def test_a_reply_to_us_stands_on_our_channel_with_what_it_answers(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        ours = fake.post(OWN_ID, "New opening hours")
        fake.mention(alice, "still closed", reply_to=ours)

        page = source.pull(None)
        mention = only(page)

        assert (mention.kind, mention.on_owned_channel) == (Kind.REPLY, True)
        assert (mention.conversation_id, mention.in_reply_to) == (ours, ours)
        assert mention.raw["parent"] == {"text": "New opening hours", "author_handle": ACCOUNT}
        (bystander,) = page.bystanders
        assert (bystander.mention.native_id, bystander.is_ours) == (ours, True)

    def test_deep_in_somebody_elses_thread_the_root_names_the_conversation(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        bobby = fake.add_account("bobby")
        root = fake.post(bobby, "anyone with this bank?")
        middle = fake.post(alice, "yes, sadly", reply_to=root)
        asked = fake.mention(bobby, "what happened @larkbank", reply_to=middle)
        answer = fake.post(OWN_ID, "We look into it.", reply_to=asked)
        fake.post(alice, "good luck", reply_to=asked)

        page = source.pull(None)
        mention = only(page)

        assert (mention.kind, mention.on_owned_channel) == (Kind.MENTION, False)
        assert (mention.conversation_id, mention.in_reply_to) == (root, middle)
        assert [(each.mention.native_id, each.is_ours) for each in page.bystanders] == [
            (root, False),
            (middle, False),
            (answer, True),
        ]
        assert {each.mention.conversation_id for each in page.bystanders} == {root}

    def test_a_mention_is_no_bystander_of_another_one(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        first = fake.mention(alice, "you took my money")
        fake.mention(alice, "still waiting", reply_to=first)

        page = source.pull(None)

        assert [mention.conversation_id for mention in page.mentions] == [first, first]
        assert page.bystanders == []

    def test_a_parent_that_is_gone_is_left_out(self, fake: FakeMastodon, source: MastodonSource, alice: str) -> None:
        ours = fake.post(OWN_ID, "oops")
        said = fake.mention(alice, "what was that", reply_to=ours)
        fake.delete(ours)

        mention = only(source.pull(None))

        assert (mention.in_reply_to, mention.conversation_id) == (ours, said)
        assert "parent" not in mention.raw

    def test_a_quote_of_ours_names_what_it_quotes(self, fake: FakeMastodon, source: MastodonSource, alice: str) -> None:
        ours = fake.post(OWN_ID, "our offer")
        fake.mention(alice, "look at this mess", type="quote", names=(), quoting=ours)

        mention = only(source.pull(None))

        assert (mention.kind, mention.raw["reason"], mention.raw["quoted_id"]) == (Kind.MENTION, "quote", ours)

    def test_a_thread_that_breaks_the_server_costs_only_itself(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        ours = fake.post(OWN_ID, "hello")
        fake.mention(alice, "one", reply_to=ours)
        fake.fail("/context", *[refused(500, "oops")] * 3)

        mention = only(source.pull(None))

        assert (mention.text, mention.in_reply_to) == ("one", ours)

    def test_an_outage_of_threads_waits_rather_than_tears_cases_apart(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        for number in range(3):
            fake.mention(alice, str(number))
        fake.fail("/context", *[refused(500, "oops")] * 9)

        with pytest.raises(RetryableError):
            source.pull(None)


class TestHistory:
    def test_it_is_what_the_author_posted_in_the_days_before(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        fake.post(alice, "eight days ago", at=NOW - days(8))
        old = fake.post(alice, "six days ago", at=NOW - days(6), reblogs_count=5, quotes_count=2)
        recent = fake.post(alice, "an hour ago", at=NOW - minutes(60))
        fake.mention(alice, "now")
        fake.post(alice, "afterwards", at=NOW + minutes(1))

        assert source.pull(None).histories == {
            alice: (Post(old, "six days ago", NOW - days(6), 7), Post(recent, "an hour ago", NOW - minutes(60), 0))
        }

    def test_it_is_read_once_for_each_author_of_a_page_and_goes_on_over_pages(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        for number in range(60):
            fake.post(alice, str(number), at=NOW - minutes(100 - number))
        fake.mention(alice, "one")
        fake.mention(alice, "two")

        (history,) = source.pull(None).histories.values()

        assert len(history) == 60
        assert len(fake.calls(f"/accounts/{alice}/statuses")) == 3

    def test_none_is_read_where_none_is_wanted(self, fake: FakeMastodon, client: MastodonClient, alice: str) -> None:
        fake.mention(alice, "hello")

        assert open_source(client, history_days=0).pull(None).histories == {}
        assert fake.calls(f"/accounts/{alice}/statuses") == []

    def test_an_author_who_is_gone_has_none(self, fake: FakeMastodon, source: MastodonSource, alice: str) -> None:
        fake.mention(alice, "bye")
        fake.gone_accounts.add(alice)

        assert source.pull(None).histories == {alice: ()}

    def test_a_rate_limit_in_the_middle_keeps_nothing_and_says_when(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        fake.mention(alice, "hello")
        reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": written(NOW + minutes(4))}
        fake.fail("/statuses", refused(429, "Too many requests", headers=reset))

        with pytest.raises(RetryableError) as raised:
            source.pull(None)

        assert raised.value.retry_after_seconds == 240
        assert fake.slept == []


class TestReading:
    def test_a_large_backlog_is_handed_out_oldest_first_and_whole(
        self, fake: FakeMastodon, client: MastodonClient, alice: str
    ) -> None:
        fake.remaining = 10_000
        for number in range(130):
            fake.mention(alice, str(number), at=NOW - minutes(130 - number))

        pages, _ = drain(open_source(client, history_days=0))

        assert texts(pages) == [str(number) for number in range(130)]
        assert max(len(page.mentions) for page in pages) <= 40

    def test_the_first_pull_goes_back_as_far_as_it_is_told(
        self, fake: FakeMastodon, client: MastodonClient, alice: str
    ) -> None:
        fake.page_size = 2
        for age in (40, 35, 29, 10, 1):
            fake.mention(alice, f"{age} days ago", at=NOW - days(age))

        assert texts(drain(open_source(client))[0]) == ["29 days ago", "10 days ago", "1 days ago"]
        assert len(texts(drain(open_source(client, back_fill_days=60))[0])) == 5

    def test_a_notification_that_shows_up_behind_a_newer_one_is_found(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        """Its id was given first, and its transaction ended last."""
        fake.mention(alice, "slow")
        slow = fake.notifications.pop()
        fake.mention(alice, "quick")
        pages, cursor = drain(source)
        fake.notifications.append(slow)

        assert texts(pages) == ["quick"]
        assert texts(drain(source, cursor)[0]) == ["slow"]

    def test_a_cursor_stays_small(self, fake: FakeMastodon, client: MastodonClient, alice: str) -> None:
        for number in range(100):
            fake.mention(alice, str(number))

        _, cursor = drain(open_source(client, history_days=0))

        assert len(cursor) < 200

    def test_pages_without_an_end_are_an_error_not_a_hang(
        self, fake: FakeMastodon, client: MastodonClient, alice: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.mastodon.source.MOST_PAGES_BACK", 3)
        fake.mention(alice, "hello")
        links = [{"link": f'<https://social.test/x?max_id={place}>; rel="next"'} for place in range(9)]
        fake.fail(LIST, *(httpx.Response(200, json=fake.notifications, headers=each) for each in links))

        with pytest.raises(RetryableError, match="no end"):
            open_source(client).pull(None)

    def test_our_token_goes_to_no_other_host_a_link_may_name(
        self, fake: FakeMastodon, client: MastodonClient, alice: str
    ) -> None:
        fake.mention(alice, "hello")
        link = {"link": '<https://evil.test/api/v1/notifications?max_id=5>; rel="next"'}
        fake.fail(LIST, httpx.Response(200, json=fake.notifications, headers=link))

        open_source(client).pull(None)

        assert {request.url.host for request in fake.requests} == {"social.test"}
        assert fake.calls(LIST)[1].url.params["max_id"] == "5"

    def test_ids_that_are_no_ids_do_no_harm(self, fake: FakeMastodon, source: MastodonSource, alice: str) -> None:
        fake.mention(alice, "hello")
        fake.fail(LIST, *[httpx.Response(200, json=[{"what": "?"}])] * 2)

        with pytest.raises(RetryableError):
            source.pull(None)
        assert texts(drain(source)[0]) == ["hello"]


class TestWhatBecomesOfIt:
    def test_an_edit_is_the_same_message_with_other_words(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        id = fake.mention(alice, "charged twice", at=NOW - minutes(30))
        _, cursor = drain(source)
        fake.edit(id, "charged three times", at=NOW)
        fake.notify(id, "update")

        page = source.pull(cursor)
        (edit,) = page.edits

        assert page.mentions == []
        assert edit.mention.id == mention_id("mastodon", ACCOUNT, id)
        assert (edit.mention.text, edit.mention.created_at) == ("charged three times", NOW - minutes(30))
        assert (edit.version, edit.edited_at) == (NOW.isoformat(), NOW)

    def test_an_edit_of_what_was_never_for_us_is_nothing(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        id = fake.post(alice, "nice weather")
        fake.edit(id, "bad weather", at=NOW)
        fake.notify(id, "update")

        assert source.pull(None).is_empty

    def test_who_shows_it_again_without_words_is_counted(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        bobby = fake.add_account("bobby")
        ours = fake.post(OWN_ID, "our offer")
        fake.notify(ours, "reblog", by=bobby)
        said = fake.post(alice, "a mess")
        boost = fake.post(bobby, "", reblog=fake.statuses[said])
        fake.notify(boost, "status")

        page = source.pull(None)

        assert page.mentions == []
        assert page.reposts == [Repost("mastodon", ours, bobby, NOW), Repost("mastodon", said, bobby, NOW)]


class TestAMalformedNotification:
    @pytest.mark.parametrize(
        "damage", [{"status": None}, {"status": {"id": "7"}}, {"account": None}, {"created_at": "soon"}, {"type": 7}]
    )
    def test_it_is_rejected_with_its_bytes_and_the_rest_goes_on(
        self, fake: FakeMastodon, source: MastodonSource, alice: str, damage: dict[str, object]
    ) -> None:
        fake.mention(alice, "before", at=NOW - minutes(2))
        fake.mention(alice, "secret words", at=NOW - minutes(1))
        fake.notifications[-1] |= damage
        fake.mention(alice, "after")

        page = source.pull(None)
        (rejected,) = page.rejected

        assert texts([page]) == ["before", "after"]
        assert rejected.where == "2"
        assert b'"id": "2"' in rejected.raw
        assert next(iter(damage)) in rejected.reason
        assert "secret" not in rejected.reason
        assert not source.pull(page.cursor).rejected


class TestFaults:
    def test_a_refused_token_is_an_access_error_that_does_not_show_it(self, fake: FakeMastodon) -> None:
        source = open_source(open_client(fake, token="secret-token"))  # noqa: S106 (of a fake)

        with pytest.raises(AccessError) as raised:
            source.pull(None)

        assert "secret-token" not in str(raised.value)

    def test_a_token_without_the_scope_says_so(self, fake: FakeMastodon, source: MastodonSource) -> None:
        fake.scopes -= {"read:notifications"}

        with pytest.raises(AccessError, match="scope"):
            source.pull(None)

    def test_a_used_up_limit_is_not_asked_again_before_its_instant(
        self, fake: FakeMastodon, source: MastodonSource, alice: str
    ) -> None:
        fake.mention(alice, "hello")
        fake.remaining = 1
        with pytest.raises(RetryableError) as raised:
            source.pull(None)
        asked = len(fake.requests)
        with pytest.raises(RetryableError):
            source.pull(None)

        assert raised.value.retry_after_seconds == 300
        assert len(fake.requests) == asked

        fake.now += minutes(5)
        fake.remaining = 300
        assert only(source.pull(None)).text == "hello"

    def test_a_wrong_address_is_not_taken_for_silence(self, fake: FakeMastodon, source: MastodonSource) -> None:
        fake.fail(LIST, refused(404, "Not found"), httpx.Response(200, text="<html>"))

        with pytest.raises(Exception, match="Mastodon instance"):
            source.pull(None)
        with pytest.raises(RetryableError, match="not JSON"):
            source.pull(None)
