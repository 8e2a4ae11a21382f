"""The second factor: codes of an authenticator (RFC 6238), each good once, and recovery codes for when it is lost."""

import io
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import pyotp
import segno

from inbox.locks import locked_until
from store.second_factors import SecondFactor
from store.store import Store, Transaction

STEP_SECONDS = 30
STEPS_AROUND = 1
"""Clocks of phones go a little wrong: the code before and the code after are taken, too."""
CODES = 10
CODE_GROUPS, GROUP_CHARACTERS = 4, 4
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without those that look alike. 16 of 32 letters are 80 bits: too many to be tried out, digests at hand or not."""
PICTURE_SCALE, PICTURE_BORDER = 5, 4


class Checked(StrEnum):
    GOOD = "good"
    RECOVERY = "recovery"
    """A recovery code; it is used up."""
    WRONG = "wrong"
    LOCKED = "locked"


def new_secret() -> str:
    return pyotp.random_base32()


def address_of(secret: str, *, name: str, firm: str) -> str:
    """What the picture says: `otpauth://…`."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name=f"Earshot {firm}")


def picture(address: str) -> bytes:
    """A QR code as SVG, without style or script; dark on white, whatever the page's colours, for cameras need it."""
    made = io.BytesIO()
    segno.make(address, error="m").save(
        made, kind="svg", scale=PICTURE_SCALE, border=PICTURE_BORDER, dark="#000", light="#fff", xmldecl=False
    )
    return made.getvalue()


def grouped(secret: str) -> str:
    """To be typed by hand."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def step_of(secret: str, typed: str, *, now: datetime) -> int | None:
    """The time step that a code belongs to, or None where it is none of now."""
    code = "".join(typed.split())
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    made, current = pyotp.TOTP(secret, interval=STEP_SECONDS), int(now.timestamp()) // STEP_SECONDS
    steps = range(current - STEPS_AROUND, current + STEPS_AROUND + 1)
    return next((step for step in steps if secrets.compare_digest(made.generate_otp(step), code)), None)


def new_codes() -> Sequence[str]:
    """As they are kept: without the lines between their groups."""
    length = CODE_GROUPS * GROUP_CHARACTERS
    return ["".join(secrets.choice(LETTERS) for _ in range(length)) for _ in range(CODES)]


def written(code: str) -> str:
    """As it is shown."""
    return "-".join(code[start : start + GROUP_CHARACTERS] for start in range(0, len(code), GROUP_CHARACTERS))


def check(store: Store, user_id: int, typed: str, *, now: datetime) -> Checked:
    """Of somebody whose factor is confirmed. The try is counted before the code is looked at."""
    with store.writing() as transaction:
        factor = transaction.second_factors.get(user_id)
        if factor is None or factor.confirmed_at is None:
            return Checked.WRONG
        failed = factor.failed + 1
        lock = locked_until(failed, now)
        if not transaction.second_factors.count_try(user_id, failed=failed, locked_until=lock, now=now):
            return Checked.LOCKED
    with store.writing() as transaction:
        return _checked(transaction, factor, typed, now=now)


def _checked(transaction: Transaction, factor: SecondFactor, typed: str, *, now: datetime) -> Checked:
    table = transaction.second_factors
    step = step_of(table.secret(factor), typed, now=now)
    if step is not None:
        return Checked.GOOD if table.use_step(factor.user_id, step) else Checked.WRONG
    code = re.sub(r"[\s-]", "", typed).lower()
    if len(code) == CODE_GROUPS * GROUP_CHARACTERS and table.use_code(factor.user_id, code, now=now):
        return Checked.RECOVERY
    return Checked.WRONG


def begin(transaction: Transaction, user_id: int, *, now: datetime) -> None:
    """A secret of their own, which protects nothing until a first code was right."""
    transaction.second_factors.begin(user_id, new_secret(), now=now)


def begun(transaction: Transaction, user_id: int, *, now: datetime) -> str | None:
    """The secret that waits to be confirmed; not for longer than an hour, and never one that protects."""
    factor = transaction.second_factors.get(user_id)
    if factor is None or factor.confirmed_at is not None or now - factor.made_at > timedelta(hours=1):
        return None
    return transaction.second_factors.secret(factor)


def confirm(transaction: Transaction, user_id: int, typed: str, *, now: datetime) -> Sequence[str] | None:
    """The recovery codes, to be shown once; None where the code is wrong."""
    secret = begun(transaction, user_id, now=now)
    step = step_of(secret, typed, now=now) if secret is not None else None
    if step is None or not transaction.second_factors.confirm(user_id, step, now=now):
        return None
    return renew_codes(transaction, user_id)


def renew_codes(transaction: Transaction, user_id: int) -> Sequence[str]:
    codes = new_codes()
    transaction.second_factors.set_codes(user_id, codes)
    return codes
