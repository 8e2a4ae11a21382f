"""How figures, instants and codes are said to people."""

from datetime import datetime
from zoneinfo import ZoneInfo

from models import Tier

NOTICES = {
    "saved": "Saved.",
    "macro": "The macro was run; each act is in the log of the case.",
    "view_removed": "The view is removed; the cases in it stay as they are.",
    "queued": "The reply is on its way; its state shows beside it.",
    "judging": "Saved. The case is judged again with your label.",
    "retried": "It is being tried again.",
    "gone": "Nothing was set aside there any more; nothing was done.",
    "given_up": "Given up. It is not tried any more, and its case says so.",
    "taken_over": "The case is yours now. Its former owner is told.",
    "handed_over": "Handed over. The new owner is told, with your note.",
    "advised": "The owner is told of your advice and stays the owner.",
    "linked": "Both cases now say that they are of the same person.",
    "unlinked": "The link is taken back.",
    "closed": "The case is done.",
    "reopened": "The case is open again.",
    "welcome": "Your password is set. Log in with it.",
    "bye": "You are logged out.",
    "later": "Saved. The background queue does not answer just now; this is carried out as soon as it is back.",
    "already": "This was sent already; nothing was sent twice.",
    "recorded": "Recorded in the complaint register.",
    "recorded_sent": "Recorded in the complaint register. The notice is on its way.",
    "notice_sent": "The notice is on its way; its state shows in the conversation.",
    "verdict": "Your verdict is noted.",
    "proposed": "Proposed. Somebody else has to agree before anything goes.",
    "agreed": "Agreed. It can be carried out now.",
    "turned_down": "Turned down. Nothing goes.",
    "carried_out": "Carried out. It is gone.",
    "carried_out_in_part": "Carried out. Some of it was left: a hold was placed, or it is not due any more.",
    "carried_out_files_wait": "Carried out. The database's files may still hold old bytes until `earshot retention "
    "scrub` is run while nobody else uses it.",
    "hold_placed": "The hold is placed. Nothing that it covers goes.",
    "hold_lifted": "The hold is lifted.",
    "bulk": "It is carried out in the background; this page shows how far it is.",
    "bulk_undo": "It is being undone in the background.",
    "once": "This form was sent before and was carried out once; nothing was done twice.",
}

VIEWS = {
    "all": "All open",
    "mine": "Mine",
    "unowned": "Unowned",
    "tier3": "Tier 3",
    "complaints": "Complaints",
    "due_soon": "Due in 2 h",
    "overdue": "Overdue",
    "needs_person": "Needs a person",
    "enquiries": "Enquiries",
    "bad_faith": "Possible trolls",
    "waiting": "Waiting on customer",
    "noise": "Noise",
    "every": "All cases",
}

TIERS = {
    Tier.NOISE: "noise",
    Tier.SAVED_REPLY: "saved reply",
    Tier.PERSONAL_REPLY: "personal reply",
    Tier.HIGH_PRIORITY: "high priority",
}

CLOCKS = {
    "acknowledge_24h": "acknowledge",
    "acknowledge_1bd": "acknowledge (1 business day)",
    "acknowledge": "acknowledge",
    "close_5bd": "close without IDR response",
    "close_early": "close early",
    "respond": "IDR response",
    "respond_s36": "IDR response (next business day)",
    "respond_extended": "respond (extended)",
    "advocate": "customer advocate's answer",
    "advocate_s36": "customer advocate's answer (next business day)",
    "objection_period": "the person may object",
    "ask_information": "ask for information",
    "provide_information": "the person may give information",
    "confirm_terms": "confirm the terms in writing",
    "confirm_terms_s36": "confirm the terms (next business day)",
    "collections_hold_until": "no collection before",
    "acknowledge_private": "acknowledge in private",
    "confirm": "confirm that it arrived",
    "carry_out": "carry out what was agreed",
    "afca_refer_back": "answer within AFCA's time",
}

CHANNELS = {"x": "X", "app_store": "App store", "web_form": "Web form", "email": "E-mail", "youtube": "YouTube"}

_CERTAINTY = (
    (0.97, "almost certain"),
    (0.85, "very likely"),
    (0.65, "likely"),
    (0.45, "about even"),
    (0.25, "less likely"),
    (0.08, "unlikely"),
    (0.0, "very unlikely"),
)

MINUTE, HOUR, DAY = 60, 3600, 86_400


def words(code: object) -> str:
    """`needs_person` → `needs person`."""
    return str(code).replace("_", " ")


def sentence(code: object) -> str:
    text = words(code)
    return text[:1].upper() + text[1:]


def channel(name: str) -> str:
    return CHANNELS.get(name) or sentence(name)


def clock(key: str) -> str:
    return CLOCKS.get(key) or words(key)


def tier(value: Tier) -> str:
    return f"Tier {value.value} · {TIERS[value]}" if value is not Tier.NOISE else "Noise"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`9 Nov 2026, 11:42 AEDT`, in the firm's own zone."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def duration(seconds: float) -> str:
    """Two units at most: `3 h 10 m`, `2 d 4 h`, `12 d`."""
    left = int(abs(seconds))
    if left < MINUTE:
        return "under a minute"
    if left < HOUR:
        return f"{left // MINUTE} m"
    if left < DAY:
        return _pair(left, HOUR, "h", MINUTE, "m")
    return _pair(left, DAY, "d", HOUR, "h") if left < 7 * DAY else f"{left // DAY} d"


def _pair(seconds: int, big: int, big_name: str, small: int, small_name: str) -> str:
    rest = seconds % big // small
    return f"{seconds // big} {big_name}" + (f" {rest} {small_name}" if rest else "")


def ago(at: datetime, now: datetime) -> str:
    seconds = (now - at).total_seconds()
    return "just now" if seconds < MINUTE else f"{duration(seconds)} ago"


def age_of_account(created_at: datetime | None, now: datetime) -> str:
    if created_at is None:
        return "unknown"
    days = (now - created_at).days
    if days < 60:
        return f"{max(days, 0)} days"
    return f"{days // 30} months" if days < 730 else f"{days // 365} years"


def compact(number: int | None) -> str:
    """`1.2 k`, `3.4 M`; unknown is never zero."""
    if number is None:
        return "unknown"
    for size, name in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if number >= size:
            scaled = number / size
            return f"{scaled:.1f} {name}" if scaled < 10 else f"{scaled:.0f} {name}"
    return str(number)


def probability(score: float) -> str:
    return next((name for least, name in _CERTAINTY if score >= least), _CERTAINTY[-1][1])


def percent(score: float) -> str:
    return f"{score * 100:.0f} %"


def due(due_at: datetime, now: datetime, what: str = "") -> tuple[str, str]:
    """(words, state): state is `overdue`, `soon`, `today` or `later`, for the colour that goes with the words."""
    seconds = (due_at - now).total_seconds()
    if seconds < 0:
        return f"{what} overdue {duration(seconds)}".strip(), "overdue"
    state = "soon" if seconds < 4 * HOUR else "today" if seconds < DAY else "later"
    return (f"{what} in {duration(seconds)}" if what else f"due in {duration(seconds)}"), state
