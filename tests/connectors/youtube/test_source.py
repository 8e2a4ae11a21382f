import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.quota import LedgerInMemory
from connectors.youtube.backlog import Reading
from connectors.youtube.cursor import read_cursor
from connectors.youtube.source import YouTubeSource
from models import Author, Kind, Mention, Page
from models.errors import AccessError, BudgetError, RetryableError
from models.identity import mention_id
from tests.connectors.google_tokens import refused
from tests.connectors.youtube.conftest import open_source, open_youtube
from tests.fakes.youtube import NOW, OURS, FakeYouTube

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def only(page: Page) -> Mention:
    (mention,) = page.mentions
    return mention


def drain(source: YouTubeSource, cursor: str | None = None) -> tuple[list[Page], str]:
    found = []
    for _ in range(200):
        page = source.pull(cursor)
        cursor = page.cursor
        if page.is_empty:
            return found, cursor
        found.append(page)
    raise AssertionError("no empty page")


def texts(pages: list[Page]) -> list[str]:
    return [mention.text for page in pages for mention in page.mentions]


class TestAComment:
    def test_it_carries_what_was_said_where_and_when(
        self, fake: FakeYouTube, source: YouTubeSource, alice: str
    ) -> None:
        comment_id = fake.comment(alice, "my card was charged twice 😡", at=NOW - HOUR)

        mention = only(source.pull(None))

        assert mention == Mention(
            id=mention_id("youtube", OURS, comment_id),
            channel="youtube",
            account=OURS,
            native_id=comment_id,
            kind=Kind.COMMENT,
            text="my card was charged twice 😡",
            created_at=NOW - HOUR,
            received_at=NOW,
            conversation_id=comment_id,
            on_owned_channel=True,
            url=f"https://www.youtube.com/watch?v=video1&lc={comment_id}",
            author=mention.author,
            raw={"video_id": "video1", "likes": 3, "version": (NOW - HOUR).isoformat()},
        )

    def test_a_reply_stands_in_its_thread(self, fake: FakeYouTube, source: YouTubeSource, alice: str) -> None:
        ours = fake.comment(OURS, "our offer", at=NOW - HOUR)
        reply_id = fake.comment(alice, "a scam", under=ours)

        mention = only(source.pull(None))

        assert (mention.kind, mention.native_id) == (Kind.REPLY, reply_id)
        assert (mention.in_reply_to, mention.conversation_id) == (ours, ours)
        assert mention.url == f"https://www.youtube.com/watch?v=video1&lc={reply_id}"
        assert mention.on_owned_channel is True

    def test_one_on_another_channel_is_not_on_ours(self, fake: FakeYouTube, source: YouTubeSource, alice: str) -> None:
        fake.comment(alice, "hello")
        thread = {**fake._thread(next(iter(fake.comments)), is_owner=False)}
        thread["snippet"] = {**thread["snippet"], "channelId": "UCelsewhere", "videoId": None}
        body = {"kind": "youtube#commentThreadListResponse", "items": [thread]}
        fake.fail("GET commentThreads", httpx.Response(200, json=body))

        mention = only(source.pull(None))

        assert (mention.on_owned_channel, mention.url) == (False, None)

    def test_our_own_words_are_bystanders(self, fake: FakeYouTube, source: YouTubeSource, alice: str) -> None:
        thread = fake.comment(alice, "hello", at=NOW - HOUR)
        ours = fake.comment(OURS, "We look into it.", under=thread)

        page = source.pull(None)

        assert texts([page]) == ["hello"]
        assert [(one.mention.native_id, one.is_ours) for one in page.bystanders] == [(ours, True)]

    def test_an_instant_from_the_future_is_assumed(self, fake: FakeYouTube, source: YouTubeSource, alice: str) -> None:
        fake.comment(alice, "from tomorrow", at=NOW + DAY)

        mention = only(source.pull(None))

        assert (mention.created_at, mention.created_at_assumed) == (NOW, True)


