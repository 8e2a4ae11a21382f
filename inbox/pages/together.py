"""Working on a case together: being there, hand-over and taking over, advice, links, and who was called."""

from collections.abc import Callable

from starlette.responses import Response, StreamingResponse

from flow import teamwork
from inbox import wording
from inbox.composer import FORM_KEY, sent_form_key
from inbox.errors import bad_form
from inbox.languages import _, read_in
from inbox.pages.actions import LONGEST_NOTE_CHARACTERS
from inbox.presence import Others, others_of
from inbox.together import opened_at, told
from inbox.visit import Visit
from store.cases import StoredCase
from store.store import Transaction

CALLS_SHOWN = 100
NOT_SHOWN = {"x-accel-buffering": "no", "cache-control": "no-store"}
"""A proxy must not collect a stream before it hands it on."""


def live(visit: Visit) -> Response:
    """A stream for a browser that can listen; the same words once for one that asks from time to time."""
    with visit.inbox.store.reading() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        present = transaction.presence.of_cases([case.id], now=visit.now).get(case.id, ())
    since = opened_at(visit)
    if "text/event-stream" not in visit.request.headers.get("accept", ""):
        return visit.page("presence.html", told(case.id, others_of(present, (), person=visit.person, since=since)))

    def render(others: Others) -> str:
        with read_in(visit.reading):  # the stream goes on after the gate has answered
            return bytes(visit.page("presence.html", told(case.id, others)).body).decode()

    session = visit.session.digest if visit.session is not None else ""
    stream = visit.inbox.watch.stream(case.id, person=visit.person, since=since, render=render, session=session)
    return StreamingResponse(stream, media_type="text/event-stream", headers=NOT_SHOWN)


def here(visit: Visit) -> Response:
    """A page says that it is open, that somebody types, or that it goes; it is told of the others."""
    state, page, since = visit.field("state"), visit.field("page"), opened_at(visit)
    if state not in ("looking", "writing", "left") or not FORM_KEY.fullmatch(page):
        raise bad_form(_("it does not say who is where"))
    user = visit.me
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id(), is_merged_too=True)
        if state == "left":
            transaction.presence.left(case.id, user.id, page)
        else:
            transaction.presence.here(case.id, user.id, page, is_writing=state == "writing", now=visit.now)
            transaction.callouts.opened(user.id, case.id, now=visit.now)
        present = transaction.presence.of_cases([case.id], now=visit.now).get(case.id, ())
        acts = transaction.presence.acts_since([case.id], since).get(case.id, ())
    return visit.page("presence.html", told(case.id, others_of(present, acts, person=visit.person, since=since)))


def take_over(visit: Visit) -> Response:
    def act(transaction: Transaction, case: StoredCase, by: teamwork.By) -> None:
        teamwork.take_over(transaction, case, by, version=visit.number_field("version"))

    return _act(visit, act, notice="taken_over")


def hand_over(visit: Visit) -> Response:
    to, note = visit.field("to").strip(), _note(visit)

    def act(transaction: Transaction, case: StoredCase, by: teamwork.By) -> None:
        user = transaction.accounts.by_name(to)
        if user is None or user.disabled_at is not None:
            raise bad_form(_("%(to)s is nobody who works here", to=to[:60]))
        if to == case.owner and not transaction.events.is_recorded(f"handed_over:{case.id}:{by.form_key}"):
            raise bad_form(_("%(to)s owns the case already", to=to[:60]))
        teamwork.hand_over(transaction, case, to, note, by, version=visit.number_field("version"))

    return _act(visit, act, notice="handed_over")


def advise(visit: Visit) -> Response:
    note = _note(visit)

    def act(transaction: Transaction, case: StoredCase, by: teamwork.By) -> None:
        if case.owner is None:
            raise bad_form(_("nobody owns this case; write a note instead"))
        teamwork.advise(transaction, case, case.owner, note, by)

    return _act(visit, act, notice="advised")


def link(visit: Visit) -> Response:
    def act(transaction: Transaction, case: StoredCase, by: teamwork.By) -> None:
        teamwork.link(transaction, case, _other(visit, transaction, case), by)

    return _act(visit, act, notice="linked")


def unlink(visit: Visit) -> Response:
    def act(transaction: Transaction, case: StoredCase, by: teamwork.By) -> None:
        teamwork.unlink(transaction, case, _other(visit, transaction, case), by)

    return _act(visit, act, notice="unlinked")


def _other(visit: Visit, transaction: Transaction, case: StoredCase) -> StoredCase:
    number = visit.field("other").strip().lstrip("#")
    if not (number.isascii() and number.isdigit() and len(number) < 14):
        raise bad_form(_("give the number of the other case"))
    if int(number) == case.id:
        raise bad_form(_("a case is not linked with itself"))
    return visit.open_case(transaction, int(number))


def _note(visit: Visit) -> str:
    text = visit.field("text").replace("\r\n", "\n").strip()
    if not text or len(text) > LONGEST_NOTE_CHARACTERS:
        raise bad_form(
            _(
                "a note of 1 to %(longest_note_characters)s characters belongs to it",
                longest_note_characters=wording.whole(LONGEST_NOTE_CHARACTERS),
            )
        )
    return text


def _act(visit: Visit, act: Callable[[Transaction, StoredCase, teamwork.By], None], *, notice: str) -> Response:
    by = teamwork.By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        act(transaction, case, by)
    return visit.go(f"/cases/{case.id}", notice=notice)


def calls(visit: Visit) -> Response:
    """Where somebody called me: what waits first."""
    with visit.inbox.store.reading() as transaction:
        found = transaction.callouts.of(visit.me.id, limit=CALLS_SHOWN)
    return visit.page("called.html", {"calls": found})


def call_opened(visit: Visit) -> Response:
    """For who does without scripts: an opened case says so by itself."""
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id(), is_merged_too=True)
        transaction.callouts.opened(visit.me.id, case.id, now=visit.now)
    return visit.go("/called", notice="saved")
