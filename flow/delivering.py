"""One effect, from its claim to its receipt: what `workers.deliver` does while it holds the lease."""

import logging
from collections.abc import Callable
from datetime import datetime

from connectors.world import World
from flow.delivery import carry_out, delivered, put_back
from flow.early_warning import look_at_cases
from flow.follow_up import Outgoing
from flow.leases import Lease
from models.errors import EarshotError, LostLeaseError

logger = logging.getLogger("earshot.workers")


def deliver_held(lease: Lease, outbox_id: int, world: World, outgoing: Outgoing, *, now: Callable[[], datetime]) -> str:
    """Gives the state it is in afterwards. Raises: LostLeaseError."""
    store = outgoing.store
    with store.writing() as transaction:
        row = lease.claim_effect(transaction, outbox_id)
    if row is None:
        return "not due"
    try:
        receipt = carry_out(row, world, outgoing, last_check=lease.check)
    except LostLeaseError:
        raise
    except (EarshotError, ValueError) as error:
        logger.warning("outbox %d: %s", row.id, error)
        with store.writing() as transaction:
            return put_back(transaction, row, error, now=now()).value
    with store.writing() as transaction:
        answered = delivered(transaction, row, receipt, now=now())
        look_at_cases(transaction, outgoing.policy, answered, now=now())
    return "sent"
