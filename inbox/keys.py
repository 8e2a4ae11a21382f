"""What the keyboard can do: every command with its own key, what a person may bind anew, and where `g` leads.

`static/keys.js` reads the map from the page; nothing is said twice.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from inbox import wording
from inbox.languages import N_, _, say
from inbox.roles import ACTING, ADMINS, EVERYBODY, SEES_BOARD, SEES_COMPLIANCE, SEES_OPERATIONS, Role
from models.saved_reply import Macro

PREFERENCE = "keys"
KEY = re.compile(r"[^\W_]|[!-/:-@\[-`{-~]")
"""One letter of any alphabet, digit or sign; a capital letter is typed with Shift."""
LONGEST_SEQUENCE = 2
MACRO = "macro:"
"""Before the key of a macro: the name of its command."""
MOST_MACROS = 30
"""That can have keys: a form has only so many fields."""


class Place(StrEnum):
    LIST = N_("In the list")
    CASE = N_("On a case")
    MACRO = N_("Macros, on a case")
    EVERYWHERE = N_("Everywhere")
    GO = N_("Go to")


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    saying: str
    keys: str
    """One key, or two one after the other with a space between."""
    place: Place
    roles: frozenset[Role] = EVERYBODY
    path: str | None = None
    """Where it leads, for those that only lead somewhere."""
    also: str = ""
    """A key that does the same and is the browser's own."""

    @property
    def words(self) -> str:
        """What it does, to who reads it; a macro is called what the firm calls it."""
        return self.saying if self.name.startswith(MACRO) else say(self.saying)


COMMANDS = (
    Command("down", N_("Next row"), "j", Place.LIST),
    Command("up", N_("Row before"), "k", Place.LIST),
    Command("open", N_("Open the case"), "o", Place.LIST, also="Enter"),
    Command("tick", N_("Tick the row"), "x", Place.LIST, ACTING),
    Command("tick_all", N_("Tick every row of the page, or none"), "*", Place.LIST, ACTING),
    Command("news", N_("Show what is new in the list"), ".", Place.LIST),
    Command("filters", N_("Filters"), "f", Place.LIST),
    Command("next", N_("Next case"), "n", Place.CASE),
    Command("previous", N_("Case before"), "p", Place.CASE),
    Command("back", N_("Back to the list"), "u", Place.CASE),
    Command("reply", N_("Write a reply"), "r", Place.CASE, ACTING),
    Command("private", N_("Write a private reply"), "m", Place.CASE, ACTING),
    Command("note", N_("Write an internal note"), "i", Place.CASE, ACTING),
    Command("assign", N_("Assign to me"), "a", Place.CASE, ACTING),
    Command("take_over", N_("Take over"), "T", Place.CASE, ACTING),
    Command("hand_over", N_("Hand over"), "H", Place.CASE, ACTING),
    Command("done", N_("Mark done"), "e", Place.CASE, ACTING),
    Command("done_next", N_("Mark done and go on to the next"), "d", Place.CASE, ACTING),
    Command("label", N_("Correct the label"), "l", Place.CASE, ACTING),
    Command("right", N_("The label is right"), "y", Place.CASE, ACTING),
    Command("wrong", N_("The label is wrong: then the first letter of the right one"), "w", Place.CASE, ACTING),
    Command("unsure", N_("Not sure of the label"), "q", Place.CASE, ACTING),
    Command("snooze", N_("Snooze"), "z", Place.CASE, ACTING),
    Command("escalate", N_("Escalate"), "E", Place.CASE, ACTING),
    Command("by_hand", N_("Set tier, priority and tags"), "P", Place.CASE, ACTING),
    Command("saved", N_("Choose a saved reply"), "s", Place.CASE, ACTING),
    Command("search", N_("Search"), "/", Place.EVERYWHERE),
    Command("map", N_("Show all keys"), "?", Place.EVERYWHERE),
    Command("go_queue", N_("Queue"), "g q", Place.GO, path="/"),
    Command("go_complaints", N_("Complaints"), "g c", Place.GO, path="/complaints"),
    Command("go_desk", N_("Desk"), "g d", Place.GO, path="/desk"),
    Command("go_register", N_("Register"), "g r", Place.GO, path="/register"),
    Command("go_health", N_("Health"), "g h", Place.GO, path="/health"),
    Command("go_approvals", N_("Approvals"), "g a", Place.GO, path="/approvals"),
    Command("go_escalations", N_("Escalations"), "g e", Place.GO, path="/escalations"),
    Command("go_promises", N_("Promises"), "g p", Place.GO, path="/promises"),
    Command("go_board", N_("Board"), "g b", Place.GO, SEES_BOARD, path="/board"),
    Command("go_figures", N_("Figures"), "g f", Place.GO, SEES_BOARD, path="/figures"),
    Command("go_compliance", N_("Compliance"), "g m", Place.GO, SEES_COMPLIANCE, path="/compliance"),
    Command("go_operations", N_("Operations"), "g o", Place.GO, SEES_OPERATIONS, path="/operations"),
)
FIXED = (
    (N_("Ctrl+K or ⌘K"), N_("Command bar: any command, view, page or case by name")),
    (N_("Ctrl+Enter or ⌘Enter"), N_("Send what you write")),
    (N_("Esc"), N_("Close what is open, leave the field")),
)
SHIPPED = {command.name: command.keys for command in COMMANDS}


