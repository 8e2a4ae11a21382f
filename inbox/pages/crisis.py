"""The page of spikes and crises: what is far above its usual, and what people do when that is serious."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from flow import crisis as flow
from flow.crisis import Wanted
from flow.teamwork import By
from inbox.complaints.forms import Sent
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.crisis import DEFINITIONS, channel_words, choices, crisis_shown, spikes_shown, topic_words
from inbox.errors import not_found
from inbox.languages import _
from inbox.roles import ACTING, role_of
from inbox.visit import Visit
from models.errors import RecordError
from policy.crisis_rules import CrisisRules, load_crisis_rules
from policy.statements import load_statements
from store.cases import StaleCaseError
from store.crises import Crisis, StaleCrisisError
from store.store import Transaction

LIFTED_SHOWN, OVER_SHOWN, CASES_SHOWN = 10, 10, 200


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was not carried out, as it was sent in."""

    form: str
    fault: str
    values: Mapping[str, str]


def show(visit: Visit) -> Response:
    return _page(visit, None, status=200)


def _page(visit: Visit, refused: Refused | None, *, status: int) -> Response:
    rules = load_crisis_rules()
    with visit.inbox.store.reading() as transaction:
        people = [
            one.name
            for one in transaction.accounts.all()
            if one.disabled_at is None and one.role in rules.may_approve and role_of(one.role) in ACTING
        ]
        looked = transaction.spikes.looked()
        spike = transaction.spikes.spike(visit.query_number("spike", 0))
        context = {
            "spikes": spikes_shown(visit, transaction),
            "over": transaction.spikes.recent_spikes(limit=OVER_SHOWN),
            "crises": [crisis_shown(visit, transaction, one, rules) for one in transaction.crises.running()],
            "lifted": transaction.crises.lifted(limit=LIFTED_SHOWN),
            "choices": choices(transaction, rules, now=visit.now),
            "people": people,
            "looked_at": looked[0] if looked else None,
            "from_spike": spike,
            "topic_words": topic_words,
            "rules": rules,
            "may_declare": visit.may_act and visit.role.value in rules.may_declare,
            "define": DEFINITIONS,
            "library": load_statements().statements,
            "begun": load_statements().of(visit.query("statement")),
            "begun_for": visit.query("for") or "declare",
            "refused": refused,
            "form_key": secrets.token_hex(16),
        }
    return visit.page("crisis.html", context, status=status)


def show_cases(visit: Visit) -> Response:
    """The proactive queue: every case of a spike, those that come first in the queue first."""
    number = visit.query_number("spike", 0)
    with visit.inbox.store.reading() as transaction:
        spike = transaction.spikes.spike(number)
        rows = transaction.spikes.cases_of(number, limit=CASES_SHOWN) if spike else []
    return visit.page(
        "crisis_cases.html",
        {"spike": spike, "rows": rows, "topic_words": topic_words, "channel_words": channel_words, "most": CASES_SHOWN},
    )


def declare(visit: Visit) -> Response:
    by, rules = By(visit.person, visit.now, sent_form_key(visit)), load_crisis_rules()
    try:
        with visit.inbox.store.writing() as transaction:
            wanted = _wanted(visit, transaction, rules)
            number = flow.declare(transaction, wanted, rules, by, notify=visit.inbox.settings.notify)
    except RecordError as error:
        return _page(visit, Refused("declare", in_words(error), visit.form), status=422)
    return visit.go("/crisis", notice="crisis_declared", anchor=f"#crisis-{number}")


def _wanted(visit: Visit, transaction: Transaction, rules: CrisisRules) -> Wanted:
    sent = _sent(visit)
    known = choices(transaction, rules, now=visit.now)
    chosen = {
        part: tuple(code for code, _words in offered if visit.form.get(f"{part}.{code}"))
        for part, offered in known.items()
    }
    if not any(chosen.values()) and visit.form.get("everything") != "1":
        raise RecordError(_("say what the crisis is about: topics, channels or languages, or tick “everything”"))
    spike = transaction.spikes.spike(visit.number_field("spike")) if visit.form.get("spike") else None
    return Wanted(
        name=sent.needed("name", longest=flow.LONGEST_NAME),
        reason=sent.needed("reason", longest=2_000),
        topics=chosen["topics"],
        channels=chosen["channels"],
        languages=chosen["languages"],
        owner=sent.needed("owner", longest=200),
        statement=_statement(visit, rules),
        spike_id=spike.id if spike is not None else None,
    )


def _sent(visit: Visit) -> Sent:
    return Sent("", visit.person, "", visit.form, visit.inbox.policy.zone, visit.now)


def _statement(visit: Visit, rules: CrisisRules) -> dict[str, str]:
    texts = {code: visit.form.get(f"statement.{code}", "").replace("\r\n", "\n") for code in rules.languages}
    return {code: text for code, text in texts.items() if text.strip()}


@dataclass(frozen=True, slots=True)
class Acting:
    visit: Visit
    transaction: Transaction
    crisis: Crisis
    rules: CrisisRules
    by: By

    @property
    def version(self) -> int:
        return self.visit.number_field("version")


def act(visit: Visit) -> Response:
    """Raises: StaleCaseError where the crisis is not as it was shown."""
    name, number = str(visit.request.path_params["act"]), visit.path_id()
    if name not in ACTS:
        raise not_found(_("act %(name)s", name=name[:20]))
    by, rules = By(visit.person, visit.now, sent_form_key(visit)), load_crisis_rules()
    try:
        with visit.inbox.store.writing() as transaction:
            crisis = transaction.crises.get(number)
            if crisis is None:
                raise not_found(_("crisis %(number)s", number=number))
            ACTS[name](Acting(visit, transaction, crisis, rules, by))
    except StaleCrisisError as error:
        raise StaleCaseError(str(error)) from None
    except RecordError as error:
        return _page(visit, Refused(f"{name}-{number}", in_words(error), visit.form), status=422)
    return visit.go("/crisis", notice="crisis_lifted" if name == "lift" else "saved", anchor=f"#crisis-{number}")


def _write(doing: Acting) -> None:
    statement = _statement(doing.visit, doing.rules)
    flow.write_statement(doing.transaction, doing.crisis, statement, doing.rules, doing.by, version=doing.version)


def _approve(doing: Acting) -> None:
    flow.approve_statement(doing.transaction, doing.crisis, doing.rules, doing.by, version=doing.version)


def _own(doing: Acting) -> None:
    owner = _sent(doing.visit).needed("owner", longest=200)
    flow.give_owner(doing.transaction, doing.crisis, owner, doing.rules, doing.by, version=doing.version)


def _note(doing: Acting) -> None:
    flow.write_note(doing.transaction, doing.crisis, doing.visit.field("text").replace("\r\n", "\n"), doing.by)


def _seen(doing: Acting) -> None:
    flow.seen(doing.transaction, doing.crisis, doing.by)


def _lift(doing: Acting) -> None:
    lessons = doing.visit.field("lessons").replace("\r\n", "\n")
    flow.lift(doing.transaction, doing.crisis, lessons, doing.rules, doing.by, version=doing.version)


ACTS: dict[str, Callable[[Acting], None]] = {
    "statement": _write,
    "approve": _approve,
    "owner": _own,
    "note": _note,
    "seen": _seen,
    "lift": _lift,
}
