"""Working on a case together: being there, drafts, hand-over and taking over, advice, links, and who was called."""

from collections.abc import Callable

from starlette.responses import JSONResponse, Response, StreamingResponse

from flow import teamwork
from inbox import wording
from inbox.composer import FORM_KEY, sent_form_key
from inbox.errors import RefusedError, bad_form, not_found
from inbox.languages import _, read_in
from inbox.pages.actions import LONGEST_NOTE_CHARACTERS
from inbox.presence import Others, others_of
from inbox.together import opened_at, told
from inbox.visit import Visit
from store.accounts import User
from store.cases import StoredCase
from store.drafts import Draft, DraftKind
from store.store import Transaction

CALLS_SHOWN = 100
LONGEST_DRAFT_CHARACTERS = 100_000
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
    user = _me(visit)
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


def _me(visit: Visit) -> User:
    if visit.user is None:
        raise RefusedError(401, _("You are not logged in"), _("Nothing was changed. Log in and try again."))
    return visit.user


def keep_draft(visit: Visit) -> Response:
    """What was typed so far. A form that was sent meanwhile keeps none."""
    kind, mention_id = visit.field("kind"), visit.form.get("mention_id", "")
    text = visit.field("text").replace("\r\n", "\n")
    if kind not in set(DraftKind) or len(text) > LONGEST_DRAFT_CHARACTERS:
        raise bad_form(_("this is no draft"))
    if bool(mention_id) != (kind == DraftKind.REPLY):
        raise bad_form(_("a reply answers a message, a note does not"))
    draft = Draft(
        DraftKind(kind),
        mention_id,
        text if text.strip() else "",
        visit.form.get("audience") == "private",
        sent_form_key(visit),
        visit.number_field("step"),
        visit.now,
    )
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id(), is_merged_too=True)
        if mention_id:  # of a page that was opened before its case was merged: the draft goes where the message went
            case = visit.open_case(transaction, transaction.merges.living(case.id))
            if visit.open_mention(transaction, mention_id).case_id != case.id:
                raise not_found(_("message with this id in this case"))
        is_sent = _was_sent(transaction, case.id, draft.form_key)
        stands = None if is_sent else transaction.drafts.keep(_me(visit).id, case.id, draft)
    return JSONResponse({"kept": stands == draft.step, "sent": is_sent, "step": stands})


def own_drafts(visit: Visit) -> Response:
    """One's own alone: nobody's else are ever read by anybody."""
    with visit.inbox.store.reading() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        found = transaction.drafts.of(_me(visit).id, case.id)
        is_sent = _was_sent(transaction, case.id, visit.query("key"))
    drafts = [
        {"kind": draft.kind.value, "mention_id": draft.mention_id, "text": draft.text, "is_private": draft.is_private}
        for draft in found
    ]
    return JSONResponse({"drafts": drafts, "sent": is_sent})


def _was_sent(transaction: Transaction, case_id: int, form_key: str) -> bool:
    keys = (
        f"reply_queued:{form_key}",
        f"approval_asked:{form_key}",
        f"noted:{case_id}:{form_key}",
    )
    return any(transaction.events.is_recorded(key) for key in keys)


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
        found = transaction.callouts.of(_me(visit).id, limit=CALLS_SHOWN)
    return visit.page("called.html", {"calls": found})


def call_opened(visit: Visit) -> Response:
    """For who does without scripts: an opened case says so by itself."""
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id(), is_merged_too=True)
        transaction.callouts.opened(_me(visit).id, case.id, now=visit.now)
    return visit.go("/called", notice="saved")
