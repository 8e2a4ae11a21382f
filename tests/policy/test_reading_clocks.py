"""The format of clocks, events and delay notifications: read strictly, each fault named."""

from datetime import date

import pytest

from models.errors import RecordError, SetupError
from policy.clock_rules import BUILT_IN, RECEIVED, Combine, Counts, Effect, Unit
from policy.loading import PACKS, load_regulation
from policy.pack import read_regulation
from policy.table import Table, read_table

ROW = {
    "from": date(2021, 1, 1),
    "types": ["standard"],
    "value": 10,
    "unit": "calendar_days",
    "paragraph": "P 1",
    "force": "enforceable",
    "source": "a source",
}
EVENT = {"meaning": "It happened", "paragraph": "P 2", "effect": "stops", "clocks": ["respond"]}
DELAY = {
    "event": "delay_notified",
    "before": "respond",
    "paragraph": "P 3",
    "reasons": {"complex": "It is complex"},
    "contents": {"reasons": "the reasons"},
}
LIMBS = read_table(PACKS / "generic" / "pack.toml", file="generic")._values["limbs"]


def pack(*, respond=None, clocks=None, events=None, delay=None, types=None):
    values = {
        "name": "p",
        "version": "1",
        "source": "a source",
        "types": types or {"standard": "Standard", "other": "Other"},
        "clocks": {"respond": [ROW | row for row in (respond or [{}])]} | (clocks or {}),
        "limbs": LIMBS,
        "places": {"BG": {"country": "BG", "zone": "Europe/Sofia"}},
    }
    values |= {"events": events} if events is not None else {}
    values |= {"delay_notice": delay} if delay is not None else {}
    return read_regulation(Table(values, file="p/pack.toml"))


def without(row, name):
    return {key: value for key, value in row.items() if key != name}


def refusal(**changes):
    with pytest.raises(SetupError) as error:
        pack(**changes)
    return str(error.value)


def test_a_row_without_more_keys_counts_from_receipt():
    (row,) = pack().clocks
    assert (row.starts, row.counts, row.combine) == ((RECEIVED,), Counts.EARLIEST, Combine.REPLACES)
    assert (row.only_after, row.within, row.counts_after, row.date_of, row.value_from, row.date_from) == (None,) * 6
    assert (row.met_by, row.stopped_by, row.is_window, row.lasts_until) == (frozenset(), frozenset(), False, None)
    assert row.runs_from_receipt
    assert pack().events == {}
    assert pack().delay is None


