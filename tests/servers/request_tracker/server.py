"""A real Request Tracker 5 for tests: its own folder, its own database, a free port, stopped for sure.

with start_request_tracker(folder) as server:
    desk = RequestTrackerDesk(server.url, server.token, server.queue)
    ...
    assert [ticket.external_id for ticket in server.tickets()] == ["x:1"]
"""

import base64
import json
import os
import quopri
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
PRISTINE = Path("/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb")
PREPARE = Path(__file__).with_name("prepare.pl")
PACKAGES = "request-tracker5 rt5-db-sqlite rt5-standalone"
QUEUE = "Social"
FIELDS = ("ExternalId:FreeformSingle", "Channel:FreeformSingle", "Tags:FreeformMultiple", "AuthorReach:FreeformSingle")
LONGEST_START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """One ticket as it lies in RT's database, read past RT and past our client."""

    id: int
    queue: str
    subject: str
    status: str
    priority: int
    due: str
    requestors: tuple[str, ...]
    custom_fields: dict[str, tuple[str, ...]]
    body: str
    body_type: str
    comments: tuple[str, ...]
    correspondence: tuple[str, ...]
    mails: int
    """How many mails RT sent because of it."""

    @property
    def external_id(self) -> str | None:
        return next(iter(self.custom_fields.get("ExternalId", ())), None)


@dataclass(frozen=True, slots=True)
class RequestTrackerServer:
    url: str
    token: str
    """Of a user with just the rights that `connectors.desks.request_tracker.desk` asks for."""
    admin_token: str
    queue: str
    folder: Path

    def tickets(self) -> list[StoredTicket]:
        """Every ticket of every queue, oldest first."""
        with closing(sqlite3.connect(f"file:{self.folder / 'rtdb'}?mode=ro", uri=True, timeout=30)) as database:
            rows = database.execute(
                "select t.id, q.Name, t.Subject, t.Status, t.Priority, t.Due from Tickets t"
                " join Queues q on q.id = t.Queue order by t.id"
            ).fetchall()
            return [_stored(database, *row) for row in rows]


def _stored(
    database: sqlite3.Connection, id: int, queue: str, subject: str, status: str, priority: int, due: str
) -> StoredTicket:
    said = [
        (type, *_text(database, transaction))
        for transaction, type in database.execute(
            "select id, Type from Transactions where ObjectType = 'RT::Ticket' and ObjectId = ? order by id", (id,)
        ).fetchall()
    ]
    created = next(((text, kind) for type, text, kind in said if type == "Create"), ("", ""))
    return StoredTicket(
        id=id,
        queue=queue,
        subject=subject,
        status=status,
        priority=priority,
        due=due,
        requestors=_requestors(database, id),
        custom_fields=_custom_fields(database, id),
        body=created[0],
        body_type=created[1],
        comments=tuple(text for type, text, _ in said if type == "Comment"),
        correspondence=tuple(text for type, text, _ in said if type == "Correspond"),
        mails=sum(type in ("EmailRecord", "CommentEmailRecord") for type, _, _ in said),
    )


def _requestors(database: sqlite3.Connection, ticket: int) -> tuple[str, ...]:
    rows = database.execute(
        "select u.EmailAddress from Groups g join GroupMembers m on m.GroupId = g.id join Users u on u.id = m.MemberId"
        " where g.Domain = 'RT::Ticket-Role' and g.Name = 'Requestor' and g.Instance = ? order by u.id",
        (ticket,),
    )
    return tuple(row[0] for row in rows)


def _custom_fields(database: sqlite3.Connection, ticket: int) -> dict[str, tuple[str, ...]]:
    rows = database.execute(
        "select f.Name, coalesce(nullif(v.Content, ''), v.LargeContent) from ObjectCustomFieldValues v"
        " join CustomFields f on f.id = v.CustomField"
        " where v.ObjectType = 'RT::Ticket' and v.ObjectId = ? and v.Disabled = 0 order by v.id",
        (ticket,),
    )
    values: dict[str, tuple[str, ...]] = {}
    for name, value in rows:
        values[name] = (*values.get(name, ()), value)
    return values


