"""What every source promises (`connectors.base.Source`). A new source is held to it by one line in `WORLDS`."""

from collections.abc import Callable, Iterator

import pytest

from connectors.base import Source
from models import Mention, Page
from models.errors import AccessError, RetryableError
from models.identity import mention_id
from tests.connectors.app_store.world import AppStoreWorld
from tests.connectors.bluesky.world import BlueskyChatWorld, BlueskyWorld
from tests.connectors.google_play.world import GooglePlayWorld
from tests.connectors.mailbox.world import MailboxWorld
from tests.connectors.mastodon.world import MastodonWorld
from tests.connectors.meta.worlds import InstagramTagsWorld
from tests.connectors.telegram.world import TelegramWorld
from tests.connectors.x.world import XDmWorld, XWorld
from tests.connectors.youtube.world import YouTubeWorld
from tests.contracts.powers import able, meet, powerless, table
from tests.contracts.worlds import (
    RESET_SECONDS,
    AddsUnknownFields,
    Deletes,
    Edits,
    FailsNext,
    Fault,
    PagesTwice,
    Reposts,
    SaysOurselves,
    SaysUnreadable,
    Shuffles,
    World,
)

WORLDS = [
    pytest.param(BlueskyWorld, id="bluesky"),
    pytest.param(BlueskyChatWorld, id="bluesky_dm"),
    pytest.param(MailboxWorld, id="email"),
    pytest.param(MastodonWorld, id="mastodon"),
    pytest.param(TelegramWorld, id="telegram"),
    pytest.param(InstagramTagsWorld, id="instagram"),
    pytest.param(GooglePlayWorld, id="google_play"),
    pytest.param(AppStoreWorld, id="app_store"),
    pytest.param(YouTubeWorld, id="youtube"),
    pytest.param(XWorld, id="x"),
    pytest.param(XDmWorld, id="x_dm"),
]
POWERS = (
    AddsUnknownFields,
    Deletes,
    Edits,
    FailsNext,
    PagesTwice,
    Reposts,
    SaysOurselves,
    SaysUnreadable,
    Shuffles,
)

MOST_PAGES = 100
MANY = 5
"""More often than a call is repeated before the source gives up."""

Make = Callable[[], World]


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Make:
    """Makes worlds of one kind; one that has a `close` is closed in the end."""

    def opened() -> World:
        world: World = request.param()
        request.addfinalizer(getattr(world, "close", lambda: None))
        return world

    return opened


@pytest.fixture
def world(make: Make) -> World:
    return make()


every_world = pytest.mark.parametrize("make", WORLDS, indirect=True)


def worlds_that(*powers: type) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("make", able(WORLDS, *powers), indirect=True)


def pages(source: Source, cursor: str | None = None) -> Iterator[Page]:
    """As the flow reads: up to the empty page, which is not given, or one that leads nowhere."""
    for _ in range(MOST_PAGES):
        page = source.pull(cursor)
        if page.is_empty:
            return
        yield page
        if page.cursor == cursor:
            return
        cursor = page.cursor
    raise AssertionError(f"no empty page within {MOST_PAGES} pages")


def ids(found: Iterator[Page] | list[Page]) -> list[str]:
    return [mention.native_id for page in found for mention in page.mentions]


def mentions(world: World, cursor: str | None = None) -> list[Mention]:
    return [mention for page in pages(world.source(), cursor) for mention in page.mentions]


def say_some(world: World, count: int = 7) -> list[str]:
    return [world.say(f"message {number}") for number in range(count)]


def pull_through(world: World, cursor: str | None = None) -> list[str]:
    """Whatever comes within some tries, each by a fresh source, with the cursor of the last page that was stored."""
    found: list[str] = []
    for _ in range(MOST_PAGES):
        try:
            page = world.source().pull(cursor)
        except (RetryableError, AccessError):
            continue
        found += ids([page])
        if page.is_empty or page.cursor == cursor:
            return found
        cursor = page.cursor
    raise AssertionError(f"no empty page within {MOST_PAGES} pages")


# words and order


@every_world
def test_everything_said_is_found_once_oldest_first(world: World) -> None:
    said = say_some(world)
    found = mentions(world)

    assert sorted(mention.native_id for mention in found) == sorted(said)
    assert [mention.created_at for mention in found] == sorted(mention.created_at for mention in found)


@every_world
@pytest.mark.parametrize(
    "text",
    [
        "Größe 😡👩🏽‍🔧 «נסיון»\nline two\t\u200bend",
        "My name is written ‮sdrawkcab‬ and أين أموالي",
        "x" * 99_990 + " the end",
    ],
    ids=["emoji", "right to left", "100,000 characters"],
)
def test_the_words_arrive_as_they_were_said(world: World, text: str) -> None:
    world.say(text)

    (mention,) = mentions(world)

    assert mention.text == text


