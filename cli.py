"""`earshot …`: every command of the program.

Exit code 0: done; 1: not wholly done, or something is unhealthy; 2: cannot be done like this. Results go to stdout, all
else to stderr.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from classify.loading import load as load_weights
from classify.manifest import MANIFEST
from cli_channels import channel_commands
from cli_classifier import classifier_commands, shown_drift, shown_versions
from cli_clocks import clock_commands
from cli_complaint import complaint_commands
from cli_connect import connect_commands
from cli_crisis import spike_commands
from cli_figures import figure_commands
from cli_keys import key_commands
from cli_learning import learning_commands
from cli_policy import policy_commands
from cli_register import register_commands
from cli_replay import replay_commands
from cli_reports import report_commands
from cli_retention import retention_commands
from cli_review import review_commands
from cli_sandbox import sandbox_commands
from cli_start import errors, ready
from cli_systemic import systemic_commands
from connectors.registry import channel_for, desk_for, switched_on
from connectors.replay.source import FileSource
from connectors.replay.table import read_column_map, table_lines
from flow.configuration import gathered, note_start
from flow.public_links import public_base
from inbox.access import first_admin_link
from inbox.app import create_app
from inbox.saved_replies import FILE as SAVED_REPLIES
from inbox.serving import serve
from ingest.normalise import normalise
from ingest.parsing import parse_message
from intake import Intake, report, sample_source, take_in
from learning.versions import SHIPPED
from measure.drift import Level
from models.errors import AccessError, EarshotError, RetryableError, SetupError
from policy.follow_up import How
from running.doctor import (
    Finding,
    examine,
    look_at_connections,
    look_at_database,
    look_at_home,
    look_at_redis,
    look_at_work,
)
from running.home import only_one
from running.logs import start_logging
from running.port import require_port
from running.tree import Tree, web_part, worker_name, worker_parts
from settings import Settings
from settings import load as load_settings
from store.encoding import encode
from store.queue import JUDGE_LANES, Lane, QueueDownError, Queues, Timetable, work
from store.store import Store
from workers import Flow
from workers import engine as workers_engine

JUDGE_BATCH = 128
PROBE_SECONDS = 3600.0
"""How often it is looked whether a credential is to be tested; each is once a day."""
RECHECK_SECONDS = 300.0
"""How often those whose turn it is are asked after, a hundred of each channel; each message less often."""

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
_PLAIN = (learning_commands, clock_commands, channel_commands, connect_commands, replay_commands, figure_commands)
for _commands in _PLAIN:
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
            for mention, verdict in zip(mentions, classifier.judge(mentions, [None] * len(mentions)), strict=True):
                sys.stdout.write(json.dumps({"id": mention.native_id} | encode(verdict), ensure_ascii=False) + "\n")
            sys.stdout.flush()
            for rejected in page.rejected:
                errors.print(f"{rejected.where}: {rejected.reason}", style="red", markup=False)
            faulty += len(page.rejected)
            page = source.pull(page.cursor)
            advance()
    if faulty:
        errors.print(f"earshot: {faulty} lines could not be read, the others were judged", style="red", markup=False)
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


@program.command(epilog="Example: earshot up --sample")
def up(
    sample: Annotated[bool, typer.Option("--sample", help="Take in the bundled sample first.")] = False,
) -> None:
    """Run everything in one process tree: Redis, workers, scheduler and the inbox. Ctrl-C stops all of it, cleanly."""
    engine = ready()
    settings = engine.settings
    start_logging(settings.log_format)
    with only_one(settings) as is_only:
        if not is_only:
            raise SetupError(
                f"another `earshot up` runs in {settings.home}; stop it, or set EARSHOT_HOME to another folder"
            )
        require_port(settings)
        _ = engine.policy  # what is wrong with it, and with the desk, is said before anything is started
        _check_desks(engine)
        _note_start(engine, "earshot up")
        if sample:
            take_in(engine, sample_source(), hand_on=False)
        tree = Tree(settings, queues=engine.queues, release=engine.release, parts=[*worker_parts(settings), web_part()])
        tree.start()
        _greet(engine)
        tree.run()
    errors.print("earshot: stopped; nothing is lost", markup=False)


@program.command(epilog="Example: earshot web")
def web(
    greet: Annotated[bool, typer.Option(help="Print the address, and the first person's link.")] = True,
) -> None:
    """Run the inbox alone; the workers may run on other machines."""
    engine = ready()
    settings = engine.settings
    start_logging(settings.log_format)
    require_port(settings)
    app = create_app(settings, engine.store, engine.queues, channel_for=channel_for)
    _note_start(engine, "earshot web")
    if greet:
        _greet(engine)
    serve(app, host=settings.web_host, port=settings.web_port)


@program.command("work", epilog="Example: earshot work judge bulk shadow")
def work_command(
    lanes: Annotated[list[Lane], typer.Argument(help="Lanes to serve, the most urgent first.")],
    name: Annotated[str, typer.Option(help="Name of this worker among others.")] = "worker",
) -> None:
    """Serve lanes. The classifier's lanes (judge, bulk, shadow) go together and apart from the others."""
    judging = [lane for lane in lanes if lane in JUDGE_LANES]
    if judging and len(judging) != len(lanes):
        raise SetupError("judge, bulk and shadow hold the classifier and cannot share a worker with others: start two")
    settings = load_settings()
    start_logging(settings.log_format)
    engine = workers_engine()
    _ = engine.policy, engine.desk  # what is wrong is said now, not at every job
    _note_start(engine, "earshot work")
    if judging:
        _load_classifier(engine)
    work(
        engine.queues,
        lanes,
        name=worker_name(name, os.getpid()),
        on_killed=lambda worker: Flow(settings).release(worker),
    )


