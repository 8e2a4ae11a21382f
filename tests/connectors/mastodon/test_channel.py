import json
from dataclasses import replace

import httpx
import pytest

from connectors.mastodon.channel import SAID_IN_PRIVATE, MastodonChannel
from connectors.mastodon.client import MastodonClient
from models import AuthoredBy, Kind, Mention, Presence, Reply
from models.errors import AccessError, PermanentError, RetryableError
from tests.connectors.mastodon.conftest import open_client, open_source
from tests.fakes.mastodon import NOW, OWN_ID, FakeMastodon, minutes, refused

POST = "POST /api/v1/statuses"
SORRY = Reply("reply:1", "Sorry to hear that!", is_private=False, authored_by=AuthoredBy.PERSON)
PRIVATELY = replace(SORRY, is_private=True)


def pull(fake: FakeMastodon, client: MastodonClient, id: str) -> Mention:
    (found,) = [mention for mention in open_source(client).pull(None).mentions if mention.native_id == id]
    return found


@pytest.fixture
def mention(fake: FakeMastodon, client: MastodonClient, alice: str) -> Mention:
    return pull(fake, client, fake.mention(alice, "my card was charged twice"))


@pytest.fixture
def secret(fake: FakeMastodon, client: MastodonClient, alice: str) -> Mention:
    return pull(fake, client, fake.mention(alice, "my account number is 12", visibility="direct"))


class TestAnAnswer:
    def test_it_stands_under_the_post_and_names_its_author(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention
    ) -> None:
        receipt = channel.reply(mention, SORRY)

        (ours,) = fake.by_us()
        assert fake.typed[ours["id"]] == "@alice@elsewhere.test Sorry to hear that!"
        assert (ours["in_reply_to_id"], ours["visibility"]) == (mention.native_id, "public")
        assert (receipt.reference, receipt.url, receipt.found) == (ours["id"], ours["url"], False)

    @pytest.mark.parametrize("text", ["@alice@elsewhere.test hello", "Hello @Alice@Elsewhere.test."])
    def test_a_handle_that_is_there_is_not_put_before_it(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention, text: str
    ) -> None:
        channel.reply(mention, replace(SORRY, text=text))

        assert list(fake.typed.values()) == [text]

    @pytest.mark.parametrize("text", ["@alice hello", "@alice@elsewhere.testing", "mail@alice@elsewhere.test"])
    def test_somebody_elses_handle_does_not_do(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention, text: str
    ) -> None:
        channel.reply(mention, replace(SORRY, text=text))

        assert list(fake.typed.values()) == [f"@alice@elsewhere.test {text}"]

    @pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
    def test_it_is_seen_as_widely_as_what_it_answers(
        self, fake: FakeMastodon, client: MastodonClient, channel: MastodonChannel, alice: str, visibility: str
    ) -> None:
        channel.reply(pull(fake, client, fake.mention(alice, "a mess", visibility=visibility)), SORRY)

        assert [ours["visibility"] for ours in fake.by_us()] == [visibility]

    def test_a_private_complaint_is_answered_in_private_and_never_in_public(
        self, fake: FakeMastodon, channel: MastodonChannel, secret: Mention
    ) -> None:
        assert channel.may_reply(secret, is_private=False).reason == SAID_IN_PRIVATE
        with pytest.raises(PermanentError, match="in private"):
            channel.reply(secret, SORRY)
        assert fake.by_us() == []

        channel.reply(secret, PRIVATELY)
        assert [ours["visibility"] for ours in fake.by_us()] == ["direct"]

    def test_what_is_private_there_stays_so_even_where_we_hold_it_as_public(
        self, fake: FakeMastodon, channel: MastodonChannel, secret: Mention
    ) -> None:
        with pytest.raises(PermanentError, match="in private"):
            channel.reply(replace(secret, kind=Kind.MENTION), SORRY)
        assert fake.by_us() == []

    def test_a_private_answer_that_names_somebody_else_is_not_sent_to_them(
        self, fake: FakeMastodon, channel: MastodonChannel, secret: Mention
    ) -> None:
        with pytest.raises(PermanentError, match="another account"):
            channel.reply(secret, replace(PRIVATELY, text="Please write to @help@larkbank.test"))
        assert fake.by_us() == []

        channel.reply(secret, replace(PRIVATELY, text="Write to help@larkbank.test or @larkbank."))
        assert len(fake.by_us()) == 1

    def test_sent_again_after_the_key_was_forgotten_it_shows_once(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention
    ) -> None:
        first = channel.reply(mention, SORRY)
        fake.posted_keys.clear()

        again = channel.reply(mention, SORRY)

        assert (again.reference, again.found) == (first.reference, True)
        assert len(fake.by_us()) == 1

    def test_a_lost_answer_is_repeated_with_the_same_key(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention
    ) -> None:
        fake.after[POST] = [httpx.ReadTimeout("lost")]

        channel.reply(mention, SORRY)

        assert len(fake.by_us()) == 1
        assert len({request.headers["idempotency-key"] for request in fake.calls("/statuses", "POST")}) == 1

    def test_two_answers_have_two_keys(self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention) -> None:
        channel.reply(mention, SORRY)
        channel.reply(mention, replace(SORRY, key="reply:2", text="It is on its way back."))

        assert len(fake.by_us()) == 2
        assert len(fake.posted_keys) == 2


