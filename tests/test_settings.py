"""Settings: where they come from, what is refused, and that secrets stay secret."""

import json
import os
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from models.errors import SetupError
from settings import LONGEST_SOCKET_PATH_BYTES, PREFIX, Settings, load

ROOT = Path(__file__).parents[1]
SECRET = "correct-horse-battery-staple"
SECRETS = (
    "BLUESKY_APP_PASSWORD",
    "CHATWOOT_TOKEN",
    "CHATWOOT_WEBHOOK_SECRET",
    "CRM_TOKEN",
    "DATABASE_URL",
    "FRESHDESK_KEY",
    "JIRA_TOKEN",
    "JIRA_WEBHOOK_SECRET",
    "LINK_KEY",
    "TRACES_TOKEN",
    "VAULT_KEY",
    "MAILBOX_PASSWORD",
    "MAILBOX_REFRESH_TOKEN",
    "MAILBOX_CLIENT_SECRET",
    "MASTODON_TOKEN",
    "META_APP_SECRET",
    "META_PAGE_TOKEN",
    "META_VERIFY_TOKEN",
    "METRICS_TOKEN",
    "REDIS_URL",
    "REQUEST_TRACKER_TOKEN",
    "SINGLE_SIGN_ON_CLIENT_SECRET",
    "SLACK_TOKEN",
    "TEAMS_URL",
    "TELEGRAM_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
    "THREADS_APP_SECRET",
    "THREADS_TOKEN",
    "WEBHOOK_SECRET",
    "WHATSAPP_TOKEN",
    "X_ACCESS_TOKEN",
    "X_ACCESS_TOKEN_SECRET",
    "X_BEARER_TOKEN",
    "X_CONSUMER_KEY",
    "X_CONSUMER_SECRET",
    "YOUTUBE_CLIENT_SECRET",
    "YOUTUBE_KEY",
    "YOUTUBE_REFRESH_TOKEN",
    "ZAMMAD_TOKEN",
    "ZAMMAD_WEBHOOK_SECRET",
    "ZENDESK_TOKEN",
    "ZENDESK_WEBHOOK_SECRET",
)


def from_environment(**values: str) -> Settings:
    return load({PREFIX + name: value for name, value in values.items()}, env_file=None)


def refusal(**values: str) -> str:
    with pytest.raises(SetupError) as caught:
        from_environment(**values)
    return str(caught.value)


def test_with_nothing_set_everything_runs_in_the_users_own_folder() -> None:
    settings = from_environment()
    assert settings.home.is_absolute()
    assert settings.store_url == f"sqlite:///{settings.home}/earshot.db"
    assert settings.redis_is_embedded
    assert settings.queue_url == f"unix://{settings.redis_socket}"


def test_an_unknown_setting_names_the_closest_one() -> None:
    assert refusal(WEBPORT="80") == (
        "unknown setting EARSHOT_WEBPORT: did you mean EARSHOT_WEB_PORT?; .env.example lists them all"
    )


def test_an_unknown_setting_like_none_of_ours_is_refused_without_a_guess() -> None:
    assert refusal(QQQQ="1") == "unknown setting EARSHOT_QQQQ; .env.example lists them all"


def test_variables_of_others_are_left_alone() -> None:
    assert load({"PATH": "/bin", "WEB_PORT": "99"}, env_file=None).web_port == Settings().web_port


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("EARSHOT_WEB_PORT=1111\nEARSHOT_FIRM_NAME='Acme Bank'\n")
    settings = load({"EARSHOT_WEB_PORT": "2222"}, env_file=file)
    assert (settings.web_port, settings.firm_name) == (2222, "Acme Bank")


def test_an_empty_value_counts_as_not_set() -> None:
    assert from_environment(WEB_PORT="", DATABASE_URL="") == from_environment()


def test_a_file_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert load({}, env_file=tmp_path / "none") == from_environment()


