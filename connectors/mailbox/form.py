"""What somebody wrote into the form on our site, as the mail it stands for: it is answered by mail. Pure."""

from datetime import datetime

from connectors.mailbox.letter import ADDRESS, NOBODY
from connectors.mailbox.records import CHANNEL
from models import Author, Kind, Mention
from models.errors import RecordError
from models.identity import mention_id

LONGEST_ADDRESS = 254
"""Characters (RFC 5321, 4.5.3.1.3, without the angle brackets)."""
NOTE = "Written on the web form; nobody checked that the address is theirs"


def address_in(given: str, account: str) -> str:
    """In lower case. Raises: RecordError for what cannot be answered: `none`, `nobody` reads it, or it is `ours`."""
    address = given.strip().lower()
    is_one = ADDRESS.fullmatch(address) is not None and address.count("@") == 1 and address.isprintable()
    if not is_one or len(address) > LONGEST_ADDRESS or "." not in address.rpartition("@")[2]:
        raise RecordError("none")
    if NOBODY.match(address):
        raise RecordError("nobody")
    if address == account:
        raise RecordError("ours")
    return address


def form_mention(text: str, address: str, name: str, *, account: str, form_key: str, now: datetime) -> Mention:
    """`form_key` is random and of one form: the same form sent twice is one message."""
    native_id = f"<form.{form_key}@{account.rpartition('@')[2]}>"
    return Mention(
        id=mention_id(CHANNEL, account, native_id),
        channel=CHANNEL,
        account=account,
        native_id=native_id,
        kind=Kind.DM,
        text=text,
        created_at=now,
        received_at=now,
        conversation_id=native_id,
        on_owned_channel=True,
        author=Author(id=address, handle=address, name=name or None),
        raw={"place": "web form", "earshot_notes": [NOTE]},
    )
