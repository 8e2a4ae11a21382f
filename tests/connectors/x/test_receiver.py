import base64
import hashlib
import hmac
import json
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import SecretStr

from connectors.x.receiver import REVOKED, XReceiver
from models import Kind, Page
from models.errors import SignatureError
from tests.connectors.x.conftest import ALICE, BOBBY, open_client, open_dms, open_source
from tests.connectors.x.pushes import (
    HEADER,
    activity,
    body_of,
    message,
    old_post,
    old_user,
    pushed_messages,
    pushed_post,
    signed,
)
from tests.fakes.x import CONSUMER, NOW, OWN_ID, FakeX, minutes


@pytest.fixture
def receiver() -> XReceiver:
    return XReceiver(own_id=OWN_ID, consumer_secret=SecretStr(CONSUMER[1]))


def parse(receiver: XReceiver, value: object) -> Page:
    return receiver.parse(body_of(value), received_at=NOW)


def test_the_handshake_proves_that_we_hold_the_secret(receiver: XReceiver) -> None:
    answer = receiver.handshake({"crc_token": "challenge", "nonce": "n"})

    expected = base64.b64encode(hmac.new(CONSUMER[1].encode(), b"challenge", hashlib.sha256).digest()).decode()
    assert answer is not None
    assert json.loads(answer.body) == {"response_token": f"sha256={expected}"}
    assert answer.content_type == "application/json"
    assert receiver.handshake({}) is None


def test_a_push_that_x_signed_is_known_by_the_id_of_its_event(receiver: XReceiver, fake: FakeX) -> None:
    body = body_of(pushed_post(fake, fake.mention(ALICE, "hello"), uuid="-2781149976877970683"))

    assert receiver.verify(signed(body), body, now=NOW) == "x:-2781149976877970683"
    assert receiver.verify(signed(b"{}"), b"{}", now=NOW) is None
    assert receiver.verify(signed(b"\xff not JSON"), b"\xff not JSON", now=NOW) is None


@pytest.mark.parametrize("given", ["", "sha256=", "sha256=AAAA", "sha256=ünïcode", "sha1=x"])
def test_a_push_that_is_not_signed_right_is_refused(receiver: XReceiver, given: str) -> None:
    body = b'{"data": {"secret words": 1}}'

    with pytest.raises(SignatureError) as raised:
        receiver.verify({HEADER: given}, body, now=NOW)

    assert "secret words" not in str(raised.value)
    with pytest.raises(SignatureError):
        receiver.verify({}, body, now=NOW)
    with pytest.raises(SignatureError):
        receiver.verify(signed(body, secret="another"), body, now=NOW)
    with pytest.raises(SignatureError):
        receiver.verify(signed(body), body + b" ", now=NOW)


@pytest.mark.parametrize("kind", ["post.mention.create", "post.reply.create", "post.quote.create"])
def test_a_pushed_post_is_the_same_mention_as_the_pulled_one(fake: FakeX, receiver: XReceiver, kind: str) -> None:
    ours = fake.post(OWN_ID, "our offer", at=NOW - minutes(9))
    native_id = fake.mention(ALICE, "a scam & more", reply_to=ours, at=NOW - minutes(5))
    (pulled,) = open_source(open_client(fake), fake).pull(None).mentions

    page = parse(receiver, pushed_post(fake, native_id, kind))

    assert list(page.mentions) == [pulled]
    assert [(each.mention.native_id, each.is_ours) for each in page.bystanders] == [(ours, True)]
    assert page.cursor == ""


def test_a_pushed_message_is_the_same_mention_as_the_pulled_one(fake: FakeX, receiver: XReceiver) -> None:
    native_id = fake.dm(ALICE, "hello <you>", at=NOW - minutes(5))
    (pulled,) = open_dms(open_client(fake), fake).pull(None).mentions
    users = {ALICE: fake.users[ALICE], OWN_ID: fake.users[OWN_ID]}

    page = parse(receiver, pushed_messages([message(native_id, ALICE, "hello <you>", NOW - minutes(5))], users))

    assert list(page.mentions) == [pulled]


