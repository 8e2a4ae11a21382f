"""Mails of one folder, with what their authors wrote in the week before and the mails they answer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.mailbox.client import MailboxClient, OpenFolder, RawMail
from connectors.mailbox.cursor import Cursor, read_cursor
from connectors.mailbox.letter import Letter, read_letter
from connectors.mailbox.records import CHANNEL, is_ours, sender_of, to_mention, to_post
from models import Bystander, Mention, Page, Post, Rejected
from models.errors import AccessError, RecordError

LONGEST_REJECTED_BYTES = 1_000_000
"""Of a mail that is kept unread."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """How far and how much is read."""

    back_fill_days: int = 30
    """How far back the very first pull goes."""
    page_size: int = 25
    """Mails handed out by one pull."""
    largest_bytes: int = 25_000_000
    """A larger mail is not fetched: its headers are kept for a person."""
    history_days: int = 7
    history_mails: int = 20
    """Newest of an author's earlier mails that are read."""
    history_largest_bytes: int = 1_000_000
    parents: int = 30
    """Earlier mails of conversations that are looked up for one page."""


class MailboxSource:
    """A `connectors.base.Source`."""

    name = CHANNEL

    def __init__(
        self,
        client: MailboxClient,
        *,
        account: str,
        reading: Reading = Reading(),
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`account`: our address, in lower case."""
        self._client = client
        self._account = account
        self._reading = reading
        self._now = now

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. Where the folder numbers its mails anew (UIDVALIDITY), all that is left is read again."""
        kept, now = read_cursor(cursor), self._now()
        since = kept.since if kept else (now - timedelta(days=self._reading.back_fill_days)).date()
        with self._client.reading() as folder:
            is_same = kept is not None and kept.uidvalidity == folder.state.uidvalidity
            uid = kept.uid if kept is not None and is_same else 0
            # By its number alone once reading has begun: an old mail that is moved into the folder is new to us.
            found = folder.after(uid, since=None if uid else since)[: self._reading.page_size]
            reached = found[-1] if found else uid or max(0, folder.state.next_uid - 1)
            page = self._page(folder, found, Cursor(folder.state.uidvalidity, reached, since).text(), now)
        return page

    def _page(self, folder: OpenFolder, uids: Sequence[int], cursor: str, now: datetime) -> Page:
        mentions: list[Mention] = []
        bystanders: list[Bystander] = []
        rejected: list[Rejected] = []
        for mail in folder.mails(uids, largest_bytes=self._reading.largest_bytes):
            place = f"{folder.state.uidvalidity}:{mail.uid}"
            try:
                letter = self._whole(mail)
                mention = to_mention(letter, self._account, place=place, received_at=now)
            except RecordError as error:
                rejected.append(Rejected(f"mail {place}", str(error), mail.raw[:LONGEST_REJECTED_BYTES] or b"\n"))
                continue
            if is_ours(letter, self._account):
                bystanders.append(Bystander(mention, is_ours=True))
            else:
                mentions.append(mention)
        mentions.sort(key=lambda mention: mention.created_at)
        bystanders += self._parents(folder, [*mentions, *(each.mention for each in bystanders)], mentions, now)
        return Page(mentions, cursor, rejected, self._histories(folder, mentions, now), bystanders)

    def _whole(self, mail: RawMail) -> Letter:
        if not mail.is_whole:
            megabytes = self._reading.largest_bytes // 1_000_000
            raise RecordError(f"the mail is larger than {megabytes} MB and was not fetched; read it in the mailbox")
        return read_letter(mail.raw)

    def _histories(self, folder: OpenFolder, mentions: Sequence[Mention], now: datetime) -> dict[str, tuple[Post, ...]]:
        """Author → what they wrote to this folder in the days before, oldest first."""
        newest = {mention.author.id: mention.created_at for mention in mentions if mention.author}
        return {author: self._history(folder, author, until, now) for author, until in newest.items()}

    def _history(self, folder: OpenFolder, author: str, until: datetime, now: datetime) -> tuple[Post, ...]:
        since = until - timedelta(days=self._reading.history_days)
        uids = folder.by_author(author, since=(since - timedelta(days=1)).date())[-self._reading.history_mails :]
        posts = []
        for letter in self._readable(folder, uids):
            sender = sender_of(letter, self._account)
            post = to_post(letter, now)
            if sender is not None and sender.address == author and since <= post.created_at < until:
                posts.append(post)
        return tuple(sorted(posts, key=lambda post: post.created_at))

    def _parents(
        self, folder: OpenFolder, here: Sequence[Mention], mentions: Sequence[Mention], now: datetime
    ) -> list[Bystander]:
        """First and last of the mails that these answer, from this folder and from where our own are filed."""
        known = {mention.native_id for mention in here}
        asked = [id for each in mentions for id in (each.in_reply_to, each.conversation_id) if id and id not in known]
        wanted = list(dict.fromkeys(asked))[: self._reading.parents]
        found = self._looked_up(folder, wanted, now)
        missing = [id for id in wanted if id not in {each.mention.native_id for each in found}]
        if missing:
            # Our own mails are context: that they may not be read keeps nobody's words from us.
            with suppress(AccessError), self._client.sent() as sent:
                found += self._looked_up(sent, missing, now) if sent is not None else []
        return found

    def _looked_up(self, folder: OpenFolder, ids: Sequence[str], now: datetime) -> list[Bystander]:
        uids = [uid for id in ids for uid in folder.by_message_id(id)[:1]]
        place = f"{folder.state.uidvalidity}"
        return [
            Bystander(to_mention(letter, self._account, place=place, received_at=now), is_ours(letter, self._account))
            for letter in self._readable(folder, uids)
        ]

    def _readable(self, folder: OpenFolder, uids: Sequence[int]) -> Iterator[Letter]:
        """Only for context: what is left out here is not a mention."""
        for mail in folder.mails(uids, largest_bytes=self._reading.history_largest_bytes):
            try:
                yield self._whole(mail)
            except RecordError:
                continue
