"""A database with as many cases as wanted, by direct inserts: made up, in three languages, most of them done.

Numbers grow with time, as they do at a firm; a case that is done has the answer of a person, a complaint its line.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from models import (
    Decision,
    Definition,
    Label,
    Limb,
    LimbVerdict,
    Priority,
    Reach,
    Reason,
    ScorePart,
    Tier,
    Verdict,
)
from store.complaint_tables import complaints
from store.encoding import encode
from store.migrate import upgrade
from store.store import Store
from store.tables import author_snapshots, authors, cases, clocks, events, mentions, outbox, receipts, verdicts

BATCH = 2_000
Rows = dict[str, list[dict[str, Any]]]
CHANNELS = ("x", "facebook", "instagram", "bluesky", "mastodon", "app_store", "email")
PEOPLE = (*(f"Agent {number}" for number in range(1, 21)), None, None, None, None, None)
TAGS = (
    "charge",
    "outage",
    "hardship",
    "fraud",
    "delivery",
    "repeat_contact",
    "influencer",
    "staff_named",
    "app",
    "fees",
)
WORDS = {
    "en": "you charged me twice card payment refund branch app login broken waiting phone answer week transfer fee "
    "loan home account closed staff rude helpful thank please when money missing statement letter mortgage rate",
    "tr": "kartım çalışmıyor iki kez para iade şube uygulama giriş bekliyorum telefon cevap hafta havale ücret kredi "
    "ev hesap kapalı personel teşekkür lütfen ne zaman eksik ekstre faiz",
    "bg": "картата ми не работи два пъти пари връщане клон приложение вход чакам телефон отговор седмица превод "
    "такса кредит сметка затворена служител благодаря моля кога липсват извлечение лихва",
}
LABELS = ("complaint", "enquiry", "praise", "spam", "abuse", "other")
SHARES_OF_LABELS = (30, 25, 10, 12, 8, 15)
NO_NOISE = 0.65
"""Share of the cases that are none; noise is never open."""
OPEN_DAYS, ALL_DAYS = 10, 400
TABLES = (authors, author_snapshots, cases, complaints, mentions, verdicts, clocks, outbox, receipts, events)


def fill(url: str, *, count: int, share_open: float, seed: int = 7) -> Store:
    store = Store(url)
    upgrade(store.engine)
    dice = random.Random(seed)  # noqa: S311  made-up data
    now = datetime.now(UTC)
    ages = sorted((_age(dice, share_open) for _ in range(count)), reverse=True)
    for first in range(0, count, BATCH):
        some = enumerate(ages[first : first + BATCH], start=first + 1)
        _insert(store, [_case(number, dice, now - age, is_recent=is_recent) for number, (age, is_recent) in some])
    go_on_counting(store)
    return store


def _age(dice: random.Random, share_open: float) -> tuple[timedelta, bool]:
    is_recent = dice.random() < share_open / NO_NOISE
    return timedelta(days=dice.random() * (OPEN_DAYS if is_recent else ALL_DAYS)), is_recent


def _insert(store: Store, made: list[Rows]) -> None:
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table in TABLES:
            rows = [row for one in made for row in one.get(table.name, ())]
            if rows:
                connection.execute(table.insert(), rows)


def go_on_counting(store: Store) -> None:
    """PostgreSQL does not look at the numbers that were given; it plans by what ANALYZE has seen, and what VACUUM has
    seen, which comes by itself in time, is read from indexes alone."""
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in (author_snapshots, cases, outbox):
                last = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608
                connection.exec_driver_sql(last)
            connection.exec_driver_sql("VACUUM (ANALYZE)")


def _case(number: int, dice: random.Random, at: datetime, *, is_recent: bool) -> Rows:
    lang = dice.choices(tuple(WORDS), (80, 12, 8))[0]
    label = dice.choices(LABELS, SHARES_OF_LABELS)[0]
    is_noise = label in ("spam", "abuse", "other")
    tier = Tier.NOISE if is_noise else dice.choice((Tier.SAVED_REPLY, Tier.PERSONAL_REPLY, Tier.HIGH_PRIORITY))
    is_open = is_recent and not is_noise
    decision = _decision(dice, label, tier)
    channel, author = dice.choice(CHANNELS), f"author-{number % 60_000}"
    due = at + timedelta(days=dice.choice((1, 7, 30))) if label == "complaint" else None
    said = [_message(number, place, dice, lang, at) for place in range(dice.choices((1, 2, 4), (70, 20, 10))[0])]
    common = {"channel": channel, "account": "larkbank", "author_id": author}
    row = _case_row(number, dice, decision, at, due, is_open=is_open) | {"mention_count": len(said)}
    answered = at + timedelta(minutes=dice.randint(5, 1_000)) if not is_open and not is_noise else None
    snapshot = number % 60_000 + 1
    rows: Rows = {
        "cases": [common | row],
        "mentions": [_mention_row(each, common, number, snapshot, lang, decision) for each in said],
        "verdicts": [_verdict_row(each, lang, label) for each in said],
        "events": [event for each in said for event in _events_of(each, number, decision)],
    }
    if number <= 60_000:
        rows |= _author_rows(number, snapshot, author, channel, at)
    if due is not None:
        clock = {"case_id": number, "key": "respond", "due_at": due, "force": "enforceable", "paragraph": "RG 271.56"}
        rows["clocks"] = [clock | {"met_at": answered}]
        rows["complaints"] = [_complaint_row(number, dice, channel, lang, at, answered)]
    if answered is not None:
        rows |= _answer_rows(number, dice, said[0][0], answered)
        rows["events"].append(_event_row("replied", said[0][0], number, answered, {"person": "Agent 1"}))
    return rows


def _author_rows(number: int, snapshot: int, author: str, channel: str, at: datetime) -> Rows:
    name = number % 60_000
    facts = {"id": author, "handle": f"person_{name}", "name": f"Person {name}", "followers": number % 5000}
    seen = {"id": snapshot, "author_id": author, "captured_at": at, "digest": f"{snapshot:064d}", "facts": facts}
    return {
        "authors": [{"id": author, "channel": channel, "native_id": author, "handle": author}],
        "author_snapshots": [seen],
    }


def _complaint_row(
    number: int, dice: random.Random, channel: str, lang: str, at: datetime, answered: datetime | None
) -> dict[str, Any]:
    return {
        "id": f"C-{number}",
        "case_id": number,
        "status": "open" if answered is None else "closed",
        "complaint_type": "standard",
        "types": ["standard"],
        "received_at": at,
        "received_on": at.date(),
        "acknowledge_due_at": at + timedelta(days=1),
        "acknowledged_at": answered,
        "respond_due_on": (at + timedelta(days=30)).date(),
        "responded_at": answered,
        "closed_at": answered,
        "has_representative": False,
        "has_support_need": False,
        "needs_safe_contact": False,
        "may_write_automatically": True,
        "on_hold": False,
        "issues": [],
        "channel": channel,
        "account": "larkbank",
        "language": lang,
        "tier": dice.choice((1, 2, 3)),
        "priority": "normal",
        "systemic": [],
        "last_seq": number,
    }


def _answer_rows(number: int, dice: random.Random, mention_id: str, at: datetime) -> Rows:
    payload = {"text": "We look into it.", "person": f"Agent {dice.randint(1, 20)}", "is_private": False}
    sent = {
        "id": number,
        "effect": "send_reply",
        "sink": "local",
        "key": f"reply:{number}",
        "case_id": number,
        "mention_id": mention_id,
        "payload": payload,
        "state": "sent",
        "attempts": 1,
        "next_at": at,
        "created_at": at,
        "updated_at": at,
    }
    receipt = {"outbox_id": number, "reference": f"r{number}", "found": False, "reached_author": True}
    return {"outbox": [sent], "receipts": [receipt | {"received_at": at}]}


def _case_row(
    number: int, dice: random.Random, decision: Decision, at: datetime, due: datetime | None, *, is_open: bool
) -> dict[str, Any]:
    return {
        "id": number,
        "conversation_key": f"key-{number}",
        "state": "open" if is_open else "closed" if dice.random() < 0.8 else "answered",
        "received_at": at,
        "last_message_at": at,
        "label": decision.label,
        "tier": int(decision.tier),
        "priority": decision.priority.value,
        "priority_rank": decision.priority.rank,
        "team": decision.team,
        "owner": dice.choice(PEOPLE) if is_open else None,
        "score": decision.score,
        "needs_person": decision.needs_person,
        "is_complaint": decision.is_complaint,
        "audience": dice.choices(("public", "private"), (70, 30))[0],
        "reach": round(dice.random(), 3),
        "next_due_at": due if is_open else None,
        "complaint_id": f"C-{number}" if decision.is_complaint else None,
        "complaint_received_at": at if decision.is_complaint else None,
        "decision": encode(decision),
        "version": 1,
        "updated_at": at,
    }


def _events_of(said: tuple[str, str, datetime], number: int, decision: Decision) -> list[dict[str, Any]]:
    """As triage writes them; the test of the definition in one part of what it says."""
    mention_id, _, at = said
    judged = {"decision": decision.label, "complaint_score": 0.9}
    summary = {"label": decision.label, "tier": int(decision.tier), "is_complaint": decision.is_complaint}
    summary |= {"priority": decision.priority.value, "team": decision.team, "rules": list(decision.rules)}
    found = [("received", {}), ("judged", judged), ("triaged", summary | {"policy": decision.policy_version})]
    if decision.is_complaint:
        found.append(("definition_tested", {"is_complaint": True, "basis": decision.definition.basis, "limbs": []}))
    return [_event_row(kind, mention_id, number, at, facts) for kind, facts in found]


def _event_row(kind: str, mention_id: str, number: int, at: datetime, facts: dict[str, Any]) -> dict[str, Any]:
    said = {"key": f"{kind}:{mention_id}", "kind": kind, "at": at, "recorded_at": at, "case_id": number}
    return said | {"mention_id": mention_id, "facts": facts, "actor_kind": "rule", "actor": "house"}


def _message(number: int, place: int, dice: random.Random, lang: str, at: datetime) -> tuple[str, str, datetime]:
    words = " ".join(dice.choices(WORDS[lang].split(), k=dice.randint(8, 40)))
    return f"m{number}-{place}", f"@larkbank {words} ref{number}", at - timedelta(minutes=5 * place)


def _mention_row(
    said: tuple[str, str, datetime],
    common: dict[str, Any],
    number: int,
    snapshot: int,
    lang: str,
    decision: Decision,
) -> dict[str, Any]:
    mention_id, words, at = said
    return common | {
        "id": mention_id,
        "native_id": mention_id,
        "kind": "mention",
        "text": words,
        "lang": lang,
        "created_at": at,
        "created_at_assumed": False,
        "received_at": at,
        "on_owned_channel": True,
        "conversation_id": f"{number}",
        "conversation_key": f"key-{number}",
        "snapshot_id": snapshot,
        "words_digest": mention_id,
        "raw": {},
        "arrival": number,
        "lane": "judge",
        "state": "triaged",
        "attempts": 0,
        "case_id": number,
        "decision": encode(decision),
    }


def _verdict_row(said: tuple[str, str, datetime], lang: str, label: str) -> dict[str, Any]:
    mention_id, words, at = said
    probabilities = {each: 0.95 if each.value == label else 0.01 for each in Label}
    some = words.split()[1:4]
    verdict = Verdict(
        lang=lang,
        label=Label(label),
        decision=label,
        probabilities=probabilities,
        complaint_score=0.9 if label == "complaint" else 0.1,
        abuse_score=0.1,
        spam_score=0.1,
        lead_score=0.1,
        bad_faith_score=0.1,
        sentiment={"negative": 0.7, "neutral": 0.2, "positive": 0.1},
        severity=2.0,
        urgency={"low": 0.1, "medium": 0.3, "high": 0.6},
        category={"billing_payment": 0.8},
        reasons=tuple(Reason(word, 1.0) for word in some),
        bad_faith_reasons=(),
        classifier="bench",
    )
    return {"mention_id": mention_id, "classifier": "bench", "judged_at": at, "verdict": encode(verdict)}


def _decision(dice: random.Random, label: str, tier: Tier) -> Decision:
    is_complaint = label == "complaint"
    parts = (ScorePart("tier", 40.0 * tier), ScorePart("severity", round(dice.random() * 20, 2)))
    met = LimbVerdict.MET if is_complaint else LimbVerdict.NOT_MET
    limbs = tuple(
        Limb(name, met, "complaint score 0.95, 0.50 asked for", "RG 271.27")
        for name in ("expression_of_dissatisfaction", "about_us", "response_expected", "author_contactable")
    )
    return Decision(
        label=label,
        definition=Definition(is_complaint, limbs, "Worked out.", "classifier:bench", "asic-rg271", "2021-09"),
        tier=tier,
        priority=dice.choice(list(Priority)),
        team="care",
        tags=tuple(sorted(set(dice.choices(TAGS, k=2)))),
        reach=Reach(0.3, ("212 followers: log10 gives 0.31",)),
        score=round(sum(part.points for part in parts), 4),
        score_parts=parts,
        rules=("double_charge",),
        needs_person=dice.random() < 0.05,
        wants_ticket=False,
        dues=(),
        policy_version="asic-rg271 2021-09, house 2026-11",
    )
