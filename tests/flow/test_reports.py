"""From the register in the database to the board report, on both kinds."""

from datetime import timedelta

from flow.chain import append
from flow.reports import board_of, complaint_facts
from flow.review import draw, give_verdict
from flow.systemic_look import look
from measure.periods import between, named
from models import EntryKind
from reports.content import report
from reports.page import as_html
from store.outbox import Effect
from store.store import Store
from tests.flow.bench import NOW, Bench, message
from tests.triage.build import NSW

SECRETS = ("zanzibar", "quetzal", "marmalade", "obsidian")
"""One person each says one of these: not words of the issue."""


def bench_with(store: Store) -> Bench:
    bench = Bench(store)
    texts = [f"charged twice the annual card fee {secret}" for secret in SECRETS] + ["free crypto"] * 3
    bench.read(
        *(
            message(
                text, id=str(number), author={"id": f"u{number}", "handle": f"handle{number}", "name": f"Name{number}"}
            )
            for number, text in enumerate(texts)
        )
    )
    bench.drain()
    return bench


def close(store: Store, complaint_id: str, bench: Bench, basis: str) -> None:
    at = bench.time + timedelta(hours=1)
    facts = {"at": at.isoformat(), "closed_at": at.isoformat(), "by": "eva", "basis": basis, "outcome": "upheld"}
    with store.writing() as transaction:
        transaction.register.lock()
        append(transaction, EntryKind.CLOSED, complaint_id, facts, {}, now=at)


def answer_twice(store: Store, bench: Bench, case_id: int, native_id: str) -> None:
    for number in (1, 2):
        row = bench.answer(number, to=native_id, case_id=case_id)
        bench.flow.deliver(row)
    with store.reading() as transaction:
        assert all(row.effect in set(Effect) for row in transaction.outbox.of_case(case_id))


def test_answers_that_reached_the_author_are_counted_by_complaint(store: Store) -> None:
    bench = bench_with(store)
    answer_twice(store, bench, 1, "0")
    with store.reading() as transaction:
        facts = {one.complaint_id: one for one in complaint_facts(transaction, NSW.zone)}
    assert sorted(len(one.answers_on) for one in facts.values()) == [0, 0, 0, 2]


def test_the_report_of_a_small_register_counts_what_happened(store: Store) -> None:
    bench = bench_with(store)
    answer_twice(store, bench, 1, "0")
    for number in (1, 2):
        close(store, f"C-000000{number}", bench, "5bd_satisfied")
    with store.reading() as transaction:
        board = board_of(
            transaction, named("2026H1"), firm="L", policy="p", zone=NSW.zone, now=NOW + timedelta(days=1), earlier=2
        )
    now = board.now
    assert [one.period.name for one in board.figures] == ["2025H1", "2025H2", "2026H1"]
    assert (now.movement.received, now.movement.closed, now.movement.open_end) == (4, 2, 2)
    assert (now.first_contact.count, now.first_contact.total) == (1, 2)
    assert now.acknowledgement.in_time == 1 and now.acknowledgement.waiting == 3
    assert board.issues == () and board.missed is None


def test_the_report_holds_issues_and_the_miss_rate_and_no_personal_data(store: Store) -> None:
    bench_with(store)
    look(store, zone=NSW.zone, now=NOW)
    later = NOW + timedelta(days=4)
    draw(store, zone=NSW.zone, now=later)
    with store.writing() as transaction:
        for item in transaction.review.items("2026-W23"):
            give_verdict(transaction, item.id, "spam", person="eva", now=later)
    with store.reading() as transaction:
        board = board_of(transaction, named("2026-06"), firm="L", policy="p", zone=NSW.zone, now=later)
        earlier = board_of(transaction, named("2026-05"), firm="L", policy="p", zone=NSW.zone, now=later)
        june = between(named("2026-06").start, named("2026-06").end)
        span = board_of(transaction, june, firm="L", policy="p", zone=NSW.zone, now=later, earlier=1)
    assert [issue.complaints for issue in board.issues] == [4]
    assert board.missed is not None and (board.missed.reviewed, board.missed.missed) == (3, 0)
    assert earlier.issues == () and earlier.missed is None
    assert span.now.movement == board.now.movement
    page = as_html(report(board)).decode()
    assert "annual" in page
    assert not any(word in page for word in (*SECRETS, "handle", "Name1", ">u1<"))
