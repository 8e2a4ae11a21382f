"""Cases as the pipeline leaves them, written through the store, with invented content."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flow import bulk_run
from flow.chain import append
from models import (
    ActorKind,
    Author,
    Comment,
    Decision,
    Definition,
    Due,
    EntryKind,
    Event,
    EventKind,
    Force,
    Kind,
    Label,
    Limb,
    LimbVerdict,
    Mention,
    MentionState,
    Priority,
    Reach,
    Reason,
    Receipt,
    ScorePart,
    Ticket,
    Tier,
    Verdict,
)
from models.identity import mention_id
from policy.loading import load_policy
from register.facts import due_facts
from settings import Settings
from store.mentions import NewMention
from store.outbox import Effect, OutboxState
from store.store import Store, Transaction


def carry_out(store: Store, bulk_id: int, *, now: Callable[[], datetime], **more: float) -> bulk_run.Outcome:
    """What a worker does with a run over many cases."""
    return bulk_run.carry_out(store, load_policy(**Settings().policy), bulk_id, desk="memory", now=now, **more)


SYDNEY = ZoneInfo("Australia/Sydney")
WORKER = "factory"


@dataclass(frozen=True, slots=True)
class Said:
    """One message to be put into the store, as judged and triaged."""

    text: str
    label: str = "complaint"
    channel: str = "x"
    kind: Kind = Kind.MENTION
    lang: str = "en"
    handle: str = "joss_wattle"
    name: str | None = "Joss Wattleby"
    followers: int | None = 212
    verified: bool = False
    bio: str | None = "dad, roof tiler, tired"
    minutes_ago: float = 90
    tier: Tier = Tier.HIGH_PRIORITY
    priority: Priority = Priority.HIGH
    team: str = "payments"
    tags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    conversation: str | None = None
    native_id: str | None = None
    bad_faith: float = 0.04
    is_unsure: bool = False
    raw: dict[str, object] = field(default_factory=dict)


def add(store: Store, *sayings: Said, now: datetime) -> int:
    """Store the messages of one conversation and triage them; gives the case's id."""
    case_id = 0
    for said in sayings:
        with store.writing() as transaction:
            transaction.register.lock()
            case_id = _add_one(transaction, said, now=now)
    return case_id


def _add_one(transaction: Transaction, said: Said, *, now: datetime) -> int:
    mention = _mention(said, now)
    key = f"{mention.channel}:{mention.account}:{mention.conversation_id}"
    transaction.mentions.add([NewMention(mention, key, f"words-{mention.id}")], lane="judge", now=now)
    ids = [mention.id]
    verdict, decision = verdict_of(said), decision_of(said, now)
    transaction.mentions.claim(ids, was=MentionState.RECEIVED, worker=WORKER, now=now, lease_seconds=60)
    transaction.verdicts.add({mention.id: verdict}, now=now)
    transaction.mentions.advance(ids, was=MentionState.RECEIVED, becomes=MentionState.CLASSIFIED, worker=WORKER)
    transaction.mentions.claim(ids, was=MentionState.CLASSIFIED, worker=WORKER, now=now, lease_seconds=60)
    item = transaction.mentions.get(ids)[0]
    case = transaction.cases.of_conversation(key) or transaction.cases.open(item, decision, now=now)
    transaction.cases.add_mention(case, item, decision, now=now)
    transaction.mentions.triaged([(mention.id, case.id, decision)])
    transaction.mentions.advance(ids, was=MentionState.CLASSIFIED, becomes=MentionState.TRIAGED, worker=WORKER)
    transaction.cases.set_clocks(case.id, decision.dues)
    if decision.is_complaint and case.complaint_id is None:
        _register(transaction, case.id, mention, decision, now)
    _log(transaction, case.id, mention, verdict, decision, now)
    return case.id