def test_the_example_file_changes_nothing_as_it_stands() -> None:
    assert load({}, env_file=ROOT / ".env.example") == from_environment()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_PORT", "http"),
        ("WEB_PORT", "65536"),
        ("JUDGE_PROCESSES", "0"),
        ("LEASE_SECONDS", "-1"),
        ("DESK", "jira"),
        ("LOG_FORMAT", "xml"),
        ("TIME_ZONE", "Australia/Sidney"),
        ("EXTRA_HOLIDAYS", "2026-13-01"),
        ("CALENDAR_MODE", "loosest"),
        ("CARD_SCHEME_DAYS", "0"),
        ("WEB_SECURE_COOKIES", "perhaps"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_the_value_and_what_is_wanted(name: str, value: str) -> None:
    message = refusal(**{name: value})
    assert message.startswith(f"EARSHOT_{name} = ")
    assert value in message
    assert str(Settings.model_fields[name.lower()].description) in message


def test_a_misspelt_time_zone_is_told_the_right_one() -> None:
    assert "did you mean Australia/Sydney?" in refusal(TIME_ZONE="Australia/Sidney")


def test_all_bad_values_are_named_at_once() -> None:
    message = refusal(WEB_PORT="x", JUDGE_BATCH="y")
    assert "EARSHOT_WEB_PORT" in message
    assert "EARSHOT_JUDGE_BATCH" in message


def test_dates_are_separated_by_commas() -> None:
    settings = from_environment(EXTRA_HOLIDAYS="2026-01-02, 2026-03-04,")
    assert settings.extra_holidays == {date(2026, 1, 2), date(2026, 3, 4)}


def test_every_setting_that_holds_a_secret_is_tested_as_one() -> None:
    typed = {name.upper() for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}
    assert typed == set(SECRETS)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_never_shown(name: str) -> None:
    settings = from_environment(**{name: SECRET})
    assert getattr(settings, name.lower()).get_secret_value() == SECRET
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json() + json.dumps(
        settings.model_dump(), default=str
    )


def test_settings_cannot_be_changed() -> None:
    settings = from_environment()
    with pytest.raises(ValidationError, match="frozen"):
        settings.web_port = 80


def test_a_tilde_in_home_is_the_users_folder() -> None:
    assert from_environment(HOME="~/elsewhere").home == Path.home() / "elsewhere"


def test_a_relative_home_is_taken_from_here_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert from_environment(HOME="data").home == tmp_path / "data"


def test_the_socket_lies_in_home() -> None:
    assert from_environment(HOME="/srv/earshot").redis_socket == Path("/srv/earshot/redis.sock")


def test_where_homes_path_is_too_long_the_socket_lies_in_a_short_folder_of_its_own() -> None:
    long = from_environment(HOME="/srv/" + "long/" * 30)
    other = from_environment(HOME="/srv/" + "long/" * 31)
    assert len(os.fsencode(long.redis_socket)) <= LONGEST_SOCKET_PATH_BYTES
    assert str(os.getuid()) in long.redis_socket.parent.name
    assert long.redis_socket != other.redis_socket
    assert long.redis_socket == from_environment(HOME="/srv/" + "long/" * 30).redis_socket


def test_length_is_counted_in_bytes() -> None:
    assert from_environment(HOME="/srv/" + "é" * 48).redis_socket.parent != Path("/srv/" + "é" * 48)


def test_other_servers_are_used_where_they_are_named() -> None:
    settings = from_environment(DATABASE_URL="postgresql://u:p@db/earshot", REDIS_URL="rediss://cache:6380/0")
    assert settings.store_url == "postgresql://u:p@db/earshot"
    assert settings.queue_url == "rediss://cache:6380/0"
    assert not settings.redis_is_embedded


@pytest.mark.parametrize(
    ("given", "denied"),
    [(" X , Facebook", {"x", "facebook"}), ("none", set()), ("None", set()), ("", {"twitter", "x"}), ("x", {"x"})],
)
def test_channels_not_to_learn_from_are_a_list_that_can_be_emptied_by_name(given: str, denied: set[str]) -> None:
    assert from_environment(TRAINING_CHANNELS_DENIED=given).training_channels_denied == denied


def test_our_contacts_and_the_accounts_of_brands_are_read_by_semicolon() -> None:
    settings = from_environment(
        PUBLISHED_CONTACTS="13 22 21; 40 Currawong Street, Sydney", BRAND_ACCOUNTS="Larkbank=larkbank larkbank_help;"
    )
    assert settings.published_contacts == ("13 22 21", "40 Currawong Street, Sydney")
    assert dict(settings.brand_accounts)["Larkbank"] == {"larkbank", "larkbank_help"}
    assert hash(settings) == hash(settings.model_copy())  # a client is kept by the settings it was opened with
    assert "'Larkbank' has no accounts; write Brand=account account" in refusal(BRAND_ACCOUNTS="Larkbank")
