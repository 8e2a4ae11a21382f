"""The port of the inbox is looked at before anything is started."""

import socket

import pytest

from models.errors import SetupError
from running.port import require_port
from settings import Settings
from tests.program import free_port


def test_a_free_port_is_fine_and_stays_free() -> None:
    settings = Settings(web_port=free_port())
    assert require_port(settings) is None
    with socket.create_server((settings.web_host, settings.web_port)) as taken:
        assert taken.getsockname()[1] == settings.web_port


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SetupError, match=f"127.0.0.1:{port} is taken.*EARSHOT_WEB_PORT"):
            require_port(Settings(web_port=port))
