"""A crisis: declared by a named person, with one owner, a scope, and a statement that a second person approved.

While it runs, what is frozen stays frozen for every case in its scope, each act stands in its log, and no clock of a
regulator moves. Each act is one transaction of the caller's, with its event.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flow.named import RefusedError, given_reason, named_person
from flow.outside import Notice, tell_outside
from flow.teamwork import By, record
from flow.topics import subjects
from models import EventKind
from policy.crisis_rules import CrisisRules, load_crisis_rules
from store.accounts import User
from store.callouts import Call
from store.cases import StoredCase
from store.crises import Crisis, scope_digest
from store.store import Store, Transaction

LONGEST_NAME, LONGEST_STATEMENT, LONGEST_NOTE = 120, 2_000, 4_000
PAST_CASES = timedelta(days=7)
CODE = "crisis"
"""Of the reason for which a reply waits."""
CALLED = "called"
"""Of the note that says who was called."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A crisis as somebody declares it. A part of the scope that is empty is everything."""

    name: str
    reason: str
    topics: tuple[str, ...]
    channels: tuple[str, ...]
    languages: tuple[str, ...]
    owner: str
    statement: Mapping[str, str]
    spike_id: int | None = None


def covering(
    transaction: Transaction, case: StoredCase, rules: CrisisRules, *, mention_id: str | None = None
) -> Crisis | None:
    """The crisis that this case is in, judged by this message of it or by its newest; of several the one declared
    first.
    """
    running = transaction.crises.running()
    return _covering(transaction, running, case, rules, mention_id) if running else None


def _covering(
    transaction: Transaction, running: Sequence[Crisis], case: StoredCase, rules: CrisisRules, mention_id: str | None
) -> Crisis | None:
    found = transaction.mentions.get([mention_id]) if mention_id else []
    newest = found or transaction.mentions.newest_of_case(case.id, limit=1)
    ids = [item.mention.id for item in newest]
    verdict = transaction.verdicts.latest(ids).get(ids[0]) if ids else None
    language = (newest[0].mention.lang or (verdict.lang if verdict else None)) if newest else None
    about = subjects(case.decision.tags, verdict, rules.spikes)
    return next((one for one in running if one.covers(about, case.channel, language)), None)


def automatic_answers_frozen(transaction: Transaction, case_id: int) -> Crisis | None:
    """The crisis for which no program answers in this case."""
    rules = load_crisis_rules()
    running = transaction.crises.running() if rules.freezes_automatic else []
    case = transaction.cases.get(case_id) if running else None
    return _covering(transaction, running, case, rules, None) if case is not None else None


def saved_replies_frozen(transaction: Transaction, case: StoredCase) -> Crisis | None:
    rules = load_crisis_rules()
    return covering(transaction, case, rules) if rules.freezes_saved_replies else None


def is_statement(crisis: Crisis, text: str) -> bool:
    """Whether a text says the approved words and nothing else, in any of its languages."""
    words = text.split()
    return bool(words) and any(said.split() == words for said in crisis.approved_texts.values())


# acts


