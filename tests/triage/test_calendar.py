from datetime import date

import pytest

from models.errors import SetupError
from policy.loading import load_policy
from tests.triage.build import NSW, at_place
from triage.calendar import calendar_of, public_holidays

TUESDAY = date(2026, 6, 2)


def test_a_place_without_known_subdivision_is_refused():
    with pytest.raises(SetupError, match="knows no public holidays of place AU-XYZ"):
        public_holidays("AU", "XYZ", 2026)


def test_a_country_whose_subdivisions_differ_is_refused_without_one():
    with pytest.raises(SetupError, match="place AU; correct it in the pack; known subdivisions: ACT, NSW"):
        public_holidays("AU", "", 2026)


def test_a_country_without_subdivisions_needs_none_and_refuses_one():
    assert date(2026, 10, 29) in public_holidays("TR", "", 2026)
    with pytest.raises(SetupError, match="place TR-34; leave the subdivision out of the pack"):
        public_holidays("TR", "34", 2026)


def test_a_country_that_the_library_does_not_know_is_refused():
    with pytest.raises(SetupError, match="place XX; correct the country in the pack"):
        public_holidays("XX", "", 2026)


@pytest.mark.parametrize("place", NSW.regulation.places)
def test_every_place_of_the_pack_has_holidays(place):
    assert calendar_of(at_place(place)).why_closed(date(2026, 12, 25)) == "Christmas Day"


def test_substitute_days_that_the_library_omits_without_a_state_are_known():
    assert calendar_of(NSW).why_closed(date(2026, 12, 28)) is not None


def test_an_ordinary_tuesday_is_a_business_day():
    assert calendar_of(NSW).why_closed(TUESDAY) is None
    assert calendar_of(NSW).rolled_forward(TUESDAY) == (TUESDAY, ())


def test_a_day_kept_elsewhere_in_the_state_can_be_excluded():
    show = date(2026, 8, 12)
    listed = at_place("AU-QLD")
    cairns = load_policy(pack="asic-rg271", house="house", place="AU-QLD", excluded_holidays=[show])
    assert calendar_of(listed).why_closed(show) is not None
    assert calendar_of(cairns).why_closed(show) is None


def test_excluding_a_holiday_makes_no_business_day_of_a_saturday():
    saturday = date(2026, 4, 25)
    nsw = load_policy(pack="asic-rg271", house="house", place="AU-NSW", excluded_holidays=[saturday])
    assert calendar_of(nsw).why_closed(saturday) == "Saturday"
