"""What every receiver of pushes promises (`connectors.base.Receiver`, `DeskReceiver`).

Every receiver of the registry is held to what needs no knowledge of its platform; one with a line in `WORLDS` to all.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.base import DeskReceiver, Receiver
from connectors.registry import CONNECTORS, DESKS
from models import Page
from models.errors import RecordError, SignatureError
from models.identity import mention_id
from settings import Settings
from tests.connectors.meta.worlds import (
    InstagramReceiverWorld,
    MessengerReceiverWorld,
    PageReceiverWorld,
    ThreadsReceiverWorld,
    WhatsAppReceiverWorld,
)
from tests.connectors.telegram.world import TelegramReceiverWorld
from tests.connectors.x.world import XReceiverWorld
from tests.contracts.desk_pushes import SIGN_NO_TIME, SIGN_TIME
from tests.contracts.made_up import everything, offline_tools
from tests.contracts.powers import able
from tests.contracts.worlds import (
    Doubles,
    Push,
    PushesBadEntries,
    PushesWithoutWords,
    ReceiverWorld,
    ShakesHands,
    TrustsAWord,
)

WORLDS: list[Any] = [
    pytest.param(PageReceiverWorld, id="facebook"),
    pytest.param(MessengerReceiverWorld, id="messenger"),
    pytest.param(InstagramReceiverWorld, id="instagram"),
    pytest.param(WhatsAppReceiverWorld, id="whatsapp"),
    pytest.param(ThreadsReceiverWorld, id="threads"),
    pytest.param(XReceiverWorld, id="x"),
    pytest.param(TelegramReceiverWorld, id="telegram"),
]
"""`pytest.param(…World, id="…")` each."""

NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
SIGNS_BODY = [world for world in WORLDS if not issubclass(world.values[0], TrustsAWord)]
OF_CHANNELS = [(connector.name, name) for connector in CONNECTORS.values() for name in connector.receivers]
OF_DESKS = [(desk.name, name) for desk in DESKS.values() for name in desk.receivers]

MANY_BYTES = 32 * 1024 * 1024


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return everything(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def world(request: pytest.FixtureRequest) -> ReceiverWorld:
    world: ReceiverWorld = request.param()
    request.addfinalizer(getattr(world, "close", lambda: None))
    return world


every_world = pytest.mark.parametrize("world", WORLDS, indirect=True)


def worlds_that(*powers: type) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("world", able(WORLDS, *powers), indirect=True)


def json_bytes() -> st.SearchStrategy[bytes]:
    """JSON of any shape with the words platforms use, and bytes of no shape at all."""
    words = st.sampled_from(
        "object entry changes field value messaging message id from text data event_type payload update_id chat "
        "for_user_id tweet_create_events topic values app_id messages statuses metadata".split()
    )
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    shapes = st.recursive(
        leaves | st.sampled_from(["page", "instagram", "whatsapp_business_account", "feed", "comments", "mention"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=5), inner, max_size=4),
        max_leaves=12,
    )
    encoded = st.builds(lambda shape: json.dumps(shape).encode(), shapes)
    return st.binary(max_size=200) | encoded


def open_receiver(full: Settings, vendor: str, name: str) -> Receiver:
    return CONNECTORS[vendor].receivers[name](full, offline_tools())


def open_desk_receiver(full: Settings, vendor: str, name: str) -> DeskReceiver:
    return DESKS[vendor].receivers[name](full, offline_tools())


# every receiver of the registry


@pytest.mark.parametrize(("vendor", "name"), [*OF_CHANNELS, *OF_DESKS])
def test_whoever_signs_nothing_is_refused(full: Settings, vendor: str, name: str) -> None:
    receiver = open_receiver(full, vendor, name) if vendor in CONNECTORS else open_desk_receiver(full, vendor, name)

    for body in (b"", b"{}", b'{"object": "page", "entry": []}'):
        with pytest.raises(SignatureError) as raised:
            receiver.verify({}, body, now=NOW)
        assert "made-up" not in str(raised.value)


@pytest.mark.parametrize(("vendor", "name"), [*OF_CHANNELS, *OF_DESKS])
def test_a_body_has_a_longest_and_a_push_an_answer(full: Settings, vendor: str, name: str) -> None:
    receiver = open_receiver(full, vendor, name) if vendor in CONNECTORS else open_desk_receiver(full, vendor, name)

    assert 1024 <= receiver.longest_body_bytes <= MANY_BYTES
    assert 200 <= receiver.answer(b"{}").status < 300


@pytest.mark.parametrize(("vendor", "name"), [*OF_CHANNELS, *OF_DESKS])
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1158201444"},
        {"hub.mode": "subscribe", "hub.challenge": "1158201444"},
        {"hub.mode": "unsubscribe", "hub.verify_token": "made-up-meta_verify_token", "hub.challenge": "1"},
    ],
    ids=["nothing", "wrong word", "no word", "another mode"],
)
def test_a_handshake_of_a_stranger_is_refused(full: Settings, vendor: str, name: str, query: dict[str, str]) -> None:
    receiver = open_receiver(full, vendor, name) if vendor in CONNECTORS else open_desk_receiver(full, vendor, name)

    assert receiver.handshake(query) is None


@pytest.mark.parametrize(("vendor", "name"), OF_CHANNELS)
def test_reading_any_bytes_never_raises_and_calls_nobody(full: Settings, vendor: str, name: str) -> None:
    receiver = open_receiver(full, vendor, name)

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(body=json_bytes())
    def read(body: bytes) -> None:
        page = receiver.parse(body, received_at=NOW)
        assert page.cursor == ""
        assert all(one.reason and one.where for one in page.rejected)
        assert all(one.push and not one.mention.text for one in page.wordless)

    read()


@pytest.mark.parametrize(("vendor", "name"), OF_DESKS)
def test_reading_any_bytes_of_a_desk_is_a_record_error_at_worst(full: Settings, vendor: str, name: str) -> None:
    receiver = open_desk_receiver(full, vendor, name)

    @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(body=json_bytes())
    def read(body: bytes) -> None:
        try:
            receiver.parse(body, received_at=NOW)
        except RecordError as error:
            assert str(error)

    read()


@pytest.mark.parametrize(("vendor", "name"), [*OF_CHANNELS, *OF_DESKS])
def test_made_up_headers_are_refused_and_never_raise_otherwise(full: Settings, vendor: str, name: str) -> None:
    receiver = open_receiver(full, vendor, name) if vendor in CONNECTORS else open_desk_receiver(full, vendor, name)
    names = st.sampled_from(
        "x-hub-signature x-hub-signature-256 x-twitter-webhooks-signature x-telegram-bot-api-secret-token "
        "x-zendesk-webhook-signature x-zendesk-webhook-signature-timestamp x-chatwoot-signature x-chatwoot-timestamp "
        "webhook-id webhook-timestamp webhook-signature".split()
    )
    values = st.text(max_size=40) | st.sampled_from(["sha256=", "sha1=00", "v1,", "v1,AAAA", "0", "9" * 30, "é"])

    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(headers=st.dictionaries(names, values, max_size=4), body=st.binary(max_size=50))
    def check(headers: dict[str, str], body: bytes) -> None:
        with pytest.raises(SignatureError):
            receiver.verify(headers, body, now=NOW)

    check()


@pytest.mark.parametrize(("vendor", "name"), [each for each in OF_DESKS if each[1] in SIGN_TIME])
def test_a_push_of_another_time_is_refused(full: Settings, vendor: str, name: str) -> None:
    receiver, body = open_desk_receiver(full, vendor, name), b"{}"

    for minutes in (-6, 6):
        headers = SIGN_TIME[name](full, body, NOW + timedelta(minutes=minutes))
        with pytest.raises(SignatureError):
            receiver.verify(headers, body, now=NOW)
    for minutes in (-4, 4):
        delivery = receiver.verify(SIGN_TIME[name](full, body, NOW + timedelta(minutes=minutes)), body, now=NOW)
        assert delivery in (None, "msg_1")


def test_of_every_receiver_of_a_desk_it_is_known_whether_it_signs_the_time() -> None:
    assert {name for _, name in OF_DESKS} == SIGN_TIME.keys() | SIGN_NO_TIME
    assert not SIGN_TIME.keys() & SIGN_NO_TIME


# those with a world


def read(world: ReceiverWorld, push: Push) -> Page:
    receiver = world.receiver()
    receiver.verify(push.headers, push.body, now=NOW)
    return receiver.parse(push.body, received_at=NOW)


def refuses(world: ReceiverWorld, push: Push) -> bool:
    try:
        world.receiver().verify(push.headers, push.body, now=NOW)
    except SignatureError:
        return True
    return False


@every_world
@pytest.mark.parametrize(
    "text",
    ["hello", "Größe 😡👩🏽‍🔧 «נסיון»\nline two", "‮sdrawkcab‬ أين أموالي", "x" * 99_990 + " the end"],
    ids=["plain", "emoji", "right to left", "100,000 characters"],
)
def test_what_is_pushed_arrives_as_it_was_said(world: ReceiverWorld, text: str) -> None:
    (mention,) = read(world, world.push(text, at=NOW)).mentions

    assert mention.text == text
    assert mention.id == mention_id(mention.channel, mention.account, mention.native_id)
    assert mention.created_at.utcoffset() is not None
    assert mention.received_at == NOW


@every_world
def test_several_messages_in_one_push_are_several(world: ReceiverWorld) -> None:
    page = read(world, world.push("one", "two", "three", at=NOW))

    assert sorted(mention.text for mention in page.mentions) == ["one", "three", "two"]
    assert len({mention.id for mention in page.mentions}) == 3
    assert [one.created_at for one in page.mentions] == sorted(one.created_at for one in page.mentions)


@every_world
def test_the_same_push_is_read_the_same_twice(world: ReceiverWorld) -> None:
    push = world.push("one", "two", at=NOW)

    assert read(world, push) == read(world, push)


@every_world
def test_a_proof_that_is_wrong_or_missing_is_refused(world: ReceiverWorld) -> None:
    push = world.push("hello", at=NOW)
    assert not refuses(world, push)
    assert refuses(world, Push({}, push.body))

    changed = [{**push.headers, name: _other(value)} for name, value in push.headers.items()]

    assert any(refuses(world, Push(headers, push.body)) for headers in changed)


@pytest.mark.parametrize("world", SIGNS_BODY, indirect=True)
def test_a_body_changed_by_one_byte_is_refused(world: ReceiverWorld) -> None:
    push = world.push("hello", at=NOW)

    for place in {0, len(push.body) // 2, len(push.body) - 1}:
        changed = bytearray(push.body)
        changed[place] ^= 1
        assert refuses(world, Push(push.headers, bytes(changed)))
    assert refuses(world, Push(push.headers, push.body + b" "))


@pytest.mark.parametrize("world", SIGNS_BODY, indirect=True)
def test_the_proof_of_one_push_is_none_for_another(world: ReceiverWorld) -> None:
    one, other = world.push("one", at=NOW), world.push("other", at=NOW)

    assert refuses(world, Push(one.headers, other.body))


@worlds_that(Doubles)
def test_a_message_that_stands_twice_in_one_push_is_one(world: Any) -> None:
    page = read(world, world.push_doubled("hello", at=NOW))

    assert {mention.text for mention in page.mentions} == {"hello"}
    assert len({mention.id for mention in page.mentions}) == 1


@worlds_that(PushesBadEntries)
def test_a_bad_entry_is_rejected_alone(world: Any) -> None:
    page = read(world, world.push_with_a_bad_one("hello", at=NOW))

    assert [mention.text for mention in page.mentions] == ["hello"]
    assert len(page.rejected) == 1
    assert page.rejected[0].raw
    assert "hello" not in page.rejected[0].reason


@worlds_that(PushesWithoutWords)
def test_a_message_pushed_without_words_is_named_and_can_be_read_again_alone(world: Any) -> None:
    page = read(world, world.push_without_words(at=NOW))

    assert len(page.mentions) == 1
    assert len({each.mention.id for each in page.wordless}) == len(page.wordless) == 2
    assert not page.is_empty
    for each in page.wordless:
        assert each.mention.text == ""
        assert each.mention.id == mention_id(each.mention.channel, each.mention.account, each.mention.native_id)
        alone = world.receiver().parse(each.push, received_at=NOW)
        assert alone.wordless == (each,)
        assert not (alone.mentions or alone.rejected)


@worlds_that(ShakesHands)
def test_a_handshake_is_answered_and_that_of_a_stranger_is_not(world: Any) -> None:
    answer = world.receiver().handshake(world.handshake_query())

    assert answer is not None
    assert answer.status == 200
    assert answer.body
    assert world.receiver().handshake(world.wrong_handshake_query()) is None


@every_world
def test_pushes_in_any_order_and_doubled_tell_of_the_same_messages(world: ReceiverWorld) -> None:
    pushes = [world.push(f"message {number}", at=NOW) for number in range(5)]
    everything_said = {mention for push in pushes for mention in _told(world, push)}

    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(order=st.permutations([*pushes, *pushes]))
    def in_order(order: list[Push]) -> None:
        assert {mention for push in order for mention in _told(world, push)} == everything_said

    in_order()


def _told(world: ReceiverWorld, push: Push) -> set[tuple[str, str, datetime]]:
    return {(mention.id, mention.text, mention.created_at) for mention in read(world, push).mentions}


def _other(value: str) -> str:
    """One letter of it is another."""
    return value[:-1] + ("0" if value[-1:] != "0" else "1")


def test_every_receiver_of_a_channel_has_a_world() -> None:
    made: Callable[[Any], str] = lambda world: world.values[0]().receiver().name  # noqa: E731
    says_nothing = {"meta_deletion"}  # requests to delete: no messages
    assert {name for _, name in OF_CHANNELS} - {made(world) for world in WORLDS} - says_nothing == set()


def test_the_made_up_settings_switch_everything_on(full: Settings, tmp_path: Path) -> None:
    assert [name for name, connector in CONNECTORS.items() if not connector.is_on(full)] == []
