"""What is asked for: surroundings, whether things still stand, media that tag us, and the live test of the tokens."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.connector import Tools
from connectors.meta.connector import META
from connectors.meta.cursor import Cursor, read_cursor
from connectors.quota import LedgerInMemory
from models import Kind, Mention, Presence
from models.errors import AccessError, RetryableError, SetupError
from settings import Settings
from tests.connectors.meta.parts import facebook, instagram, messenger, only, tags, threads, threads_receiver, whatsapp
from tests.connectors.meta.worlds import FacebookWorld, InstagramWorld, MessengerWorld, ThreadsWorld, WhatsAppWorld
from tests.fakes import meta
from tests.fakes.meta import APP_ID, IG, NOW, PAGE, FakeMeta, refused

ALL = (
    "pages_messaging pages_manage_metadata pages_read_engagement pages_manage_engagement pages_read_user_content "
    "instagram_basic instagram_manage_comments instagram_manage_messages whatsapp_business_messaging"
).split()


# surroundings


def test_a_comment_comes_with_its_post_its_thread_and_what_we_answered(fake: FakeMeta) -> None:
    post = fake.post("Our new card")
    top = fake.comment("charged twice", on=post, by="31")
    ours = fake.id("5_")
    fake.nodes[ours] = {**fake.nodes[top], "id": ours, "text": "Sorry!", "from": {"id": PAGE}, "parent": top}
    below = fake.comment("me too", on=post, to=top, by="32")
    value = meta.feed_comment(below, "me too", by="32", post_id=post, parent_id=top)
    mention = only(meta.pushed("page", meta.page_entry(value)))

    around = facebook(fake).surroundings([mention])

    said = {one.mention.native_id: (one.mention.text, one.is_ours) for one in around.bystanders}
    assert said == {post: ("Our new card", True), top: ("charged twice", False), ours: ("Sorry!", True)}
    assert {one.mention.conversation_id for one in around.bystanders} == {top}
    assert len(fake.requests) == 2


def test_an_instagram_comment_comes_with_its_medium_and_thread(fake: FakeMeta) -> None:
    medium = fake.post("Our new card", kind="instagram")
    top = fake.comment("charged twice", on=medium, kind="instagram")
    below = fake.comment("me too", on=medium, to=top, by="32", kind="instagram")
    value = meta.instagram_comment(below, "me too", by="32", parent_id=top, media={"id": medium})
    mention = only(meta.pushed("instagram", meta.instagram_entry(value)))

    around = instagram(fake).surroundings([mention])

    said = {one.mention.native_id: (one.mention.text, one.is_ours) for one in around.bystanders}
    assert said == {medium: ("Our new card", True), top: ("charged twice", False)}


def test_who_writes_to_instagram_in_private_comes_with_their_reach() -> None:
    world = InstagramWorld()
    mentions = [world.private_mention() for _ in range(3)]
    world.fake.profiles["31"] = {"username": "ada", "name": "Ada", "follower_count": 0, "is_verified_user": True}
    world.fake.profiles["32"] = {"username": "joss"}

    authors = instagram(world.fake).surroundings(mentions).authors

    assert set(authors) == {"31", "32"}, "the third does not let us see it"
    assert (authors["31"].handle, authors["31"].followers, authors["31"].verified) == ("ada", 0, True)
    assert authors["32"].followers is None


def test_a_messenger_profile_is_a_name_and_a_dead_token_is_an_error() -> None:
    world = MessengerWorld()
    mention = world.mention()
    world.fake.profiles["31"] = {"first_name": "Ada", "last_name": "Ferry", "profile_pic": "https://cdn.test/1"}

    author = messenger(world.fake).surroundings([mention]).authors["31"]

    assert (author.name, author.followers, author.has_avatar) == ("Ada Ferry", None, True)
    world.fake.fail("GET", refused(190, status=401))
    with pytest.raises(AccessError):
        messenger(world.fake).surroundings([mention])


def test_a_threads_reply_comes_with_the_post_it_answers(fake: FakeMeta) -> None:
    root = fake.post("Our new card", kind="threads")
    id = fake.comment("scam", on=root, kind="threads")
    value = meta.threads_post(id, "scam", replied_to={"id": root}, root_post={"id": root, "owner_id": "1"})
    (mention,) = threads_receiver().parse(meta.threads_push("replies", value), received_at=NOW).mentions

    (post,) = threads(fake).surroundings([mention]).bystanders

    assert (post.mention.text, post.is_ours) == ("Our new card", True)


def test_where_nothing_more_is_told_nothing_is_asked() -> None:
    world = WhatsAppWorld()
    mention = world.mention()

    assert whatsapp(world.fake).surroundings([mention]).bystanders == ()
    assert whatsapp(world.fake).recheck([mention]) == {}
    assert world.fake.requests == []


# whether it still stands


@pytest.mark.parametrize("make", [FacebookWorld, InstagramWorld])
def test_many_comments_are_asked_for_in_one_call(make: type[FacebookWorld]) -> None:
    world = make()
    mentions = [world.mention() for _ in range(50)]

    found = world.channel().recheck(mentions)

    assert {one.presence for one in found.values()} == {Presence.THERE}
    assert len(found) == 50
    assert len(world.fake.requests) == 1


@pytest.mark.parametrize("make", [FacebookWorld, InstagramWorld, ThreadsWorld])
def test_one_that_is_gone_among_others_is_gone_and_hides_no_other(make: type[FacebookWorld]) -> None:
    world = make()
    mentions = [world.mention() for _ in range(7)]
    for gone in (mentions[2], mentions[5]):
        world.fake.delete(gone.native_id)

    found = world.channel().recheck(mentions)

    assert [found[mention.id].presence for mention in mentions] == [
        Presence.GONE if place in (2, 5) else Presence.THERE for place in range(7)
    ]


def test_a_single_one_is_gone_only_where_what_it_stood_under_can_still_be_read() -> None:
    world = InstagramWorld()
    one, other = world.mention(), world.mention()
    for mention in (one, other):
        world.fake.delete(mention.native_id)
    medium = other.raw["media"]
    assert isinstance(medium, dict)
    world.fake.delete(str(medium["id"]))

    assert world.channel().recheck([one])[one.id].presence is Presence.GONE
    assert world.channel().recheck([other]) == {}, "Meta says the same of what we may not see"


def test_a_mention_elsewhere_that_cannot_be_read_is_never_gone() -> None:
    world = FacebookWorld()
    mention, other = world.mention(), world.mention()
    world.fake.delete(mention.native_id)

    assert mention.id not in world.channel().recheck([replace(mention, on_owned_channel=False), other])


def test_what_our_token_may_not_read_is_unknown_and_none_at_all_needs_a_person() -> None:
    world = FacebookWorld()
    mention = world.mention()
    world.fake.forbidden.add(mention.native_id)

    with pytest.raises(AccessError):
        world.channel().recheck([mention])


def test_words_that_changed_are_an_edit_and_spaces_or_a_missing_at_are_not() -> None:
    world = InstagramWorld()
    changed, same = world.mention(), replace(world.mention(), text="hello @larkbank  I said")
    world.fake.nodes[changed.native_id]["text"] = "other words"
    world.fake.nodes[same.native_id]["text"] = "hello larkbank I\nsaid"

    found = world.channel().recheck([changed, same])

    edit = found[changed.id].edit
    assert found[changed.id].presence is Presence.EDITED
    assert edit is not None
    assert (edit.mention.text, edit.mention.created_at, edit.edited_at) == ("other words", changed.created_at, NOW)
    assert found[same.id].presence is Presence.THERE


def test_private_messages_are_not_asked_for() -> None:
    world = InstagramWorld()

    assert world.channel().recheck([world.private_mention()]) == {}
    assert world.fake.requests == []


# media that tag us


def test_a_medium_that_tags_us_is_a_mention_that_can_be_answered_in_public(fake: FakeMeta) -> None:
    id = fake.tag("@larkbank where is my money", at=NOW)

    (mention,) = tags(fake).pull(None).mentions

    assert (mention.native_id, mention.kind, mention.account) == (id, Kind.MENTION, IG)
    assert mention.author is not None
    assert mention.author.handle == "ada31"
    assert mention.on_owned_channel is False
    assert instagram(fake).may_reply(mention).allowed
    assert not instagram(fake).may_reply(mention, is_private=True).allowed


def test_a_tag_put_on_an_older_medium_within_a_week_is_found(fake: FakeMeta) -> None:
    fake.tag("new", at=NOW)
    first = tags(fake).pull(None)
    older = fake.tag("older", at=NOW - timedelta(days=5))

    (mention,) = tags(fake).pull(first.cursor).mentions

    assert mention.native_id == older


def test_a_long_backlog_is_walked_to_its_end_and_handed_out_oldest_first(fake: FakeMeta) -> None:
    fake.page_size = 3
    said = [fake.tag(f"medium {n}", at=NOW - timedelta(hours=20 - n)) for n in range(11)]

    page = tags(fake, page_size=4).pull(None)

    assert [mention.native_id for mention in page.mentions] == said[:4]


def test_switched_off_it_asks_nobody(fake: FakeMeta) -> None:
    source = META.sources["instagram"](settings(Path("/nowhere")), tools(fake))

    assert source.pull(None).is_empty
    assert source.pull("kept").cursor == "kept"
    assert fake.requests == []


def test_a_cursor_reads_as_it_was_written() -> None:
    cursor = Cursor(NOW, {"1": NOW})

    assert read_cursor(cursor.text()) == cursor


# the live test


def settings(home: Path, **more: Any) -> Settings:
    given = {
        "home": home,
        "meta_app_secret": meta.SECRET,
        "meta_verify_token": meta.VERIFY,
        "meta_page_id": PAGE,
        "meta_page_token": meta.PAGE_TOKEN,
        "meta_instagram_id": IG,
        "whatsapp_phone_number_id": meta.NUMBER,
        "whatsapp_token": meta.WHATSAPP_TOKEN,
        "threads_user_id": meta.THREADS_USER,
        "threads_token": meta.THREADS_TOKEN,
        "public_url": "https://care.larkbank.test",
    }
    return Settings.model_validate({**given, **more})


def tools(fake: FakeMeta) -> Tools:
    return Tools(ledger=LedgerInMemory(), now=lambda: fake.now, sleep=fake.slept.append, transport=fake.transport)


def test_all_tokens_are_tried_and_told(fake: FakeMeta, tmp_path: Path) -> None:
    fake.scopes, fake.token_ends = ALL, meta.seconds(NOW + timedelta(days=60))

    credential = META.probe(settings(tmp_path, meta_app_id=APP_ID), tools(fake))

    assert credential.account == "Page Larkbank, WhatsApp +61 2 5550 1234, Threads lark"
    assert credential.valid_until == NOW + timedelta(days=60)
    assert set(credential.scopes) == set(ALL)
    assert credential.missing == ()


def test_what_is_missing_is_said_in_sentences(fake: FakeMeta, tmp_path: Path) -> None:
    fake.scopes, fake.subscribed = ["pages_messaging"], ["feed"]

    credential = META.probe(settings(tmp_path, meta_app_id=APP_ID, threads_token=None), tools(fake))

    assert credential.valid_until is None
    assert any("does not push mention, messages, message_echoes" in each for each in credential.missing)
    assert any("whatsapp_business_messaging" in each for each in credential.missing)


def test_without_the_apps_number_the_tokens_are_only_tried(fake: FakeMeta, tmp_path: Path) -> None:
    credential = META.probe(settings(tmp_path), tools(fake))

    assert "EARSHOT_META_APP_ID" in credential.missing[0]


def test_tokens_of_another_account_or_dead_are_said_so(fake: FakeMeta, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="not the token of the Page"):
        META.probe(settings(tmp_path, meta_page_id="2002"), tools(fake))
    with pytest.raises(SetupError, match="another account"):
        META.probe(settings(tmp_path, threads_user_id="2"), tools(fake))
    with pytest.raises(AccessError):
        META.probe(settings(tmp_path, meta_page_token="old"), tools(fake))
    with pytest.raises(SetupError, match="EARSHOT_META_VERIFY_TOKEN"):
        META.probe(settings(tmp_path, meta_verify_token=None), tools(fake))
    fake.fail("GET", *[httpx.ConnectError("no route")] * 3)
    with pytest.raises(RetryableError):
        META.probe(settings(tmp_path), tools(fake))


def test_everything_opens_from_the_settings_and_sends_with_the_right_token(fake: FakeMeta, tmp_path: Path) -> None:
    full = settings(tmp_path)
    world = FacebookWorld()
    world.fake = fake
    mention: Mention = world.mention()

    channels = {name: make(full, tools(fake)) for name, make in META.channels.items()}
    receivers = {name: make(full, tools(fake)) for name, make in META.receivers.items()}

    assert {name: channel.name for name, channel in channels.items()} == {name: name for name in channels}
    assert {name: receiver.name for name, receiver in receivers.items()} == {name: name for name in receivers}
    assert channels["facebook"].may_reply(mention).allowed
    told = json.loads(receivers["meta_deletion"].answer(b"").body)
    assert told["url"].startswith("https://care.larkbank.test?code=")
    assert not META.is_on(Settings())
    assert META.is_on(full)
