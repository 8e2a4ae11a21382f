"""The weekly report goes out once to each address, whatever fails, restarts or runs twice."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from pydantic import SecretStr

from connectors.mailbox.sender import MailSender
from flow.weekly_report import NAME, send_due, week_due
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from settings import Settings
from store.sent_reports import ReportState
from store.store import Store
from tests.flow.bench import Bench, message
from tests.servers.dovecot import free_port

SYDNEY = ZoneInfo("Australia/Sydney")
TO = "lead@example.com, board@example.com"
MONDAY = datetime(2026, 6, 8, 8, 0, tzinfo=SYDNEY)
"""8 June 2026 is a public holiday there: the report comes all the same."""


class Sender(MailSender):
    """Keeps what it was given, or raises what it was told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, EmailMessage]] = []
        self.faults: list[Exception] = []

    def send(self, message: EmailMessage, *, sender: str, to: str) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((to, message))


@pytest.fixture
def settings() -> Settings:
    ours = {"mailbox_smtp": "smtp://127.0.0.1:1", "mailbox_user": "us", "mailbox_address": "care@example.com"}
    return Settings.model_validate({"report_to": TO, **ours})


@pytest.fixture
def bench(store: Store) -> Bench:
    bench = Bench(store)
    second = message("how do i log in?", id="2", conversation_id="b")
    bench.read(message("you charged twice, says Mira", id="1"), second)
    bench.drain()
    bench.flow.deliver(bench.answer(1, to="1"))
    return bench


def send(bench: Bench, settings: Settings, sender: Sender, now: datetime = MONDAY) -> int:
    return send_due(bench.store, bench.flow.policy, settings, now=now, sender=sender)


def test_it_is_sent_once_to_each_address_when_its_hour_came(bench: Bench, settings: Settings) -> None:
    sender = Sender()
    assert send(bench, settings, sender, MONDAY - timedelta(minutes=1)) == 0 or sender.sent
    sender.sent.clear()
    assert send(bench, settings, sender) == 2
    assert send(bench, settings, sender, MONDAY + timedelta(days=3)) == 0
    assert sorted(to for to, _ in sender.sent) == ["board@example.com", "lead@example.com"]


def test_the_week_before_is_reported_and_long_after_its_hour_nothing_is(settings: Settings) -> None:
    assert week_due(settings, SYDNEY, now=MONDAY).name == "2026-W23"  # type: ignore[union-attr]
    assert week_due(settings, SYDNEY, now=MONDAY - timedelta(minutes=1)) is None
    assert week_due(settings, SYDNEY, now=MONDAY + timedelta(days=5)).name == "2026-W23"  # type: ignore[union-attr]


def test_the_hour_is_local_across_the_change_of_clocks(settings: Settings) -> None:
    changed = datetime(2026, 10, 4, 21, 0, tzinfo=UTC)  # 8 o'clock on Monday, on the day after the clocks changed
    assert week_due(settings, SYDNEY, now=changed).name == "2026-W40"  # type: ignore[union-attr]
    assert week_due(settings, SYDNEY, now=changed - timedelta(seconds=1)) is None


def test_after_downtime_one_report_comes_and_not_several(bench: Bench, settings: Settings) -> None:
    sender = Sender()
    send(bench, settings, sender)
    assert send(bench, settings, sender, MONDAY + timedelta(weeks=5, hours=3)) == 2
    subjects = {str(mail["Subject"]) for _, mail in sender.sent}
    assert {subject.rpartition(" ")[2] for subject in subjects} == {"2026-W23", "2026-W28"}


@pytest.mark.parametrize("fault", [RetryableError("no answer"), AccessError("refused")])
def test_what_certainly_was_not_sent_is_tried_again(bench: Bench, settings: Settings, fault: Exception) -> None:
    sender = Sender()
    sender.faults = [fault]
    assert send(bench, settings, sender) == 1
    assert send(bench, settings, sender, MONDAY + timedelta(minutes=1)) == 0
    assert send(bench, settings, sender, MONDAY + timedelta(minutes=16)) == 1
    assert len(sender.sent) == len({to for to, _ in sender.sent}) == 2


