"""A feed of reviews is handed out once, oldest first, wherever we stop; a new wording is told from a new review."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import reviews
from connectors.reviews import Item, ReviewFeed, read_cursor, said_at
from models import Author, Bystander, Edit, Kind, Mention, Page, Rejected

NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def wording(review_id: str, text: str, at: datetime) -> Item:
    mention = Mention(
        id=f"m_{review_id}",
        channel="store",
        account="app",
        native_id=review_id,
        kind=Kind.REVIEW,
        text=text,
        created_at=at,
        received_at=NOW,
        conversation_id=review_id,
        author=Author(id=f"review:{review_id}"),
    )
    return Item(review_id, text, at, Edit(mention, text, at))


@dataclass
class Shop:
    """Review → its words and place."""

    reviews: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    extra: list[Item] = field(default_factory=list)
    walked: list[datetime | None] = field(default_factory=list)

    def walk(self, floor: datetime | None) -> Iterable[Item]:
        self.walked.append(floor)
        items = [wording(name, text, at) for name, (text, at) in self.reviews.items()]
        return sorted([*items, *self.extra], key=lambda item: item.place or NOW, reverse=True)

    def feed(self, *, look_back: timedelta = 3 * DAY, first: datetime | None = None, page_size: int = 2) -> ReviewFeed:
        return ReviewFeed(self.walk, look_back=look_back, first_floor=lambda: first, page_size=page_size)


def drain(feed: ReviewFeed, cursor: str | None = None) -> tuple[list[Page], str]:
    found = []
    for _ in range(1000):
        page = feed.pull(cursor)
        if page.is_empty:
            return found, page.cursor
        found.append(page)
        cursor = page.cursor
    raise AssertionError("no empty page")


def given_ids(pages: list[Page]) -> list[str]:
    return [mention.native_id for page in pages for mention in page.mentions]


@given(
    places=st.lists(st.integers(-20, 20), max_size=12),
    late=st.lists(st.integers(-2, 20), max_size=5),
    page_size=st.integers(1, 4),
    stops=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_wherever_we_stop_everything_comes_exactly_once(
    places: list[int], late: list[int], page_size: int, stops: list[bool]
) -> None:
    """`late`: reviews that turn up when others have been read, at most three days behind the newest."""
    shop = Shop({f"r{number}": ("words", NOW + DAY * place) for number, place in enumerate(places)})
    newest = max(places, default=0)
    feed, cursor, found = shop.feed(page_size=page_size), None, list[str]()
    for number, is_stopped in enumerate(stops):
        if is_stopped:
            feed = shop.feed(page_size=page_size)
        page = feed.pull(cursor)
        found += [mention.native_id for mention in page.mentions]
        cursor = page.cursor
        if page.is_empty and late:
            place = max(newest + late.pop(), newest - 2)
            newest = max(newest, place)
            shop.reviews[f"late{number}"] = ("words", NOW + DAY * place)
    found += given_ids(drain(shop.feed(page_size=page_size), cursor)[0])

    assert sorted(found) == sorted(shop.reviews)


def test_a_page_is_oldest_first_and_so_are_pages() -> None:
    shop = Shop({name: ("words", NOW + DAY * place) for name, place in [("b", 2), ("a", 1), ("d", 4), ("c", 3)]})

    assert given_ids(drain(shop.feed())[0]) == ["a", "b", "c", "d"]


def test_what_a_pull_left_over_is_not_walked_for_again() -> None:
    shop = Shop({f"r{number}": ("words", NOW + DAY * number) for number in range(6)})

    drain(shop.feed())

    assert len(shop.walked) == 2, "once for three pages, once for the empty one"


class TestANewWording:
    def test_of_a_review_the_cursor_knows_is_an_edit_and_no_mention(self) -> None:
        shop = Shop({"a": ("first words", NOW)})
        _, cursor = drain(shop.feed())
        shop.reviews["a"] = ("other words", NOW + DAY)

        (page,), _ = drain(shop.feed(), cursor)

        assert page.mentions == []
        assert [edit.mention.text for edit in page.edits] == ["other words"]

    def test_in_its_old_place_is_found_within_the_look_back(self) -> None:
        shop = Shop({"a": ("first words", NOW), "b": ("words", NOW + 2 * DAY)})
        _, cursor = drain(shop.feed())
        shop.reviews["a"] = ("other words", NOW)

        (page,), _ = drain(shop.feed(), cursor)

        assert [edit.mention.native_id for edit in page.edits] == ["a"]

    def test_long_after_the_look_back_is_still_known_for_one(self) -> None:
        shop = Shop({"a": ("first words", NOW)})
        _, cursor = drain(shop.feed())
        shop.reviews["b"] = ("words", NOW + 100 * DAY)
        _, cursor = drain(shop.feed(), cursor)
        shop.reviews["a"] = ("other words", NOW + 200 * DAY)

        (page,), _ = drain(shop.feed(), cursor)

        assert page.mentions == []
        assert [edit.mention.native_id for edit in page.edits] == ["a"]

    def test_seen_beside_the_old_one_in_a_walk_is_an_edit(self) -> None:
        shop = Shop({"a": ("first words", NOW)}, extra=[wording("a", "other words", NOW + DAY)])

        (page,), _ = drain(shop.feed())

        assert [mention.text for mention in page.mentions] == ["first words"]
        assert [edit.mention.text for edit in page.edits] == ["other words"]

    def test_the_same_words_in_another_place_are_nothing_new(self) -> None:
        shop = Shop({"a": ("words", NOW)})
        _, cursor = drain(shop.feed())
        shop.reviews["a"] = ("words", NOW + DAY)

        assert drain(shop.feed(), cursor)[0] == []


class TestWhatTheCursorHasForgotten:
    """Such a review is given both ways: whoever holds it takes the edit, whoever does not takes the mention."""

    def test_when_there_were_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reviews, "MOST_KNOWN", 3)
        shop = Shop({f"r{number}": ("words", NOW + DAY * number) for number in range(5)})
        _, cursor = drain(shop.feed())
        assert len(read_cursor(cursor).known) == 3

        shop.reviews["r0"] = ("other words", NOW + 10 * DAY)
        (page,), _ = drain(shop.feed(), cursor)

        assert given_ids([page]) == ["r0"]
        assert [edit.mention.native_id for edit in page.edits] == ["r0"]

    def test_when_it_cannot_be_read(self) -> None:
        shop = Shop({"a": ("words", NOW)})

        (page,), _ = drain(shop.feed(), "{")

        assert given_ids([page]) == ["a"]
        assert len(page.edits) == 1

    def test_on_the_very_first_pull_there_is_nothing_to_forget(self) -> None:
        (page,), _ = drain(Shop({"a": ("words", NOW)}).feed())

        assert page.edits == []


class TestTheFloor:
    def test_the_first_pull_goes_no_deeper_and_neither_does_any_later_one(self) -> None:
        shop = Shop({"old": ("words", NOW - 31 * DAY), "new": ("words", NOW - 20 * DAY)})
        first, cursor = drain(shop.feed(look_back=30 * DAY, first=NOW - 30 * DAY))

        later, _ = drain(shop.feed(look_back=30 * DAY, first=NOW - 60 * DAY), cursor)

        assert given_ids(first) == ["new"]
        assert later == []

    def test_a_walk_that_gives_more_than_was_asked_for_does_no_harm(self) -> None:
        shop = Shop({"a": ("words", NOW)})
        _, cursor = drain(shop.feed())
        shop.reviews = {"b": ("words", NOW + 9 * DAY)}
        _, cursor = drain(shop.feed(), cursor)
        shop.reviews["older"] = ("words", NOW)

        assert drain(shop.feed(), cursor)[0] == []


class TestWhatStandsBesideReviews:
    def test_our_answer_comes_once_and_again_when_it_changes(self) -> None:
        shop = Shop({"a": ("words", NOW)})
        ours = wording("a", "sorry", NOW).content
        assert isinstance(ours, Edit)
        shop.extra = [Item("a", "1", NOW, Bystander(ours.mention, is_ours=True))]

        (page,), cursor = drain(shop.feed())
        again, cursor = drain(shop.feed(), cursor)
        shop.extra = [Item("a", "2", NOW, Bystander(ours.mention, is_ours=True))]
        changed, _ = drain(shop.feed(), cursor)

        assert (len(page.mentions), len(page.bystanders)) == (1, 1)
        assert again == []
        assert [len(page.bystanders) for page in changed] == [1]

    def test_an_answer_that_comes_before_its_review_does_not_make_it_known(self) -> None:
        shop = Shop({"a": ("words", NOW)})
        ours = wording("a", "sorry", NOW).content
        assert isinstance(ours, Edit)
        shop.extra = [Item("a", "1", NOW - DAY, Bystander(ours.mention, is_ours=True))]

        found, _ = drain(shop.feed(page_size=1))

        assert given_ids(found) == ["a"]

    def test_what_has_no_place_comes_once_and_is_not_reported_every_time(self) -> None:
        shop = Shop(extra=[Item("x", "", None, Rejected("review x", "no place", b"x"))])
        found, cursor = drain(shop.feed())
        assert [len(page.rejected) for page in found] == [1]

        for number in range(5):
            shop.reviews[f"r{number}"] = ("words", NOW + 10 * DAY * number)
            found, cursor = drain(shop.feed(), cursor)
            assert [len(page.rejected) for page in found] == [0]


def test_an_instant_from_the_future_is_not_believed() -> None:
    assert said_at(NOW + DAY, NOW) == (NOW, True)
    assert said_at(None, NOW) == (NOW, True)
    assert said_at(NOW, NOW) == (NOW, False)
