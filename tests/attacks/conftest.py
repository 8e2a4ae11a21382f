"""An inbox over a real database, full of what attackers write."""

from tests.inbox.conftest import (  # noqa: F401 - fixtures
    _front_end,
    agent,
    app,
    as_role,
    clock,
    nobody,
    open_browser,
    queues,
    settings,
)
