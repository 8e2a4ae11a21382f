"""The page of the classifier: who sees it, and that each version shows what was measured, decided and said."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from inbox.roles import Role
from models import UNSURE, ChangeKind, Label, Verdict
from models.configuration import Part, Set
from models.identity import mention_id
from models.opinion import Opinion, SaidOpinion
from store.evaluations import Relabelled
from store.store import Store
from tests.inbox.factory import NOW, Said, add, verdict_of
from tests.learning.evaluations import evaluation

PAGE = "/figures/classifier"
LIVE, NEXT = "2026.2", "firm-1"
SHADOWED_AT = NOW - timedelta(days=3)


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def _live(store: Store, version: str = LIVE) -> None:
    """As the start writes it down."""
    with store.writing() as transaction:
        one = Set(Part.CLASSIFIER, "weights unless promoted otherwise", f"{version} · sha256 0123456789ab")
        transaction.configuration.note(one, by="started with earshot up", now=NOW)


def _decide(store: Store, kind: ChangeKind, version: str = NEXT, *, digest: str = "a" * 64, reason: str = "") -> None:
    with store.writing() as transaction:
        transaction.classifiers.decide(kind, version, digest=digest, person="Agnes", reason=reason, now=SHADOWED_AT)


def _keep(store: Store, **changes) -> None:
    with store.writing() as transaction:
        transaction.evaluations.keep(evaluation(**({"version": NEXT, "at": NOW} | changes)))


def _folder(home: Path, name: str, card: str = "") -> None:
    folder = home / "classifiers" / name
    folder.mkdir(parents=True)
    (folder / "manifest.toml").write_text(f'version = "{name}"')
    if card:
        (folder / "classifier.md").write_text(card)


@pytest.mark.parametrize("role", [Role.LEAD, Role.COMPLIANCE, Role.ADMIN, Role.AUDITOR])
def test_leads_compliance_administrators_and_auditors_see_it_and_are_led_to_it(sqlite_store, as_role, role):
    browser = as_role(role)
    assert browser.get(PAGE).status_code == 200
    for path in ("/figures", "/health", "/board/measured"):
        assert f'href="{PAGE}"' in browser.get(path).text, path
    if role is not Role.LEAD:
        for path in ("/compliance/figures", "/compliance/configuration"):
            assert f'href="{PAGE}"' in browser.get(path).text, path


def test_agents_do_not(sqlite_store, agent):
    assert agent.get(PAGE).status_code == 403
    assert agent.get(f"{PAGE}/card").status_code == 403
    assert f'href="{PAGE}"' not in agent.get("/health").text


def test_a_version_that_was_never_evaluated_says_so_with_the_command(sqlite_store, as_role, settings):
    _live(sqlite_store)
    _folder(settings.home, NEXT)
    lead = as_role(Role.LEAD)
    shipped, other = _words(lead.get(PAGE).text), _words(lead.get(f"{PAGE}?version={NEXT}").text)
    assert "2026.2 live, shipped" in shipped and "earshot evaluate shipped --data frozen.jsonl" in shipped
    assert "firm-1 at rest" in other and "never evaluated" in other
    assert "earshot evaluate firm-1 --data frozen.jsonl" in other
    assert lead.get(f"{PAGE}?version=firm-9").status_code == 404


def test_what_was_measured_stands_with_interval_number_and_verdict(sqlite_store, as_role):
    _live(sqlite_store)
    _keep(sqlite_store, verdicts={"complaint, F1": "better", "left to a person": "worse"})
    page = as_role(Role.COMPLIANCE).get(f"{PAGE}?version={NEXT}").text
    words = _words(page)
    assert (
        "Complaints, F1 all 76.0 (71.0 to 81.0) of 200 70.0 (65.0 to 75.0) of 200 +6.0 (+2.0 to +10.0) better" in words
    )
    row = words[words.index("Left to people all") :]
    assert row[: row.index("Complaints missed")].endswith("worse ")
    assert "1 worse, 1 better, 2 no clear difference beside 2026.2" in words
    assert "on 200 labelled texts (SHA-256 of the rows ffffffffffff… , of its manifest aaaaaaaaaaaa… )" in words
    assert "too good" not in words
    table = page[page.index('id="confusion"') : page.index('id="labels"')]
    assert "Complaint 81 4 0 0 5 3 7 Praise 2 0 0 95 0 3 0" in _words(table)
    assert "Complaint 100 97.6 (92.0 to 99.3) of 83 81.0 (72.2 to 87.5) of 100" in words
    assert "Praise 100 – –" in words


def test_the_live_one_has_the_figures_of_what_another_was_compared_with(sqlite_store, as_role):
    _live(sqlite_store)
    _keep(sqlite_store, learnt=9)
    words = _words(as_role(Role.LEAD).get(PAGE).text)
    assert "It was the one that firm-1 was compared with." in words
    assert "Complaints, F1 all 70.0 (65.0 to 75.0) of 200" in words
    assert "too good" not in words
    other = _words(as_role(Role.AUDITOR).get(f"{PAGE}?version={NEXT}").text)
    assert "It had learnt from 9 of these texts, so these figures are too good." in other


def test_figures_of_weights_that_were_replaced_are_not_those_of_the_version(sqlite_store, as_role):
    _live(sqlite_store)
    _keep(sqlite_store)
    _decide(sqlite_store, ChangeKind.PROMOTED, digest="b" * 64, reason="fewer missed")
    words = _words(as_role(Role.LEAD).get(PAGE).text)
    assert "firm-1 live" in words and "Agnes : fewer missed" in words
    assert "This version was never evaluated here." in words
    _keep(sqlite_store, digest="b" * 64)
    assert "This version was never evaluated here." not in _words(as_role(Role.ADMIN).get(PAGE).text)


def test_an_evaluation_against_one_that_is_not_live_says_so(sqlite_store, as_role):
    _live(sqlite_store, "2027.1")
    _keep(sqlite_store)
    words = _words(as_role(Role.LEAD).get(f"{PAGE}?version={NEXT}").text)
    assert "The live one is 2027.1: evaluate again before you promote." in words


def _judged(store: Store, native_id: str, **said) -> str:
    add(store, Said(f"words of {native_id}", native_id=native_id, **said), now=NOW)
    return mention_id("x", "larkbank", native_id)


def test_what_people_said_of_the_live_one_is_counted_and_of_others_not(store: Store):
    first = _judged(store, "1")
    classifier = verdict_of(Said("")).classifier
    _judged(store, "2")
    left = _judged(store, "3", is_unsure=True)
    with store.writing() as transaction:
        transaction.mentions.relabel(first, "praise", person="agnes", now=NOW)
        transaction.mentions.relabel(left, "complaint", person="agnes", now=NOW)
        transaction.mentions.relabel(mention_id("x", "larkbank", "2"), "complaint", person="agnes", now=NOW)
        for number, (key, version) in enumerate([(first, classifier), (left, "other")]):
            transaction.opinions.add(
                SaidOpinion(f"k{number}", key, Opinion.WRONG, "complaint", "praise", version, "agnes", NOW)
            )
    with store.reading() as transaction:
        since = NOW - timedelta(days=1)
        assert transaction.evaluations.relabelled(classifier, since=since) == Relabelled(2, 1, 1)
        assert transaction.evaluations.relabelled("other", since=since) == Relabelled(0, 0, 0)
        assert transaction.evaluations.relabelled(classifier, since=NOW + timedelta(days=1)) == Relabelled(0, 0, 0)
        [found] = transaction.opinions.agreed(since=since, classifier=classifier)
        assert (found.right, found.total) == (0, 1)
        assert sum(one.total for one in transaction.opinions.agreed(since=since)) == 2


def test_the_same_versions_on_the_same_rows_are_kept_once_and_the_last_counts(store: Store):
    one = evaluation(verdicts={"complaint, F1": "worse"})
    other = evaluation(rows_digest="1" * 64, at=one.at + timedelta(hours=1))
    itself = evaluation(against="a", against_digest="a" * 64, at=one.at + timedelta(hours=5))
    for each in (one, other, itself):
        with store.writing() as transaction:
            transaction.evaluations.keep(each)
    again = evaluation(at=one.at + timedelta(hours=2))
    with store.reading() as transaction:
        assert transaction.evaluations.last_of("a" * 64) == other
    with store.writing() as transaction:
        transaction.evaluations.keep(again)
    with store.reading() as transaction:
        assert transaction.evaluations.all() == [itself, again, other]
        assert transaction.evaluations.last_of("a" * 64) == again
        assert transaction.evaluations.last_of("b" * 64) is None


def test_decisions_in_the_shadow_are_counted_beside_those_of_the_live_one(store: Store):
    keys = [_judged(store, "1"), _judged(store, "2", label="praise"), _judged(store, "3", is_unsure=True)]
    with store.writing() as transaction:
        live = transaction.verdicts.latest(keys)
        judged = {key: _as(verdict, UNSURE) for key, verdict in live.items()}
        transaction.shadow.add(judged, now=NOW)
    with store.reading() as transaction:
        counted = transaction.shadow.decided(NEXT, since=NOW - timedelta(days=1))
        pairs = transaction.shadow.judged_twice(NEXT, since=NOW - timedelta(days=1))
    assert counted == {("complaint", UNSURE): 1, ("praise", UNSURE): 1, (UNSURE, UNSURE): 1}
    assert sum(counted.values()) == len(pairs)


def _as(verdict: Verdict, decision: str) -> Verdict:
    return replace(verdict, classifier=NEXT, decision=decision, label=Label.OTHER)


def test_the_live_one_shows_people_shadow_and_drift(sqlite_store, as_role):
    classifier = verdict_of(Said("")).classifier
    _live(sqlite_store, classifier)
    _decide(sqlite_store, ChangeKind.SHADOWED)
    key = _judged(sqlite_store, "1")
    groups = [
        {
            "lang": "tr",
            "channel": "bluesky",
            "level": level,
            "stability_index": 0.314,
            "unsure_before": {"count": 1, "total": 1200, "low": 0, "high": 1},
            "unsure_now": {"count": 1, "total": 900, "low": 0, "high": 1},
            "why": ["complaint scores moved"],
        }
        for level in ("unknown", "alarm")
    ]
    with sqlite_store.writing() as transaction:
        transaction.mentions.relabel(key, "praise", person="agnes", now=NOW)
        transaction.drift.note(classifier, level="alarm", report={"alarms": ["x"], "groups": groups}, now=NOW)
        transaction.shadow.add(
            {name: _as(one, "praise") for name, one in transaction.verdicts.latest([key]).items()}, now=NOW
        )
    lead = as_role(Role.LEAD)
    live, shadow = _words(lead.get(PAGE).text), _words(lead.get(f"{PAGE}?version={NEXT}").text)
    assert "gave another one to 100.0 (20.7 to 100.0) 1 of 1 per cent" in live
    assert "Drift alarm" in live and "tr Bluesky alarm 0.314 1,200 900" in live
    assert "unknown, too few" not in live
    assert "firm-1 in the shadow" in shadow and "Complaint 0 0 0 1 0 0 0" in shadow
    assert "put into the shadow, Agnes" in shadow and "What people said of it" not in shadow


def test_the_card_is_handed_out_and_nothing_else(sqlite_store, as_role, settings):
    _live(sqlite_store)
    _folder(settings.home, NEXT, card="# What it was made for")
    _folder(settings.home, "firm-2")
    (settings.home / "classifier.md").write_text("none of yours")
    auditor = as_role(Role.AUDITOR)
    answer = auditor.get(f"{PAGE}/card?version={NEXT}")
    assert (answer.text, answer.headers["content-disposition"]) == (
        "# What it was made for",
        'attachment; filename="classifier_firm-1.md"',
    )
    assert auditor.get(f"{PAGE}/card").text.startswith("# ")
    for name in ("firm-2", "..", "../classifiers/firm-1", "firm-9"):
        assert auditor.get(f"{PAGE}/card?version={name}").status_code == 404
    assert "Its card is not on this machine" in _words(auditor.get(f"{PAGE}?version=firm-2").text)