class TestItsAuthor:
    def test_it_comes_with_reach_and_age(self, fake: FakeYouTube, source: YouTubeSource, alice: str) -> None:
        fake.channels[alice]["snippet"]["description"] = "I fix bikes"
        fake.comment(alice, "hello")

        assert only(source.pull(None)).author == Author(
            id=alice,
            handle="alice",
            name="Alice",
            bio="I fix bikes",
            followers=1200,
            posts=31,
            created_at=datetime(2019, 3, 1, 10, 0, 0, 500_000, tzinfo=UTC),
        )

    def test_a_hidden_count_is_unknown_and_not_nothing(self, fake: FakeYouTube, source: YouTubeSource) -> None:
        fake.comment(fake.open_channel("UCbobby", "Bobby", hiddenSubscriberCount=True), "hello")

        author = only(source.pull(None)).author

        assert author is not None
        assert author.followers is None

    def test_a_closed_channel_is_what_the_comment_tells(self, fake: FakeYouTube, source: YouTubeSource) -> None:
        fake.comment("UCgone", "hello")

        assert only(source.pull(None)).author == Author(id="UCgone", handle="somebody", name="@somebody")

    def test_one_without_a_channel_is_somebody_all_the_same(self, fake: FakeYouTube, source: YouTubeSource) -> None:
        comment_id = fake.comment("UCgone", "hello", authorChannelId={})

        author = only(source.pull(None)).author

        assert author is not None
        assert author.id == f"comment:{comment_id}"

    def test_fifty_are_looked_up_in_one_call(self, fake: FakeYouTube, source: YouTubeSource) -> None:
        for number in range(60):
            fake.comment(fake.open_channel(f"UC{number}", "somebody", subscriberCount=str(number)), "hello")

        mentions = source.pull(None).mentions

        assert sorted(one.author.followers or 0 for one in mentions if one.author) == list(range(60))
        assert len(fake.calls("GET channels")) == 2

    def test_profiles_that_are_refused_cost_only_the_counts(
        self, fake: FakeYouTube, source: YouTubeSource, alice: str
    ) -> None:
        fake.comment(alice, "hello")
        fake.fail("GET channels", refused(400, "invalidFilters"))

        author = only(source.pull(None)).author

        assert author is not None
        assert (author.id, author.handle, author.followers) == (alice, "alice", None)


