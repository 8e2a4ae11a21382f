"""Faults of the wire: rate limits, servers that break, answers that never come; and where the session is kept."""

import stat
import time
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.session import FileSessions
from connectors.bluesky.wire import Session
from models.errors import AccessError, PermanentError, RetryableError
from tests.fakes.bluesky import HANDLE, PASSWORD, FakeBluesky, refused
from tests.vaults import VAULT

LIST = "app.bsky.notification.listNotifications"
LOGIN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"


def test_a_rate_limit_tells_when_it_ends_in_epoch_seconds(fake: FakeBluesky, client: BlueskyClient) -> None:
    reset = str(int(time.time()) + 120)
    fake.fail(LIST, refused(429, "RateLimitExceeded", headers={"ratelimit-reset": reset}))

    with pytest.raises(RetryableError) as error:
        client.notifications()

    assert 110 < (error.value.retry_after_seconds or 0) <= 120
    assert fake.slept == []


def test_without_a_reset_the_wait_is_what_retry_after_says(fake: FakeBluesky, client: BlueskyClient) -> None:
    fake.fail(LIST, refused(429, "RateLimitExceeded", headers={"retry-after": "17"}))

    with pytest.raises(RetryableError) as error:
        client.notifications()

    assert error.value.retry_after_seconds == 17


def test_a_rate_limit_at_login_is_no_wrong_password(fake: FakeBluesky, client: BlueskyClient) -> None:
    fake.fail(LOGIN, refused(429, "RateLimitExceeded", headers={"retry-after": "60"}))

    with pytest.raises(RetryableError):
        client.notifications()

    assert client.notifications().items == ()


@pytest.mark.parametrize(
    "fault",
    [
        refused(500, "InternalServerError"),
        refused(502, "UpstreamFailure"),
        httpx.ConnectError("down"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
    ],
)
def test_a_read_is_tried_three_times(
    fake: FakeBluesky, client: BlueskyClient, fault: httpx.Response | Exception
) -> None:
    fake.fail(LIST, fault, fault)

    assert client.notifications().items == ()
    assert len(fake.slept) == 2

    fake.fail(LIST, fault, fault, fault)
    with pytest.raises(RetryableError):
        client.notifications()


def test_a_refusal_that_is_not_about_us_is_permanent(fake: FakeBluesky, client: BlueskyClient) -> None:
    fake.fail(LIST, refused(400, "InvalidRequest"))

    with pytest.raises(PermanentError):
        client.notifications()


def test_a_refusal_that_is_not_json_is_read_by_its_status(fake: FakeBluesky, client: BlueskyClient) -> None:
    fake.fail(LIST, httpx.Response(400, text="<html>"), httpx.Response(401, text="<html>"))

    with pytest.raises(PermanentError):
        client.notifications()
    with pytest.raises(AccessError):
        client.notifications()


def test_a_forbidden_account_switches_the_connector_off(fake: FakeBluesky, client: BlueskyClient) -> None:
    fake.fail(LIST, refused(403, "AccountTakedown"))

    with pytest.raises(AccessError):
        client.notifications()


@pytest.mark.parametrize("error", ["AccountTakedown", "AuthFactorTokenRequired", "InvalidRequest"])
@pytest.mark.parametrize("status", [400, 401, 403])
def test_any_refused_login_is_an_access_error(
    fake: FakeBluesky, client: BlueskyClient, status: int, error: str
) -> None:
    fake.fail(LOGIN, refused(status, error))

    with pytest.raises(AccessError):
        client.own_did()


def test_a_refresh_that_only_breaks_does_not_use_up_a_login(fake: FakeBluesky, client: BlueskyClient) -> None:
    client.notifications()
    fake.expire_access()
    fake.fail(REFRESH, *[refused(503, "NotEnoughResources")] * 3)

    with pytest.raises(RetryableError):
        client.notifications()

    assert len(fake.calls(LOGIN)) == 1


def test_the_password_and_the_tokens_are_never_shown(fake: FakeBluesky, client: BlueskyClient) -> None:
    client.notifications()
    session = Session(did="did:plc:a", access_jwt="secret-access", refresh_jwt="secret-refresh")

    shown = f"{client!r} {vars(client)!r} {session!r} {session} {[session]}"

    assert PASSWORD not in shown
    assert "secret-" not in shown


class TestAKeptSession:
    def open(self, fake: FakeBluesky, folder: Path) -> BlueskyClient:
        """As another process would."""
        service = "https://bluesky.test"
        return BlueskyClient(
            service,
            handle=HANDLE,
            app_password=SecretStr(PASSWORD),
            sessions=FileSessions(folder, vault=VAULT, service_url=service, handle=HANDLE),
            transport=fake.transport,
            sleep=fake.slept.append,
        )

    def test_another_process_does_not_log_in_again(self, fake: FakeBluesky, tmp_path: Path) -> None:
        for _ in range(3):
            self.open(fake, tmp_path).notifications()

        assert len(fake.calls(LOGIN)) == 1

    def test_a_process_takes_what_another_has_refreshed(self, fake: FakeBluesky, tmp_path: Path) -> None:
        one, two = self.open(fake, tmp_path), self.open(fake, tmp_path)
        one.notifications()
        two.notifications()
        fake.expire_access()

        one.notifications()
        two.notifications()

        assert len(fake.calls(REFRESH)) == 1

    def test_two_processes_whose_token_expires_at_once_refresh_it_once(self, fake: FakeBluesky, tmp_path: Path) -> None:
        one, two = self.open(fake, tmp_path), self.open(fake, tmp_path)
        two.notifications()
        fake.expire_access()

        def the_other_is_quicker(fake: FakeBluesky) -> None:
            del fake.before[LIST]
            one.notifications()
            fake.fail(LIST, refused(400, "ExpiredToken"))

        fake.before[LIST] = the_other_is_quicker
        two.notifications()

        assert len(fake.calls(REFRESH)) == 1
        assert len(fake.calls(LOGIN)) == 1

    def test_only_its_owner_may_read_it(self, fake: FakeBluesky, tmp_path: Path) -> None:
        self.open(fake, tmp_path / "sessions").notifications()

        (file,) = (tmp_path / "sessions").glob("*.json")

        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_a_broken_file_costs_one_login(self, fake: FakeBluesky, tmp_path: Path) -> None:
        self.open(fake, tmp_path).notifications()
        (file,) = tmp_path.glob("*.json")
        file.write_text("{")

        self.open(fake, tmp_path).notifications()

        assert len(fake.calls(LOGIN)) == 2

    def test_two_accounts_do_not_share_one(self, tmp_path: Path) -> None:
        service = "https://bluesky.test"
        one = FileSessions(tmp_path, vault=VAULT, service_url=service, handle="one.test")
        two = FileSessions(tmp_path, vault=VAULT, service_url=service, handle="two.test")

        one.save(Session(did="did:plc:a", access_jwt="a", refresh_jwt="b"))

        assert two.load() is None
