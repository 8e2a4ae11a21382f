from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from connectors.quota import LedgerInMemory
from connectors.x.channel import XChannel
from connectors.x.client import XClient
from connectors.x.length import has_link, weight
from connectors.x.source import XSource
from models import AuthoredBy, Kind, Mention, Presence, Reply
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from tests.connectors.x.conftest import ALICE, BOBBY, keys, open_client, open_dms, open_source
from tests.fakes.x import (
    BEARER,
    CREATE,
    DM_CONVERSATION,
    NOW,
    OWN_ID,
    POSTS,
    SEND_DM,
    FakeX,
    minutes,
    problem,
)

SORRY = Reply("reply:1", "Sorry to hear that!", is_private=False, authored_by=AuthoredBy.PERSON)
BY_MACHINE = replace(SORRY, authored_by=AuthoredBy.AUTOMATION)
PRIVATE = replace(SORRY, is_private=True)


@pytest.fixture
def mention(fake: FakeX, source: XSource) -> Mention:
    fake.mention(ALICE, "my card was charged twice", at=NOW - minutes(5))
    (pulled,) = source.pull(None).mentions
    return pulled


@pytest.fixture
def message(fake: FakeX, client: XClient) -> Mention:
    fake.dm(ALICE, "my card was charged twice", at=NOW - minutes(5))
    (pulled,) = open_dms(client, fake).pull(None).mentions
    return pulled


@pytest.fixture
def approved(client: XClient, fake: FakeX) -> XChannel:
    return XChannel(client, automated_replies=True, now=lambda: fake.now)


def pulled(fake: FakeX, native_id: str, *, query: str | None = None) -> Mention:
    found = open_source(open_client(fake), fake, query=query).pull(None).mentions
    return next(mention for mention in found if mention.native_id == native_id)


# public answers