class TestReplies:
    def test_all_are_read_where_more_came_than_stand_in_the_list(
        self, fake: FakeYouTube, source: YouTubeSource, alice: str
    ) -> None:
        fake.page_size = 4
        thread = fake.comment(alice, "hello", at=NOW - HOUR)
        for number in range(11):
            fake.comment(alice, f"reply {number}", under=thread, at=NOW - HOUR + timedelta(minutes=number))

        assert texts(drain(source)[0]) == ["hello", *(f"reply {number}" for number in range(11))]

    def test_a_new_one_under_an_old_comment_is_found_within_the_hour(self, fake: FakeYouTube, alice: str) -> None:
        fake.page_size = 1
        old = fake.comment(alice, "old", at=NOW - 5 * DAY)
        fake.comment(alice, "between", at=NOW - 2 * DAY)
        fake.comment(alice, "new", at=NOW)
        _, cursor = drain(open_source(fake))
        fake.comment(alice, "late reply", at=NOW, under=old)

        fake.now = NOW + timedelta(minutes=59)
        early, cursor = drain(open_source(fake), cursor)
        fake.now = NOW + timedelta(minutes=60)
        late, _ = drain(open_source(fake), cursor)

        assert [texts(early), texts(late)] == [[], ["late reply"]]

    def test_under_one_older_than_a_week_it_is_not_found(self, fake: FakeYouTube, alice: str) -> None:
        old = fake.comment(alice, "old", at=NOW - 8 * DAY)
        fake.comment(alice, "new", at=NOW)
        _, cursor = drain(open_source(fake))
        fake.comment(alice, "late reply", at=NOW, under=old)
        fake.now = NOW + DAY

        assert drain(open_source(fake), cursor)[0] == []

    def test_a_thread_whose_count_stands_is_not_read_again(
        self, fake: FakeYouTube, source: YouTubeSource, alice: str
    ) -> None:
        thread = fake.comment(alice, "hello", at=NOW - HOUR)
        for number in range(7):
            fake.comment(alice, f"reply {number}", under=thread)
        _, cursor = drain(source)
        fake.requests.clear()

        assert open_source(fake).pull(cursor).is_empty
        assert fake.calls("GET comments") == []

    def test_a_thread_that_goes_while_we_read_costs_only_what_went(
        self, fake: FakeYouTube, source: YouTubeSource, alice: str
    ) -> None:
        thread = fake.comment(alice, "hello", at=NOW - HOUR)
        for number in range(7):
            fake.comment(alice, f"reply {number}", under=thread)
        fake.fail("GET comments", refused(404, "commentNotFound"))

        first = source.pull(None)
        later, _ = drain(open_source(fake), first.cursor)

        assert sorted(texts([first])) == ["hello", *(f"reply {number}" for number in range(2, 7))]
        assert sorted(texts(later)) == ["reply 0", "reply 1"], "it was still there: the next pull reads it whole"

    def test_one_that_cannot_be_read_is_kept_with_its_bytes_once(
        self, fake: FakeYouTube, source: YouTubeSource, alice: str
    ) -> None:
        thread = fake.comment(alice, "hello")
        fake.broken_replies[thread] = {"id": "reply", "snippet": {"publishedAt": "soon"}}

        page = source.pull(None)

        assert only(page).text == "hello"
        (rejected,) = page.rejected
        assert json.loads(rejected.raw) == fake.broken_replies[thread]
        assert source.pull(page.cursor).is_empty


class TestAnEdit:
    def test_it_has_the_first_instant_and_the_new_words(
        self, fake: FakeYouTube, source: YouTubeSource, alice: str
    ) -> None:
        comment_id = fake.comment(alice, "fine", at=NOW - 3 * HOUR)
        cursor = source.pull(None).cursor
        fake.edit(comment_id, "charged twice", at=NOW - HOUR)

        page = source.pull(cursor)

        (edit,) = page.edits
        assert (edit.mention.native_id, edit.mention.text) == (comment_id, "charged twice")
        assert (edit.mention.created_at, edit.edited_at) == (NOW - 3 * HOUR, NOW - HOUR)
        assert edit.version == (NOW - HOUR).isoformat()
        assert source.pull(page.cursor).is_empty

    def test_one_changed_before_we_came_is_a_mention_as_well(
        self, fake: FakeYouTube, source: YouTubeSource, alice: str
    ) -> None:
        fake.edit(fake.comment(alice, "fine", at=NOW - 3 * HOUR), "charged twice", at=NOW - HOUR)

        page = source.pull(None)

        assert texts([page]) == ["charged twice"]
        assert len(page.edits) == 1

    def test_pages_are_oldest_first_by_when_it_was_said(
        self, fake: FakeYouTube, source: YouTubeSource, alice: str
    ) -> None:
        changed = fake.comment(alice, "first", at=NOW - 3 * HOUR)
        fake.comment(alice, "second", at=NOW - 2 * HOUR)
        fake.edit(changed, "first, changed", at=NOW - HOUR)

        assert texts([source.pull(None)]) == ["first, changed", "second"]


