"""The second factor: asked for at the log-in, and set up, renewed or removed by each for themselves."""

import secrets
from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response

from flow.accounts import end_sessions, remove_second_factor, tell
from flow.teamwork import By
from inbox import access, second_factor
from inbox.errors import RefusedError, not_found, not_logged_in
from inbox.gate import Gate, Page
from inbox.languages import N_, Sayings, _, say
from inbox.once import WAS_SENT, is_first, is_sent
from inbox.second_factor import Checked
from inbox.visit import Visit
from models import EventKind
from models.account import Stage, Way
from store.accounts import Session, User

FAULTS = Sayings(
    {
        Checked.WRONG: N_(
            "This code is wrong, or was used before. Wait for the next one; look whether the phone’s clock is right."
        ),
        Checked.LOCKED: N_("There were too many wrong codes. Wait a few minutes and try again."),
    }
)
AGAIN = N_("This code is wrong. Type the one that the app shows now.")


def show_code(visit: Visit) -> Response:
    if visit.stage is not Stage.CODE:
        return visit.go("/")
    return _code_page(visit)


def _code_page(visit: Visit, *, fault: str | None = None, status: int = 200) -> Response:
    target = visit.form.get("next", visit.query("next", "/"))
    return visit.page("log_in_code.html", {"fault": fault, "next": target}, status=status)


def check_code(gate: Gate) -> Page:
    def page(visit: Visit) -> Response:
        session = visit.session
        if session is None or visit.stage is not Stage.CODE:
            return visit.go("/")
        found = second_factor.check(visit.inbox.store, session.user.id, visit.field("code"), now=visit.now)
        if found in FAULTS:
            return _code_page(visit, fault=FAULTS[found], status=401)
        return _wholly_in(gate, visit, session, found)

    return page


def _wholly_in(gate: Gate, visit: Visit, session: Session, found: Checked) -> Response:
    """Under a new token. Whoever used a recovery code is told how many are left."""
    answer: Response = RedirectResponse(visit.inbox.urls.local(visit.form.get("next", "/")), status_code=303)
    with visit.inbox.store.writing() as transaction:
        token = gate.session_token(visit.request)
        opened = access.go_on(transaction, session, gate.rules, token=token, now=visit.now)
        if found is Checked.RECOVERY:
            tell(transaction, EventKind.RECOVERY_CODE_USED, session.user, _by(session.user, visit))
            answer = visit.go("/me/security", notice="recovery_code")
        gate.know_browser(answer, visit, transaction, session.user.id)
    gate.open_session(answer, opened)
    return answer


def show(visit: Visit) -> Response:
    return _page(visit)


def _page(
    visit: Visit,
    *,
    fault: str | None = None,
    codes: Sequence[str] = (),
    was_sent: bool = False,
    status: int = 200,
) -> Response:
    user, target = _user(visit), visit.form.get("next", visit.query("next", "/"))
    with visit.inbox.store.reading() as transaction:
        factor = transaction.second_factors.get(user.id)
        secret = second_factor.begun(transaction, user.id, now=visit.now)
        left = transaction.second_factors.codes_left(user.id)
    context = {
        "name": user.name,
        "is_demanded": _is_demanded(visit),
        "is_on": factor is not None and factor.confirmed_at is not None,
        "since": factor.confirmed_at if factor is not None else None,
        "key": second_factor.grouped(secret) if secret is not None else "",
        "codes": [second_factor.written(code) for code in codes],
        "left": left,
        "fault": fault,
        "was_sent": say(WAS_SENT) if was_sent else "",
        "next": target,
        "onwards": visit.inbox.urls.local(target),
        "mark": (factor.made_at.isoformat() if factor is not None else ""),
    }
    return visit.page("second_factor.html", context, status=status)


def begin(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        if is_first(visit, transaction):
            second_factor.begin(transaction, _user(visit).id, now=visit.now)
    return visit.go("/me/second-factor", next=visit.form.get("next", "/"))


def picture(visit: Visit) -> Response:
    """The secret as a picture, for who it belongs to, until it is confirmed."""
    user, inbox = _user(visit), visit.inbox
    with inbox.store.reading() as transaction:
        secret = second_factor.begun(transaction, user.id, now=visit.now)
    if secret is None:
        raise not_found(_("second factor that is being set up"))
    address = second_factor.address_of(secret, name=user.name, firm=inbox.settings.firm_name)
    return Response(second_factor.picture(address), media_type="image/svg+xml")


def confirm(gate: Gate) -> Page:
    """From here on it protects. Other sessions of before end, and this one goes on under a new token."""

    def page(visit: Visit) -> Response:
        user, session = _user(visit), visit.session
        if is_sent(visit):
            return _page(visit, was_sent=True)
        with visit.inbox.store.writing() as transaction:
            codes = second_factor.confirm(transaction, user.id, visit.field("code"), now=visit.now)
            if codes is not None and session is not None:
                is_first(visit, transaction)
                by = _by(user, visit)
                tell(transaction, EventKind.SECOND_FACTOR_SET_UP, user, by)
                end_sessions(transaction, user, by, but=session.digest)
                token = gate.session_token(visit.request)
                opened = access.go_on(transaction, session, gate.rules, token=token, now=visit.now)
        if codes is None or session is None:
            return _page(visit, fault=say(AGAIN), status=422)
        answer = _page(visit, codes=codes)
        gate.open_session(answer, opened)
        return answer

    return page


def renew_codes(visit: Visit) -> Response:
    """With a code that is good now; the ten of before are good for nothing any more."""
    user = _user(visit)
    if is_sent(visit):
        return _page(visit, was_sent=True)
    if (fault := _fault(visit, user)) is not None:
        return _page(visit, fault=fault, status=401)
    with visit.inbox.store.writing() as transaction:
        if not is_first(visit, transaction):
            return _page(visit, was_sent=True)
        codes = second_factor.renew_codes(transaction, user.id)
        tell(transaction, EventKind.RECOVERY_CODES_RENEWED, user, _by(user, visit))
    return _page(visit, codes=codes)


def remove(visit: Visit) -> Response:
    """With a code that is good now, and not where the role demands a second factor."""
    user = _user(visit)
    if _is_demanded(visit):
        advice = _("An administrator can reset it, e.g. for a new phone; then you set it up anew at the next log-in.")
        raise RefusedError(403, _("Your role demands a second factor"), advice)
    if is_sent(visit):
        return visit.go("/me/security", notice="second_factor_removed")
    if (fault := _fault(visit, user)) is not None:
        return _page(visit, fault=fault, status=401)
    with visit.inbox.store.writing() as transaction:
        is_first(visit, transaction)
        remove_second_factor(transaction, user, _by(user, visit))
    return visit.go("/me/security", notice="second_factor_removed")


def _fault(visit: Visit, user: User) -> str | None:
    found = second_factor.check(visit.inbox.store, user.id, visit.field("code"), now=visit.now)
    return FAULTS[found] if found in FAULTS else None


def _is_demanded(visit: Visit) -> bool:
    is_seen_elsewhere = visit.session is not None and visit.session.way == Way.SINGLE_SIGN_ON_STRONG
    return _user(visit).role in visit.inbox.settings.second_factor_roles and not is_seen_elsewhere


def _user(visit: Visit) -> User:
    """Also of who is only half-way in. The gate lets nobody else here."""
    if visit.session is None:
        raise not_logged_in()
    return visit.session.user


def _by(user: User, visit: Visit) -> By:
    return By(user.name, visit.now, secrets.token_hex(16))
