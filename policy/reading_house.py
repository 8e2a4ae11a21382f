"""A house pack from its TOML."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from models.case import Priority, Tier
from policy.custom_fields import read_custom_fields
from policy.house import (
    ContactableBy,
    DefinitionRule,
    HousePack,
    IdentifiableBy,
    ReachRule,
    Said,
    Teams,
    ThirdPartyPosts,
    Thresholds,
    TicketRule,
    TierRule,
    Topic,
    UnknownLimbs,
    Weights,
)
from policy.phrases import PhraseIndex
from policy.table import Table

Section = TypeVar("Section")


def read_house(table: Table) -> HousePack:
    topics = {topic.name: topic for topic in (_read_topic(row) for row in table.tables("topics"))}
    if len(topics) < len(table.tables("topics")):
        raise table.refuse("topics", "has two topics of one name")
    pack = HousePack(
        name=table.text("name"),
        version=table.text("version"),
        from_on=table.day("from"),
        source=table.text("source"),
        complaint_type=table.text("complaint_type"),
        tiers=_read_tiers(table.table("tiers")),
        topics=topics,
        topic_phrases=PhraseIndex({name: chain(*topic.patterns.values()) for name, topic in topics.items()}),
        categories=_read_section(table, "categories", _read_categories),
        teams=_read_section(table, "teams", _read_teams),
        reach=_read_section(table, "reach", _read_reach),
        weights=_read_section(table, "weights", _read_weights),
        definition=_read_section(table, "definition", _read_definition),
        ticket=_read_section(table, "ticket", _read_ticket),
        thresholds=_read_section(table, "thresholds", _read_thresholds),
        custom_fields=read_custom_fields(table) if "custom_fields" in table else (),
    )
    table.done()
    return pack


def _read_section(table: Table, name: str, read: Callable[[Table], Section]) -> Section:
    """One table of the pack, which must say where it comes from."""
    row = table.table(name)
    row.text("source")
    section = read(row)
    row.done()
    return section


def _read_tiers(table: Table) -> dict[Tier, TierRule]:
    tiers = {}
    for tier in Tier:
        row = table.table(str(tier.value))
        tiers[tier] = TierRule(row.text("name"), row.text("meaning"))
        row.done()
    table.done()
    return tiers


def _read_categories(row: Table) -> dict[str, str]:
    return {category: row.text(category) for category in row.names() if category != "source"}


def _read_teams(row: Table) -> Teams:
    return Teams(
        otherwise=row.text("otherwise"), noise=row.text("noise"), unsure=row.text("unsure"), leads=row.text("leads")
    )


def _read_topic(row: Table) -> Topic:
    topic = Topic(
        name=row.text("name"),
        tier=Tier(row.whole("tier", most=max(Tier))),
        priority=row.choice("priority", Priority),
        tags=row.texts("tags"),
        team=row.text("team"),
        why=row.text("why"),
        applies_to=row.choices("applies_to", Said),
        told_to_us_only=row.flag("told_to_us_only", otherwise=False),
        patterns=_read_patterns(row.table("patterns")),
    )
    row.done()
    return topic


def _read_patterns(row: Table) -> Mapping[str, tuple[str, ...]]:
    patterns = {lang: _read_phrases(row, lang) for lang in row.names()}
    row.done()
    return patterns


def _read_phrases(row: Table, name: str) -> tuple[str, ...]:
    """Raises: SetupError naming the list that holds a phrase nobody understands."""
    phrases = row.texts(name)
    try:
        PhraseIndex({name: phrases})
    except ValueError as error:
        raise row.refuse(name, f"holds a phrase that is not understood: {error}") from error
    return phrases


def _read_reach(row: Table) -> ReachRule:
    rule = ReachRule(
        full_reach_followers=row.whole("full_reach_followers", least=10),
        verified_bonus=row.number("verified_bonus", most=1.0),
        influencer_from=row.number("influencer_from", most=1.0),
        influencer_tier=Tier(row.whole("influencer_tier", most=max(Tier))),
        influencer_priority_up_to=row.choice("influencer_priority_up_to", Priority),
    )
    if "virality_bonus" not in row:
        return rule
    return replace(
        rule,
        virality_bonus=row.number("virality_bonus", most=1.0),
        full_virality_shares=row.whole("full_virality_shares", least=10),
        virality_days=row.whole("virality_days", least=1, most=365),
    )


def _read_weights(row: Table) -> Weights:
    weights = Weights(
        tier_step=row.number("tier_step"),
        complaint=row.number("complaint"),
        priority=row.number("priority"),
        severity=row.number("severity"),
        urgency=row.number("urgency"),
        reach=row.number("reach"),
        sentiment=row.number("sentiment"),
        due_soon=row.number("due_soon"),
        due_soon_hours=row.number("due_soon_hours", least=1.0),
        bad_faith=row.number("bad_faith"),
        early_warning=row.number("early_warning") if "early_warning" in row else 0.0,
        vip=row.number("vip") if "vip" in row else 0.0,
    )
    if weights.spare <= 0:
        raise row.refuse(
            "complaint", "must outweigh priority to due_soon, early_warning, vip and bad_faith together (promise 4)"
        )
    if weights.tier_step < 2 * weights.complaint:
        raise row.refuse("tier_step", "must be at least twice complaint, so that no tier outranks a higher one")
    return weights


def _read_definition(row: Table) -> DefinitionRule:
    scores, optional = row.table("registers_from"), "representative_accounts"
    rule = DefinitionRule(
        third_party_posts=row.choice("third_party_posts", ThirdPartyPosts),
        unknown_limbs=row.choice("unknown_limbs", UnknownLimbs),
        registers_from={said: scores.number(said, most=1.0) for said in Said if said is not Said.COMPLAINT},
        identifiable_by=row.choices("identifiable_by", IdentifiableBy),
        contactable_by=row.choices("contactable_by", ContactableBy),
        phrases=PhraseIndex({name: _read_phrases(row, name) for name in ("asks", "expects_none")}),
        representative_accounts=frozenset(row.texts(optional) if optional in row else ()),
    )
    scores.done()
    return rule


def _read_ticket(row: Table) -> TicketRule:
    known = {str(tier.value): tier for tier in Tier}
    wrong = [tier for tier in row.texts("tiers") if tier not in known]
    if wrong:
        raise row.refuse("tiers", f"may hold {', '.join(known)}, not {', '.join(wrong)}")
    return TicketRule(
        tiers=frozenset(known[tier] for tier in row.texts("tiers")),
        priorities=row.choices("priorities", Priority),
        complaint_priorities=row.choices("complaint_priorities", Priority),
    )


def _read_thresholds(row: Table) -> Thresholds:
    return Thresholds(
        lead_from=row.number("lead_from", most=1.0),
        severity_high_from=row.number("severity_high_from", most=4.0),
        urgency_high_from=row.number("urgency_high_from", most=1.0),
        repeat_contacts_from=row.whole("repeat_contacts_from", least=2),
        abusive_from=row.number("abusive_from", most=1.0),
        bad_faith_tag_from=row.number("bad_faith_tag_from", most=1.0),
    )
