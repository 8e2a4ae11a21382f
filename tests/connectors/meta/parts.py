"""Our side of the fake: receivers, channels and clients as the tests open them."""

from datetime import datetime

from pydantic import SecretStr

from connectors.limits import meta_usage
from connectors.meta.channel import FacebookChannel, InstagramChannel, MessengerChannel
from connectors.meta.client import GraphClient
from connectors.meta.direct import Direct
from connectors.meta.receiver import DeletionReceiver, MetaReceiver, ThreadsReceiver
from connectors.meta.sent import MemorySent, SentBook
from connectors.meta.source import InstagramTagsSource, Reading
from connectors.meta.threads_channel import ThreadsChannel
from connectors.meta.whatsapp_channel import WhatsAppChannel
from connectors.quota import LedgerInMemory, Quota
from models import AuthoredBy, Mention, Page, Reply
from tests.fakes.meta import (
    IG,
    NOW,
    NUMBER,
    PAGE,
    PAGE_TOKEN,
    SECRET,
    THREADS_SECRET,
    THREADS_TOKEN,
    THREADS_USER,
    VERIFY,
    WHATSAPP_TOKEN,
    FakeMeta,
)

GRAPH, THREADS_GRAPH = "https://graph.test/v26.0", "https://threads.test/v1.0"


def client(fake: FakeMeta, token: str = PAGE_TOKEN, *, base: str = GRAPH) -> GraphClient:
    def now() -> datetime:
        return fake.now

    quota = Quota(f"meta:{token}", LedgerInMemory(), read=meta_usage, now=now)
    return GraphClient(
        base,
        token=SecretStr(token),
        product="page",
        quota=quota,
        transport=fake.transport,
        sleep=fake.slept.append,
        now=now,
    )


def direct(
    fake: FakeMeta, platform: str = "messenger", *, book: SentBook | None = None, human_agent: bool = False
) -> Direct:
    return Direct(
        client=client(fake),
        page=PAGE,
        own=PAGE if platform == "messenger" else IG,
        platform=platform,
        book=book or MemorySent(),
        now=lambda: fake.now,
        has_human_agent=human_agent,
    )


def facebook(fake: FakeMeta, book: SentBook | None = None) -> FacebookChannel:
    return FacebookChannel(direct(fake, book=book), now=lambda: fake.now)


def messenger(fake: FakeMeta, book: SentBook | None = None, *, human_agent: bool = False) -> MessengerChannel:
    return MessengerChannel(direct(fake, book=book, human_agent=human_agent))


def instagram(fake: FakeMeta, book: SentBook | None = None, *, human_agent: bool = False) -> InstagramChannel:
    inbox = direct(fake, "instagram", book=book, human_agent=human_agent)
    return InstagramChannel(inbox, now=lambda: fake.now, tags_are_pulled=True)


def whatsapp(fake: FakeMeta) -> WhatsAppChannel:
    return WhatsAppChannel(client(fake, WHATSAPP_TOKEN), number=NUMBER, now=lambda: fake.now)


def threads(fake: FakeMeta, book: SentBook | None = None) -> ThreadsChannel:
    speaker = client(fake, THREADS_TOKEN, base=THREADS_GRAPH)
    return ThreadsChannel(speaker, account=THREADS_USER, book=book or MemorySent(), now=lambda: fake.now)


def tags(fake: FakeMeta, **reading: int) -> InstagramTagsSource:
    return InstagramTagsSource(client(fake), account=IG, reading=Reading(**reading), now=lambda: fake.now)


def receiver() -> MetaReceiver:
    return MetaReceiver([SecretStr(SECRET)], SecretStr(VERIFY), own_ids=frozenset({PAGE, IG}))


def threads_receiver() -> ThreadsReceiver:
    return ThreadsReceiver([SecretStr(SECRET), SecretStr(THREADS_SECRET)], SecretStr(VERIFY), account=THREADS_USER)


def deletion_receiver() -> DeletionReceiver:
    return DeletionReceiver([SecretStr(SECRET)], status_url="https://larkbank.test/deletion")


def parse(body: bytes, *, received_at: datetime = NOW) -> Page:
    return receiver().parse(body, received_at=received_at)


def only(body: bytes) -> Mention:
    page = parse(body)
    assert page.rejected == ()
    (mention,) = page.mentions
    return mention


def words(
    text: str = "Sorry to hear that!", *, key: str = "reply:1", private: bool = False, perhaps_sent: bool = False
) -> Reply:
    return Reply(key, text, is_private=private, authored_by=AuthoredBy.PERSON, perhaps_sent=perhaps_sent)
