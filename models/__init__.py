"""Records: frozen dataclasses and closed sets, standard library only.

Takes nothing, gives the words every part speaks in, never imports anything of ours.
ML weights are not here: those are in `classify/weights`.
"""

from models.author import Author, AuthorHistory, Post, SharedPost
from models.case import (
    CaseRef,
    CaseState,
    Decision,
    Definition,
    Limb,
    LimbVerdict,
    Priority,
    Reach,
    ScorePart,
    Tier,
)
from models.change import (
    AccountState,
    Bystander,
    Deletion,
    Departure,
    Edit,
    Presence,
    Recheck,
    Repost,
    Surroundings,
)
from models.clock import Due, Force
from models.cursor import Page, Rejected, Wordless
from models.entry import Entry, EntryKind
from models.event import ActorKind, Event, EventKind
from models.learning import (
    SCORE_STEPS,
    ChangeKind,
    ClassifierChange,
    Correction,
    JudgedTwice,
    ScoreCounts,
    Standing,
)
from models.mention import MOST_COUNTED, Kind, Mention, MentionState
from models.reply import AuthoredBy, Capabilities, MayReply, Reply
from models.ticket import (
    Comment,
    Receipt,
    StandingPage,
    Ticket,
    TicketStanding,
    TicketStatus,
    TicketUpdate,
)
from models.verdict import UNSURE, Label, Reason, Verdict

__all__ = [
    "MOST_COUNTED",
    "SCORE_STEPS",
    "UNSURE",
    "AccountState",
    "ActorKind",
    "Author",
    "AuthorHistory",
    "AuthoredBy",
    "Bystander",
    "Capabilities",
    "CaseRef",
    "CaseState",
    "ChangeKind",
    "ClassifierChange",
    "Comment",
    "Correction",
    "Decision",
    "Definition",
    "Deletion",
    "Departure",
    "Due",
    "Edit",
    "Entry",
    "EntryKind",
    "Event",
    "EventKind",
    "Force",
    "JudgedTwice",
    "Kind",
    "Label",
    "Limb",
    "LimbVerdict",
    "MayReply",
    "Mention",
    "MentionState",
    "Page",
    "Post",
    "Presence",
    "Priority",
    "Reach",
    "Reason",
    "Receipt",
    "Recheck",
    "Rejected",
    "Reply",
    "Repost",
    "ScoreCounts",
    "ScorePart",
    "SharedPost",
    "Standing",
    "StandingPage",
    "Surroundings",
    "Ticket",
    "TicketStanding",
    "TicketStatus",
    "TicketUpdate",
    "Tier",
    "Verdict",
    "Wordless",
]