def declare(transaction: Transaction, wanted: Wanted, rules: CrisisRules, by: By, *, notify: Collection[str]) -> int:
    """Its number; of the one that this very form declared, where it was sent before.

    Raises: RefusedError naming what is wrong, or the crisis that runs for this scope already.
    """
    earlier = transaction.crises.by_form(by.form_key)
    if earlier is not None:
        return earlier.id
    named_person(transaction, by.person, rules.may_declare, "declare a crisis")
    owner = named_person(transaction, wanted.owner, rules.may_approve, "own a crisis")
    name, reason = wanted.name.strip(), given_reason(wanted.reason, "declare a crisis")
    if not name or len(name) > LONGEST_NAME:
        raise RefusedError(f"the name of a crisis has 1 to {LONGEST_NAME} characters")
    statement = _checked(wanted.statement, rules)
    scope = scope_digest(wanted.topics, wanted.channels, wanted.languages)
    writer = transaction.accounts.by_name(by.person)
    values: dict[str, object] = {
        "form_key": by.form_key,
        "name": name,
        "reason": reason,
        "topics": sorted(wanted.topics),
        "channels": sorted(wanted.channels),
        "languages": sorted(wanted.languages),
        "scope": scope,
        "spike_id": wanted.spike_id,
        "owner_id": owner.id,
        "owner": owner.name,
        "declared_by": by.person,
        "declared_at": by.at,
        "policy": rules.title,
        "statement": statement,
    }
    if statement and writer is not None:
        values |= {"statement_by_id": writer.id, "statement_by": writer.name, "statement_at": by.at}
    crisis_id = transaction.crises.add(values)
    if crisis_id is None:
        other = transaction.crises.of_scope(scope)
        told = f"“{other.name}”, declared by {other.declared_by}," if other is not None else "another one"
        raise RefusedError(f"{told} runs for this scope already: work in that one, or choose another scope")
    crisis = _of(transaction, crisis_id)
    facts: dict[str, object] = {"name": name, "to": owner.name, "because": reason, "scope": scope_words(crisis)}
    _log(transaction, crisis, EventKind.CRISIS_DECLARED, "declared", f"{crisis_id}", reason, facts, by)
    if statement:
        _log(transaction, crisis, EventKind.CRISIS_STATEMENT, "statement", by.form_key, _said(statement), {}, by)
    _page_out(transaction, crisis, rules, by, notify=notify)
    return crisis_id


def write_statement(
    transaction: Transaction, crisis: Crisis, statement: Mapping[str, str], rules: CrisisRules, by: By, *, version: int
) -> None:
    """Takes the place of what stood there; nobody may use it before a second person has approved it.

    Raises: RefusedError, StaleCrisisError.
    """
    if _is_done(transaction, EventKind.CRISIS_STATEMENT, by.form_key):
        return
    writer = named_person(transaction, by.person, rules.may_declare, "write the holding statement")
    checked = _checked(statement, rules)
    if not checked:
        raise RefusedError("the holding statement is empty: write it in at least one language")
    values: dict[str, object] = {"statement": checked, "statement_by_id": writer.id, "statement_by": writer.name}
    values |= {"statement_at": by.at, "approved_by": None, "approved_at": None}
    transaction.crises.change(crisis.id, values, version=version)
    _log(transaction, crisis, EventKind.CRISIS_STATEMENT, "statement", by.form_key, _said(checked), {}, by)


def approve_statement(transaction: Transaction, crisis: Crisis, rules: CrisisRules, by: By, *, version: int) -> None:
    """Raises: RefusedError where this person wrote it, or may not; StaleCrisisError."""
    if _is_done(transaction, EventKind.CRISIS_STATEMENT_APPROVED, by.form_key):
        return
    approver = named_person(transaction, by.person, rules.may_approve, "approve the holding statement")
    if not crisis.statement:
        raise RefusedError("there is no holding statement yet: write it first")
    if approver.id == crisis.statement_by_id:
        raise RefusedError(f"{approver.name} wrote the holding statement: somebody else approves it")
    if transaction.approvals.is_trainee(approver.id):
        raise RefusedError(f"{approver.name} is in training and approves nothing")
    transaction.crises.change(crisis.id, {"approved_by": approver.name, "approved_at": by.at}, version=version)
    kind = EventKind.CRISIS_STATEMENT_APPROVED
    _log(transaction, crisis, kind, "approved", by.form_key, _said(crisis.statement), {}, by)


def give_owner(
    transaction: Transaction, crisis: Crisis, owner: str, rules: CrisisRules, by: By, *, version: int
) -> None:
    """Raises: RefusedError, StaleCrisisError."""
    if _is_done(transaction, EventKind.CRISIS_OWNED, by.form_key):
        return
    named_person(transaction, by.person, rules.may_declare, "give a crisis to somebody")
    user = named_person(transaction, owner, rules.may_approve, "own a crisis")
    transaction.crises.change(crisis.id, {"owner_id": user.id, "owner": user.name}, version=version)
    facts: dict[str, object] = {"from": crisis.owner, "to": user.name}
    _log(transaction, crisis, EventKind.CRISIS_OWNED, "owned", by.form_key, user.name, facts, by)


