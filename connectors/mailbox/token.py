"""Access tokens of a mailbox at Gmail, Microsoft 365 or whoever else speaks OAuth 2.0, for the log-in XOAUTH2."""

from collections.abc import Callable
from typing import TypeVar

from connectors.oauth import AccessTokens

S = TypeVar("S")


class MailTokens(AccessTokens):
    """See `AccessTokens`."""

    vendor = "mailbox"
    way_out = (
        "let the owner of the mailbox consent anew and set EARSHOT_MAILBOX_REFRESH_TOKEN; look whether client id and "
        "secret are of the same app, and whether this machine's clock is right"
    )


def with_token(tokens: AccessTokens, log_in: Callable[[str], S], *, refused: tuple[type[Exception], ...]) -> S:
    """`log_in` with the token at hand, and once more with a fresh one where that raises one of `refused`.

    Raises: what `log_in` raises of the fresh one; AccessError where none is given; RetryableError.
    """
    token = tokens.current()
    try:
        return log_in(token)
    except refused:
        return log_in(tokens.renew(token))
