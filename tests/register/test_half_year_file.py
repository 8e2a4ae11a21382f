"""Who is in the file of a half-year, as what, and what keeps it from being written."""

import csv
import io

import pytest

from models import EntryKind
from models.errors import RecordError, SetupError
from register.half_year_file import Scope, Tally, as_at, line_of, reconcile, reported, write_half_year
from register.half_years import half_year
from register.lodged import late_corrections
from register.profiles import EXAMPLE, Profiles, load_profile, load_profiles
from register.rows import row
from tests.register.lives import SYDNEY, acknowledged, closed, opened, register, step

H1, H2 = half_year("2026H1"), half_year("2026H2")
EXAMPLE_PROFILE = Profiles(None).choose(H1, EXAMPLE)


def reported_in(name, entries, *, first=None):
    tally = Tally()
    scope = Scope(half_year(name), SYDNEY, half_year(first) if first else None)
    return {found["complaint_id"]: found for found in reported(entries, scope, tally)}, tally


def written(entries, period="2026H1", profile=EXAMPLE_PROFILE):
    """(lines as dictionaries, problems, tally, file)."""
    file, tally, problems = io.BytesIO(), Tally(), []
    rows = reported(entries, Scope(half_year(period), SYDNEY), tally)
    write_half_year(rows, profile, file, tally, blocked=problems.append)
    text = file.getvalue().decode(profile.encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""))), problems, tally, file


# who is in it


def test_edge_55_a_complaint_that_stays_open_is_carried_over_until_it_is_closed():
    entries = register(C_1=[opened("2026-03-02T09:00"), closed("2027-03-01T09:00")])
    found = {name: reported_in(name, entries)[0] for name in ("2025H2", "2026H1", "2026H2", "2027H1", "2027H2")}
    assert {name: {key: r["status"] for key, r in each.items()} for name, each in found.items()} == {
        "2025H2": {},
        "2026H1": {"C-1": "open"},
        "2026H2": {"C-1": "open"},
        "2027H1": {"C-1": "closed"},
        "2027H2": {},
    }


def test_edge_56_a_complaint_opened_and_closed_on_one_day_is_reported():
    found, _ = reported_in("2026H1", register(C_1=[opened("2026-03-02T09:00"), closed("2026-03-02T10:00")]))
    assert (found["C-1"]["status"], found["C-1"]["days_to_resolve"]) == ("closed", 0)


def test_edge_57_a_period_without_complaints_is_nil():
    found, tally = reported_in("2025H2", register(C_1=[opened("2026-03-02T09:00")]))
    assert (found, tally.rows, tally.as_text()) == ({}, 0, "1 received later")
    assert Tally().as_text() == "no complaint"


def test_edge_62_the_last_and_the_first_minute_of_a_half_year_are_local_ones():
    entries = register(
        C_1=[opened("2026-06-30T23:59")],
        C_2=[opened("2026-07-01T00:00")],
        C_3=[opened("2026-12-31T23:59")],
        C_4=[opened("2027-01-01T00:00")],
    )
    assert list(reported_in("2026H1", entries)[0]) == ["C-1"]
    found, tally = reported_in("2026H2", entries)
    assert list(found) == ["C-1", "C-2", "C-3"]
    assert tally.complaints == {"carried over": 1, "made in the period": 2, "received later": 1}


def test_edge_63_what_was_closed_in_the_window_is_open_in_the_file():
    entries = register(C_1=[opened("2026-06-20T09:00"), closed("2026-07-10T09:00")])
    found, _ = reported_in("2026H1", entries)
    assert (found["C-1"]["status"], found["C-1"]["closed_on"]) == ("open", None)
    assert reported_in("2026H2", entries)[0]["C-1"]["status"] == "closed"


def test_closed_in_the_last_minute_of_the_period_is_closed_in_the_file():
    entries = register(
        C_1=[opened("2026-06-20T09:00"), closed("2026-06-30T23:59", recorded="2026-07-02T09:00")],
        C_2=[opened("2026-06-20T09:00"), closed("2026-07-01T00:00")],
    )
    found, _ = reported_in("2026H1", entries)
    assert [each["status"] for each in found.values()] == ["closed", "open"]
    assert list(reported_in("2026H2", entries)[0]) == ["C-2"]


