"""The port of the inbox is opened before anything is started, and one or more processes serve it."""

import socket
import urllib.request
from pathlib import Path

import pytest

from models.errors import SetupError
from running.port import open_port
from settings import Settings
from tests.program import Program, free_port


def test_a_free_port_listens_until_it_is_closed() -> None:
    settings = Settings(web_port=free_port())
    with open_port(settings):
        socket.create_connection((settings.web_host, settings.web_port), timeout=5).close()
    with socket.create_server((settings.web_host, settings.web_port)) as free_again:
        assert free_again.getsockname()[1] == settings.web_port


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(SetupError, match=f"127.0.0.1:{port} is taken.*EARSHOT_WEB_PORT"),
            open_port(Settings(web_port=port)),
        ):
            pass


@pytest.mark.slow
def test_the_inbox_answers_while_one_of_its_two_processes_is_killed(tmp_path: Path) -> None:
    program = Program(tmp_path / "home", {"EARSHOT_WEB_PROCESSES": "2"})
    address = f"http://127.0.0.1:{program.environment['EARSHOT_WEB_PORT']}/login"

    def answers() -> bool:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return bool(answer.status == 200)

    with program.up() as process:
        program.wait_for(lambda: len(program.children(process, "web")) == 2, process=process)
        assert answers()
        killed = program.children(process, "web")[0]
        killed.kill()
        assert all(answers() for _ in range(8))
        program.wait_for(
            lambda: len([one for one in program.children(process, "web") if one.pid != killed.pid]) == 2,
            process=process,
        )
        assert answers()
