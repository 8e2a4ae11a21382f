"""Single sign-on at the log-in: what is bound to the browser on the way out, and looked at on the way back.

The cookie holds one number by chance. State, nonce and PKCE verifier are worked out from it, so that nothing is kept
for people who never come back, and an answer fits the browser that asked and no other.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.single_sign_on import SingleSignOn
from flow.accounts import Rules
from inbox.access import new_token
from models.errors import SetupError
from settings import Settings

RETURN_PATH = "/sign-on/return"
LEFT_PATH = "/sign-on/left"
ON_THE_WAY = timedelta(minutes=10)
LONGEST_TARGET = 500
HERE, LINKING, LEAVING = "in", "link", "out"
PARTS = 4


@dataclass(frozen=True, slots=True)
class Trip:
    """One way to the provider and back."""

    chance: str
    begun_at: datetime
    """To the second."""
    purpose: str
    """`HERE`, `LINKING` and the id of whose account is to be linked, or `LEAVING`."""
    target: str

    @classmethod
    def begin(cls, purpose: str, target: str, *, now: datetime) -> "Trip":
        return cls(new_token(), now.replace(microsecond=0), purpose, target[:LONGEST_TARGET])

    @property
    def state(self) -> str:
        return self._of("state")

    @property
    def nonce(self) -> str:
        return self._of("nonce")

    @property
    def verifier(self) -> str:
        return self._of("verifier")

    def _of(self, part: str) -> str:
        """All that the cookie says goes into it: whoever changes a word of it has another state."""
        told = f"{part} {self.purpose} {int(self.begun_at.timestamp())} {self.target}"
        return urlsafe_b64encode(hmac.digest(self.chance.encode(), told.encode(), "sha256")).decode().rstrip("=")

    @property
    def cookie(self) -> str:
        target = urlsafe_b64encode(self.target.encode()).decode().rstrip("=")
        return ".".join((self.chance, str(int(self.begun_at.timestamp())), self.purpose, target))

    @classmethod
    def read(cls, cookie: str, *, now: datetime) -> "Trip | None":
        """None where it is none of ours, or too old."""
        parts = cookie.split(".")
        if len(parts) != PARTS or not parts[1].isdecimal() or len(parts[1]) > 12 or len(parts[0]) < 40:
            return None
        begun_at = datetime.fromtimestamp(int(parts[1]), UTC)
        if not timedelta(0) <= now - begun_at <= ON_THE_WAY:
            return None
        try:
            target = _unpacked(parts[3])
        except ValueError:
            return None
        return cls(parts[0], begun_at, parts[2], target)

    def is_answered_by(self, state: str) -> bool:
        return hmac.compare_digest(state.encode(), self.state.encode())


def _unpacked(text: str) -> str:
    """Raises: ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def rules_of(settings: Settings) -> Rules:
    others = settings.single_sign_on_others
    return Rules(
        groups_claim=settings.single_sign_on_groups,
        roles=settings.single_sign_on_roles,
        others=None if others == "refuse" else others,
        links_by_email=settings.single_sign_on_link == "verified_email",
    )


def provider_of(settings: Settings, clock: Callable[[], datetime]) -> SingleSignOn | None:
    """None where it is not set up. Raises: SetupError where it is set up by half, or nobody could log in."""
    issuer, client_id = settings.single_sign_on_issuer, settings.single_sign_on_client_id
    if settings.password_log_in == "break_glass" and not issuer:  # noqa: S105 - a choice, no password
        raise SetupError(
            "EARSHOT_PASSWORD_LOG_IN = break_glass needs single sign-on: set EARSHOT_SINGLE_SIGN_ON_ISSUER as well"
        )
    if settings.password_log_in == "break_glass" and not settings.break_glass:  # noqa: S105
        raise SetupError(
            "EARSHOT_PASSWORD_LOG_IN = break_glass names nobody: put an administrator into EARSHOT_BREAK_GLASS,"
            " or nobody can log in when the provider is down"
        )
    if not issuer:
        return None
    if not client_id:
        raise SetupError("EARSHOT_SINGLE_SIGN_ON_ISSUER is set and EARSHOT_SINGLE_SIGN_ON_CLIENT_ID is not")
    secret = settings.single_sign_on_client_secret
    return SingleSignOn(
        issuer,
        client_id,
        secret.get_secret_value() if secret is not None else None,
        settings.single_sign_on_scopes,
        clock=clock,
    )
