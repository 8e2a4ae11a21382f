"""What is measured on is the same in every run, and no message is a repeat of another."""

import gzip
from pathlib import Path

import pytest

from benchmarks.messages import Mixed, prepare, some_others, source_of
from ingest.normalise import words_digest
from models.errors import SetupError


def test_the_sample_is_repeated_to_the_number_asked_for_and_always_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    made = prepare(first, file=None, number=400), prepare(second, file=None, number=400)
    assert made[0].count == 400
    assert made[0].sha256 == made[1].sha256
    assert "400 messages" in made[0].what


def test_a_copy_has_ids_authors_and_threads_of_its_own(tmp_path: Path) -> None:
    mentions = prepare(tmp_path, file=None, number=400).mentions
    assert len({mention.id for mention in mentions}) == 400
    replies = [mention for mention in mentions if mention.in_reply_to]
    copies = {mention.native_id.rsplit("-", 1)[1] for mention in mentions}
    assert {"0", "1", "2"} <= copies
    assert replies
    assert all(reply.in_reply_to.rsplit("-", 1)[1] == reply.native_id.rsplit("-", 1)[1] for reply in replies)


def test_two_copies_of_a_message_are_not_taken_for_one_said_twice(tmp_path: Path) -> None:
    mentions = prepare(tmp_path, file=None, number=400).mentions
    first = {(words_digest(each.text), each.author and each.author.id) for each in mentions[:100]}
    rest = {(words_digest(each.text), each.author and each.author.id) for each in mentions[100:]}
    assert not first & rest


def test_the_warm_up_shares_no_message_with_what_is_measured(tmp_path: Path) -> None:
    measured = {mention.id for mention in prepare(tmp_path, file=None, number=400).mentions}
    warm_up = {mention.id for mention in source_of(some_others(tmp_path, number=50)).pull(None).mentions}
    assert len(warm_up) == 50
    assert not measured & warm_up


def test_the_sample_is_mixed_anew_with_the_share_of_complaints_that_was_asked_for(tmp_path: Path) -> None:
    mixed = Mixed(0.05, lambda mentions: ["refund" in mention.text for mention in mentions])
    messages = prepare(tmp_path, file=None, number=400, mixed=mixed)
    assert sum("refund" in mention.text for mention in messages.mentions) == 20
    assert len({mention.id for mention in messages.mentions}) == 400
    assert "5% of them complaints" in messages.what
    with pytest.raises(SetupError, match="cannot be mixed"):
        prepare(tmp_path, file=None, number=400, mixed=Mixed(0.05, lambda mentions: [True] * len(mentions)))


def test_a_file_is_read_plain_or_packed_and_named_with_its_size(tmp_path: Path) -> None:
    line = b'{"id": "1", "text": "charged twice"}\n{"id": "2", "text": "thank you"}\n'
    (tmp_path / "posts.jsonl.gz").write_bytes(gzip.compress(line))
    messages = prepare(tmp_path, file=tmp_path / "posts.jsonl.gz", number=None)
    assert [mention.text for mention in messages.mentions] == ["charged twice", "thank you"]
    assert "2 messages" in messages.what
    assert "posts.jsonl.gz" in messages.what


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nowhere.jsonl"):
        prepare(tmp_path, file=tmp_path / "nowhere.jsonl", number=None)
