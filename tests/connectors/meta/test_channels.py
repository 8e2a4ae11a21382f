import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from connectors.meta.channel import FacebookChannel, InstagramChannel, MessengerChannel
from connectors.meta.sent import FileSent, MemorySent
from connectors.meta.threads_channel import ThreadsChannel
from connectors.meta.whatsapp_channel import WhatsAppChannel
from models import AuthoredBy, Kind, Mention
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from tests.connectors.meta.parts import (
    client,
    facebook,
    instagram,
    messenger,
    only,
    threads,
    whatsapp,
    words,
)
from tests.connectors.meta.worlds import (
    FacebookWorld,
    InstagramWorld,
    MessengerWorld,
    ThreadsWorld,
    WhatsAppWorld,
)
from tests.fakes import meta
from tests.fakes.meta import IG, NOW, PAGE, FakeMeta, refused

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LOST = httpx.ReadTimeout("lost by the test")


def comment() -> tuple[FakeMeta, Mention]:
    world = FacebookWorld()
    return world.fake, world.mention()


def message() -> tuple[FakeMeta, Mention]:
    world = MessengerWorld()
    return world.fake, world.mention()


# windows


@pytest.mark.parametrize("authored_by", AuthoredBy)
def test_a_message_may_be_answered_for_a_day(authored_by: AuthoredBy) -> None:
    fake, mention = message()
    fake.now = NOW + DAY - MINUTE

    may = messenger(fake).may_reply(mention, authored_by=authored_by)

    assert may.allowed
    assert may.until == NOW + DAY
    assert may.max_characters == 2000


@pytest.mark.parametrize("age", [DAY, 3 * DAY])
def test_after_a_day_a_person_may_where_meta_granted_it(age: timedelta) -> None:
    fake, mention = message()
    fake.now = NOW + age

    granted = messenger(fake, human_agent=True)

    assert granted.may_reply(mention).until == NOW + 7 * DAY
    machine = granted.may_reply(mention, authored_by=AuthoredBy.AUTOMATION)
    assert not machine.allowed
    assert "only a person" in machine.reason
    plain = messenger(fake).may_reply(mention)
    assert not plain.allowed
    assert "not granted" in plain.reason


def test_after_seven_days_nobody_may() -> None:
    fake, mention = message()
    fake.now = NOW + 7 * DAY

    assert "7 days" in messenger(fake, human_agent=True).may_reply(mention).reason


def test_within_the_day_an_answer_is_one_and_after_it_is_marked_as_of_a_person() -> None:
    fake, mention = message()
    messenger(fake, human_agent=True).reply(mention, words(private=True))
    fake.now = NOW + 2 * DAY

    messenger(fake, human_agent=True).reply(mention, words("And again", key="reply:2", private=True))

    kinds = [json.loads(request.content) for request in fake.calls("POST")]
    assert [(one["messaging_type"], one.get("tag")) for one in kinds] == [
        ("RESPONSE", None),
        ("MESSAGE_TAG", "HUMAN_AGENT"),
    ]
    assert kinds[0]["recipient"] == {"id": "31"}


def test_words_of_a_program_are_never_marked_as_of_a_person() -> None:
    fake, mention = message()
    fake.now = NOW + 2 * DAY
    automatic = replace(words(private=True), authored_by=AuthoredBy.AUTOMATION)

    with pytest.raises(PermanentError, match="time in which Meta takes an answer"):
        messenger(fake, human_agent=True).reply(mention, automatic)
    assert "tag" not in json.loads(fake.calls("POST")[0].content)


def test_an_older_message_may_be_answered_when_they_wrote_again_since() -> None:
    """Windows count from the newest message, which `reply` is not told of: Meta decides."""
    fake, mention = message()
    fake.now = NOW + 2 * DAY
    fake.message("anybody there?", by="31", platform="messenger")

    messenger(fake).reply(mention, words(private=True))

    assert fake.sent("messenger") == ["Sorry to hear that!"]


def test_whatsapp_takes_answers_for_a_day_and_then_only_templates() -> None:
    world = WhatsAppWorld()
    mention = world.mention()

    assert whatsapp(world.fake).may_reply(mention).until == NOW + DAY
    world.fake.now = NOW + DAY
    late = whatsapp(world.fake).may_reply(mention)

    assert not late.allowed
    assert "templates" in late.reason


