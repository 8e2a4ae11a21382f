"""Where a mail server is, and how the way there is protected."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from models.errors import SetupError


class Protection(StrEnum):
    TLS = "tls"
    """From the first byte."""
    STARTTLS = "starttls"
    NONE = "none"
    """This machine only."""


SCHEMES = {
    "imaps": (Protection.TLS, 993),
    "imap+starttls": (Protection.STARTTLS, 143),
    "imap": (Protection.NONE, 143),
    "smtps": (Protection.TLS, 465),
    "smtp+starttls": (Protection.STARTTLS, 587),
    "smtp": (Protection.NONE, 25),
}


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    protection: Protection


def server_at(address: str, *, setting: str) -> Server:
    """`setting` names where the address was given and begins with what is spoken there: `EARSHOT_MAILBOX_IMAP`.

    Raises: SetupError; also for another machine without encryption.
    """
    spoken = setting.rsplit("_", 1)[-1].lower()
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    scheme = address.split("://")[0].lower()
    if host is None or scheme not in SCHEMES or not scheme.startswith(spoken):
        raise SetupError(
            f"{setting} must be {spoken}s://host or {spoken}+starttls://host, with a :port where it differs"
        )
    protection, usual = SCHEMES[scheme]
    if protection is Protection.NONE and not _is_this_machine(host):
        raise SetupError(
            f"{setting}: {spoken}:// would send the password in the clear; use {spoken}s:// or {spoken}+starttls://"
        )
    return Server(host, port or usual, protection)


def is_protected(url: str) -> bool:
    """Whether what is sent there can be read on no way; this machine needs no encryption."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_near = parts.scheme == "http" and _is_this_machine(parts.hostname or "")
    return bool(parts.hostname) and (parts.scheme == "https" or is_near)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
