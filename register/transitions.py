"""Which act is allowed in which status, and what closing needs. Pure: a refused act says what is allowed, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from models.complaint import Basis, Evidence, Life, Need, Remedy, Status, WrittenResponse
from models.errors import RecordError


class RefusedActError(RecordError):
    """The complaint's life, or the law, does not allow this act now; nothing was written down."""


class Act(StrEnum):
    """What a person may do with a complaint."""

    ACKNOWLEDGE = "acknowledge"
    INVESTIGATE = "investigate"
    NOTIFY_DELAY = "notify_delay"
    RESPOND = "respond"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    SEND_TO_AFCA = "send_to_afca"
    REOPEN = "reopen"
    RETYPE = "retype"
    RECORD_CLOCK_EVENT = "record_clock_event"
    CORRECT = "correct"
    REQUIRE_WRITTEN_RESPONSE = "require_written_response"
    MERGE = "merge"
    SPLIT = "split"
    REPRESENT = "represent"
    SUPPORT = "support"
    LINK_SYSTEMIC = "link_systemic"
    HOLD = "hold"


LIVE = frozenset(
    {
        Status.OPEN,
        Status.ACKNOWLEDGED,
        Status.INVESTIGATING,
        Status.DELAY_NOTIFIED,
        Status.RESPONDED,
        Status.REOPENED,
    }
)
KEPT = frozenset(Status) - {Status.MERGED_AWAY}
RULED_IN = KEPT - {Status.RULED_OUT}

ALLOWED_IN: Mapping[Act, frozenset[Status]] = {
    Act.ACKNOWLEDGE: LIVE,
    Act.INVESTIGATE: LIVE - {Status.INVESTIGATING, Status.RESPONDED},
    Act.NOTIFY_DELAY: LIVE - {Status.RESPONDED},
    Act.RESPOND: LIVE | {Status.AT_AFCA},
    Act.CLOSE: LIVE | {Status.AT_AFCA},
    Act.WITHDRAW: LIVE | {Status.AT_AFCA},
    Act.SEND_TO_AFCA: LIVE | {Status.CLOSED, Status.WITHDRAWN, Status.AT_AFCA},
    Act.REOPEN: frozenset({Status.CLOSED, Status.WITHDRAWN, Status.AT_AFCA}),
    Act.RETYPE: RULED_IN,
    Act.RECORD_CLOCK_EVENT: RULED_IN - {Status.WITHDRAWN},
    Act.CORRECT: KEPT,
    Act.REQUIRE_WRITTEN_RESPONSE: RULED_IN - {Status.WITHDRAWN},
    Act.MERGE: RULED_IN - {Status.WITHDRAWN, Status.AT_AFCA},
    Act.SPLIT: frozenset({Status.MERGED_AWAY}),
    Act.REPRESENT: KEPT,
    Act.SUPPORT: KEPT,
    Act.LINK_SYSTEMIC: KEPT,
    Act.HOLD: frozenset(Status),
}
_WHY = {
    Status.CLOSED: "it is closed; reopen it first",
    Status.WITHDRAWN: "the complainant withdrew it; reopen it first",
    Status.AT_AFCA: "AFCA has it; record what AFCA says, or reopen it once AFCA gave it back",
    Status.RULED_OUT: "a person decided that it is no complaint; correct the label of its message first",
    Status.RESPONDED: "the response was given; close it, or reopen it after closing",
    Status.INVESTIGATING: "it is investigated already",
}
WRITTEN_RESPONSE_TYPES: Mapping[str, WrittenResponse] = {
    "credit_hardship": WrittenResponse.HARDSHIP,
    "credit_postponement": WrittenResponse.HARDSHIP,
    "death_benefit_objection": WrittenResponse.TRUSTEE_DECISION,
}
"""As the pack has it: about hardship, or a decision of a trustee, by its type alone (RG 271.75)."""
LONGEST_QUOTE_CHARACTERS = 2_000