def _mention(said: Said, now: datetime) -> Mention:
    at = now - timedelta(minutes=said.minutes_ago)
    native = said.native_id or f"{said.channel}-{said.handle}-{at.timestamp():.0f}-{len(said.text)}"
    author = Author(
        id=f"id-{said.handle}",
        handle=said.handle,
        name=said.name,
        bio=said.bio,
        followers=said.followers,
        following=340,
        posts=1890,
        verified=said.verified,
        has_avatar=said.bad_faith < 0.5,
        created_at=now - timedelta(days=20 if said.bad_faith > 0.5 else 2600),
    )
    return Mention(
        id=mention_id(said.channel, "larkbank", native),
        channel=said.channel,
        account="larkbank",
        native_id=native,
        kind=said.kind,
        text=said.text,
        created_at=at,
        received_at=at + timedelta(seconds=40),
        conversation_id=said.conversation or native,
        lang=said.lang,
        on_owned_channel=True,
        url=f"https://social.example/{said.channel}/{native}",
        author=author,
        raw=said.raw,
    )


def verdict_of(said: Said) -> Verdict:
    rest = 0.07 / 5
    label = Label(said.label)
    sure = 0.46 if said.is_unsure else 0.93
    spread = (1 - sure) / 5 if said.is_unsure else rest
    probabilities = {each: sure if each is label else spread for each in Label}
    reasons = tuple(Reason(word, 1.4 - place / 4) for place, word in enumerate(said.reasons))
    is_complaint = said.label == "complaint"
    cues = (
        Reason("no picture", 0.9),
        Reason("account is 20 days old", 0.7),
        Reason("nine hostile posts in a day", 0.6),
    )
    return Verdict(
        lang=said.lang,
        label=label,
        decision="unsure" if said.is_unsure else said.label,
        probabilities=probabilities,
        complaint_score=0.95 if is_complaint else 0.06,
        abuse_score=0.9 if said.label == "abuse" else 0.03,
        spam_score=0.9 if said.label == "spam" else 0.01,
        lead_score=0.02,
        bad_faith_score=said.bad_faith,
        sentiment={"negative": 0.9 if is_complaint else 0.2, "neutral": 0.08, "positive": 0.02},
        severity=2.4 if is_complaint else 0.4,
        urgency={"low": 0.1, "medium": 0.3, "high": 0.6},
        category={"billing_payment": 0.8, "app_website": 0.1},
        reasons=(*reasons, Reason("thanks", -0.2)),
        bad_faith_reasons=cues if said.bad_faith > 0.5 else (),
        classifier="2026.1",
    )


def decision_of(said: Said, now: datetime) -> Decision:
    at = now - timedelta(minutes=said.minutes_ago)
    is_complaint = said.label == "complaint" and not said.is_unsure
    parts = (
        ScorePart("tier", 40.0 * said.tier),
        ScorePart("complaint", 25.0 if is_complaint else 0.0),
        ScorePart("priority", 4.0 * said.priority.rank),
        ScorePart("severity", 3.1),
        ScorePart("urgency", 2.2),
        ScorePart("reach", min((said.followers or 0) / 20_000, 5.0)),
        ScorePart("bad_faith", -2 * said.bad_faith),
    )
    return Decision(
        label="unsure" if said.is_unsure else said.label,
        definition=_definition(is_complaint),
        tier=said.tier,
        priority=said.priority,
        team=said.team,
        tags=said.tags,
        reach=Reach(0.31, (f"{said.followers} followers: log10 gives 0.31", "not verified: no bonus")),
        score=round(sum(part.points for part in parts), 4),
        score_parts=parts,
        rules=("double_charge", "repeat_contact") if is_complaint else ("saved_reply",),
        needs_person=said.is_unsure,
        wants_ticket=said.tier is Tier.HIGH_PRIORITY,
        dues=_dues(at) if is_complaint else (),
        policy_version="asic-rg271 2021-09, house 2026-11",
    )


