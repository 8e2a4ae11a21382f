"""`earshot up` and its parts `web`, `work` and `cron`, for one machine or several."""

import os
import socket
from dataclasses import replace
from typing import Annotated

import typer

from classify.loading import refuse_without_libraries
from classify.manifest import MANIFEST
from cli_start import errors, ready
from connectors.registry import channel_for, switched_on
from flow.configuration import configuration_key, gathered, note_start
from inbox.access import first_admin_link
from inbox.app import create_app
from inbox.saved_replies import FILE as SAVED_REPLIES
from inbox.serving import serve
from intake import sample_source, take_in
from learning.versions import SHIPPED
from models.errors import AccessError, RetryableError, SetupError
from running.home import only_one
from running.logs import start_logging
from running.port import open_port
from running.tree import Tree, web_parts, worker_name, worker_parts
from settings import load as load_settings
from store.migrate import newest_revision
from store.queue import JUDGE_LANES, Lane, Queues, Timetable, work
from workers import Flow
from workers import engine as workers_engine

PROBE_SECONDS = 3600.0
"""How often it is looked whether a credential is to be tested; each is once a day."""
RECHECK_SECONDS = 300.0
"""How often those whose turn it is are asked after, a hundred of each channel; each message less often."""
LOOK_BACK_SECONDS = 60.0
"""How often it is asked whether something slow is due; most of the time nothing is."""

run_commands = typer.Typer()


@run_commands.command(epilog="Example: earshot up --sample")
def up(
    sample: Annotated[bool, typer.Option("--sample", help="Take in the bundled sample first.")] = False,
) -> None:
    """Run everything in one process tree: Redis, workers, scheduler and the inbox. Ctrl-C stops all of it, cleanly."""
    engine = ready()
    settings = engine.settings
    start_logging(settings.log_format, secrets=settings.secrets)
    with only_one(settings) as is_only:
        if not is_only:
            raise SetupError(
                f"another `earshot up` runs in {settings.home}; stop it, or set EARSHOT_HOME to another folder"
            )
        _ = engine.policy  # what is wrong with it, and with the desk, is said before anything is started
        check_desks(engine)
        with open_port(settings) as port:
            note_what_is_set(engine, "earshot up")
            if sample:
                take_in(engine, sample_source(), hand_on=False)
            parts = [*worker_parts(settings), *web_parts(settings, port.fileno())]
            tree = Tree(settings, queues=engine.queues, release=engine.release, parts=parts)
            tree.start()
            _greet(engine)
            tree.run()
    errors.print("earshot: stopped; nothing is lost", markup=False)


@run_commands.command(epilog="Example: earshot web")
def web(
    greet: Annotated[bool, typer.Option(help="Print the address, and the first person's link.")] = True,
    fd: Annotated[int | None, typer.Option(hidden=True, help="Number of a port that is open already.")] = None,
) -> None:
    """Run the inbox alone, by EARSHOT_WEB_PROCESSES processes; the workers may run on other machines."""
    engine = ready()
    settings = engine.settings
    start_logging(settings.log_format, secrets=settings.secrets)
    with open_port(settings) if fd is None else socket.socket(fileno=fd) as port:
        app = create_app(settings, engine.store, engine.queues, channel_for=channel_for)
        note_what_is_set(engine, "earshot web")
        if greet:
            _greet(engine)
        if fd is None and settings.web_processes > 1:
            parts = web_parts(settings, port.fileno())
            tree = Tree(settings, queues=engine.queues, release=engine.release, parts=parts, needs_redis=False)
            tree.start()
            tree.run()
            return
        serve(app, port, proxies=settings.trusted_proxies)


@run_commands.command(epilog="Example: earshot migrate")
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only look; exit code 1 where it is not done yet.")] = False,
) -> None:
    """Bring the database to this version's tables, and end: once, before the workers are started."""
    if not check:
        ready().store.close()
        errors.print(f"earshot: the database is at version {newest_revision()}", markup=False)
        return
    with Flow(load_settings()).store.reading() as transaction:
        there, needed = transaction.vitals.schema()
    if there != needed:
        raise RetryableError(f"the database is at version {there or 'none'}, not at {needed}: run `earshot migrate`")


@run_commands.command("work", epilog="Example: earshot work judge bulk shadow")
def work_command(
    lanes: Annotated[list[Lane], typer.Argument(help="Lanes to serve, the most urgent first.")],
    name: Annotated[str, typer.Option(help="Name of this worker among others.")] = "worker",
) -> None:
    """Serve lanes. The classifier's lanes (judge, bulk, shadow) go together and apart from the others."""
    judging = [lane for lane in lanes if lane in JUDGE_LANES]
    if judging and len(judging) != len(lanes):
        raise SetupError("judge, bulk and shadow hold the classifier and cannot share a worker with others: start two")
    if judging:
        refuse_without_libraries()
    settings = load_settings()
    start_logging(settings.log_format, secrets=settings.secrets)
    engine = workers_engine()
    _ = engine.policy, engine.desk  # what is wrong is said now, not at every job
    note_what_is_set(engine, "earshot work")
    if judging:
        _load_classifier(engine)
    work(
        engine.queues,
        lanes,
        name=worker_name(name, os.getpid()),
        on_killed=lambda worker: Flow(settings).release(worker),
        alive=settings.alive_file,
    )


def _load_classifier(engine: Flow) -> None:
    """Once, and again when a person decides on another version. Without it messages wait, and all else goes on."""
    try:
        engine.live.get()
    except SetupError as error:
        errors.print(f"earshot: messages are kept and not judged until the classifier loads: {error}", markup=False)


@run_commands.command(epilog="Example: earshot cron")
def cron() -> None:
    """Run the scheduler: pulls, clocks and sweeps, each enqueued at its time."""
    settings = load_settings()
    start_logging(settings.log_format, secrets=settings.secrets)
    timetable = Timetable(Queues(settings.queue_url), alive=settings.alive_file)
    timetable.every(settings.sweep_seconds, "sweep", lane=Lane.UPKEEP)
    timetable.every(settings.tick_seconds, "tick", lane=Lane.UPKEEP)
    timetable.every(LOOK_BACK_SECONDS, "look_back", lane=Lane.SLOW)
    for connector in switched_on(settings):
        for name, seconds in connector.pulled(settings).items():
            timetable.every(seconds, "pull", name, lane=Lane.PULL)
    timetable.every(RECHECK_SECONDS, "recheck_messages", lane=Lane.PULL)
    timetable.every(PROBE_SECONDS, "probe_credentials", lane=Lane.PULL)
    timetable.every(settings.desk_seconds, "ask_the_desk", lane=Lane.PULL)
    timetable.run()


def note_what_is_set(engine: Flow, started: str) -> None:
    """What the program is set to goes into the log of the configuration where it differs from the last known state."""
    settings, shipped = engine.settings, engine.versions.path(SHIPPED)
    with engine.store.reading() as transaction:
        standing = transaction.classifiers.standing()
    live = engine.versions.live_version(replace(standing, live=None))
    files = {"holidays file": settings.holidays_file, "dispute schemes": settings.dispute_schemes}
    found = gathered(
        settings.told(),
        engine.policy,
        key=configuration_key(settings),
        weights=(live, shipped / MANIFEST),
        replies=SAVED_REPLIES,
        files=files,
    )
    try:
        note_start(engine.store, found, started=started, now=engine.now())
    except RetryableError:
        errors.print("earshot: what the program is set to could not be written down; the next start does it")
    engine.store.close()  # workers fork for each job, and no connection may be shared with a child


def check_desks(engine: Flow) -> None:
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