def _text(database: sqlite3.Connection, transaction: int) -> tuple[str, str]:
    """Text and content type of the first text part of a transaction."""
    row = database.execute(
        "select ContentType, ContentEncoding, Content from Attachments"
        " where TransactionId = ? and ContentType like 'text/%' order by id limit 1",
        (transaction,),
    ).fetchone()
    if row is None:
        return "", ""
    kind, encoding, content = row
    raw = content if isinstance(content, bytes) else (content or "").encode()
    decode = {"base64": base64.b64decode, "quoted-printable": quopri.decodestring}.get(encoding or "none", bytes)
    return decode(raw).decode(), kind


def require_request_tracker(*, needed: Sequence[Path] = (SERVER, PRISTINE), in_ci: bool | None = None) -> None:
    """Skips with its reason on a laptop; fails where CI promised the server."""
    missing = [str(path) for path in needed if not os.access(path, os.R_OK)]
    if not missing:
        return
    which = ", ".join(missing)
    reason = f"Request Tracker 5 is not installed (no readable {which}): apt-get install -y {PACKAGES}"
    if bool(os.environ.get("CI")) if in_ci is None else in_ci:
        pytest.fail(reason)
    print(reason)  # noqa: T201  a skip must be seen in the output, not only in the summary
    pytest.skip(reason)


@contextmanager
def start_request_tracker(folder: Path) -> Iterator[RequestTrackerServer]:
    """Start it in `folder` (made if absent), ready to take tickets; gone when the block ends, however it ends."""
    require_request_tracker()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    environment = _lay_out(folder, port)
    prepared = json.loads(_run(["perl", str(PREPARE), QUEUE, "earshot", *FIELDS], environment, folder))
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            _command(port),
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(url, prepared["token"], process, folder / "server.log")
        yield RequestTrackerServer(url, prepared["token"], prepared["admin_token"], QUEUE, folder)
    finally:
        _stop(process)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lay_out(folder: Path, port: int) -> dict[str, str]:
    """Copy the database, write the configuration, and give the environment RT runs in."""
    shutil.copyfile(PRISTINE, folder / "rtdb")
    for name in ("site.d", "mason", "mail"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "RT_SiteConfig.pm").write_text(_configuration(folder, port), encoding="utf-8")
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder / "mail"),  # the `testfile` mailer writes there
        "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "site.d"),
    }


def _configuration(folder: Path, port: int) -> str:
    settings = {
        "rtname": "rt.test", "Organization": "rt.test", "WebDomain": "127.0.0.1", "WebPort": port, "WebPath": "",
        "CorrespondAddress": "rt@rt.test", "CommentAddress": "rt-comment@rt.test",
        "DatabaseType": "SQLite", "DatabaseName": folder / "rtdb",
        "LogToSTDERR": "warning", "MailCommand": "testfile",
    }  # fmt: skip
    lines = [f"Set(${name}, '{value}');" for name, value in settings.items()]
    # Mason's compiled pages: the installed folder belongs to www-data and would be shared by every start.
    return "\n".join([*lines, "Set($LogToSyslog, undef);", f"$RT::MasonDataDir = '{folder / 'mason'}';", "1;", ""])


def _command(port: int) -> list[str]:
    start = [str(SERVER), "--server", "Standalone", "--host", "127.0.0.1", "--port", str(port)]
    guard = shutil.which("setpriv")  # the kernel ends RT when the tests are killed and no `finally` runs
    return [guard, "--pdeathsig", "KILL", *start] if guard else start


def _run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{command[0]} {command[1]} failed: {done.stderr[-2000:]}"
    return done.stdout


def _wait_until_it_answers(url: str, token: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + LONGEST_START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"rt-server ended by itself: {log.read_text(errors='replace')[-2000:]}"
        try:
            answer = httpx.get(f"{url}/REST/2.0/rt", headers={"Authorization": f"token {token}"}, timeout=60)
        except httpx.TransportError:
            time.sleep(0.1)  # another process' start: nothing to wait on but its port
            continue
        assert answer.status_code == 200, f"RT answers {answer.status_code}: {answer.text[:500]}"
        return
    raise AssertionError(f"rt-server gave no answer within {LONGEST_START_SECONDS:.0f} s; see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    # Never SIGINT: as root rt-server answers it by giving /var/lib/request-tracker5 another owner.
    for ending in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, ending)
        try:
            process.wait(timeout=5)
            return
        except subprocess.TimeoutExpired:
            continue