def test_a_correction_after_the_period_counts_and_a_step_after_it_does_not():
    entries = register(
        C_1=[
            opened("2026-06-20T09:00", product=None),
            acknowledged("2026-06-20T10:00"),
            step(EntryKind.CORRECTED, "2026-07-05T09:00", product="home_loan", reason="asked"),
            step(EntryKind.RESPONDED, "2026-07-06T09:00", channel="email", outcome="rejected", missing=[]),
        ]
    )
    found, _ = reported_in("2026H1", entries)
    assert (found["C-1"]["product"], found["C-1"]["status"]) == ("home_loan", "acknowledged")
    assert found["C-1"]["outcome"] is None


def test_what_is_no_complaint_of_its_own_is_left_out_whenever_that_was_found_out():
    ruled_out = step(EntryKind.RULED_OUT, "2026-07-05T09:00")
    back = step(EntryKind.REOPENED, "2026-07-06T09:00", reason="it is one")
    entries = register(
        C_1=[opened("2026-06-20T09:00"), ruled_out],
        C_2=[opened("2026-06-20T09:00"), ruled_out, back],
        C_3=[opened("2026-06-20T09:00"), step(EntryKind.MERGED_AWAY, "2026-07-05T09:00", into="C-2")],
    )
    found, tally = reported_in("2026H1", entries)
    assert list(found) == ["C-2"]
    assert tally.complaints["ruled out, or kept under another complaint"] == 2


def test_nothing_from_before_the_firms_first_period_is_carried_over():
    entries = register(C_1=[opened("2025-12-31T09:00")], C_2=[opened("2026-01-01T00:00")])
    found, tally = reported_in("2026H2", entries, first="2026H1")
    assert list(found) == ["C-2"]
    assert tally.complaints["received before the first reporting period"] == 1


def test_a_reopening_after_the_period_leaves_it_closed_in_the_file():
    again = step(EntryKind.REOPENED, "2026-07-02T09:00", reason="more came")
    entries = register(C_1=[opened("2026-06-01T09:00"), closed("2026-06-02T09:00"), again])
    assert reported_in("2026H1", entries)[0]["C-1"]["status"] == "closed"


def test_a_step_without_a_readable_time_is_refused_by_name():
    entries = register(C_1=[opened("2026-06-01T09:00"), closed("2026-06-02T09:00", at="noon")])
    with pytest.raises(RecordError, match=r"entry 2 \(C-1, closed\)"):
        as_at(entries, H1.ends_at(SYDNEY))


# what is in it


def test_a_line_has_the_profiles_columns_codes_and_dates():
    lines, problems, tally, file = written(
        register(C_1=[opened("2026-06-01T09:00"), closed("2026-06-05T09:00", compensation_amount="10.00")])
    )
    assert problems == []
    [line] = lines
    assert line["Complaint unique identifier"] == "C-1"
    assert (line["Date received"], line["Date closed"], line["Days to resolve"]) == ("01/06/2026", "05/06/2026", "4")
    assert (line["Current status"], line["Outcome"], line["Monetary remedy"]) == ("EX06", "EX01", "10.00")
    assert (line["Issue 1"], line["Issue 2"]) == ("EX02", "")
    assert line["Complainant type"] == "EX01"
    assert reconcile(file, EXAMPLE_PROFILE, tally) is None


def test_edge_59_what_has_no_code_blocks_the_file_and_is_listed_with_its_complaint():
    _, problems, _, _ = written(
        register(
            C_1=[opened("2026-06-01T09:00", product="yacht")],
            C_2=[opened("2026-06-01T09:00", product=None)],
            C_3=[opened("2026-06-01T09:00", issues=["charges", "advice", "scam", "service"])],
            C_4=[opened("2026-06-01T09:00")],
        )
    )
    assert [str(problem) for problem in problems] == [
        "C-1: column 'Product or service': product 'yacht' has no code in example-product.csv",
        "C-2: column 'Product or service': the register has no product, which this column needs",
        "C-3: column 'Issue 3': 4 issues, and the profile has columns for 3",
    ]


def test_edge_61_a_file_that_lacks_or_repeats_a_line_does_not_reconcile():
    entries = register(C_1=[opened("2026-06-01T09:00")], C_2=[opened("2026-06-01T09:00")])
    _, _, tally, file = written(entries)
    whole = file.getvalue()
    lines = whole.splitlines(keepends=True)
    assert reconcile(io.BytesIO(whole), EXAMPLE_PROFILE, tally) is None
    assert "1 lines and the register 2" in reconcile(io.BytesIO(b"".join(lines[:2])), EXAMPLE_PROFILE, tally)
    for wrong in ([*lines, lines[2]], [lines[0], lines[2], lines[1]], [*lines[:2], b"C-3,open\r\n"]):
        assert "repeats a complaint" in reconcile(io.BytesIO(b"".join(wrong)), EXAMPLE_PROFILE, tally)