class TestHowFarItReads:
    def test_the_first_pull_goes_back_thirty_days(self, fake: FakeYouTube, source: YouTubeSource, alice: str) -> None:
        fake.comment(alice, "old", at=NOW - 31 * DAY)
        fake.comment(alice, "new", at=NOW - 29 * DAY)

        pages, cursor = drain(source)

        assert texts(pages) == ["new"]
        assert open_source(fake).pull(cursor).is_empty

    def test_one_released_from_review_within_a_day_is_found(self, fake: FakeYouTube, alice: str) -> None:
        fake.comment(alice, "first", at=NOW)
        _, cursor = drain(open_source(fake))
        fake.comment(alice, "was held back", at=NOW - 20 * HOUR)

        assert texts(drain(open_source(fake), cursor)[0]) == ["was held back"]

    def test_between_full_reads_only_the_last_day_is_walked(self, fake: FakeYouTube, alice: str) -> None:
        fake.page_size = 10
        for number in range(60):
            fake.comment(alice, f"comment {number}", at=NOW - 2 * HOUR * number)
        _, cursor = drain(open_source(fake))
        fake.requests.clear()

        assert open_source(fake).pull(cursor).is_empty
        assert len(fake.calls("GET commentThreads")) == 2
        fake.now += HOUR
        assert open_source(fake).pull(cursor).is_empty
        assert len(fake.calls("GET commentThreads")) == 8

    def test_reading_again_ends_at_its_share_of_pages_and_news_does_not(self, fake: FakeYouTube, alice: str) -> None:
        fake.page_size = 1
        for number in range(10):
            fake.comment(alice, f"comment {number}", at=NOW - 30 * HOUR - HOUR * number)
        fake.comment(alice, "newest", at=NOW)
        _, cursor = drain(open_source(fake))
        for number in range(8):
            fake.comment(alice, f"news {number}", at=NOW + timedelta(minutes=number))
        fake.now += 2 * HOUR
        fake.requests.clear()

        pages, _ = drain(open_source(fake, most_reread_pages=3), cursor)

        assert texts(pages) == [f"news {number}" for number in range(8)]

    def test_the_cursor_forgets_what_is_never_walked_again(self, fake: FakeYouTube, alice: str) -> None:
        cursor = None
        for day in range(40):
            fake.now = NOW + day * DAY
            fake.comment(alice, f"day {day}", at=fake.now)
            _, cursor = drain(open_source(fake), cursor)

        assert len(read_cursor(cursor).threads) <= 8

    def test_pages_that_run_in_a_circle_end(self, fake: FakeYouTube, source: YouTubeSource) -> None:
        body = {"kind": "youtube#commentThreadListResponse", "items": [], "nextPageToken": "1"}
        fake.fail("GET commentThreads", *[httpx.Response(200, json=body)] * 5)

        with pytest.raises(RetryableError, match="circle"):
            source.pull(None)

    def test_a_channel_nobody_knows_needs_a_person(self, fake: FakeYouTube, source: YouTubeSource) -> None:
        fake.fail("GET commentThreads", refused(404, "channelNotFound"))

        with pytest.raises(AccessError, match="EARSHOT_YOUTUBE_CHANNEL_ID"):
            source.pull(None)

    @pytest.mark.parametrize("broken", [None, [], {}, {"id": "x", "snippet": {}}, {"id": "", "snippet": None}])
    def test_a_thread_that_cannot_be_read_is_kept_with_its_bytes_once(
        self, fake: FakeYouTube, alice: str, broken: object
    ) -> None:
        fake.broken.append((NOW - HOUR, broken))
        fake.comment(alice, "before", at=NOW - 2 * HOUR)
        pages, cursor = drain(open_source(fake))
        assert [json.loads(one.raw) for page in pages for one in page.rejected] == [broken]
        assert texts(pages) == ["before"]

        for day in range(1, 12):
            fake.now = NOW + day * DAY
            fake.comment(alice, f"day {day}", at=fake.now)
            pages, cursor = drain(open_source(fake), cursor)
            assert [page.rejected for page in pages] == [[]]


