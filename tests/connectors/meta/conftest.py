import pytest

from tests.fakes.meta import FakeMeta


@pytest.fixture
def fake() -> FakeMeta:
    return FakeMeta()
