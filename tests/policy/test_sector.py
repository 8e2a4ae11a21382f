import shutil
from datetime import UTC, date, datetime
from math import log

import pytest

from models.errors import SetupError
from policy.house import Said
from policy.loading import PACKS, load_policy, load_regulation
from policy.sector import ORDINARY_COST
from triage.clocks import due_dates

SECTORS = ("bank", "insurer", "it", "retail", "super", "telco")


def load(sector=None, folder=None):
    return load_policy(pack="asic-rg271", house="house", place="AU-NSW", sector=sector, folder=folder)


@pytest.fixture
def edited(tmp_path):
    """A copy of all packs, the bank's with `old` replaced by `new`."""

    def edit(old, new):
        shutil.copytree(PACKS, tmp_path / "policy")
        path = tmp_path / "policy" / "sectors" / "bank.toml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))
        return tmp_path / "policy"

    return edit


def test_the_shipped_sectors_are_these():
    assert tuple(sorted(path.stem for path in (PACKS / "sectors").glob("*.toml"))) == SECTORS


@pytest.mark.parametrize("name", SECTORS)
def test_a_sector_names_a_queue_for_every_category_and_is_part_of_the_version(name):
    policy = load(name)
    assert set(policy.house.queues) == set(policy.house.categories)
    assert len(set(policy.house.queues.values())) == len(policy.house.queues)
    assert policy.version == f"{load().version}, sector {name} 2026-11"


def test_each_sector_says_as_what_a_complaint_is_registered_under_every_pack_made_for_it():
    for name in SECTORS:
        for pack, complaint_type in load(name).sector.types.items():
            regulation = load_regulation(pack)
            assert complaint_type in regulation.types, (name, pack)
    assert load("super").house.complaint_type == "superannuation"
    assert load("bank").house.complaint_type == load().house.complaint_type == "standard"


def test_a_superannuation_trustee_has_forty_five_days_and_a_bank_thirty():
    said = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
    ends = {}
    for name in ("super", "bank"):
        policy = load(name)
        dues = due_dates(policy, complaint_type=policy.house.complaint_type, received_at=said)
        ends[name] = max(due.at for due in dues if due.key == "respond").astimezone(policy.zone).date()
    assert ends == {"super": date(2026, 7, 16), "bank": date(2026, 7, 1)}


def test_a_sector_without_a_profile_for_the_pack_keeps_the_houses_type_and_says_so():
    policy = load("telco")
    assert policy.house.complaint_type == "standard"
    assert "sector telco has no profile for asic-rg271 (it has one for au-telco, generic)" in policy.without_profile
    assert load("bank").without_profile is None
    assert load().without_profile is None


def test_without_a_sector_nothing_changes():
    for policy in (load(), load("")):
        assert (policy.sector, policy.house.queues) == (None, {})
        assert policy.house.definition.registers_from[Said.UNSURE] == 0.6


def test_a_dearer_missed_complaint_lowers_the_score_it_is_registered_from():
    ordinary, bank = load().house.definition.registers_from, load("bank").house.definition.registers_from
    assert all(bank[said] < ordinary[said] for said in Said if said is not Said.COMPLAINT and ordinary[said] < 1)
    odds = {
        name: score / (1 - score) for name, score in (("ordinary", ordinary[Said.UNSURE]), ("bank", bank[Said.UNSURE]))
    }
    assert log(odds["ordinary"] / odds["bank"]) == pytest.approx(log(12 / ORDINARY_COST))


def test_the_ordinary_cost_moves_nothing():
    assert load("telco").house.definition.registers_from == pytest.approx(load().house.definition.registers_from)
    assert [load("bank").sector.shifted(score) for score in (0.0, 1.0)] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("missed_complaint_cost = 12", "missed_complaint_cost = 0.5", "sectors/bank.toml: key 'missed_complaint_cost'"),
        ('other = "General"', "", "key 'queues.other' is missing"),
        ('other = "General"', 'other = "General"\nelse = "x"', "key 'queues.else' is unknown here"),
        ('other = "General"', 'other = ""', "key 'queues.other' must be a text"),
        ('asic-rg271 = "standard"', 'asic-rg271 = "plain"', "complaint type 'plain' is unknown to pack asic-rg271"),
        ('asic-rg271 = "standard"', "asic-rg271 = 30", "key 'types.asic-rg271' must be a text"),
        ('name = "bank"', 'name = "shop"', "must be that of its file, 'bank', not 'shop'"),
        ('name = "bank"', 'name = "bank"\ncolour = "red"', "key 'colour' is unknown"),
    ],
)
def test_a_sector_that_is_not_right_stops_the_start_with_file_and_key(edited, old, new, says):
    with pytest.raises(SetupError, match=says):
        load("bank", edited(old, new))


def test_an_unknown_sector_names_the_known_ones():
    with pytest.raises(
        SetupError, match="sector 'circus' is unknown; known sectors: bank, insurer, it, retail, super, telco"
    ):
        load("circus")
    with pytest.raises(SetupError, match="unknown"):
        load("../house/pack")


def test_a_policy_moves_a_threshold_as_its_sector_does_and_leaves_it_without_one():
    bank = load("bank")
    assert bank.shifted(0.6) == bank.sector.shifted(0.6) != 0.6
    assert load().shifted(0.6) == 0.6