def _definition(is_complaint: bool) -> Definition:
    met = LimbVerdict.MET if is_complaint else LimbVerdict.NOT_MET
    limbs = (
        Limb("expression_of_dissatisfaction", met, "complaint score 0.95, 0.50 asked for", "RG 271.27"),
        Limb("about_us", LimbVerdict.MET, "names our account", "RG 271.27"),
        Limb("response_expected", LimbVerdict.MET if is_complaint else LimbVerdict.UNKNOWN, "asks for it", "RG 271.28"),
        Limb("channel_owned_or_controlled", LimbVerdict.MET, "the firm's own account", "RG 271.32(a)"),
        Limb("author_contactable", LimbVerdict.UNKNOWN, "the platform does not say", "RG 271.32(a)"),
    )
    basis = (
        "A complaint: every limb that is asked for is met." if is_complaint else "Not a complaint: no dissatisfaction."
    )
    return Definition(is_complaint, limbs, basis, "classifier:2026.1", "asic-rg271", "2021-09")


def _dues(at: datetime) -> tuple[Due, ...]:
    day = timedelta(days=1)
    steps = ("said on day zero in Australia/Sydney", "the limit is added", "the last second of that day still counts")
    limits = (
        ("acknowledge_24h", day, "RG 271.51", Force.EXPECTED),
        ("close_5bd", 7 * day, "RG 271.71", Force.ENFORCEABLE),
        ("respond", 30 * day, "RG 271.56", Force.ENFORCEABLE),
    )
    return tuple(
        Due(key, (at + limit).astimezone(SYDNEY).date(), at + limit, paragraph, force, steps)
        for key, limit, paragraph, force in limits
    )


def _register(transaction: Transaction, case_id: int, mention: Mention, decision: Decision, now: datetime) -> None:
    complaint_id = transaction.register.next_complaint_id()
    definition = decision.definition
    append(
        transaction,
        EntryKind.OPENED,
        complaint_id,
        {
            "received_on": mention.created_at.astimezone(SYDNEY).date().isoformat(),
            "received_at": mention.created_at.isoformat(),
            "time_zone": SYDNEY.key,
            "channel": mention.channel,
            "account": mention.account,
            "message_id": mention.id,
            "language": mention.lang,
            "complaint_type": "standard",
            "category": "billing_payment",
            "priority": decision.priority.value,
            "tags": list(decision.tags),
            "basis": definition.basis,
            "decided_by": definition.decided_by,
            "case_id": case_id,
        }
        | due_facts(decision.dues),
        {"complainant": mention.author.handle if mention.author else None, "text": mention.text},
        now=now,
    )
    transaction.cases.register(case_id, complaint_id, received_at=mention.created_at, now=now)


def _log(
    transaction: Transaction, case_id: int, mention: Mention, verdict: Verdict, decision: Decision, now: datetime
) -> None:
    handle = (mention.author.handle if mention.author else None) or "somebody"
    happened = [
        (EventKind.RECEIVED, mention.created_at, ActorKind.AUTHOR, handle, {"channel": mention.channel}),
        (EventKind.JUDGED, mention.received_at, ActorKind.CLASSIFIER, "2026.1", {"decision": verdict.decision}),
        (EventKind.TRIAGED, mention.received_at, ActorKind.RULE, "house 2026-11", _summary(decision)),
    ]
    if decision.is_complaint:
        happened.append((EventKind.REGISTERED, mention.received_at, ActorKind.RULE, "asic-rg271 2021-09", {}))
    events = [
        Event(f"{kind.value}:{mention.id}", kind, at, actor_kind, actor, case_id, mention.id, facts)
        for kind, at, actor_kind, actor, facts in happened
    ]
    transaction.events.record(events, now=now)


def _summary(decision: Decision) -> dict[str, object]:
    chosen = {"label": decision.label, "tier": int(decision.tier), "is_complaint": decision.is_complaint}
    return {"rules": list(decision.rules)} | chosen


