"""Forms that take a complaint from receipt to its end."""

from flow.complaints import Complaints
from inbox.complaints import words
from inbox.complaints.forms import (
    LONGEST_TEXT_CHARACTERS,
    Choice,
    Field,
    Form,
    Part,
    Sent,
    Setting,
    Sort,
    choices,
    issues_of,
    when,
    why,
)
from inbox.languages import N_, _
from models.clock import CLOSE, last_limit
from models.complaint import Basis, Evidence, Life, Outcome, Remedy
from models.entry import EntryKind
from models.errors import RecordError
from register.transitions import Act, RefusedActError, check_closing

AFTER_CLOSING = {Basis.SATISFIED_IN_5BD, Basis.EXPLAINED_IN_5BD}
CURRENCIES = ("AUD", "NZD", "GBP", "EUR", "USD", "TRY", "BGN")


def _channel(setting: Setting, label: str) -> Field:
    own = setting.life.channel
    offered = dict.fromkeys((own, *words.WAYS)) if own else dict.fromkeys(words.WAYS)
    return Field(
        "channel",
        label,
        Sort.SELECT,
        is_needed=True,
        choices=tuple(Choice(name, words.channel(name)) for name in offered),
    )


def _text(label: str, hint: str) -> Field:
    return Field("text", label, Sort.LONG, is_needed=True, hint=hint, rows=9)


def _acknowledge_parts(setting: Setting) -> tuple[Part, ...]:
    text = _text(_("What it said"), _("The register keeps a digest of these words, which proves them later."))
    return (Part((_channel(setting, _("By which channel")), text, when())),)


def _acknowledge(acts: Complaints, sent: Sent) -> object:
    text = sent.needed("text", longest=LONGEST_TEXT_CHARACTERS)
    return acts.acknowledge(sent.complaint_id, **sent.who, channel=sent.needed("channel"), text=text)


def _investigate(acts: Complaints, sent: Sent) -> object:
    return acts.investigate(sent.complaint_id, **sent.who)


def _close_parts(setting: Setting) -> tuple[Part, ...]:
    life = setting.life
    given = life.response.outcome if life.response else ""
    currency = Field(
        "currency", _("Currency"), Sort.LINE, choices=tuple(Choice(code, code, is_data=True) for code in CURRENCIES)
    )
    message = Field(
        "message_id",
        _("Their message that says so"),
        Sort.SELECT,
        choices=(Choice("", _("none: it was said elsewhere")), *setting.messages),
    )
    elsewhere = (
        Field("who", _("Who said it")),
        Field("said_at", _("When"), Sort.MOMENT),
        Field("said_on", _("On which channel")),
        Field("quote", _("In their words"), Sort.LONG, rows=2),
    )
    return (
        Part((Field("basis", _("Ground"), Sort.ONE, is_needed=True, choices=tuple(_grounds(setting))),)),
        Part(
            (
                Field("outcome", _("Outcome"), Sort.SELECT, value=given, choices=_outcomes(bool(given))),
                Field("remedies", _("Remedies"), Sort.MANY, choices=choices(words.REMEDIES)),
                Field("amount", _("Amount paid"), hint=_("Only where money was paid, such as 120.50.")),
                currency,
                Field("agreed_by", _("Who agreed to the amount"), hint=_("Needed where it is more than you may give.")),
            ),
            _("What came of it (RG 271.164)"),
        ),
        Part(
            (message, *elsewhere),
            _("Evidence that they are satisfied"),
            _("Needed for the first ground only (RG 271.73). A like, an emoji or silence is not enough."),
        ),
        *_about(life),
        Part((Field("reason", _("Why, or what was explained"), Sort.LONG, rows=2), when(_("When it was closed")))),
    )


def _about(life: Life) -> tuple[Part, ...]:
    """What the register has to say before a complaint is closed, and does not say yet."""
    fields = []
    if not life.product:
        fields.append(Field("product", _("Product or service"), is_needed=True))
    if not life.issues:
        hint = _("Several are separated by commas.")
        fields.append(Field("issues", _("Issues"), is_needed=True, hint=hint))
    title, why_needed = _("What it was about"), _("The register has to hold it (RG 271.182).")
    return (Part(tuple(fields), title, why_needed),) if fields else ()


def _outcomes(has_response: bool) -> tuple[Choice, ...]:
    first = (Choice("", _("as in the response")),) if has_response else (Choice("", _("choose …")),)
    return (*first, *choices(words.OUTCOMES))


def _grounds(setting: Setting) -> list[Choice]:
    offered = [basis for basis in words.BASES if basis is not Basis.WITHDRAWN]
    return [_ground(setting, basis) for basis in offered]