@every_world
def test_a_nul_in_a_message_hides_neither_the_message_nor_the_words_around_it(world: World) -> None:
    """NUL is taken out when the message is stored, or was already."""
    said = [world.say("before\0after"), world.say("and another")]

    found = {mention.native_id: mention.text for mention in mentions(world)}

    assert set(found) == set(said)
    assert found[said[0]].replace("\0", "").replace("\ufffd", "") == "beforeafter"


@every_world
def test_a_mention_says_where_and_when_it_was_said(world: World) -> None:
    world.say("hello")
    source = world.source()

    (mention,) = next(pages(source)).mentions

    assert mention.channel == source.name
    assert mention.account
    assert mention.conversation_id
    assert mention.created_at.utcoffset() is not None
    assert mention.received_at.utcoffset() is not None
    assert mention.author is None or mention.author.id


@every_world
def test_a_message_keeps_its_id_whoever_reads_it(world: World) -> None:
    world.say("hello")
    (once,) = next(pages(world.source())).mentions
    (twice,) = next(pages(world.source())).mentions

    assert once.id == twice.id == mention_id(once.channel, once.account, once.native_id)


@every_world
def test_histories_are_oldest_first(world: World) -> None:
    say_some(world, 6)

    histories = [posts for page in pages(world.source()) for posts in page.histories.values()]

    for posts in histories:
        assert [post.created_at for post in posts] == sorted(post.created_at for post in posts)
    assert len(histories) <= 6


# cursors


@every_world
def test_stopping_after_any_page_skips_none(make: Make) -> None:
    """A world of its own for every stop: some platforms throw away what a later cursor has confirmed."""
    counted = make()
    say_some(counted)

    for stored in range(1, len(list(pages(counted.source()))) + 1):
        world = make()
        said = say_some(world)
        kept = [page for page, _ in zip(pages(world.source()), range(stored), strict=False)]
        rest = ids(pages(world.source(), kept[-1].cursor))
        assert set(said) - set(ids(kept)) <= set(rest)


@every_world
def test_a_page_that_was_not_stored_comes_again(world: World) -> None:
    say_some(world, 5)
    source = world.source()
    first = source.pull(None)
    lost = source.pull(first.cursor)

    again = ids(pages(source, first.cursor))

    assert set(ids([lost])) <= set(again)


@every_world
def test_nothing_new_is_an_empty_page_whose_cursor_still_works(world: World) -> None:
    first = world.say("first")
    *_, page = pages(world.source())

    empty = world.source().pull(page.cursor)
    later = world.say("second")

    assert set(ids([empty])) <= {first}
    assert not empty.rejected
    assert set(ids(pages(world.source(), empty.cursor))) - {first} == {later}


@every_world
def test_a_cursor_that_was_used_before_works_again(world: World) -> None:
    if getattr(world, "forgets_what_is_confirmed", False):
        pytest.skip("this platform throws away what a later cursor has confirmed")
    say_some(world, 3)
    *_, page = pages(world.source())
    later = world.say("later")

    once, twice = (ids(pages(world.source(), page.cursor)) for _ in range(2))

    assert later in once
    assert later in twice


@every_world
def test_an_empty_world_gives_an_empty_page_whose_cursor_works(world: World) -> None:
    empty = world.source().pull(None)
    said = world.say("first")

    assert empty.is_empty
    assert ids(pages(world.source(), empty.cursor)) == [said]


@every_world
@pytest.mark.parametrize("cursor", ["", "{", "[]", "null", '{"a": 1}', "\0", "9" * 400, "é" * 50])
def test_a_cursor_that_cannot_be_read_counts_as_none(world: World, cursor: str) -> None:
    said = say_some(world, 3)

    assert set(said) <= set(ids(pages(world.source(), cursor)))


@every_world
def test_what_is_said_while_we_read_is_found_later(world: World) -> None:
    said = say_some(world, 5)
    source, cursor, found = world.source(), None, []
    for number in range(4):
        page = source.pull(cursor)
        found += ids([page])
        cursor = page.cursor
        said.append(world.say(f"said meanwhile {number}"))

    found += ids(pages(source, cursor))

    assert set(found) == set(said)


# what platforms do


@worlds_that(PagesTwice)
def test_a_page_that_comes_twice_gives_the_same_messages(world: World) -> None:
    said = say_some(world)
    world.page_twice()

    found = mentions(world)

    assert {mention.native_id for mention in found} == set(said)
    assert len({mention.id for mention in found}) == len(said)


@worlds_that(Shuffles)
def test_items_out_of_order_are_all_found_and_each_page_is_oldest_first(world: World) -> None:
    said = say_some(world)
    world.shuffle()

    found = list(pages(world.source()))

    assert set(ids(found)) == set(said)
    for page in found:
        assert [mention.created_at for mention in page.mentions] == sorted(one.created_at for one in page.mentions)


