from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classify.classifier import Classifier
from classify.loading import SHIPPED, load
from models.author import Author
from models.mention import Kind, Mention
from tests.training.tiny import train_tiny

SAID_AT = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
MentionMaker = Callable[..., Mention]


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights trained in seconds on invented rows: good for contracts, not for judgement."""
    return train_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny(tiny_weights: Path) -> Classifier:
    return load(tiny_weights)


@pytest.fixture(scope="session")
def shipped() -> Iterator[Classifier]:
    if not (SHIPPED / "manifest.toml").is_file():
        pytest.skip("no shipped weights: run `python -m training`")
    yield load()


@pytest.fixture(scope="session")
def mention() -> MentionMaker:
    def make(text: str, *, lang: str | None = None, author: Author | None = None) -> Mention:
        return Mention(
            id=f"m-{abs(hash(text))}",
            channel="replay",
            account="acme",
            native_id="1",
            kind=Kind.MENTION,
            text=text,
            created_at=SAID_AT,
            received_at=SAID_AT,
            conversation_id="1",
            lang=lang,
            author=author,
        )

    return make
