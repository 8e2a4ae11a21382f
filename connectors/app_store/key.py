"""The key of App Store Connect's API, and the short-lived tokens it signs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from pydantic import SecretStr

from models.errors import AccessError, SetupError

AUDIENCE = "appstoreconnect-v1"
LIFE = timedelta(minutes=15)
"""Apple refuses tokens of more than 20 minutes."""
EARLY = timedelta(minutes=2)


def read_key(path: Path, *, setting: str) -> SecretStr:
    """Raises: SetupError naming the setting, and nothing of the file."""
    try:
        return SecretStr(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{setting}: the file cannot be read ({type(error).__name__}); is its path right?") from None


class Signer:
    """Gives the token to use; nothing of it leaves the process but in requests."""

    def __init__(
        self,
        *,
        issuer: str,
        key_id: str,
        key: SecretStr,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._issuer = issuer
        self._key_id = key_id
        self._key = key
        self._now = now
        self._kept: tuple[str, datetime] | None = None

    def token(self) -> str:
        """Raises: AccessError where the key cannot sign."""
        now = self._now()
        if self._kept is None or self._kept[1] - EARLY <= now:
            self._kept = self._sign(now), now + LIFE
        return self._kept[0]

    def forget(self) -> None:
        """The next token is a new one."""
        self._kept = None

    def _sign(self, now: datetime) -> str:
        claims = {
            "iss": self._issuer,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
            "aud": AUDIENCE,
        }
        try:
            return jwt.encode(claims, self._key.get_secret_value(), algorithm="ES256", headers={"kid": self._key_id})
        except (jwt.PyJWTError, ValueError, TypeError):
            raise AccessError("app store: the .p8 file is not a key of App Store Connect; download a new one") from None