def test_too_much_other_is_warned_of():
    entries = register(
        **{f"C_{n}": [opened("2026-06-01T09:00", product="other" if n < 3 else "payment")] for n in range(1, 9)}
    )
    _, _, tally, _ = written(entries)
    assert list(tally.overused(EXAMPLE_PROFILE)) == ["column 'Product or service': 2 of 8 say other or unknown"]


def profile(tmp_path, *columns, **keys):
    text = "\n".join(
        [f'title = "ours"\nstart = 2026-01-01\n{"".join(f"{k} = {v}" + chr(10) for k, v in keys.items())}']
        + [f'[[columns]]\nheader = "{n}"\n{column}' for n, column in enumerate(columns)]
    )
    (tmp_path / "ours.toml").write_text(text)
    return load_profile(tmp_path / "ours.toml")


def test_a_value_that_cannot_stand_in_its_column_blocks(tmp_path):
    entries = register(C_1=[opened("2026-06-01T09:00", brand="Ларкбанк", account="=cmd()")])
    ours = profile(
        tmp_path,
        'element = "complaint_id"\nlongest = 2',
        'element = "brand"',
        'element = "account"',
        'element = "closed_on"\nrequired_if_closed = true',
        "required = true",
        'element = "tags"',
        encoding='"cp1252"',
    )
    line, problems = line_of(row(entries), ours)
    assert line == ["", "", "", "", "", "billing"]
    assert [problem.reason for problem in problems] == [
        "3 characters, and the column takes 2",
        "holds letters that cp1252 has not",
        "begins like a formula",
        "the register has no value, which this column needs",
    ]


def test_a_byte_order_mark_stands_at_the_beginning_alone(tmp_path):
    ours = profile(tmp_path, 'element = "complaint_id"', encoding='"utf-8-sig"')
    entries = register(C_1=[opened("2026-06-01T09:00")], C_2=[opened("2026-06-01T09:00")])
    _, _, tally, file = written(entries, profile=ours)
    assert file.getvalue() == b"\xef\xbb\xbf0\r\nC-1\r\nC-2\r\n"
    assert reconcile(file, ours, tally) is None


# which profile


def test_without_a_profile_nothing_is_written_and_the_file_that_is_needed_is_named(tmp_path):
    with pytest.raises(SetupError, match=r"no profile covers 2026H1: fill a <version>.toml .* EARSHOT_PROFILES"):
        load_profiles(None).choose(H1)
    with pytest.raises(SetupError, match=r"put them into .*; `--profile example`"):
        load_profiles(tmp_path).choose(H1)
    with pytest.raises(SetupError, match="'2025-12' is not in any folder; loaded profiles: none"):
        load_profiles(None).choose(H1, "2025-12")
    with pytest.raises(SetupError, match="is not there"):
        load_profiles(tmp_path / "gone")


def write_profile(folder, name, text="", start="2026-01-01"):
    body = f'title = "t"\nstart = {start}\n{text}\n[[columns]]\nheader = "id"\nelement = "complaint_id"\n'
    (folder / f"{name}.toml").write_text(body)


def test_edge_60_the_profile_is_chosen_by_the_period_and_a_wrong_one_is_refused(tmp_path):
    write_profile(tmp_path, "2022-03", "end = 2025-12-31", start="2022-07-01")
    write_profile(tmp_path, "2025-12")
    loaded = load_profiles(tmp_path)
    assert loaded.choose(half_year("2025H2")).name == "2022-03"
    assert loaded.choose(H1).name == "2025-12"
    with pytest.raises(SetupError, match="'2022-03' is for periods from 2022-07-01 to 2025-12-31, not for 2026H1"):
        loaded.choose(H1, "2022-03")
    with pytest.raises(SetupError, match="from 2026-01-01 on, not for 2025H2"):
        loaded.choose(half_year("2025H2"), "2025-12")


def test_edge_64_after_the_instruments_repeal_the_refusal_says_so():
    with pytest.raises(SetupError, match="Instrument 2022/205 is repealed on 2027-04-01"):
        load_profiles(None).choose(half_year("2027H1"))