def test_every_key_of_a_row_is_read():
    events = {"asked": EVENT, "came": EVENT}
    more = {
        "starts": ["asked", "came"],
        "counts": "latest",
        "only_after": "responded",
        "within": "respond",
        "combine": "earliest",
        "unit": "weeks",
        "rolls_forward": True,
        "met_by": ["closed"],
        "stopped_by": ["came"],
        "window": True,
        "lasts_until": "came",
        "date_from": "due_on",
    }
    row = pack(clocks={"extra": [ROW | more]}, events=events).clocks[1]
    assert (row.starts, row.counts, row.only_after, row.within) == (("asked", "came"), "latest", "responded", "respond")
    assert (row.combine, row.unit, row.rolls_forward) == (Combine.EARLIEST, Unit.WEEKS, True)
    assert (row.met_by, row.stopped_by) == ({"closed"}, {"came"})
    assert (row.is_window, row.lasts_until, row.date_from) == (True, "came", "due_on")
    assert not row.runs_from_receipt


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"starts": "asked"}, "'clocks.respond[1].starts' names 'asked', which is no event of this pack; known: ack"),
        ({"starts": []}, "'clocks.respond[1].starts' must not be empty"),
        ({"starts": 5}, "'clocks.respond[1].starts' must be a list of texts"),
        ({"met_by": ["asked"]}, "'clocks.respond[1].met_by' names 'asked', which is no event"),
        ({"stopped_by": ["asked"]}, "'clocks.respond[1].stopped_by' names 'asked', which is no event"),
        ({"only_after": "asked"}, "'clocks.respond[1].only_after' names 'asked', which is no event"),
        ({"lasts_until": "asked", "window": True}, "'clocks.respond[1].lasts_until' names 'asked', which is no event"),
        ({"lasts_until": "closed"}, "'clocks.respond[1].lasts_until' is only for a window"),
        ({"within": "other"}, "'clocks.respond[1].within' names 'other', which is no clock"),
        ({"counts_after": "other"}, "'clocks.respond[1].counts_after' names 'other', which is no clock"),
        ({"date_of": "other"}, "'clocks.respond[1].date_of' names 'other', which is no clock"),
        ({"within": "respond"}, "key 'clocks.respond' waits for itself"),
        ({"counts_after": "respond", "unit": "hours"}, "'clocks.respond[1].counts_after' is not for hours"),
        ({"counts": "middle"}, "'clocks.respond[1].counts' must be one of earliest, latest"),
        ({"combine": "adds"}, "'clocks.respond[1].combine' must be one of replaces, earliest, latest"),
        ({"value_from": "days"}, "'clocks.respond[1].value_from' stands beside value"),
        ({"value": 3651}, "'clocks.respond[1].value' must be a whole number from 1 to 3650"),
        ({"value": 0}, "'clocks.respond[1].value' must be a whole number from 1 to 3650"),
        ({"unit": "business_days", "rolls_forward": True}, "'clocks.respond[1].rolls_forward' is only for calendar_d"),
        ({"types": ["odd"]}, "'clocks.respond[1].types' may hold other, standard"),
        ({"types": []}, "'clocks.respond[1].types' may hold other, standard"),
        ({"colour": 1}, "'clocks.respond[1].colour' is unknown here"),
    ],
)
def test_a_faulty_row_is_refused_by_key(row, says):
    assert says in refusal(respond=[row])


def test_a_row_without_any_limit_is_refused():
    assert "'clocks.extra[1].value' is missing; a row has value, value_from, date_from or date_of" in refusal(
        clocks={"extra": [without(ROW, "value")]}
    )


@pytest.mark.parametrize("name", ["value_from", "date_from", "date_of"])
def test_a_limit_may_come_from_elsewhere(name):
    row = without(ROW, "value") | {name: "respond", "types": ["other"]}
    assert pack(clocks={"extra": [row]}).clocks[1].value is None


def test_weeks_may_roll_forward():
    assert pack(respond=[{"unit": "weeks", "rolls_forward": True}]).clocks[0].rolls_forward


def test_a_circle_of_clocks_is_refused():
    circle = {"a": [ROW | {"within": "b"}], "b": [ROW | {"counts_after": "c"}], "c": [ROW | {"date_of": "a"}]}
    assert "waits for itself by counts_after, within or date_of" in refusal(clocks=circle)


def test_rows_of_one_clock_stand_beside_each_other_where_they_start_differently():
    assert len(pack(respond=[{}, {"starts": "responded"}, {"only_after": "responded"}]).clocks) == 3
    assert "has two values for standard from 2021-01-01" in refusal(respond=[{}, {}])
    assert "has two values for standard" in refusal(respond=[{"types": ["other", "standard"]}, {}])
    assert len(pack(respond=[{}, {"types": ["other"]}, {"from": date(2022, 1, 1)}]).clocks) == 3


def test_the_latest_row_begun_counts_and_a_case_of_later_law_does_not_exist_before_it():
    later = {"from": date(2024, 1, 1), "starts": "responded", "value": 3}
    found = pack(respond=[{}, {"from": date(2023, 1, 1), "value": 20}, later])

    def values(on):
        return [row.value for row in found.clocks_for("standard", on)]

    assert values(date(2022, 12, 31)) == [10]
    assert values(date(2023, 1, 1)) == [20]
    assert values(date(2024, 1, 1)) == [20, 3]
    with pytest.raises(RecordError, match="no value of respond in force on 2020-12-31; pack p 1 has one from 2021-01"):
        values(date(2020, 12, 31))


