"""Why a text cannot be sent as it is."""

from inbox import wording
from inbox.answer import CHECKS
from inbox.composer import LONGEST_NOTE_CHARACTERS, Composer
from inbox.crisis_freeze import why_frozen
from inbox.languages import _
from inbox.public_reply import Guarded
from inbox.saved_replies import is_still
from inbox.status_link import MARK
from models.saved_reply import Audience


def fault_of(composer: Composer) -> str | None:
    """Why this text cannot be sent as it is, or None."""
    return _fault_of_note(composer) if composer.is_note else _fault_of_reply(composer)


def _fault_of_note(composer: Composer) -> str | None:
    if not composer.text.strip():
        return _("The note is empty.")
    if len(composer.text) > LONGEST_NOTE_CHARACTERS:
        return _(
            "The note has %(count)s characters; at most %(longest_note_characters)s are kept.",
            count=wording.whole(len(composer.text)),
            longest_note_characters=wording.whole(LONGEST_NOTE_CHARACTERS),
        )
    return None


def _fault_of_reply(composer: Composer) -> str | None:
    text, may = composer.text, composer.may
    mode = next(one for one in composer.modes if one.code == composer.mode)
    if composer.is_message_private and not composer.is_private:
        return _("A private message is answered privately.")
    if mode.why_not:
        return _("This message cannot be answered from here: %(why_not)s", why_not=mode.why_not)
    if not text.strip():
        return _("The reply is empty.")
    if MARK in text and (composer.no_link or not composer.is_private):
        return composer.no_link or _("A status link goes in private only: whoever has it can open it.")
    if composer.to_fill:
        return _("Fill in %(to_fill)s before sending.", to_fill=", ".join(composer.to_fill))
    if may.max_characters is not None and composer.length > may.max_characters:
        return _(
            "The reply has %(length)s characters; this channel takes %(max_characters)s.",
            length=wording.whole(composer.length),
            max_characters=wording.whole(may.max_characters),
        )
    if composer.tips_off:
        said = ", ".join(f"“{words}”" for words in composer.tips_off)
        return _(
            "Nobody is told of a suspicious-matter report or of such an investigation (RG 271.55): take out %(said)s.",
            said=said,
        )
    return composer.wrong_account or _gives_away(composer.guarded) or _misuses_saved(composer) or _unchecked(composer)


def _misuses_saved(composer: Composer) -> str | None:
    used = composer.used
    if used is None or not is_still(composer.text, used):
        return None
    if composer.crisis is not None and not composer.is_used_offered:
        return why_frozen(composer.crisis, used)
    if not composer.is_used_offered:
        return _(
            "The saved reply “%(title)s” is not in use any more. Choose another, or write your own words.",
            title=used.title,
        )
    if used.audience not in (Audience.EITHER, Audience(composer.mode)):
        return _(
            "The saved reply “%(title)s” is for %(value)s replies only.",
            title=used.title,
            value=wording.words(used.audience),
        )
    return None


def _unchecked(composer: Composer) -> str | None:
    if not composer.needs_checks:
        return None
    left = [words.lower() for code, words in CHECKS.items() if code not in composer.checks]
    if not left:
        return None
    return _("Go through the checklist before sending. Said or not needed: %(left)s?", left="; ".join(left))


def _gives_away(guarded: Guarded | None) -> str | None:
    if guarded is None or not guarded.blocks:
        return None
    kinds = ", ".join(map(wording.words, guarded.kinds))
    return _(
        "Everybody can read this reply, and it would give the person away: %(kinds)s. It was not sent.", kinds=kinds
    )
