"""A dry run goes on where it stopped, once, whoever carries it out, and leaves cases alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from flow import dry_runs
from flow.complaints import Complaints
from flow.dry_rules import RuleQuestion, look_at_rules, present_rules
from flow.dry_runs import Wish
from flow.named import RefusedError
from flow.past import Judge
from flow.replay import Question, replayed
from flow.teamwork import By
from measure.replayed import CaseChange, Tally
from models import AuthorHistory, Mention, Verdict
from models.errors import SetupError
from policy.edited import FileKind, read_edited
from policy.loading import PACKS
from store.dry_runs import DryRun
from store.encoding import decode
from store.store import Store
from tests.flow.bench import NOW, Bench, mention
from tests.flow.test_replay import EVER, HOUSE, dump

EDITED = HOUSE.replace("tier = 3", "tier = 2")
OWN = ("dry_runs ", "dry_run_cases ", "events ", "sqlite_sequence ")


def nobody(name: str) -> NoReturn:
    raise SetupError(f"classifier {name!r} is not here")


def filled(store: Store) -> Bench:
    bench = Bench(store)
    bench.source.mentions += [
        mention("I was charged twice, refund me", id=str(number), author={"id": f"u{number}", "handle": f"h{number}"})
        for number in range(5)
    ]
    bench.flow.pull("x")
    bench.drain()
    return bench


def asked(bench: Bench, rules: str = EDITED, key: str = "k" * 32, **more: str) -> int:
    wish = Wish(NOW - timedelta(days=30), NOW + timedelta(days=1), rules, **more)
    with bench.store.writing() as transaction:
        number, _ = dry_runs.ask(transaction, bench.flow.policy, wish, by=By("agnes", NOW, key))
    return number


def carried_out(bench: Bench, number: int, find: dry_runs.Find = nobody) -> tuple[DryRun, Tally]:
    dry_runs.carry_out_waiting(bench.store, bench.flow.policy, find, now=NOW)
    with bench.store.reading() as transaction:
        run = transaction.dry_runs.get(number)
    assert run is not None
    return run, decode(Tally, run.tally)


def test_a_run_in_many_small_steps_is_the_run_in_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = filled(store)
    whole, stepped = asked(bench), asked(bench, key="l" * 32)
    dry_runs.carry_out_waiting(store, bench.flow.policy, nobody, now=NOW)
    with store.reading() as transaction:
        one = transaction.dry_runs.get(whole)
        two = transaction.dry_runs.get(stepped)
    assert one is not None
    assert two is not None
    assert one.finished_at == NOW
    third = asked(bench, key="m" * 32)
    monkeypatch.setattr(dry_runs, "BATCH", 2)
    dry_runs.carry_out_waiting(store, bench.flow.policy, nobody, now=NOW)
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
    dry_runs.carry_out_waiting(store, bench.flow.policy, nobody, now=NOW)
    with store.writing() as transaction:
        assert not transaction.dry_runs.go_on(seen, [], up_to=99, tally={}, finished_at=NOW)
        after = transaction.dry_runs.get(number)
        assert after is not None
        assert decode(Tally, after.tally).cases == 5


def test_a_run_changes_no_case_clock_or_entry(store: Store) -> None:
    bench = filled(store)
    before = [row for row in dump(store) if not row.startswith(OWN)]
    asked(bench)
    dry_runs.carry_out_waiting(store, bench.flow.policy, nobody, now=NOW)
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
        ("asic-rg271/pack.toml", FileKind.REGULATION),
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
        found = [one.outcome for one in replayed(store, Question(*EVER, bench.flow.policy, edited.policy))]
        assert len(found) == 5
        assert all(one is not None and not one.changed for one in found)
        return
    present = present_rules(bench.flow.policy, edited.rules)
    question = RuleQuestion(*EVER, bench.flow.policy, present, edited.rules)
    found = look_at_rules(store, question)
    assert len(found) == 5
    assert all(one.before == one.after for one in found)


def test_a_shorter_target_would_have_been_missed(store: Store) -> None:
    bench = filled(store)
    text = (PACKS / "targets" / "targets.toml").read_text(encoding="utf-8")
    edited = read_edited(bench.flow.policy, text, file="targets.toml")
    assert edited.rules is not None
    present = present_rules(bench.flow.policy, edited.rules)
    long = RuleQuestion(EVER[0], NOW + timedelta(days=60), bench.flow.policy, present, edited.rules)
    short = RuleQuestion(EVER[0], NOW + timedelta(minutes=1), bench.flow.policy, present, edited.rules)
    assert all(one.after for one in look_at_rules(store, long))
    assert not any(one.after for one in look_at_rules(store, short))


HOLIDAY = "kind,date,name,places\nextra,2026-06-09,Local day,AU-NSW\n"
"""The first working day after `NOW`: Saturday in Sydney, and Monday is the King's Birthday."""