def test_our_own_messages_and_posts_are_shown_and_not_judged(fake: FakeX, receiver: XReceiver) -> None:
    sent = pushed_messages([message("12", OWN_ID, "hello", NOW, recipient=ALICE)], {}, kind="dm.sent")
    posted = pushed_post(fake, fake.post(OWN_ID, "our offer"), "post.create")

    for push in (sent, posted):
        page = parse(receiver, push)
        assert not page.mentions
        assert [each.is_ours for each in page.bystanders] == [True]


def test_a_deleted_post_is_told(receiver: XReceiver) -> None:
    users = [{"data": {"id": ALICE, "username": "alice"}}]

    page = parse(receiver, activity("post.delete", {"id": "77", "author_id": ALICE}, users=users))

    (deletion,) = page.deletions
    assert (deletion.channel, deletion.account, deletion.native_id, deletion.at) == ("x", OWN_ID, "77", NOW)


def test_an_edit_and_a_repost_are_told_as_such(fake: FakeX, receiver: XReceiver) -> None:
    native_id = fake.mention(ALICE, "a scma", at=NOW - minutes(9))
    version = fake.edit(native_id, "@larkbank a scam", at=NOW - minutes(4))
    repost = fake.post(BOBBY, "RT", reposting=version)

    (edit,) = parse(receiver, pushed_post(fake, version)).edits
    (shown_again,) = parse(receiver, pushed_post(fake, repost, "post.create")).reposts

    assert (edit.mention.native_id, edit.version) == (native_id, version)
    assert (shown_again.native_id, shown_again.author_id) == (native_id, BOBBY)


def test_that_our_access_was_taken_away_is_told(receiver: XReceiver) -> None:
    page = parse(receiver, activity("oauth.revoke", {"user_id": OWN_ID}, uuid="9"))

    (rejected,) = page.rejected
    assert (rejected.where, rejected.reason) == ("9", REVOKED)


@pytest.mark.parametrize("kind", ["profile.update.bio", "like.create", "something.new"])
def test_what_does_not_concern_us_is_passed_over(receiver: XReceiver, kind: str) -> None:
    assert parse(receiver, activity(kind, {"anything": 1})).is_empty


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"[]", b"7", b"{}", b'{"data": {}}', b'{"data": {"event_type": 7}}', b"[" * 50_000, b'{"da'],
)
def test_what_cannot_be_read_is_kept_with_its_bytes(receiver: XReceiver, body: bytes) -> None:
    (rejected,) = receiver.parse(body, received_at=NOW).rejected

    assert rejected.raw == body


@pytest.mark.parametrize("payload", [None, 7, {}, {"id": "abc", "text": "x"}, {"id": "7"}])
def test_a_payload_that_cannot_be_read_is_kept(receiver: XReceiver, payload: object) -> None:
    for kind in ("post.mention.create", "post.delete", "dm.received"):
        page = parse(receiver, activity(kind, payload))
        assert not page.mentions
        assert len(page.rejected) + len(page.deletions) == 1


def test_one_bad_message_does_not_spoil_the_others(receiver: XReceiver) -> None:
    bad = message("12", ALICE, {"not": "text"}, NOW)
    good = message("13", ALICE, "hello", NOW - minutes(1))

    page = parse(receiver, pushed_messages([bad, 7, good, good], {"x": {"data": None}}))

    assert [mention.native_id for mention in page.mentions] == ["13"]
    assert len(page.rejected) == 2


@pytest.mark.parametrize("text", ["\0", "😡👩🏽‍🔧", "שלום", "y" * 100_000, "\ud83d"])
def test_any_text_arrives(receiver: XReceiver, text: str) -> None:
    page = parse(receiver, pushed_messages([message("13", ALICE, text, NOW)], {}))

    assert page.mentions[0].text == text.replace("\ud83d", "?")


# the older interface


