import shutil
from datetime import date

import pytest

from models.case import Tier
from models.errors import SetupError
from models.verdict import UNSURE, Label
from policy.house import Said
from policy.loading import PACKS, load_policy
from policy.pack import LIMBS

PACK, HOUSE = "asic-rg271", "house"


def load(folder=None, **changes):
    return load_policy(**({"pack": PACK, "house": HOUSE, "place": "AU-NSW", "folder": folder} | changes))


@pytest.fixture
def edited(tmp_path):
    """A copy of the shipped packs, one of them with `old` replaced by `new`."""

    def edit(pack, old, new):
        for name in (PACK, HOUSE):
            shutil.copytree(PACKS / name, tmp_path / name)
        path = tmp_path / pack / "pack.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return edit


def test_the_shipped_packs_load_and_name_their_versions():
    policy = load()
    assert policy.version == "asic-rg271 2021-09, house 2026-11"
    assert (policy.place.code, policy.zone.key) == ("AU-NSW", "Australia/Sydney")
    assert set(policy.regulation.limbs) == set(LIMBS)


def test_the_zone_follows_from_the_place_and_may_be_overridden():
    assert load(place="AU-SA").zone.key == "Australia/Adelaide"
    assert load(zone="Australia/Broken_Hill").zone.key == "Australia/Broken_Hill"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pack": "nz-fma"}, "policy pack 'nz-fma' with clocks is unknown; known packs: asic-rg271"),
        ({"pack": "house"}, "policy pack 'house' with clocks is unknown; known packs: asic-rg271"),
        ({"pack": "../policy/asic-rg271"}, "is unknown; known packs: asic-rg271"),
        ({"house": "shed"}, "policy pack 'shed' with topics is unknown; known packs: house"),
        ({"place": "AU"}, "place 'AU' is unknown to pack asic-rg271 2021-09; known places: AU-ACT, AU-NSW"),
        ({"zone": "Mars/Base"}, "time zone 'Mars/Base' is unknown; use an IANA name"),
        ({"zone": "../etc"}, "time zone '../etc' is unknown"),
        (
            {"extra_holidays": [date(2026, 1, 2)], "excluded_holidays": [date(2026, 1, 2)]},
            "2026-01-02 is both an extra and an excluded holiday",
        ),
    ],
)
def test_a_wrong_choice_is_refused_with_the_way_out(changes, says):
    with pytest.raises(SetupError) as error:
        load(**changes)
    assert says in str(error.value)


