"""Records for the tests of triage: every field has an ordinary value, a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime

from models.author import Author
from models.case import Decision
from models.mention import Kind, Mention
from models.verdict import UNSURE, Label, Verdict
from policy.loading import Policy, load_policy
from triage.assess import assess

NOW = datetime(2026, 6, 5, 14, 0, tzinfo=UTC)
SAID_AT = datetime(2026, 6, 5, 13, 50, tzinfo=UTC)
NSW = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
ANN = Author(id="7", handle="ann", name="Ann", followers=120)


def at_place(place: str) -> Policy:
    return load_policy(pack="asic-rg271", house="house", place=place)


def with_definition(**changes) -> Policy:
    house = replace(NSW.house, definition=replace(NSW.house.definition, **changes))
    return replace(NSW, house=house)


def mention(text="My card was refused in the shop", **changes) -> Mention:
    ordinary = Mention(
        id="m1",
        channel="x",
        account="acme_bank",
        native_id="1",
        kind=Kind.MENTION,
        text=text,
        created_at=SAID_AT,
        received_at=NOW,
        conversation_id="1",
        on_owned_channel=True,
        author=ANN,
    )
    return replace(ordinary, **changes)


def verdict(decision="complaint", **changes) -> Verdict:
    label = Label.COMPLAINT if decision == UNSURE else Label(decision)
    ordinary = Verdict(
        lang="en",
        label=label,
        decision=decision,
        probabilities={one: float(one is label) for one in Label},
        complaint_score=0.95 if decision == "complaint" else 0.1,
        abuse_score=0.05,
        spam_score=0.0,
        lead_score=0.0,
        bad_faith_score=0.0,
        sentiment={"negative": 0.5, "neutral": 0.5, "positive": 0.0},
        severity=1.0,
        urgency={"low": 0.8, "medium": 0.1, "high": 0.1},
        category={"billing_payment": 0.8, "other": 0.1},
        reasons=(),
        bad_faith_reasons=(),
        classifier="2026.1",
    )
    return replace(ordinary, **changes)


def decided(
    text="My card was refused",
    decision="complaint",
    *,
    policy=NSW,
    history=None,
    earlier=None,
    contacts=1,
    now=NOW,
    person_label=None,
    person=None,
    of=None,
    **scores,
) -> Decision:
    return assess(
        of or mention(text),
        verdict(decision, **scores),
        history=history,
        earlier=earlier,
        contacts_in_7_days=contacts,
        policy=policy,
        now=now,
        person_label=person_label,
        person=person,
    )
