"""`earshot connect` with connectors of our own: what it asks, keeps, tries and never shows."""

import stat
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from dotenv import dotenv_values

import cli_connect
from connectors.connector import Connector, Credential, DeskConnector, Need, Tools, needed
from connectors.desk_in_memory import DeskInMemory
from models.errors import AccessError, RetryableError, SetupError
from settings import Settings
from tests.cli.conftest import Earshot

SECRET = "correct horse battery staple"
NEEDS = (
    Need("bluesky_handle", "The handle of the account."),
    Need("bluesky_app_password", "An app password: Settings, App passwords."),
    Need("bluesky_jetstream", "A Jetstream, if there is one.", is_required=False),
)
FOUND = Credential("@larkbank", datetime.now(UTC) + timedelta(days=30, minutes=5), ("read", "write"))


class Platform:
    """What the probe meets."""

    def __init__(self) -> None:
        self.answer: Credential | Exception = FOUND
        self.probed: list[Settings] = []

    def probe(self, settings: Settings, tools: Tools) -> Credential:
        self.probed.append(settings)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    platform = Platform()
    lark = Connector(
        name="lark",
        title="The Lark Network",
        is_on=lambda settings: settings.bluesky_handle is not None,
        needs=NEEDS,
        probe=platform.probe,
        channels={"lark": no_channel},
        receivers={"lark": no_channel},
    )
    monkeypatch.setattr(cli_connect, "CONNECTORS", {"lark": lark})
    desk = DeskConnector(
        name="webhook",
        title="Signed webhook",
        needs=(Need("webhook_url", "The address."), Need("webhook_secret", "The secret.")),
        open=lambda settings, tools: open_desk(settings),
    )
    told = DeskConnector(
        name="slack",
        title="Slack",
        needs=(Need("slack_token", "A token."),),
        open=lambda settings, tools: DeskInMemory(),
        is_notification=True,
    )
    monkeypatch.setattr(cli_connect, "DESKS", {"webhook": desk, "slack": told})
    return platform


def no_channel(settings: Settings, tools: Tools) -> None:
    raise AssertionError("nothing is opened here")


def open_desk(settings: Settings) -> DeskInMemory:
    needed(settings, "webhook_url", "the desk")
    return DeskInMemory()


Typed = Callable[..., list[tuple[str, bool]]]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, earshot: Earshot) -> Typed:
    """Somebody sits at a terminal and types these, by variable; gives what was asked, and whether it was hidden."""

    def sits_down(answers: Mapping[str, str], *, agrees: bool = True) -> list[tuple[str, bool]]:
        asked: list[tuple[str, bool]] = []

        def prompt(text: str, *, hide_input: bool, **_: object) -> str:
            asked.append((text.split(" ")[0], hide_input))
            return answers.get(text.split(" ")[0], "")

        monkeypatch.setattr(typer, "prompt", prompt)
        monkeypatch.setattr(typer, "confirm", lambda *_, **__: agrees)
        monkeypatch.setattr("tests.cli.conftest.TextIOWrapper", AtTerminal)
        return asked

    return sits_down


class AtTerminal:
    def __init__(self, *_: object) -> None:
        self.encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_BLUESKY_HANDLE", "lark.test")
    monkeypatch.setenv("EARSHOT_BLUESKY_APP_PASSWORD", SECRET)


