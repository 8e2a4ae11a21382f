"""Every regulation pack that ships: dated, sourced, and with a calendar for each of its places."""

from datetime import date

import pytest

from models.clock import Force
from policy.loading import PACKS, known_packs, load_policy, load_regulation
from policy.pack import LIMBS
from triage.calendar import public_holidays

SHIPPED = ("asic-rg271", "au-telco", "bg-payments", "eu-psd2", "generic", "tr-banks", "uk-disp", "us-cfpb")
YEARS = (2026, 2027, 2028)
TODAY = date(2026, 11, 22)

REGULATIONS = {name: load_regulation(name) for name in SHIPPED}
ROWS = [pytest.param(row, id=f"{name}:{row.key}:{row.value}") for name in SHIPPED for row in REGULATIONS[name].clocks]
PLACES = sorted({(place.country, place.subdivision) for pack in REGULATIONS.values() for place in pack.places.values()})
SAYS_SO = ("INTERP", "unconfirmed")


def test_the_packs_of_all_eight_regimes_ship():
    assert known_packs(PACKS, "clocks") == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_every_pack_goes_with_the_house_pack(name):
    place = next(iter(REGULATIONS[name].places))
    assert load_policy(pack=name, house="house", place=place).regulation == REGULATIONS[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_pack_has_all_limbs_each_with_a_question(name):
    limbs = REGULATIONS[name].limbs
    assert set(limbs) == set(LIMBS)
    assert all(limb.asks.endswith("?") and limb.paragraph for limb in limbs.values())


@pytest.mark.parametrize("row", ROWS)
def test_every_row_names_its_source_and_its_paragraph(row):
    assert len(row.source) > len("source") and row.paragraph.strip()


@pytest.mark.parametrize("name", sorted({*SHIPPED} - {"asic-rg271"}))
def test_a_pack_read_from_copies_says_in_each_row_what_is_unconfirmed_or_our_reading(name):
    rows = REGULATIONS[name].clocks
    assert [row.key for row in rows if not any(mark in row.source for mark in SAYS_SO)] == []


@pytest.mark.parametrize(("country", "subdivision"), PLACES)
def test_every_place_has_public_holidays_for_the_years_to_come(country, subdivision):
    counts = [len(public_holidays(country, subdivision, year)) for year in YEARS]
    assert min(counts) >= 5


@pytest.mark.parametrize("name", SHIPPED)
def test_every_type_of_every_pack_has_a_response_clock_today(name):
    pack = REGULATIONS[name]
    without = [one for one in pack.types if "respond" not in {row.key for row in pack.clocks_for(one, TODAY)}]
    assert without == []


def test_practice_is_never_a_breach():
    generic = REGULATIONS["generic"]
    assert {row.force for row in generic.clocks} == {Force.EXPECTED}
    assert "no regulation" in generic.source


def test_part_of_the_united_kingdom_decides_the_bank_holidays():
    saint_andrew, boyne = date(2026, 11, 30), date(2026, 7, 13)
    kept = {place: public_holidays("GB", place, 2026) for place in ("ENG", "SCT", "NIR", "WLS")}
    assert [place for place, days in kept.items() if saint_andrew in days] == ["SCT"]
    assert [place for place, days in kept.items() if boyne in days] == ["NIR"]
