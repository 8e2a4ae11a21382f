"""Putting a case off and bringing it back."""

from starlette.responses import Response

from flow import snoozing
from flow.named import RefusedError as NotNowError
from flow.teamwork import By
from inbox import wording
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, bad_form
from inbox.languages import _
from inbox.pages.actions import LONGEST_NOTE_CHARACTERS
from inbox.snoozing import chosen_time
from inbox.visit import Visit


def put_off(visit: Visit) -> Response:
    name, typed = visit.field("when"), visit.form.get("at", "")
    note = visit.form.get("note", "").replace("\r\n", "\n").strip()
    version, by = visit.number_field("version"), By(visit.person, visit.now, sent_form_key(visit))
    if name != "at" and typed.strip():
        raise bad_form(_("it gives a preset and a time of your own: choose “At a time of your own”, or empty the time"))
    until = chosen_time(name, typed, visit)
    if until is None:
        raise bad_form(_("it does not say until when: choose one of the times, or type a date and a time"))
    if len(note) > LONGEST_NOTE_CHARACTERS:
        raise bad_form(
            _(
                "a note has at most %(longest_note_characters)s characters",
                longest_note_characters=wording.whole(LONGEST_NOTE_CHARACTERS),
            )
        )
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        try:
            snoozing.put_off(transaction, case, until, note, by, version=version)
        except NotNowError as error:
            raise RefusedError(
                409, _("This case is not put off"), _("Nothing was changed: %(in_words)s", in_words=in_words(error))
            ) from error
    return visit.go(f"/cases/{case.id}", notice="snoozed")


def wake(visit: Visit) -> Response:
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        was_put_off = snoozing.end(transaction, case, by)
    return visit.go(f"/cases/{case.id}", notice="woken" if was_put_off else "awake")
