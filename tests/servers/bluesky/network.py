"""The network as tests use it: accounts, posts, replies, deletions, on real servers on loopback."""

import json
import os
import pwd
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.servers.bluesky.install import HERE, ServerUnavailable, install
from tests.servers.bluesky.process import ends_with_us, free_port, running

START_SECONDS = 240
VISIBLE_SECONDS = 90
POST = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on the test network."""

    did: str
    handle: str
    password: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that was accepted."""

    uri: str
    cid: str


class BlueskyNetwork:
    """A running network. `url` is what the connector is given as its service."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        self.url = url
        self._client = client
        self._tokens: dict[str, str] = {}

    def create_account(self, handle: str, *, name: str | None = None) -> Account:
        """`handle` ends in `.test`. The account shows everywhere once this returns."""
        password = secrets.token_urlsafe(12)
        answer = self._post(
            None,
            "com.atproto.server.createAccount",
            {"handle": handle, "email": f"{handle}@example.com", "password": password},
        )
        account = Account(answer["did"], handle, password)
        self._tokens[account.did] = answer["accessJwt"]
        profile = {"$type": "app.bsky.actor.profile", "displayName": name or handle, "createdAt": instant()}
        self._put(account, "app.bsky.actor.profile", "self", profile)
        self._wait_for(lambda: self._shows_profile(account), f"profile of {handle}")
        return account

    def post(
        self,
        account: Account,
        text: str,
        *,
        mention: Account | None = None,
        reply_to: Posted | None = None,
        root: Posted | None = None,
        quote: Posted | None = None,
        created_at: str | None = None,
        langs: tuple[str, ...] = ("en",),
    ) -> Posted:
        """`@handle` of `mention` is put before the text. `root` is `reply_to` where the thread is one deep.

        What is answered or quoted must show first: the app view notifies nobody of an answer that it indexes at the
        same moment as the post above it.
        """
        for above in filter(None, (reply_to, quote)):
            self.wait_for_post(account, above)
        record: dict[str, Any] = {"$type": POST, "createdAt": created_at or instant(), "langs": list(langs)}
        record["text"] = f"@{mention.handle} {text}" if mention else text
        if mention:
            end = len(mention.handle.encode()) + 1
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": mention.did}
            record["facets"] = [{"index": {"byteStart": 0, "byteEnd": end}, "features": [feature]}]
        if reply_to:
            record["reply"] = {"root": _ref(root or reply_to), "parent": _ref(reply_to)}
        if quote:
            record["embed"] = {"$type": "app.bsky.embed.record", "record": _ref(quote)}
        return self._create(account, POST, record)

    def follow(self, account: Account, followed: Account) -> Posted:
        record = {"$type": "app.bsky.graph.follow", "subject": followed.did, "createdAt": instant()}
        return self._create(account, "app.bsky.graph.follow", record)

    def block(self, account: Account, blocked: Account) -> Posted:
        record = {"$type": "app.bsky.graph.block", "subject": blocked.did, "createdAt": instant()}
        return self._create(account, "app.bsky.graph.block", record)

    def delete(self, account: Account, posted: Posted) -> None:
        collection, rkey = posted.uri.split("/")[-2:]
        self._post(
            account,
            "com.atproto.repo.deleteRecord",
            {"repo": account.did, "collection": collection, "rkey": rkey},
        )

    def deactivate(self, account: Account) -> None:
        self._post(account, "com.atproto.server.deactivateAccount", {})

    def replies(self, account: Account, posted: Posted) -> list[Mapping[str, Any]]:
        """Answers to a post as the public sees them, each a post view."""
        answer = self._get(account, "app.bsky.feed.getPostThread", {"uri": posted.uri, "depth": 1})
        return [reply["post"] for reply in answer["thread"].get("replies", []) if "post" in reply]

    def wait_for_replies(self, account: Account, posted: Posted, *, count: int) -> list[Mapping[str, Any]]:
        self._wait_for(lambda: len(self.replies(account, posted)) >= count, f"{count} replies")
        return self.replies(account, posted)

    def wait_for_post(self, account: Account, posted: Posted, *, gone: bool = False) -> None:
        """Until the post shows to `account`, or no longer does."""

        def shows() -> bool:
            return bool(self._get(account, "app.bsky.feed.getPosts", {"uris": posted.uri})["posts"])

        self._wait_for(lambda: shows() is not gone, f"post {posted.uri}")

    def wait_for_notification(self, account: Account, posted: Posted) -> None:
        def listed() -> bool:
            answer = self._get(account, "app.bsky.notification.listNotifications", {"limit": 100})
            return any(item["uri"] == posted.uri for item in answer["notifications"])

        self._wait_for(listed, f"notification of {posted.uri}")

    def _shows_profile(self, account: Account) -> bool:
        answer = self._get(account, "app.bsky.actor.getProfiles", {"actors": account.did})
        return any(profile.get("displayName") for profile in answer["profiles"])

    def _wait_for(self, happened: Any, what: str) -> None:
        deadline = time.monotonic() + VISIBLE_SECONDS
        while not happened():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not happen within {VISIBLE_SECONDS} s")
            time.sleep(0.1)

    def _create(self, account: Account, collection: str, record: Mapping[str, Any]) -> Posted:
        body = {"repo": account.did, "collection": collection, "record": record}
        answer = self._post(account, "com.atproto.repo.createRecord", body)
        return Posted(answer["uri"], answer["cid"])

    def _put(self, account: Account, collection: str, rkey: str, record: Mapping[str, Any]) -> None:
        body = {"repo": account.did, "collection": collection, "rkey": rkey, "record": record}
        self._post(account, "com.atproto.repo.putRecord", body)

    def _post(self, account: Account | None, method: str, body: Mapping[str, Any]) -> Any:
        answer = self._client.post(f"/xrpc/{method}", json=body, headers=self._headers(account))
        return _body(answer)

    def _get(self, account: Account, method: str, query: Mapping[str, Any]) -> Any:
        return _body(self._client.get(f"/xrpc/{method}", params=query, headers=self._headers(account)))

    def _headers(self, account: Account | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[account.did]}"} if account else {}


def instant(*, ago: timedelta = timedelta(0)) -> str:
    """Now, or some time ago, as Bluesky writes it."""
    at = datetime.now(UTC) - ago
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def start_network(folder: Path) -> Iterator[BlueskyNetwork]:
    """The whole network, stopped for sure on the way out. Logs go to `folder`.

    Raises: ServerUnavailable naming the program that is missing.
    """
    postgres_bin, redis = _postgres_bin(), _program("redis-server")
    node, packages = install()
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "start.mjs", packages / "start.mjs")
    with ExitStack() as stack:
        temporary = stack.enter_context(_folder_for_all())
        database = stack.enter_context(_postgres(postgres_bin, temporary, folder))
        cache = stack.enter_context(_redis(redis, temporary, folder))
        environment = {
            **node.environment,
            "DB_POSTGRES_URL": database,
            "REDIS_HOST": cache,
            "LOG_ENABLED": "false",
            "TMPDIR": str(temporary),
        }
        line = stack.enter_context(
            running(
                [node.program, "start.mjs"],
                ready="READY ",
                log=folder / "network.log",
                seconds=START_SECONDS,
                environment=environment,
                folder=packages,
            )
        )
        url = json.loads(line.removeprefix("READY "))["url"]
        client = stack.enter_context(httpx.Client(base_url=url, timeout=30, trust_env=False))
        yield BlueskyNetwork(url, client)


@contextmanager
def _folder_for_all() -> Iterator[Path]:
    """A folder that the database's own user may enter too, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="earshot-bluesky-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def _postgres(binaries: Path, temporary: Path, logs: Path) -> Iterator[str]:
    """URL of an empty PostgreSQL that is thrown away afterwards."""
    data, port, user = temporary / "postgres", free_port(), _database_user()
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(data, user, user)
    prefix = ends_with_us(signal.SIGINT, user=user)
    setup: list[str | Path] = [
        *prefix,
        binaries / "initdb",
        "-D",
        data,
        "-U",
        "earshot",
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    with running(setup, ready="Success", log=logs / "initdb.log", seconds=120, folder=temporary):
        pass
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 300,
        "fsync": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with running(
        [*prefix, binaries / "postgres", "-D", data, *options],
        ready="ready to accept connections",
        log=logs / "postgres.log",
        stop_signal=signal.SIGINT,
        folder=temporary,
    ):
        yield f"postgresql://earshot@127.0.0.1:{port}/postgres"


def _database_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError as error:
        raise ServerUnavailable("PostgreSQL will not run as root and there is no user `postgres`") from error


@contextmanager
def _redis(program: Path, temporary: Path, logs: Path) -> Iterator[str]:
    port = free_port()
    options: list[str | Path] = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        temporary,
    ]
    command: list[str | Path] = [*ends_with_us(signal.SIGTERM), program, *options]
    with running(command, ready="Ready to accept connections", log=logs / "redis.log", folder=temporary):
        yield f"127.0.0.1:{port}"


def _postgres_bin() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    return _program("initdb").parent


def _program(name: str) -> Path:
    path = shutil.which(name)
    if path is None:
        raise ServerUnavailable(f"`{name}` is not on PATH; install PostgreSQL and Redis (apt: postgresql redis-server)")
    return Path(path)


def _ref(posted: Posted) -> dict[str, str]:
    return {"uri": posted.uri, "cid": posted.cid}


def _body(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise AssertionError(f"{answer.request.url.path}: {answer.status_code} {answer.text[:300]}")
    return answer.json() if answer.content else None
