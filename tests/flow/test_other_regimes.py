"""A firm under another regime: its pack's clocks are met, and its early closing ends, as those of RG 271 are."""

from datetime import UTC, datetime

import pytest

from flow.complaints import Complaints
from models.complaint import Basis, Evidence, Life, Outcome, Remedy, Status
from register.life import fold
from register.rows import row
from register.transitions import RefusedActError
from settings import Settings
from store.store import Store
from tests.flow.bench import NOW, Bench, message

C1 = "C-0000001"
LONDON = {"policy_pack": "uk-disp", "place": "GB-ENG"}
MELBOURNE = {"policy_pack": "au-telco", "place": "AU-VIC"}


def registered(store: Store, under: dict[str, str]) -> Bench:
    """One complaint, received on Friday, 5 June 2026."""
    bench = Bench(store, settings=Settings.model_validate(under))
    bench.read(message("you charged twice", id="1"))
    bench.drain()
    return bench


def life_of(bench: Bench) -> Life:
    with bench.store.reading() as transaction:
        return fold(transaction.register.of_complaint(C1))


@pytest.mark.parametrize(
    ("at", "is_closed"),
    [("2026-06-10T22:59", True), ("2026-06-10T23:01", False)],  # the third business day ends at midnight in London
)
def test_early_closing_under_disp_ends_with_the_third_business_day(store: Store, at: str, is_closed: bool) -> None:
    bench = registered(store, LONDON)
    bench.time = datetime.fromisoformat(at).replace(tzinfo=UTC)
    evidence = Evidence(who="mira", at=NOW, channel="phone", quote="yes, that solves it")
    with bench.store.writing() as transaction:
        acts = Complaints(transaction, bench.flow.policy, now=bench.time)
        closing = {
            "person": "agnes",
            "at": bench.time,
            "basis": Basis.SATISFIED_IN_5BD,
            "outcome": Outcome.UPHELD,
            "remedies": [Remedy.APOLOGY],
            "evidence": evidence,
        }
        if is_closed:
            acts.close(C1, **closing)
        else:
            with pytest.raises(RefusedActError, match="2026-06-10T23:59:59"):
                acts.close(C1, **closing)
    assert (life_of(bench).status is Status.CLOSED) is is_closed


def test_an_acknowledgement_meets_the_clock_of_the_telco_standard(store: Store) -> None:
    bench = registered(store, MELBOURNE)
    assert life_of(bench).acknowledge_due_at == datetime(2026, 6, 10, 13, 59, 59, tzinfo=UTC)  # Monday is a holiday
    bench.time = NOW.replace(hour=15)
    with bench.store.writing() as transaction:
        acts = Complaints(transaction, bench.flow.policy, now=bench.time)
        life = acts.acknowledge(C1, person="agnes", at=bench.time, channel="x", text="We have it, Mira.")
    with bench.store.reading() as transaction:
        met = {clock.key: clock.met_at for clock in transaction.cases.clocks_of(life.case_id or 0)}
        found = row(transaction.register.of_complaint(C1))
    assert met["acknowledge"] == bench.time
    assert met["respond"] is None
    assert found["acknowledged_late"] == "no"
