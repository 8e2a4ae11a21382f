"""How satisfied customers say they are: by week against the target, what to review, comments; and CSV of it."""

import secrets
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from starlette.responses import Response

from flow.follow_up import review as review_rating
from flow.platform_deletion import as_shown
from flow.public_links import public_base
from flow.teamwork import By
from inbox import wording
from inbox.composer import sent_form_key
from inbox.downloads import as_csv, attached
from inbox.errors import bad_form
from inbox.follow_up import WHY_NOT, plot
from inbox.languages import Sayings, _
from inbox.roles import DECIDES_REPLIES
from inbox.visit import Visit
from measure.csat import DEFINITIONS, by_week, csat
from store.follow_up import ListedSurvey
from store.mentions import StoredMention
from store.store import Transaction

DAYS = (28, 91, 182, 365)
SHOWN = 100
LONGEST_NOTE = 2_000
COLUMNS = (
    "case", "asked_at", "rated_at", "score", "scale", "target", "satisfied", "via", "channel", "tier", "label",
    "handled_by", "comment_label", "reviewed_by", "reviewed_at",
)  # fmt: skip


def show(visit: Visit) -> Response:
    return _page(visit, None)


def _page(visit: Visit, fault: tuple[int, str] | None) -> Response:
    """`fault`: (case, why its review was not kept)."""
    days, start = _period(visit)
    rules, zone = visit.inbox.policy.follow_up, visit.inbox.policy.zone
    with visit.inbox.store.reading() as transaction:
        listed = transaction.follow_ups.asked_between(start, visit.now + timedelta(seconds=1))
        not_asked = transaction.follow_ups.not_asked_since(start)
        comments = _comments(transaction, listed)
    surveys = [one.survey for one in listed]
    weeks = by_week(surveys, first=start.astimezone(zone).date(), last=visit.now.astimezone(zone).date(), zone=zone)
    low = sorted((one for one in listed if one.survey.is_low), key=lambda one: one.survey.reviewed_at is not None)
    context = {
        "rules": rules,
        "base": public_base(visit.inbox.settings),
        "days": days,
        "offered": DAYS,
        "figures": csat(surveys),
        "weeks": weeks[::-1],
        "plots": [
            drawn
            for scale, target in sorted({(one.scale, one.target) for one in surveys})
            if (drawn := plot(weeks, scale=scale, target=target)) is not None
        ],
        "low": low[:SHOWN],
        "comments": comments,
        "with_comment": [one for one in listed if one.survey.comment_id in comments][:SHOWN],
        "not_asked": sorted(((WHY_NOT[why], count) for why, count in not_asked.items()), key=lambda one: -one[1]),
        "define": Sayings(DEFINITIONS),
        "may_review": visit.role in DECIDES_REPLIES,
        "fault": fault,
        "form_key": secrets.token_hex(16),
    }
    return visit.page("follow_up.html", context, status=200 if fault is None else 422)


def review(visit: Visit) -> Response:
    note = visit.field("note").replace("\r\n", "\n").strip()
    if len(note) > LONGEST_NOTE:
        raise bad_form(_("a note has at most %(most)s characters", most=wording.whole(LONGEST_NOTE)))
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id(), is_merged_too=True)
        is_done = review_rating(transaction, case.id, note, by)
    return visit.go("/follow-up", notice="saved" if is_done else "once", anchor="#low")


def download(visit: Visit) -> Response:
    """One line a survey that was sent; no customer and no words."""
    days, start = _period(visit)
    with visit.inbox.store.reading() as transaction:
        listed = transaction.follow_ups.asked_between(start, visit.now + timedelta(seconds=1))
    file, _rows = as_csv(COLUMNS, map(_line, listed))
    return attached(file, f"follow_up_{days}_days.csv", "text/csv; charset=utf-8")


def _line(one: ListedSurvey) -> list[object]:
    survey = one.survey
    satisfied = "" if survey.score is None else "no" if survey.is_low else "yes"
    return [
        survey.case_id,
        survey.asked_at.isoformat(),
        survey.rated_at.isoformat() if survey.rated_at is not None else "",
        survey.score if survey.score is not None else "",
        survey.scale,
        survey.target,
        satisfied,
        survey.via.value if survey.via is not None else "",
        survey.channel,
        one.tier,
        one.label,
        survey.handled_by or "",
        one.comment_label or "",
        survey.reviewed_by or "",
        survey.reviewed_at.isoformat() if survey.reviewed_at is not None else "",
    ]


def _period(visit: Visit) -> tuple[int, datetime]:
    """(days, since the midnight, where the firm is, so many days ago)."""
    days = visit.query_number("days", 0)
    days = days if days in DAYS else DAYS[1]
    zone = visit.inbox.policy.zone
    return days, datetime.combine(visit.now.astimezone(zone).date() - timedelta(days=days - 1), time(), zone)


def _comments(transaction: Transaction, listed: Sequence[ListedSurvey]) -> dict[str, StoredMention]:
    """As a screen may show them: without words that their author deleted."""
    wanted = [one.survey.comment_id for one in listed if one.survey.comment_id is not None]
    return {item.mention.id: item for item in as_shown(transaction, transaction.mentions.get(wanted))}
