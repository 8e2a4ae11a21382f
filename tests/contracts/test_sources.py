"""What every source promises (`connectors.base.Source`). A new source is held to it by one line in `WORLDS`."""

from collections.abc import Iterator

import pytest

from connectors.base import Source
from models import Page
from models.identity import mention_id
from tests.connectors.bluesky.world import BlueskyWorld
from tests.contracts.worlds import World

WORLDS = [
    pytest.param(BlueskyWorld, id="bluesky"),
]

MOST_PAGES = 100


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return request.param()


def pages(source: Source, cursor: str | None = None) -> Iterator[Page]:
    """All pages up to the empty one, which is not given."""
    for _ in range(MOST_PAGES):
        page = source.pull(cursor)
        if not page.mentions and not page.rejected:
            return
        yield page
        cursor = page.cursor
    raise AssertionError(f"no empty page within {MOST_PAGES} pages")


def ids(found: Iterator[Page] | list[Page]) -> list[str]:
    return [mention.native_id for page in found for mention in page.mentions]


def test_everything_said_is_found_once_oldest_first(world: World) -> None:
    said = [world.say(f"message {number}") for number in range(7)]

    found = [mention for page in pages(world.source()) for mention in page.mentions]

    assert sorted(mention.native_id for mention in found) == sorted(said)
    assert [mention.created_at for mention in found] == sorted(mention.created_at for mention in found)


def test_the_words_arrive_as_they_were_said(world: World) -> None:
    text = "Größe 😡👩🏽‍🔧 «נסיון»\nline two\t\u200bend"
    world.say(text)

    (mention,) = next(pages(world.source())).mentions

    assert mention.text == text


def test_stopping_after_any_page_skips_none(world: World) -> None:
    said = [world.say(f"message {number}") for number in range(7)]
    whole = list(pages(world.source()))

    for stored in range(1, len(whole) + 1):
        known = ids(whole[:stored])
        rest = ids(pages(world.source(), whole[stored - 1].cursor))
        assert set(said) - set(known) <= set(rest)


def test_a_page_that_was_not_stored_comes_again(world: World) -> None:
    for number in range(5):
        world.say(f"message {number}")
    source = world.source()
    first = source.pull(None)
    lost = source.pull(first.cursor)

    again = ids(pages(source, first.cursor))

    assert set(ids([lost])) <= set(again)


def test_nothing_new_is_an_empty_page_whose_cursor_still_works(world: World) -> None:
    world.say("first")
    (page,) = pages(world.source())

    empty = world.source().pull(page.cursor)
    later = world.say("second")

    assert not empty.mentions
    assert not empty.rejected
    assert ids(pages(world.source(), empty.cursor)) == [later]


def test_an_empty_world_gives_an_empty_page_whose_cursor_works(world: World) -> None:
    empty = world.source().pull(None)
    said = world.say("first")

    assert not empty.mentions
    assert ids(pages(world.source(), empty.cursor)) == [said]


def test_what_is_said_while_we_read_is_found_later(world: World) -> None:
    said = [world.say(f"message {number}") for number in range(5)]
    source, cursor, found = world.source(), None, []
    for number in range(4):
        page = source.pull(cursor)
        found += ids([page])
        cursor = page.cursor
        said.append(world.say(f"said meanwhile {number}"))

    found += ids(pages(source, cursor))

    assert set(found) == set(said)


def test_a_message_keeps_its_id_whoever_reads_it(world: World) -> None:
    world.say("hello")
    (once,) = next(pages(world.source())).mentions
    (twice,) = next(pages(world.source())).mentions

    assert once.id == twice.id == mention_id(once.channel, once.account, once.native_id)


def test_a_mention_says_where_and_when_it_was_said(world: World) -> None:
    world.say("hello")
    source = world.source()

    (mention,) = next(pages(source)).mentions

    assert mention.channel == source.name
    assert mention.account
    assert mention.conversation_id
    assert mention.created_at.utcoffset() is not None
    assert mention.received_at.utcoffset() is not None


def test_histories_are_oldest_first(world: World) -> None:
    for number in range(6):
        world.say(f"message {number}")

    histories = [posts for page in pages(world.source()) for posts in page.histories.values()]

    for posts in histories:
        assert [post.created_at for post in posts] == sorted(post.created_at for post in posts)
    assert len(histories) <= 6
