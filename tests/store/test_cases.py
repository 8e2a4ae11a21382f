"""The queue as it is shown."""

from store.cases import VIEWS
from store.store import Store
from tests.flow.bench import Bench, message


def test_a_row_shows_the_newest_words_of_the_person_whose_case_it_is(store: Store) -> None:
    bench = Bench(store)
    bench.read(
        message("charged twice", id="1", conversation_id="t", created_at="2026-06-05T10:00:00Z"),
        message("third time I write", id="2", conversation_id="t", created_at="2026-06-05T11:00:00Z"),
        message("same here", id="3", conversation_id="t", created_at="2026-06-05T12:00:00Z", author={"id": "u2"}),
        message("refund please", id="4", author=None),
    )
    bench.drain()
    with store.reading() as transaction:
        rows = transaction.cases.queue("all", person="agnes", now=bench.time, limit=10)
    assert {row.text for row in rows} == {"third time I write", "refund please"}


def test_every_view_can_be_counted_and_shown(store: Store) -> None:
    bench = Bench(store)
    bench.read(message("charged twice", id="1"), message("free crypto", id="2", author={"id": "u2"}))
    bench.drain()
    with store.reading() as transaction:
        counts = transaction.cases.view_counts(VIEWS, person="agnes", now=bench.time)
        shown = {view: transaction.cases.queue(view, person="agnes", now=bench.time, limit=10) for view in VIEWS}
    assert counts == {view: len(rows) for view, rows in shown.items()}
    assert (counts["all"], counts["noise"], counts["tier3"], counts["mine"]) == (1, 1, 1, 0)
