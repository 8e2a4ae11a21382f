"""The inbox as a program of its own, and agents who are logged in to it."""

import random
import re
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from pydantic import SecretStr

from models.errors import SetupError
from running.port import open_port
from running.tree import web_parts
from settings import Settings
from store.store import Store

STOP_SECONDS = 15
_COMPOSER = re.compile(r'action="[^"]*/reply".*?</form>', re.DOTALL)
_CHECK = re.compile(r'name="(check\.\w+)" value="said"')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Agent:
    """One browser: each request opens its connection, for agents think for longer than a server waits."""

    def __init__(self, port: int, token: str, form_token: str, cases: list[int]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Cookie": f"earshot_session={token}"}
        self._form_token = form_token
        self._cases = cases

    def some_case(self, dice: random.Random) -> int:
        return dice.choice(self._cases)

    def get(self, path: str) -> float:
        """Milliseconds until all of the page is here."""
        began = time.perf_counter()
        self._ask("GET", path)
        return (time.perf_counter() - began) * 1000

    def reply(self, case_id: int) -> float:
        """The sending alone; the page with its form was opened before. Somebody else may have answered meanwhile."""
        page = self._ask("GET", f"/cases/{case_id}")
        found = _COMPOSER.search(page)
        if found is None:
            raise SetupError(f"case {case_id} of the benchmark cannot be answered")
        fields = dict(_HIDDEN.findall(found[0])) | {"form_token": self._form_token, "audience": "public"}
        fields |= {"text": "Thanks for telling us. We look into it and answer here by tomorrow.", "anyway": ""}
        fields |= dict.fromkeys(_CHECK.findall(found[0]), "said")
        body = urlencode(fields)
        began = time.perf_counter()
        self._ask("POST", f"/cases/{case_id}/reply", body)
        return (time.perf_counter() - began) * 1000

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        self._connection.close()  # the server closes it by itself while an agent thinks
        self._connection.request(method, path, body, self._headers | form)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if answer.status not in (200, 303, 409):
            raise SetupError(f"{method} {path.split('?')[0]} was answered with {answer.status}")
        return text


@contextmanager
def open_inbox(url: str, home: Path, *, agents: int, processes: int) -> Iterator[list[Agent]]:
    store = Store(url)
    tokens = [_log_in(store, number) for number in range(1, agents + 1)]
    with store.reading() as transaction:
        cases = transaction.cases.ids_of_view("all", person="", now=datetime.now(UTC), limit=2_000)
    store.close()
    settings = Settings(home=home, database_url=SecretStr(url), web_port=_free_port(), web_processes=processes)
    given = (f"EARSHOT_HOME={home}", f"EARSHOT_DATABASE_URL={url}", f"EARSHOT_WEB_PORT={settings.web_port}")
    with open_port(settings) as port:
        parts = web_parts(settings, port.fileno())
        for part in parts:
            part.command, part.log = ["env", *given, *part.command], home / "web.log"
            part.start()
        try:
            found = [Agent(settings.web_port, token, form_token, cases) for token, form_token in tokens]
            for agent in found * processes:
                agent.get("/")  # each process has answered, and is warm
            yield found
        finally:
            for part in parts:
                part.ask_to_stop()
            for part in parts:
                part.wait(STOP_SECONDS)


def _log_in(store: Store, number: int) -> tuple[str, str]:
    now, token, form_token = datetime.now(UTC), secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with store.writing() as transaction:
        there = transaction.accounts.by_name(f"Agent {number}")
        user_id = there.id if there else transaction.accounts.add(f"Agent {number}", "agent", now=now)
        expires_at = now + timedelta(hours=6)
        transaction.accounts.open_session(user_id, token, form_token, now=now, expires_at=expires_at)
    return token, form_token


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
