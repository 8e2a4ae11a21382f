"""History again: the same rules change nothing, other rules change what they say, and nothing is ever written."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from flow.replay import Found, Question, look_at, replayed
from measure.replayed import Tally
from models import AuthorHistory, Mention, Verdict
from policy.edited import with_house
from policy.loading import PACKS, Policy
from policy.table import table_of
from store.store import Store
from store.tables import metadata
from tests.flow.bench import NOW, Bench, bench_with_sample, mention
from tests.flow.keyword_classifier import KeywordClassifier

HOUSE = (PACKS / "house" / "pack.toml").read_text(encoding="utf-8")
EVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))


def asked(bench: Bench, other: Policy | None = None, classifier: str | None = None) -> Question:
    return Question(*EVER, bench.flow.policy, other or bench.flow.policy, classifier)


def edited(bench: Bench, before: str, after: str) -> Policy:
    """The present rules with the house pack changed in one place."""
    assert before in HOUSE
    return with_house(bench.flow.policy, table_of(HOUSE.replace(before, after, 1), file="edited.toml"))


def tally(found: Sequence[Found]) -> Tally:
    counted = Tally()
    for one in found:
        if one.outcome is not None:
            counted.add(one.outcome)
        else:
            counted.leave_out(one.left_out or "")
    return counted


def dump(store: Store) -> list[str]:
    """Every row of every table."""
    with store.engine.connect() as connection:
        found = []
        for table in metadata.sorted_tables:
            rows = connection.execute(sql(f'SELECT * FROM "{table.name}"')).all()
            found += sorted(f"{table.name} {tuple(row)!r}" for row in rows)
    return found


@pytest.fixture(scope="module")
def sample(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The bundled sample, judged by the shipped classifier."""
    bench = bench_with_sample(empty_sqlite, tmp_path_factory.mktemp("replayed"))
    yield bench
    bench.store.close()


def test_the_same_rules_change_nothing_in_the_bundled_sample_and_give_what_was_decided(sample: Bench) -> None:
    found = list(replayed(sample.store, asked(sample)))
    counted = tally(found)
    assert counted.cases > 100
    assert counted.changed == 0
    assert counted.left_out == {}
    different = [one.outcome for one in found if one.outcome is not None and not one.outcome.as_decided]
    assert different == []


MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(["u1", "u2", None]),
        st.sampled_from(
            [
                "I was charged twice",
                "please refund me @acme",
                "you idiots charged twice",
                "thank you",
                "how do i reset",
                "free crypto",
                "perhaps a refund",
                "the app is down for everyone",
                "third time I ask, ombudsman next",
            ]
        ),
        st.sampled_from(["mention", "dm", "reply"]),
        st.integers(0, 60 * 24),
        st.booleans(),
    ),
    min_size=1,
    max_size=9,
)


@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(MESSAGES, st.booleans())
@example(
    [
        ("u1", "I was charged twice", "reply", 331, False),
        ("u1", "perhaps a refund", "reply", 950, True),
        (None, "thank you", "dm", 459, False),
        ("u2", "thank you", "mention", 1127, True),
        ("u2", "I was charged twice", "mention", 0, False),
    ],
    False,
)
def test_the_same_rules_change_nothing_in_any_untouched_history(
    empty_sqlite: Path, tmp_path: Path, history: list[tuple[str | None, str, str, int, bool]], together: bool
) -> None:
    path = tmp_path / "any.db"
    for old in tmp_path.glob("any.db*"):
        old.unlink()
    shutil.copyfile(empty_sqlite, path)
    store = Store(f"sqlite:///{path}")
    try:
        bench = Bench(store)
        for place, (who, words, kind, minutes, answers) in enumerate(history):
            author = {"id": who, "handle": f"h{who}", "followers": 90_000} if who else None
            more = {"in_reply_to": str(place - 1)} if answers and place else {}
            said_at = (NOW - timedelta(minutes=minutes)).isoformat()
            one = mention(words, id=str(place), author=author, kind=kind, created_at=said_at, **more)
            bench.source.mentions.append(one)
            if not together:
                bench.time += timedelta(minutes=7)
                bench.flow.pull("x")
                bench.drain()
        bench.flow.pull("x")
        bench.drain()
        counted = tally(list(replayed(store, asked(bench))))
        assert counted.cases > 0
        assert (counted.changed, counted.not_as_decided, counted.left_out) == (0, 0, {})
    finally:
        store.close()