def write_note(transaction: Transaction, crisis: Crisis, text: str, by: By) -> None:
    """Raises: RefusedError where it is empty or too long."""
    words = text.strip()
    if not words or len(words) > LONGEST_NOTE:
        raise RefusedError(f"a note has 1 to {LONGEST_NOTE:,} characters")
    _log(transaction, crisis, EventKind.CRISIS_NOTED, "note", by.form_key, words, {}, by)


def seen(transaction: Transaction, crisis: Crisis, by: By) -> None:
    """A person says that they know of it: once each."""
    if not transaction.crises.has_seen(crisis.id, by.person):
        _log(transaction, crisis, EventKind.CRISIS_SEEN, "seen", f"{crisis.id}:{by.person}", "", {}, by)


def lift(transaction: Transaction, crisis: Crisis, lessons: str, rules: CrisisRules, by: By, *, version: int) -> None:
    """By its owner or by who may; what was learnt is kept. Raises: RefusedError, StaleCrisisError."""
    if _is_done(transaction, EventKind.CRISIS_LIFTED, by.form_key):
        return
    person = transaction.accounts.by_name(by.person)
    if person is None or person.id != crisis.owner_id:
        named_person(transaction, by.person, rules.may_lift, f"lift the crisis that {crisis.owner} owns")
    words = given_reason(lessons, "lift a crisis")
    values: dict[str, object] = {"state": "lifted", "lifted_by": by.person, "lifted_at": by.at, "lessons": words}
    transaction.crises.change(crisis.id, values, version=version)
    _log(transaction, crisis, EventKind.CRISIS_LIFTED, "lifted", by.form_key, words, {"name": crisis.name}, by)


def paused(transaction: Transaction, case_id: int, crisis: Crisis, key: str, *, now: datetime) -> None:
    """An automatic answer was not sent: the owner is called to the case, once, for its clocks run on."""
    by = By(crisis.owner, now, key)
    event = f"{EventKind.CRISIS_PAUSED_ANSWER.value}:{crisis.id}:{key}"
    if transaction.events.is_recorded(event):
        return
    record(transaction, EventKind.CRISIS_PAUSED_ANSWER, event, by, {"crisis": crisis.id}, case_id=case_id)
    transaction.callouts.add(event, [crisis.owner_id], case_id, Call.CRISIS, by="Earshot", now=now)
    transaction.crises.note(crisis.id, event, "paused", "", by="Earshot", at=now, case_id=case_id)


def log_reply(
    transaction: Transaction, crisis: Crisis, case_id: int, text: str, form_key: str, *, by: str, at: datetime
) -> None:
    """A reply that goes out in its scope; its words stand on the case."""
    kind = "said_statement" if is_statement(crisis, text) else "replied"
    transaction.crises.note(crisis.id, f"reply:{crisis.id}:{form_key}", kind, "", by=by, at=at, case_id=case_id)


def scope_words(crisis: Crisis) -> str:
    """For the log: codes, which name no customer."""
    parts = (("topics", crisis.topics), ("channels", crisis.channels), ("languages", crisis.languages))
    return "; ".join(f"{name}: {', '.join(codes)}" for name, codes in parts if codes) or "everything"


def call_waiting(store: Store, rules: CrisisRules, *, notify: Collection[str], now: datetime) -> int:
    """Of a crisis that had no case in its scope when it was declared, who is on the list is called to the first one.

    Gives of how many crises.
    """
    with store.reading() as transaction:
        running = transaction.crises.running()
        waiting = [crisis for crisis in running if not transaction.crises.has(crisis.id, CALLED)]
    done = 0
    for crisis in waiting:
        with store.writing() as transaction:
            done += _page_out(transaction, crisis, rules, By(crisis.declared_by, now, ""), notify=notify)
    return done


