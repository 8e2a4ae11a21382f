"""The inbox as an ASGI app: its routes, and the headers every answer carries."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from connectors import registry
from connectors.base import Channel
from flow.promises import house_of
from flow.public_links import links_key
from flow.targets import follow
from inbox import saved_replies, vendor
from inbox.account_routes import account_routes
from inbox.compliance_routes import compliance_routes
from inbox.errors import RefusedError
from inbox.gate import Gate, Page, declared, error_page
from inbox.headers import CacheStatic, NoZeros, Packed, SafeHeaders, SubPath
from inbox.hosts import Hosts, ServedHosts
from inbox.languages import _, chosen_reading, read_in
from inbox.locks import Throttle
from inbox.open_routes import open_routes
from inbox.pages import (
    actions,
    approvals,
    board,
    bulk,
    by_hand,
    case,
    channels,
    classifier,
    complaint,
    complaint_acts,
    complaint_notice,
    complaints,
    crisis,
    deleted,
    desk,
    drafts,
    dry_run,
    early_warning,
    escalations,
    fields,
    figures,
    follow_up,
    health,
    keys,
    macros,
    me,
    merging,
    moderation,
    operations,
    promises,
    queue,
    register,
    replying,
    sandbox,
    skills,
    snoozing,
    targets,
    together,
    tour,
    trail,
    verdicts,
    vips,
)
from inbox.pages import policy as policy_page
from inbox.pages import saved_replies as replies
from inbox.pages.web_form import check_form
from inbox.passwords import Passwords
from inbox.presence import Watch
from inbox.rendering import Pages
from inbox.roles import (
    ACTING,
    ADMINS,
    DECIDES_REPLIES,
    EVERYBODY,
    EXPORTING,
    MANAGING,
    SEES_BOARD,
    SEES_OPERATIONS,
    SEES_REPLIES,
    Role,
)
from inbox.sign_on import provider_of
from inbox.urls import STATIC, Urls
from inbox.visit import Inbox, Visit
from models.errors import SetupError
from policy.approval_rules import load_approval_rules
from policy.loading import load_policy
from policy.notices import load_notices
from policy.public_replies import load_public_reply_rules
from policy.retention import load_retention
from settings import Settings
from store.queue import Queues
from store.store import Store

STATIC_PATH = "/static"
"""The same for everybody; the only route that the gate does not see."""
ChannelFor = Callable[[str, Settings, Store], Channel]


def create_app(
    settings: Settings,
    store: Store,
    queues: Queues,
    *,
    channel_for: ChannelFor = registry.channel_for,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    passwords: Passwords | None = None,
) -> Starlette:
    """Raises: SetupError where the front-end libraries were not fetched, the saved replies cannot be read, or a page is
    on without what it needs.
    """
    lacking = vendor.missing()
    if lacking:
        raise SetupError(
            f"inbox/static/vendor lacks {', '.join(lacking)}: run `make setup` (or `python -m inbox.vendor`)"
        )
    check_form(settings)
    follow(store, lambda: policy)
    urls = Urls(settings.web_root)
    notices = load_notices(schemes=settings.dispute_schemes)
    policy = load_policy(**settings.policy)
    inbox = Inbox(
        settings=settings,
        store=store,
        queues=queues,
        channel=cache(lambda name: channel_for(name, settings, store)),
        clock=clock,
        urls=urls,
        pages=Pages(urls, policy.zone, settings.firm_name),
        passwords=passwords or Passwords(),
        saved_replies=saved_replies.load(),
        notices=notices,
        reply_rules=load_public_reply_rules(),
        approval_rules=load_approval_rules(),
        promises=house_of(policy),
        published_contacts=(*settings.published_contacts, *(said for one in notices.schemes for said in one.contacts)),
        policy=policy,
        retention=load_retention(),
        watch=Watch(store, clock=clock),
        throttle=Throttle(store, cache(lambda: links_key(settings))),
        sign_on=provider_of(settings, clock),
    )
    app = Starlette(
        routes=_all_declared(_routes(Gate(inbox))),
        middleware=[
            Middleware(SafeHeaders, hsts_seconds=settings.web_hsts_seconds),
            Middleware(ServedHosts, hosts=Hosts.of(settings)),
            Middleware(NoZeros),
            Middleware(SubPath, root=urls.root),
            Middleware(Packed),
        ],
        exception_handlers=_error_pages(inbox),
    )
    app.state.watch = inbox.watch
    return app


def _all_declared(routes: list[BaseRoute]) -> list[BaseRoute]:
    """Whoever adds a route says who may use it. Raises: SetupError."""
    paths = [str(getattr(each, "path", each)) for each in routes if declared(each) is None]
    if set(paths) - {STATIC_PATH}:
        raise SetupError(f"nobody said who may use {', '.join(paths)}: make them with the gate")
    return routes


def _routes(gate: Gate) -> list[BaseRoute]:
    def get(path: str, page: Page, roles: frozenset[Role] = EVERYBODY) -> Route:
        return Route(path, gate.page(page, roles=roles), methods=["GET"])

    def post(path: str, page: Page, roles: frozenset[Role] = ACTING) -> Route:
        return Route(path, gate.page(page, roles=roles), methods=["POST"])

    return [
        Mount(STATIC_PATH, CacheStatic(directory=STATIC), name="static"),
        *open_routes(gate),
        get("/", queue.show),
        get("/news", queue.news),
        get("/filters", queue.filters),
        post("/views", queue.save_view),
        post("/views/{id}/remove", queue.remove_view),
        *_cases(get, post),
        *_together(get, post),
        *_replies_and_macros(get, post),
        *_approvals(get, post),
        *_trying(get, post),
        *_escalations(get, post),
        *_early_warning(get, post),
        *_promises(get, post),
        *_who_comes_first(get, post),
        post("/mentions/{id}/label", verdicts.relabel),
        post("/mentions/{id}/verdict", verdicts.say),
        post("/mentions/{id}/verdict/undo", verdicts.take_back),
        get("/mentions/{id}/kept", deleted.show_kept),
        get("/complaints", complaints.show),
        get("/complaints/{id}", complaint.show),
        post("/complaints/{id}/acts/{act}", complaint_acts.act),
        post("/complaints/{id}/notice", complaint_notice.write),
        post("/outbox/{id}/retry", actions.retry),
        get("/desk", desk.show),
        get("/desk/{id}", desk.show_ticket),
        get("/register", register.show),
        get("/register/export", register.download, EXPORTING),
        get("/cases/{id}/trail/export", trail.download, EXPORTING),
        get("/health", health.show),
        get("/me", me.show),
        post("/me", me.change, EVERYBODY),
        get("/first-steps", tour.show),
        post("/first-steps", tour.change),
        get("/keys", keys.show),
        post("/keys", keys.change, EVERYBODY),
        get("/bulk", bulk.show),
        get("/bulk/preview", bulk.preview),
        post("/bulk", bulk.carry_out),
        post("/bulk/{id}/undo", bulk.undo),
        get("/channels", channels.show),
        *_board(get),
        *_figures(get, post),
        *_follow_up(get, post),
        *_operations(get, post),
        *compliance_routes(get, post),
        *account_routes(gate, get, post),
    ]


def _cases(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/cases/{id}", case.show),
        get("/cases/{id}/alike", case.alike),
        post("/cases/{id}/assign", actions.assign),
        post("/cases/{id}/note", actions.note),
        post("/cases/{id}/done", actions.done),
        post("/cases/{id}/reopen", actions.reopen),
        post("/cases/{id}/told", targets.tell),
        post("/cases/{id}/composer", replying.compose),
        post("/cases/{id}/reply", replying.reply),
        post("/cases/{id}/count", replying.count),
        post("/cases/{id}/macro", macros.run_on_case),
    ]


def _replies_and_macros(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    """Everybody sees them; few change them."""
    return [
        get("/replies", replies.show),
        post("/replies", replies.add, MANAGING),
        post("/replies/proposals/dismiss", replies.dismiss, MANAGING),
        post("/replies/{id}", replies.edit, MANAGING),
        post("/replies/{id}/retire", replies.retire, MANAGING),
        post("/replies/{id}/restore", replies.restore, MANAGING),
        get("/macros", macros.show),
        post("/macros", macros.add, MANAGING),
        post("/macros/{id}", macros.edit, MANAGING),
        post("/macros/{id}/retire", macros.retire, MANAGING),
        post("/macros/{id}/restore", macros.restore, MANAGING),
    ]


def _follow_up(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/follow-up", follow_up.show, SEES_BOARD),
        get("/follow-up/export", follow_up.download, SEES_BOARD),
        post("/follow-up/{id}/review", follow_up.review, DECIDES_REPLIES),
    ]


def _trying(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    """Rules against history, and what really happened in a sandbox."""
    return [
        get("/dry-run", dry_run.show, SEES_REPLIES),
        post("/dry-run", dry_run.start, DECIDES_REPLIES),
        get("/dry-run/{id}", dry_run.show_one, SEES_REPLIES),
        get("/dry-run/{id}/cases.csv", dry_run.download, SEES_REPLIES),
        get("/cases/{id}/then", sandbox.show),
    ]


def _approvals(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/approvals", approvals.show),
        post("/approvals/{id}/approve", approvals.approve, DECIDES_REPLIES),
        post("/approvals/{id}/send-back", approvals.send_back, DECIDES_REPLIES),
        post("/approvals/{id}/withdraw", approvals.withdraw),
        post("/training", approvals.change_training, MANAGING),
        *_crisis(get, post),
    ]


def _crisis(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    """Everybody sees it; who may declare, approve and lift is policy."""
    return [
        get("/crisis", crisis.show),
        get("/crisis/cases", crisis.show_cases),
        post("/crisis", crisis.declare),
        post("/crisis/{id}/{act}", crisis.act),
    ]


def _who_comes_first(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/vips", vips.show, SEES_BOARD),
        post("/vips", vips.add, MANAGING),
        post("/vips/file", vips.add_file, MANAGING),
        post("/vips/{id}/end", vips.end, MANAGING),
        get("/skills", skills.show),
        post("/skills", skills.change_skill, MANAGING),
        post("/skills/room", skills.change_room),
        post("/skills/next", skills.give_next, MANAGING),
    ]


def _promises(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/promises", promises.show),
        get("/promises/export", promises.download, EXPORTING),
        post("/cases/{id}/promises", promises.make),
        post("/cases/{id}/promise-found", replying.promise),
        post("/cases/{id}/answer-found", replying.found),
        post("/promises/{id}/keep", promises.keep),
        post("/promises/{id}/withdraw", promises.withdraw),
        post("/promises/{id}/date", promises.change_date),
    ]


def _early_warning(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        post("/cases/{id}/warning/seen", early_warning.see),
        post("/cases/{id}/warning/aside", early_warning.put_aside),
        post("/cases/{id}/warning/escalate", early_warning.escalate),
    ]


def _escalations(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/escalations", escalations.show),
        get("/escalations/export", escalations.download, EXPORTING),
        post("/cases/{id}/escalate", escalations.escalate),
        post("/cases/{id}/not-sure", escalations.not_sure),
        post("/cases/{id}/escalation/return", escalations.send_back),
        post("/cases/{id}/escalation/settle", escalations.settle),
        get("/teams", escalations.show_teams),
        post("/teams", escalations.change, MANAGING),
        get("/policy", policy_page.show),
        post("/policy/read", policy_page.read),
    ]


def _together(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/called", together.calls),
        post("/called/{id}", together.call_opened),
        get("/cases/{id}/live", together.live),
        post("/cases/{id}/here", together.here),
        get("/cases/{id}/drafts", drafts.own),
        post("/cases/{id}/drafts", drafts.keep),
        post("/cases/{id}/drafts/share", drafts.share),
        post("/cases/{id}/drafts/take", drafts.take),
        post("/cases/{id}/take-over", together.take_over),
        post("/cases/{id}/hand-over", together.hand_over),
        post("/cases/{id}/advise", together.advise),
        post("/cases/{id}/link", together.link),
        post("/cases/{id}/unlink", together.unlink),
        get("/cases/{id}/merge", merging.show_merge),
        post("/cases/{id}/merge", merging.merge),
        post("/cases/{id}/unmerge", merging.unmerge),
        get("/cases/{id}/split", merging.show_split),
        post("/cases/{id}/split", merging.split),
        post("/cases/{id}/unsplit", merging.unsplit),
        post("/cases/{id}/by-hand", by_hand.set_by_hand),
        post("/cases/{id}/fields", fields.set_on_case),
        post("/cases/{id}/leave-to-rules", by_hand.leave_to_rules),
        post("/cases/{id}/snooze", snoozing.put_off),
        post("/cases/{id}/wake", snoozing.wake),
        post("/mentions/{id}/report", moderation.report),
        post("/mentions/{id}/withdraw-report", moderation.withdraw_report),
        post("/mentions/{id}/mute", moderation.mute),
        post("/mentions/{id}/unmute", moderation.unmute),
        post("/mentions/{id}/hide", moderation.hide),
        post("/mentions/{id}/show", moderation.show),
    ]


def _board(get: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/board", board.show, SEES_BOARD),
        get("/board/live", board.show_live, SEES_BOARD),
        get("/board/measured", board.show_measured, SEES_BOARD),
        get("/board/list", board.show_list, SEES_BOARD),
    ]


def _figures(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/figures", figures.show, SEES_BOARD),
        get("/figures/cases", figures.show_cases, SEES_BOARD),
        get("/figures/export", figures.download, SEES_BOARD),
        get("/figures/quality", figures.show_quality, SEES_BOARD),
        get("/figures/quality/{id}", figures.show_scorecard, SEES_BOARD),
        post("/figures/quality/{id}", figures.keep_score, MANAGING),
        get("/figures/classifier", classifier.show, SEES_BOARD),
        get("/figures/classifier/card", classifier.download_card, SEES_BOARD),
    ]


def _operations(get: Callable[..., BaseRoute], post: Callable[..., BaseRoute]) -> list[BaseRoute]:
    return [
        get("/operations", operations.show, SEES_OPERATIONS),
        post("/operations/messages/retry", operations.retry_messages, ADMINS),
        post("/operations/messages/{id}/retry", operations.retry_message, ADMINS),
        post("/operations/lines/retry", operations.retry_lines, ADMINS),
        post("/operations/lines/{id}/retry", operations.retry_line, ADMINS),
        post("/operations/pushes/retry", operations.retry_pushes, ADMINS),
        post("/operations/pushes/{id}/retry", operations.retry_push, ADMINS),
        post("/operations/outbox/retry", operations.retry_deliveries, ADMINS),
        post("/operations/outbox/{id}/retry", operations.retry_delivery, ADMINS),
        post("/operations/outbox/{id}/give-up", operations.give_up, ADMINS),
    ]


def _error_pages(inbox: Inbox) -> dict[int | type[Exception], Callable[[Request, Exception], Response]]:
    def known(error: Exception) -> RefusedError:
        status = error.status_code if isinstance(error, HTTPException) else 500
        title = {404: _("There is no such page"), 405: _("This page cannot be used this way")}.get(
            status, _("That did not work")
        )
        return RefusedError(status, title, _("The queue shows every open case."))

    def unknown(error: Exception) -> RefusedError:
        advice = _("What was not saved was undone. The fault is in the log; try again, or tell the operator.")
        return RefusedError(500, _("Something broke on our side"), advice)

    def plainly(refusal: Callable[[Exception], RefusedError]) -> Callable[[Request, Exception], Response]:
        def page(request: Request, error: Exception) -> Response:
            reading = chosen_reading({}, request.headers.get("accept-language", ""))
            with read_in(reading):
                return error_page(Visit(inbox, request, inbox.clock(), "", reading=reading), refusal(error))

        return page

    return {HTTPException: plainly(known), Exception: plainly(unknown)}