def filled(store: Store) -> Bench:
    bench = Bench(store)
    bench.source.mentions += [
        mention("I was charged twice, refund me", id="1"),
        mention("thank you so much", id="2", author={"id": "u2", "handle": "tom"}),
        mention("perhaps a refund", id="3", author={"id": "u3", "handle": "ann"}),
    ]
    bench.flow.pull("x")
    bench.drain()
    return bench


def test_another_rule_shows_case_by_case_what_it_would_change(store: Store) -> None:
    bench = filled(store)
    place = HOUSE.index("[[topics]]")
    topic = """[[topics]]
name = "thanks"
tier = 3
priority = "urgent"
tags = ["thanked"]
team = "praise"
why = "to try it out"
applies_to = ["praise"]
[topics.patterns]
en = ["thank you"]

"""
    other = with_house(bench.flow.policy, table_of(HOUSE[:place] + topic + HOUSE[place:], file="edited.toml"))
    found = [one.outcome for one in replayed(store, asked(bench, other)) if one.outcome is not None]
    changed = [one for one in found if one.changed]
    assert [(one.before.tier, one.after.tier, one.after.team) for one in changed] == [(1, 3, "praise")]
    counted = tally(list(replayed(store, asked(bench, other))))
    assert (counted.tickets_more, counted.complaints_lost, counted.complaints_gained) == (1, 0, 0)
    assert (counted.rules["topic:thanks"].before, counted.rules["topic:thanks"].after) == (0, 1)
    assert counted.rules["topic:thanks"].examples == [changed[0].case_id]


def test_another_calendar_moves_clocks_and_nothing_else(store: Store) -> None:
    bench = filled(store)
    other = replace(bench.flow.policy, extra_holidays=frozenset({(NOW + timedelta(days=4)).date()}))
    counted = tally(list(replayed(store, asked(bench, other))))
    assert counted.clocks_later > 0
    assert counted.clocks_earlier == 0
    assert set(counted.fields) <= {"clock", "score"}


class Deaf(KeywordClassifier):
    version = "deaf"

    def judge(self, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
        found = super().judge(mentions, histories)
        return [replace(one, decision="other", complaint_score=0.0, classifier=self.version) for one in found]


def test_another_classifier_is_asked_only_for_what_it_did_not_judge_and_lost_complaints_are_counted(
    store: Store,
) -> None:
    bench, deaf = filled(store), Deaf()
    question = asked(bench, classifier="deaf")
    counted = tally(list(replayed(store, question, judge=deaf.judge)))
    assert counted.complaints_lost == 2
    assert len(deaf.judged) == 3
    with store.writing() as transaction:
        ids = list(deaf.judged)
        verdicts = deaf.judge([item.mention for item in transaction.mentions.get(ids)], [None] * len(ids))
        transaction.verdicts.add(dict(zip(ids, verdicts, strict=True)), now=bench.time - timedelta(days=1))
    deaf.judged.clear()
    list(replayed(store, question, judge=deaf.judge))
    assert deaf.judged == []


def test_replaying_writes_nothing(store: Store) -> None:
    bench = filled(store)
    before = dump(store)
    list(replayed(store, asked(bench, edited(bench, "tier = 3", "tier = 2")), judge=KeywordClassifier().judge))
    assert dump(store) == before


def test_the_same_question_has_the_same_answer_whatever_the_batch(store: Store) -> None:
    bench = filled(store)
    question = asked(bench, edited(bench, "tier = 3", "tier = 2"))
    at_once = list(replayed(store, question))
    one_by_one: list[Found] = []
    while found := look_at(store, question, after=one_by_one[-1].case_id if one_by_one else 0, limit=1):
        one_by_one += found
    assert one_by_one == at_once


def test_a_case_whose_words_were_taken_out_is_counted_and_not_guessed_at(store: Store) -> None:
    bench = filled(store)
    with store.writing() as transaction:
        transaction.redaction.words(1)
    counted = tally(list(replayed(store, asked(bench))))
    assert counted.left_out == {"words taken out": 1}
    assert counted.cases == 2


def test_a_correction_counts_from_when_it_was_given(store: Store) -> None:
    bench = filled(store)
    bench.relabel("2", "complaint")
    found = [one.outcome for one in replayed(store, asked(bench)) if one.outcome is not None]
    assert [(one.before.complaint, one.as_decided, bool(one.changed)) for one in found] == [
        (True, True, False),
        (True, True, False),
        (True, True, False),
    ]


def test_only_cases_with_a_message_in_the_time_asked_about_are_replayed(store: Store) -> None:
    bench = filled(store)
    question = replace(asked(bench), since=NOW, until=NOW + timedelta(days=1))
    assert list(replayed(store, question)) == []