def test_a_day_more_in_the_calendar_moves_the_clocks_that_count_business_days(store: Store) -> None:
    bench = filled(store)
    run, tally = carried_out(bench, asked(bench, HOLIDAY))
    assert (run.kind, run.fault, tally.cases) == (FileKind.CALENDAR, None, 5)
    assert tally.clocks_later == 2 * 5, "the acknowledgement, and a closure within five business days"


def test_a_regulation_with_another_number_of_days_moves_the_clocks(store: Store) -> None:
    bench = filled(store)
    pack = (PACKS / "asic-rg271" / "pack.toml").read_text(encoding="utf-8")
    assert "value = 30" in pack
    run, tally = carried_out(bench, asked(bench, pack.replace("value = 30", "value = 21", 1)))
    assert (run.kind, run.title, tally.clocks_earlier) == (FileKind.REGULATION, "asic-rg271 2021-09", 5)


def test_another_sector_by_its_name_gives_the_cases_its_own_teams(store: Store) -> None:
    bench = filled(store)
    run, tally = carried_out(bench, asked(bench, "", sector="bank"))
    assert (run.kind, run.title, tally.cases) == (FileKind.SECTOR, "sector bank 2026-11", 5)
    with pytest.raises(SetupError, match="sector 'shop' is unknown; known sectors: bank"):
        asked(bench, "", key="l" * 32, sector="shop")


def test_a_sector_that_registers_complaints_as_another_type_moves_the_clocks_of_those_nobody_recorded_one_for(
    store: Store,
) -> None:
    bench = filled(store)
    with store.writing() as transaction:
        first = transaction.complaints.of_case(1)
        assert first is not None
        acts = Complaints(transaction, bench.flow.policy, now=NOW)
        acts.retype(first.id, person="agnes", at=NOW, types=["credit_default_notice"], reason="about a notice")
    run, tally = carried_out(bench, asked(bench, "", sector="super"))
    assert run.fault is None
    with store.reading() as transaction:
        changes = [decode(CaseChange, one) for one in transaction.dry_runs.changes(run.id, limit=9)]
    moved = {one.case_id: {each.what for each in one.changes if each.what == "clock:respond"} for one in changes}
    assert [number for number, clocks in moved.items() if clocks] == [2, 3, 4, 5]


def test_an_edited_sector_pack_is_one_that_is_chosen_by_name(store: Store) -> None:
    bench = filled(store)
    by_name = asked(bench, "", sector="bank")
    text = (PACKS / "sectors" / "bank.toml").read_text(encoding="utf-8")
    by_file = asked(bench, text, key="l" * 32)
    assert carried_out(bench, by_name)[1] == carried_out(bench, by_file)[1]


def test_another_version_judges_what_it_has_not_judged_in_few_calls(store: Store) -> None:
    bench = filled(store)
    batches: list[int] = []

    def find(name: str) -> tuple[str, Judge]:
        def judge(mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
            batches.append(len(mentions))
            return bench.classifier.judge([replace(one, text="free crypto") for one in mentions], histories)

        return name, judge

    run, tally = carried_out(bench, asked(bench, "", classifier="other"), find)
    assert (run.kind, run.title, run.fault) == ("classifier", "classifier other", None)
    assert batches == [5]
    assert (tally.cases, tally.complaints_lost) == (5, 5)


def test_a_version_that_is_gone_ends_the_run_with_its_reason_and_no_other(store: Store) -> None:
    bench = filled(store)
    gone, other = asked(bench, "", classifier="gone"), asked(bench, key="l" * 32)
    run, _ = carried_out(bench, gone)
    assert run.fault == "classifier 'gone' is not here"
    assert carried_out(bench, other)[0].fault is None


def test_what_cannot_be_put_together_is_refused_at_once(store: Store) -> None:
    bench = filled(store)
    targets = (PACKS / "targets" / "targets.toml").read_text(encoding="utf-8")
    sector = (PACKS / "sectors" / "bank.toml").read_text(encoding="utf-8")
    for rules, more, said in (
        ("", {}, "there is nothing to try"),
        (targets, {"sector": "bank"}, "try such a file alone"),
        (targets, {"classifier": "shipped"}, "try such a file alone"),
        (sector, {"sector": "telco"}, "leave one of them"),
    ):
        with pytest.raises(RefusedError, match=said):
            asked(bench, rules, **more)