@pytest.mark.parametrize("fault", [UnknownOutcomeError("no answer came"), PermanentError("no such mailbox")])
def test_what_may_have_been_sent_or_never_will_be_is_not_tried_again(
    bench: Bench, settings: Settings, fault: Exception
) -> None:
    sender = Sender()
    sender.faults = [fault]
    assert send(bench, settings, sender) == 1
    assert send(bench, settings, sender, MONDAY + timedelta(hours=5)) == 0
    with bench.store.reading() as transaction:
        states = {one.state for one in transaction.sent_reports.of_week(NAME, "2026-W23").values()}
    assert ReportState.SENT in states and len(states) == 2


def test_a_process_that_dies_while_it_sends_does_not_send_twice(bench: Bench, settings: Settings) -> None:
    sender = Sender()
    sender.faults = [KeyboardInterrupt()]  # type: ignore[list-item]
    with pytest.raises(KeyboardInterrupt):
        send(bench, settings, sender)
    assert send(bench, settings, sender, MONDAY + timedelta(hours=1)) == 1
    assert len(sender.sent) == 1


def test_two_processes_at_once_send_one(bench: Bench, settings: Settings) -> None:
    sender = Sender()
    threads = [Thread(target=send, args=(bench, settings, sender)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(to for to, _ in sender.sent) == ["board@example.com", "lead@example.com"]


def test_it_holds_text_html_with_charts_and_a_pdf_and_nobody_s_name(bench: Bench, settings: Settings) -> None:
    sender = Sender()
    send(bench, settings, sender)
    _, mail = sender.sent[0]
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    [pdf] = [part.get_content() for part in mail.iter_attachments()]
    assert "Answered the same day: 0.0% of 2" in text  # said before midnight there, answered after it
    assert "<svg" in html and "Of the times a customer began to wait" in html
    assert pdf.startswith(b"%PDF")
    for name in ("mira", "Mira", "agnes", "charged", "u1"):
        assert not re.search(rf"\b{name}\b", text + html)
    assert mail["Auto-Submitted"] == "auto-generated" and "2026-W23" in mail["Message-ID"]


def test_without_recipients_or_a_server_nothing_is_sent_or_raised(bench: Bench) -> None:
    assert send_due(bench.store, bench.flow.policy, Settings(), now=MONDAY) == 0
    alone = Settings.model_validate({"report_to": TO})
    assert send_due(bench.store, bench.flow.policy, alone, now=MONDAY) == 0


class Taker:
    """What a mail server does with a mail."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:  # noqa: N802, its name
        self.taken.append((str(envelope.mail_from), list(envelope.rcpt_tos), envelope.original_content or b""))
        return "250 taken"


def test_a_real_mail_server_takes_it_once_through_the_settings(bench: Bench, settings: Settings) -> None:
    taker = Taker()
    server = Controller(taker, hostname="127.0.0.1", port=free_port(), server_hostname="mx.test")
    server.start()
    try:
        address = {"mailbox_smtp": f"smtp://127.0.0.1:{server.port}", "mailbox_password": SecretStr("secret")}
        ours = settings.model_copy(update=address)
        for minutes in (0, 1, 20):
            send_due(bench.store, bench.flow.policy, ours, now=MONDAY + timedelta(minutes=minutes))
    finally:
        server.stop()
    assert sorted(to for _, [to], _ in taker.taken) == ["board@example.com", "lead@example.com"]
    assert {sender for sender, _, _ in taker.taken} == {"care@example.com"}
    parts = {part.get_content_type() for _, _, raw in taker.taken for part in message_from_bytes(raw).walk()}
    assert {"text/plain", "text/html", "application/pdf"} <= parts
