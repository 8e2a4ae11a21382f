"""Our tickets as conversations of an API inbox of Chatwoot; every word in them a private note."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import httpx

from connectors.desks.chatwoot import records
from connectors.desks.chatwoot.client import ChatwootClient
from connectors.desks.chatwoot.wire import EARSHOT_ID, EARSHOT_TODO, ChatwootConversation
from connectors.desks.mapping import DeskWords
from connectors.desks.names import safe_id
from connectors.desks.since import Listed, standings_since
from connectors.quota import Quota
from models import Comment, Receipt, StandingPage, Ticket, TicketUpdate
from models.errors import (
    EarshotError,
    PermanentError,
    RetryableError,
    SetupError,
    UnknownOutcomeError,
)

MOST_PAGES = 400
"""Of messages in one conversation, and of conversations in one look at what changed."""
ALL_AT_ONCE = 1_000_000


class ChatwootDesk:
    """A `Desk`."""

    name = "chatwoot"

    def __init__(
        self,
        url: str,
        account_id: int,
        inbox_id: int,
        token: str,
        *,
        words: DeskWords | None = None,
        quota: Quota | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._at = f"{url.rstrip('/')}/app/accounts/{account_id}/conversations"
        self._inbox_id = inbox_id
        self._words = words or DeskWords(records.PRIORITIES)
        self._now = now
        self._client = ChatwootClient(
            url, account_id, token, quota=quota, timeout_seconds=timeout_seconds, transport=transport, sleep=sleep
        )

    def check(self) -> None:
        try:
            inbox = self._client.inbox(self._inbox_id)
        except PermanentError as error:
            raise SetupError(
                f"chatwoot: no inbox {self._inbox_id} for this token: set EARSHOT_CHATWOOT_INBOX_ID to the number in"
                " the inbox's address, and make the token's agent one of its collaborators"
            ) from error
        if inbox.channel_type != "Channel::Api":
            raise SetupError(f"chatwoot: inbox {self._inbox_id} is a {inbox.channel_type}; make one of the kind API")
        attributes = {each.attribute_key: each for each in self._client.conversation_attributes()}
        if EARSHOT_ID not in attributes:
            raise SetupError(
                f"chatwoot: there is no conversation attribute {EARSHOT_ID!r}, and no ticket could be found again:"
                " create it (Settings, Custom Attributes, applies to Conversation, type Text)"
            )
        kind = attributes[EARSHOT_ID].attribute_display_type
        if kind != "text":
            raise SetupError(f"chatwoot: the attribute {EARSHOT_ID!r} is of type {kind}; it has to be Text")

    def find_ticket(self, external_id: str) -> Receipt | None:
        found = self._find(external_id)
        return None if found is None else self._receipt(found.id, found=True)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        contact_id = self._contact(ticket)
        team_id = self._team_id(ticket.team)
        labels = records.labels(self._words.tags(ticket.tags))
        todo = records.todo(self._words.priority(ticket.priority), labels)
        made = self._client.create_conversation(
            records.conversation(ticket, inbox_id=self._inbox_id, contact_id=contact_id, team_id=team_id, todo=todo)
        )
        try:
            self._finish(made.id, todo, made.custom_attributes)
        except EarshotError as error:
            raise UnknownOutcomeError(
                f"chatwoot: conversation {made.id} was made, and not yet given its priority and labels; that is done"
                f" when it is looked up ({error})"
            ) from error
        return self._receipt(made.id)

    def find_comment(self, comment: Comment) -> Receipt | None:
        found = self._find(comment.external_id)
        if found is None:
            return None
        message = self._find_note(found.id, records.note_mark(comment))
        return None if message is None else self._note_receipt(found.id, message, found=True)

    def add_comment(self, comment: Comment) -> Receipt:
        found = self._there(comment.external_id, "add a note to")
        return self._note_receipt(found.id, self._client.create_private_message(found.id, records.note(comment)))

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        found = self._there(update.external_id, "change")
        if update.priority is not None:
            self._client.set_priority(found.id, self._words.priority(update.priority))
        if update.team is not None and (team_id := self._team_id(update.team)) is not None:
            self._client.assign_team(found.id, team_id)
        if update.add_tags:
            self._add_labels(found.id, records.labels(self._words.tags(update.add_tags)))
        if update.status is not None and found.status != records.STATUSES[update.status]:
            self._client.set_status(found.id, records.STATUSES[update.status])
        return self._receipt(found.id, found=True)

    def standings(self, cursor: str | None) -> StandingPage:
        return standings_since(self._changed_since, cursor, now=self._now(), page_size=ALL_AT_ONCE)

    def _changed_since(self, since: datetime, page: int) -> Sequence[Listed]:
        """All of it at once. Chatwoot lists the last active first, so a conversation that moves comes twice."""
        found: dict[int, ChatwootConversation] = {}
        for number in range(1, MOST_PAGES + 1):
            listed = self._client.conversations(self._inbox_id, number)
            recent = [each for each in listed if each.active_at >= since.timestamp()]
            found |= {each.id: each for each in recent if each.id not in found}
            if len(recent) < len(listed) or not listed:
                break
        else:
            raise PermanentError(f"chatwoot: over {MOST_PAGES} pages of conversations changed since {since}")
        lines = [
            Listed(str(each.id), datetime.fromtimestamp(each.changed_at, UTC), records.standing(each))
            for each in found.values()
        ]
        return sorted(lines, key=lambda line: line.changed_at)

    def _find(self, external_id: str) -> ChatwootConversation | None:
        """The oldest; Chatwoot compares without regard to case, so the exact one is picked here."""
        wanted = safe_id(external_id)
        all_found = [each for each in self._client.conversations_with(wanted) if each.earshot_id == wanted]
        found = min(all_found, key=lambda each: each.id, default=None)
        if found is not None and found.todo:
            self._finish(found.id, found.todo, found.custom_attributes)
        return found

    def _there(self, external_id: str, what: str) -> ChatwootConversation:
        found = self._find(external_id)
        if found is None:
            raise RetryableError(f"chatwoot: no ticket {external_id!r} yet to {what}")
        return found

    def _contact(self, ticket: Ticket) -> int:
        identifier, name = records.contact(ticket)
        found = self._client.find_contact(identifier)
        if found is not None:
            return found
        try:
            return self._client.create_contact(inbox_id=self._inbox_id, identifier=identifier, name=name)
        except UnknownOutcomeError as error:
            # Of the ticket nothing was made yet; the next try finds the contact.
            raise RetryableError(f"chatwoot: the contact was perhaps made, the ticket not ({error})") from error
        except PermanentError:
            found = self._client.find_contact(identifier)  # somebody else was faster
            if found is None:
                raise
            return found

    def _team_id(self, team: str) -> int | None:
        """Chatwoot keeps the names of teams in small letters."""
        wanted = team.strip().casefold()
        return next((each.id for each in self._client.teams() if each.name.strip().casefold() == wanted), None)

    def _finish(self, id: int, todo: str, attributes: Mapping[str, object]) -> None:
        """What Chatwoot does not take together with the conversation; kept there until it is done."""
        priority, *labels = todo.split(" ")
        self._client.set_priority(id, priority)
        self._add_labels(id, labels)
        self._client.set_attributes(id, {**attributes, EARSHOT_TODO: ""})

    def _add_labels(self, id: int, labels: Sequence[str]) -> None:
        together = records.merged(self._client.labels(id), labels)
        if together is not None:
            self._client.set_labels(id, together)

    def _find_note(self, conversation: int, mark: str) -> int | None:
        before: int | None = None
        for _ in range(MOST_PAGES):
            shown = self._client.messages(conversation, before=before)
            for message in shown:
                if message.private and (message.content or "").rstrip().endswith(mark):
                    return message.id
            if not shown:
                return None
            before = min(message.id for message in shown)
        raise PermanentError(f"chatwoot: conversation {conversation} has too many messages; look at it by hand")

    def _receipt(self, id: int, *, found: bool = False) -> Receipt:
        return Receipt(reference=str(id), url=f"{self._at}/{id}", found=found)

    def _note_receipt(self, conversation: int, message: int, *, found: bool = False) -> Receipt:
        return Receipt(reference=str(message), url=f"{self._at}/{conversation}?messageId={message}", found=found)
