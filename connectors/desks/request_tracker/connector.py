"""Request Tracker, as the registry knows it."""

from connectors.base import Desk
from connectors.connector import DeskConnector, Need, Tools, needed
from connectors.desks.mapping import DeskWords
from connectors.desks.request_tracker.desk import RequestTrackerDesk
from connectors.desks.request_tracker.payload import PRIORITY_WORDS
from settings import Settings


def _open(settings: Settings, tools: Tools) -> Desk:
    return RequestTrackerDesk(
        needed(settings, "request_tracker_url", "EARSHOT_DESK=request_tracker"),
        needed(settings, "request_tracker_token", "EARSHOT_DESK=request_tracker"),
        settings.request_tracker_queue,
        requestor_domain=settings.request_tracker_requestor_domain,
        words=DeskWords.of(settings, PRIORITY_WORDS),
        transport=tools.transport,
        sleep=tools.sleep,
        now=tools.now,
    )


REQUEST_TRACKER = DeskConnector(
    name="request_tracker",
    title="Request Tracker 5",
    needs=(
        Need("request_tracker_url", "The address of RT, e.g. https://rt.example.com."),
        Need("request_tracker_token", "An auth token: RT, logged in as the user, Settings, Auth Tokens."),
        Need("request_tracker_queue", "The queue for the tickets.", is_required=False),
    ),
    open=_open,
)
