"""Every error the system raises on purpose, grouped by what happens next.

    EarshotError
    ├── RetryableError   try again, not before `retry_after_seconds`
    │   └── UnknownOutcomeError   the request left us and no answer came: look before trying again
    ├── PermanentError   never try this one again; park it for a person
    ├── AccessError      switch this connector off and tell a person
    │   └── BudgetError   the money set aside for it is spent: pause it until the budget starts anew
    ├── SignatureError   what was pushed to us is not from whom it says: refuse it, keep nothing
    ├── LostLeaseError   another worker has taken over: leave everything as it is
    ├── RecordError      park this one record with its raw payload; go on with the rest
    └── SetupError       stop the process: settings, policy pack or weights are wrong

Messages name the thing, the value and the way out. They never hold the text of a mention, a handle or a token.
"""

from datetime import datetime


class EarshotError(Exception):
    """Root of all errors raised on purpose."""


class RetryableError(EarshotError):
    """The same call may work later."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class UnknownOutcomeError(RetryableError):
    """The request may or may not have taken effect; the sink must be looked up before a second try."""


class PermanentError(EarshotError):
    """This call will never work as it is; a person has to decide."""


class AccessError(EarshotError):
    """Credentials or permissions are wrong; nothing on this connector will work until a person acts."""


class BudgetError(AccessError):
    """The next call would cost more than is left; `until` is when the budget starts anew (aware, UTC)."""

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class SignatureError(EarshotError):
    """A push whose signature, time or handshake is wrong."""


class LostLeaseError(EarshotError):
    """What this worker held was taken over while it stood still: nothing it does now may have any effect."""


class RecordError(EarshotError):
    """One record is unusable; the others are not."""


class SetupError(EarshotError):
    """The process cannot do its work with these settings, this policy pack or these weights."""
