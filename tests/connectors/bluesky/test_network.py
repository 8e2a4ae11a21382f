"""The connector on a real Bluesky network: data server, app view, PostgreSQL and Redis on loopback."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from pydantic import SecretStr

from connectors.bluesky.channel import BlueskyChannel
from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.source import BlueskySource, Reading
from models import AuthoredBy, Kind, Mention, Reply
from models.errors import AccessError, PermanentError
from tests.servers.bluesky.network import Account, BlueskyNetwork, Posted, instant

pytest_plugins = ["tests.servers.bluesky.fixtures"]
pytestmark = pytest.mark.servers

NUMBERS = count(1)


@dataclass
class Desk:
    """Our own account on the network, and the connector that speaks for it."""

    network: BlueskyNetwork
    account: Account
    client: BlueskyClient

    def source(self, **reading: int) -> BlueskySource:
        """A fresh one, as after a restart."""
        return BlueskySource(self.client, reading=Reading(**reading))

    def channel(self) -> BlueskyChannel:
        return BlueskyChannel(self.client)

    def told_of(self, posted: Posted) -> Posted:
        self.network.wait_for_notification(self.account, posted)
        return posted

    def pull_one(self) -> Mention:
        (mention,) = self.source().pull(None).mentions
        return mention


@pytest.fixture
def desk(bluesky_network: BlueskyNetwork) -> Iterator[Desk]:
    account = bluesky_network.create_account(f"bank{next(NUMBERS)}.test", name="Bank")
    with closing(open_client(bluesky_network, account, password=account.password)) as client:
        yield Desk(bluesky_network, account, client)


@pytest.fixture
def customer(bluesky_network: BlueskyNetwork) -> Account:
    return bluesky_network.create_account(f"carol{next(NUMBERS)}.test", name="Carol")


def open_client(network: BlueskyNetwork, account: Account, *, password: str) -> BlueskyClient:
    return BlueskyClient(network.url, handle=account.handle, app_password=SecretStr(password))


def reply(key: str, text: str = "Sorry to hear that! 😔") -> Reply:
    return Reply(key, text, is_private=False, authored_by=AuthoredBy.PERSON)


def test_a_mention_arrives_with_its_author(desk: Desk, customer: Account) -> None:
    network = desk.network
    network.follow(desk.account, customer)
    posted = desk.told_of(network.post(customer, "my order never arrived 😡", mention=desk.account, langs=("en-AU",)))

    mention = desk.pull_one()

    assert (mention.native_id, mention.kind, mention.lang) == (posted.uri, Kind.MENTION, "en-AU")
    assert mention.text == f"@{desk.account.handle} my order never arrived 😡"
    assert (mention.conversation_id, mention.on_owned_channel) == (posted.uri, False)
    assert abs(datetime.now(UTC) - mention.created_at) < timedelta(minutes=1)
    assert mention.raw["cid"] == posted.cid
    author = mention.author
    assert author
    assert (author.id, author.handle, author.name) == (customer.did, customer.handle, "Carol")
    assert (author.followers, author.following, author.posts) == (1, 0, 1)
    assert (author.verified, author.has_avatar) == (False, False)
    assert author.created_at


def test_a_reply_under_our_post_and_a_quote_of_it_arrive(desk: Desk, customer: Account) -> None:
    network = desk.network
    ours = network.post(desk.account, "New opening hours")
    replied = desk.told_of(network.post(customer, "still closed", reply_to=ours))
    quoted = desk.told_of(network.post(customer, "look at this mess", quote=ours))

    answer, quote = desk.source().pull(None).mentions

    assert (answer.native_id, answer.kind, answer.on_owned_channel) == (replied.uri, Kind.REPLY, True)
    assert (answer.conversation_id, answer.in_reply_to) == (ours.uri, ours.uri)
    assert answer.raw["parent"] == {"text": "New opening hours", "author_handle": desk.account.handle}
    assert (quote.native_id, quote.kind, quote.raw["quoted_uri"]) == (quoted.uri, Kind.MENTION, ours.uri)


def test_seven_days_of_the_author_come_along(desk: Desk, customer: Account) -> None:
    network = desk.network
    network.post(customer, "long ago", created_at=instant(ago=timedelta(days=9)))
    network.post(customer, "three days ago", created_at=instant(ago=timedelta(days=3)))
    network.post(customer, "just before")
    desk.told_of(network.post(customer, "now", mention=desk.account))

    page = desk.source().pull(None)

    assert [post.text for post in page.histories[customer.did]] == ["three days ago", "just before"]


def test_reading_goes_on_where_it_stopped(desk: Desk, customer: Account) -> None:
    network = desk.network
    posts = [network.post(customer, f"number {number}", mention=desk.account) for number in range(5)]
    for posted in posts:
        desk.told_of(posted)

    found: list[str] = []
    cursor = None
    while page := desk.source(page_size=2).pull(cursor):  # a fresh source each time, as after a restart
        cursor = page.cursor
        found += [mention.native_id for mention in page.mentions]
        if not page.mentions:
            break
    later = desk.told_of(network.post(customer, "one more", mention=desk.account))

    assert found == [posted.uri for posted in posts]
    assert [mention.native_id for mention in desk.source().pull(cursor).mentions] == [later.uri]


def test_a_post_of_a_slow_clock_is_found_behind_the_cursor(desk: Desk, customer: Account) -> None:
    network = desk.network
    desk.told_of(network.post(customer, "on time", mention=desk.account))
    cursor = desk.source().pull(None).cursor
    late = desk.told_of(
        network.post(customer, "slow clock", mention=desk.account, created_at=instant(ago=timedelta(hours=2)))
    )

    assert [mention.native_id for mention in desk.source().pull(cursor).mentions] == [late.uri]


def test_a_clock_that_runs_ahead_is_not_believed(desk: Desk, customer: Account) -> None:
    ahead = instant(ago=timedelta(days=-2))
    desk.told_of(desk.network.post(customer, "from tomorrow", mention=desk.account, created_at=ahead))

    mention = desk.pull_one()

    assert mention.created_at_assumed
    assert mention.created_at <= datetime.now(UTC) + timedelta(seconds=5)


def test_a_reply_sent_twice_shows_once(desk: Desk, customer: Account) -> None:
    posted = desk.told_of(desk.network.post(customer, "help", mention=desk.account))
    mention = desk.pull_one()
    words = f"@{customer.handle} sorry 😔 see https://bank.test/help."

    first = desk.channel().reply(mention, reply("reply:1", words))
    again = desk.channel().reply(mention, reply("reply:1", words))

    (shown,) = desk.network.wait_for_replies(customer, posted, count=1)
    assert (shown["uri"], shown["record"]["text"]) == (first.reference, words)
    assert (again.reference, first.found, again.found) == (first.reference, False, True)
    marked = [mark["index"] for mark in shown["record"]["facets"]]
    assert [words.encode()[at["byteStart"] : at["byteEnd"]].decode() for at in marked] == [
        f"@{customer.handle}",
        "https://bank.test/help",
    ]


def test_writing_the_same_reply_twice_at_the_same_place_shows_once(desk: Desk, customer: Account) -> None:
    """What happens when the look before the second try comes too early to see the first."""
    posted = desk.told_of(desk.network.post(customer, "help", mention=desk.account))
    sent = desk.channel().reply(desk.pull_one(), reply("reply:1"))
    rkey = sent.reference.rsplit("/", 1)[-1]
    answered = {"uri": posted.uri, "cid": posted.cid}
    record = {"$type": "app.bsky.feed.post", "text": "Sorry to hear that! 😔", "createdAt": instant()}

    desk.client.put_post(rkey, record | {"reply": {"root": answered, "parent": answered}})
    other = desk.channel().reply(desk.pull_one(), reply("reply:2", "And another thing"))

    shown = desk.network.wait_for_replies(customer, posted, count=2)
    assert {view["uri"] for view in shown} == {sent.reference, other.reference}


def test_the_customer_answers_our_reply_in_the_same_conversation(desk: Desk, customer: Account) -> None:
    network = desk.network
    posted = desk.told_of(network.post(customer, "help", mention=desk.account))
    page = desk.source().pull(None)
    receipt = desk.channel().reply(page.mentions[0], reply("reply:1"))
    (ours,) = network.wait_for_replies(customer, posted, count=1)
    answer = desk.told_of(
        network.post(customer, "thanks for nothing", reply_to=Posted(receipt.reference, ours["cid"]), root=posted)
    )

    (mention,) = desk.source().pull(page.cursor).mentions

    assert (mention.native_id, mention.kind) == (answer.uri, Kind.REPLY)
    assert (mention.conversation_id, mention.in_reply_to) == (posted.uri, receipt.reference)
    assert mention.raw["parent"] == {"text": "Sorry to hear that! 😔", "author_handle": desk.account.handle}


def test_a_deleted_mention_is_gone_and_cannot_be_answered(desk: Desk, customer: Account) -> None:
    posted = desk.told_of(desk.network.post(customer, "regret", mention=desk.account))
    mention = desk.pull_one()
    desk.network.delete(customer, posted)
    desk.network.wait_for_post(desk.account, posted, gone=True)

    assert desk.source().pull(None).mentions == []
    assert desk.channel().may_reply(mention).reason == "The post has been deleted."
    with pytest.raises(PermanentError):
        desk.channel().reply(mention, reply("reply:1"))


def test_an_author_who_blocks_us_cannot_be_answered(desk: Desk, customer: Account) -> None:
    posted = desk.told_of(desk.network.post(customer, "go away", mention=desk.account))
    mention = desk.pull_one()
    assert desk.channel().may_reply(mention).allowed
    desk.network.block(customer, desk.account)
    desk.network.wait_for_post(desk.account, posted, gone=True)

    assert desk.channel().may_reply(mention).reason == "The author blocks us."


def test_a_deactivated_author_does_not_fail_the_page(
    desk: Desk, customer: Account, bluesky_network: BlueskyNetwork
) -> None:
    other = bluesky_network.create_account(f"dora{next(NUMBERS)}.test")
    desk.told_of(bluesky_network.post(customer, "bye", mention=desk.account))
    stays = desk.told_of(bluesky_network.post(other, "hello", mention=desk.account))
    bluesky_network.deactivate(customer)

    page = desk.source().pull(None)

    assert stays.uri in [mention.native_id for mention in page.mentions]
    assert not page.rejected


def test_a_wrong_password_is_an_access_error(desk: Desk) -> None:
    with closing(open_client(desk.network, desk.account, password="wrong")) as client:
        with pytest.raises(AccessError, match="app password"):
            BlueskySource(client).pull(None)


@pytest.mark.parametrize(("text", "is_taken"), [("👩🏽‍🔧" * 200, True), ("é" * 300, True), ("नि" * 300, True)])
def test_what_we_count_as_short_enough_bluesky_takes(desk: Desk, customer: Account, text: str, is_taken: bool) -> None:
    desk.told_of(desk.network.post(customer, "help", mention=desk.account))

    assert desk.channel().reply(desk.pull_one(), reply("reply:1", text)).found is not is_taken
