import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from connectors.quota import LedgerInMemory
from connectors.x.client import Unreadable, XClient
from connectors.x.meter import endpoint_of, tightest
from connectors.x.prices import read_prices
from connectors.x.wire import id_at, instant_of
from connectors.x.words import spoken
from models.errors import (
    AccessError,
    BudgetError,
    EarshotError,
    PermanentError,
    RetryableError,
    SetupError,
    UnknownOutcomeError,
)
from tests.connectors.x.conftest import ALICE, open_client
from tests.fakes.x import (
    CREATE,
    MENTIONS,
    NOW,
    OWN_ID,
    POSTS,
    TIMELINE,
    USERS,
    FakeX,
    limits,
    problem,
)

CREDENTIAL = f"x:{OWN_ID}"
PRICE = Decimal("0.015")


def test_a_rate_limit_is_handed_on_with_the_seconds_until_it_ends(fake: FakeX, client: XClient) -> None:
    fake.fail(MENTIONS, problem(429, "about:blank", "Too Many Requests", headers=limits(NOW, remaining=0, seconds=120)))

    with pytest.raises(RetryableError) as raised:
        client.mentions()

    assert raised.value.retry_after_seconds == 120
    assert fake.slept == []


def test_a_limit_that_is_used_up_is_not_run_into(fake: FakeX, client: XClient) -> None:
    last = httpx.Response(200, json={"meta": {"result_count": 0}}, headers=limits(NOW, remaining=0, seconds=60))
    fake.fail(MENTIONS, last)
    client.mentions()

    with pytest.raises(RetryableError) as raised:
        client.mentions()

    assert raised.value.retry_after_seconds == 60
    assert len(fake.calls(MENTIONS)) == 1
    fake.now = NOW + timedelta(seconds=61)
    client.mentions()


def test_a_limit_of_24_hours_is_waited_for_not_retried(fake: FakeX, client: XClient) -> None:
    reset = int(NOW.timestamp()) + 50_000
    day = {"x-app-limit-24hour-remaining": "0", "x-app-limit-24hour-reset": str(reset)}
    fake.fail(CREATE, problem(429, "about:blank", "Too Many Requests", headers={**limits(NOW, remaining=9), **day}))

    with pytest.raises(RetryableError) as raised:
        client.post_reply("hello", in_reply_to="1", price=PRICE)

    assert raised.value.retry_after_seconds == 50_000


def test_the_longest_of_the_windows_that_are_used_up_counts() -> None:
    day = {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": str(int(NOW.timestamp()) + 5000)}

    used_up = tightest({**limits(NOW, remaining=0), **day}, NOW)
    usual = tightest(limits(NOW, remaining=7), NOW)

    assert used_up is not None
    assert used_up.resets_at == NOW + timedelta(seconds=5000)
    assert usual is not None
    assert usual.remaining == 7
    assert tightest({}, NOW) is None


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (problem(401, "about:blank", "Unauthorized"), AccessError),
        (problem(402, "https://api.x.com/2/problems/credits", "CreditsDepleted"), AccessError),
        (problem(403, "https://api.twitter.com/2/problems/client-forbidden", "Client Forbidden"), AccessError),
        (problem(403, "about:blank", "Forbidden"), AccessError),
        (problem(400, "https://api.twitter.com/2/problems/invalid-request", "Invalid Request"), PermanentError),
        (problem(429, "about:blank", "Too Many Requests"), RetryableError),
        (problem(500, "about:blank", "Internal"), RetryableError),
        (httpx.Response(503, content=b"Over capacity"), RetryableError),
        (httpx.Response(200, content=b'{"data": [{"id": "1", "te'), RetryableError),
        (httpx.Response(200, content=b"<html>proxy</html>"), RetryableError),
        (httpx.Response(200, json=["not", "an", "object"]), RetryableError),
        (httpx.Response(200, json={"errors": [{"type": "https://api.x.com/2/problems/x"}]}), RetryableError),
        (httpx.ReadTimeout("slow"), RetryableError),
        (httpx.ConnectError("down"), RetryableError),
    ],
)
def test_each_failure_of_a_reading_has_its_error(
    fake: FakeX, client: XClient, outcome: httpx.Response | Exception, error: type[EarshotError]
) -> None:
    fake.fail(MENTIONS, *[outcome] * 3)

    with pytest.raises(error) as raised:
        client.mentions()

    assert not isinstance(raised.value, UnknownOutcomeError)


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (problem(401, "about:blank", "Unauthorized"), AccessError),
        (problem(403, "https://api.twitter.com/2/problems/oauth1-permissions", "Forbidden"), AccessError),
        (problem(403, "about:blank", "Forbidden"), PermanentError),
        (problem(500, "about:blank", "Internal"), UnknownOutcomeError),
        (httpx.Response(201, content=b'{"data": {"id"'), UnknownOutcomeError),
        (httpx.Response(201, content=b"<html>proxy</html>"), UnknownOutcomeError),
        (httpx.Response(200, json={"errors": [{"type": "about:blank"}]}), UnknownOutcomeError),
        (httpx.ReadTimeout("slow"), UnknownOutcomeError),
        (httpx.ConnectError("down"), RetryableError),
    ],
)
def test_each_failure_of_a_write_has_its_error_and_is_not_repeated(
    fake: FakeX, client: XClient, outcome: httpx.Response | Exception, error: type[EarshotError]
) -> None:
    fake.fail(CREATE, outcome)

    with pytest.raises(error) as raised:
        client.post_reply("hello", in_reply_to="1", price=PRICE)

    assert type(raised.value) is error
    assert len(fake.calls(CREATE)) == 1