def allowed_acts(life: Life) -> tuple[Act, ...]:
    """What may be done now, for menus; closing still needs its ground."""
    return tuple(act for act in Act if why_not(life, act) is None)


def check(life: Life, act: Act) -> None:
    """Raises: RefusedActError with the status, what is allowed instead, and why."""
    reason = why_not(life, act)
    if reason is None:
        return
    allowed = ", ".join(allowed_acts(life)) or "nothing"
    raise RefusedActError(f"{life.complaint_id} is {life.status}: {act} is refused: {reason}. Allowed now: {allowed}")


def why_not(life: Life, act: Act) -> str | None:
    if act is Act.RESPOND and life.status is Status.CLOSED and owes_response(life):
        return None
    if act is Act.ACKNOWLEDGE and life.status in LIVE and life.acknowledged_at is not None:
        return f"it was acknowledged at {life.acknowledged_at.isoformat(timespec='seconds')} already"
    if life.status in ALLOWED_IN[act]:
        return None
    if act is Act.SPLIT:
        return "it is merged into no other"
    if life.status is Status.MERGED_AWAY:
        return f"it is kept under {life.merged_into}; act there, or split it off first"
    return "it is neither closed, withdrawn nor at AFCA" if act is Act.REOPEN else _WHY[life.status]


# written responses


def written_response_needed(life: Life) -> tuple[WrittenResponse, ...]:
    """RG 271.75: what makes a written IDR response due however early it is closed; empty where nothing does."""
    merged = (WrittenResponse(code) for other in life.merged for code in other.written_response)
    by_type = (WRITTEN_RESPONSE_TYPES[name] for name in life.types if name in WRITTEN_RESPONSE_TYPES)
    by_need = (WrittenResponse.HARDSHIP,) if Need.HARDSHIP in life.needs else ()
    return tuple(sorted({*life.written_response, *merged, *by_type, *by_need}))


def owes_response(life: Life) -> bool:
    """Whether the complainant still has to get an IDR response; a 5-business-day closing is undone by WR-A to WR-C."""
    if life.status in (Status.RULED_OUT, Status.MERGED_AWAY, Status.WITHDRAWN):
        return False
    if life.response is not None and life.response.is_complete:
        return False
    if life.closing is None:
        return life.status is not Status.AT_AFCA or life.refer_back_due_on is not None
    if life.closing.basis in (Basis.SATISFIED_IN_5BD, Basis.EXPLAINED_IN_5BD):
        return bool(written_response_needed(life))
    return life.closing.basis is Basis.OTHER


# closing


def check_closing(
    life: Life,
    basis: Basis,
    *,
    at: datetime,
    closes_by: datetime | None,
    remedies: Sequence[Remedy],
    evidence: Evidence | None,
    reason: str,
) -> None:
    """`closes_by`: the last instant of the fifth business day; None where the type of complaint has none.

    Raises: RefusedActError naming what is missing.
    """
    check(life, Act.CLOSE)
    if basis in (Basis.SATISFIED_IN_5BD, Basis.EXPLAINED_IN_5BD):
        by_ground = evidence_fault(evidence) if basis is Basis.SATISFIED_IN_5BD else _not_explained(remedies, reason)
        fault = _not_in_5bd(life, at, closes_by) or by_ground
    elif basis is Basis.RESPONSE:
        fault = _not_responded(life)
    elif basis is Basis.WITHDRAWN:
        fault = "a withdrawal is recorded as such; use `withdraw`"
    elif basis is Basis.AT_AFCA:
        fault = None if life.status is Status.AT_AFCA else "AFCA does not have it; use `send_to_afca`"
    else:
        fault = _no_other_ground(remedies, reason)
    if fault is not None:
        raise RefusedActError(f"{life.complaint_id} is {life.status}: close as {basis} is refused: {fault}")


