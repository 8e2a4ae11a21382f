"""What holds for any receipt and any log, whatever happens in which order."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.triage.build import NSW, at_place
from tests.triage.clock_build import clocks, dues, event
from triage.clocks import earliest_dues

PLACES = [at_place(code) for code in NSW.regulation.places]
TYPES = [name for name in NSW.regulation.types if name != "card_scheme"]
BEGUN = datetime(2021, 10, 6, tzinfo=UTC)
INSTANTS = st.timedeltas(timedelta(0), timedelta(days=6_500)).map(lambda after: BEGUN + after)
AFTER = st.timedeltas(timedelta(0), timedelta(days=120))
MOVING_NOTHING = ("acknowledged", "closed", "withdrawn", "delay_notified", "reopened", "at_afca", "about_hardship")
ANY = (*MOVING_NOTHING, "responded", "information_requested", "court_advice_sought", "proposal_notice_received")


def logs(kinds):
    return st.lists(st.tuples(st.sampled_from(kinds), AFTER), max_size=6)


def as_events(received, log):
    return [event(kind, received + after) for kind, after in log]


def dates(found):
    return {due.key: due.at for due in found.dues}


@given(received=INSTANTS, place=st.sampled_from(PLACES), complaint_type=st.sampled_from(TYPES))
def test_no_clock_ends_before_receipt(received, place, complaint_type):
    found = dues(received, place, complaint_type)
    assert all(due.at > received and due.on == due.at.date() for due in found.values())


@settings(max_examples=50)
@given(received=INSTANTS, log=logs(ANY), complaint_type=st.sampled_from(TYPES))
def test_no_clock_ends_before_the_event_it_counts_from_and_each_is_told_in_full(received, log, complaint_type):
    found = clocks(received, *as_events(received, log), types=complaint_type)
    assert all(due.at > received and due.at.isoformat(timespec="seconds") in due.steps[-1] for due in found.dues)
    assert [due.at for due in found.dues] == sorted(due.at for due in found.dues)
    assert all(state.met_at is None or state.standing in ("met", "late") for state in found.states)


@given(received=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(days=40)), place=st.sampled_from(PLACES))
def test_a_later_receipt_never_has_an_earlier_clock(received, later, place):
    early, late = dues(received, place), dues(received + later, place)
    assert all(early[key].at <= late[key].at for key in early)


@given(received=INSTANTS, minutes=st.integers(-14 * 60, 14 * 60))
def test_the_zone_in_which_receipt_is_written_changes_nothing(received, minutes):
    assert dues(received) == dues(received.astimezone(timezone(timedelta(minutes=minutes))))


@given(received=INSTANTS, place=st.sampled_from(PLACES), complaint_type=st.sampled_from(TYPES))
def test_the_rolled_date_is_never_earlier_and_always_a_working_day(received, place, complaint_type):
    found = dues(received, place, complaint_type)
    if "respond" in found:
        assert found["respond"].on <= found["respond_s36"].on
        assert found["respond_s36"].on.weekday() < 5


@settings(max_examples=50)
@given(received=INSTANTS, log=logs(MOVING_NOTHING), complaint_type=st.sampled_from(TYPES))
def test_what_is_only_recorded_moves_no_date(received, log, complaint_type):
    quiet = clocks(received, types=complaint_type)
    assert dates(clocks(received, *as_events(received, log), types=complaint_type)) == dates(quiet)


@given(received=INSTANTS, hands=st.lists(AFTER, max_size=4))
def test_handing_on_and_moving_to_another_channel_change_nothing(received, hands):
    first = tuple(dues(received).values())
    others = [tuple(dues(received + after).values()) for after in hands]
    assert [due.at for due in earliest_dues(*others, first)] == [due.at for due in first]


@settings(max_examples=50)
@given(received=INSTANTS, log=logs(ANY), shuffled=st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_read_changes_nothing(received, log, shuffled):
    events = as_events(received, log)
    other = events.copy()
    shuffled.shuffle(other)
    types = ["death_benefit_objection", "credit_hardship", "traditional_trustee"]
    assert clocks(received, *events, types=types) == clocks(received, *other, types=types)


@settings(max_examples=50)
@given(received=INSTANTS, types=st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True))
def test_several_types_never_give_more_time_than_one_of_them(received, types):
    together = dates(clocks(received, types=types))
    for one in types:
        alone = dates(clocks(received, types=one))
        assert all(together[key] <= alone[key] for key in alone)


@settings(max_examples=50)
@given(
    received=INSTANTS,
    spans=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), max_size=4),
)
def test_a_clock_gets_back_exactly_the_days_on_which_it_stood_still(received, spans):
    events, at, stood = [], received, set()
    for gap, length in spans:
        start = at + timedelta(days=gap, minutes=1)
        at = start + timedelta(days=length, minutes=1)
        events += [event("court_advice_sought", start), event("court_advice_given", at)]
        zone = NSW.zone
        first, last = start.astimezone(zone).date(), at.astimezone(zone).date()
        stood |= {first + timedelta(days=day) for day in range((last - first).days)}
    found = clocks(received, *events, types="traditional_trustee")
    on = next(due.on for due in found.dues if due.key == "respond")
    counted = [found.day_zero + timedelta(days=day) for day in range(1, (on - found.day_zero).days + 1)]
    assert sum(day not in stood for day in counted) == 45
    assert on not in stood
