"""How far a source has been read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.author import Post
from models.change import Bystander, Deletion, Departure, Edit, Repost
from models.mention import Mention


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record that could not be read: kept with its raw bytes and the reason, never dropped."""

    where: str
    """Place in its source, e.g. `line 17`."""
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Wordless:
    """A message that a push names without its words. Its channel is asked for them (`Surroundings.read`)."""

    mention: Mention
    """What is known of it; `text` is empty."""
    push: bytes
    """A push that tells of this message alone: it is kept, and read again, until the words are here."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was read in one go, and the cursor to keep once it is stored, in the same transaction."""

    mentions: Sequence[Mention]
    cursor: str
    """Opaque; owned by the source."""
    rejected: Sequence[Rejected] = ()
    histories: Mapping[str, Sequence[Post]] = field(default_factory=dict)
    """Author id → what the platform shows of their last seven days, oldest first; only authors that were looked up."""
    bystanders: Sequence[Bystander] = ()
    """Parents and threads of these mentions, and our own words: shown, never judged."""
    edits: Sequence[Edit] = ()
    deletions: Sequence[Deletion] = ()
    reposts: Sequence[Repost] = ()
    departures: Sequence[Departure] = ()
    wordless: Sequence[Wordless] = ()
    """Only of pushes: a source that pulls gives no message without its words."""

    @property
    def is_empty(self) -> bool:
        """Nothing new now."""
        changes = (self.edits, self.deletions, self.reposts, self.departures)
        return not (self.mentions or self.rejected or self.bystanders or self.wordless or any(changes))