def push_ticket(store: Store, case_id: int, *, now: datetime, fails_with: str | None = None) -> int:
    """A ticket at the local desk, or one that could not be delivered; gives the outbox row's id."""
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        assert case is not None
        outbox_id = transaction.outbox.add(
            Effect.CREATE_TICKET, sink="local", key=f"ticket:{case_id}", case_id=case_id, payload={}, now=now
        )
        assert outbox_id is not None
        row = transaction.outbox.claim(outbox_id, worker=WORKER, now=now, lease_seconds=60)
        assert row is not None
        if fails_with is not None:
            transaction.outbox.put_back(row, OutboxState.FAILED, error=fails_with, next_at=now, now=now)
            return outbox_id
        ticket = Ticket(
            external_id=f"earshot-{case_id}",
            subject=f"Complaint on {case.channel}: charged twice",
            body="The message:\n\n“You took my repayment twice.”\n\nWhy: double_charge.\nAcknowledge within 24 hours.",
            priority=case.decision.priority,
            team=case.decision.team,
            tags=case.decision.tags,
            channel=case.channel,
            requestor="joss_wattle",
            reach=212,
            due_at=case.next_due_at,
        )
        transaction.local_desk.add_ticket(ticket, now=now)
        number = transaction.local_desk.find_ticket(ticket.external_id)
        transaction.local_desk.add_comment(
            Comment(ticket.external_id, f"note:{case_id}", "The author wrote again."), now=now
        )
        transaction.outbox.sent(row, Receipt(str(number), url=f"/desk/{number}"), now=now)
    return outbox_id


def add_demo(store: Store, *, now: datetime) -> list[int]:
    """A queue as it looks on an ordinary day; gives the case ids."""
    ids = [add(store, *sayings, now=now) for sayings in DEMO]
    push_ticket(store, ids[0], now=now)
    push_ticket(store, ids[3], now=now, fails_with="request_tracker: 503 from https://rt.example.com; tried 5 times")
    with store.writing() as transaction:
        transaction.connections.read_up_to("bluesky:larkbank.example", "c1", now=now, had_messages=True)
        transaction.connections.failed("request_tracker", "503 from https://rt.example.com", now=now)
    return ids


