"""What must not wait when more comes in than can be worked on: a quick look at one message, before it is decided about.

It may say yes too often, which costs a little time. It decides nothing: what waits is triaged by the same rules later.
"""

from models import Mention, Tier, Verdict
from policy.house import HousePack, Said
from triage.topics import applying, topics_in

_MAY_BE_SERIOUS = frozenset({Said.COMPLAINT, Said.UNSURE})


def may_be_urgent(mention: Mention, verdict: Verdict, house: HousePack) -> bool:
    """Whether its words alone may bring it to the highest tier: a complaint or perhaps one, or a topic of that tier."""
    said = Said(verdict.decision)
    if said in _MAY_BE_SERIOUS:
        return True
    return any(hit.topic.tier >= Tier.HIGH_PRIORITY for hit in applying(topics_in(mention, house), said))