def test_a_reply_stands_under_the_post(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    receipt = channel.reply(mention, SORRY)

    (ours,) = fake.own_posts()
    assert ours["referenced_tweets"] == [{"type": "replied_to", "id": mention.native_id}]
    assert ours["text"] == "@alice Sorry to hear that!"
    assert receipt.reference == ours["id"]
    assert receipt.url == f"https://x.com/i/status/{ours['id']}"
    assert not receipt.found


def test_sent_twice_it_shows_once(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    first = channel.reply(mention, SORRY)
    again = channel.reply(mention, SORRY)

    assert (again.reference, again.found) == (first.reference, True)
    assert len(fake.calls(CREATE)) == 1


@pytest.mark.parametrize("is_indexed", [True, False])
@pytest.mark.parametrize("text", ["Sorry to hear that!", "See https://help.test/fees & tell us", "Größe 😡\n\nzwei"])
def test_an_answer_that_is_lost_leaves_one_reply(
    fake: FakeX, channel: XChannel, mention: Mention, text: str, is_indexed: bool
) -> None:
    fake.lost[CREATE] = 1
    reply = replace(SORRY, text=text)
    with pytest.raises(UnknownOutcomeError):
        channel.reply(mention, reply)
    fake.unindexed = set() if is_indexed else {post["id"] for post in fake.own_posts()}
    for post in fake.own_posts():
        post["text"] = post["text"].replace("https://help.test/fees", "https://t.co/abc")

    receipt = channel.reply(mention, reply)

    assert receipt.found
    assert len(fake.own_posts()) == 1


def test_an_old_answer_is_found_by_search_behind_many_newer_posts(
    fake: FakeX, channel: XChannel, mention: Mention
) -> None:
    channel.reply(mention, SORRY)
    for number in range(60):
        fake.post(OWN_ID, f"something else {number}", at=NOW + minutes(number))

    assert channel.reply(mention, SORRY).found


def test_an_edited_post_is_answered_where_it_stands_now(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    version = fake.edit(mention.native_id, "@larkbank charged twice!")
    edited = pulled(fake, mention.native_id)

    channel.reply(edited, SORRY)

    assert fake.own_posts()[0]["referenced_tweets"] == [{"type": "replied_to", "id": version}]
    assert channel.reply(edited, SORRY).found


def test_to_look_for_our_own_answer_costs_little(
    fake: FakeX, ledger: LedgerInMemory, channel: XChannel, mention: Mention
) -> None:
    before = ledger.spent(f"x:{OWN_ID}", since=NOW - timedelta(days=1))

    channel.reply(mention, SORRY)

    assert ledger.spent(f"x:{OWN_ID}", since=NOW - timedelta(days=1)) - before == Decimal("0.010")


def test_another_answer_to_the_same_post_is_another(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    channel.reply(mention, SORRY)
    channel.reply(mention, Reply("reply:2", "We refunded it.", is_private=False, authored_by=AuthoredBy.PERSON))

    assert len(fake.own_posts()) == 2


def test_the_same_words_to_another_post_are_another_answer(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    channel.reply(mention, SORRY)
    other = pulled(fake, fake.mention(BOBBY, "me too", reply_to=mention.native_id))

    assert not channel.reply(other, SORRY).found


@pytest.mark.parametrize(
    ("text", "price"), [("Sorry!", "0.010"), ("Read https://help.test", "0.200"), ("Read help.com", "0.200")]
)
def test_a_link_makes_an_answer_dear(
    fake: FakeX, ledger: LedgerInMemory, channel: XChannel, mention: Mention, text: str, price: str
) -> None:
    channel.reply(mention, replace(SORRY, text=text))

    assert ledger.entries[-1][3] == Decimal(price)


@pytest.mark.parametrize("text", ["", "  \n", "\0", "x" * 281, "字" * 141, "😡" * 141])
def test_words_x_would_not_take_are_refused_without_a_call(
    fake: FakeX, channel: XChannel, mention: Mention, text: str
) -> None:
    fake.requests.clear()

    with pytest.raises(PermanentError):
        channel.reply(mention, replace(SORRY, text=text))

    assert fake.requests == []


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("hello", 5),
        ("Größe", 5),
        ("здравей", 7),
        ("字", 2),
        ("😡", 2),
        ("👩🏽‍🔧", 2),
        ("🇧🇬", 2),
        ("1 # *", 5),
        ("e\u0301", 1),
        ("see https://a-very-long-address.test/with/a/path?and=query", 27),
        ("see example.com", 27),
        ("“quoted” – so", 13),
        ("e.g. this, ok", 13),
    ],
)
def test_a_text_is_as_long_as_x_says(text: str, counts: int) -> None:
    assert weight(text) == counts


def test_a_link_is_known_with_and_without_its_scheme() -> None:
    assert has_link("at example.com.")
    assert has_link("http://example.test")
    assert not has_link("i.e. a mail to jane@example.com")


# who may be answered


def test_a_person_may_answer_who_called_us(channel: XChannel, mention: Mention) -> None:
    allowed = channel.may_reply(mention)

    assert allowed.allowed
    assert allowed.max_characters == 280
    assert not allowed.takes_private


def test_automation_may_not_where_x_has_not_approved_it(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    fake.requests.clear()

    refused = channel.may_reply(mention, authored_by=AuthoredBy.AUTOMATION)

    assert not refused.allowed
    assert "approve" in refused.reason
    assert fake.requests == []
    with pytest.raises(PermanentError):
        channel.reply(mention, BY_MACHINE)


def test_automation_answers_once_who_called_us(fake: FakeX, approved: XChannel, mention: Mention) -> None:
    assert approved.may_reply(mention, authored_by=AuthoredBy.AUTOMATION).allowed
    approved.reply(mention, BY_MACHINE)

    assert not approved.may_reply(mention, authored_by=AuthoredBy.AUTOMATION).allowed
    assert approved.may_reply(mention).allowed
    with pytest.raises(PermanentError, match="one automated reply"):
        approved.reply(mention, replace(BY_MACHINE, key="reply:2", text="And another thing."))
    assert approved.reply(mention, BY_MACHINE).found
    assert len(fake.own_posts()) == 1


def test_a_quote_of_ours_is_a_call(fake: FakeX, approved: XChannel) -> None:
    ours = fake.post(OWN_ID, "lark offer")
    quote = pulled(fake, fake.post(ALICE, "lark: a scam", quoting=ours), query="lark")

    assert quote.raw["summoned_by"] == "quote"
    assert approved.may_reply(quote, authored_by=AuthoredBy.AUTOMATION).allowed


def test_a_handle_that_x_put_there_by_itself_is_no_call(fake: FakeX, approved: XChannel) -> None:
    ours = fake.post(OWN_ID, "our offer")
    reply = pulled(fake, fake.post(ALICE, "@larkbank a scam", reply_to=ours))

    assert "summoned_by" not in reply.raw
    assert not approved.may_reply(reply, authored_by=AuthoredBy.AUTOMATION).allowed
    assert approved.may_reply(reply).allowed


@pytest.mark.parametrize(
    ("root", "text", "called"),
    [
        ("bad banks", "@bobby @larkbank please help", "mention"),
        ("bad @larkbank", "@bobby @larkbank please help", None),
        ("bad @larkbank", "@bobby @larkbank please, @larkbank, help", "mention"),
    ],
)
def test_a_handle_in_a_thread_of_others_is_a_call_where_the_author_wrote_it(
    fake: FakeX, root: str, text: str, called: str | None
) -> None:
    reply = pulled(fake, fake.post(ALICE, text, reply_to=fake.post(BOBBY, root)))

    assert reply.raw.get("summoned_by") == called


def test_who_did_not_address_us_is_not_answered(fake: FakeX, channel: XChannel) -> None:
    found = pulled(fake, fake.post(ALICE, "lark is slow"), query="lark")
    fake.requests.clear()

    refused = channel.may_reply(found)

    assert not refused.allowed
    assert "did not address us" in refused.reason
    assert not channel.capabilities(found).reply_public
    assert fake.requests == []
    with pytest.raises(PermanentError):
        channel.reply(found, SORRY)


def test_a_deleted_post_is_not_answered(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    fake.delete(mention.native_id)

    assert channel.may_reply(mention).reason == "The post has been deleted."
    with pytest.raises(PermanentError):
        channel.reply(mention, SORRY)


def test_a_post_we_are_no_longer_shown_is_not_answered(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    fake.hidden = {mention.native_id}

    assert "blocks us" in channel.may_reply(mention).reason


def test_protected_posts_are_not_answered(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    fake.users[ALICE]["protected"] = True

    assert "protected" in channel.may_reply(mention).reason
    assert "protected" in channel.may_reply(pulled(fake, mention.native_id)).reason


@pytest.mark.parametrize(("setting", "allowed"), [("everyone", True), ("following", False), ("mentionedUsers", False)])
def test_who_let_only_some_answer_is_answered_only_where_we_are_one(
    fake: FakeX, channel: XChannel, setting: str, allowed: bool
) -> None:
    ours = fake.post(OWN_ID, "our offer")
    reply = pulled(fake, fake.post(ALICE, "@larkbank a scam", reply_to=ours, reply_settings=setting))
    called = pulled(fake, fake.mention(BOBBY, "a scam", reply_settings=setting))

    assert channel.may_reply(reply).allowed is allowed
    assert channel.may_reply(called).allowed


def test_without_access_tokens_nothing_is_answered(fake: FakeX, mention: Mention, message: Mention) -> None:
    only_bearer = keys(bearer_token=SecretStr(BEARER), access_token=None, access_token_secret=None)
    channel = XChannel(open_client(fake, given=only_bearer))

    for item in (mention, message):
        assert "EARSHOT_X_ACCESS_TOKEN" in channel.may_reply(item).reason
        capabilities = channel.capabilities(item)
        assert not (capabilities.reply_public or capabilities.reply_private)
    with pytest.raises(PermanentError):
        channel.reply(mention, SORRY)


def test_what_did_not_come_from_x_is_not_answered(channel: XChannel, mention: Mention) -> None:
    assert not channel.may_reply(replace(mention, native_id="line 7")).allowed


@pytest.mark.parametrize(("status", "error"), [(401, AccessError), (429, RetryableError), (500, RetryableError)])
def test_failures_of_a_look_are_told(
    fake: FakeX, channel: XChannel, mention: Mention, status: int, error: type[Exception]
) -> None:
    fake.fail(POSTS, *[problem(status, "about:blank", "…")] * 3)

    with pytest.raises(error):
        channel.may_reply(mention)


# private answers


def test_a_message_is_answered_in_private(fake: FakeX, channel: XChannel, message: Mention) -> None:
    allowed = channel.may_reply(message)
    receipt = channel.reply(message, PRIVATE)

    assert (allowed.allowed, allowed.takes_private, allowed.max_characters) == (True, True, 10_000)
    assert [event["text"] for event in fake.dms if event["sender_id"] == OWN_ID] == ["Sorry to hear that!"]
    assert receipt.reference == fake.dms[-1]["id"]


def test_a_private_answer_that_is_lost_is_sent_once(fake: FakeX, channel: XChannel, message: Mention) -> None:
    fake.lost[SEND_DM] = 1
    with pytest.raises(UnknownOutcomeError):
        channel.reply(message, PRIVATE)

    receipt = channel.reply(message, PRIVATE)

    assert receipt.found
    assert len(fake.calls(SEND_DM)) == 1


def test_to_look_through_a_conversation_costs_no_more_than_its_messages(
    fake: FakeX, ledger: LedgerInMemory, message: Mention
) -> None:
    fake.dm(ALICE, "are you there?")
    channel = XChannel(open_client(fake, ledger), now=lambda: NOW)
    before = ledger.spent(f"x:{OWN_ID}", since=NOW - timedelta(days=1))

    channel.reply(message, PRIVATE)

    spent = ledger.spent(f"x:{OWN_ID}", since=NOW - timedelta(days=1)) - before
    assert spent == 2 * Decimal("0.010") + Decimal("0.015")


def test_the_same_words_of_an_earlier_day_do_not_count(fake: FakeX, channel: XChannel, message: Mention) -> None:
    fake.dm(OWN_ID, SORRY.text, recipient=ALICE, at=NOW - timedelta(days=1))

    assert not channel.reply(message, PRIVATE).found


def test_a_private_message_is_not_answered_in_public(channel: XChannel, message: Mention) -> None:
    assert not channel.may_reply(message, is_private=False).allowed
    with pytest.raises(PermanentError):
        channel.reply(message, SORRY)


def test_nobody_is_written_to_first(fake: FakeX, channel: XChannel, mention: Mention) -> None:
    refused = channel.may_reply(mention, is_private=True)

    assert not refused.allowed
    assert "first" in refused.reason
    with pytest.raises(PermanentError, match="first"):
        channel.reply(mention, PRIVATE)
    assert fake.calls(SEND_DM) == []


def test_who_wrote_first_may_be_answered_in_private_to_a_public_post(
    fake: FakeX, channel: XChannel, mention: Mention
) -> None:
    fake.dm(ALICE, "hello?", at=NOW - timedelta(days=2))

    assert channel.may_reply(mention, is_private=True).allowed
    channel.reply(mention, PRIVATE)
    assert len(fake.calls(SEND_DM)) == 1


def test_automation_writes_in_private_only_where_x_approved_it(
    channel: XChannel, approved: XChannel, message: Mention
) -> None:
    assert not channel.may_reply(message, authored_by=AuthoredBy.AUTOMATION).allowed
    assert approved.may_reply(message, authored_by=AuthoredBy.AUTOMATION).allowed
    with pytest.raises(PermanentError):
        channel.reply(message, replace(PRIVATE, authored_by=AuthoredBy.AUTOMATION))


def test_a_conversation_that_cannot_be_read_is_not_written_into(
    fake: FakeX, channel: XChannel, message: Mention
) -> None:
    fake.fail(DM_CONVERSATION, *[httpx.ReadTimeout("slow")] * 3)

    with pytest.raises(RetryableError):
        channel.reply(message, PRIVATE)

    assert fake.calls(SEND_DM) == []


# what can be done with an item


def test_a_message_and_a_post_differ_in_what_can_be_done(channel: XChannel, mention: Mention, message: Mention) -> None:
    public, private = channel.capabilities(mention), channel.capabilities(message)

    assert (public.reply_public, public.reply_private, public.thread, public.edit) == (True, False, True, True)
    assert (private.reply_public, private.reply_private, private.thread, private.edit) == (False, True, False, False)
    assert not public.delete_notice


# what stands around, and whether it still stands


def test_surroundings_of_what_was_pushed_are_looked_up(fake: FakeX, channel: XChannel) -> None:
    fake.post(ALICE, "yesterday", at=NOW - timedelta(days=1))
    ours = fake.post(OWN_ID, "our offer", at=NOW - minutes(9))
    native_id = fake.post(ALICE, "@larkbank a scam", reply_to=ours, at=NOW - minutes(5))
    pushed = replace(pulled(fake, native_id), author=None, raw={})

    found = channel.surroundings([pushed])

    assert [(each.mention.native_id, each.is_ours) for each in found.bystanders] == [(ours, True)]
    assert [post.text for post in found.histories[ALICE]] == ["yesterday"]
    assert found.authors[ALICE].followers == 1200


def test_surroundings_of_messages_are_none(fake: FakeX, channel: XChannel, message: Mention) -> None:
    fake.requests.clear()

    assert not channel.surroundings([message]).bystanders
    assert fake.requests == []


def test_a_recheck_tells_who_stands_who_is_edited_and_who_is_gone(fake: FakeX, channel: XChannel) -> None:
    stays, edited, gone, hidden = (fake.mention(ALICE, f"number {number}", at=NOW - minutes(9)) for number in range(4))
    mentions = [pulled(fake, native_id) for native_id in (stays, edited, gone, hidden)]
    version = fake.edit(edited, "@larkbank other words", at=NOW - minutes(2))
    fake.delete(gone)
    fake.hidden = {hidden}
    fake.requests.clear()

    checked = [channel.recheck(mentions)[mention.id] for mention in mentions]

    assert [each.presence for each in checked] == [Presence.THERE, Presence.EDITED, Presence.GONE, Presence.UNKNOWN]
    assert [each.shares for each in checked] == [2, 2, None, None]
    edit = checked[1].edit
    assert edit is not None
    assert (edit.version, edit.mention.text) == (version, "@larkbank other words")
    assert edit.mention.id == mentions[1].id
    assert edit.mention.created_at == NOW - minutes(9)


def test_a_recheck_asks_by_the_hundred_and_not_after_messages(
    fake: FakeX, channel: XChannel, mention: Mention, message: Mention
) -> None:
    many = [replace(mention, id=f"m{number}", native_id=str(10**18 + number)) for number in range(150)]
    fake.requests.clear()

    checked = channel.recheck([*many, message])

    assert len(fake.calls(POSTS)) == 2
    assert message.id not in checked
    assert set(each.presence for each in checked.values()) == {Presence.GONE}
    assert channel.recheck([message]) == {}


def test_a_recheck_pays_for_the_posts_alone(fake: FakeX, ledger: LedgerInMemory, mention: Mention) -> None:
    channel = XChannel(open_client(fake, ledger), now=lambda: NOW)
    before = ledger.spent(f"x:{OWN_ID}", since=NOW - timedelta(days=1))

    channel.recheck([mention])

    assert ledger.spent(f"x:{OWN_ID}", since=NOW - timedelta(days=1)) - before == Decimal("0.005")


def test_kinds_are_told_apart(mention: Mention, message: Mention) -> None:
    assert (mention.kind, message.kind) == (Kind.MENTION, Kind.DM)
