"""What every channel promises (`connectors.base.Channel`). A new channel is held to it by one line in `WORLDS`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.base import Channel, Hides
from models import AuthoredBy, Mention, Presence, Receipt, Reply
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from tests.connectors.app_store.world import AppStoreChannelWorld
from tests.connectors.bluesky.world import BlueskyPrivateWorld
from tests.connectors.google_play.world import GooglePlayChannelWorld
from tests.connectors.mailbox.world import MailboxChannelWorld
from tests.connectors.mastodon.world import MastodonChannelWorld
from tests.connectors.meta.worlds import (
    FacebookWorld,
    InstagramNamesWorld,
    InstagramWorld,
    MessengerWorld,
    ThreadsWorld,
    WhatsAppWorld,
)
from tests.connectors.telegram.world import TelegramChannelWorld
from tests.connectors.x.world import XChannelWorld
from tests.connectors.youtube.world import YouTubeChannelWorld
from tests.contracts.channel_worlds import BlueskyChannelWorld, LocalChannelWorld
from tests.contracts.powers import able, meet, powerless, table
from tests.contracts.worlds import (
    RESET_SECONDS,
    CannotLook,
    ChannelWorld,
    FailsNextWrite,
    Fault,
    LosesAnswers,
    SaysWithoutWords,
    ShowsHidden,
    SpeaksPrivately,
    Withdraws,
)

WORLDS = [
    pytest.param(BlueskyChannelWorld, id="bluesky"),
    pytest.param(BlueskyPrivateWorld, id="bluesky_dm"),
    pytest.param(GooglePlayChannelWorld, id="google_play"),
    pytest.param(AppStoreChannelWorld, id="app_store"),
    pytest.param(YouTubeChannelWorld, id="youtube"),
    pytest.param(XChannelWorld, id="x"),
    pytest.param(LocalChannelWorld, id="local"),
    pytest.param(MailboxChannelWorld, id="email"),
    pytest.param(MastodonChannelWorld, id="mastodon"),
    pytest.param(TelegramChannelWorld, id="telegram"),
    pytest.param(FacebookWorld, id="facebook"),
    pytest.param(MessengerWorld, id="messenger"),
    pytest.param(InstagramWorld, id="instagram"),
    pytest.param(WhatsAppWorld, id="whatsapp"),
    pytest.param(ThreadsWorld, id="threads"),
]
WITHOUT_WORDS = [pytest.param(InstagramNamesWorld, id="instagram")]
"""Worlds of what is pushed without words (`SaysWithoutWords`)."""
CAN_LOOK = [world for world in WORLDS if not issubclass(world.values[0], CannotLook)]
POWERS = (FailsNextWrite, LosesAnswers, ShowsHidden, SpeaksPrivately, Withdraws)

SORRY = "Sorry to hear that!"
MANY = 5
"""More often than a call is repeated before the channel gives up."""


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Callable[[], ChannelWorld]:
    """Makes worlds of one kind; one that has a `close` is closed in the end."""

    def opened() -> ChannelWorld:
        world: ChannelWorld = request.param()
        request.addfinalizer(getattr(world, "close", lambda: None))
        return world

    return opened


@pytest.fixture
def world(make: Callable[[], ChannelWorld]) -> ChannelWorld:
    return make()


every_world = pytest.mark.parametrize("make", WORLDS, indirect=True)


def worlds_that(*powers: type) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("make", able(WORLDS, *powers), indirect=True)


def answer(
    mention: Mention,
    text: str = SORRY,
    *,
    key: str = "reply:1",
    is_private: bool | None = None,
    authored_by: AuthoredBy = AuthoredBy.PERSON,
) -> Reply:
    private = mention.is_private if is_private is None else is_private
    return Reply(key, text, is_private=private, authored_by=authored_by)


def send_until_sent(world: ChannelWorld, mention: Mention, reply: Reply, tries: int = 2 * MANY) -> Receipt:
    """What the outbox does: again with the same key, until there is a receipt; it tells of a try whose outcome is not
    known."""
    for _ in range(tries):
        try:
            return world.channel().reply(mention, reply)
        except UnknownOutcomeError:
            reply = replace(reply, perhaps_sent=True)
        except (RetryableError, AccessError):
            continue
    raise AssertionError(f"no receipt after {tries} tries")


def held(world: ChannelWorld, text: str = SORRY) -> int:
    return sum(text in sent.text for sent in world.sent())


def assert_word_is_kept(world: ChannelWorld, mention: Mention, *, is_private: bool, authored_by: AuthoredBy) -> None:
    """What is allowed is taken, in private where it was to be; what is refused is refused for good, with a reason."""
    channel, before = world.channel(), len(world.sent())
    may = channel.may_reply(mention, authored_by=authored_by, is_private=is_private)
    can = channel.capabilities(mention)
    reply = answer(mention, is_private=is_private, authored_by=authored_by)
    if may.allowed:
        assert can.reply_private if is_private else can.reply_public
        assert channel.reply(mention, reply).reference
        *_, last = world.sent()
        assert SORRY in last.text
        assert last.is_private is is_private
    else:
        assert may.reason
        with pytest.raises(PermanentError):
            channel.reply(mention, reply)
        assert len(world.sent()) == before


# what may be said


@every_world
def test_the_way_it_was_said_a_person_may_answer(world: ChannelWorld) -> None:
    mention, channel = world.mention(), world.channel()

    may, can = channel.may_reply(mention), channel.capabilities(mention)

    assert may.allowed
    assert may.until is None or may.until.utcoffset() is not None
    assert can.reply_private if mention.is_private else can.reply_public


@every_world
@pytest.mark.parametrize("authored_by", AuthoredBy)
@pytest.mark.parametrize("is_private", [False, True], ids=["in public", "in private"])
def test_what_it_allows_is_taken_and_what_it_refuses_is_not_sent(
    world: ChannelWorld, authored_by: AuthoredBy, is_private: bool
) -> None:
    assert_word_is_kept(world, world.mention(), is_private=is_private, authored_by=authored_by)


@worlds_that(SpeaksPrivately)
@pytest.mark.parametrize("authored_by", AuthoredBy)
@pytest.mark.parametrize("is_private", [False, True], ids=["in public", "in private"])
def test_the_same_for_what_was_said_in_private(world: ChannelWorld, authored_by: AuthoredBy, is_private: bool) -> None:
    mention = world.private_mention()
    assert mention.is_private
    assert_word_is_kept(world, mention, is_private=is_private, authored_by=authored_by)


@worlds_that(SpeaksPrivately)
def test_what_was_said_in_private_is_never_answered_in_public(world: ChannelWorld) -> None:
    mention, channel = world.private_mention(), world.channel()

    assert not channel.capabilities(mention).reply_public
    assert not channel.may_reply(mention, is_private=False).allowed
    with pytest.raises(PermanentError):
        channel.reply(mention, answer(mention, is_private=False))
    assert world.sent() == []

    channel.reply(mention, answer(mention, key="reply:2"))
    assert [sent.is_private for sent in world.sent()] == [True]


@every_world
def test_who_takes_private_answers_says_so_everywhere(world: ChannelWorld) -> None:
    mention, channel = world.mention(), world.channel()

    may = channel.may_reply(mention)

    assert may.takes_private == channel.may_reply(mention, is_private=True).allowed
    if may.takes_private:
        assert channel.capabilities(mention).reply_private


@worlds_that(Withdraws)
def test_a_message_that_was_taken_back_is_answered_only_where_the_channel_says_so(world: ChannelWorld) -> None:
    mention = world.mention()
    world.withdraw(mention)

    assert_word_is_kept(world, mention, is_private=mention.is_private, authored_by=AuthoredBy.PERSON)


# the words


@every_world
def test_the_words_are_sent_as_they_were_written(world: ChannelWorld) -> None:
    text = "Größe 😡👩🏽‍🔧 «נסיון»\nline two & <b>three</b>"
    mention = world.mention()

    receipt = world.channel().reply(mention, answer(mention, text))

    assert held(world, text) == 1
    assert receipt.reference
    assert not receipt.found


@every_world
def test_an_answer_as_long_as_allowed_is_taken_whole_and_a_longer_one_not_at_all(world: ChannelWorld) -> None:
    mention, channel = world.mention(), world.channel()
    most = channel.may_reply(mention).max_characters
    if most is None:
        pytest.skip("this channel names no longest answer")

    with pytest.raises(PermanentError):
        channel.reply(mention, answer(mention, "x" * (most + 1)))
    assert world.sent() == []

    channel.reply(mention, answer(mention, "x" * most, key="reply:2"))
    assert held(world, "x" * most) == 1


@every_world
@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_answer_is_not_sent(world: ChannelWorld, text: str) -> None:
    mention = world.mention()

    with pytest.raises(PermanentError):
        world.channel().reply(mention, answer(mention, text))
    assert world.sent() == []


# once


@pytest.mark.parametrize("make", CAN_LOOK, indirect=True)
@pytest.mark.parametrize("perhaps_sent", [False, True], ids=["not known", "perhaps sent"])
def test_sent_twice_it_shows_once(world: ChannelWorld, perhaps_sent: bool) -> None:
    mention = world.mention()

    first = world.channel().reply(mention, answer(mention))
    again = world.channel().reply(mention, replace(answer(mention), perhaps_sent=perhaps_sent))

    assert held(world) == 1
    assert again.reference == first.reference
    assert again.found


@every_world
def test_answers_to_two_messages_are_two(world: ChannelWorld) -> None:
    one, other = world.mention(), world.mention()

    world.channel().reply(one, answer(one))
    world.channel().reply(other, answer(other, key="reply:2"))

    assert held(world) == 2


@pytest.mark.parametrize("make", able(CAN_LOOK, LosesAnswers), indirect=True)
def test_an_answer_that_is_lost_leaves_one_reply(world: ChannelWorld) -> None:
    mention = world.mention()
    world.lose_next_answer()

    receipt = send_until_sent(world, mention, answer(mention))
    again = world.channel().reply(mention, answer(mention))

    assert held(world) == 1
    assert again.reference == receipt.reference


@pytest.mark.parametrize("make", CAN_LOOK, indirect=True)
def test_what_was_perhaps_sent_and_was_not_is_sent(world: ChannelWorld) -> None:
    mention = world.mention()

    receipt = world.channel().reply(mention, replace(answer(mention), perhaps_sent=True))

    assert not receipt.found
    assert held(world) == 1


@worlds_that(CannotLook, LosesAnswers)
def test_where_nobody_can_look_a_lost_answer_is_left_to_a_person_and_never_sent_again(world: Any) -> None:
    mention = world.mention()
    world.lose_next_answer()
    with pytest.raises(UnknownOutcomeError):
        world.channel().reply(mention, answer(mention))

    for _ in range(2):
        with pytest.raises(PermanentError, match=world.cannot_look()):
            world.channel().reply(mention, replace(answer(mention), perhaps_sent=True))

    assert held(world) == 1


@worlds_that(FailsNextWrite)
@pytest.mark.parametrize("fault", Fault)
def test_a_fault_before_it_took_effect_leads_to_one_reply(world: ChannelWorld, fault: Fault) -> None:
    mention = world.mention()
    meet(world.fail_next, fault, 1)
    if fault is Fault.ERROR_IN_200:
        with pytest.raises((RetryableError, PermanentError, AccessError)):
            world.channel().reply(mention, answer(mention))
        assert world.sent() == []

    send_until_sent(world, mention, answer(mention))

    assert held(world) == 1


# faults


@worlds_that(FailsNextWrite)
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.TIMEOUT, Fault.CUT_SHORT, Fault.NOT_JSON])
def test_what_may_pass_is_tried_again(world: ChannelWorld, fault: Fault) -> None:
    mention = world.mention()
    meet(world.fail_next, fault, MANY)

    with pytest.raises(RetryableError):
        world.channel().reply(mention, answer(mention))
    assert world.sent() == []


@worlds_that(FailsNextWrite)
def test_a_limit_says_when_to_try_again_and_that_nothing_was_sent(world: ChannelWorld) -> None:
    mention = world.mention()
    meet(world.fail_next, Fault.RATE_LIMITED, MANY)

    with pytest.raises(RetryableError) as raised:
        world.channel().reply(mention, answer(mention))

    assert not isinstance(raised.value, UnknownOutcomeError)
    assert raised.value.retry_after_seconds is not None
    assert RESET_SECONDS / 2 <= raised.value.retry_after_seconds <= RESET_SECONDS * 2


@worlds_that(FailsNextWrite)
@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.PAYMENT_REQUIRED, Fault.FORBIDDEN])
def test_a_refusal_of_our_credentials_needs_a_person(world: ChannelWorld, fault: Fault) -> None:
    mention = world.mention()
    meet(world.fail_next, fault, MANY)

    with pytest.raises(AccessError):
        world.channel().reply(mention, answer(mention))
    assert world.sent() == []


# hiding


@every_world
def test_who_can_hide_says_so_and_who_cannot_says_why(world: ChannelWorld) -> None:
    mention, channel = world.mention(), world.channel()

    can = channel.capabilities(mention)

    assert can.hide == isinstance(world, ShowsHidden)
    assert bool(can.why_not_hide) != can.hide
    assert not can.hide or isinstance(channel, Hides)


@worlds_that(SpeaksPrivately)
def test_nobody_hides_what_was_said_in_private(world: Any) -> None:
    assert not world.channel().capabilities(world.private_mention()).hide


@worlds_that(ShowsHidden)
def test_what_is_hidden_or_shown_twice_is_hidden_or_shown_and_nothing_else_with_it(world: Any) -> None:
    mention, other = world.mention(), world.mention()

    for hidden in (True, True, False, False, True):
        receipt = world.channel().hide(mention, hidden=hidden)
        assert receipt.reference == mention.native_id
        assert (world.is_hidden(mention), world.is_hidden(other)) == (hidden, False)


@pytest.mark.parametrize("make", able(WORLDS, ShowsHidden, LosesAnswers), indirect=True)
def test_where_the_answer_to_hiding_is_lost_it_is_hidden_all_the_same(world: Any) -> None:
    mention = world.mention()
    world.lose_next_answer()

    for _ in range(MANY):
        try:
            world.channel().hide(mention, hidden=True)
        except RetryableError:
            continue
        break

    assert world.is_hidden(mention)


@worlds_that(ShowsHidden)
@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.SERVER_ERROR, Fault.TIMEOUT, Fault.NOT_JSON])
def test_hiding_that_may_work_later_says_so_and_works_then(world: Any, fault: Fault) -> None:
    mention = world.mention()
    meet(world.fail_next_hiding, fault, 3)

    with pytest.raises(RetryableError):
        world.channel().hide(mention, hidden=True)
    assert not world.is_hidden(mention)


@worlds_that(ShowsHidden)
@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.FORBIDDEN])
def test_hiding_that_is_refused_to_us_needs_a_person(world: Any, fault: Fault) -> None:
    mention = world.mention()
    meet(world.fail_next_hiding, fault, MANY)

    with pytest.raises(AccessError):
        world.channel().hide(mention, hidden=True)
    assert not world.is_hidden(mention)


@pytest.mark.parametrize("make", able(WORLDS, ShowsHidden, Withdraws), indirect=True)
def test_what_was_taken_back_cannot_be_hidden_and_says_so(world: Any) -> None:
    mention = world.mention()
    world.withdraw(mention)

    with pytest.raises(PermanentError):
        world.channel().hide(mention, hidden=True)


# what became of it


@every_world
def test_a_message_that_stands_is_never_said_to_be_gone(world: ChannelWorld) -> None:
    mentions = [world.mention() for _ in range(3)]

    found = world.channel().recheck(mentions)

    assert set(found) <= {mention.id for mention in mentions}
    assert {one.presence for one in found.values()} <= {Presence.THERE, Presence.UNKNOWN}


@worlds_that(Withdraws)
def test_a_message_that_was_taken_back_is_gone_or_unknown_and_hides_no_other(world: ChannelWorld) -> None:
    stays, goes = world.mention(), world.mention()
    asked = [stays, goes]
    before = world.channel().recheck(asked)
    world.withdraw(goes)

    after = world.channel().recheck(asked)

    assert after.get(stays.id) == before.get(stays.id)
    said = after[goes.id].presence if goes.id in after else Presence.UNKNOWN
    assert said in (Presence.GONE, Presence.UNKNOWN)
    was_told = before[goes.id].presence if goes.id in before else Presence.UNKNOWN
    if was_told is Presence.THERE and not world.channel().capabilities(goes).delete_notice:
        assert said is Presence.GONE, "what is not told by the platform has to be seen by asking again"


@every_world
def test_a_message_the_platform_never_had_hides_no_other(world: ChannelWorld) -> None:
    stays = world.mention()
    stranger = replace(stays, id="0" * len(stays.id), native_id="not one of theirs")
    alone = world.channel().recheck([stays])

    found = world.channel().recheck([stranger, stays])

    assert found.get(stays.id) == alone.get(stays.id)


@every_world
def test_nothing_asked_nothing_said(world: ChannelWorld) -> None:
    channel: Channel = world.channel()

    assert channel.recheck([]) == {}
    around = channel.surroundings([])
    assert not (around.bystanders or around.histories or around.authors or around.read or around.unreadable)


@every_world
def test_what_stands_around_a_message_is_in_order_and_not_the_message_itself(world: ChannelWorld) -> None:
    mention = world.mention()

    around = world.channel().surroundings([mention])

    assert mention.native_id not in [bystander.mention.native_id for bystander in around.bystanders]
    for posts in around.histories.values():
        assert [post.created_at for post in posts] == sorted(post.created_at for post in posts)


without_words = pytest.mark.parametrize("make", able(WITHOUT_WORDS, SaysWithoutWords), indirect=True)


@without_words
def test_words_that_were_not_pushed_are_had_by_asking(world: Any) -> None:
    text = "Größe 😡👩🏽‍🔧 «נסיון»\nline two"
    mention, other = world.wordless_mention(text), world.wordless_mention("two")
    assert mention.text == ""

    found = world.channel().surroundings([mention, other]).read

    assert {id: one.text for id, one in found.items()} == {mention.id: text, other.id: "two"}
    whole = found[mention.id]
    assert (whole.id, whole.native_id, whole.account) == (mention.id, mention.native_id, mention.account)
    assert whole.created_at.utcoffset() is not None
    assert whole.received_at == mention.received_at


@pytest.mark.parametrize("make", able(WITHOUT_WORDS, Withdraws), indirect=True)
def test_of_what_was_taken_back_it_says_why_there_are_no_words(world: Any) -> None:
    stays, goes = world.wordless_mention("stays"), world.wordless_mention("goes")
    world.withdraw(goes)

    around = world.channel().surroundings([goes, stays])

    assert list(around.read) == [stays.id]
    assert around.unreadable[goes.id]


@without_words
@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.SERVER_ERROR, Fault.TIMEOUT, Fault.NOT_JSON])
def test_words_that_cannot_be_had_now_are_asked_for_again(world: Any, fault: Fault) -> None:
    mention = world.wordless_mention("hello")
    meet(world.fail_next_read, fault, MANY)

    with pytest.raises(RetryableError):
        world.channel().surroundings([mention])


@without_words
@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.FORBIDDEN])
def test_words_that_are_refused_to_us_need_a_person(world: Any, fault: Fault) -> None:
    mention = world.wordless_mention("hello")
    meet(world.fail_next_read, fault, MANY)

    with pytest.raises(AccessError):
        world.channel().surroundings([mention])


def test_every_world_can_do_something_that_is_asked_for() -> None:
    shown = table(WORLDS, POWERS)
    assert powerless(WORLDS, POWERS) == [], shown