def _not_in_5bd(life: Life, at: datetime, closes_by: datetime | None) -> str | None:
    needed = written_response_needed(life)
    if needed:
        return f"a written response is due because of {', '.join(needed)} (RG 271.75); respond first"
    if closes_by is None:
        return "complaints of this type have no closing within five business days; respond first"
    if int(at.timestamp()) > int(closes_by.timestamp()):
        limit = closes_by.isoformat(timespec="seconds")
        return f"the fifth business day ended at {limit} (RG 271.71); respond first"
    return None


def evidence_fault(evidence: Evidence | None) -> str | None:
    """What is missing before somebody counts as satisfied (RG 271.73). A like, an emoji or silence is not enough."""
    if evidence is None:
        return "it needs evidence that the complainant is satisfied: a message, or who said so, when, where and how"
    if not any(letter.isalpha() for letter in evidence.quote):
        return "the evidence holds no words of the complainant: a like, an emoji or silence does not confirm anything"
    if evidence.message_id:
        return None
    asked = {"who": evidence.who, "when": evidence.at, "channel": evidence.channel}
    missing = [name for name, value in asked.items() if not value]
    return f"the evidence does not say {', '.join(missing)}; give that, or the message's id" if missing else None


def _not_explained(remedies: Sequence[Remedy], reason: str) -> str | None:
    if not {Remedy.EXPLANATION, Remedy.APOLOGY} & set(remedies):
        return "RG 271.71(b) needs an explanation or an apology among the remedies"
    return None if reason else "say what was explained and why no further reasonable action can be taken"


def _not_responded(life: Life) -> str | None:
    if life.response is None:
        return "no response was given; use `respond`"
    if not life.response.is_complete:
        return f"the response lacks {', '.join(life.response.missing)} (RG 271.53); respond again"
    if life.reopened_at is not None and life.response.at < life.reopened_at:
        return "it was reopened after the response; respond again"
    return None


def _no_other_ground(remedies: Sequence[Remedy], reason: str) -> str | None:
    if Remedy.GOODWILL_PAYMENT in remedies:
        return "a goodwill payment closes nothing by itself (RG 271.31); respond, or show that they are satisfied"
    return None if reason else "say on what ground it is closed"


# clocks, merging


def check_clock_event(life: Life, event: str) -> None:
    """Raises: RefusedActError for the customer advocate before the IDR response (RG 271.109, .110)."""
    check(life, Act.RECORD_CLOCK_EVENT)
    responded = life.response is not None and life.response.is_complete
    if event.startswith("advocate") and not responded:
        raise RefusedActError(
            f"{life.complaint_id} is {life.status}: {event} is refused: a customer advocate comes only after the IDR"
            " response (RG 271.109); respond first"
        )


def check_merge(kept: Life, other: Life) -> None:
    """Raises: RefusedActError where the two cannot be one complaint."""
    if kept.complaint_id == other.complaint_id:
        raise RefusedActError(f"{kept.complaint_id} cannot be merged into itself; name another complaint")
    check(kept, Act.MERGE)
    check(other, Act.MERGE)
    if other.merged:
        first = other.merged[0].complaint_id
        raise RefusedActError(
            f"{other.complaint_id} holds {first} already and cannot be merged away; split that off first, or merge"
            f" {kept.complaint_id} into {other.complaint_id}"
        )
    if other.status in LIVE and kept.status not in LIVE:
        raise RefusedActError(
            f"{kept.complaint_id} is {kept.status} and {other.complaint_id} is {other.status}: an open complaint is not"
            f" merged into one that ended; merge {kept.complaint_id} into {other.complaint_id}, or reopen it first"
        )


def check_split(kept: Life, other: Life) -> None:
    """Raises: RefusedActError where `other` is not merged into `kept`."""
    check(other, Act.SPLIT)
    if other.merged_into != kept.complaint_id:
        raise RefusedActError(
            f"{other.complaint_id} is merged into {other.merged_into}, not into {kept.complaint_id}; split it off there"
        )
