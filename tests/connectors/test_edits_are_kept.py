"""What the sources of comments and reviews give of changed words, as it is kept: one message, its newest words."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from flow.arrival import keep_page
from models import Page
from policy.retention import load_retention
from store.channel_tables import mention_versions
from store.store import Store
from store.tables import mentions
from tests.connectors.google_play.conftest import open_source as open_play
from tests.connectors.youtube.conftest import open_source as open_youtube
from tests.fakes.google_play import NOW as PLAY_NOW
from tests.fakes.google_play import FakeGooglePlay
from tests.fakes.youtube import NOW, FakeYouTube

HOUR = timedelta(hours=1)


def keep(store: Store, page: Page, source: str) -> list[str]:
    with store.writing() as transaction:
        return keep_page(
            transaction,
            page,
            load_retention(),
            source=source,
            keep_cursor_as=source,
            lane="judge",
            now=PLAY_NOW,
        )


def held(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        return list(connection.scalars(select(mentions.c.text)))


def versions(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        return list(connection.scalars(select(mention_versions.c.text).order_by(mention_versions.c.edited_at)))


def test_a_comment_that_was_changed_before_we_came_is_one_message_judged_once(sqlite_store: Store) -> None:
    fake = FakeYouTube()
    fake.edit(fake.comment("UCsomebody", "first words", at=NOW - 3 * HOUR), "other words", at=NOW - 2 * HOUR)

    ids = keep(sqlite_store, open_youtube(fake).pull(None), "youtube")

    assert len(ids) == 1
    assert held(sqlite_store) == ["other words"]


@pytest.mark.parametrize("forgets", [False, True], ids=["the cursor knows", "the cursor is lost"])
def test_a_comment_that_changes_later_has_its_new_words_and_keeps_the_old(sqlite_store: Store, forgets: bool) -> None:
    fake = FakeYouTube()
    comment = fake.comment("UCsomebody", "first words", at=NOW - 3 * HOUR)
    page = open_youtube(fake).pull(None)
    keep(sqlite_store, page, "youtube")
    fake.edit(comment, "other words", at=NOW - HOUR)

    keep(sqlite_store, open_youtube(fake).pull("{" if forgets else page.cursor), "youtube")

    assert held(sqlite_store) == ["other words"]
    assert versions(sqlite_store) == ["first words", "other words"]


@pytest.mark.parametrize("forgets", [False, True], ids=["the cursor knows", "the cursor is lost"])
def test_a_review_that_changes_later_has_its_new_words_and_keeps_the_old(sqlite_store: Store, forgets: bool) -> None:
    fake = FakeGooglePlay()
    review = fake.say("first words", at=PLAY_NOW - 3 * HOUR)
    page = open_play(fake).pull(None)
    keep(sqlite_store, page, "google_play")
    fake.edit(review, "other words", at=PLAY_NOW - HOUR)

    again = keep(sqlite_store, open_play(fake).pull("{" if forgets else page.cursor), "google_play")

    assert len(again) == 1
    assert held(sqlite_store) == ["other words"]
    assert versions(sqlite_store) == ["first words", "other words"]


def test_a_review_that_stands_when_the_cursor_is_lost_is_nothing_new(sqlite_store: Store) -> None:
    fake = FakeGooglePlay()
    fake.say("words", at=PLAY_NOW - HOUR)
    keep(sqlite_store, open_play(fake).pull(None), "google_play")

    assert keep(sqlite_store, open_play(fake).pull("{"), "google_play") == []
    assert held(sqlite_store) == ["words"]
