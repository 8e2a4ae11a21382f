"""Who may do what."""

from enum import StrEnum

from inbox.languages import N_, Sayings


class Role(StrEnum):
    AGENT = "agent"
    LEAD = "lead"
    COMPLIANCE = "compliance"
    ADMIN = "admin"
    AUDITOR = "auditor"
    """Sees everything, changes nothing."""


EVERYBODY = frozenset(Role)
ACTING = EVERYBODY - {Role.AUDITOR}
EXPORTING = EVERYBODY - {Role.AGENT}
UNMASKING = frozenset({Role.COMPLIANCE, Role.ADMIN})
"""May export personal data unmasked."""
SEES_COMPLIANCE = frozenset({Role.COMPLIANCE, Role.ADMIN, Role.AUDITOR})
DECIDES_COMPLIANCE = SEES_COMPLIANCE - {Role.AUDITOR}
ADMINS = frozenset({Role.ADMIN})
SEES_BOARD = EVERYBODY - {Role.AGENT}
SEES_OPERATIONS = frozenset({Role.ADMIN, Role.AUDITOR})
DECIDES_REPLIES = frozenset({Role.LEAD, Role.COMPLIANCE, Role.ADMIN})
"""Approve what others wrote; nobody their own."""
SEES_REPLIES = DECIDES_REPLIES | {Role.AUDITOR}
"""All that wait; an agent sees their own."""
MANAGING = frozenset({Role.LEAD, Role.ADMIN})
"""Look after saved replies and macros."""

MEANINGS = Sayings(
    {
        Role.AGENT: N_("works on cases"),
        Role.LEAD: N_("works on cases, exports the register (masked)"),
        Role.COMPLIANCE: N_("works on cases, exports the register with personal data"),
        Role.ADMIN: N_("everything, and invites people"),
        Role.AUDITOR: N_("sees everything, changes nothing, exports the register (masked)"),
    }
)


def role_of(name: str) -> Role:
    """A role that nobody knows is the one that may change nothing."""
    return Role(name) if name in set(Role) else Role.AUDITOR
