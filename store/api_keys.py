"""Keys of programs that send us messages. Only their digests are kept."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from store.channel_tables import api_keys

PREFIX = "ek_"


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    expires_at: datetime | None


class ApiKeys:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def make(self, name: str, *, scopes: Sequence[str], now: datetime, expires_at: datetime | None = None) -> str:
        """The key, to be shown once."""
        key = PREFIX + secrets.token_urlsafe(32)
        row = {"name": name, "digest": _digest(key), "scopes": list(scopes), "created_at": now}
        row["expires_at"] = expires_at
        self._connection.execute(api_keys.insert().values(row))
        return key

    def find(self, key: str, *, now: datetime) -> ApiKey | None:
        """Whose key it is; None where nobody's, or it was revoked or has expired. Notes that it was used."""
        standing = api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > now)
        used = (
            update(api_keys)
            .where(api_keys.c.digest == _digest(key), api_keys.c.revoked_at.is_(None), standing)
            .values(last_used_at=now)
            .returning(*_COLUMNS)
        )
        row = self._connection.execute(used).one_or_none()
        return _key(row._mapping) if row is not None else None

    def revoke(self, number: int, *, now: datetime) -> bool:
        standing = (api_keys.c.id == number, api_keys.c.revoked_at.is_(None))
        return bool(self._connection.execute(update(api_keys).where(*standing).values(revoked_at=now)).rowcount)

    def all(self) -> list[ApiKey]:
        rows = self._connection.execute(select(*_COLUMNS).order_by(api_keys.c.id))
        return [_key(row._mapping) for row in rows]


_COLUMNS = tuple(api_keys.c[name] for name in ApiKey.__dataclass_fields__)


def _key(facts: Mapping[Any, Any]) -> ApiKey:
    return ApiKey(**dict(facts) | {"scopes": tuple(facts["scopes"])})


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
