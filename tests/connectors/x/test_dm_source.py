from datetime import timedelta

from connectors.x.around import Limits
from connectors.x.client import XClient
from models import Kind
from tests.connectors.x.conftest import ALICE, BOBBY, open_client, open_dms
from tests.fakes.x import DM_EVENTS, NOW, OWN_ID, FakeX, minutes


def test_a_message_comes_in_private_with_who_sent_it(fake: FakeX, client: XClient) -> None:
    native_id = fake.dm(ALICE, "my account <number>", at=NOW - minutes(5))

    (mention,) = open_dms(client, fake).pull(None).mentions

    assert mention.native_id == native_id
    assert mention.kind is Kind.DM
    assert mention.text == "my account <number>"
    assert mention.created_at == NOW - minutes(5)
    assert mention.conversation_id == f"{ALICE}-{OWN_ID}"
    assert mention.on_owned_channel is True
    assert mention.author is not None
    assert mention.author.followers == 1200


def test_our_own_messages_are_shown_and_not_judged(fake: FakeX, client: XClient) -> None:
    fake.dm(OWN_ID, "how can we help?", recipient=ALICE)

    page = open_dms(client, fake).pull(None)

    assert not page.mentions
    assert [each.is_ours for each in page.bystanders] == [True]


def test_pages_are_walked_back_to_the_known_and_no_further(fake: FakeX, client: XClient) -> None:
    said = [
        fake.dm(ALICE, f"number {number}", at=NOW - timedelta(days=1) + minutes(20 * number)) for number in range(9)
    ]
    fake.page_size = 2
    page = open_dms(client, fake, limits=Limits(history=timedelta(0))).pull(None)
    assert [mention.native_id for mention in page.mentions] == said
    later = fake.dm(BOBBY, "me too")
    fake.requests.clear()

    (found,) = open_dms(open_client(fake), fake).pull(page.cursor).mentions

    assert found.native_id == later
    assert len(fake.calls(DM_EVENTS)) == 2


def test_x_is_not_asked_more_often_than_it_allows_though_every_pull_is_another_process(fake: FakeX) -> None:
    first = open_dms(open_client(fake), fake, seconds=120.0).pull(None)
    fake.dm(ALICE, "hello")
    fake.now = NOW + timedelta(seconds=60)

    waiting = open_dms(open_client(fake), fake, seconds=120.0).pull(first.cursor)
    fake.now = NOW + timedelta(seconds=121)
    found = open_dms(open_client(fake), fake, seconds=120.0).pull(waiting.cursor)

    assert waiting.is_empty
    assert waiting.cursor == first.cursor
    assert len(found.mentions) == 1
    assert len(fake.calls(DM_EVENTS)) == 2


def test_what_is_left_over_is_handed_out_without_asking_again(fake: FakeX, client: XClient) -> None:
    said = [fake.dm(ALICE, f"number {number}", at=NOW - minutes(9 - number)) for number in range(5)]
    source = open_dms(client, fake, seconds=120.0, page_size=2)
    cursor, found = None, []

    while not (page := source.pull(cursor)).is_empty:
        found += [mention.native_id for mention in page.mentions]
        cursor = page.cursor

    assert found == said
    assert len(fake.calls(DM_EVENTS)) == 1


def test_another_process_goes_on_behind_what_was_stored_when_the_time_has_come(fake: FakeX) -> None:
    said = [fake.dm(ALICE, f"number {number}", at=NOW - minutes(9 - number)) for number in range(5)]
    first = open_dms(open_client(fake), fake, seconds=120.0, page_size=2).pull(None)
    fake.now = NOW + timedelta(seconds=121)

    rest = open_dms(open_client(fake), fake, seconds=120.0).pull(first.cursor)

    assert [mention.native_id for mention in (*first.mentions, *rest.mentions)] == said


def test_a_broken_message_costs_only_itself_and_comes_once(fake: FakeX, client: XClient) -> None:
    fake.junk = [("dms", {"id": "not a number"}), ("dms", None)]
    native_id = fake.dm(ALICE, "hello")
    source = open_dms(client, fake)

    page = source.pull(None)

    assert [mention.native_id for mention in page.mentions] == [native_id]
    assert len(page.rejected) == 2
    assert source.pull(page.cursor).is_empty


def test_twice_and_out_of_order_is_once_and_in_order(fake: FakeX, client: XClient) -> None:
    fake.doubled = fake.shuffled = True
    said = [fake.dm(ALICE, f"number {number}", at=NOW - minutes(9 - number)) for number in range(5)]

    assert [mention.native_id for mention in open_dms(client, fake).pull(None).mentions] == said
