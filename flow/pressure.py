"""When more comes in than can be worked on, noise waits and what may be urgent does not.

Only then: as long as the lane is short, everything is triaged as soon as it is judged.
"""

from collections.abc import Mapping, Sequence

from flow.standstill import FEW_JOBS
from models import Verdict
from policy.house import HousePack
from store.mentions import StoredMention
from store.queue import Lane, Queues
from triage.urgency import may_be_urgent


def can_wait(
    queues: Queues, house: HousePack, items: Sequence[StoredMention], verdicts: Mapping[str, Verdict]
) -> frozenset[str]:
    """Ids of the judged messages that go on behind the news; none of them while the lane of the news is short."""
    news = [item.mention for item in items if item.lane == Lane.JUDGE.value and item.mention.id in verdicts]
    if not news or not queues.is_crowded(Lane.JUDGE, beyond=FEW_JOBS):
        return frozenset()
    return frozenset(each.id for each in news if not may_be_urgent(each, verdicts[each.id], house))
