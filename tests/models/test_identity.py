import pytest

from models.identity import mention_id


def test_the_same_message_always_gets_the_same_id() -> None:
    assert mention_id("bluesky", "acme.test", "at://did:plc:a/app.bsky.feed.post/1") == "m_d632bd2b5b8b36618e144998"


@pytest.mark.parametrize(
    "other",
    [
        ("x", "acme", "1"),
        ("bluesky", "acme2", "1"),
        ("bluesky", "acme", "2"),
        ("blueskya", "cme", "1"),
        ("bluesky", "acme1", ""),
    ],
)
def test_each_part_and_its_place_counts(other: tuple[str, str, str]) -> None:
    assert mention_id(*other) != mention_id("bluesky", "acme", "1")


def test_an_id_is_short_and_plain_ascii_whatever_the_parts_are() -> None:
    made = mention_id("bluesky", "größe.example", "日本語 😡")

    assert len(made) == 26
    assert made.startswith("m_")
    assert set(made[2:]) <= set("0123456789abcdef")