def _ground(setting: Setting, basis: Basis) -> Choice:
    """One that cannot be had however the form is filled in says why; a date may still be given that is in time."""
    life = setting.life
    closes_by = last_limit(life.dues, CLOSE)
    try:
        check_closing(
            life,
            basis,
            at=life.received_at,
            closes_by=closes_by,
            remedies=[Remedy.EXPLANATION],
            evidence=Evidence("somebody", life.received_at, "here", "", "words"),
            reason="some",
        )
    except RefusedActError as error:
        reason = str(error).partition(" is refused: ")[2].partition("; use `")[0]
        return Choice(basis.value, words.BASES[basis], reason, is_possible=False)
    hint = ""
    if basis in AFTER_CLOSING and closes_by is not None:
        over = _(" It has passed: only where it was closed by then.") if setting.now > closes_by else ""
        hint = _("By %(limit)s (RG 271.71).%(over)s", limit=words.limit(closes_by, setting.policy.zone), over=over)
    return Choice(basis.value, words.BASES[basis], hint)


def _close(acts: Complaints, sent: Sent) -> object:
    basis = sent.one("basis", Basis)
    product, issues = sent.text("product") or None, issues_of(sent)
    if product or issues:
        reason = _("said when it was closed")
        acts.correct(sent.complaint_id, **sent.who, reason=reason, product=product, issues=issues or None)
    amount, currency = sent.amount("amount"), sent.text("currency").upper()
    closed = acts.close(
        sent.complaint_id,
        **sent.who,
        basis=basis,
        outcome=sent.one_or_none("outcome", Outcome),
        remedies=sent.many("remedies", Remedy),
        compensation_amount=amount,
        compensation_currency=currency if amount is not None and currency else None,
        agreed_by=sent.text("agreed_by") if amount is not None else "",
        evidence=_evidence(sent) if basis is Basis.SATISFIED_IN_5BD else None,
        reason=sent.text("reason", longest=LONGEST_TEXT_CHARACTERS),
    )
    about = ((_("Product or service"), closed.product), (_("Issues"), closed.issues))
    lacks = [name for name, held in about if not held]
    if lacks:
        raise RecordError(_("%(names)s: say it first, for the register has to hold it", names=", ".join(lacks)))
    return closed


def _evidence(sent: Sent) -> Evidence | None:
    found = Evidence(
        who=sent.text("who"),
        at=sent.moment("said_at"),
        channel=sent.text("said_on"),
        message_id=sent.text("message_id"),
        quote=sent.text("quote", longest=LONGEST_TEXT_CHARACTERS),
    )
    if found.at is not None and found.at > sent.now:
        raise RecordError(_("the words of the evidence lie in the future; say when they were said"))
    return found if found != Evidence() else None


def _reason_parts(setting: Setting) -> tuple[Part, ...]:
    return (Part((why(), when())),)


def _withdraw(acts: Complaints, sent: Sent) -> object:
    return acts.withdraw(sent.complaint_id, **sent.who, reason=sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS))


def _reopen(acts: Complaints, sent: Sent) -> object:
    return acts.reopen(sent.complaint_id, **sent.who, reason=sent.needed("reason", longest=LONGEST_TEXT_CHARACTERS))


def _afca_parts(setting: Setting) -> tuple[Part, ...]:
    life = setting.life
    back = Field(
        "refer_back_due_on",
        _("AFCA gave it back to us until"),
        Sort.DAY,
        hint=_("Only where AFCA refers it back. The earlier of this day and our own limit counts."),
    )
    reference = Field("afca_reference", _("AFCA's reference"), is_needed=True, value=life.afca_reference or "")
    return (Part((reference, back, when())),)


def _send_to_afca(acts: Complaints, sent: Sent) -> object:
    back = sent.day("refer_back_due_on")
    return acts.send_to_afca(
        sent.complaint_id, **sent.who, afca_reference=sent.needed("afca_reference"), refer_back_due_on=back
    )


FORMS = (
    Form(
        "acknowledge",
        Act.ACKNOWLEDGE,
        EntryKind.ACKNOWLEDGED,
        N_("Acknowledged elsewhere"),
        N_("Record the acknowledgement"),
        _acknowledge_parts,
        _acknowledge,
        hint=N_("An answer that is sent from the case acknowledges by itself. Use this for one given elsewhere."),
    ),
    Form(
        "investigate",
        Act.INVESTIGATE,
        EntryKind.INVESTIGATING,
        N_("Start the investigation"),
        N_("It is being investigated"),
        lambda setting: (Part((when(_("Since when")),)),),
        _investigate,
    ),
    Form("close", Act.CLOSE, EntryKind.CLOSED, N_("Close"), N_("Close the complaint"), _close_parts, _close),
    Form(
        "withdraw",
        Act.WITHDRAW,
        EntryKind.WITHDRAWN,
        N_("Withdrawn by the complainant"),
        N_("Record the withdrawal"),
        _reason_parts,
        _withdraw,
    ),
    Form(
        "afca",
        Act.SEND_TO_AFCA,
        EntryKind.AT_AFCA,
        N_("AFCA has it"),
        N_("Record it"),
        _afca_parts,
        _send_to_afca,
    ),
    Form(
        "reopen",
        Act.REOPEN,
        EntryKind.REOPENED,
        N_("Reopen"),
        N_("Reopen the complaint"),
        _reason_parts,
        _reopen,
        hint=N_("Its clocks are those they always were. A new matter is a new complaint."),
    ),
)
