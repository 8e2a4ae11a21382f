"""Topics of the house policy that a text speaks of, with the words that hit."""

from dataclasses import dataclass

from models.mention import Mention
from policy.house import HousePack, Said, Topic
from triage.addressed import told_to_us


@dataclass(frozen=True, slots=True)
class TopicHit:
    topic: Topic
    words: tuple[str, ...]
    """As written, in the order they stand."""

    @property
    def rule(self) -> str:
        return f"topic:{self.topic.name}"


def topics_in(mention: Mention, house: HousePack) -> tuple[TopicHit, ...]:
    """Every topic spoken of, most serious first. Only this message is read: never a bio, never an older post."""
    hits = house.topic_phrases.hits(mention.text)
    told = told_to_us(mention)
    found = [TopicHit(house.topics[name], words) for name, words in hits.items()]
    allowed = [hit for hit in found if told or not hit.topic.told_to_us_only]
    order = {name: place for place, name in enumerate(house.topics)}
    return tuple(sorted(allowed, key=lambda hit: (-hit.topic.tier, -hit.topic.priority.rank, order[hit.topic.name])))


def applying(hits: tuple[TopicHit, ...], said: Said) -> tuple[TopicHit, ...]:
    """Those that count for a message judged so: praise for a repaired outage is no outage."""
    return tuple(hit for hit in hits if said in hit.topic.applies_to)
