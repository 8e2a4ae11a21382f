"""`earshot …`: every command of the program.

Exit code 0: done; 1: not wholly done, or something is unhealthy; 2: cannot be done like this. Results go to stdout, all
else to stderr.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from classify.loading import load as load_weights
from classify.safely import judge_each
from cli_backup import backup_commands
from cli_channels import channel_commands
from cli_classifier import classifier_commands, shown_drift, shown_versions
from cli_clocks import clock_commands
from cli_complaint import complaint_commands
from cli_connect import connect_commands
from cli_crisis import spike_commands
from cli_erase import erase_commands
from cli_figures import figure_commands
from cli_keys import key_commands
from cli_learning import learning_commands
from cli_policy import policy_commands
from cli_register import register_commands
from cli_replay import replay_commands
from cli_reports import report_commands
from cli_retention import retention_commands
from cli_review import review_commands
from cli_run import run_commands
from cli_sandbox import sandbox_commands
from cli_start import errors, ready
from cli_systemic import systemic_commands
from cli_vault import vault_commands
from cli_vip import vip_commands
from connectors.registry import desk_for
from connectors.replay.source import FileSource
from connectors.replay.table import read_column_map, table_lines
from flow.public_links import public_base
from flow.vault import check as check_vault
from ingest.normalise import normalise
from ingest.parsing import parse_message
from intake import Intake, report, take_in
from measure.drift import Level
from models.errors import EarshotError, RetryableError, SetupError
from policy.follow_up import How
from policy.loading import Policy
from running.doctor import (
    Finding,
    examine,
    look_at_connections,
    look_at_database,
    look_at_home,
    look_at_redis,
    look_at_work,
)
from running.doctor_vault import look_at_vault
from running.home import only_one
from running.tree import Tree, worker_parts
from settings import Settings
from settings import load as load_settings
from store.encoding import encode
from store.queue import QueueDownError, Queues
from store.store import Store
from workers import Flow

JUDGE_BATCH = 128

program = typer.Typer(
    name="earshot",
    help="Finds the complaints in what customers say on social channels, tickets them, and keeps the register.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
program.add_typer(register_commands, name="register")
program.add_typer(complaint_commands, name="complaint")
program.add_typer(classifier_commands, name="classifier")
program.add_typer(retention_commands, name="retention")
program.add_typer(report_commands, name="report")
program.add_typer(policy_commands, name="policy")
program.add_typer(review_commands, name="review")
program.add_typer(systemic_commands, name="systemic")
program.add_typer(spike_commands, name="spikes")
program.add_typer(sandbox_commands, name="sandbox")
program.add_typer(vault_commands, name="vault")
program.add_typer(vip_commands, name="vip")
program.add_typer(erase_commands, name="erase")
_PLAIN = (
    run_commands,
    learning_commands,
    clock_commands,
    channel_commands,
    connect_commands,
    replay_commands,
    figure_commands,
)
for _commands in (*_PLAIN, backup_commands):
    program.add_typer(_commands)
program.add_typer(key_commands, name="key")


def main() -> None:
    """Run the program; an error raised on purpose becomes one plain line and exit code 2 (1 where a retry may help)."""
    try:
        program()
    except EarshotError as error:
        errors.print(f"earshot: {error}", style="red", markup=False)
        sys.exit(1 if isinstance(error, RetryableError) else 2)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody left to tell
        sys.exit(1)


@program.command(epilog="Example: earshot judge posts.jsonl > verdicts.jsonl")
def judge(file: Annotated[str, typer.Argument(help="JSON lines, plain or .gz; - for standard input.")] = "-") -> None:
    """Judge messages: one JSON line each, in the same order; no database, no network. Bad lines are named on stderr."""
    settings = load_settings()
    parse = partial(parse_message, received_at=datetime.now(UTC))
    source, faulty = FileSource(file, parse=parse, page_lines=JUDGE_BATCH), 0
    page = source.pull(None)
    classifier = load_weights(settings.weights)
    with _bar(source) as advance:
        while page.mentions or page.rejected:
            mentions = [normalise(mention) for mention in page.mentions]
            for mention, found in zip(mentions, judge_each(classifier, mentions, [None] * len(mentions)), strict=True):
                if isinstance(found, str):
                    errors.print(f"{mention.native_id}: {found}", style="red", markup=False)
                    faulty += 1
                    continue
                sys.stdout.write(json.dumps({"id": mention.native_id} | encode(found), ensure_ascii=False) + "\n")
            sys.stdout.flush()
            for rejected in page.rejected:
                errors.print(f"{rejected.where}: {rejected.reason}", style="red", markup=False)
            faulty += len(page.rejected)
            page = source.pull(page.cursor)
            advance()
    if faulty:
        errors.print(
            f"earshot: {faulty} lines could not be read or judged, the others were judged", style="red", markup=False
        )
        raise typer.Exit(1)


@program.command(epilog="Example: earshot ingest posts.jsonl.gz --wait")
def ingest(
    file: Annotated[str, typer.Argument(help="JSON lines, plain or .gz; a .csv table; - for standard input.")],
    wait: Annotated[
        bool, typer.Option("--wait", help="Stay until every message is judged, triaged and delivered.")
    ] = False,
    channel: Annotated[str, typer.Option(help="Channel of lines that name none.")] = "file",
    account: Annotated[str, typer.Option(help="Our account, for lines that name none.")] = "",
    column: Annotated[
        list[str] | None, typer.Option(help="Of a .csv file: which column stands for what, e.g. text=Comment; repeat.")
    ] = None,
) -> None:
    """Store the messages of a file and have them processed. Safe to repeat: what is there already stays as it is."""
    engine = ready()
    table = table_lines(Path(file), read_column_map(column or [])) if _is_table(file, column) else None
    parse = partial(parse_message, received_at=engine.now(), default_channel=channel, default_account=account)
    source = FileSource("-", parse=parse, stdin=table) if table is not None else FileSource(file, parse=parse)
    _take_in(engine, source, wait=wait)


def _is_table(file: str, columns: list[str] | None) -> bool:
    """Raises: SetupError where columns are named of what is no table."""
    is_table = file.lower().endswith(".csv")
    if columns and not is_table:
        raise SetupError(f"--column is for .csv files; {file} is read as lines of JSON")
    return is_table


@program.command(epilog="Example: earshot status --json")
def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Count messages, cases, tickets, register entries and what waits."""
    engine = ready()
    with engine.store.reading() as transaction:
        counts = transaction.counts.all(now=engine.now())
        counts["classifier"] = shown_versions(engine, transaction) | {"drift": shown_drift(engine, transaction)}
    counts["lanes"] = _lanes(engine.queues)
    if as_json:
        sys.stdout.write(json.dumps(counts, indent=2) + "\n")
        return
    table = Table(show_header=False, box=None)
    for name, value in counts.items():
        shown = "  ".join(f"{key} {number}" for key, number in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name.replace("_", " "), shown)
    Console().print(table)


