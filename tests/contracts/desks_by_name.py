"""Every desk the contract is held against: a new one gets its line in `DESKS`, and in `NOT_ASKED` where it must."""

from collections.abc import Callable, Mapping

from connectors.desk_in_memory import DeskFault, DeskInMemory, HeldTicket
from connectors.desks.chatwoot.desk import ChatwootDesk
from connectors.desks.freshdesk.desk import FreshdeskDesk
from connectors.desks.jira_service_management.desk import JiraDesk
from connectors.desks.request_tracker.desk import RequestTrackerDesk
from connectors.desks.slack.desk import SlackDesk
from connectors.desks.webhook.desk import WebhookDesk
from connectors.desks.zammad.desk import ZammadDesk
from connectors.desks.zendesk.desk import ZendeskDesk
from models import TicketStatus
from tests.contracts.desk_harness import EVERY_STATUS, Harness, Held, over_http
from tests.fakes import chatwoot as fake_chatwoot
from tests.fakes import jira as fake_jira
from tests.fakes import slack as fake_slack
from tests.fakes import zammad as fake_zammad
from tests.fakes.freshdesk import KEY as FRESHDESK_KEY
from tests.fakes.freshdesk import ROOT as FRESHDESK
from tests.fakes.freshdesk import FakeFreshdesk
from tests.fakes.request_tracker import ROOT, TOKEN, FakeRequestTracker
from tests.fakes.webhook_receiver import SECRET, FakeReceiver
from tests.fakes.zendesk import EMAIL, FakeZendesk
from tests.fakes.zendesk import ROOT as ZENDESK
from tests.fakes.zendesk import TOKEN as ZENDESK_TOKEN

CHATWOOT_STATUSES = frozenset({TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.SOLVED})
JIRA_STATUSES = EVERY_STATUS - {TicketStatus.NEW}
ZAMMAD_STATUSES = EVERY_STATUS - {TicketStatus.CLOSED}
ZENDESK_STATUSES = EVERY_STATUS - {TicketStatus.NEW, TicketStatus.CLOSED}


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def in_memory():
    desk = DeskInMemory()

    def status(held: HeldTicket):
        said = [change.status for change in desk.changes if change.reference == held.reference]
        return said[-1] if said else TicketStatus.NEW

    def notes(held: HeldTicket):
        return [note.body for note in desk.comments if note.ticket_reference == held.reference]

    def held(id):
        return [
            Held(each.body, notes(each), each.ticket.priority, frozenset(each.ticket.tags), status(each))
            for each in desk.tickets
            if each.ticket.external_id == id
        ]

    return Harness(
        desk,
        lambda: desk.fail_next_effects(DeskFault.AFTER_COMMIT),
        lambda: desk.fail_next_effects(DeskFault.BEFORE),
        held,
        desk.set_status,
    )


def webhook(wire):
    return WebhookDesk("https://desk.test/hook", [SECRET], transport=wire, sleep=no_sleep)


def request_tracker(wire):
    return RequestTrackerDesk(ROOT, TOKEN, "Social", transport=wire, sleep=no_sleep, page_size=3)


def freshdesk(wire):
    return FreshdeskDesk(FRESHDESK, FRESHDESK_KEY, group_id=11, transport=wire, sleep=no_sleep, page_size=3)


def zendesk(wire):
    return ZendeskDesk(ZENDESK, EMAIL, ZENDESK_TOKEN, group_id=1, transport=wire, sleep=no_sleep, page_size=3)


def chatwoot(wire):
    url, account, inbox = fake_chatwoot.URL, fake_chatwoot.ACCOUNT, fake_chatwoot.INBOX
    return ChatwootDesk(url, account, inbox, fake_chatwoot.TOKEN, transport=wire, sleep=no_sleep)


def jira(wire):
    numbers = {"project": "CARE", "service_desk_id": "2", "request_type_id": "31"}
    url, email, token = fake_jira.URL, fake_jira.EMAIL, fake_jira.TOKEN
    return JiraDesk(url, email, token, **numbers, page_size=3, transport=wire, sleep=no_sleep)


def slack(wire):
    return SlackDesk(fake_slack.API, fake_slack.TOKEN, fake_slack.CHANNEL, transport=wire, sleep=no_sleep)


def zammad(wire):
    words, token = fake_zammad.WORDS, fake_zammad.TOKEN
    return ZammadDesk(fake_zammad.URL, token, "Social", words=words, page_size=3, transport=wire, sleep=no_sleep)


DESKS: Mapping[str, Callable[[], Harness]] = {
    "chatwoot": lambda: over_http(
        fake_chatwoot.FakeChatwoot(), chatwoot, statuses=CHATWOOT_STATUSES, is_effect=fake_chatwoot.is_effect
    ),
    "in_memory": in_memory,
    "jira_service_management": lambda: over_http(fake_jira.FakeJira(), jira, statuses=JIRA_STATUSES),
    "freshdesk": lambda: over_http(FakeFreshdesk(), freshdesk, statuses=EVERY_STATUS - {TicketStatus.NEW}),
    "request_tracker": lambda: over_http(FakeRequestTracker(), request_tracker),
    "slack": lambda: over_http(fake_slack.FakeSlack(), slack, is_effect=fake_slack.is_effect),
    "webhook": lambda: over_http(FakeReceiver(), webhook),
    "zammad": lambda: over_http(fake_zammad.FakeZammad(), zammad, statuses=ZAMMAD_STATUSES),
    "zendesk": lambda: over_http(FakeZendesk(), zendesk, statuses=ZENDESK_STATUSES),
}
NOT_ASKED = frozenset({"slack", "webhook"})
"""Desks that cannot be asked for a ticket or a status: a repeat of theirs is harmless, or nobody works in them."""