def test_a_comment_takes_one_private_answer_within_seven_days() -> None:
    fake, mention = comment()
    channel = facebook(fake)

    may = channel.may_reply(mention, is_private=True)
    assert (may.allowed, may.until) == (True, NOW + 7 * DAY)
    channel.reply(mention, words("In private", private=True))
    again = channel.reply(mention, words("In private", private=True))
    assert again.found
    with pytest.raises(PermanentError, match="one private answer"):
        channel.reply(mention, words("Something else", key="reply:2", private=True))

    assert fake.sent("messenger") == ["In private"]
    fake.now = NOW + 7 * DAY
    assert not channel.may_reply(mention, is_private=True).allowed
    assert channel.may_reply(mention).allowed
    assert not channel.may_reply(mention).takes_private


def test_only_comments_under_our_own_posts_are_answered_in_private() -> None:
    fake, mention = comment()

    for other in (replace(mention, on_owned_channel=False), replace(mention, kind=Kind.REVIEW)):
        assert not facebook(fake).may_reply(other, is_private=True).allowed
        assert not facebook(fake).capabilities(other).reply_private


# what is sent


def test_a_comment_is_answered_under_it() -> None:
    fake, mention = comment()

    facebook(fake).reply(mention, words("Größe 😀"))

    assert fake.answers(mention.native_id) == ["Größe 😀"]
    assert fake.calls("POST")[0].url.path == f"/v26.0/{mention.native_id}/comments"


def test_an_instagram_answer_to_an_answer_is_found_where_it_comes_to_stand() -> None:
    fake = FakeMeta()
    medium = fake.post(kind="instagram")
    top = fake.comment("charged twice", on=medium, kind="instagram")
    below = fake.comment("me too", on=medium, to=top, by="32", kind="instagram")
    value = meta.instagram_comment(below, "me too", by="32", parent_id=top)
    mention = only(meta.pushed("instagram", meta.instagram_entry(value)))
    instagram(fake).reply(mention, words())

    again = instagram(fake).reply(mention, words())

    assert again.found
    assert fake.answers(top).count("Sorry to hear that!") == 1


def test_a_medium_that_tags_us_is_answered_by_a_mention_and_a_lost_answer_is_left_to_a_person() -> None:
    fake = FakeMeta()
    id = fake.tag("@larkbank help", at=NOW)
    mention = replace(InstagramWorld().mention(), native_id=id, kind=Kind.MENTION, on_owned_channel=False)
    fake.lost = 1
    book = MemorySent()

    for _ in range(2):
        with pytest.raises(PermanentError, match="may have been sent"):
            instagram(fake, book).reply(mention, words(key="reply:tag"))

    assert fake.answers(id) == ["Sorry to hear that!"]
    assert fake.calls("POST")[0].url.path == f"/v26.0/{IG}/mentions"


def test_whatsapp_is_sent_to_the_number_that_wrote_in_answer_to_what_it_wrote() -> None:
    world = WhatsAppWorld()
    mention = world.mention()

    receipt = whatsapp(world.fake).reply(mention, words(private=True))

    (asked,) = world.fake.whatsapp
    assert asked["to"] == mention.author.id if mention.author else None
    assert asked["context"] == {"message_id": mention.native_id}
    assert asked["text"] == {"body": "Sorry to hear that!", "preview_url": False}
    assert receipt.reference.startswith("wamid.")


def test_threads_is_made_first_and_published_then() -> None:
    world = ThreadsWorld()
    mention = world.mention()

    threads(world.fake).reply(mention, words())

    assert [request.url.path for request in world.fake.calls("POST")] == [
        f"/v1.0/{meta.THREADS_USER}/threads",
        f"/v1.0/{meta.THREADS_USER}/threads_publish",
    ]
    assert world.fake.answers(mention.native_id) == ["Sorry to hear that!"]


def test_instagram_counts_a_private_answer_in_bytes() -> None:
    world = InstagramWorld()
    mention = world.private_mention()

    with pytest.raises(PermanentError, match="1200 bytes"):
        instagram(world.fake).reply(mention, words("é" * 600, private=True))


# once


@pytest.mark.parametrize("make", [FacebookWorld, MessengerWorld, InstagramWorld, ThreadsWorld])
def test_an_answer_that_got_lost_is_found_again_even_by_another_machine(make: type[FacebookWorld]) -> None:
    world = make()
    mention = world.mention()
    reply = words(private=mention.is_private)
    world.lose_next_answer()
    with pytest.raises(UnknownOutcomeError):
        world.channel().reply(mention, reply)
    world.book = MemorySent()

    receipt = world.channel().reply(mention, reply)

    assert receipt.found
    assert len(world.sent()) == 1


