"""`earshot connect`: what has to be made on a vendor's side, asked for, written to `.env`, and tried live."""

import difflib
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from dotenv import dotenv_values
from rich.console import Console
from rich.table import Table

from cli_start import errors
from connectors.connector import Connector, Credential, DeskConnector, Need, Tools
from connectors.quota import LedgerInMemory
from connectors.registry import CONNECTORS, DESKS
from models.errors import SetupError
from settings import PREFIX, Settings
from settings import load as load_settings

ENV_FILE = Path(".env")

connect_commands = typer.Typer()

Vendor = Connector | DeskConnector


@connect_commands.command(epilog="Example: earshot connect bluesky")
def connect(
    name: Annotated[str, typer.Argument(help="Channel or desk; without one, all are listed.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Ask nothing, write nothing, only try it.")] = False,
) -> None:
    """Connect a channel or a desk: asks for what is missing, keeps it in .env, and tries it. Secrets are never shown.

    Exit code 0: it works; 1: it works in part, or may later; 2: something is missing or refused.
    """
    settings = load_settings()
    if not name:
        _list(settings)
        return
    vendor = _vendor(name)
    _say(f"{vendor.title}: what it needs, and where that is found")
    for need in vendor.needs:
        _say(f"  {_state(settings, need):8} {_variable(need)}: {need.what}")
    if not check and sys.stdin.isatty():
        settings = _ask(vendor, settings)
    missing = [need for need in vendor.needs if need.is_required and not _is_given(settings, need)]
    if missing:
        raise SetupError(f"not connected: {', '.join(_variable(need) for need in missing)} not set")
    _say_addresses(vendor, settings)
    credential = _try(vendor, settings)
    _say_credential(credential)
    if isinstance(vendor, DeskConnector) and not _is_used(vendor, settings):
        errors.print(_how_to_use(vendor), style="yellow", markup=False)
    if credential.missing:
        raise typer.Exit(1)


def _list(settings: Settings) -> None:
    table = Table("name", "what it is", "kind", "state", box=None)
    for connector in CONNECTORS.values():
        kind = "channel" if len(connector.channels) == 1 else f"channels: {', '.join(connector.channels)}"
        table.add_row(connector.name, connector.title, kind, "on" if connector.is_on(settings) else "off")
    for desk in DESKS.values():
        kind = "notification" if desk.is_notification else "desk"
        table.add_row(desk.name, desk.title, kind, "on" if _is_used(desk, settings) else "off")
    Console(soft_wrap=True).print(table)


def _vendor(name: str) -> Vendor:
    vendors: Mapping[str, Vendor] = {**CONNECTORS, **DESKS}
    if name not in vendors:
        near = difflib.get_close_matches(name, vendors, n=1, cutoff=0.5)
        hint = f": did you mean {near[0]}?" if near else ""
        raise SetupError(f"nothing to connect is called {name!r}{hint}; there are: {', '.join(vendors)}")
    return vendors[name]


def _is_used(desk: DeskConnector, settings: Settings) -> bool:
    return desk.name in settings.notify if desk.is_notification else settings.desk == desk.name


def _variable(need: Need) -> str:
    return PREFIX + need.setting.upper()


def _is_given(settings: Settings, need: Need) -> bool:
    return getattr(settings, need.setting) not in (None, "")


def _state(settings: Settings, need: Need) -> str:
    if _is_given(settings, need):
        return "set"
    return "missing" if need.is_required else "not set"


# asking, and keeping


def _ask(vendor: Vendor, settings: Settings) -> Settings:
    """The settings with what was typed; all of it is kept, or nothing."""
    given: dict[str, str] = {}
    for need in vendor.needs:
        if _is_given(settings, need):
            continue
        hint = "" if need.is_required else " (Enter for none)"
        typed: str = typer.prompt(
            f"{_variable(need)}{hint}", default="", show_default=False, hide_input=_is_secret(need), err=True
        )
        if typed.strip():
            given[_variable(need)] = typed.strip()
    if isinstance(vendor, DeskConnector) and not vendor.is_notification and settings.desk != vendor.name:
        if typer.confirm(f"Have tickets go to {vendor.title} from now on?", default=True, err=True):
            given[f"{PREFIX}DESK"] = vendor.name
    if not given:
        return settings
    settings = keep(given, ENV_FILE)
    _say(f"written to {ENV_FILE}: {', '.join(given)}; what runs already takes it up when it is started anew")
    return settings


def _is_secret(need: Need) -> bool:
    return "Secret" in str(Settings.model_fields[need.setting].annotation)


def keep(given: Mapping[str, str], path: Path) -> Settings:
    """Put variables into an env file, whose other lines stay, readable by its owner alone; gives the settings read
    from it. Written beside it first: it takes its place whole, or not at all.

    Raises: SetupError naming the variable, where a value is refused or cannot be written down; the file is unchanged.
    """
    target = path.resolve()
    try:
        lines = target.read_text(encoding="utf-8").splitlines() if target.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read ({type(error).__name__}); make it a text file of NAME=value") from None
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".env.")  # created with mode 0600
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(_with(lines, given)) + "\n")
        found = dotenv_values(beside)
        spoilt = [variable for variable, value in given.items() if found.get(variable) != value]
        if spoilt:
            raise SetupError(f"{', '.join(spoilt)} cannot be written to {path}; set it in the environment instead")
        settings = load_settings(env_file=beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return settings


def _with(lines: Sequence[str], given: Mapping[str, str]) -> list[str]:
    """A line that sets a variable already is replaced; others come last."""
    left, kept = dict(given), []
    for line in lines:
        found = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=", line)
        if found and found[1] in given:
            if found[1] in left:
                kept.append(f"{found[1]}={_quoted(left.pop(found[1]))}")
            continue
        kept.append(line)
    return [*kept, *(f"{variable}={_quoted(value)}" for variable, value in left.items())]


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w./:@%+,=-]*", value, re.ASCII):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


# trying


def _try(vendor: Vendor, settings: Settings) -> Credential:
    """Raises: AccessError, SetupError, RetryableError."""
    tools = Tools(ledger=LedgerInMemory())
    if isinstance(vendor, Connector):
        return vendor.probe(settings, tools)
    vendor.open(settings, tools).check()
    return Credential(account=vendor.title)


def _how_to_use(desk: DeskConnector) -> str:
    if desk.is_notification:
        return f"Nothing is sent there before {PREFIX}NOTIFY names {desk.name}."
    return f"No ticket goes there before {PREFIX}DESK={desk.name} is set."


def _say_addresses(vendor: Vendor, settings: Settings) -> None:
    """What the platform has to be told, where it pushes to us."""
    for name in vendor.receivers:
        if settings.public_url is None:
            _say(f"  pushes: set {PREFIX}PUBLIC_URL to the https:// address platforms reach us at, and try again")
            return
        _say(f"  address to register for pushes: {settings.public_url.rstrip('/')}{settings.web_root}/hooks/{name}")


def _say_credential(credential: Credential) -> None:
    _say(f"it works: {credential.account}")
    if credential.scopes:
        _say(f"  scopes: {', '.join(credential.scopes)}")
    if credential.valid_until is not None:
        days = round((credential.valid_until - datetime.now(UTC)) / timedelta(days=1))
        _say(f"  valid until {credential.valid_until:%Y-%m-%d %H:%M} UTC, {days} days from now")
    for one in credential.missing:
        errors.print(f"  missing: {one}", style="yellow", markup=False)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