_OUTAGE = Said(
    "Eleven hours, four thousand likes, zero answers. Payroll is at noon and our cards are down.",
    handle="coraliespends",
    name="Coralie Spends",
    followers=184_000,
    verified=True,
    bio="Money, honestly. Column on Tuesdays.",
    priority=Priority.URGENT,
    tags=("outage", "influencer"),
    reasons=("zero answers", "cards are down"),
    minutes_ago=1900,
    team="incident",
)
DEMO: tuple[tuple[Said, ...], ...] = (
    (
        Said(
            "@larkbank you took my home loan repayment twice overnight. $2,184 and then another $2,184. There is 11 "
            "bucks left for groceries until payday. Fix it today.",
            native_id="2119591309734869149",
            tags=("charge", "hardship"),
            reasons=("twice overnight", "fix it today", "11 bucks left"),
            minutes_ago=1270,
        ),
        Said(
            "@larkbank Thanks for the quick answer, but “3 to 5 business days” doesn't feed two kids. I need it "
            "back now.",
            native_id="2119591309734869150",
            conversation="2119591309734869149",
            kind=Kind.REPLY,
            tags=("charge", "hardship", "rejects_solution"),
            reasons=("doesn't feed two kids", "need it back"),
            raw={"parent": {"author_handle": "larkbank", "text": "Sorry, Joss. A refund takes 3 to 5 business days."}},
            minutes_ago=95,
        ),
    ),
    (_OUTAGE,),
    (
        Said(
            "Изтеглихте ми два пъти една и съща вноска, по 386 долара. Сметката ми е на минус и сега ми начислявате "
            "такса за това. Кой ще я върне?",
            channel="facebook",
            kind=Kind.COMMENT,
            lang="bg",
            handle="radostina.p",
            name="Радостина Петрова",
            followers=None,
            tags=("charge",),
            reasons=("два пъти", "на минус"),
            minutes_ago=700,
        ),
    ),
    (
        Said(
            "Please don't call the house phone. My ex still has access to our joint account and he moved $900 "
            "last night.",
            label="enquiry",
            channel="instagram",
            kind=Kind.DM,
            handle="quietmornings_x",
            name=None,
            followers=88,
            priority=Priority.URGENT,
            tags=("vulnerable", "fraud"),
            reasons=("my ex", "joint account"),
            team="vulnerable_customers",
            minutes_ago=22,
        ),
    ),
    (
        Said(
            "Lizbon'dayım, kartımı “şüpheli işlem” diye kapatmışsınız. Otel parasını ödeyemiyorum, resepsiyon "
            "bekliyor.",
            lang="tr",
            handle="zeynepk_yolda",
            name="Zeynep K.",
            followers=2_310,
            tags=("delivery", "repeat_contact"),
            reasons=("kapatmışsınız", "ödeyemiyorum"),
            minutes_ago=180,
        ),
    ),
    (
        Said(
            "Used to be good. Since the redesign I can't find the scheduled payments. Three taps became nine.",
            channel="app_store",
            kind=Kind.REVIEW,
            handle="busdriver_bill",
            name=None,
            followers=None,
            bio=None,
            tier=Tier.PERSONAL_REPLY,
            priority=Priority.MEDIUM,
            team="app",
            reasons=("can't find",),
            minutes_ago=2900,
        ),
    ),
    (
        Said(
            "Great, another “improvement”. Can hardly wait for the next one.",
            is_unsure=True,
            handle="mildlyirked",
            name="Mildly Irked",
            tier=Tier.PERSONAL_REPLY,
            priority=Priority.MEDIUM,
            tags=("needs_person",),
            team="care",
            minutes_ago=44,
        ),
    ),
    (
        Said(
            "are branches open on the public holiday? Trying to plan around a shift",
            label="enquiry",
            handle="desleyb",
            name="Desley Bramhope",
            followers=42,
            tier=Tier.SAVED_REPLY,
            priority=Priority.LOW,
            team="care",
            reasons=("are branches open",),
            minutes_ago=9,
        ),
    ),
    (
        Said(
            "Shout-out to Keiko in the Launceston branch who sat with my mum for an hour and set up her new phone 💛",
            label="praise",
            channel="facebook",
            kind=Kind.COMMENT,
            handle="tamsin.o",
            name="Tamsin O.",
            tier=Tier.SAVED_REPLY,
            priority=Priority.LOW,
            tags=("staff_named",),
            team="care",
            reasons=("shout-out",),
            minutes_ago=240,
        ),
    ),
    (
        Said(
            "parasites. the lot of you. choke on it",
            label="abuse",
            handle="grudgebucket",
            name=None,
            bio=None,
            followers=3,
            bad_faith=0.91,
            tier=Tier.NOISE,
            priority=Priority.LOW,
            tags=("possible_bad_faith", "noise"),
            team="noise_review",
            reasons=("parasites", "choke on it"),
            minutes_ago=300,
        ),
    ),
)

HOSTILE = (
    "<script>alert('x')</script><img src=x onerror=alert(1)> my refund as \u202e05.013$\u202c and "
    + "Z\u0351\u0351\u0351\u036b\u034b\u0302a\u0335\u0336\u0337l\u0338\u0336g\u0334o " * 20
    + "word " * 20_000
)


def add_hostile(store: Store, *, now: datetime) -> int:
    said = Said(
        HOSTILE,
        native_id="hostile",
        handle="<b>\u202eevil</b>",
        name="<script>alert(2)</script>",
        bio="\"'><svg onload=alert(3)>",
        tags=("<i>tag</i>",),
        reasons=("<script>", "refund"),
        raw={"parent": {"author_handle": "<u>", "text": "<iframe src=//evil.example>"}},
    )
    return add(store, said, now=now)


def many(count: int, store: Store, *, now: datetime) -> None:
    for number in range(count):
        said = DEMO[number % len(DEMO)][0]
        add(store, replace(said, native_id=f"many-{number}", minutes_ago=10 + number), now=now)


NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