def test_the_same_words_to_another_message_of_the_same_person_are_sent_again() -> None:
    fake, mention = message()
    book = MemorySent()
    messenger(fake, book).reply(mention, words("Thanks!", private=True))
    later = replace(mention, id="m_other", native_id="m_other")

    receipt = messenger(fake, book).reply(later, words("Thanks!", key="reply:2", private=True))

    assert not receipt.found
    assert fake.sent("messenger") == ["Thanks!", "Thanks!"]


def test_an_answer_of_an_agent_in_the_app_with_the_same_words_counts() -> None:
    fake, mention = message()
    fake.talks["messenger", "31"].append(
        {"id": "m_9", "text": " Sorry  to hear that!", "from": {"id": PAGE}, "at": NOW}
    )

    assert messenger(fake).reply(mention, words(private=True)).found


@pytest.mark.parametrize("outcome", [LOST, httpx.Response(502), httpx.Response(200, content=b"{")])
def test_what_whatsapp_did_not_confirm_is_never_repeated(outcome: httpx.Response | Exception) -> None:
    world = WhatsAppWorld()
    mention = world.mention()
    world.fake.fail("POST", outcome)
    with pytest.raises(UnknownOutcomeError):
        world.channel().reply(mention, words(private=True))

    with pytest.raises(PermanentError, match="may have been sent already, and WhatsApp cannot be asked"):
        world.channel().reply(mention, words(private=True, perhaps_sent=True))

    assert len(world.fake.calls("POST")) == 1


def test_a_whatsapp_answer_that_was_surely_not_sent_is_tried_again() -> None:
    world = WhatsAppWorld()
    mention = world.mention()
    world.fake.fail("POST", refused(131016), httpx.ConnectError("no route"))
    for _ in range(2):
        with pytest.raises(RetryableError) as refusal:
            world.channel().reply(mention, words(private=True))
        assert not isinstance(refusal.value, UnknownOutcomeError)

    world.channel().reply(mention, words(private=True))

    assert len(world.fake.whatsapp) == 1


def test_notes_on_disk_survive_a_restart_and_hold_no_key(tmp_path: Path) -> None:
    folder = tmp_path / "sent"
    assert FileSent(folder).find("reply:1") is None

    FileSent(folder).note("reply:1", "wamid.1")

    assert FileSent(folder).find("reply:1") == "wamid.1"
    assert not [path for path in folder.iterdir() if "reply" in path.name]
    FileSent(folder).forget("reply:1")
    assert FileSent(folder).find("reply:1") is None


def test_old_notes_are_dropped_when_new_ones_are_made(tmp_path: Path) -> None:
    book = FileSent(tmp_path)
    book.note("reply:old", "1")
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))

    book.note("reply:new", "2")

    assert (book.find("reply:old"), book.find("reply:new")) == (None, "2")


# refusals


def test_without_a_token_messages_are_read_and_not_answered() -> None:
    fake, mention = comment()
    dm = MessengerWorld().mention()
    bare = (
        (FacebookChannel(None, now=lambda: NOW), mention),
        (MessengerChannel(None), dm),
        (InstagramChannel(None, now=lambda: NOW), InstagramWorld().mention()),
        (WhatsAppChannel(None, number=None, now=lambda: NOW), WhatsAppWorld().mention()),
        (ThreadsChannel(None, account=None, book=MemorySent(), now=lambda: NOW), ThreadsWorld().mention()),
    )

    for channel, one in bare:
        assert "token" in channel.may_reply(one).reason
        assert not channel.capabilities(one).reply_public
        assert not channel.capabilities(one).reply_private
        with pytest.raises(PermanentError):
            channel.reply(one, words(private=one.is_private))
        assert channel.recheck([one]) == {}
        assert channel.surroundings([one]).bystanders == ()


def test_what_came_to_another_account_is_not_answered_from_this_one() -> None:
    fake, mention = comment()

    assert "another account" in facebook(fake).may_reply(replace(mention, account="2002")).reason


