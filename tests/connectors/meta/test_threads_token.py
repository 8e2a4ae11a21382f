"""The token of Threads is renewed in time, kept, and said to be in trouble before it ends."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from connectors.meta.connector import META
from models.errors import AccessError
from settings import Settings
from tests.connectors.meta.test_looking import tools
from tests.connectors.meta.worlds import ThreadsWorld
from tests.fakes import meta
from tests.fakes.meta import NOW, THREADS_TOKEN, FakeMeta, refused


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        meta_app_secret=meta.SECRET,
        meta_verify_token=meta.VERIFY,
        threads_user_id=meta.THREADS_USER,
        threads_token=THREADS_TOKEN,
    )


def probe(settings: Settings, fake: FakeMeta) -> tuple[str, ...]:
    return META.probe(settings, tools(fake)).missing


def renewals(fake: FakeMeta) -> list[str]:
    return [each.url.params["access_token"] for each in fake.calls("GET") if "refresh" in each.url.path]


def used(settings: Settings, fake: FakeMeta) -> str:
    """The token that answers are sent with."""
    world = ThreadsWorld()
    world.fake = fake
    META.channels["threads"](settings, tools(fake)).surroundings([world.mention()])
    return fake.requests[-1].headers["authorization"].removeprefix("Bearer ")


def test_the_first_look_renews_it_so_that_its_end_is_known(settings: Settings, fake: FakeMeta) -> None:
    credential = META.probe(settings, tools(fake))

    assert credential.valid_until == NOW + timedelta(days=60)
    assert credential.missing == ()
    assert used(settings, fake) in set(fake.threads_tokens) - {THREADS_TOKEN}


def test_then_it_rests_until_few_days_are_left(settings: Settings, fake: FakeMeta) -> None:
    probe(settings, fake)
    fake.now += timedelta(days=39)
    probe(settings, fake)
    assert len(renewals(fake)) == 1

    fake.now += timedelta(days=2)
    credential = META.probe(settings, tools(fake))

    assert credential.valid_until == fake.now + timedelta(days=60)
    assert renewals(fake) == [THREADS_TOKEN, *(set(fake.threads_tokens) - {THREADS_TOKEN, used(settings, fake)})]


def test_how_few_is_a_setting(settings: Settings, fake: FakeMeta) -> None:
    early = settings.model_copy(update={"threads_renew_days": 59})
    probe(early, fake)
    fake.now += timedelta(days=2)

    probe(early, fake)

    assert len(renewals(fake)) == 2


def test_renewed_day_by_day_it_lives_for_years(settings: Settings, fake: FakeMeta) -> None:
    for _ in range(400):
        fake.now += timedelta(days=1)
        assert probe(settings, fake) == ()

    assert used(settings, fake) in fake.threads_tokens
    assert len(renewals(fake)) < 12


def test_one_that_was_made_today_is_used_as_it_is_and_renewed_later(settings: Settings, fake: FakeMeta) -> None:
    fake.threads_tokens = {THREADS_TOKEN: (NOW, NOW + timedelta(days=60))}

    assert META.probe(settings, tools(fake)).valid_until is None
    assert probe(settings, fake) == ()
    assert used(settings, fake) == THREADS_TOKEN
    fake.now += timedelta(days=1, hours=2)

    assert META.probe(settings, tools(fake)).valid_until == fake.now + timedelta(days=60)


@pytest.mark.parametrize(
    "outcome",
    [refused(10, status=403), refused(1), httpx.Response(502), httpx.ConnectError("no"), httpx.Response(200, json={})],
    ids=["refused", "a fault of theirs", "502", "no connection", "an answer that is none"],
)
def test_a_renewal_that_fails_says_so_while_the_token_is_still_good(
    settings: Settings, fake: FakeMeta, outcome: httpx.Response | Exception
) -> None:
    probe(settings, fake)
    ends, fake.now = NOW + timedelta(days=60), NOW + timedelta(days=45)
    fake.fail("refresh", *[outcome] * 3)

    credential = META.probe(settings, tools(fake))

    (said,) = credential.missing
    assert f"ends {ends:%Y-%m-%d}" in said
    assert "EARSHOT_THREADS_TOKEN" in said
    assert credential.valid_until == ends
    assert used(settings, fake) in fake.threads_tokens
    fake.failures = []
    assert probe(settings, fake) == (), "the next day it may work"


def test_a_renewal_that_fails_keeps_the_token_that_another_process_renewed_meanwhile(
    settings: Settings, fake: FakeMeta
) -> None:
    """Both begin at once: here this one is slower."""
    fake.fail("refresh", *[refused(10, status=403)] * 3)

    def renewed_by_another(attempt: httpx.Request) -> httpx.Response:
        answer = fake.transport.handle_request(attempt)
        if "refresh" in attempt.url.path and not answer.is_success:
            fake.failures = []
            META.probe(settings, tools(fake))
        return answer

    slow = replace(tools(fake), transport=httpx.MockTransport(renewed_by_another))

    assert META.probe(settings, slow).missing == ()
    assert used(settings, fake) in set(fake.threads_tokens) - {THREADS_TOKEN}


def test_a_process_that_runs_on_uses_the_token_that_another_renewed(settings: Settings, fake: FakeMeta) -> None:
    channel, world = META.channels["threads"](settings, tools(fake)), ThreadsWorld()
    world.fake = fake
    channel.surroundings([world.mention()])
    probe(settings, fake)

    channel.surroundings([world.mention()])

    given = fake.requests[-1].headers["authorization"].removeprefix("Bearer ")
    assert given in set(fake.threads_tokens) - {THREADS_TOKEN}


def test_one_whose_end_is_not_known_says_how_long_it_may_last(settings: Settings, fake: FakeMeta) -> None:
    fake.fail("refresh", *[refused(10, status=403)] * 6)
    assert probe(settings, fake) == ()
    fake.now += timedelta(days=2)

    assert "at most 60 days" in probe(settings, fake)[0]


def test_one_that_has_ended_needs_a_person(settings: Settings, fake: FakeMeta) -> None:
    probe(settings, fake)
    fake.now += timedelta(days=61)

    with pytest.raises(AccessError, match="token is no longer good"):
        probe(settings, fake)


def test_a_new_one_in_the_settings_takes_its_place(settings: Settings, fake: FakeMeta) -> None:
    probe(settings, fake)
    fake.threads_tokens["made anew"] = (fake.now, fake.now + timedelta(days=60))

    assert used(Settings(**{**settings.model_dump(), "threads_token": "made anew"}), fake) == "made anew"


def test_it_is_renewed_even_where_another_token_is_dead(settings: Settings, fake: FakeMeta) -> None:
    broken = Settings(**{**settings.model_dump(), "meta_page_id": meta.PAGE, "meta_page_token": "dead"})
    with pytest.raises(AccessError):
        probe(broken, fake)

    assert renewals(fake) == [THREADS_TOKEN]


def test_only_its_owner_can_read_it_and_nothing_of_it_is_said(
    settings: Settings, fake: FakeMeta, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="earshot")
    probe(settings, fake)
    fake.now += timedelta(days=50)
    fake.fail("refresh", refused(10, status=403))

    said = probe(settings, fake)

    kept = [path for path in tmp_path.iterdir() if path.name.startswith("threads-")]
    assert [path.stat().st_mode & 0o077 for path in kept] == [0]
    assert not [token for token in fake.threads_tokens if token in caplog.text + "".join(said)]