def test_a_hiccup_of_a_reading_is_repeated_with_a_fresh_signature(fake: FakeX, client: XClient) -> None:
    fake.mention(ALICE, "hello")
    fake.fail(MENTIONS, problem(502, "about:blank", "Bad Gateway"))

    assert len(client.mentions().items) == 1
    first, second = (request.headers["authorization"] for request in fake.calls(MENTIONS))
    assert first != second
    assert len(fake.slept) == 1


def test_a_query_with_every_sort_of_sign_is_signed_right(fake: FakeX, client: XClient) -> None:
    assert client.search('"Lark Bank" (fee OR fees) -is:retweet lang:de +more * ~ € 😡 %26&x=1').items == ()


def test_errors_hold_neither_words_nor_tokens(fake: FakeX, client: XClient) -> None:
    fake.fail(CREATE, problem(403, "about:blank", "You said alice is wrong"))

    with pytest.raises(PermanentError) as raised:
        client.post_reply("alice, my dear", in_reply_to="1", price=PRICE)

    assert "alice" not in str(raised.value)
    assert "token" not in str(raised.value)


def test_ids_are_asked_for_by_the_hundred(fake: FakeX, client: XClient) -> None:
    ids = [fake.post(ALICE, f"number {number}") for number in range(250)]

    page = client.posts(ids)

    assert [post.id for post in page.items] == ids
    assert len(fake.calls(POSTS)) == 3
    assert client.users(["1", ALICE]).keys() == {ALICE}
    assert len(fake.calls(USERS)) == 1


def test_what_is_missing_is_told(fake: FakeX, client: XClient) -> None:
    fake.hidden = {fake.post(ALICE, "not for you")}
    (hidden,) = fake.hidden

    page = client.posts(["5", hidden])

    assert {problem.resource_id: problem.name for problem in page.problems} == {
        "5": "resource-not-found",
        hidden: "not-authorized-for-resource",
    }


def test_what_comes_is_charged_at_its_price(fake: FakeX, ledger: LedgerInMemory, client: XClient) -> None:
    ours = fake.post(OWN_ID, "our offer")
    fake.mention(ALICE, "a scam", reply_to=ours)

    client.mentions()

    along = Decimal("0.010") * 2 + Decimal("0.005")  # the author, our account, our post
    assert ledger.spent(CREDENTIAL, since=NOW - timedelta(days=1)) == Decimal("0.001") + along


def test_a_thing_is_charged_once_in_a_day(fake: FakeX, ledger: LedgerInMemory, client: XClient) -> None:
    fake.mention(ALICE, "hello")
    client.mentions()
    first = ledger.spent(CREDENTIAL, since=NOW - timedelta(days=1))

    client.mentions()
    same_day = ledger.spent(CREDENTIAL, since=NOW - timedelta(days=1))
    fake.now = NOW + timedelta(days=1)
    client.mentions()

    assert same_day == first
    assert ledger.spent(CREDENTIAL, since=NOW - timedelta(days=1)) == 2 * first
    assert sum(calls for _, _, calls, _, _ in ledger.entries) == 3


def test_nothing_is_called_that_could_cost_more_than_is_left(fake: FakeX, ledger: LedgerInMemory) -> None:
    client = open_client(fake, ledger, budget=Decimal("0.02"))

    with pytest.raises(BudgetError) as raised:
        client.mentions()

    assert raised.value.until.isoformat() == "2026-10-01T00:00:00+00:00"
    assert fake.requests == []


def test_pages_become_smaller_before_the_budget_is_spent(fake: FakeX, ledger: LedgerInMemory) -> None:
    client = open_client(fake, ledger, budget=Decimal("1.1"))

    client.mentions()

    assert fake.calls(MENTIONS)[0].url.params["max_results"] == "20"


