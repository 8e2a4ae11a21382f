import json
from itertools import permutations
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.connector import Tools
from connectors.quota import LedgerInMemory
from connectors.telegram.connector import TELEGRAM
from connectors.telegram.receiver import HEADER, TelegramReceiver
from connectors.telegram.source import PushedSource, TelegramSource
from models.errors import SetupError, SignatureError
from settings import Settings
from tests.connectors.telegram.conftest import LATER, SECRET
from tests.fakes.telegram import BOT, TOKEN, FakeTelegram


def bodies(fake: FakeTelegram) -> list[bytes]:
    return [json.dumps(update).encode() for update in fake.updates]


def test_a_push_with_our_secret_is_read_like_a_pulled_update(fake: FakeTelegram, receiver: TelegramReceiver) -> None:
    fake.say("hello")
    (body,) = bodies(fake)

    assert receiver.verify({HEADER: SECRET}, body, now=LATER) is None
    page = receiver.parse(body, received_at=LATER)

    assert [mention.text for mention in page.mentions] == ["hello"]
    assert page.cursor == ""
    assert receiver.answer(body).status == 200


@pytest.mark.parametrize(
    "headers", [{}, {HEADER: ""}, {HEADER: SECRET[:-1]}, {HEADER: SECRET + "x"}, {HEADER: "é\ud83d"}]
)
def test_a_push_without_it_is_refused(receiver: TelegramReceiver, headers: dict[str, str]) -> None:
    with pytest.raises(SignatureError) as raised:
        receiver.verify(headers, b"{}", now=LATER)
    assert SECRET not in str(raised.value)


def test_telegram_asks_for_no_handshake(receiver: TelegramReceiver) -> None:
    assert receiver.handshake({"hub.challenge": "1"}) is None


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"null", b"7", b'{"update_id": "x"}', b'{"update_id"', b"\xff"])
def test_what_is_no_update_is_kept_apart(receiver: TelegramReceiver, body: bytes) -> None:
    page = receiver.parse(body, received_at=LATER)

    assert not page.mentions
    assert page.rejected[0].reason


def test_any_order_gives_the_same_messages(fake: FakeTelegram, receiver: TelegramReceiver) -> None:
    said = fake.say("one")
    fake.edit(said, "one, edited")
    fake.say("two")

    def found(order: tuple[bytes, ...]) -> tuple[set[Any], set[Any]]:
        pages = [receiver.parse(body, received_at=LATER) for body in order]
        mentions = {(each.id, each.text) for page in pages for each in page.mentions}
        return mentions, {(each.mention.id, each.version) for page in pages for each in page.edits}

    results = [found(order) for order in permutations([*bodies(fake), bodies(fake)[0]])]

    assert all(result == results[0] for result in results)


def settings(**given: object) -> Settings:
    return Settings.model_validate({"telegram_token": TOKEN, "telegram_bot": f"@{BOT}"} | given)


def tools(fake: FakeTelegram) -> Tools:
    return Tools(ledger=LedgerInMemory(), transport=fake.transport, sleep=fake.slept.append, now=lambda: LATER)


class TestTheConnector:
    def test_without_a_secret_updates_are_pulled(self, fake: FakeTelegram, tmp_path: Any) -> None:
        given = settings(home=tmp_path)
        fake.say("hello")

        assert not TELEGRAM.is_on(Settings())
        source = TELEGRAM.sources["telegram"](given, tools(fake))
        assert isinstance(source, TelegramSource)
        assert source.pull(None).mentions[0].account == BOT
        assert TELEGRAM.channels["telegram"](given, tools(fake)).name == "telegram"
        with pytest.raises(SetupError, match="EARSHOT_TELEGRAM_WEBHOOK_SECRET"):
            TELEGRAM.receivers["telegram"](given, tools(fake))

    def test_with_one_they_are_pushed_and_not_pulled(self, fake: FakeTelegram) -> None:
        given = settings(telegram_webhook_secret=SECRET)

        assert isinstance(TELEGRAM.sources["telegram"](given, tools(fake)), PushedSource)
        assert TELEGRAM.receivers["telegram"](given, tools(fake)).name == "telegram"

    def test_the_name_of_the_bot_is_needed(self, fake: FakeTelegram) -> None:
        with pytest.raises(SetupError, match="EARSHOT_TELEGRAM_BOT"):
            TELEGRAM.sources["telegram"](settings(telegram_bot=None), tools(fake))

    @pytest.mark.parametrize(
        ("given", "webhook", "missing"),
        [
            ({}, {}, []),
            ({"telegram_bot": "OtherBot"}, {}, ["EARSHOT_TELEGRAM_BOT is not"]),
            ({}, {"url": "https://x.test"}, ["A webhook is set"]),
            ({"telegram_webhook_secret": SECRET}, {}, ["No webhook is set"]),
            ({"telegram_webhook_secret": SECRET}, {"url": "https://x.test"}, []),
            (
                {"telegram_webhook_secret": SECRET},
                {"url": "https://x.test", "allowed_updates": ["message"]},
                ["The webhook does not send business_message, channel_post"],
            ),
            (
                {"telegram_webhook_secret": SecretStr(SECRET)},
                {"url": "https://x.test", "last_error_date": 1780000000, "pending_update_count": 4},
                ["Telegram could not deliver; 4 updates wait"],
            ),
        ],
    )
    def test_a_probe_says_who_we_are_and_what_is_missing(
        self, fake: FakeTelegram, given: dict[str, Any], webhook: dict[str, Any], missing: list[str]
    ) -> None:
        fake.webhook |= webhook

        found = TELEGRAM.probe(settings(**given), tools(fake))

        assert found.account == f"@{BOT}"
        assert len(found.missing) == len(missing)
        assert all(one.startswith(begin) for one, begin in zip(found.missing, missing, strict=True))
