"""An early warning is seen, put aside with a reason, or the case escalated because of it."""

from starlette.responses import Response

from flow import early_warning as flow
from flow.early_warning_paths import hand_over_note
from flow.escalating import Escalating
from flow.named import RefusedError as NotNowError
from flow.teamwork import By
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.early_warning import LONGEST_REASON
from inbox.errors import RefusedError, bad_form
from inbox.languages import _
from inbox.visit import Visit
from policy.warning_signs import Sign, SignRule
from store.cases import StoredCase
from store.store import Transaction
from triage.paths import facts_of, upwards


def see(visit: Visit) -> Response:
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        case = visit.open_as_shown(transaction, visit.path_id())
        is_first = flow.see(transaction, case, by)
    return visit.go(f"/cases/{case.id}", notice="saved" if is_first else "already", anchor="#warning-title")


def put_aside(visit: Visit) -> Response:
    reason = " ".join(visit.field("reason").split())
    if not reason or len(reason) > LONGEST_REASON:
        raise bad_form(
            _("a reason of 1 to %(longest)s characters belongs to it: why is this no warning?", longest=LONGEST_REASON)
        )
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        case = visit.open_as_shown(transaction, visit.path_id())
        is_done = flow.put_aside(transaction, visit.inbox.policy, case, reason, by)
    return visit.go(f"/cases/{case.id}", notice="saved" if is_done else "already", anchor="#warning-title")


def escalate(visit: Visit) -> Response:
    """Along the path of the heaviest sign that has one, else up the chain; what we said last goes with it."""
    words = visit.form.get("note", "").replace("\r\n", "\n").strip()
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        if transaction.escalations.is_known(f"form:{visit.path_id()}:{by.form_key}"):
            return visit.go(f"/cases/{visit.path_id()}", notice="once")
        case = visit.open_as_shown(transaction, visit.path_id())
        path, reason, note = _wanted(visit, transaction, case)
        note = f"{words}\n\n{note}" if words else note
        try:
            escalating = Escalating(
                transaction, visit.inbox.policy, now=visit.now, notify=sorted(visit.inbox.settings.notify)
            )
            escalating.escalate(case, path, reason, note, by)
        except NotNowError as error:
            advice = _("Nothing was changed: %(in_words)s", in_words=in_words(error))
            raise RefusedError(409, _("This case cannot be escalated so"), advice) from error
    return visit.go(f"/cases/{case.id}", notice="saved")


def _wanted(visit: Visit, transaction: Transaction, case: StoredCase) -> tuple[str, str, str]:
    """(path, reason, note). Raises: RefusedError where no warning stands."""
    kept, policy = transaction.warnings.get(case.id), visit.inbox.policy
    names = kept.names if kept is not None and kept.level else ()
    rules: list[SignRule] = [policy.warnings.signs[Sign(name)] for name in names if name in set(Sign)]
    if not rules:
        raise RefusedError(409, _("No early warning stands for this case"), _("Open it again to see how it stands."))
    rule = next((one for one in rules if one.path is not None), rules[0])
    path = policy.paths.get(rule.path or "") or upwards(policy.paths, facts_of(case.decision, {}))
    reason = rule.reason if rule.reason in path.reasons else path.reasons[0]
    return path.key, reason, hand_over_note(transaction, case.id, rules)
