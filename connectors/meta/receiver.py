"""What Meta pushes: comments, mentions and messages in one envelope, Threads in another, requests to delete in a form.

All of it is pure: no call is made, so a mention by name on Instagram, pushed with ids alone, has no words here.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs

from pydantic import SecretStr

from connectors.base import Answer
from connectors.json_answers import read_record as read
from connectors.meta.comments import read_instagram_change, read_page_change
from connectors.meta.messages import Inbox, read_message
from connectors.meta.records import FACEBOOK, INSTAGRAM, MESSENGER, THREADS, Found, parsed, rejection
from connectors.meta.threads import read_threads
from connectors.meta.whatsapp import read_whatsapp_change
from connectors.meta.wire import Change, Entry, Envelope, SignedRequest, ThreadsEnvelope
from models import AccountState, Departure, Page
from models.errors import RecordError, SignatureError

LONGEST_BODY_BYTES = 4 * 1024 * 1024
LONGEST_CHALLENGE = 200
MESSAGE_FIELDS = frozenset({"messages", "message_edit", "messaging_postbacks"})
"""Instagram sends messages as changes too, e.g. when an address is tried out."""


class SignedByMeta:
    """The half all pushes with a signature share: handshake, signature and an empty answer."""

    longest_body_bytes = LONGEST_BODY_BYTES

    def __init__(self, secrets: Sequence[SecretStr], verify_token: SecretStr | None) -> None:
        """`secrets` of the apps that may sign."""
        self._secrets = [secret.get_secret_value().encode() for secret in secrets]
        self._verify_token = verify_token

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        """See `Signed.handshake`."""
        challenge = query.get("hub.challenge", "")
        if self._verify_token is None or query.get("hub.mode") != "subscribe":
            return None
        given, ours = query.get("hub.verify_token", ""), self._verify_token.get_secret_value()
        is_known = hmac.compare_digest(given.encode(errors="replace"), ours.encode())
        is_harmless = 0 < len(challenge) <= LONGEST_CHALLENGE and challenge.isascii() and challenge.isprintable()
        return Answer(body=challenge.encode()) if is_known and is_harmless else None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        """See `Signed.verify`. Meta signs the body as sent, and no time with it."""
        given = headers.get("x-hub-signature-256", "")
        expected = [f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}" for secret in self._secrets]
        # Every secret is tried, so that the time taken tells nothing.
        if not any([hmac.compare_digest(given.encode(errors="replace"), each.encode()) for each in expected]):
            raise SignatureError("meta: the signature is missing or wrong; is EARSHOT_META_APP_SECRET of this app?")
        return None

    def answer(self, body: bytes) -> Answer:
        """See `Signed.answer`."""
        return Answer()


class MetaReceiver(SignedByMeta):
    """A `connectors.base.Receiver` of Pages, Instagram and WhatsApp."""

    name = "meta"

    def __init__(
        self, secrets: Sequence[SecretStr], verify_token: SecretStr | None, *, own_ids: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(secrets, verify_token)
        self._own_ids = own_ids

    def parse(self, body: bytes, *, received_at: datetime) -> Page:
        """See `Receiver.parse`."""
        found = Found(received_at, self._own_ids)
        try:
            envelope = read(parsed(body), Envelope)
            reader = {
                "page": _read_page,
                "instagram": _read_instagram,
                "whatsapp_business_account": _read_whatsapp,
            }.get(envelope.about)
            if reader is None:
                raise RecordError("pushes about this sort of object are not read")
        except RecordError as error:
            found.rejected.append(rejection("body", str(error), body))
            return found.page()
        found.each("entry", envelope.entry, lambda part: reader(read(part, Entry), found))
        return found.page()


def _read_page(entry: Entry, found: Found) -> None:
    found.each("changes", entry.changes, lambda part: read_page_change(read(part, Change), entry, found))
    _read_messages(entry, MESSENGER, found)


def _read_instagram(entry: Entry, found: Found) -> None:
    inbox = Inbox(INSTAGRAM, entry.id)

    def one(part: object) -> None:
        change = read(part, Change)
        if change.field in MESSAGE_FIELDS:
            read_message(change.value, inbox, found)
        else:
            read_instagram_change(change, entry, found)

    found.each("changes", entry.changes, one)
    _read_messages(entry, INSTAGRAM, found)


def _read_messages(entry: Entry, channel: str, found: Found) -> None:
    inbox, standby = Inbox(channel, entry.id), Inbox(channel, entry.id, is_standby=True)
    found.each("messaging", entry.messaging, lambda part: read_message(part, inbox, found))
    found.each("standby", entry.standby, lambda part: read_message(part, standby, found))


def _read_whatsapp(entry: Entry, found: Found) -> None:
    found.each("changes", entry.changes, lambda part: read_whatsapp_change(read(part, Change), found))


class ThreadsReceiver(SignedByMeta):
    """A `connectors.base.Receiver` of Threads."""

    name = THREADS

    def __init__(self, secrets: Sequence[SecretStr], verify_token: SecretStr | None, *, account: str) -> None:
        """`account`: number of our account; a push does not name it."""
        super().__init__(secrets, verify_token)
        self._account = account

    def parse(self, body: bytes, *, received_at: datetime) -> Page:
        """See `Receiver.parse`."""
        found = Found(received_at, frozenset({self._account}))
        try:
            read_threads(read(parsed(body), ThreadsEnvelope), self._account, found)
        except RecordError as error:
            found.rejected.append(rejection("body", str(error), body))
        return found.page()


class DeletionReceiver:
    """A `connectors.base.Receiver` of requests to delete what is held of somebody.

    The number Meta gives is that of their log-in to the app, which is often not the one their messages came under. So
    every request is also kept for a person, as something that could not be read.
    """

    name = "meta_deletion"
    longest_body_bytes = 16 * 1024

    def __init__(self, secrets: Sequence[SecretStr], *, status_url: str) -> None:
        """`status_url`: a page of ours that says what became of a request."""
        self._secrets = [secret.get_secret_value().encode() for secret in secrets]
        self._status_url = status_url

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        """There is none."""
        return None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        """See `Signed.verify`. The signature stands in the form. A repeat asks for the same again: it does no harm."""
        try:
            signature, payload = _signed_request(body)
            request = read(parsed(_decoded(payload)), SignedRequest)
            given = _decoded(signature)
        except RecordError as error:
            raise SignatureError(f"meta_deletion: {error}") from None
        expected = [hmac.new(secret, payload.encode(), hashlib.sha256).digest() for secret in self._secrets]
        if request.algorithm.upper() != "HMAC-SHA256" or not any([hmac.compare_digest(given, e) for e in expected]):
            raise SignatureError("meta_deletion: the signature is wrong; is EARSHOT_META_APP_SECRET of this app?")
        return None

    def answer(self, body: bytes) -> Answer:
        """Where the person can read what became of it, under a code that stays the same."""
        told = {"url": f"{self._status_url}?code={_code(body)}", "confirmation_code": _code(body)}
        return Answer(body=json.dumps(told).encode(), content_type="application/json")

    def parse(self, body: bytes, *, received_at: datetime) -> Page:
        """See `Receiver.parse`. The account counts as deleted on every channel its number may stand for."""
        found = Found(received_at)
        try:
            _, payload = _signed_request(body)
            request = read(parsed(_decoded(payload)), SignedRequest)
        except RecordError as error:
            found.rejected.append(rejection("body", str(error), body))
            return found.page()
        at = request.issued_at or received_at
        for channel in (FACEBOOK, MESSENGER, INSTAGRAM, THREADS):
            found.departures.append(Departure(channel, request.user_id, AccountState.DELETED, at))
        reason = (
            f"somebody asked Meta to have their data deleted (code {_code(body)}): messages under the same number are "
            "being deleted; Meta often gives another number here, so a person has to see whether more is held"
        )
        found.rejected.append(rejection("signed_request", reason, body))
        return found.page()


def _signed_request(body: bytes) -> tuple[str, str]:
    """Signature and payload, both still encoded. Raises: RecordError."""
    try:
        fields = parse_qs(body.decode("utf-8", errors="replace"), max_num_fields=20)
    except ValueError:
        fields = {}
    signature, dot, payload = fields.get("signed_request", [""])[0].partition(".")
    if not dot or not signature or not payload:
        raise RecordError("the form holds no signed_request")
    return signature, payload


def _decoded(text: str) -> bytes:
    """Base64 for addresses, without its padding. Raises: RecordError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise RecordError("signed_request is not base64") from None


def _code(body: bytes) -> str:
    try:
        _, payload = _signed_request(body)
    except RecordError:
        payload = ""
    return hashlib.sha256(payload.encode()).hexdigest()[:16]
