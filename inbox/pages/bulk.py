"""One act on many cases: what would happen, the order to do it, how far it is, and one click that puts it back.

Preview and order read the same query, so that what is carried out is what was shown.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from flow.bulk import LABELS, MOST_CASES, UNDO, Act, Why, Wish, ask_undo, check, promised, refusals, start
from flow.named import RefusedError as NotNowError
from flow.snoozing import presets
from inbox import wording
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.deleted import shown
from inbox.errors import RefusedError, bad_form, not_found
from inbox.languages import N_, Sayings, _, say
from inbox.lists import list_query, read_list
from inbox.roles import Role
from inbox.snoozing import chosen_time
from inbox.visit import Visit
from models import Priority
from store.bulk import ItemState, Run
from store.cases import StoredCase
from store.queue import Lane
from store.store import Transaction

FIRST = 10
RUNS_SHOWN = 20
STAYED_SHOWN = 50
EXCERPT_CHARACTERS = 60
MOST_TICKED = 200
MAY_UNDO_OTHERS = frozenset({Role.LEAD, Role.ADMIN})

REASONS = Sayings(
    {
        Why.COMPLAINT: N_("complaints stay: they are closed and labelled on their own page"),
        Why.CLOCK: N_("a clock of the regulator runs: put off one by one"),
        Why.DONE: N_("done already"),
        Why.CHANGED: N_("changed after you saw the list"),
        Why.SAME: N_("already so"),
        Why.NOT_JUDGED: N_("not judged yet"),
        Why.OWNER_LEFT: N_("the owner does not work here any more"),
        Why.STOPPED: N_("stopped before it was their turn"),
        Why.MERGED: N_("merged into another case"),
        Why.TAGS: N_("as many tags as a case may have"),
        Why.PROMISED: N_("a promise to the customer is open: closed one by one"),
    }
)
SINCE = N_("changed since by somebody")


@dataclass(frozen=True, slots=True)
class Line:
    """One of the first cases, in words."""

    case: StoredCase
    who: str
    text: str
    why: str | None


@dataclass(frozen=True, slots=True)
class RunLine:
    run: Run
    does: str
    done: int
    waiting: int
    undone: int
    stayed: list[tuple[int, str]]
    """(how many, why)."""
    kept: list[tuple[int, str]]
    """Of those that were to be put back."""
    may_undo: bool

    @property
    def looked_at(self) -> int:
        return self.run.total - self.waiting

    @property
    def moves(self) -> bool:
        """Whether the page looks again by itself."""
        return self.run.finished_at is None or (self.run.undo_asked_at is not None and self.run.undone_at is None)


def bar(visit: Visit, transaction: Transaction) -> dict[str, object]:
    """What the bulk bar of the queue needs; empty for those who may not act."""
    names = [user.name for user in transaction.accounts.all() if user.disabled_at is None] if visit.may_act else []
    times = presets(visit.now, visit.inbox.policy.zone)
    return {
        "bulk_people": names,
        "bulk_labels": LABELS,
        "bulk_priorities": list(Priority),
        "bulk_times": times,
        "bulk_query": _list_query(visit),
    }


def _list_query(visit: Visit) -> list[tuple[str, str]]:
    """Which list it is."""
    return list(list_query(read_list(visit.request.query_params)).items())


def preview(visit: Visit) -> Response:
    if not visit.query("act"):
        return visit.page("bulk_preview.html", {"fault": _("No case was chosen."), "back": _list_query(visit)})
    with visit.inbox.store.reading() as transaction:
        wish, chosen = _wish(visit, transaction)
        try:
            check(transaction, wish)
        except NotNowError as error:
            fault = in_words(error)
            return visit.page("bulk_preview.html", {"fault": fault, "back": _list_query(visit)}, status=422)
        standings = transaction.bulk.standings(wish.case_ids)
        refused = promised(transaction, wish) | refusals(wish, standings)
        first = _lines(transaction, wish.case_ids[:FIRST], refused)
    counted = {why: sum(1 for one in refused.values() if one is why) for why in Why}
    context = {
        "fault": None,
        "back": _list_query(visit),
        "does": _does(visit, wish.act, wish.target),
        "chosen": chosen,
        "total": len(standings),
        "count": len(standings) - len(refused),
        "refused": [(number, REASONS[why]) for why, number in counted.items() if number],
        "first": first,
        "is_capped": len(wish.case_ids) == MOST_CASES,
        "most": MOST_CASES,
        "order": _order(visit, wish),
        "form_key": secrets.token_hex(16),
    }
    return visit.page("bulk_preview.html", context)


def _order(visit: Visit, wish: Wish) -> str:
    """The query of the order: the list, and the moment it was looked at."""
    own = [
        (name, value) for name, value in visit.request.query_params.multi_items() if name in ("act", "case", "words")
    ]
    scope = [("scope", "all")] if visit.query("scope") == "all" else []
    since = [("since", str(int(wish.seen_at.timestamp() * 1000)))]
    return urlencode(_list_query(visit) + own + scope + since)


def carry_out(visit: Visit) -> Response:
    key = sent_form_key(visit)
    with visit.inbox.store.writing() as transaction:
        wish, chosen = _wish(visit, transaction)
        try:
            bulk_id, is_new = start(transaction, wish, form_key=key, person=visit.person, chosen=chosen, now=visit.now)
        except NotNowError as error:
            raise RefusedError(422, _("Nothing was done"), in_words(error)) from error
    notice = visit.enqueue("bulk", bulk_id, lane=Lane.UPKEEP, done="bulk") if is_new else "once"
    return _to_run(visit, bulk_id, notice)


def undo(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        run = _run(transaction, visit.path_id())
        may_undo_others = visit.role in MAY_UNDO_OTHERS
        try:
            is_new = ask_undo(transaction, run, visit.person, may_undo_others=may_undo_others, now=visit.now)
        except NotNowError as error:
            raise RefusedError(409, _("This cannot be undone"), in_words(error)) from error
    notice = visit.enqueue("bulk", run.id, lane=Lane.UPKEEP, done="bulk_undo") if is_new else "once"
    return _to_run(visit, run.id, notice)


def _to_run(visit: Visit, bulk_id: int, notice: str) -> Response:
    return RedirectResponse(visit.inbox.urls("/bulk", run=bulk_id, notice=notice), status_code=303)


def show(visit: Visit) -> Response:
    """All runs, or the one that is asked for."""
    asked = visit.query_number("run", 0)
    with visit.inbox.store.reading() as transaction:
        found = [_run(transaction, asked)] if asked else transaction.bulk.latest(limit=RUNS_SHOWN)
        counts = transaction.bulk.counts([run.id for run in found])
        stayed = _stayed(transaction, asked) if asked else []
    runs = [_line(visit, run, counts[run.id]) for run in found]
    return visit.page("bulk.html", {"runs": runs, "one": bool(asked), "stayed": stayed})


def _stayed(transaction: Transaction, bulk_id: int) -> list[tuple[int, str]]:
    """(case, why) of those that were left as they are."""
    found: list[tuple[int, str]] = []
    for state in (ItemState.KEPT, ItemState.REFUSED):
        said = _said(state)
        stayed = transaction.bulk.cases_of(bulk_id, state, limit=STAYED_SHOWN)
        found += [(case_id, said[Why(why)]) for case_id, why in stayed if why]
    return found[:STAYED_SHOWN]


def _said(state: ItemState) -> Mapping[Why, str]:
    return {**REASONS} | ({Why.CHANGED: say(SINCE)} if state is ItemState.KEPT else {})


def _run(transaction: Transaction, bulk_id: int) -> Run:
    run = transaction.bulk.get(bulk_id)
    if run is None:
        raise not_found(_("run %(bulk_id)s over many cases", bulk_id=bulk_id))
    return run


def _line(visit: Visit, run: Run, counts: Mapping[tuple[ItemState, str | None], int]) -> RunLine:
    def number(state: ItemState) -> int:
        return sum(count for (one, _), count in counts.items() if one is state)

    def reasons(state: ItemState) -> list[tuple[int, str]]:
        said = _said(state)
        return [(count, said[Why(why)]) for (one, why), count in sorted(counts.items()) if one is state and why]

    is_theirs = run.person == visit.person or visit.role in MAY_UNDO_OTHERS
    is_possible = run.undo_asked_at is None and visit.now <= run.asked_at + UNDO and run.act != Act.NOTE
    return RunLine(
        run,
        _does(visit, Act(run.act), run.target),
        done=number(ItemState.DONE),
        waiting=number(ItemState.WAITING),
        undone=number(ItemState.UNDONE),
        stayed=reasons(ItemState.REFUSED),
        kept=reasons(ItemState.KEPT),
        may_undo=visit.may_act and is_theirs and is_possible,
    )


def _short(why: Why) -> str:
    return _("a complaint") if why is Why.COMPLAINT else REASONS[why]


def _does(visit: Visit, act: Act, target: str | None) -> str:
    if act is Act.SNOOZE:
        return _(
            "snooze until %(moment)s",
            moment=wording.moment(datetime.fromisoformat(target or ""), visit.inbox.policy.zone),
        )
    return {
        Act.ASSIGN: _("assign to %(name)s", name=target) if target else _("assign to nobody"),
        Act.DONE: _("mark done"),
        Act.LABEL: _("label as %(label)s", label=wording.words(target)),
        Act.PRIORITY: _("set the priority %(priority)s", priority=wording.words(target)),
        Act.TAG: _("add the tag %(tag)s", tag=target),
        Act.NOTE: _("write the note “%(words)s”", words=_excerpt(target or "")),
    }[act]


def _excerpt(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= EXCERPT_CHARACTERS else f"{line[:EXCERPT_CHARACTERS]}…"


def _wish(visit: Visit, transaction: Transaction) -> tuple[Wish, str]:
    """And which cases, in words. Raises: RefusedError (400)."""
    name, target = visit.query("act").partition(":")[::2]
    if name not in set(Act):
        raise bad_form(_("%(name)s is nothing that can be done with many cases", name=repr(name[:40])))
    if visit.query("scope") == "all":
        wanted = read_list(visit.request.query_params)
        ids: Sequence[int] = transaction.cases.ids_of_view(wanted, person=visit.person, now=visit.now, limit=MOST_CASES)
        view = wording.VIEWS[wanted.view]
        narrowed = _("all that match “%(view)s” as filtered", view=view)
        chosen = narrowed if wanted.is_narrowed else _("all that match “%(view)s”", view=view)
        seen_at = visit.now
    else:
        given = visit.request.query_params.getlist("case")[:MOST_TICKED]
        ids = [int(one) for one in dict.fromkeys(given) if one.isascii() and one.isdigit() and len(one) < 14]
        chosen, seen_at = _("%(count)s ticked", count=len(ids)), visit.now
    since = visit.query_number("since", 0)
    if since:
        seen_at = min(datetime.fromtimestamp(since / 1000, UTC) + timedelta(milliseconds=1), visit.now)
    if name == Act.SNOOZE:
        until = chosen_time(target, "", visit)
        if until is None:
            raise bad_form(_("it does not say until when: choose one of the times"))
        target = until.isoformat(timespec="seconds")
    if name in (Act.TAG, Act.NOTE):
        target = visit.query("words").replace("\r\n", "\n").strip()
        target = target.casefold() if name == Act.TAG else target
    return Wish(Act(name), target or None, ids, seen_at), chosen


def _lines(transaction: Transaction, ids: Sequence[int], refused: Mapping[int, Why]) -> list[Line]:
    lines = []
    for case_id in ids:
        case = transaction.cases.get(case_id)
        if case is None:
            continue
        found = shown(transaction, transaction.mentions.newest_of_case(case_id, limit=1), {}).mentions
        author = found[0].mention.author if found else None
        text = " ".join(found[0].mention.text[:300].split())[:140] if found else ""
        who = (author.handle or author.name or author.id) if author else _("unknown author")
        lines.append(Line(case, who, text, _short(refused[case_id]) if case_id in refused else None))
    return lines
