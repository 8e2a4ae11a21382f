"""Links to a customer's own page: signed, so that nobody guesses one; made when a message is sent, and kept nowhere.

A token is a number by chance and its signature under the program's key. It names nobody, and the database alone makes
no token.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flow.configuration import home_key
from models.follow_up import SURVEY, LinkPurpose
from policy.follow_up import RATE_LINK, LinkRules
from settings import Settings
from store.follow_up import PUBLIC_ID_BYTES, PublicLink
from store.outbox import OutboxRow
from store.store import Transaction

KEY_FILE = "links.key"
STATUS_LINK = "status_link"
_MAC_BYTES = 16
_ID_CHARACTERS, _MAC_CHARACTERS = PUBLIC_ID_BYTES * 4 // 3, 22
TOKEN = re.compile(rf"[\w-]{{{_ID_CHARACTERS + _MAC_CHARACTERS}}}", re.ASCII)
PATHS: Mapping[LinkPurpose, str] = {LinkPurpose.RATE: "rate", LinkPurpose.STATUS: "s"}
PLACEHOLDERS: Mapping[LinkPurpose, str] = {
    LinkPurpose.RATE: f"{{{RATE_LINK}}}",
    LinkPurpose.STATUS: f"{{{STATUS_LINK}}}",
}


def links_key(settings: Settings) -> bytes:
    """That of the settings, for several machines; else one of the home folder, made when first asked for."""
    if settings.link_key is not None:
        return settings.link_key.get_secret_value().encode()
    return home_key(settings, KEY_FILE)


def public_base(settings: Settings) -> str | None:
    """What addresses of public pages begin with, sub-path included; None where the firm gave no public address."""
    if settings.public_url is None:
        return None
    root = settings.web_root.strip("/")
    return settings.public_url.rstrip("/") + (f"/{root}" if root else "")


@dataclass(frozen=True, slots=True)
class Links:
    """Makes addresses, and knows its own."""

    base: str | None
    key: Callable[[], bytes]
    rules: LinkRules

    @classmethod
    def of(cls, settings: Settings, rules: LinkRules) -> "Links":
        return cls(public_base(settings), lambda: links_key(settings), rules)

    def token(self, purpose: LinkPurpose, public_id: str) -> str:
        return public_id + self._mac(purpose, public_id)

    def address(self, purpose: LinkPurpose, public_id: str) -> str:
        return f"{self.base}/{PATHS[purpose]}/{self.token(purpose, public_id)}"

    @property
    def longest(self) -> int:
        """Characters of an address."""
        return max(len(self.address(purpose, "0" * _ID_CHARACTERS)) for purpose in LinkPurpose)

    def public_id(self, purpose: LinkPurpose, token: str) -> str | None:
        """None for whatever we did not sign; nothing is looked up for it."""
        if not TOKEN.fullmatch(token):
            return None
        public_id, mac = token[:_ID_CHARACTERS], token[_ID_CHARACTERS:]
        return public_id if hmac.compare_digest(mac, self._mac(purpose, public_id)) else None

    def open(self, transaction: Transaction, purpose: LinkPurpose, token: str, *, now: datetime) -> PublicLink | None:
        """None where it is unknown, tampered with or expired: from outside all look the same."""
        public_id = self.public_id(purpose, token)
        return transaction.follow_ups.link(public_id, purpose, now=now) if public_id is not None else None

    def filled(self, transaction: Transaction, row: OutboxRow, text: str, *, now: datetime) -> str:
        """The text of a reply with its links put in; the same at every try."""
        for purpose, mark in PLACEHOLDERS.items():
            if mark in text:
                lives = self.rules.rating_for if purpose is LinkPurpose.RATE else self.rules.status_for
                public_id = transaction.follow_ups.make_link(
                    f"{purpose.value}:{row.key}",
                    purpose,
                    int(row.payload.get(SURVEY) or row.case_id),
                    now=now,
                    expires_at=now + lives,
                )
                text = text.replace(mark, self.address(purpose, public_id))
        return text

    def _mac(self, purpose: LinkPurpose, public_id: str) -> str:
        mac = hmac.digest(self.key(), f"{purpose.value}:{public_id}".encode(), "sha256")[:_MAC_BYTES]
        return urlsafe_b64encode(mac).decode().rstrip("=")


def needs_link(text: str) -> bool:
    return any(mark in text for mark in PLACEHOLDERS.values())
