import pytest

from connectors.connector import Tools
from connectors.quota import LedgerInMemory


@pytest.fixture
def tools_on():
    """What the registry opens a desk with, on the transport of a fake."""
    return lambda fake: Tools(LedgerInMemory(), sleep=lambda seconds: None, transport=fake.transport())


@pytest.fixture
def tools():
    return Tools(LedgerInMemory())