def test_older_pushes_are_read(receiver: XReceiver) -> None:
    alice = old_user(ALICE, "alice")
    said = old_post("2000000000000000001", alice, "@larkbank a scam", NOW - minutes(5))
    reply = old_post(
        "2000000000000000003",
        alice,
        "@larkbank short",
        NOW - minutes(4),
        in_reply_to_status_id_str="2000000000000000000",
        in_reply_to_user_id_str=OWN_ID,
        extended_tweet={"full_text": "@larkbank short no more", "entities": {"user_mentions": []}},
    )
    repost = old_post("2000000000000000004", old_user(BOBBY, "bobby"), "RT", NOW, retweeted_status=said)
    ours = old_post("2000000000000000005", old_user(OWN_ID, "larkbank"), "hello", NOW)
    gone = {"status": {"id": "55", "user_id": ALICE}, "timestamp_ms": str(int((NOW - minutes(1)).timestamp() * 1000))}
    push = {
        "for_user_id": OWN_ID,
        "tweet_create_events": [said, {"id_str": "x"}, reply, repost, ours],
        "direct_message_events": [message("13", ALICE, "hello", NOW)],
        "tweet_delete_events": [gone],
        "users": {ALICE: {**alice, "id": ALICE}},
        "user_has_blocked": False,
    }

    page = parse(receiver, push)

    first, second, third = page.mentions
    assert (first.text, first.kind, first.created_at) == ("@larkbank a scam", Kind.MENTION, NOW - minutes(5))
    assert first.raw["summoned_by"] == "mention"
    assert first.author is not None
    assert (first.author.followers, first.author.handle) == (1200, "alice")
    assert (second.text, second.kind, second.on_owned_channel) == ("@larkbank short no more", Kind.REPLY, True)
    assert second.conversation_id == "2000000000000000000"
    assert third.kind is Kind.DM
    assert third.author is not None
    assert third.author.followers == 1200
    assert [(each.native_id, each.author_id) for each in page.reposts] == [(first.native_id, BOBBY)]
    assert [each.is_ours for each in page.bystanders] == [True]
    assert [(each.native_id, each.at) for each in page.deletions] == [("55", NOW - minutes(1))]
    assert len(page.rejected) == 1


def test_older_pushes_of_a_wrong_form_are_kept(receiver: XReceiver) -> None:
    page = parse(receiver, {"for_user_id": OWN_ID, "tweet_create_events": 7})

    assert len(page.rejected) == 1


# late and twice

PUSHES = 4


@pytest.mark.parametrize("order", list(permutations(range(PUSHES))))
def test_any_order_of_pushes_tells_the_same(receiver: XReceiver, order: tuple[int, ...]) -> None:
    fake = FakeX()
    fake.add_user(ALICE, "alice")
    first = fake.mention(ALICE, "a scma", at=NOW - minutes(9))
    pushes = [pushed_post(fake, first)]
    version = fake.edit(first, "@larkbank a scam", at=NOW - minutes(5))
    pushes += [pushed_post(fake, version), activity("post.delete", {"id": first, "author_id": ALICE})]
    pushes += [pushed_post(fake, fake.mention(ALICE, "and more", at=NOW - minutes(1)))]

    assert told(receiver, [pushes[place] for place in order]) == told(receiver, pushes)


@given(order=some.lists(some.integers(0, 2), min_size=3, max_size=9).filter(lambda order: set(order) == {0, 1, 2}))
def test_pushes_that_come_twice_tell_the_same(order: list[int]) -> None:
    receiver = XReceiver(own_id=OWN_ID, consumer_secret=SecretStr(CONSUMER[1]))
    fake = FakeX()
    fake.add_user(ALICE, "alice")
    pushes = [
        pushed_post(fake, fake.mention(ALICE, f"number {each}", at=NOW - timedelta(hours=each))) for each in (1, 2)
    ]
    pushes.append(pushed_messages([message("13", ALICE, "hello", NOW)], {ALICE: fake.users[ALICE]}))

    assert told(receiver, [pushes[place] for place in order]) == told(receiver, pushes)


def told(receiver: XReceiver, pushes: list[dict[str, object]]) -> tuple[object, ...]:
    """What all of them together say, whatever the order."""
    pages = [parse(receiver, push) for push in pushes]
    mentions = {mention.id: mention for page in pages for mention in page.mentions}
    edits = {edit.version: edit for page in pages for edit in page.edits}
    return mentions, edits, {deletion for page in pages for deletion in page.deletions}