@worlds_that(Deletes)
@pytest.mark.parametrize("gone", [0, 3, 6], ids=["oldest", "middle", "newest"])
def test_an_item_deleted_between_two_pages_hides_no_other(world: World, gone: int) -> None:
    said = say_some(world)
    first = world.source().pull(None)
    world.delete(said[gone])

    found = ids([first]) + ids(pages(world.source(), first.cursor))

    assert set(said) - {said[gone]} <= set(found)


@worlds_that(Edits)
def test_an_edited_message_is_one_message_and_its_words_are_found(world: World) -> None:
    native_id = world.say("first words")
    *_, last = pages(world.source())
    world.edit(native_id, "other words")

    later = list(pages(world.source(), last.cursor))

    assert {mention.native_id for page in later for mention in page.mentions} <= {native_id}
    for edit in (edit for page in later for edit in page.edits):
        mention = edit.mention
        assert (mention.native_id, mention.text) == (native_id, "other words")
        assert mention.id == mention_id(mention.channel, mention.account, native_id)
        assert edit.version
        assert edit.edited_at.utcoffset() is not None
    assert world.source().pull(None).mentions[0].text in ("first words", "other words")


@worlds_that(Reposts)
def test_a_repost_is_never_a_mention(world: World) -> None:
    native_id = world.say("shown again")
    *_, last = pages(world.source())
    world.repost(native_id)

    later = list(pages(world.source(), last.cursor))

    assert set(ids(later)) <= {native_id}
    assert {repost.native_id for page in later for repost in page.reposts} <= {native_id}


@worlds_that(SaysOurselves)
def test_our_own_words_are_never_mentions(world: World) -> None:
    said = world.say("hello")
    ours = world.say_ourselves("We look into it.")

    found = list(pages(world.source()))

    assert ids(found) == [said]
    bystanders = [bystander for page in found for bystander in page.bystanders if bystander.mention.native_id == ours]
    assert all(bystander.is_ours for bystander in bystanders)


@worlds_that(AddsUnknownFields)
def test_fields_nobody_told_us_of_do_no_harm(world: World) -> None:
    said = say_some(world)
    world.add_unknown_fields()

    found = list(pages(world.source()))

    assert set(ids(found)) == set(said)
    assert not [rejected for page in found for rejected in page.rejected]


@worlds_that(SaysUnreadable)
def test_an_item_that_cannot_be_read_is_kept_apart_and_hides_no_other(world: World) -> None:
    said = say_some(world, 3)
    world.say_unreadable()
    said += say_some(world, 3)

    found = list(pages(world.source()))

    assert set(ids(found)) == set(said)
    rejected = [rejected for page in found for rejected in page.rejected]
    assert rejected
    assert all(one.raw and one.reason and one.where for one in rejected)


# faults


@worlds_that(FailsNext)
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.TIMEOUT, Fault.RATE_LIMITED])
def test_what_passes_is_worth_another_try(world: World, fault: Fault) -> None:
    world.say("hello")
    meet(world.fail_next, fault, MANY)

    with pytest.raises(RetryableError):
        world.source().pull(None)


@worlds_that(FailsNext)
def test_a_limit_says_when_to_try_again(world: World) -> None:
    """In whatever unit the vendor says it: seconds, an epoch, an instant, minutes."""
    world.say("hello")
    meet(world.fail_next, Fault.RATE_LIMITED, MANY)

    with pytest.raises(RetryableError) as raised:
        world.source().pull(None)

    assert raised.value.retry_after_seconds is not None
    assert RESET_SECONDS / 2 <= raised.value.retry_after_seconds <= RESET_SECONDS * 2


@worlds_that(FailsNext)
@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.PAYMENT_REQUIRED, Fault.FORBIDDEN])
def test_a_refusal_of_our_credentials_needs_a_person(world: World, fault: Fault) -> None:
    world.say("hello")
    meet(world.fail_next, fault, MANY)

    with pytest.raises(AccessError):
        world.source().pull(None)


@worlds_that(FailsNext)
@pytest.mark.parametrize("fault", [Fault.CUT_SHORT, Fault.NOT_JSON, Fault.ERROR_IN_200])
def test_an_answer_that_is_none_is_never_taken_for_nothing_new(world: World, fault: Fault) -> None:
    world.say("hello")
    meet(world.fail_next, fault, MANY)

    try:
        page = world.source().pull(None)
    except (RetryableError, AccessError):
        return
    assert page.mentions or page.rejected


@worlds_that(FailsNext)
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("times", [1, MANY])
def test_a_fault_in_the_middle_skips_none(world: World, fault: Fault, times: int) -> None:
    said = say_some(world)
    first = world.source().pull(None)
    meet(world.fail_next, fault, times)

    found = ids([first]) + pull_through(world, first.cursor)

    assert set(found) == set(said)


def test_every_world_can_do_something_that_is_asked_for() -> None:
    shown = table(WORLDS, POWERS)
    assert powerless(WORLDS, POWERS) == [], shown
