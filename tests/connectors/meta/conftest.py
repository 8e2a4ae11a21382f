import pytest

from tests.connectors.meta.fake import FakeMeta


@pytest.fixture
def fake() -> FakeMeta:
    return FakeMeta()
