"""A dry run goes on where it stopped, once, whoever carries it out, and leaves cases alone."""

from datetime import timedelta

import pytest

from flow import dry_runs
from flow.dry_rules import RuleQuestion, look_at_rules, present_rules
from flow.named import RefusedError
from flow.teamwork import By
from measure.replayed import Tally
from models.errors import SetupError
from policy.edited import FileKind, read_edited
from policy.loading import PACKS
from store.encoding import decode
from store.store import Store
from tests.flow.bench import NOW, Bench, mention
from tests.flow.test_replay import EVER, HOUSE, dump

EDITED = HOUSE.replace("tier = 3", "tier = 2")
PERIOD = {"since": NOW - timedelta(days=30), "until": NOW + timedelta(days=1)}
OWN = ("dry_runs ", "dry_run_cases ", "events ", "sqlite_sequence ")


def filled(store: Store) -> Bench:
    bench = Bench(store)
    bench.source.mentions += [
        mention("I was charged twice, refund me", id=str(number), author={"id": f"u{number}", "handle": f"h{number}"})
        for number in range(5)
    ]
    bench.flow.pull("x")
    bench.drain()
    return bench


def asked(bench: Bench, rules: str = EDITED, key: str = "k" * 32) -> int:
    with bench.store.writing() as transaction:
        number, _ = dry_runs.ask(transaction, bench.flow.policy, rules, **PERIOD, by=By("agnes", NOW, key))
    return number


def test_a_run_in_many_small_steps_is_the_run_in_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = filled(store)
    whole, stepped = asked(bench), asked(bench, key="l" * 32)
    dry_runs.carry_out_waiting(store, bench.flow.policy, now=NOW)
    with store.reading() as transaction:
        one = transaction.dry_runs.get(whole)
        two = transaction.dry_runs.get(stepped)
    assert one is not None
    assert two is not None
    assert one.finished_at == NOW
    third = asked(bench, key="m" * 32)
    monkeypatch.setattr(dry_runs, "BATCH", 2)
    dry_runs.carry_out_waiting(store, bench.flow.policy, now=NOW)
    with store.reading() as transaction:
        again = transaction.dry_runs.get(third)
        assert again is not None
        assert (again.tally, again.finished_at) == (one.tally, NOW)
        assert transaction.dry_runs.changes(third, limit=10) == transaction.dry_runs.changes(whole, limit=10)
        assert decode(Tally, one.tally).cases == 5


def test_what_another_process_has_looked_at_meanwhile_is_not_counted_twice(store: Store) -> None:
    bench = filled(store)
    number = asked(bench)
    with store.reading() as transaction:
        seen = transaction.dry_runs.get(number)
    assert seen is not None
    dry_runs.carry_out_waiting(store, bench.flow.policy, now=NOW)
    with store.writing() as transaction:
        assert not transaction.dry_runs.go_on(seen, [], up_to=99, tally={}, finished_at=NOW)
        after = transaction.dry_runs.get(number)
        assert after is not None
        assert decode(Tally, after.tally).cases == 5


def test_a_run_changes_no_case_clock_or_entry(store: Store) -> None:
    bench = filled(store)
    before = [row for row in dump(store) if not row.startswith(OWN)]
    asked(bench)
    dry_runs.carry_out_waiting(store, bench.flow.policy, now=NOW)
    assert [row for row in dump(store) if not row.startswith(OWN)] == before


def test_no_more_than_a_few_wait_at_once(store: Store) -> None:
    bench = filled(store)
    for place in range(dry_runs.MOST_WAITING):
        asked(bench, key=f"{place}" * 32)
    with pytest.raises(RefusedError, match="wait already"):
        asked(bench, key="z" * 32)


def test_a_file_of_another_sort_is_refused_and_its_kinds_are_named(store: Store) -> None:
    with pytest.raises(SetupError, match=r"edited\.toml: is no file of rules that can be tried"):
        read_edited(Bench(store).flow.policy, 'name = "x"', file="edited.toml")


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("house/pack.toml", FileKind.HOUSE),
        ("approvals/approvals.toml", FileKind.APPROVALS),
        ("paths/generic.toml", FileKind.PATHS),
        ("targets/targets.toml", FileKind.TARGETS),
    ],
)
def test_every_file_of_rules_as_shipped_changes_nothing(store: Store, place: str, kind: FileKind) -> None:
    bench = filled(store)
    edited = read_edited(bench.flow.policy, (PACKS / place).read_text(encoding="utf-8"), file=place)
    assert edited.kind is kind
    if edited.rules is None:
        return
    present = present_rules(edited.present, edited.rules)
    question = RuleQuestion(*EVER, bench.flow.policy, present, edited.rules)
    found = look_at_rules(store, question)
    assert len(found) == 5
    assert all(one.before == one.after for one in found)


def test_a_shorter_target_would_have_been_missed(store: Store) -> None:
    bench = filled(store)
    text = (PACKS / "targets" / "targets.toml").read_text(encoding="utf-8")
    edited = read_edited(bench.flow.policy, text, file="targets.toml")
    assert edited.rules is not None
    present = present_rules(edited.present, edited.rules)
    long = RuleQuestion(EVER[0], NOW + timedelta(days=60), bench.flow.policy, present, edited.rules)
    short = RuleQuestion(EVER[0], NOW + timedelta(minutes=1), bench.flow.policy, present, edited.rules)
    assert all(one.after for one in look_at_rules(store, long))
    assert not any(one.after for one in look_at_rules(store, short))