def _load_classifier(engine: Flow) -> None:
    """Once, and again when a person decides on another version. Without it messages wait, and all else goes on."""
    try:
        engine.live.get()
    except SetupError as error:
        errors.print(f"earshot: messages are kept and not judged until the classifier loads: {error}", markup=False)


@program.command(epilog="Example: earshot cron")
def cron() -> None:
    """Run the scheduler: pulls, clocks and sweeps, each enqueued at its time."""
    settings = load_settings()
    start_logging(settings.log_format)
    timetable = Timetable(Queues(settings.queue_url))
    timetable.every(settings.sweep_seconds, "sweep", lane=Lane.UPKEEP)
    timetable.every(settings.tick_seconds, "tick", lane=Lane.UPKEEP)
    for connector in switched_on(settings):
        for name, seconds in connector.pulled(settings).items():
            timetable.every(seconds, "pull", name, lane=Lane.PULL)
    timetable.every(RECHECK_SECONDS, "recheck_messages", lane=Lane.PULL)
    timetable.every(PROBE_SECONDS, "probe_credentials", lane=Lane.PULL)
    timetable.every(settings.desk_seconds, "ask_the_desk", lane=Lane.PULL)
    timetable.run()


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
    queues, store = Queues(settings.queue_url), Store(settings.store_url)
    is_up = _is_up(settings)
    database = examine("database", lambda: look_at_database(store))
    yield database
    yield examine("redis", lambda: look_at_redis(settings, queues, is_up=is_up))
    yield examine("policy", lambda: Flow(settings).policy.version)
    yield examine("desk", lambda: _look_at_desk(settings, store))
    yield examine("follow-up", lambda: _look_at_follow_up(settings))
    if database.is_fault:
        yield examine("classifier", lambda: f"version {load_weights(settings.weights).version}, hashes are right")
    else:
        yield examine("classifier", lambda: f"version {Flow(settings).live.get().version}, hashes are right")
        yield examine("drift", lambda: _look_at_drift(Flow(settings)))
        yield look_at_work(store, queues, is_up=is_up)
        yield from look_at_connections(store)


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


def _note_start(engine: Flow, started: str) -> None:
    """What the program is set to goes into the log of the configuration where it differs from the last known state."""
    settings, shipped = engine.settings, engine.versions.path(SHIPPED)
    with engine.store.reading() as transaction:
        standing = transaction.classifiers.standing()
    live = engine.versions.live_version(replace(standing, live=None))
    files = {"holidays file": settings.holidays_file, "dispute schemes": settings.dispute_schemes}
    found = gathered(
        settings.told(),
        engine.policy,
        home=settings.home,
        weights=(live, shipped / MANIFEST),
        replies=SAVED_REPLIES,
        files=files,
    )
    try:
        note_start(engine.store, found, started=started, now=engine.now())
    except RetryableError:
        errors.print("earshot: what the program is set to could not be written down; the next start does it")
    engine.store.close()  # workers fork for each job, and no connection may be shared with a child


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


def _check_desks(engine: Flow) -> None:
    """Queue, fields, rights: what a desk would drop without a word stops the start; one that is down does not.

    Raises: SetupError.
    """
    for sink in (engine.desk.name, *sorted(engine.settings.notify)):
        try:
            engine.world.desk_at(sink).check()
        except (RetryableError, AccessError) as error:
            errors.print(f"earshot: {error}; tickets wait until that is mended", style="yellow", markup=False)


def _greet(engine: Flow) -> None:
    settings = engine.settings
    address = f"http://{settings.web_host}:{settings.web_port}{settings.web_root}"
    link = first_admin_link(engine.store, address, engine.now())
    errors.print(f"earshot: the inbox is at {address}", style="bold", markup=False)
    if link is not None:
        errors.print(
            f"earshot: the first person chooses a name and password here, once: {link}", markup=False, soft_wrap=True
        )


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
