"""Google's access tokens: made of a refresh token or of a service account's key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import jwt
from pydantic import SecretStr, ValidationError

from connectors.json_answers import Wire, parsed
from connectors.oauth import AccessTokens
from models.errors import AccessError, SetupError

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE_OF_AN_ASSERTION = timedelta(minutes=30)
"""Google takes at most an hour."""


class GoogleTokens(AccessTokens):
    """See `AccessTokens`."""

    vendor = "google"
    way_out = (
        "make a new refresh token or key, look whether this machine's clock is right, and whether the app in Google "
        "Cloud is published (in testing, refresh tokens last a week)"
    )


class KeyFile(Wire):
    """Of a service account, as Google's console gives it."""

    client_email: str
    private_key: SecretStr
    private_key_id: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceAccountGrant:
    """An account of a program's own."""

    key: KeyFile
    scope: str

    def form(self, token_url: str, *, now: datetime, refresh_token: str | None) -> Mapping[str, str]:
        """Raises: AccessError where the key cannot sign."""
        claims = {
            "iss": self.key.client_email,
            "scope": self.scope,
            "aud": token_url,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE_OF_AN_ASSERTION).timestamp()),
        }
        names = {"kid": self.key.private_key_id} if self.key.private_key_id else None
        try:
            assertion = jwt.encode(claims, self.key.private_key.get_secret_value(), algorithm="RS256", headers=names)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise AccessError("google: the service account's private key cannot be used; download a new one") from None
        return {"grant_type": JWT_BEARER, "assertion": assertion}


def read_key_file(path: Path, *, setting: str) -> KeyFile:
    """Raises: SetupError naming the setting, and nothing of the file."""
    try:
        return KeyFile.model_validate(parsed(path.read_bytes()))
    except OSError as error:
        raise SetupError(f"{setting}: the file cannot be read ({type(error).__name__}); is its path right?") from None
    except (ValidationError, ValueError, RecursionError):
        raise SetupError(f"{setting}: not a service account's key; make one of type JSON in Google Cloud") from None