class TestTheWords:
    def test_room_is_what_the_instance_says_without_the_handle(self, fake: FakeMastodon, mention: Mention) -> None:
        fake.max_characters = 1000
        channel = MastodonChannel(open_client(fake))
        most = channel.may_reply(mention).max_characters

        assert most == 1000 - len("@alice ")
        with pytest.raises(PermanentError, match="shorten"):
            channel.reply(mention, replace(SORRY, text="x" * (most + 1)))
        channel.reply(mention, replace(SORRY, text="x" * most))
        assert len(fake.by_us()) == 1

    def test_the_instance_is_asked_once_for_its_limits(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention
    ) -> None:
        channel.may_reply(mention)
        channel.may_reply(mention)

        assert len(fake.calls("/api/v2/instance")) == 1


class TestWhetherItMayBeAnswered:
    def test_a_post_that_shows_may_be_in_public_and_in_private(
        self, channel: MastodonChannel, mention: Mention
    ) -> None:
        may = channel.may_reply(mention, authored_by=AuthoredBy.AUTOMATION)

        assert (may.allowed, may.takes_private, may.reason) == (True, True, "")

    def test_not_when_it_is_deleted(self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention) -> None:
        fake.delete(mention.native_id)

        assert "deleted" in channel.may_reply(mention).reason

    def test_not_when_the_author_blocks_us(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention, alice: str
    ) -> None:
        fake.block_us(alice)

        assert channel.may_reply(mention).reason == "The author blocks us."

    @pytest.mark.parametrize("relation", ["blocking", "domain_blocking"])
    def test_not_when_we_block_the_author(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention, alice: str, relation: str
    ) -> None:
        fake.relations[alice] = {relation: True}

        assert channel.may_reply(mention).reason == "We block the author."

    def test_not_when_the_account_is_gone_or_suspended(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention, alice: str
    ) -> None:
        fake.accounts[alice]["suspended"] = True
        assert channel.may_reply(mention).reason == "The author's account is suspended."

        fake.delete(mention.native_id)
        fake.gone_accounts.add(alice)
        assert channel.may_reply(mention).reason == "The author's account is gone."

    def test_a_token_that_may_not_ask_about_blocks_costs_only_that(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention
    ) -> None:
        fake.scopes -= {"read:follows"}

        assert channel.may_reply(mention).allowed

    def test_an_outage_is_not_a_no(self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention) -> None:
        fake.fail(mention.native_id, *[refused(502, "bad gateway")] * 3)

        with pytest.raises(RetryableError):
            channel.may_reply(mention)

    def test_an_id_from_elsewhere_leads_to_no_other_address(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention
    ) -> None:
        assert not channel.may_reply(replace(mention, native_id="../../oauth/revoke?x=1")).allowed
        assert {request.url.path.split("/")[1] for request in fake.requests} == {"api"}

    def test_a_token_without_the_right_to_write_says_so(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention
    ) -> None:
        fake.scopes -= {"write:statuses"}

        with pytest.raises(AccessError, match="scope"):
            channel.reply(mention, SORRY)


