"""From mails to our words. Pure: no call is made here."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.mailbox.letter import Letter
from connectors.mailbox.quotations import said_in
from models import Author, Kind, Mention, Post
from models.identity import mention_id

CHANNEL = "email"
LONGEST_TEXT = 200_000
"""Characters of a mail that are kept, of its words and of the whole text each."""
LONGEST_WAY = timedelta(days=7)
"""A mail that took longer comes of a clock that is wrong."""
CLOCKS_DIFFER = timedelta(minutes=10)
MOST_NAMES = 50
"""Of attachments, recipients and references that are kept."""


@dataclass(frozen=True, slots=True)
class Sender:
    address: str
    name: str | None


def sender_of(letter: Letter, account: str) -> Sender | None:
    """Who speaks. A form on our own site writes from our address and names its user in `Reply-To`."""
    if letter.sender == account and letter.reply_to not in (None, account):
        return Sender(letter.reply_to or "", None)
    return Sender(letter.sender, letter.sender_name) if letter.sender else None


def is_ours(letter: Letter, account: str) -> bool:
    sender = sender_of(letter, account)
    return sender is not None and sender.address == account


def to_mention(letter: Letter, account: str, *, place: str, received_at: datetime) -> Mention:
    """`place`: where it lies in the mailbox, as evidence."""
    sender = sender_of(letter, account)
    said_at, is_assumed = _said_at(letter, received_at)
    parent = letter.references[-1] if letter.references else None
    return Mention(
        id=mention_id(CHANNEL, account, letter.id),
        channel=CHANNEL,
        account=account,
        native_id=letter.id,
        kind=Kind.DM,
        text=words_of(letter),
        created_at=said_at,
        received_at=received_at,
        conversation_id=letter.references[0] if letter.references else letter.id,
        created_at_assumed=is_assumed,
        on_owned_channel=True,
        in_reply_to=parent,
        author=Author(id=sender.address, handle=sender.address, name=sender.name) if sender else None,
        raw=_evidence(letter, place),
    )


def words_of(letter: Letter) -> str:
    """What the author wrote. The subject stands before it where it is theirs, and alone where there is nothing else."""
    said = said_in(letter.body.text, is_reply=letter.is_reply)
    is_new = letter.subject and not letter.is_reply and letter.subject not in said
    return "\n\n".join(part for part in (letter.subject if is_new or not said else "", said) if part)[:LONGEST_TEXT]


def to_post(letter: Letter, received_at: datetime) -> Post:
    return Post(letter.id, words_of(letter), _said_at(letter, received_at)[0])


def _said_at(letter: Letter, received_at: datetime) -> tuple[datetime, bool]:
    """When it was said, and whether that is assumed: a clock is believed as far as our own server's bears it out."""
    arrived = letter.arrived_at if letter.arrived_at is not None and letter.arrived_at <= received_at else None
    claimed, latest = letter.claimed_at, arrived or received_at
    is_old = claimed is not None and arrived is not None and claimed < arrived - LONGEST_WAY
    if claimed is None or is_old or claimed > latest + CLOCKS_DIFFER:
        return latest, True
    return min(claimed, latest), False


def _evidence(letter: Letter, place: str) -> dict[str, object]:
    full = letter.body.text.replace("\0", "")
    facts: dict[str, object] = {
        "place": place,
        "subject": letter.subject,
        "to": list(letter.to[:MOST_NAMES]),
        "reply_to": letter.reply_to,
        "references": list(letter.references[-MOST_NAMES:]),
        "attachments": list(letter.body.attachments[:MOST_NAMES]),
        "automatic": list(letter.automatic),
        "takes_no_answer": letter.takes_no_answer,
        "bounce_of": letter.bounced,
        "claimed_at": letter.claimed_at.isoformat() if letter.claimed_at else None,
        "text": full[:LONGEST_TEXT] if full.strip() != words_of(letter) else None,
        "is_cut": len(full) > LONGEST_TEXT,
    }
    return {name: value for name, value in facts.items() if value not in (None, [], False)}
