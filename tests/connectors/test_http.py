"""The table from a failed answer to what happens next, for every vendor."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from connectors.http import open_client, retry_after_seconds, send
from models.errors import AccessError, EarshotError, PermanentError, RetryableError, UnknownOutcomeError


class Server:
    """Gives its outcomes one after the other, then 200."""

    def __init__(self, *outcomes: httpx.Response | Exception) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        outcome = self.outcomes.pop(0) if self.outcomes else httpx.Response(200)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def send(self, method: str = "GET", path: str = "/thing", **arguments: object) -> httpx.Response:
        with open_client("https://vendor.test", transport=httpx.MockTransport(self.answer)) as client:
            return send(client, method, path, vendor="vendor", sleep=self.slept.append, **arguments)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_refused_credentials_switch_the_connector_off(status: int) -> None:
    server = Server(httpx.Response(status))

    with pytest.raises(AccessError):
        server.send()
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [302, 400, 404, 409, 410, 413, 422])
def test_what_is_refused_as_it_stands_is_never_tried_again(status: int) -> None:
    server = Server(httpx.Response(status))

    with pytest.raises(PermanentError):
        server.send()
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_read_that_met_a_bad_moment_is_tried_three_times_in_all(status: int) -> None:
    server = Server(*[httpx.Response(status)] * 2)

    assert server.send().status_code == 200
    assert len(server.requests) == 3

    with pytest.raises(RetryableError) as error:
        Server(*[httpx.Response(status)] * 3).send()
    assert not isinstance(error.value, UnknownOutcomeError)


@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_a_write_that_met_a_bad_moment_may_have_taken_effect(status: int) -> None:
    server = Server(httpx.Response(status))

    with pytest.raises(UnknownOutcomeError):
        server.send("POST")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_write_that_was_asked_to_wait_certainly_did_nothing(status: int) -> None:
    with pytest.raises(RetryableError) as error:
        Server(httpx.Response(status)).send("POST")

    assert not isinstance(error.value, UnknownOutcomeError)


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError("cut"),
        httpx.RemoteProtocolError("garbage"),
        httpx.DecodingError("not gzip"),
    ],
)
def test_a_write_without_an_answer_may_have_taken_effect(fault: Exception) -> None:
    server = Server(fault)

    with pytest.raises(UnknownOutcomeError):
        server.send("POST")
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", [httpx.ConnectError("down"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full")])
def test_a_write_that_never_left_us_certainly_did_nothing(fault: Exception) -> None:
    with pytest.raises(RetryableError) as error:
        Server(fault).send("POST")

    assert not isinstance(error.value, UnknownOutcomeError)


def test_a_write_that_may_be_repeated_is() -> None:
    server = Server(httpx.ReadTimeout("slow"), httpx.Response(500))

    assert server.send("PUT", repeatable=True).status_code == 200
    assert len(server.requests) == 3


def test_a_long_wait_is_handed_to_the_caller_at_once() -> None:
    server = Server(httpx.Response(429, headers={"Retry-After": "30"}))

    with pytest.raises(RetryableError) as error:
        server.send()

    assert error.value.retry_after_seconds == 30
    assert server.slept == []


def test_a_message_names_the_place_and_holds_nothing_of_the_request() -> None:
    server = Server(httpx.Response(400, text="your token secret-token is bad"))

    with pytest.raises(PermanentError) as error:
        server.send("POST", "/thing?key=secret-key", json={"text": "secret-words"}, headers={"X": "secret-header"})

    assert "vendor: POST /thing" in str(error.value)
    assert "secret" not in str(error.value)


def test_a_vendors_own_reading_comes_before_the_table() -> None:
    class VendorSaysNo(EarshotError):
        pass

    def reading(response: httpx.Response, where: str) -> EarshotError | None:
        return VendorSaysNo(where) if response.text == "no" else None

    with pytest.raises(VendorSaysNo):
        Server(httpx.Response(400, text="no")).send(reading=reading)
    with pytest.raises(AccessError):
        Server(httpx.Response(403, text="other")).send(reading=reading)


def dates() -> Iterator[str]:
    soon = datetime.now(UTC) + timedelta(seconds=90)
    yield format_datetime(soon, usegmt=True)
    yield format_datetime(soon.replace(tzinfo=None))  # ends in "-0000": no zone


@pytest.mark.parametrize("form", [0, 1])
def test_a_wait_until_a_date_is_counted_in_seconds(form: int) -> None:
    date = list(dates())[form]

    wait = retry_after_seconds(httpx.Response(429, headers={"Retry-After": date}))

    assert wait is not None
    assert 80 < wait <= 90


@pytest.mark.parametrize(("header", "seconds"), [("0", 0.0), (" 5 ", 5.0), ("", None), ("soon", None), ("-5", None)])
def test_a_wait_in_seconds_is_read_or_left(header: str, seconds: float | None) -> None:
    assert retry_after_seconds(httpx.Response(429, headers={"Retry-After": header})) == seconds


def test_a_wait_until_yesterday_is_none_at_all() -> None:
    yesterday = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)

    assert retry_after_seconds(httpx.Response(429, headers={"Retry-After": yesterday})) == 0
