"""The weekly report by e-mail: of the week before, once to each address, when its hour came.

A row is written before the first try. What certainly was not sent is tried again; what may have been sent is not.
After a pause only the latest report goes out.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from connectors.mailbox.connector import report_sender
from connectors.mailbox.sender import MailSender
from flow.figures import Choice, Rules, escalation_chart, figures_of
from measure.periods import Period, week_of
from models.errors import AccessError, EarshotError, RetryableError, SetupError, UnknownOutcomeError
from policy.loading import Policy
from reports.page import as_html
from reports.pdf import as_pdf
from reports.weekly import Weekly, as_text, weekly_report
from settings import Settings
from store.sent_reports import ReportState
from store.store import Store, Transaction
from triage.working_time import working_time_of

logger = logging.getLogger(__name__)

NAME = "handling"
RETRY_AFTER = timedelta(minutes=15)
MOST_AGE = timedelta(days=6)
"""A report that could not be sent for so long is not sent any more: the next one is near."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Mail:
    text: str
    html: bytes
    pdf: bytes
    subject: str


def week_due(settings: Settings, zone: ZoneInfo, *, now: datetime) -> Period | None:
    """The week to report on: that before the one in which the hour of sending came last. None where it is long ago."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    due = _due_at(monday, settings, zone)
    if now < due:
        monday -= timedelta(weeks=1)
        due = _due_at(monday, settings, zone)
    return week_of(monday - timedelta(days=1)) if now - due < MOST_AGE else None


def _due_at(monday: date, settings: Settings, zone: ZoneInfo) -> datetime:
    day = monday + timedelta(days=DAYS.index(settings.report_weekday))
    return datetime.combine(day, time(settings.report_hour), zone)


def send_due(
    store: Store, policy: Policy, settings: Settings, *, now: datetime, sender: MailSender | None = None
) -> int:
    """Sends the report that is due to whoever did not get it yet; gives how many mails went out."""
    period = week_due(settings, policy.zone, now=now) if settings.report_to else None
    if period is None:
        return 0
    waiting = _waiting(store, settings, period, now=now)
    if not waiting:
        return 0
    try:
        sender = sender or report_sender(settings)
    except SetupError as error:
        logger.error("weekly report: %s", error)
        return 0
    with store.reading() as transaction:
        mail = compose(transaction, policy, settings, period, now=now)
    return sum(_send(store, sender, settings, mail, period, address, now=now) for address in waiting)


def _waiting(store: Store, settings: Settings, period: Period, *, now: datetime) -> list[str]:
    """Addresses for which nothing was begun, or whose last try certainly failed a while ago."""
    with store.reading() as transaction:
        known = transaction.sent_reports.of_week(NAME, period.name)
    found = []
    for address in sorted(settings.report_to):
        row = known.get(_digest(address))
        if row is None or (row.state is ReportState.FAILED and row.began_at < now - RETRY_AFTER):
            found.append(address)
    return found


def compose(transaction: Transaction, policy: Policy, settings: Settings, period: Period, *, now: datetime) -> Mail:
    """The report of that week as it is known now."""
    rules = Rules(policy.zone, working_time_of(policy).between, settings.handling_cap, settings.handling_rate)
    figures, _ = figures_of(transaction, Choice(period), rules, now=now)
    before, _ = figures_of(transaction, Choice(period.before()), rules, now=now)
    weeks = escalation_chart(transaction, Choice(period), policy.zone, now=now)["", ""]
    made = weekly_report(
        Weekly(
            firm=settings.firm_name,
            zone=policy.zone.key,
            period=period,
            made_at=now.astimezone(policy.zone),
            figures=figures,
            before=before,
            weeks=weeks,
            currency=settings.handling_currency,
        )
    )
    subject = f"{settings.firm_name}: how cases were handled, {period.name}"
    return Mail(as_text(made), as_html(made), as_pdf(made), subject)


def _send(
    store: Store, sender: MailSender, settings: Settings, mail: Mail, period: Period, address: str, *, now: datetime
) -> bool:
    who = _digest(address)
    with store.writing() as transaction:
        is_ours = transaction.sent_reports.claim(NAME, period.name, who, now=now, retry_before=now - RETRY_AFTER)
    if not is_ours:
        return False
    state, fault = ReportState.SENT, None
    try:
        message = letter(settings, mail, period, address, now=now)
        sender.send(message, sender=str(settings.mailbox_address), to=address)
    except UnknownOutcomeError as error:
        logger.warning("weekly report %s: %s; it is not sent again", period.name, error)
        return False
    except EarshotError as error:
        is_passing = isinstance(error, RetryableError | AccessError)
        state, fault = (ReportState.FAILED if is_passing else ReportState.REFUSED), str(error)
        logger.warning("weekly report %s: %s", period.name, error)
    with store.writing() as transaction:
        transaction.sent_reports.end(NAME, period.name, who, state, now=now, error=fault)
    return state is ReportState.SENT


def letter(settings: Settings, mail: Mail, period: Period, address: str, *, now: datetime) -> EmailMessage:
    """To one address; its Message-ID is the same whenever it is written."""
    ours = str(settings.mailbox_address)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = ours, address, " ".join(mail.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<report-{NAME}-{period.name}-{_digest(address)[:24]}@{ours.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html.decode(), subtype="html")
    message.add_attachment(mail.pdf, maintype="application", subtype="pdf", filename=f"figures_{period.name}.pdf")
    return message


def states_of(store: Store, settings: Settings, period: Period) -> Sequence[ReportState]:
    """Of what was begun for the addresses of today."""
    ours = {_digest(address) for address in settings.report_to}
    with store.reading() as transaction:
        known = transaction.sent_reports.of_week(NAME, period.name)
    return [row.state for who, row in sorted(known.items()) if who in ours]


def _digest(address: str) -> str:
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()
