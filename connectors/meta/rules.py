"""How long after a message Meta takes an answer, and how long an answer may be. Pure.

The numbers are in `rules.toml`.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from models import AuthoredBy, MayReply, Mention


@dataclass(frozen=True, slots=True)
class Rules:
    reply: timedelta
    human_agent: timedelta
    private_reply: timedelta
    facebook: int
    messenger: int
    instagram_comment: int
    instagram_dm: int
    """Bytes of UTF-8; all others are characters."""
    whatsapp: int
    threads: int


@cache
def rules() -> Rules:
    read = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
    windows, longest = read["windows"], read["longest"]
    return Rules(
        reply=timedelta(hours=windows["reply_hours"]),
        human_agent=timedelta(days=windows["human_agent_days"]),
        private_reply=timedelta(days=windows["private_reply_days"]),
        **longest,
    )


def denied(reason: str, *, until: datetime | None = None) -> MayReply:
    return MayReply(allowed=False, reason=reason, until=until)


def message_window(
    mention: Mention, *, now: datetime, authored_by: AuthoredBy, has_human_agent: bool, most: int
) -> MayReply:
    """Messenger and Instagram: a day for everybody, a week for people where Meta granted it."""
    free = mention.created_at + rules().reply
    late = mention.created_at + rules().human_agent
    is_late_allowed = has_human_agent and authored_by is AuthoredBy.PERSON
    until = late if is_late_allowed else free
    if now < until:
        return MayReply(allowed=True, until=until, max_characters=most, takes_private=True)
    if now >= late:
        return denied("More than 7 days have passed since their last message: Meta takes no answer until they write.")
    if has_human_agent:
        return denied("More than 24 hours have passed since their last message: only a person may still answer.")
    return denied(
        "More than 24 hours have passed since their last message. Meta would let a person answer for 7 days, but has "
        "not granted that to this app."
    )


def needs_human_agent(mention: Mention, *, now: datetime) -> bool:
    """Whether an answer to this message has to be marked as written by a person."""
    return now >= mention.created_at + rules().reply


def whatsapp_window(mention: Mention, *, now: datetime) -> MayReply:
    until = mention.created_at + rules().reply
    if now < until:
        return MayReply(allowed=True, until=until, max_characters=rules().whatsapp, takes_private=True)
    return denied(
        "More than 24 hours have passed since their last message: WhatsApp then takes only templates that Meta has "
        "approved, and those cannot be sent from here."
    )


def private_answer_window(mention: Mention, *, now: datetime, most: int) -> MayReply:
    """One private answer to a comment; once they write back, their own message is what is answered."""
    until = mention.created_at + rules().private_reply
    if now < until:
        return MayReply(allowed=True, until=until, max_characters=most, takes_private=True)
    return denied("More than 7 days have passed since this comment: it can be answered in public only.")