def _page_out(transaction: Transaction, crisis: Crisis, rules: CrisisRules, by: By, *, notify: Collection[str]) -> bool:
    """Whoever is on the list is called to the first case of it, and told where people are told beside the desk; False
    where there is no case yet, and so nobody was called."""
    lead = _lead_case(transaction, crisis, rules, by.at)
    key = f"{EventKind.CRISIS_DECLARED.value}:{crisis.id}"
    listed = called_by(transaction.accounts.all(), rules)
    owner = [one for one in transaction.accounts.all() if one.id == crisis.owner_id and one not in listed]
    called = [*listed, *(one for one in owner if one.disabled_at is None)]
    if lead is None:
        return False
    names = ", ".join(one.name for one in called) or "nobody"
    transaction.crises.note(crisis.id, f"{key}:called", CALLED, names, by="Earshot", at=by.at, case_id=None)
    transaction.callouts.add(key, [one.id for one in called], lead, Call.CRISIS, by=by.person, now=by.at)
    notice = Notice(
        number=f"earshot-crisis-{crisis.id}",
        subject=f"Crisis declared: {crisis.name}",
        body=f"{crisis.reason}\n\nOwner: {crisis.owner}\nScope: {scope_words(crisis)}\nDeclared by: {by.person}",
        team=CODE,
        case_id=lead,
        tags=(CODE,),
    )
    tell_outside(transaction, notice, notify, now=by.at)
    return True


def called_by(users: Sequence[User], rules: CrisisRules) -> list[User]:
    """Who is on the list of those to be called."""
    on_list = (one for one in users if one.role in rules.called_roles or one.name in rules.called_people)
    return [one for one in on_list if one.disabled_at is None]


def _lead_case(transaction: Transaction, crisis: Crisis, rules: CrisisRules, now: datetime) -> int | None:
    of_spike = transaction.spikes.cases_of(crisis.spike_id, limit=1) if crisis.spike_id is not None else []
    if of_spike:
        return of_spike[0][0]
    for case_id in transaction.crises.recent_cases(now - PAST_CASES, limit=200):
        case = transaction.cases.get(case_id)
        if case is not None and _covering(transaction, [crisis], case, rules, None) is not None:
            return case_id
    return None


def _checked(statement: Mapping[str, str], rules: CrisisRules) -> dict[str, str]:
    given = {language: text.strip() for language, text in statement.items() if text.strip()}
    for language, text in given.items():
        if language not in rules.languages:
            raise RefusedError(f"a holding statement is written in {', '.join(rules.languages)}, not in {language!r}")
        if len(text) > LONGEST_STATEMENT:
            raise RefusedError(
                f"the holding statement ({language}) has {len(text):,} characters; at most {LONGEST_STATEMENT:,}"
            )
        if "{" in text or "}" in text:
            raise RefusedError(f"the holding statement ({language}) goes out as it stands: leave {{ and }} out")
    return given


def _said(statement: Mapping[str, str]) -> str:
    return "\n\n".join(f"{language}: {text}" for language, text in sorted(statement.items()))


def _is_done(transaction: Transaction, kind: EventKind, key: str) -> bool:
    return transaction.events.is_recorded(f"{kind.value}:{key}")


def _of(transaction: Transaction, crisis_id: int) -> Crisis:
    crisis = transaction.crises.get(crisis_id)
    if crisis is None:
        raise LookupError(f"crisis {crisis_id} is not there")
    return crisis


def _log(
    transaction: Transaction,
    crisis: Crisis,
    kind: EventKind,
    code: str,
    key: str,
    text: str,
    facts: Mapping[str, object],
    by: By,
) -> None:
    """Into the log of the crisis, and as an event; the same key twice is one."""
    record(transaction, kind, f"{kind.value}:{key}", by, {"crisis": crisis.id, **facts})
    transaction.crises.note(crisis.id, f"{kind.value}:{key}", code, text, by=by.person, at=by.at)