@program.command(epilog="Example: earshot retry")
def retry() -> None:
    """Have messages that were set aside, and effects that failed, tried again."""
    messages, effects = ready().retry()
    sys.stdout.write(f"{messages} messages and {effects} effects are tried again while `earshot up` runs\n")


@program.command(epilog="Example: earshot doctor")
def doctor() -> None:
    """Say what is missing or unhealthy, and the way out. Exit code 1 where something is."""
    settings = load_settings()
    findings = list(_examine(settings))
    for finding in findings:
        mark, style = ("fault", "red") if finding.is_fault else ("ok", "green")
        Console().print(f"[{style}]{mark:6}[/] {finding.name}: ", end="")
        Console().print(finding.text, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if any(finding.is_fault for finding in findings) else 0)


def _examine(settings: Settings) -> Iterator[Finding]:
    yield examine("home", lambda: look_at_home(settings))
    queues, store = Queues(settings.queue_url), Store.of(settings)
    is_up = _is_up(settings)
    database = examine("database", lambda: look_at_database(store))
    yield database
    yield examine("redis", lambda: look_at_redis(settings, queues, is_up=is_up))
    yield examine("policy", lambda: _look_at_policy(Flow(settings).policy))
    yield examine("desk", lambda: _look_at_desk(settings, store))
    yield examine("follow-up", lambda: _look_at_follow_up(settings))
    if database.is_fault:
        yield examine("classifier", lambda: f"version {load_weights(settings.weights).version}, hashes are right")
    else:
        yield examine("classifier", lambda: f"version {Flow(settings).live.get().version}, hashes are right")
        yield examine("drift", lambda: _look_at_drift(Flow(settings)))
        yield look_at_vault(settings, lambda: check_vault(store, settings).faults)
        yield look_at_work(store, queues, is_up=is_up)
        yield from look_at_connections(store)


