"""A database with as many cases as wanted, by direct inserts: made up, in three languages, most of them done."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
from store.encoding import encode
from store.migrate import upgrade
from store.store import Store
from store.tables import author_snapshots, authors, cases, clocks, events, mentions, verdicts

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


def fill(path: Path, *, count: int, share_open: float, seed: int = 7) -> Store:
    store = Store(f"sqlite:///{path}")
    upgrade(store.engine)
    dice = random.Random(seed)  # noqa: S311  made-up data
    now = datetime.now(UTC)
    for first in range(1, count + 1, BATCH):
        numbers = range(first, min(first + BATCH, count + 1))
        _insert(store, [_case(number, dice, now, share_open) for number in numbers])
    return store


def _insert(store: Store, made: list[Rows]) -> None:
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table in (authors, author_snapshots, cases, mentions, verdicts, clocks, events):
            rows = [row for one in made for row in one.get(table.name, ())]
            if rows:
                connection.execute(table.insert(), rows)


def _case(number: int, dice: random.Random, now: datetime, share_open: float) -> Rows:
    lang = dice.choices(tuple(WORDS), (80, 12, 8))[0]
    label = dice.choices(LABELS, SHARES_OF_LABELS)[0]
    is_noise = label in ("spam", "abuse", "other")
    tier = Tier.NOISE if is_noise else dice.choice((Tier.SAVED_REPLY, Tier.PERSONAL_REPLY, Tier.HIGH_PRIORITY))
    is_open = not is_noise and dice.random() < share_open / 0.65
    at = now - timedelta(minutes=dice.random() * (10 * 1440 if is_open else 400 * 1440))
    decision = _decision(dice, label, tier)
    channel, author = dice.choice(CHANNELS), f"author-{number % 60_000}"
    due = at + timedelta(days=dice.choice((1, 7, 30))) if label == "complaint" else None
    said = [_message(number, place, dice, lang, at) for place in range(dice.choices((1, 2, 4), (70, 20, 10))[0])]
    common = {"channel": channel, "account": "larkbank", "author_id": author}
    is_new = number <= 60_000
    facts: dict[str, Any] = {
        "id": author,
        "handle": f"person_{number % 60_000}",
        "name": f"Person {number % 60_000}",
        "followers": number % 5000,
    }
    snapshot = number % 60_000 + 1
    return {
        "authors": [{"id": author, "channel": channel, "native_id": author, "handle": author}] if is_new else [],
        "author_snapshots": [
            {"id": snapshot, "author_id": author, "captured_at": at, "digest": f"{snapshot:064d}", "facts": facts}
        ]
        if is_new
        else [],
        "cases": [common | _case_row(number, dice, decision, at, due, is_open=is_open) | {"mention_count": len(said)}],
        "mentions": [_mention_row(each, common, number, snapshot, lang) for each in said],
        "verdicts": [_verdict_row(each, lang, label) for each in said],
        "clocks": [
            {"case_id": number, "key": "respond", "due_at": due, "force": "enforceable", "paragraph": "RG 271.56"}
        ]
        if due
        else [],
        "events": [_event_row(kind, number, at) for kind in ("received", "judged", "triaged")],
    }


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
        "next_due_at": due if is_open else None,
        "decision": encode(decision),
        "version": 1,
        "updated_at": at,
    }


def _event_row(kind: str, number: int, at: datetime) -> dict[str, Any]:
    said = {"key": f"{kind}:{number}", "kind": kind, "at": at, "recorded_at": at, "case_id": number, "facts": {}}
    return said | {"actor_kind": "rule", "actor": "house"}


def _message(number: int, place: int, dice: random.Random, lang: str, at: datetime) -> tuple[str, str, datetime]:
    words = " ".join(dice.choices(WORDS[lang].split(), k=dice.randint(8, 40)))
    return f"m{number}-{place}", f"@larkbank {words} ref{number}", at - timedelta(minutes=5 * place)


def _mention_row(
    said: tuple[str, str, datetime], common: dict[str, Any], number: int, snapshot: int, lang: str
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
