"""How figures, instants and codes are said to people."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent

from inbox.languages import N_, Sayings, _, ngettext, reading, say, translated
from models import Tier
from store.worklist import MOST_COUNTED

NOTICES = Sayings(
    {
        "saved": N_("Saved."),
        "macro": N_("The macro was run; each act is in the log of the case."),
        "crisis_declared": N_(
            "The crisis is declared. What is frozen is frozen now, and who is on the list is called."
        ),
        "crisis_lifted": N_("The crisis is lifted. Saved replies are back, and its log is kept."),
        "draft_shared": N_("The draft is shared with colleagues who open the case; nothing was sent."),
        "draft_unshared": N_("The draft is yours alone again."),
        "draft_taken": N_("It is a draft of yours now; the colleague keeps theirs."),
        "already_so": N_("All of it stands so already; nothing was changed."),
        "view_removed": N_("The view is removed; the cases in it stay as they are."),
        "queued": N_("The reply is on its way; its state shows beside it."),
        "judging": N_("Saved. The case is judged again with your label."),
        "tour_away": N_("Put away. First steps stand on your own page, behind your name."),
        "unsure": N_("Noted: you are not sure. The case now waits for somebody else, in the view Needs a person."),
        "opinion_taken_back": N_("Taken back. The case is judged again without it."),
        "retried": N_("It is being tried again."),
        "gone": N_("Nothing was set aside there any more; nothing was done."),
        "given_up": N_("Given up. It is not tried any more, and its case says so."),
        "taken_over": N_("The case is yours now. Its former owner is told."),
        "handed_over": N_("Handed over. The new owner is told, with your note."),
        "advised": N_("The owner is told of your advice and stays the owner."),
        "linked": N_("Both cases now say that they are of the same person."),
        "unlinked": N_("The link is taken back."),
        "merged": N_("The cases are merged. This one shows all messages; the merge can be taken back."),
        "unmerged": N_("The merge is taken back. This case has its messages again."),
        "split": N_("These messages are a case of their own now. That can be taken back."),
        "unsplit": N_("The messages are back in this case."),
        "closed": N_("The case is done."),
        "reopened": N_("The case is open again."),
        "snoozed": N_("Put off. It comes back by itself, and no clock moved; “Bring it back now” undoes it."),
        "woken": N_("The case is back, as it was before."),
        "awake": N_("The case is back already; nothing was done."),
        "reported": N_("Kept: you reported it. The platform is told by you alone, on its own page."),
        "report_withdrawn": N_("The report is taken back here; the platform is not told."),
        "muted": N_(
            "The author is muted: their later noise stays noise. Complaints and what needs a person still come."
        ),
        "unmuted": N_("The author is heard again; what was folded away is decided anew."),
        "hiding": N_("It is being hidden on the platform; how far that is shows at the message."),
        "showing": N_("It is being shown again on the platform; how far that is shows at the message."),
        "welcome": N_("Your password is set. Log in with it."),
        "password_changed": N_("Your password is changed. Wherever else you were logged in, you are logged out."),
        "second_factor_removed": N_("The second factor is removed."),
        "sessions_ended": N_("Ended. Whoever was logged in there is logged out."),
        "recovery_code": N_("You came in with a recovery code; it is used up now. Here you can make new ones."),
        "key_revoked": N_("The key is refused from now on."),
        "bye": N_("You are logged out."),
        "later": N_("Saved. The background queue does not answer just now; this is carried out as soon as it is back."),
        "already": N_("This was sent already; nothing was sent twice."),
        "recorded": N_("Recorded in the complaint register."),
        "recorded_sent": N_("Recorded in the complaint register. The notice is on its way."),
        "notice_sent": N_("The notice is on its way; its state shows in the conversation."),
        "verdict": N_("Your verdict is noted."),
        "proposed": N_("Proposed. Somebody else has to agree before anything goes."),
        "agreed": N_("Agreed. It can be carried out now."),
        "turned_down": N_("Turned down. Nothing goes."),
        "carried_out": N_("Carried out. It is gone."),
        "carried_out_in_part": N_("Carried out. Some of it was left: a hold was placed, or it is not due any more."),
        "carried_out_files_wait": N_(
            "Carried out. The database's files may still hold old bytes until `earshot retention "
            "scrub` is run while nobody else uses it."
        ),
        "hold_placed": N_("The hold is placed. Nothing that it covers goes."),
        "hold_lifted": N_("The hold is lifted."),
        "erasure_asked": N_("Asked for. Somebody else has to agree before anything goes."),
        "erased": N_("Carried out. What had to stay is said below, and looked at again every day."),
        "bulk": N_("It is carried out in the background; this page shows how far it is."),
        "bulk_undo": N_("It is being undone in the background."),
        "approval_asked": N_(
            "It waits for approval: somebody else reads it, and then it goes out. No clock stops meanwhile."
        ),
        "approved": N_("Approved. The reply is on its way; its state shows in the conversation."),
        "sent_back": N_("Sent back. Its author is told, with your words."),
        "escalated": N_("Escalated. Who has it now is told, with your note; no clock moved."),
        "escalation_returned": N_("Sent back. Who escalated it has it again, and is told, with your words."),
        "escalation_settled": N_("Settled. No further step is taken, and the case keeps its owner."),
        "withdrawn": N_("Taken back. It was not sent, and its words are in your draft."),
        "promised": N_("Noted: it stands under Promises, and its owner is reminded before it is due."),
        "promise_kept": N_("Noted: the promise is kept."),
        "promise_withdrawn": N_("Noted: nobody waits for this promise any more."),
        "promise_moved": N_("Another date is promised; the old promise stays in the list, with the reason."),
        "vip_added": N_("Entered. Open cases of this account stand further up from now on."),
        "vip_known": N_("All of these stand in the list already; nothing was added."),
        "vip_ended": N_("Ended. Its cases stand where they would without it."),
        "given": N_("Given to who fits best; the log of the case says why."),
        "once": N_("This form was sent before and was carried out once; nothing was done twice."),
    }
)

VIEWS = Sayings(
    {
        "all": N_("All open"),
        "mine": N_("Mine"),
        "unowned": N_("Unowned"),
        "tier3": N_("Tier 3"),
        "complaints": N_("Complaints"),
        "due_soon": N_("Due in 2 h"),
        "overdue": N_("Overdue"),
        "target_soon": N_("Target in 2 h"),
        "target_missed": N_("Target missed"),
        "needs_person": N_("Needs a person"),
        "early_warning": N_("Early warning"),
        "enquiries": N_("Enquiries"),
        "bad_faith": N_("Possible trolls"),
        "waiting": N_("Waiting on customer"),
        "snoozed": N_("Snoozed"),
        "noise": N_("Noise"),
        "every": N_("All cases"),
    }
)

TIERS = Sayings(
    {
        Tier.NOISE: N_("noise"),
        Tier.SAVED_REPLY: N_("saved reply"),
        Tier.PERSONAL_REPLY: N_("personal reply"),
        Tier.HIGH_PRIORITY: N_("high priority"),
    }
)

CLOCKS = Sayings(
    {
        "acknowledge_24h": N_("acknowledge"),
        "acknowledge_1bd": N_("acknowledge (1 business day)"),
        "acknowledge": N_("acknowledge"),
        "close_5bd": N_("close without IDR response"),
        "close_early": N_("close early"),
        "respond": N_("IDR response"),
        "respond_s36": N_("IDR response (next business day)"),
        "respond_extended": N_("respond (extended)"),
        "advocate": N_("customer advocate's answer"),
        "advocate_s36": N_("customer advocate's answer (next business day)"),
        "objection_period": N_("the person may object"),
        "ask_information": N_("ask for information"),
        "provide_information": N_("the person may give information"),
        "confirm_terms": N_("confirm the terms in writing"),
        "confirm_terms_s36": N_("confirm the terms (next business day)"),
        "collections_hold_until": N_("no collection before"),
        "acknowledge_private": N_("acknowledge in private"),
        "confirm": N_("confirm that it arrived"),
        "carry_out": N_("carry out what was agreed"),
        "afca_refer_back": N_("answer within AFCA's time"),
    }
)

CHANNELS = Sayings(
    {
        "x": N_("X"),
        "app_store": N_("App store"),
        "web_form": N_("Web form"),
        "email": N_("E-mail"),
        "youtube": N_("YouTube"),
        "status_page": N_("Status page"),
    }
)

_CERTAINTY = (
    (0.97, N_("almost certain")),
    (0.85, N_("very likely")),
    (0.65, N_("likely")),
    (0.45, N_("about even")),
    (0.25, N_("less likely")),
    (0.08, N_("unlikely")),
    (0.0, N_("very unlikely")),
)

MINUTE, HOUR, DAY = 60, 3600, 86_400
DOTTED = "İ"
"""The capital of a Turkish i."""
MOMENTS = {"en": "d MMM y, HH:mm", "tr": "d MMM y HH:mm", "bg": "d MMM y 'г.', HH:mm"}
DAYS = {"en": "EEE d MMM y", "tr": "d MMM y EEE", "bg": "EEE, d MMM y 'г.'"}
PERCENTS = {"tr": "%#,##0"}
PERCENT = "#,##0 %"
MOST_KEPT = 4_096
"""Dates and figures that were said lately: Babel takes longer for one than a page has time for fifty."""


def spaced(code: object) -> str:
    """`needs_person` → `needs person`, in no language but the code's own."""
    return str(code).replace("_", " ")


