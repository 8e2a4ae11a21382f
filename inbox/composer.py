"""The reply composer: which message is answered, how, within which limits, and what still keeps it from being sent."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from inbox.errors import bad_form
from inbox.public_reply import Guarded
from inbox.saved_replies import FALLBACK_LANGUAGE, SavedReply, filled, ranked, unfilled
from inbox.visit import Visit
from models import MayReply, Mention, Verdict
from models.errors import EarshotError
from store.cases import StoredCase
from store.mentions import StoredMention

FORM_KEY = re.compile(r"[0-9a-f]{32}")
EXCERPT_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Composer:
    mention_id: str
    answers_who: str
    answers_what: str
    is_message_private: bool
    is_private: bool
    may: MayReply
    text: str
    form_key: str
    """The same form sent twice carries the same key, so it is sent once."""
    saved: list[SavedReply]
    language: str
    fault: str | None = None
    asks_anyway: bool = False
    """Somebody answered this message already: the person has to say that it shall be sent all the same."""
    guarded: Guarded | None = None
    """What a public reply would give away; None for a private one."""
    tips_off: tuple[str, ...] = ()
    """Words that nobody may send to anybody."""
    wrong_account: str | None = None
    """Why this is no account to answer this complaint from."""


def composer_for(visit: Visit, case: StoredCase, mentions: Sequence[StoredMention]) -> Composer | None:
    """A fresh one for the message asked for, else for the author's newest; None where nobody may write here."""
    if not visit.may_act or not mentions:
        return None
    wanted = visit.query("reply_to")
    theirs = [item for item in mentions if item.author_key == case.author_key]
    item = next((item for item in mentions if item.mention.id == wanted), (theirs or mentions)[-1])
    return build(visit, case, item, text="", is_private=item.mention.is_private, form_key=secrets.token_hex(16))


def build(
    visit: Visit, case: StoredCase, item: StoredMention, *, text: str, is_private: bool, form_key: str
) -> Composer:
    mention = item.mention
    return Composer(
        mention_id=mention.id,
        answers_who=who(mention),
        answers_what=" ".join(mention.text[: EXCERPT_CHARACTERS * 2].split())[:EXCERPT_CHARACTERS],
        is_message_private=mention.is_private,
        is_private=is_private,
        may=may_reply(visit, mention),
        text=text,
        form_key=form_key,
        saved=ranked(visit.inbox.saved_replies, label=case.decision.label, tags=case.decision.tags),
        language=mention.lang or FALLBACK_LANGUAGE,
    )


def may_reply(visit: Visit, mention: Mention) -> MayReply:
    """What the channel says; a channel that cannot be opened says no, with its own reason."""
    try:
        return visit.inbox.channel(mention.channel).may_reply(mention)
    except EarshotError as error:
        return MayReply(allowed=False, reason=str(error))


def who(mention: Mention) -> str:
    return (mention.author.handle or mention.author.name or mention.author.id) if mention.author else "unknown author"


def sent_form_key(visit: Visit) -> str:
    """Raises: RefusedError where it is none of ours."""
    key = visit.field("form_key")
    if not FORM_KEY.fullmatch(key):
        raise bad_form("its key is not one of ours")
    return key


def with_saved(visit: Visit, case: StoredCase, composer_text: str, key: str, verdict: Verdict | None, lang: str) -> str:
    """The draft with the saved reply after it, in the language of the message, with what we know filled in."""
    found = next((reply for reply in visit.inbox.saved_replies if reply.key == key), None)
    if found is None:
        return composer_text
    language = verdict.lang if verdict else lang
    known = {"firm": visit.inbox.settings.firm_name, "reference": case.complaint_id or ""}
    text = filled(found.text(language), known)
    return f"{composer_text.rstrip()}\n\n{text}" if composer_text.strip() else text


def fault_of(composer: Composer) -> str | None:
    """Why this text cannot be sent as it is, or None."""
    text, may = composer.text, composer.may
    if not may.allowed:
        return f"This message cannot be answered from here: {may.reason or 'the channel does not allow it'}."
    if not text.strip():
        return "The reply is empty."
    left = unfilled(text)
    if left:
        return f"Fill in {', '.join(left)} before sending."
    if may.max_characters is not None and len(text) > may.max_characters:
        return f"The reply has {len(text):,} characters; this channel takes {may.max_characters:,}."
    if composer.is_message_private and not composer.is_private:
        return "A private message is answered privately."
    if composer.is_private and not may.takes_private:
        return "The author cannot be answered privately from here."
    if composer.tips_off:
        said = ", ".join(f"“{words}”" for words in composer.tips_off)
        return f"Nobody is told of a suspicious-matter report or of such an investigation (RG 271.55): take out {said}."
    return composer.wrong_account or _gives_away(composer.guarded)


def _gives_away(guarded: Guarded | None) -> str | None:
    if guarded is None or not guarded.blocks:
        return None
    kinds = ", ".join(kind.replace("_", " ") for kind in guarded.kinds)
    return f"Everybody can read this reply, and it would give the person away: {kinds}. It was not sent."