def test_the_example_is_used_only_by_its_name_and_says_what_it_is(tmp_path):
    write_profile(tmp_path, "mine", "is_example = true")
    assert load_profiles(tmp_path).loaded == {}
    assert (EXAMPLE_PROFILE.is_example, EXAMPLE_PROFILE.title) == (True, "example, not ASIC codes")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = ", "is no TOML"),
        ('title = "t"\nstart = 2026-01-01\ncolumns = []', "'columns'"),
        ('title = "t"\nstart = "soon"\n[[columns]]\nheader = "id"', "'start'"),
        ('title = "t"\nstart = 2026-01-01\nrows = 3\n[[columns]]\nheader = "id"', "'rows'"),
        ('title = "t"\nstart = 2026-01-01\n[[columns]]\nheader = "id"', "complaint_id"),
        ('title = "t"\nstart = 2026-01-01\n[[columns]]\nheader = "id"\nelement = "text"', "element 'text'"),
        ('title = "t"\nstart = 2026-01-01\n[[columns]]\nheader = "id"\nelement = "product"\nitem = 1', "lists alone"),
        ('title = "t"\nstart = 2026-01-01\n[[columns]]\nheader = "id"\n[[columns]]\nheader = "id"', "two columns"),
        (
            'title = "t"\nstart = 2026-01-01\nencoding = "klingon"\n'
            '[[columns]]\nheader = "id"\nelement = "complaint_id"',
            "'klingon'",
        ),
        ('title = "t"\nstart = 2026-01-01\n[[columns]]\nheader = "id"\ncodes = "gone.csv"', "gone.csv"),
        ('title = "t"\nstart = 2026-01-01\n[[columns]]\nheader = "id"\ncodes = "no-code.csv"', "no column 'code'"),
        ('title = "t"\nstart = 2026-01-01\n[[columns]]\nheader = "id"\ncodes = "twice.csv"', "line 3: 'a' has a code"),
        ('title = "t"\nstart = 2026-01-01\n[[columns]]\nheader = "id"\ncodes = "empty.csv"', "line 2: 'code' is empty"),
        ('title = "t"\nstart = 2026-01-01\n[[columns]]\nheader = "id"\ncodes = "latin.csv"', "not UTF-8"),
    ],
)
def test_a_profile_with_a_fault_is_refused_by_file_and_place(tmp_path, text, words):
    (tmp_path / "no-code.csv").write_text("ours\na\n")
    (tmp_path / "twice.csv").write_text("ours,code\na,1\na,2\n")
    (tmp_path / "empty.csv").write_text("ours,code\na,\n")
    (tmp_path / "latin.csv").write_bytes("ours,code\né,1\n".encode("latin-1"))
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(SetupError, match="p.toml|csv") as refused:
        load_profile(tmp_path / "p.toml")
    assert words in str(refused.value)


# after lodging


def test_corrections_after_a_lodgement_are_listed_and_steps_of_the_next_period_are_not():
    entries = register(
        C_1=[
            opened("2026-06-01T09:00"),
            step(EntryKind.CORRECTED, "2026-09-01T09:00", product="home_loan", reason="typo"),
        ],
        C_2=[opened("2026-06-01T10:00"), closed("2026-09-01T10:00")],
        C_3=[opened("2026-06-01T11:00"), step(EntryKind.RULED_OUT, "2026-09-01T11:00")],
        C_4=[opened("2026-06-01T12:00", received_on="2026-06-01")],
        C_5=[(EntryKind.OPENED, "2026-09-01T12:00", *opened("2026-06-29T12:00")[2:])],
    )
    found = late_corrections(entries, head_seq=4, scope=Scope(H1, SYDNEY), profile=EXAMPLE_PROFILE)
    assert [str(each) for each in found] == [
        "C-1: Product or service: lodged 'EX04', now 'EX05' (entries 5)",
        "C-3: (in the file): lodged 'yes', now 'no' (entries 7)",
        "C-5: (in the file): lodged 'no', now 'yes' (entries 8)",
    ]
    nil = late_corrections(entries, head_seq=0, scope=Scope(H2, SYDNEY), profile=None)
    assert {each.header for each in nil} == {"(in the file)"}
    same = late_corrections(entries, head_seq=4, scope=Scope(H1, SYDNEY), profile=None)
    assert [each.complaint_id for each in same] == ["C-3", "C-5"]
