"""Google's access tokens are made, kept, renewed, and never told to anybody else."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import jwt
import pytest
from pydantic import SecretStr

from connectors.google_answers import MissingError, StaleTokenError, refusal
from connectors.google_token import GoogleTokens, KeyFile, ServiceAccountGrant, read_key_file
from connectors.http import open_client
from connectors.oauth import Grant, RefreshGrant
from connectors.tokens import FileTokens, MemoryTokens, Tokens, TokenStore
from models.errors import AccessError, PermanentError, RetryableError, SetupError, UnknownOutcomeError
from tests.connectors.google_tokens import TOKEN_URL, FakeTokens, refused
from tests.connectors.keys import ec_key, rsa_key, rsa_public
from tests.vaults import VAULT

NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
REFRESH = RefreshGrant("client-id", SecretStr("client-secret"), SecretStr("refresh-token"))


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def fake() -> FakeTokens:
    return FakeTokens(scope="scope-b scope-a")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def open_tokens(
    fake: FakeTokens, clock: Clock, *, grant: Grant = REFRESH, store: TokenStore | None = None
) -> GoogleTokens:
    http = open_client("https://api.google.test", configured=(TOKEN_URL,), transport=httpx.MockTransport(fake.answer))
    return GoogleTokens(http, TOKEN_URL, grant, store=store, now=clock, sleep=lambda _: None)


class TestOfARefreshToken:
    def test_the_request_is_the_one_of_oauth(self, fake: FakeTokens, clock: Clock) -> None:
        assert open_tokens(fake, clock).current() == "token1"
        assert fake.forms == [
            {
                "grant_type": "refresh_token",
                "client_id": "client-id",
                "client_secret": "client-secret",
                "refresh_token": "refresh-token",
            }
        ]

    def test_it_is_made_once_and_kept_while_it_is_good(self, fake: FakeTokens, clock: Clock) -> None:
        tokens = open_tokens(fake, clock)

        first = tokens.current()
        clock.at += timedelta(minutes=57)

        assert tokens.current() == first
        assert len(fake.forms) == 1

    def test_it_is_renewed_shortly_before_it_ends(self, fake: FakeTokens, clock: Clock) -> None:
        tokens = open_tokens(fake, clock)
        tokens.current()

        clock.at += timedelta(minutes=58)

        assert tokens.current() == "token2"

    def test_a_stale_one_is_renewed_at_once(self, fake: FakeTokens, clock: Clock) -> None:
        tokens = open_tokens(fake, clock)

        assert tokens.renew(tokens.current()) == "token2"

    def test_whoever_comes_late_takes_the_new_one(self, fake: FakeTokens, clock: Clock) -> None:
        store = MemoryTokens()
        one, other = open_tokens(fake, clock, store=store), open_tokens(fake, clock, store=store)
        stale = one.current()

        assert one.renew(stale) == "token2"
        assert other.renew(stale) == "token2"
        assert len(fake.forms) == 2

    def test_a_new_refresh_token_takes_the_place_of_the_old(self, fake: FakeTokens, clock: Clock) -> None:
        tokens = open_tokens(fake, clock)
        fake.extra = {"refresh_token": "newer"}
        tokens.current()
        fake.extra = {}

        tokens.renew("token1")
        tokens.renew("token2")

        assert [form["refresh_token"] for form in fake.forms] == ["refresh-token", "newer", "newer"]

    def test_scopes_are_those_of_a_fresh_token(self, fake: FakeTokens, clock: Clock) -> None:
        assert open_tokens(fake, clock).scopes() == ("scope-a", "scope-b")


class TestOfAServiceAccount:
    def grant(self) -> ServiceAccountGrant:
        fields = {"client_email": "earshot@larkbank.iam.test", "private_key": rsa_key(), "private_key_id": "key-1"}
        return ServiceAccountGrant(KeyFile.model_validate(fields), "scope-a")

    def test_the_assertion_is_signed_short_lived_and_for_google_alone(self, fake: FakeTokens, clock: Clock) -> None:
        open_tokens(fake, clock, grant=self.grant()).current()

        (form,) = fake.forms
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(
            form["assertion"],
            rsa_public(),
            algorithms=["RS256"],
            audience=TOKEN_URL,
            options={"verify_exp": False, "verify_iat": False},
        )
        assert claims == {
            "iss": "earshot@larkbank.iam.test",
            "scope": "scope-a",
            "aud": TOKEN_URL,
            "iat": int(NOW.timestamp()),
            "exp": int(NOW.timestamp()) + 1800,
        }
        assert jwt.get_unverified_header(form["assertion"]) == {"alg": "RS256", "kid": "key-1", "typ": "JWT"}

    @pytest.mark.parametrize("key", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    def test_a_key_that_cannot_sign_needs_a_person(self, fake: FakeTokens, clock: Clock, key: str) -> None:
        grant = ServiceAccountGrant(KeyFile.model_validate({"client_email": "a", "private_key": key}), "scope")

        with pytest.raises(AccessError) as raised:
            open_tokens(fake, clock, grant=grant).current()
        assert "AAAA" not in str(raised.value)

    def test_a_key_of_another_kind_is_too(self, fake: FakeTokens, clock: Clock) -> None:
        grant = ServiceAccountGrant(KeyFile.model_validate({"client_email": "a", "private_key": ec_key()}), "scope")

        with pytest.raises(AccessError):
            open_tokens(fake, clock, grant=grant).current()


class TestTheKeyFile:
    def test_it_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "key.json"
        path.write_text(json.dumps({"type": "service_account", "client_email": "a@b", "private_key": "secret words"}))

        key = read_key_file(path, setting="EARSHOT_THIS")

        assert key.client_email == "a@b"
        assert "secret words" not in repr(key)

    @pytest.mark.parametrize("content", [b"", b"secret words", b"[]", b'{"client_email": "secret words"}', b"\xff\xfe"])
    def test_what_is_none_names_the_setting_and_nothing_of_the_file(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "key.json"
        path.write_bytes(content)

        with pytest.raises(SetupError, match="EARSHOT_THIS") as raised:
            read_key_file(path, setting="EARSHOT_THIS")
        assert "secret words" not in str(raised.value)

    def test_one_that_is_not_there_names_the_setting(self, tmp_path: Path) -> None:
        with pytest.raises(SetupError, match="EARSHOT_THIS"):
            read_key_file(tmp_path / "none.json", setting="EARSHOT_THIS")


class TestWhereTheyAreKept:
    def test_another_process_uses_the_same(self, fake: FakeTokens, clock: Clock, tmp_path: Path) -> None:
        def store() -> FileTokens:
            return FileTokens(tmp_path, vault=VAULT, vendor="youtube", account="ours", given="refresh-token")

        first = open_tokens(fake, clock, store=store()).current()

        assert open_tokens(fake, clock, store=store()).current() == first
        assert len(fake.forms) == 1

    def test_only_their_owner_can_read_them(self, fake: FakeTokens, clock: Clock, tmp_path: Path) -> None:
        store = FileTokens(tmp_path, vault=VAULT, vendor="youtube", account="ours", given="refresh-token")
        open_tokens(fake, clock, store=store).current()

        paths = list(tmp_path.iterdir())
        assert sum(path.suffix == ".json" for path in paths) == 1
        assert all(path.stat().st_mode & 0o077 == 0 for path in paths)
        assert not any("refresh-token" in path.name for path in paths)

    @pytest.mark.parametrize("is_stale", [False, True], ids=["ended", "refused"])
    def test_two_that_renew_at_once_make_one(
        self, fake: FakeTokens, clock: Clock, tmp_path: Path, is_stale: bool
    ) -> None:
        """A refresh token may be good for one use: the second would ask with one that is spent."""

        def store() -> FileTokens:
            return FileTokens(tmp_path, vault=VAULT, vendor="youtube", account="ours", given="refresh-token")

        asked, go_on = threading.Event(), threading.Event()

        def slowly(request: httpx.Request) -> httpx.Response:
            asked.set()
            go_on.wait(5)
            return fake.answer(request)

        def renew(tokens: GoogleTokens) -> str:
            return tokens.renew("stale") if is_stale else tokens.current()

        store().save(Tokens(access_token="stale", expires_at=NOW))
        slow = GoogleTokens(
            open_client("https://api.google.test", configured=(TOKEN_URL,), transport=httpx.MockTransport(slowly)),
            TOKEN_URL,
            REFRESH,
            store=store(),
            now=clock,
            sleep=lambda _: None,
        )
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(renew, slow)
            assert asked.wait(5)
            second = pool.submit(renew, open_tokens(fake, clock, store=store()))
            with pytest.raises(TimeoutError):
                second.result(0.2)
            go_on.set()
            assert first.result(5) == second.result(5) == "token1"
        assert len(fake.forms) == 1

    def test_those_of_another_grant_are_not_used(self, fake: FakeTokens, clock: Clock, tmp_path: Path) -> None:
        FileTokens(tmp_path, vault=VAULT, vendor="youtube", account="ours", given="old").save(
            Tokens(access_token="token0")
        )
        store = FileTokens(tmp_path, vault=VAULT, vendor="youtube", account="ours", given="new")

        assert open_tokens(fake, clock, store=store).current() == "token1"

    def test_a_file_that_cannot_be_read_is_made_anew(self, fake: FakeTokens, clock: Clock, tmp_path: Path) -> None:
        store = FileTokens(tmp_path, vault=VAULT, vendor="youtube", account="ours", given="new")
        store.save(Tokens(access_token="token0"))
        next(tmp_path.glob("*.json")).write_text("{")

        assert open_tokens(fake, clock, store=store).current() == "token1"


class TestWhenItIsRefused:
    @pytest.mark.parametrize(
        ("status", "word"),
        [(400, "invalid_grant"), (401, "invalid_client"), (400, "invalid_scope"), (403, "org_internal")],
    )
    def test_a_person_is_told_what_google_said(self, fake: FakeTokens, clock: Clock, status: int, word: str) -> None:
        fake.failures = [httpx.Response(status, json={"error": word, "error_description": "refresh-token is bad"})]

        with pytest.raises(AccessError, match=word) as raised:
            open_tokens(fake, clock).current()
        assert "refresh-token" not in str(raised.value)
        assert "client-secret" not in str(raised.value)

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"[]", b'{"error": {"a": 1}}', b'{"error": "a secret \\n word!"}', b"[" * 100_000]
    )
    def test_what_is_no_word_is_not_repeated(self, fake: FakeTokens, clock: Clock, body: bytes) -> None:
        fake.failures = [httpx.Response(400, content=body)]

        with pytest.raises(AccessError, match="400") as raised:
            open_tokens(fake, clock).current()
        assert "secret" not in str(raised.value)

    @pytest.mark.parametrize("outcome", [httpx.Response(503), httpx.ReadTimeout("slow"), httpx.ConnectError("none")])
    def test_what_may_pass_is_tried_again(
        self, fake: FakeTokens, clock: Clock, outcome: httpx.Response | Exception
    ) -> None:
        fake.failures = [outcome]
        assert open_tokens(fake, clock).current() == "token2"

        fake.failures = [outcome] * 5
        with pytest.raises(RetryableError) as raised:
            open_tokens(fake, clock).current()
        assert not isinstance(raised.value, UnknownOutcomeError)

    @pytest.mark.parametrize(
        "body", [b"", b"{}", b"<html>502</html>", b'{"access_token": "tok', b'{"access_token": 1}']
    )
    def test_an_answer_that_is_none_is_tried_again_later(self, fake: FakeTokens, clock: Clock, body: bytes) -> None:
        fake.failures = [httpx.Response(200, content=body)]

        with pytest.raises(RetryableError) as raised:
            open_tokens(fake, clock).current()
        assert "tok" not in str(raised.value).replace("token", "")

    def test_nothing_of_it_is_logged(self, fake: FakeTokens, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        fake.failures = [httpx.Response(400, json={"error": "invalid_grant"})]

        with pytest.raises(AccessError):
            open_tokens(fake, clock).current()
        open_tokens(fake, clock).current()

        assert not [word for word in ("refresh-token", "client-secret", "token2") if word in caplog.text]


class TestWhatGooglesApisSay:
    """`google_answers.refusal`: None leaves it to the table all vendors share."""

    def read(self, response: httpx.Response, now: datetime = NOW) -> Exception | None:
        return refusal(response, "google: GET things", now=lambda: now)

    def test_401_is_a_stale_token(self) -> None:
        assert isinstance(self.read(refused(401, "authError")), StaleTokenError)

    def test_404_is_something_that_is_not_there(self) -> None:
        assert isinstance(self.read(refused(404, "notFound")), MissingError)

    @pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded"])
    @pytest.mark.parametrize(
        ("now", "midnight"),
        [
            (NOW, datetime(2026, 6, 6, 7, 0, tzinfo=UTC)),
            (datetime(2026, 1, 5, 7, 30, tzinfo=UTC), datetime(2026, 1, 5, 8, 0, tzinfo=UTC)),
        ],
    )
    def test_units_that_are_used_up_come_back_at_midnight_pacific(
        self, reason: str, now: datetime, midnight: datetime
    ) -> None:
        error = self.read(refused(403, reason), now)

        assert isinstance(error, RetryableError)
        assert error.retry_after_seconds == (midnight - now).total_seconds()

    def test_going_too_fast_waits_a_minute(self) -> None:
        error = self.read(refused(403, "userRateLimitExceeded"))

        assert isinstance(error, RetryableError)
        assert error.retry_after_seconds == 60

    def test_a_limit_that_names_a_time_is_left_to_the_table(self) -> None:
        assert self.read(refused(429, "rateLimitExceeded", headers={"retry-after": "7"})) is None

    def test_the_newer_form_is_read_too(self) -> None:
        body = {"error": {"code": 429, "details": [{"@type": "…ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}]}}

        assert isinstance(self.read(httpx.Response(429, json=body)), RetryableError)

    def test_a_refused_key_is_one_although_it_is_a_400(self) -> None:
        body = {"error": {"errors": [{"reason": "badRequest"}], "details": [{"reason": "API_KEY_INVALID"}]}}

        assert isinstance(self.read(httpx.Response(400, json=body)), AccessError)

    def test_an_item_that_is_closed_says_nothing_of_the_credential(self) -> None:
        assert isinstance(self.read(refused(403, "commentsDisabled")), PermanentError)

    def test_a_failure_to_process_may_pass(self) -> None:
        assert isinstance(self.read(refused(400, "processingFailure")), RetryableError)

    @pytest.mark.parametrize("status", [400, 402, 403, 409, 429, 500, 503])
    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"[]", b'{"error": "word"}', b'{"error": {"errors": 7}}', b"\xff"]
    )
    def test_what_cannot_be_read_is_left_to_the_table(self, status: int, body: bytes) -> None:
        assert self.read(httpx.Response(status, content=body)) is None


@pytest.mark.parametrize("status", [301, 404, 405])
def test_an_address_where_no_tokens_are_made_is_said_at_once(clock: Clock, status: int) -> None:
    http = open_client(
        "https://api.google.test",
        configured=(TOKEN_URL,),
        transport=httpx.MockTransport(lambda _: httpx.Response(status)),
    )
    with pytest.raises(AccessError, match=str(status)):
        GoogleTokens(http, TOKEN_URL, REFRESH, now=clock, sleep=lambda _: None).current()