@dataclass(frozen=True, slots=True)
class Keys:
    """The map of one person."""

    commands: tuple[Command, ...]
    are_on: bool
    """Whether keys without Ctrl or ⌘ do anything."""

    def by_place(self) -> dict[Place, list[Command]]:
        return {place: [one for one in self.commands if one.place is place] for place in Place}


def keys_of(chosen: Mapping[str, object], role: Role, macros: Sequence[Macro] = ()) -> Keys:
    """The map with what the person chose; a choice that no longer fits is passed over. Macros come without keys."""
    bound = chosen.get("bound")
    wanted = {str(name): str(keys) for name, keys in bound.items()} if isinstance(bound, Mapping) else {}
    current = [macro for macro in macros if macro.retired_at is None][:MOST_MACROS]
    of_macros = [Command(MACRO + each.key, each.name, "", Place.MACRO, ACTING) for each in current]
    offered = [command for command in (*COMMANDS, *of_macros) if role in command.roles]
    keys = {command.name: wanted.get(command.name, command.keys) for command in offered}
    if not faults(keys, offered):
        offered = [replace(command, keys=keys[command.name]) for command in offered]
    return Keys(tuple(offered), are_on=chosen.get("are_on") is not False)


def faults(keys: Mapping[str, str], commands: Sequence[Command] = COMMANDS) -> dict[str, str]:
    """Command → why its keys cannot be; none where every command can be reached."""
    found = {name: fault for name, typed in keys.items() if (fault := _fault(typed)) is not None}
    sayings = {command.name: command.words for command in commands}
    order = [command.name for command in commands if command.name in keys and command.name not in found]
    for place, name in enumerate(order):
        for other in order[:place]:
            clash = _clash(keys[other], keys[name])
            if clash and name not in found:
                found[name] = _(
                    "%(clash)s “%(command)s”; choose other keys for one of them.", clash=clash, command=sayings[other]
                )
    return found


def _fault(typed: str) -> str | None:
    parts = typed.split(" ")
    if not typed:
        return None
    if len(parts) > LONGEST_SEQUENCE or not all(KEY.fullmatch(part) for part in parts):
        return _("Type one letter, digit or sign, or two with a space between; or leave it empty for no key.")
    return None


def _clash(one: str, other: str) -> str | None:
    if not one or not other:
        return None
    if one == other:
        return _("“%(keys)s” is taken by", keys=one)
    if one.split(" ")[0] == other or other.split(" ")[0] == one:
        return _("“%(keys)s” and “%(others)s” cannot be told apart; the latter is for", keys=other, others=one)
    return None


@dataclass(frozen=True, slots=True)
class Target:
    """A page that the command bar leads to."""

    name: str
    path: str
    query: Mapping[str, str]


def targets(role: Role) -> list[Target]:
    pages = [
        (_("Channels"), "/channels"),
        (_("Saved replies"), "/replies"),
        (_("Macros"), "/macros"),
        (_("For you"), "/called"),
        (_("Policy"), "/policy"),
        (_("Teams"), "/teams"),
    ]
    pages += [(_("Many cases at once"), "/bulk"), (_("Keys"), "/keys"), (_("First steps"), "/first-steps")]
    for name, path, roles in (
        (_("Follow-up"), "/follow-up", SEES_BOARD),
        (_("People"), "/people", ADMINS),
    ):
        pages += [(name, path)] if role in roles else []
    views = [Target(_("View: %(name)s", name=name), "/", {"view": key}) for key, name in wording.VIEWS.items()]
    return views + [Target(name, path, {}) for name, path in pages]
