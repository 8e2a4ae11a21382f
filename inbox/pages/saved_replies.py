"""The page of saved replies: what is offered to whom, every wording it had, and what is said by hand over and over."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from secrets import token_hex

from starlette.responses import Response

from flow.saved_replies import add as keep
from flow.saved_replies import edit as change
from flow.saved_replies import seed, set_retired
from inbox.complaints.forms import LONGEST_TEXT_CHARACTERS, Sent
from inbox.compliance import in_words, status_of
from inbox.composer import sent_form_key, today
from inbox.errors import bad_form, not_found
from inbox.languages import N_, Sayings, _
from inbox.proposals import LOOKED_AT, LOOKED_BACK, Proposal, proposals
from inbox.roles import MANAGING
from inbox.saved_replies import LANGUAGES, unfilled
from inbox.visit import Visit
from models import Label
from models.errors import RecordError
from models.saved_reply import Audience, SavedReply
from store.store import Transaction

LONGEST_TITLE_CHARACTERS = 80
MOST_TAGS = 20
NEW = "new"
DIGEST = re.compile(r"[0-9a-f]{64}")


def show(visit: Visit) -> Response:
    seed(visit.inbox.store, visit.inbox.saved_replies, now=visit.now)
    return _page(visit)


def add(visit: Visit) -> Response:
    seed(visit.inbox.store, visit.inbox.saved_replies, now=visit.now)
    try:
        reply = _read(visit, f"r-{sent_form_key(visit)}")
        with visit.inbox.store.writing() as transaction:
            keep(transaction, reply, by=visit.person, now=visit.now)
    except RecordError as error:
        return _page(visit, form=NEW, fault=in_words(error), status=status_of(error))
    return visit.go("/replies", notice="saved", anchor=f"#reply-{reply.key}")


def edit(visit: Visit) -> Response:
    key = _key(visit)
    try:
        with visit.inbox.store.writing() as transaction:
            found = transaction.saved_replies.get(key)
            if found is None:
                raise not_found(_("saved reply of this name"))
            reply = replace(_read(visit, key), retired_at=found.retired_at, version=visit.number_field("version"))
            change(transaction, reply, by=visit.person, now=visit.now)
    except RecordError as error:
        return _page(visit, form=key, fault=in_words(error), status=status_of(error))
    return visit.go("/replies", notice="saved", anchor=f"#reply-{key}")


def retire(visit: Visit) -> Response:
    return _set_retired(visit, is_retired=True)


def restore(visit: Visit) -> Response:
    return _set_retired(visit, is_retired=False)


def _set_retired(visit: Visit, *, is_retired: bool) -> Response:
    key, version = _key(visit), visit.number_field("version")
    try:
        with visit.inbox.store.writing() as transaction:
            if transaction.saved_replies.get(key) is None:
                raise not_found(_("saved reply of this name"))
            set_retired(transaction, key, is_retired=is_retired, version=version, by=visit.person, now=visit.now)
    except RecordError as error:
        return _page(visit, form=key, fault=in_words(error), status=status_of(error))
    return visit.go("/replies", notice="saved", anchor=f"#reply-{key}")


def _key(visit: Visit) -> str:
    return str(visit.request.path_params["id"])


def _read(visit: Visit, key: str) -> SavedReply:
    """As it was typed. Raises: RecordError saying what is wrong."""
    sent = Sent("", visit.person, "", visit.form, visit.inbox.policy.zone, visit.now)
    texts = {
        language: text
        for language in LANGUAGES
        if (text := sent.text(f"text.{language}", longest=LONGEST_TEXT_CHARACTERS))
    }
    if not texts:
        raise RecordError(_("it has no text; write it in one language at least"))
    tags = [one.strip().lower().replace(" ", "_") for one in sent.text("tags").split(",") if one.strip()]
    if len(tags) > MOST_TAGS:
        raise RecordError(
            _("it has %(count)s tags; at most %(most_tags)s are kept", count=len(tags), most_tags=MOST_TAGS)
        )
    since, until = sent.day("valid_from"), sent.day("valid_until")
    if since is not None and until is not None and until < since:
        raise RecordError(_("its last day is before its first"))
    _check_placeholders(texts)
    return SavedReply(
        key,
        sent.needed("title", longest=LONGEST_TITLE_CHARACTERS),
        frozenset(label.value for label in sent.many("label", Label)),
        frozenset(tags),
        texts,
        sent.one("audience", Audience),
        since,
        until,
    )


def _check_placeholders(texts: Mapping[str, str]) -> None:
    """A translation that asks for something else would be filled in wrongly."""
    (first, text), *others = texts.items()
    for language, other in others:
        if sorted(unfilled(text)) != sorted(unfilled(other)):
            asked = [" ".join(sorted(unfilled(one))) or "nothing" for one in (text, other)]
            raise RecordError(
                _(
                    "the placeholders differ: %(one)s asks for %(asked)s, %(other)s for %(wanted)s",
                    one=LANGUAGES[first],
                    asked=asked[0],
                    other=LANGUAGES[language],
                    wanted=asked[1],
                )
            )


def _page(visit: Visit, *, form: str = "", fault: str = "", status: int = 200) -> Response:
    """`form`: the one that was sent and could not be carried out; it is shown as it was typed."""
    may_manage = visit.role in MANAGING
    with visit.inbox.store.reading() as transaction:
        replies = transaction.saved_replies.all()
        versions = transaction.saved_replies.versions()
        proposed = _proposals(visit, transaction, replies) if may_manage else {}
    day = today(visit)
    context = {
        "replies": [reply for reply in replies if reply.retired_at is None],
        "retired": [reply for reply in replies if reply.retired_at is not None],
        "standing": {reply.key: _standing(reply, day) for reply in replies},
        "versions": versions,
        "proposals": proposed,
        "adopted": proposed.get(visit.query("adopt")),
        "languages": LANGUAGES,
        "labels": list(Label),
        "audiences": AUDIENCES,
        "may_manage": may_manage,
        "form": form,
        "fault": fault,
        "typed": visit.form,
        "form_key": visit.form.get("form_key") if form == NEW else token_hex(16),
    }
    return visit.page("saved_replies.html", context, status=status)


AUDIENCES = Sayings(
    {
        Audience.EITHER: N_("public or private"),
        Audience.PUBLIC: N_("public only"),
        Audience.PRIVATE: N_("private only"),
    }
)


def _standing(reply: SavedReply, day: date) -> str:
    """Whether it is offered today, in words; empty where nothing is to be said."""
    if reply.retired_at is not None:
        return "retired"
    if reply.valid_from is not None and day < reply.valid_from:
        return _("not before %(valid_from)s", valid_from=reply.valid_from)
    if reply.valid_until is not None:
        return f"{'over since' if day > reply.valid_until else 'until'} {reply.valid_until}"
    return ""


def _proposals(visit: Visit, transaction: Transaction, replies: Sequence[SavedReply]) -> dict[str, Proposal]:
    sent = transaction.saved_replies.sent_by_people(since=visit.now - LOOKED_BACK, limit=LOOKED_AT)
    return {one.digest: one for one in proposals(sent, replies, transaction.proposals.all())}


def dismiss(visit: Visit) -> Response:
    """Wave a proposal away; the like of it is not proposed again."""
    digest = visit.field("digest")
    if not DIGEST.fullmatch(digest):
        raise bad_form(_("it names no proposal"))
    with visit.inbox.store.writing() as transaction:
        transaction.proposals.dismiss(digest, person=visit.person, now=visit.now)
    return visit.go("/replies", notice="saved")