def test_an_empty_folder_says_that_there_are_no_packs(tmp_path):
    with pytest.raises(SetupError, match="known packs: none"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("pack", "old", "new", "says"),
    [
        (PACK, 'name = "asic-rg271"', 'name = "other"', "asic-rg271/pack.toml: key 'name' must be that of its folder"),
        (PACK, "value = 30", "value = 30\ncolour = 1", "key 'clocks.respond[1].colour' is unknown here"),
        (PACK, "value = 30", "value = 0", "key 'clocks.respond[1].value' must be a whole number from 1"),
        (PACK, 'unit = "calendar_days"', 'unit = "days"', "key 'clocks.respond[1].unit' must be one of hours"),
        (PACK, 'force = "enforceable"', 'force = "firm"', "must be one of enforceable, expected"),
        (PACK, 'source = "RG 271 Table 2', 'origin = "RG 271 Table 2', "key 'clocks.respond[1].source' is missing"),
        (PACK, 'types = ["standard"]', 'types = ["odd"]', "key 'clocks.respond[1].types' may hold card_scheme"),
        (PACK, 'types = ["standard"]', "types = []", "key 'clocks.respond[1].types' may hold card_scheme"),
        (PACK, 'unit = "hours"', 'unit = "hours"\nrolls_forward = true', "is only for calendar_days"),
        (PACK, "[[clocks.respond_s36]]", "[[clocks.respond]]", "has two values for standard from 2021-10-05"),
        (PACK, 'zone = "Australia/Darwin"', 'zone = "Mars/Base"', "key 'places.AU-NT.zone' is unknown"),
        (PACK, "[limbs.about_us]", "[limbs.about_them]", "key 'limbs.about_us' is missing"),
        (HOUSE, 'complaint_type = "standard"', 'complaint_type = "odd"', "'complaint_type' names 'odd', unknown"),
        (HOUSE, "[tiers.3]", "[tiers.4]", "key 'tiers.3' is missing"),
        (HOUSE, 'name = "outage"', 'name = "press"', "key 'topics' has two topics of one name"),
        (HOUSE, '"suicid*"', '"sui(cid)*"', "key 'topics[1].patterns.en' holds a phrase that is not understood"),
        (HOUSE, 'why = "Somebody may be', 'wy = "Somebody may be', "key 'topics[1].why' is missing"),
        (HOUSE, "complaint = 56", "complaint = 40", "key 'weights.complaint' must outweigh"),
        (HOUSE, "tier_step = 112", "tier_step = 90", "key 'weights.tier_step' must be at least twice"),
        (HOUSE, "virality_bonus = 0.25", "virality_bonus = 2", "'reach.virality_bonus' must be a number from 0.0"),
        (HOUSE, "virality_bonus = 0.25", "", "key 'reach.full_virality_shares' is unknown here"),
        (HOUSE, "full_virality_shares = 10_000", "full_virality_shares = 0", "must be a whole number from 10 to"),
        (HOUSE, "virality_days = 30", "virality_days = 0", "virality_days' must be a whole number from 1 to 365"),
        (HOUSE, "virality_days = 30", "", "key 'reach.virality_days' is missing"),
        (HOUSE, 'tiers = ["3"]', 'tiers = ["9"]', "key 'ticket.tiers' may hold 0, 1, 2, 3, not 9"),
        (HOUSE, 'third_party_posts = "register"', 'third_party_posts = "x"', "must be one of register, engage, ignore"),
        (HOUSE, "abuse = 0.5", "abuse = 1.5", "'definition.registers_from.abuse' must be a number from 0.0 to 1.0"),
        (HOUSE, "[thresholds]\nsource", "[thresholds]\nsauce", "key 'thresholds.source' is missing"),
    ],
)
def test_a_broken_pack_names_file_and_key(edited, pack, old, new, says):
    with pytest.raises(SetupError) as error:
        load(edited(pack, old, new))
    assert says in str(error.value)
    assert f"{pack}/pack.toml" in str(error.value)


def test_a_house_pack_from_before_shares_counted_goes_on_without_them(edited):
    lines = "virality_bonus = 0.25\nfull_virality_shares = 10_000\nvirality_days = 30\n"
    assert load(edited(HOUSE, lines, "")).house.reach.virality_bonus == 0


def test_a_change_of_law_adds_a_row_and_touches_no_older_date(edited):
    old = "[[clocks.respond_s36]]"
    row = (
        '[[clocks.respond]]\nfrom = 2030-01-01\ntypes = ["standard"]\nvalue = 20\nunit = "calendar_days"\n'
        'paragraph = "RG 999.1"\nforce = "enforceable"\nsource = "a guide to come"\n\n'
    )
    pack = load(edited(PACK, old, row + old)).regulation
    values = {
        on: next(clock for clock in pack.clocks_for("standard", on) if clock.key == "respond").value
        for on in (date(2029, 12, 31), date(2030, 1, 1))
    }
    assert list(values.values()) == [30, 20]


def test_the_words_for_what_was_said_are_the_labels_of_the_classifier():
    assert set(Said) == {*Label, UNSURE}


def test_the_house_pack_covers_every_tier_and_priority():
    house = load().house
    assert set(house.tiers) == set(Tier)
    assert all(set(topic.patterns) == {"en", "tr", "bg"} for topic in house.topics.values())


def test_danger_and_hardship_keep_their_safeguards():
    topics = load().house.topics
    assert topics["self_harm"].applies_to == set(Said)
    assert topics["hardship"].told_to_us_only and topics["vulnerable"].told_to_us_only


def test_the_strictest_of_places_starts_with_the_licensees_own():
    codes = [place.code for place in load(strictest=True, strictest_places=["AU-WA", "AU-NSW", "AU-QLD"]).strictest_of]
    assert codes == ["AU-NSW", "AU-QLD", "AU-WA"]
    assert [place.code for place in load(strictest=True).strictest_of][:3] == ["AU-NSW", "AU-ACT", "AU-NT"]
    assert load(strictest_places=["AU-WA"]).strictest_of == ()
    with pytest.raises(SetupError, match="place 'AU-XX' is unknown to pack asic-rg271"):
        load(strictest=True, strictest_places=["AU-XX"])


def test_the_days_that_a_firm_gives_are_kept():
    assert load(firm_days={"card_scheme_days": 45}).firm_days == {"card_scheme_days": 45}
    assert load().firm_days == {}