def _look_at_policy(policy: Policy) -> str:
    return "; ".join(filter(None, (policy.version, policy.without_profile)))


def _look_at_drift(engine: Flow) -> str:
    with engine.store.reading() as transaction:
        found = shown_drift(engine, transaction)
    if found.startswith(Level.ALARM):
        raise SetupError(f"{found}; see `earshot classifier drift`")
    return found


def _is_up(settings: Settings) -> bool:
    """Whether somebody else holds the home folder, or Redis is not ours to start."""
    if not settings.home.is_dir():
        return False
    with only_one(settings) as is_only:
        return not is_only or not settings.redis_is_embedded


def _look_at_desk(settings: Settings, store: Store) -> str:
    desk = desk_for(settings, store)
    desk.check()
    return f"{desk.name} answers and is prepared"


def _look_at_follow_up(settings: Settings) -> str:
    rules = Flow(settings).policy.follow_up.survey
    asks = "asks customers how they were served" if rules.is_on else "surveys are off (policy/follow_up/follow_up.toml)"
    if public_base(settings) is not None:
        return f"{asks}; links go out"
    if rules.is_on and rules.how is How.LINK:
        raise SetupError("surveys by link are on, and no link can go out: set EARSHOT_PUBLIC_URL, or how = in_channel")
    return f"{asks}; no links go out: EARSHOT_PUBLIC_URL is not set"


# shared


def _take_in(engine: Flow, source: FileSource, *, wait: bool) -> None:
    """Store, perhaps wait, and say what came of it; without running workers, run them for as long as it takes."""
    if not wait:
        is_down = _lanes(engine.queues) is None
        _finish(engine, take_in(engine, source, hand_on=not is_down), waited=False)
        if is_down and not engine.settings.redis_is_embedded:
            raise QueueDownError("Redis does not answer: the messages are stored and are found once it is back")
        return
    with only_one(engine.settings) as is_only:
        if not is_only or any(_workers(engine.queues).values()):
            _finish(engine, take_in(engine, source, wait=True), waited=True)
            return
        parts = worker_parts(engine.settings, log=engine.settings.home / "workers.log")
        tree = Tree(engine.settings, queues=engine.queues, release=engine.release, parts=parts)
        with tree.running():
            intake = take_in(engine, source, wait=True, meanwhile=tree.look)
    _finish(engine, intake, waited=True)


def _finish(engine: Flow, intake: Intake, *, waited: bool) -> None:
    report(engine, intake, waited=waited)
    if not intake.is_whole:
        raise typer.Exit(1)


@contextmanager
def _bar(source: FileSource) -> Iterator[Callable[[], None]]:
    """How much of the file is read, on stderr; nothing where that is no terminal, or where stdout is the same one."""
    shown = errors.is_terminal and not sys.stdout.isatty()
    with Progress(console=errors, disable=not shown, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("judged", total=source.bytes_total)
        yield lambda: progress.update(task, completed=source.bytes_read)


def _workers(queues: Queues) -> dict[str, list[str]]:
    try:
        return queues.workers()
    except QueueDownError:
        return {}


def _lanes(queues: Queues) -> dict[str, int] | None:
    """Jobs waiting by lane; None while Redis does not run."""
    try:
        return queues.lengths()
    except QueueDownError:
        return None


if __name__ == "__main__":
    main()
