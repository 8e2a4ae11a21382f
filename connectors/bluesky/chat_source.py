"""Direct messages to our account: news from the log of the chat service, and at first the conversations of before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.bluesky.around import Around
from connectors.bluesky.chat import Said
from connectors.bluesky.chat_cursor import ChatCursor, read_chat_cursor
from connectors.bluesky.chat_wire import Convo, Message
from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.records import CHANNEL, to_author
from connectors.bluesky.source import Reading
from connectors.bluesky.wire import Profile
from models import Author, Bystander, Kind, Mention, Page, Rejected
from models.errors import RetryableError
from models.identity import mention_id

MOST_PAGES = 20
"""Of the log in one pull, or of one conversation."""

DEFAULT = Reading()


def utc_now() -> datetime:
    return datetime.now(UTC)


class BlueskyChatSource:
    """A `connectors.base.Source`. Needs an app password with access to direct messages; nothing is marked as read."""

    name = CHANNEL

    def __init__(
        self, client: BlueskyClient, *, reading: Reading = DEFAULT, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._client = client
        self._reading = reading
        self._now = now

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. Nothing is kept between pulls."""
        kept = read_chat_cursor(cursor)
        if kept is None or kept.log is None:
            kept = ChatCursor(self._client.chat.log(None).cursor, is_filling=True)
        said, reached = self._old(kept) if kept.is_filling else self._news(kept)
        return self._page(said, reached.text())

    def _news(self, kept: ChatCursor) -> tuple[Sequence[Said], ChatCursor]:
        """What was said after the cursor; pages on which nobody said anything are passed over."""
        place = kept.log
        for _ in range(MOST_PAGES):
            page = self._client.chat.log(place)
            is_end = page.cursor in (None, place)
            place = page.cursor or place
            if page.said or is_end:
                return page.said, ChatCursor(place, is_filling=False)
        return (), ChatCursor(place, is_filling=False)

    def _old(self, kept: ChatCursor) -> tuple[Sequence[Said], ChatCursor]:
        """What was said in the days before in some of our conversations."""
        floor, place = self._now() - timedelta(days=self._reading.back_fill_days), kept.convos
        for _ in range(MOST_PAGES):
            page = self._client.chat.convos(place)
            said = [each for convo in page.convos if _may_hold(convo, floor) for each in self._since(floor, convo.id)]
            is_end = page.cursor in (None, place)
            place = page.cursor
            if said or is_end:
                break
        return said, ChatCursor(kept.log, is_filling=not is_end, convos=None if is_end else place)

    def _since(self, floor: datetime, convo_id: str) -> list[Said]:
        found: list[Said] = []
        place: str | None = None
        for _ in range(MOST_PAGES):
            page = self._client.chat.messages(convo_id, place)
            found += [each for each in page.said if not _is_before(each, floor)]
            is_over = any(_is_before(each, floor) for each in page.said)
            if is_over or page.cursor in (None, place):
                return found
            place = page.cursor
        raise RetryableError(f"bluesky: a conversation of more than {MOST_PAGES} pages; it will be read again")

    def _page(self, said: Sequence[Said], cursor: str) -> Page:
        now, own_did = self._now(), self._client.own_did()
        around = Around(self._client, history_days=self._reading.history_days, is_known=self._reading.is_known, now=now)
        read = [(each.convo_id, each.message) for each in said if isinstance(each.message, Message)]
        senders = sorted({message.sender.did for _, message in read} - {own_did})
        profiles = around.profiles(senders) if senders else {}
        told = [
            (message.sender.did, self._mention(convo_id, message, profiles, received_at=now))
            for convo_id, message in sorted(read, key=lambda one: one[1].sent_at)
        ]
        mentions = [mention for did, mention in told if did != own_did]
        return Page(
            mentions=list({mention.id: mention for mention in mentions}.values()),
            cursor=cursor,
            rejected=[_rejected(each) for each in said if isinstance(each.message, str)],
            histories=around.histories(mentions),
            bystanders=[Bystander(mention, is_ours=True) for did, mention in told if did == own_did],
        )

    def _mention(
        self, convo_id: str, message: Message, profiles: Mapping[str, Profile], *, received_at: datetime
    ) -> Mention:
        did, native_id = message.sender.did, f"{convo_id}/{message.id}"
        is_believable = message.sent_at <= received_at
        profile = profiles.get(did)
        return Mention(
            id=mention_id(CHANNEL, self._client.handle, native_id),
            channel=CHANNEL,
            account=self._client.handle,
            native_id=native_id,
            kind=Kind.DM,
            text=message.text,
            created_at=message.sent_at.astimezone(UTC) if is_believable else received_at,
            received_at=received_at,
            conversation_id=convo_id,
            created_at_assumed=not is_believable,
            on_owned_channel=True,
            url=f"https://bsky.app/messages/{convo_id}",
            author=to_author(profile, profile) if profile else Author(did),
            raw={"reason": "dm"},
        )


def _may_hold(convo: Convo, floor: datetime) -> bool:
    """Whether something was said there since; where we are not told, it is looked at."""
    at = convo.last_message.sent_at if convo.last_message else None
    return at is None or at >= floor


def _is_before(said: Said, floor: datetime) -> bool:
    return isinstance(said.message, Message) and said.message.sent_at < floor


def _rejected(said: Said) -> Rejected:
    return Rejected(where=f"conversation {said.convo_id}", reason=str(said.message), raw=said.raw)