class TestAskedAgain:
    def test_what_stands_is_there_and_what_is_deleted_is_gone(
        self, fake: FakeMastodon, client: MastodonClient, channel: MastodonChannel, alice: str, mention: Mention
    ) -> None:
        other = pull(fake, client, fake.mention(alice, "and my fee"))
        fake.delete(other.native_id)

        found = channel.recheck([mention, other])

        assert {id: each.presence for id, each in found.items()} == {
            mention.id: Presence.THERE,
            other.id: Presence.GONE,
        }

    @pytest.mark.parametrize(
        ("told", "shares"), [((40, 2), 42), ((40, None), 40), ((None, None), None), ((-1, 2), None)]
    )
    def test_how_often_it_was_shared_is_told_with_it(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention, told: tuple[int, int], shares: int
    ) -> None:
        fake.statuses[mention.native_id] |= {"reblogs_count": told[0], "quotes_count": told[1]}

        answer = channel.recheck([mention])[mention.id]

        assert (mention.shares, answer.shares) == (0, shares)

    def test_a_private_one_is_shared_by_nobody(self, secret: Mention) -> None:
        assert secret.shares is None

    def test_other_words_come_as_an_edit_once(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention
    ) -> None:
        fake.edit(mention.native_id, "charged three times", at=NOW)

        answer = channel.recheck([mention])[mention.id]

        assert answer.presence is Presence.EDITED
        assert answer.edit
        assert answer.edit.mention.text == "charged three times"
        assert (answer.edit.version, answer.edit.mention.created_at) == (NOW.isoformat(), mention.created_at)
        assert channel.recheck([answer.edit.mention])[mention.id].presence is Presence.THERE

    def test_what_is_hidden_by_a_block_or_a_suspension_is_unknown(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention, alice: str
    ) -> None:
        fake.block_us(alice)
        assert channel.recheck([mention])[mention.id].presence is Presence.UNKNOWN

        fake.relations.clear()
        fake.delete(mention.native_id)
        fake.accounts[alice]["suspended"] = True
        assert channel.recheck([mention])[mention.id].presence is Presence.UNKNOWN

    def test_an_account_that_is_gone_took_its_posts_with_it(
        self, fake: FakeMastodon, channel: MastodonChannel, mention: Mention, alice: str
    ) -> None:
        fake.delete(mention.native_id)
        fake.gone_accounts.add(alice)

        assert channel.recheck([mention])[mention.id].presence is Presence.GONE

    @pytest.mark.parametrize(("has_batches", "calls"), [(True, 2), (False, 27)])
    def test_many_are_asked_for_together_where_the_instance_can(
        self,
        fake: FakeMastodon,
        client: MastodonClient,
        channel: MastodonChannel,
        alice: str,
        has_batches: bool,
        calls: int,
    ) -> None:
        for number in range(25):
            fake.mention(alice, str(number))
        mentions = open_source(client, history_days=0).pull(None).mentions
        fake.has_batches = has_batches
        fake.requests.clear()

        found = channel.recheck(mentions)

        assert {each.presence for each in found.values()} == {Presence.THERE}
        assert len(fake.requests) == calls


def test_what_stands_around_it_can_be_asked_for(
    fake: FakeMastodon, client: MastodonClient, channel: MastodonChannel, alice: str
) -> None:
    earlier = fake.post(alice, "an hour ago", at=NOW - minutes(60))
    ours = fake.post(OWN_ID, "New opening hours")
    mention = pull(fake, client, fake.mention(alice, "still closed", reply_to=ours))

    around = channel.surroundings([replace(mention, author=mention.author)])

    assert [each.mention.native_id for each in around.bystanders] == [ours]
    assert [post.native_id for post in around.histories[alice]] == [earlier]
    assert around.authors[alice].followers == 1200


def test_nothing_of_the_words_stands_in_an_error(
    fake: FakeMastodon, channel: MastodonChannel, mention: Mention
) -> None:
    fake.fail(POST, httpx.Response(422, json={"error": "Validation failed: secret words"}))

    with pytest.raises(PermanentError) as raised:
        channel.reply(mention, replace(SORRY, text="secret words"))

    assert "secret" not in str(raised.value)
    assert json.loads(fake.calls("/statuses", "POST")[0].content)["status"].endswith("secret words")