class TestUnits:
    def test_every_call_costs_what_the_table_says(self, fake: FakeYouTube, alice: str) -> None:
        ledger = LedgerInMemory()
        client = open_youtube(fake, ledger=ledger)
        thread = fake.comment(alice, "hello")
        YouTubeSource(client, now=lambda: NOW).pull(None)
        client.insert(thread, "Sorry!")

        assert ledger.spent("youtube", since=NOW - 2 * DAY) == Decimal(52)

    def test_a_refused_call_costs_as_much(self, fake: FakeYouTube) -> None:
        ledger = LedgerInMemory()
        fake.fail("GET commentThreads", *[refused(503, "backendError")] * 2)

        YouTubeSource(open_youtube(fake, ledger=ledger), now=lambda: NOW).pull(None)

        assert ledger.spent("youtube", since=NOW - 2 * DAY) == Decimal(3)

    def test_when_the_day_is_spent_nothing_is_called_until_midnight_pacific(
        self, fake: FakeYouTube, alice: str
    ) -> None:
        ledger = LedgerInMemory()
        fake.comment(alice, "hello")
        source = YouTubeSource(open_youtube(fake, ledger=ledger, daily_units=1), now=lambda: fake.now)
        with pytest.raises(BudgetError) as raised:
            source.pull(None)  # the list is paid for, the authors are not
        assert raised.value.until == datetime(2026, 6, 5, 7, 0, tzinfo=UTC)
        assert len(fake.requests) == 1

        fake.now = raised.value.until
        source = YouTubeSource(open_youtube(fake, ledger=ledger, daily_units=2), now=lambda: fake.now)
        assert texts([source.pull(None)]) == ["hello"]

    def test_what_google_says_is_used_up_comes_back_at_midnight_pacific(
        self, fake: FakeYouTube, source: YouTubeSource
    ) -> None:
        fake.fail("GET commentThreads", refused(403, "quotaExceeded"))

        with pytest.raises(RetryableError) as raised:
            source.pull(None)
        assert raised.value.retry_after_seconds == 120

    def test_reading_without_a_key_is_done_by_the_owners_consent(self, fake: FakeYouTube, alice: str) -> None:
        fake.comment(alice, "hello")
        client = open_youtube(fake, has_key=False)

        assert texts([YouTubeSource(client, now=lambda: NOW).pull(None)]) == ["hello"]
        fake.tokens.current = "another"
        assert client.threads().threads
        assert len(fake.tokens.forms) == 2

    def test_without_either_nothing_leaves_us(self, fake: FakeYouTube) -> None:
        with pytest.raises(AccessError):
            open_youtube(fake, has_key=False, has_consent=False).threads()
        assert fake.requests == []


@settings(max_examples=60, deadline=None)
@given(
    threads=st.lists(st.integers(0, 29 * 24), min_size=1, max_size=6),
    replies=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 24)), max_size=8),
    page_size=st.integers(1, 3),
    stops=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_wherever_we_stop_nothing_is_skipped_and_nothing_comes_twice(
    threads: list[int], replies: list[tuple[int, int]], page_size: int, stops: list[bool]
) -> None:
    """Threads that began so many hours ago, with replies that are hours old; some of them under old threads."""
    fake = FakeYouTube(page_size=2)
    ids = [fake.comment("UCsomebody", f"thread {age}", at=NOW - age * HOUR) for age in threads]
    for number, (thread, age) in enumerate(replies):
        name = ids[thread % len(ids)]
        fake.comment("UCsomebody", f"reply {number}", at=NOW - age * HOUR, under=name)
    source, cursor, found = open_source(fake, page_size=page_size), None, list[str]()
    for is_stopped in stops:
        page = source.pull(cursor)
        found += [mention.native_id for mention in page.mentions]
        cursor = page.cursor
        if is_stopped:
            source = open_source(fake, page_size=page_size)

    assert sorted(found) == sorted(fake.comments)


def test_the_defaults_fit_into_the_units_of_a_day() -> None:
    """Every five minutes two pages and the authors, and every hour all that is read again."""
    usual = Reading()

    assert 288 * 3 + 24 * 60 // usual.reread_minutes * usual.most_reread_pages < 10_000