def test_events_are_read_with_the_types_they_concern():
    events = {
        "asked": EVENT | {"types": ["other"], "code": "A-1", "always_for": ["other"], "after": "responded"},
        "seen": without(EVENT, "clocks") | {"effect": "records"},
    }
    found = pack(events=events)
    asked, seen = found.events["asked"], found.events["seen"]
    assert (asked.types, asked.code, asked.always_for, asked.after) == ({"other"}, "A-1", {"other"}, ("responded",))
    assert (asked.effect, asked.meaning, asked.paragraph) == (Effect.STOPS, "It happened", "P 2")
    assert (seen.types, seen.clocks, seen.code) == ({"standard", "other"}, (), None)
    assert list(found.known_events) == [*BUILT_IN, "asked", "seen"]
    assert found.events_of(Effect.STOPS, "other", "respond") == (asked,)
    assert found.events_of(Effect.STOPS, "standard", "respond") == ()
    assert found.events_of(Effect.STOPS, "other", "close") == ()
    assert found.events_of(Effect.MEETS, "other", "respond") == ()


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("asked", {"effect": "helps"}, "'events.asked.effect' must be one of meets, starts, stops, restarts"),
        ("asked", {"clocks": ["close"]}, "'events.asked.clocks' names 'close', which is no clock"),
        ("asked", {"types": ["odd"]}, "'events.asked.types' may hold other, standard"),
        ("asked", {"always_for": ["odd"]}, "'events.asked.always_for' may hold other, standard"),
        ("asked", {"after": "odd"}, "'events.asked.after' names 'odd', which is no event"),
        ("asked", {"after": []}, "'events.asked.after' must not be empty"),
        ("asked", {"effect": "restarts"}, "'events.asked.after' is missing: a restart names the events"),
        ("asked", {"colour": 1}, "'events.asked.colour' is unknown here"),
        ("responded", {}, "'events.responded.effect' cannot be given: responded is known to every pack"),
        ("received", {}, "'events.received.effect' cannot be given: received is known to every pack"),
    ],
)
def test_a_faulty_event_is_refused_by_key(name, change, says):
    assert says in refusal(events={name: EVENT | change})


def test_an_event_with_an_effect_names_its_clocks():
    assert "'events.asked.clocks' is missing: an event with an effect" in refusal(
        events={"asked": without(EVENT, "clocks")}
    )


def test_the_rule_of_delay_notifications_is_read():
    rule = pack(delay=DELAY).delay
    assert (rule.event, rule.before, rule.paragraph) == ("delay_notified", "respond", "P 3")
    assert (rule.reasons, rule.contents) == ({"complex": "It is complex"}, {"reasons": "the reasons"})
    assert pack(delay=DELAY | {"event": "asked"}, events={"asked": EVENT}).delay.event == "asked"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"event": "asked"}, "'delay_notice.event' names 'asked', which is no event"),
        ({"before": "close"}, "'delay_notice.before' names 'close', which is no clock"),
        ({"colour": 1}, "'delay_notice.colour' is unknown here"),
    ],
)
def test_a_faulty_rule_of_delay_notifications_is_refused_by_key(change, says):
    assert says in refusal(delay=DELAY | change)


def test_the_pack_of_rg_271_has_every_type_and_says_what_each_event_is():
    found = load_regulation("asic-rg271")
    assert list(found.types) == [
        "standard",
        "traditional_trustee",
        "superannuation",
        "insurance_in_super",
        "death_benefit_objection",
        "credit_default_notice",
        "credit_hardship",
        "credit_postponement",
        "card_scheme",
        "unlicensed_coi_lender",
    ]
    assert all(event.meaning and event.paragraph for event in found.events.values())
    assert all(row.from_on == date(2021, 10, 5) for row in found.clocks)


def test_in_rg_271_every_response_limit_that_is_enforceable_has_its_rolled_date():
    found = load_regulation("asic-rg271")
    for name in found.types:
        rows = found.clocks_for(name, date(2026, 1, 1))
        strict = [row for row in rows if row.key == "respond" and row.force == "enforceable"]
        rolled = [row for row in rows if row.key == "respond_s36"]
        assert [(row.value, row.unit, row.starts, row.within, row.counts_after) for row in strict] == [
            (row.value, row.unit, row.starts, row.within, row.counts_after) for row in rolled
        ]
        assert all(row.rolls_forward for row in rolled)
        assert bool(rolled) is (name != "card_scheme")