def test_a_whatsapp_group_and_a_sender_without_a_number_are_not_answered() -> None:
    world = WhatsAppWorld()
    mention = world.mention()
    group = replace(mention, raw={"group_id": "g"})
    hidden = replace(mention, author=replace(mention.author, id="US.abc") if mention.author else None)

    assert "groups" in whatsapp(world.fake).may_reply(group).reason
    assert "number" in whatsapp(world.fake).may_reply(hidden).reason
    assert "number" in whatsapp(world.fake).may_reply(replace(mention, author=None)).reason


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (refused(4), RetryableError, "asked to wait"),
        (refused(17, status=403), RetryableError, "asked to wait"),
        (refused(32), RetryableError, "asked to wait"),
        (refused(613, status=200), RetryableError, "asked to wait"),
        (refused(80006), RetryableError, "asked to wait"),
        (refused(190, 463), AccessError, "token is no longer good"),
        (refused(10), AccessError, "lacks a permission"),
        (refused(200, status=403), AccessError, "lacks a permission"),
        (refused(230, status=200), AccessError, "lacks a permission"),
        (refused(10, 2018278), PermanentError, "is over"),
        (refused(10, 2534022, status=403), PermanentError, "is over"),
        (refused(551), PermanentError, "cannot be reached"),
        (refused(100, 2018001), PermanentError, "refused as it stands"),
        (refused(2), UnknownOutcomeError, "may have been sent"),
        (refused(1, status=500), UnknownOutcomeError, "may have been sent"),
        (refused(7777, is_transient=True), UnknownOutcomeError, "may have been sent"),
        (refused(7777, status=200), PermanentError, "error 7777"),
    ],
)
def test_meta_says_what_is_wrong_in_the_body(answer: httpx.Response, error: type[Exception], says: str) -> None:
    fake, mention = message()
    fake.fail("POST", answer)

    with pytest.raises(error, match=says) as raised:
        messenger(fake).reply(mention, words("secret words", private=True))

    assert fake.sent("messenger") == []
    assert "secret words" not in str(raised.value)
    assert "page-token" not in str(raised.value)
    assert "(made up)" not in str(raised.value)


def test_whatsapp_says_by_code_that_the_window_is_over() -> None:
    world = WhatsAppWorld()
    mention = world.mention()
    world.fake.fail("POST", refused(131047))

    with pytest.raises(PermanentError, match="is over"):
        whatsapp(world.fake).reply(mention, words(private=True))


@pytest.mark.parametrize(("header", "seconds"), [({}, 300), ({"x-app-usage": '{"call_count": 100}'}, 300)])
def test_a_limit_without_minutes_is_waited_for_five(header: dict[str, str], seconds: int) -> None:
    fake, mention = message()
    fake.fail("POST", refused(4, headers=header))

    with pytest.raises(RetryableError) as raised:
        messenger(fake).reply(mention, words(private=True))

    assert raised.value.retry_after_seconds == seconds


def test_used_up_nothing_more_is_asked_until_it_begins_anew() -> None:
    fake, mention = message()
    channel = messenger(fake)
    fake.fail("POST", refused(4, headers={"x-app-usage": '{"call_count": 100}'}))
    with pytest.raises(RetryableError):
        channel.reply(mention, words(private=True))
    asked = len(fake.requests)

    with pytest.raises(RetryableError, match="used up"):
        channel.reply(mention, words(private=True))
    assert len(fake.requests) == asked
    fake.now = NOW + timedelta(minutes=6)
    channel.reply(mention, words(private=True))


def test_reading_is_repeated_here_and_slept_for_by_the_seam_alone(fake: FakeMeta) -> None:
    post = fake.post()
    fake.fail("GET", httpx.Response(500), LOST)

    assert set(client(fake).nodes([post], "id").nodes) == {post}
    assert len(fake.slept) == 2


# capabilities


def test_every_item_says_what_can_be_done_with_it() -> None:
    fake, mention = comment()
    elsewhere = replace(mention, on_owned_channel=False, kind=Kind.MENTION)
    dm = InstagramWorld().private_mention()

    assert facebook(fake).capabilities(mention).delete_notice
    assert facebook(fake).capabilities(mention).edit
    assert not facebook(fake).capabilities(elsewhere).delete_notice
    assert not facebook(fake).capabilities(mention).reach
    assert instagram(fake).capabilities(dm).reach
    assert not instagram(fake).capabilities(InstagramWorld().mention()).delete_notice
    assert not whatsapp(fake).capabilities(dm).delete_notice
    for channel in (facebook(fake), instagram(fake), whatsapp(fake), threads(fake)):
        assert channel.capabilities(mention).push
        assert not channel.capabilities(mention).author_history
