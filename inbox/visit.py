"""What a page is given: who asks, for what, and the inbox it belongs to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from connectors.base import Channel
from connectors.single_sign_on import SingleSignOn
from flow.promises import House as PromiseHouse
from inbox.errors import bad_form, merged_away, not_found, not_logged_in
from inbox.keys import PREFERENCE, Keys, keys_of
from inbox.languages import Reading, _
from inbox.lists import kept_list
from inbox.locks import Throttle
from inbox.passwords import Passwords
from inbox.presence import Watch
from inbox.rendering import Pages
from inbox.roles import ACTING, Role, role_of
from inbox.troubles import TroubleLine, trouble_lines
from inbox.urls import Urls
from models import CaseState
from models.account import Stage
from models.errors import RetryableError
from models.saved_reply import Macro, SavedReply
from policy.approval_rules import ApprovalRules
from policy.loading import Policy
from policy.notices import Notices
from policy.public_replies import PublicReplyRules
from policy.retention import Retention
from settings import Settings
from store.accounts import Session, User
from store.cases import StaleCaseError, StoredCase
from store.crises import Crisis
from store.mentions import StoredMention
from store.queue import Lane, QueueDownError, Queues
from store.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class Inbox:
    """Everything the pages share."""

    settings: Settings
    store: Store
    queues: Queues
    channel: Callable[[str], Channel]
    """The channel that answers mentions of this name."""
    clock: Callable[[], datetime]
    urls: Urls
    pages: Pages
    passwords: Passwords
    saved_replies: tuple[SavedReply, ...]
    """Those that are shipped; people keep theirs in the database."""
    notices: Notices
    reply_rules: PublicReplyRules
    approval_rules: ApprovalRules
    promises: PromiseHouse
    """By what promises to customers are read and reminded of."""
    published_contacts: tuple[str, ...]
    """Ours and those of the dispute scheme: they may stand in public."""
    policy: Policy
    retention: Retention
    watch: Watch
    """Tells open pages who else is at a case."""
    throttle: Throttle
    """Of wrong tries, for all processes."""
    sign_on: SingleSignOn | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that passed the gate."""

    inbox: Inbox
    request: Request
    now: datetime
    form_token: str
    """Every form carries it back."""
    user: User | None = None
    """Who is wholly logged in."""
    session: Session | None = None
    """Also of who is not yet; then `user` is None, and `stage` says what is missing."""
    stage: Stage | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    calls: int = 0
    """How often this person was called to a case that they did not open since."""
    approvals: int = 0
    """How many replies wait for approval: those that this person may decide on, or else their own."""
    crises: Sequence[Crisis] = ()
    """Those that run; every page says so."""
    preferences: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """What they chose, by name."""
    reading: Reading = field(default_factory=Reading)
    """The language and the zone that they read in."""

    @property
    def address(self) -> str:
        return address_of(self.request)

    @property
    def person(self) -> str:
        """Name of who asks; a page behind the gate always has one."""
        return self.user.name if self.user is not None else ""

    @property
    def me(self) -> User:
        """Raises: RefusedError (401) where nobody is logged in."""
        if self.user is None:
            raise not_logged_in()
        return self.user

    @property
    def role(self) -> Role:
        return role_of(self.user.role) if self.user else Role.AUDITOR

    @property
    def may_act(self) -> bool:
        return self.user is not None and self.role in ACTING

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)

    def query_number(self, name: str, default: int) -> int:
        given = self.query(name)
        return int(given) if given.isascii() and given.isdigit() and len(given) < 14 else default

    def query_day(self, name: str) -> date | None:
        """Raises: RefusedError where it is given and no date."""
        given = self.query(name)
        try:
            return date.fromisoformat(given) if given else None
        except ValueError:
            raise bad_form(_("%(given)s is no date; write it as 2026-11-30", given=given[:20])) from None

    def query_period(self) -> tuple[datetime | None, datetime | None]:
        """`from` and `to`, both days included, as instants [since, until) by the firm's midnight.

        Raises: RefusedError.
        """
        first, last = self.query_day("from"), self.query_day("to")
        if first and last and last < first:
            raise bad_form(_("the time from %(first)s to %(last)s ends before it starts", first=first, last=last))
        midnight = partial(datetime.combine, time=time.min, tzinfo=self.inbox.policy.zone)
        since = midnight(first).astimezone(UTC) if first else None
        until = midnight(last + timedelta(days=1)).astimezone(UTC) if last else None
        return since, until

    def field(self, name: str) -> str:
        """Raises: RefusedError where the form lacks it."""
        if name not in self.form:
            raise bad_form(_("the field %(name)s is missing", name=name))
        return self.form[name]

    def number_field(self, name: str) -> int:
        given = self.field(name)
        if not (given.isascii() and given.isdigit() and len(given) < 14):
            raise bad_form(_("the field %(name)s is no number", name=name))
        return int(given)

    def path_id(self) -> int:
        given = str(self.request.path_params["id"])
        if not (given.isascii() and given.isdigit() and len(given) < 14):
            raise not_found(_("page %(path)s", path=self.request.url.path))
        return int(given)

    def open_case(self, transaction: Transaction, case_id: int, *, is_merged_too: bool = False) -> StoredCase:
        """The only way a page gets a case. Raises: RefusedError (404; 409 for an act on one that was merged away)."""
        case = transaction.cases.get(case_id)
        if case is None:
            raise not_found(_("case %(case_id)s", case_id=case_id))
        if case.state is CaseState.MERGED and self.request.method == "POST" and not is_merged_too:
            raise merged_away(case_id, transaction.merges.living(case_id))
        return case

    def open_as_shown(self, transaction: Transaction, case_id: int) -> StoredCase:
        """Locked, at the version that the form was made for. Raises: RefusedError; StaleCaseError where it changed."""
        transaction.merges.lock([case_id])
        case = self.open_case(transaction, case_id)
        if case.version != self.number_field("version"):
            raise StaleCaseError(f"case {case_id} was changed meanwhile; nothing was done: look at it again")
        return case

    def open_mention(self, transaction: Transaction, mention_id: str) -> StoredMention:
        """The only way a page gets a message. Raises: RefusedError (404)."""
        found = transaction.mentions.get([mention_id])
        if not found:
            raise not_found(_("message with this id"))
        return found[0]

    def page(self, template: str, context: Mapping[str, object], *, status: int = 200) -> Response:
        return self.inbox.pages.answer(template, self._common() | dict(context), status=status)

    def _common(self) -> dict[str, object]:
        return {
            "user": self.user,
            "role": self.role,
            "may_act": self.may_act,
            "form_token": self.form_token,
            "calls_waiting": self.calls,
            "approvals_waiting": self.approvals,
            "crises_running": self.crises,
            "troubles": self._troubles(),
            "sandbox": self.inbox.settings.is_sandbox,
            "now": self.now,
            "path": self.request.url.path,
            "notice": self.query("notice"),
            "keys_map": lambda: self.inbox.pages.keys_map(self.key_map(), self.role),
        }

    def _troubles(self) -> Sequence[TroubleLine]:
        """Said to who works here; a stranger learns nothing of it."""
        if self.user is None:
            return ()
        return trouble_lines(self.inbox.store, self.inbox.queues, now=self.now)

    def key_map(self) -> Keys:
        """The person's own; as shipped where the database does not answer, for an error page has keys, too."""
        macros: Sequence[Macro] = ()
        if self.user is not None:
            try:
                with self.inbox.store.reading() as transaction:
                    macros = transaction.saved_replies.macros()
            except RetryableError:
                macros = ()
        return keys_of(self.preferences.get(PREFERENCE, {}), self.role, macros)

    def go(self, path: str, *, notice: str | None = None, anchor: str = "", **query: str) -> Response:
        """After an action: back to a page, so that reloading repeats nothing. A case keeps its list beside it."""
        query = kept_list(self.request, path) | query
        return RedirectResponse(self.inbox.urls(path, notice=notice, **query) + anchor, status_code=303)

    def enqueue(self, job: str, argument: object, *, lane: Lane, done: str) -> str:
        """After the commit. Gives the notice to show: `done`, or that it comes later, for `sweep` finds it."""
        try:
            self.inbox.queues.enqueue(job, argument, lane=lane, at_front=lane is Lane.JUDGE)
        except QueueDownError:
            return "later"
        return done


def address_of(request: Request) -> str:
    """Where it comes from, as far as proxies are believed; kept nowhere."""
    return request.client.host if request.client is not None else ""
