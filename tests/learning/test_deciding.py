from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from learning.deciding import end_shadow, promote, put_into_shadow, roll_back
from learning.versions import SHIPPED, Versions
from models import ChangeKind, Standing
from models.errors import SetupError
from store.store import Store
from tests.flow.bench import NOW
from tests.learning.evaluations import evaluation
from tests.learning.versions import load_keywords, make_version


class Desk:
    """A store and versions `a`, `b`, `broken` and `unloadable`, and what somebody decides about them."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store = store
        self.versions = Versions(home, load=load_keywords)
        for name in ("a", "b", "broken", "unloadable"):
            make_version(home, name)

    def promote(
        self, name: str, *, person: str = "agnes", reason: str = "better", anyway: str = "nothing to measure on"
    ) -> None:
        promote(self.store, self.versions, name, person=person, reason=reason, now=NOW, anyway=anyway)

    def roll_back(self) -> tuple[str, str]:
        return roll_back(self.store, self.versions, person="agnes", reason="worse", now=NOW)

    def shadow(self, name: str) -> None:
        put_into_shadow(self.store, self.versions, name, person="agnes", now=NOW)

    def evaluate(self, name: str, **changes: Any) -> None:
        digest = self.versions.find(name).digest
        with self.store.writing() as transaction:
            transaction.evaluations.keep(evaluation(version=name, digest=digest, **changes))

    @property
    def standing(self) -> Standing:
        with self.store.reading() as transaction:
            return transaction.classifiers.standing()

    @property
    def live(self) -> str:
        return self.standing.live.version if self.standing.live else SHIPPED

    def events(self) -> list[tuple[str, str, str]]:
        with self.store.engine.connect() as connection:
            rows = connection.execute(text("SELECT kind, actor_kind, actor FROM events ORDER BY id"))
            return [(row.kind, row.actor_kind, row.actor) for row in rows]


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


def test_at_first_the_shipped_one_is_live_and_nothing_is_in_the_shadow(desk: Desk) -> None:
    assert desk.standing == Standing()


def test_a_promotion_is_kept_with_person_reason_digest_and_event(desk: Desk) -> None:
    desk.promote("a", reason="  misses fewer complaints ")
    live = desk.standing.live
    assert live is not None
    reason = "misses fewer complaints (although it was never evaluated: nothing to measure on)"
    assert (live.version, live.person, live.reason, live.at) == ("a", "agnes", reason, NOW)
    assert live.digest == desk.versions.find("a").digest
    assert desk.events() == [("classifier_promoted", "person", "agnes")]


def test_each_rollback_returns_to_the_one_before_until_the_shipped_one(desk: Desk) -> None:
    desk.promote("a")
    desk.promote("b")
    assert (desk.roll_back(), desk.live) == (("b", "a"), "a")
    assert (desk.roll_back(), desk.live) == (("a", SHIPPED), SHIPPED)
    with pytest.raises(SetupError, match="nothing to go back to"):
        desk.roll_back()
    kinds = [kind for kind, *_ in desk.events()]
    assert kinds == ["classifier_promoted"] * 2 + ["classifier_rolled_back"] * 2
    with desk.store.reading() as transaction:
        assert [one.version for one in transaction.classifiers.history()] == ["a", "b", "b", "a"]


def test_the_shipped_one_can_be_promoted_like_any_other(desk: Desk) -> None:
    desk.promote("a")
    desk.promote(SHIPPED)
    assert desk.live == SHIPPED
    assert desk.roll_back() == (SHIPPED, "a")


@pytest.mark.parametrize("name", ["broken", "unloadable", "unknown", "../a"])
def test_what_does_not_work_here_is_refused_and_the_live_one_stays(desk: Desk, name: str) -> None:
    desk.promote("a")
    before = desk.standing
    with pytest.raises(SetupError):
        desk.promote(name)
    assert desk.standing == before
    assert len(desk.events()) == 1


def test_a_changed_file_is_refused_at_promotion_and_at_rollback(desk: Desk) -> None:
    desk.promote("a")
    desk.promote("b")
    (desk.versions.path("a") / "words.txt").write_text("changed")
    with pytest.raises(SetupError, match="SHA-256"):
        desk.promote("a")
    with pytest.raises(SetupError, match="SHA-256"):
        desk.roll_back()
    assert desk.live == "b"


@pytest.mark.parametrize(("person", "reason"), [("", "better"), ("agnes", "  ")])
def test_nobody_promotes_without_a_name_and_a_reason(desk: Desk, person: str, reason: str) -> None:
    with pytest.raises(SetupError, match="say who decides and why"):
        desk.promote("a", person=person, reason=reason)


def test_promoting_the_live_one_changes_nothing(desk: Desk) -> None:
    desk.promote("a")
    with pytest.raises(SetupError, match="live already"):
        desk.promote("a")
    assert len(desk.events()) == 1


def test_the_shipped_one_is_live_already_at_first(desk: Desk) -> None:
    with pytest.raises(SetupError, match="live already"):
        desk.promote(SHIPPED)


def test_a_version_goes_into_the_shadow_and_out_of_it(desk: Desk) -> None:
    desk.shadow("a")
    assert desk.standing.shadow is not None and desk.standing.shadow.version == "a"
    desk.shadow("b")
    assert desk.standing.shadow.version == "b"
    assert end_shadow(desk.store, person="agnes", now=NOW) == "b"
    assert end_shadow(desk.store, person="agnes", now=NOW) is None
    assert desk.standing == Standing()
    assert {kind for kind, *_ in desk.events()} == {"classifier_shadowed"}


def test_promotion_takes_a_version_out_of_the_shadow_and_leaves_another_there(desk: Desk) -> None:
    desk.shadow("a")
    desk.promote("b")
    assert desk.standing.shadow is not None
    desk.promote("a")
    assert (desk.live, desk.standing.shadow) == ("a", None)
    with desk.store.reading() as transaction:
        assert transaction.classifiers.history()[-1].kind is ChangeKind.UNSHADOWED


def test_the_live_one_cannot_be_its_own_shadow(desk: Desk) -> None:
    desk.promote("a")
    with pytest.raises(SetupError, match="version a is live"):
        desk.shadow("a")


def test_where_the_settings_name_the_weights_nobody_can_promote(desk: Desk, tmp_path: Path) -> None:
    desk.versions = Versions(tmp_path, pinned=desk.versions.path("b"), load=load_keywords)
    with pytest.raises(SetupError, match="EARSHOT_WEIGHTS names"):
        desk.promote("a")
    with pytest.raises(SetupError, match="EARSHOT_WEIGHTS names"):
        desk.roll_back()


def test_the_order_of_history_and_not_of_clocks_decides(desk: Desk) -> None:
    desk.promote("a")
    past = NOW.replace(year=2025)
    promote(desk.store, desk.versions, "b", person="agnes", reason="r", now=past, anyway="nothing to measure on")
    assert desk.live == "b"


def test_a_version_that_was_never_evaluated_is_live_only_with_a_reason_for_that(desk: Desk) -> None:
    with pytest.raises(SetupError, match="version a was never evaluated.*earshot evaluate a --data.*--anyway"):
        desk.promote("a", anyway="  ")
    assert (desk.live, desk.events()) == (SHIPPED, [])
    desk.evaluate("a")
    desk.promote("a", anyway="")
    assert desk.standing.live is not None and desk.standing.live.reason == "better"


def test_a_version_that_was_worse_is_live_only_with_a_reason_that_is_kept(desk: Desk) -> None:
    desk.evaluate("a", verdicts={"complaint, F1": "worse", "complaints missed": "better"})
    with pytest.raises(SetupError, match="version a was worse than 2026.2 in complaint, F1; nothing was changed"):
        desk.promote("a", anyway="")
    assert desk.live == SHIPPED
    desk.promote("a", anyway=" it misses fewer ")
    kept = "better (although it was worse than 2026.2 in complaint, F1: it misses fewer)"
    assert desk.standing.live is not None and desk.standing.live.reason == kept


def test_only_the_last_evaluation_of_the_same_weights_against_others_counts(desk: Desk) -> None:
    desk.evaluate("a", verdicts={"complaint, F1": "worse"}, rows_digest="1" * 64)
    desk.evaluate("a", rows_digest="2" * 64, at=NOW.replace(year=NOW.year + 1))
    itself = desk.versions.find("a").digest
    desk.evaluate("a", against="a", against_digest=itself, at=NOW.replace(year=NOW.year + 2))
    desk.promote("a", anyway="")
    assert desk.live == "a"
    desk.evaluate("b")
    manifest = desk.versions.path("b") / "manifest.toml"
    manifest.write_text(f"{manifest.read_text()}# trained anew\n")
    with pytest.raises(SetupError, match="version b was never evaluated"):
        desk.promote("b", anyway="")


def test_the_shipped_one_comes_back_without_an_evaluation_unless_it_was_worse(desk: Desk) -> None:
    desk.promote("a")
    desk.evaluate(SHIPPED, against="a", verdicts={"complaints missed": "worse"})
    with pytest.raises(SetupError, match="version shipped was worse than a in complaints missed"):
        desk.promote(SHIPPED, anyway="")
