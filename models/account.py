"""Accounts of people and keys of programs: codes that the database, the pages and the command line share."""

import re
from enum import StrEnum

from models.event import EventKind

PERSON_NAME = re.compile(r"[\w][\w .@'’-]{0,59}")
"""What a person may be called here; it is shown beside what they do."""


class Stage(StrEnum):
    """How far a log-in is."""

    OPEN = "open"
    CODE = "code"
    """The password was right; the second factor is still to come."""
    SET_UP = "set_up"
    """The role demands a second factor, and this person has none yet."""


class Way(StrEnum):
    """How somebody logged in."""

    PASSWORD = "password"  # noqa: S105 - a way, no password
    SINGLE_SIGN_ON = "single_sign_on"
    SINGLE_SIGN_ON_STRONG = "single_sign_on_strong"
    """The provider saw a second factor itself, or the firm takes its word."""


class Scope(StrEnum):
    """What a key of a program may do."""

    MESSAGES_WRITE = "messages:write"
    FIGURES_READ = "figures:read"
    REGISTER_EXPORT = "register:export"
    """Masked, always."""


ACCOUNT_EVENTS = (
    EventKind.PASSWORD_CHANGED,
    EventKind.SECOND_FACTOR_SET_UP,
    EventKind.SECOND_FACTOR_REMOVED,
    EventKind.RECOVERY_CODE_USED,
    EventKind.RECOVERY_CODES_RENEWED,
    EventKind.SESSIONS_ENDED,
    EventKind.ROLE_CHANGED,
    EventKind.BREAK_GLASS_USED,
    EventKind.SIGN_ON_LINKED,
    EventKind.SIGN_ON_UNLINKED,
)
"""In this order in an index of the database."""