class TestWithoutAName:
    def test_everything_that_can_be_connected_is_listed_with_what_it_is_and_whether_it_is_on(
        self, earshot: Earshot, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given(monkeypatch)
        done = earshot("connect")

        assert done.code == 0
        lark, webhook, slack = done.out.splitlines()[1:]
        assert lark.split() == ["lark", "The", "Lark", "Network", "channel", "on"]
        assert webhook.split() == ["webhook", "Signed", "webhook", "desk", "off"]
        assert slack.split() == ["slack", "Slack", "notification", "off"]
        assert SECRET not in done.out + done.err
        assert platform.probed == []

    def test_the_real_ones_are_listed(self, earshot: Earshot) -> None:
        done = earshot("connect")

        assert done.code == 0
        assert "bluesky" in done.out
        assert "request_tracker" in done.out

    def test_a_wrong_name_is_answered_with_the_right_ones(self, earshot: Earshot, platform: Platform) -> None:
        done = earshot("connect", "larks")

        assert done.code == 2
        assert "did you mean lark?" in done.err


class TestChecking:
    def test_what_works_is_said_with_account_scopes_and_how_long(
        self, earshot: Earshot, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given(monkeypatch)
        done = earshot("connect", "lark", "--check")

        assert done.code == 0
        assert "it works: @larkbank" in done.out
        assert "read, write" in done.out
        assert "30 days from now" in done.out
        assert "set      EARSHOT_BLUESKY_APP_PASSWORD: An app password: Settings, App passwords." in done.out
        assert SECRET not in done.out + done.err

    def test_what_is_missing_is_named_and_nothing_is_tried(self, earshot: Earshot, platform: Platform) -> None:
        done = earshot("connect", "lark", "--check")

        assert done.code == 2
        assert "missing  EARSHOT_BLUESKY_HANDLE: The handle of the account." in done.out
        assert "not set  EARSHOT_BLUESKY_JETSTREAM" in done.out
        assert "EARSHOT_BLUESKY_HANDLE, EARSHOT_BLUESKY_APP_PASSWORD not set" in done.err
        assert platform.probed == []

    def test_it_asks_nothing_and_writes_nothing_even_at_a_terminal(
        self, earshot: Earshot, platform: Platform, typed: Typed, tmp_path: Path
    ) -> None:
        asked = typed({"EARSHOT_BLUESKY_HANDLE": "lark.test"})
        done = earshot("connect", "lark", "--check")

        assert (done.code, asked) == (2, [])
        assert not (tmp_path / ".env").exists()

    def test_without_a_terminal_nobody_is_asked(self, earshot: Earshot, platform: Platform) -> None:
        assert earshot("connect", "lark", stdin=b"lark.test\n").code == 2

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (AccessError("lark: 401; make a new app password"), 2),
            (SetupError("lark: no such account"), 2),
            (RetryableError("lark: 503; will be tried again"), 1),
        ],
    )
    def test_what_the_platform_refuses_is_said_in_its_words(
        self, earshot: Earshot, platform: Platform, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
    ) -> None:
        given(monkeypatch)
        platform.answer = error
        done = earshot("connect", "lark", "--check")

        assert done.code == code
        assert str(error) in done.err
        assert "it works" not in done.out

    def test_what_works_in_part_says_what_does_not(
        self, earshot: Earshot, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given(monkeypatch)
        platform.answer = Credential("@larkbank", missing=("Answers need the scope write.",))
        done = earshot("connect", "lark", "--check")

        assert done.code == 1
        assert "Answers need the scope write." in done.err

    def test_the_address_for_pushes_is_said_or_what_it_needs(
        self, earshot: Earshot, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given(monkeypatch)
        assert "EARSHOT_PUBLIC_URL" in earshot("connect", "lark", "--check").out
        monkeypatch.setenv("EARSHOT_PUBLIC_URL", "https://care.bank.test/")
        monkeypatch.setenv("EARSHOT_WEB_ROOT", "/care")
        assert "https://care.bank.test/care/hooks/lark\n" in earshot("connect", "lark", "--check").out


class TestAsking:
    def test_what_is_missing_is_asked_for_secrets_hidden_and_kept(
        self, earshot: Earshot, platform: Platform, typed: Typed, tmp_path: Path
    ) -> None:
        asked = typed({"EARSHOT_BLUESKY_HANDLE": "lark.test", "EARSHOT_BLUESKY_APP_PASSWORD": SECRET})
        done = earshot("connect", "lark")

        assert done.code == 0, done.err
        assert asked == [
            ("EARSHOT_BLUESKY_HANDLE", False),
            ("EARSHOT_BLUESKY_APP_PASSWORD", True),
            ("EARSHOT_BLUESKY_JETSTREAM", False),
        ]
        kept = tmp_path / ".env"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert dotenv_values(kept) == {
            "EARSHOT_BLUESKY_HANDLE": "lark.test",
            "EARSHOT_BLUESKY_APP_PASSWORD": SECRET,
        }
        (tried,) = platform.probed
        assert tried.bluesky_app_password is not None
        assert tried.bluesky_app_password.get_secret_value() == SECRET
        assert SECRET not in done.out + done.err

    def test_what_is_set_already_is_not_asked_for(
        self, earshot: Earshot, platform: Platform, typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        given(monkeypatch)
        asked = typed({})

        assert earshot("connect", "lark").code == 0
        assert asked == [("EARSHOT_BLUESKY_JETSTREAM", False)]
        assert not (tmp_path / ".env").exists()

    def test_whoever_types_nothing_is_told_what_is_missing(
        self, earshot: Earshot, platform: Platform, typed: Typed, tmp_path: Path
    ) -> None:
        typed({})
        done = earshot("connect", "lark")

        assert done.code == 2
        assert "not set" in done.err
        assert not (tmp_path / ".env").exists()

    def test_a_desk_that_is_agreed_to_is_the_desk_from_now_on(
        self, earshot: Earshot, platform: Platform, typed: Typed, tmp_path: Path
    ) -> None:
        typed({"EARSHOT_WEBHOOK_URL": "https://desk.test/hook", "EARSHOT_WEBHOOK_SECRET": "whsec_AAAA"})
        done = earshot("connect", "webhook")

        assert done.code == 0, done.err
        assert dotenv_values(tmp_path / ".env")["EARSHOT_DESK"] == "webhook"
        assert "whsec_AAAA" not in done.out + done.err

    def test_a_desk_that_is_only_tried_says_how_to_use_it(
        self, earshot: Earshot, platform: Platform, typed: Typed, tmp_path: Path
    ) -> None:
        typed({"EARSHOT_WEBHOOK_URL": "https://desk.test/hook", "EARSHOT_WEBHOOK_SECRET": "whsec_AAAA"}, agrees=False)
        done = earshot("connect", "webhook")

        assert done.code == 0
        assert "EARSHOT_DESK=webhook" in done.err
        assert "EARSHOT_DESK" not in dotenv_values(tmp_path / ".env")

    def test_a_notification_says_how_to_switch_it_on(
        self, earshot: Earshot, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("EARSHOT_SLACK_TOKEN", "xoxb-1")
        done = earshot("connect", "slack", "--check")

        assert done.code == 0
        assert "EARSHOT_NOTIFY" in done.err


class TestKeeping:
    def test_other_lines_stay_as_they_are(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_text("# ours\nEARSHOT_FIRM_NAME='Lark # Bank'\n\n# EARSHOT_BLUESKY_HANDLE=\nOTHER=1\n")

        cli_connect.keep({"EARSHOT_BLUESKY_HANDLE": "lark.test"}, path)

        assert path.read_text() == (
            "# ours\nEARSHOT_FIRM_NAME='Lark # Bank'\n\n# EARSHOT_BLUESKY_HANDLE=\nOTHER=1\n"
            "EARSHOT_BLUESKY_HANDLE=lark.test\n"
        )

    def test_a_line_that_sets_it_already_is_replaced_where_it_stands(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_text("export EARSHOT_BLUESKY_HANDLE=\nOTHER=1\nEARSHOT_BLUESKY_HANDLE=old\n")

        cli_connect.keep({"EARSHOT_BLUESKY_HANDLE": "lark.test"}, path)

        assert path.read_text() == "EARSHOT_BLUESKY_HANDLE=lark.test\nOTHER=1\n"

    @pytest.mark.parametrize(
        "value", ["plain", "two words", "a#b", "it's", '"', "back\\slash\\", "\\'", "é漢😀", "$HOME", "a=b", "`x`"]
    )
    def test_a_value_of_any_letters_is_read_back_as_it_was_typed(self, tmp_path: Path, value: str) -> None:
        settings = cli_connect.keep({"EARSHOT_BLUESKY_APP_PASSWORD": value}, tmp_path / ".env")

        assert settings.bluesky_app_password is not None
        assert settings.bluesky_app_password.get_secret_value() == value

    def test_a_value_that_an_env_file_would_change_is_refused_and_nothing_is_written(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_text("OTHER=1\n")

        with pytest.raises(SetupError, match="EARSHOT_BLUESKY_APP_PASSWORD") as raised:
            cli_connect.keep({"EARSHOT_BLUESKY_APP_PASSWORD": "a${HOME}b"}, path)

        assert "HOME}" not in str(raised.value)
        assert path.read_text() == "OTHER=1\n"
        assert [one.name for one in tmp_path.iterdir()] == [".env"]

    def test_a_value_the_settings_refuse_leaves_the_file_as_it_was(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_text("OTHER=1\n")

        with pytest.raises(SetupError, match="EARSHOT_WEB_PORT"):
            cli_connect.keep({"EARSHOT_WEB_PORT": "many"}, path)

        assert path.read_text() == "OTHER=1\n"
        assert [one.name for one in tmp_path.iterdir()] == [".env"]

    def test_a_file_everybody_could_read_is_closed(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_text("OTHER=1\n")
        path.chmod(0o644)

        cli_connect.keep({"EARSHOT_BLUESKY_HANDLE": "lark.test"}, path)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "kept").mkdir()
        (tmp_path / "kept" / "env").write_text("OTHER=1\n")
        (tmp_path / ".env").symlink_to(tmp_path / "kept" / "env")

        cli_connect.keep({"EARSHOT_BLUESKY_HANDLE": "lark.test"}, tmp_path / ".env")

        assert (tmp_path / ".env").is_symlink()
        assert "lark.test" in (tmp_path / "kept" / "env").read_text()

    def test_a_file_that_is_no_text_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_bytes(b"\xff\xfe")

        with pytest.raises(SetupError, match="cannot be read"):
            cli_connect.keep({"EARSHOT_BLUESKY_HANDLE": "lark.test"}, path)
        assert path.read_bytes() == b"\xff\xfe"
