"""Second factors of people: the sealed secret, what was used of it, and the digests of recovery codes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from models.errors import SetupError
from store.account_tables import recovery_codes, second_factors
from store.sealed import SECOND_FACTOR
from store.vault import Vault


@dataclass(frozen=True, slots=True)
class SecondFactor:
    user_id: int
    sealed: bytes
    """See `SecondFactors.secret`."""
    made_at: datetime
    confirmed_at: datetime | None
    last_step: int
    failed: int
    locked_until: datetime | None


class SecondFactors:
    def __init__(self, connection: Connection, vault: Vault | None) -> None:
        self._connection = connection
        self._given = vault

    def get(self, user_id: int) -> SecondFactor | None:
        row = self._connection.execute(select(*_COLUMNS).where(second_factors.c.user_id == user_id)).one_or_none()
        return SecondFactor(**dict(row._mapping)) if row is not None else None

    def confirmed(self) -> frozenset[int]:
        """Ids of the people who have one."""
        rows = select(second_factors.c.user_id).where(second_factors.c.confirmed_at.is_not(None))
        return frozenset(self._connection.scalars(rows))

    @property
    def _vault(self) -> Vault:
        if self._given is None:
            raise SetupError("a second factor is kept sealed or not at all, and no key of the vault is at hand")
        return self._given

    def secret(self, factor: SecondFactor) -> str:
        """Raises: VaultError where its key is not at hand."""
        return self._vault.open(factor.sealed, SECOND_FACTOR.context(factor.user_id)).decode()

    def begin(self, user_id: int, secret: str, *, now: datetime) -> None:
        """In place of one that was begun and never confirmed; one that protects stays as it is.

        Raises: SetupError where nothing can be sealed.
        """
        sealed = self._vault.seal(secret.encode(), SECOND_FACTOR.context(user_id))
        open_ = (second_factors.c.user_id == user_id, second_factors.c.confirmed_at.is_(None))
        self._connection.execute(delete(second_factors).where(*open_))
        if self.get(user_id) is None:
            row = {"user_id": user_id, "sealed": sealed, "made_at": now}
            self._connection.execute(second_factors.insert().values(row))

    def confirm(self, user_id: int, step: int, *, now: datetime) -> bool:
        """Whether this made it protect; once, whoever else confirms at the same time."""
        changed = self._connection.execute(
            update(second_factors)
            .where(second_factors.c.user_id == user_id, second_factors.c.confirmed_at.is_(None))
            .values(confirmed_at=now, last_step=step, failed=0, locked_until=None)
        )
        return bool(changed.rowcount)

    def count_try(self, user_id: int, *, failed: int, locked_until: datetime | None, now: datetime) -> bool:
        """Before the code is looked at. False where it is locked, or another try was counted meanwhile."""
        table = second_factors.c
        changed = self._connection.execute(
            update(second_factors)
            .where(
                table.user_id == user_id,
                table.failed == failed - 1,
                table.locked_until.is_(None) | (table.locked_until <= now),
            )
            .values(failed=failed, locked_until=locked_until)
        )
        return bool(changed.rowcount)

    def use_step(self, user_id: int, step: int) -> bool:
        """Whether the code of this step was good: each is good once, and none older than one that was used."""
        changed = self._connection.execute(
            update(second_factors)
            .where(second_factors.c.user_id == user_id, second_factors.c.last_step < step)
            .values(last_step=step, failed=0, locked_until=None)
        )
        return bool(changed.rowcount)

    def remove(self, user_id: int) -> bool:
        self._connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
        return bool(
            self._connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id)).rowcount
        )

    def set_codes(self, user_id: int, codes: Sequence[str]) -> None:
        """In place of all that were there."""
        self._connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
        rows = [{"user_id": user_id, "digest": _digest(user_id, code)} for code in codes]
        self._connection.execute(recovery_codes.insert(), rows)

    def use_code(self, user_id: int, code: str, *, now: datetime) -> bool:
        """Whether it was one that nobody had used."""
        table = recovery_codes.c
        wanted = (table.user_id == user_id, table.digest == _digest(user_id, code), table.used_at.is_(None))
        is_good = bool(self._connection.execute(update(recovery_codes).where(*wanted).values(used_at=now)).rowcount)
        if is_good:
            values = {"failed": 0, "locked_until": None}
            self._connection.execute(update(second_factors).where(second_factors.c.user_id == user_id).values(values))
        return is_good

    def codes_left(self, user_id: int) -> int:
        unused = (recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None))
        return self._connection.scalar(select(func.count()).select_from(recovery_codes).where(*unused)) or 0


_COLUMNS = tuple(second_factors.c[name] for name in SecondFactor.__dataclass_fields__)


def _digest(user_id: int, code: str) -> str:
    return hashlib.sha256(f"{user_id}:{code}".encode()).hexdigest()
