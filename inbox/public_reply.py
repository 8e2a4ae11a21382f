"""A public reply before it is sent: what it would give away, marked, and who may send it all the same."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from inbox.marking import plain
from inbox.roles import Role
from inbox.saved_replies import filled
from inbox.visit import Visit
from models import Entry
from models.clock import Force
from models.mention import Mention
from models.saved_reply import FALLBACK_LANGUAGE
from store.cases import StoredCase
from store.mentions import StoredMention
from store.store import Transaction
from triage.reply_guard import Addressee, Revealed, revealed_by

OVERRIDING = frozenset({Role.LEAD, Role.COMPLIANCE})
"""May send it with a written reason. Nobody else may, an administrator neither: privacy is no technical matter."""
NAME_KEYS = ("complainant_name", "name")
MESSAGES_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Guarded:
    revealed: tuple[Revealed, ...]
    marked: Markup
    safe_wording: str
    may_override: bool
    reason: str = ""
    """Why it is sent all the same."""

    @property
    def blocks(self) -> bool:
        return bool(self.revealed) and not (self.may_override and self.reason.strip())

    @property
    def kinds(self) -> list[str]:
        return sorted({one.kind.value for one in self.revealed})


def guarded(visit: Visit, transaction: Transaction, case: StoredCase, item: StoredMention, text: str) -> Guarded:
    """What `text` gives away as a public answer to this message."""
    rules = visit.inbox.reply_rules
    mention = item.mention
    revealed = revealed_by(
        text,
        _addressee(transaction, case, item),
        rules,
        published=visit.inbox.published_contacts,
        firm=visit.inbox.settings.firm_name,
    )
    is_advice = all(one.force is not Force.ENFORCEABLE for one in revealed)
    return Guarded(
        revealed,
        marked(text, revealed),
        filled(rules.wording(mention.lang or FALLBACK_LANGUAGE), {"name": _shown_name(mention)}),
        may_override=visit.role in OVERRIDING or is_advice,
        reason=visit.form.get("override_reason", ""),
    )


def marked(text: str, revealed: Sequence[Revealed]) -> Markup:
    """HTML of `text` with everything found inside `<mark>`, overlapping finds in one."""
    pieces, last = [], 0
    for one in revealed:
        if one.end > last:
            start = max(one.start, last)
            pieces += [plain(text[last:start]), Markup("<mark>{}</mark>").format(plain(text[start : one.end]))]
            last = one.end
    return Markup("").join([*pieces, plain(text[last:])])


def brand_of(entries: Sequence[Entry]) -> str | None:
    """The brand that a complaint is about, as last written down."""
    brands = [json.loads(entry.facts).get("brand") for entry in entries]
    return next((str(brand) for brand in reversed(brands) if brand), None)


def _shown_name(mention: Mention) -> str:
    return (mention.author.name or mention.author.handle or "") if mention.author else ""


def _addressee(transaction: Transaction, case: StoredCase, item: StoredMention) -> Addressee:
    author = item.mention.author
    entries = transaction.register.of_complaint(case.complaint_id) if case.complaint_id else []
    said = transaction.mentions.newest_of_case(case.id, limit=MESSAGES_LOOKED_AT)
    return Addressee(
        handle=author.handle if author else None,
        display_name=author.name if author else None,
        real_names=tuple(dict.fromkeys(_names_in(entries))),
        private_texts=tuple(one.mention.text for one in said if one.mention.is_private),
    )


def _names_in(entries: Sequence[Entry]) -> Iterator[str]:
    """Names that the register holds of this complaint: complainant and representatives."""
    for entry in entries:
        personal = json.loads(entry.personal) if entry.personal else {}
        yield from (str(personal[key]) for key in NAME_KEYS if personal.get(key))
