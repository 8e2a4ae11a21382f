"""The firm's CRM is asked what authors of new cases are worth: beside triage, some at a time, only where it is set.

Its silence is nothing: cases are decided as if it were not there, and it is asked again later.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.crm import Crm, Told
from flow.vips import rescore
from models.errors import EarshotError
from policy.loading import Policy
from store.store import Store
from store.vips import CrmAnswer, ToAsk

logger = logging.getLogger("earshot.flow")

MOST_AT_ONCE = 200
LONGEST_SECONDS = 60.0
MOST_FAULTS = 3
"""In a row: then it is left alone until the next time."""
NEW = timedelta(days=14)
FAULT_GOOD_FOR = timedelta(hours=1)


def ask_for_values(store: Store, policy: Policy, crm: Crm | None, *, now: datetime) -> int:
    """Gives how many authors were asked after."""
    if crm is None:
        return 0
    with store.reading() as transaction:
        waiting = transaction.vips.to_ask(since=now - NEW, now=now, limit=MOST_AT_ONCE)
    asked, faults, began = 0, 0, time.monotonic()
    for one in waiting:
        if faults >= MOST_FAULTS or time.monotonic() - began > LONGEST_SECONDS:
            break
        answer = _ask(crm.value_of, policy, one, now=now)
        faults = faults + 1 if answer.fault is not None else 0
        asked += 1
        with store.writing() as transaction:
            transaction.vips.keep_answer(one.author_id, answer)
            rescore(transaction, policy, transaction.vips.open_cases_of_authors([one.author_id]))
    return asked


def _ask(value_of: Callable[[str, str, str | None], Told], policy: Policy, one: ToAsk, *, now: datetime) -> CrmAnswer:
    try:
        told = value_of(one.channel, one.native_id, one.handle)
    except EarshotError as error:
        logger.warning("the CRM did not answer: %s", type(error).__name__)
        return CrmAnswer(None, None, now, now + FAULT_GOOD_FOR, type(error).__name__)
    band = policy.vips.band(told.band) if told.band is not None else None
    if band is None and told.value is not None:
        band = policy.vips.band_of_value(told.value)
    good_until = now + policy.vips.asked_again_after
    return CrmAnswer(band.code if band is not None else None, told.value, now, good_until, None)