@pytest.mark.parametrize("budget", ["0.3", "1", "2.5", "7"])
def test_the_budget_is_never_passed(fake: FakeX, ledger: LedgerInMemory, budget: str) -> None:
    for number in range(120):
        fake.add_user(str(100 + number), f"person{number}")
        fake.mention(str(100 + number), "hello")
    client = open_client(fake, ledger, budget=Decimal(budget))

    def spend() -> None:
        token: str | None = None
        for _ in range(100):
            token = client.mentions(token=token).next_token
            client.timeline(ALICE, since=NOW, until=NOW, most=20)
            client.post_reply("hello", in_reply_to=next(iter(fake.posts)), price=PRICE)

    with pytest.raises((BudgetError, PermanentError)):
        spend()

    assert ledger.spent(CREDENTIAL, since=NOW - timedelta(days=40)) <= Decimal(budget)


def test_nothing_is_written_that_the_budget_does_not_allow(fake: FakeX, ledger: LedgerInMemory) -> None:
    client = open_client(fake, ledger, budget=Decimal("0.014"))

    with pytest.raises(BudgetError):
        client.post_reply("hello", in_reply_to="1", price=PRICE)

    assert fake.requests == []


def test_a_write_that_perhaps_took_place_is_charged(fake: FakeX, ledger: LedgerInMemory, client: XClient) -> None:
    fake.fail(CREATE, httpx.ReadTimeout("slow"))

    with pytest.raises(UnknownOutcomeError):
        client.post_reply("hello", in_reply_to="1", price=PRICE)

    assert ledger.spent(CREDENTIAL, since=NOW - timedelta(days=1)) == PRICE


def test_what_is_refused_is_not_charged(fake: FakeX, ledger: LedgerInMemory, client: XClient) -> None:
    fake.fail(CREATE, problem(403, "about:blank", "Forbidden"))

    with pytest.raises(PermanentError):
        client.post_reply("hello", in_reply_to="1", price=PRICE)

    assert ledger.entries == []


def test_prices_can_be_changed_by_a_file(tmp_path: Path) -> None:
    changed = tmp_path / "prices.toml"
    shipped = Path("connectors/x/prices.toml").read_text(encoding="utf-8")
    changed.write_text(shipped.replace("owned_post = 0.001", "owned_post = 0.005"), encoding="utf-8")

    assert read_prices().reads.owned_post == Decimal("0.001")
    assert read_prices(changed).reads.owned_post == Decimal("0.005")


@pytest.mark.parametrize("text", ["[reads", "[reads]\npost = -1\n", "", "[reads]\npost = 'a lot'\n"])
def test_a_wrong_file_of_prices_stops_the_start(tmp_path: Path, text: str) -> None:
    wrong = tmp_path / "prices.toml"
    wrong.write_text(text, encoding="utf-8")

    with pytest.raises(SetupError, match="EARSHOT_X_PRICES"):
        read_prices(wrong)
    with pytest.raises(SetupError, match="EARSHOT_X_PRICES"):
        read_prices(tmp_path / "nowhere.toml")


def test_limits_are_kept_under_the_names_of_the_documentation() -> None:
    assert endpoint_of("GET", f"/2/users/{OWN_ID}/tweets", OWN_ID) == "GET /2/users/:own/tweets"
    assert endpoint_of("GET", f"/2/users/{ALICE}/tweets", OWN_ID) == "GET /2/users/:id/tweets"
    assert endpoint_of("POST", f"/2/dm_conversations/with/{ALICE}/messages", OWN_ID) == (
        "POST /2/dm_conversations/with/:id/messages"
    )
    assert endpoint_of("GET", "/2/tweets", OWN_ID) == "GET /2/tweets"


def test_new_words_are_asked_for_where_they_are_wanted() -> None:
    asked = {"tweet.fields": "created_at,note_tweet,referenced_tweets", "expansions": "referenced_tweets.id.author_id"}

    assert spoken(asked, "old") == asked
    assert spoken(asked, "new") == {"post.fields": "created_at,note_post,referenced_posts", "expansions": ""}


def test_ids_tell_when_they_were_made() -> None:
    assert instant_of(id_at(NOW)) == NOW
    assert instant_of("20") is None
    assert instant_of("9" * 25) is None


def test_an_unreadable_thing_keeps_its_bytes(fake: FakeX, client: XClient) -> None:
    fake.junk = [("mentions", {"id": "12", "text": 5})]

    (item,) = client.mentions().items

    assert isinstance(item, Unreadable)
    assert item.id == "12"
    assert json.loads(item.raw) == {"id": "12", "text": 5}
    assert fake.calls(TIMELINE) == []