def words(code: object) -> str:
    """`needs_person` → `needs person`, in the language of who reads it; `shown_codes` keeps the list."""
    return translated(spaced(code))


def sentence(code: object) -> str:
    return capital(words(code))


def capital(text: str) -> str:
    first = text[:1]
    return (DOTTED if first == "i" and reading().language == "tr" else first.upper()) + text[1:]


def channel(name: str) -> str:
    return CHANNELS.get(name) or sentence(name)


def clock(key: str) -> str:
    return CLOCKS.get(key) or words(key)


def tier(value: Tier) -> str:
    if value is Tier.NOISE:
        return _("Noise")
    return _("Tier %(number)s · %(meaning)s", number=value.value, meaning=TIERS[value])


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`9 Nov 2026, 11:42 AEDT`, in the firm's own zone; behind it the reader's time where they read in another."""
    local, theirs = at.astimezone(zone), reading().zone
    firm = f"{_dated(local, MOMENTS)} {local:%Z}"
    if theirs is None or at.astimezone(theirs).utcoffset() == local.utcoffset():
        return firm
    own = at.astimezone(theirs)
    own_time = f"{own:%H:%M}" if own.date() == local.date() else _dated(own, MOMENTS)
    return f"{firm} ({own_time} {own:%Z})"


def day(on: date) -> str:
    """`Mon 22 Dec 2026`."""
    return _dated(on, DAYS)


def _dated(at: date, patterns: Mapping[str, str]) -> str:
    """By the fields alone: two instants that are equal may show different hours."""
    asked = reading()
    fields = at.replace(tzinfo=None) if isinstance(at, datetime) else at
    return _formatted_date(fields, patterns[asked.language], asked.locale)


@lru_cache(MOST_KEPT)
def _formatted_date(fields: date, pattern: str, locale: Locale) -> str:
    return format_datetime(fields, pattern, locale=locale)


def duration(seconds: float) -> str:
    """Two units at most: `3 h 10 m`, `2 d 4 h`, `12 d`."""
    left = int(abs(seconds))
    if left < MINUTE:
        return _("under a minute")
    if left < HOUR:
        return _("%(minutes)s m", minutes=left // MINUTE)
    if left < DAY:
        hours, minutes = left // HOUR, left % HOUR // MINUTE
        return (
            _("%(hours)s h %(minutes)s m", hours=hours, minutes=minutes) if minutes else _("%(hours)s h", hours=hours)
        )
    days, hours = left // DAY, left % DAY // HOUR
    if hours and days < 7:
        return _("%(days)s d %(hours)s h", days=days, hours=hours)
    return _("%(days)s d", days=days)


def ago(at: datetime, now: datetime) -> str:
    seconds = (now - at).total_seconds()
    return _("just now") if seconds < MINUTE else _("%(duration)s ago", duration=duration(seconds))


def age_of_account(created_at: datetime | None, now: datetime) -> str:
    if created_at is None:
        return _("unknown")
    days = max((now - created_at).days, 0)
    if days < 60:
        return ngettext("%(num)s day", "%(num)s days", days)
    months, years = days // 30, days // 365
    return (
        ngettext("%(num)s month", "%(num)s months", months)
        if days < 730
        else ngettext("%(num)s year", "%(num)s years", years)
    )


def compact(number: int | None) -> str:
    """`1.2 k`, `3.4 M`; unknown is never zero."""
    if number is None:
        return _("unknown")
    for size, name in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= size:
            scaled = number / size
            return f"{decimal(scaled, 1 if scaled < 10 else 0)} {name}"
    return str(number)


def decimal(number: float, places: int) -> str:
    return _formatted_number(number or 0, "#,##0." + "0" * places if places else "#,##0", reading().locale)


@lru_cache(MOST_KEPT)
def _formatted_number(number: float, pattern: str, locale: Locale) -> str:
    return str(format_decimal(number, format=pattern, locale=locale))


def whole(number: int) -> str:
    """`12,345`, as the reader's language groups digits."""
    return decimal(number, 0)


def counted(number: int) -> str:
    """Of a list: `1,000+` where it was counted no further."""
    return f"{whole(MOST_COUNTED)}+" if number > MOST_COUNTED else whole(number)


def probability(score: float) -> str:
    return say(next((name for least, name in _CERTAINTY if score >= least), _CERTAINTY[-1][1]))


def percent(score: float) -> str:
    asked = reading()
    return str(format_percent(score, format=PERCENTS.get(asked.language, PERCENT), locale=asked.locale))


def due(due_at: datetime, now: datetime, what: str = "") -> tuple[str, str]:
    """(words, state): state is `overdue`, `soon`, `today` or `later`, for the colour that goes with the words."""
    seconds = (due_at - now).total_seconds()
    left = duration(seconds)
    if seconds < 0:
        late = (
            _("%(what)s overdue %(duration)s", what=what, duration=left)
            if what
            else _("overdue %(duration)s", duration=left)
        )
        return late, "overdue"
    state = "soon" if seconds < 4 * HOUR else "today" if seconds < DAY else "later"
    if what:
        return _("%(what)s in %(duration)s", what=what, duration=left), state
    return _("due in %(duration)s", duration=left), state
