"""What the keyboard can do: every command with its own key, what a person may bind anew, and where `g` leads.

`static/keys.js` reads the map from the page; nothing is said twice.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from inbox import wording
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
    LIST = "In the list"
    CASE = "On a case"
    MACRO = "Macros, on a case"
    EVERYWHERE = "Everywhere"
    GO = "Go to"


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


COMMANDS = (
    Command("down", "Next row", "j", Place.LIST),
    Command("up", "Row before", "k", Place.LIST),
    Command("open", "Open the case", "o", Place.LIST, also="Enter"),
    Command("tick", "Tick the row", "x", Place.LIST, ACTING),
    Command("tick_all", "Tick every row of the page, or none", "*", Place.LIST, ACTING),
    Command("next", "Next case", "n", Place.CASE),
    Command("previous", "Case before", "p", Place.CASE),
    Command("back", "Back to the list", "u", Place.CASE),
    Command("reply", "Write a reply", "r", Place.CASE, ACTING),
    Command("note", "Write an internal note", "i", Place.CASE, ACTING),
    Command("assign", "Assign to me", "a", Place.CASE, ACTING),
    Command("done", "Mark done", "e", Place.CASE, ACTING),
    Command("label", "Correct the label", "l", Place.CASE, ACTING),
    Command("saved", "Choose a saved reply", "s", Place.CASE, ACTING),
    Command("search", "Search", "/", Place.EVERYWHERE),
    Command("map", "Show all keys", "?", Place.EVERYWHERE),
    Command("go_queue", "Queue", "g q", Place.GO, path="/"),
    Command("go_complaints", "Complaints", "g c", Place.GO, path="/complaints"),
    Command("go_desk", "Desk", "g d", Place.GO, path="/desk"),
    Command("go_register", "Register", "g r", Place.GO, path="/register"),
    Command("go_health", "Health", "g h", Place.GO, path="/health"),
)
FIXED = (
    ("Ctrl+K or ⌘K", "Command bar: any command, view, page or case by name"),
    ("Ctrl+Enter or ⌘Enter", "Send what you write"),
    ("Esc", "Close what is open, leave the field"),
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
    sayings = {command.name: command.saying for command in commands}
    order = [command.name for command in commands if command.name in keys and command.name not in found]
    for place, name in enumerate(order):
        for other in order[:place]:
            clash = _clash(keys[other], keys[name])
            if clash and name not in found:
                found[name] = f"{clash} “{sayings[other]}”; choose other keys for one of them."
    return found


def _fault(typed: str) -> str | None:
    parts = typed.split(" ")
    if not typed:
        return None
    if len(parts) > LONGEST_SEQUENCE or not all(KEY.fullmatch(part) for part in parts):
        return "Type one letter, digit or sign, or two with a space between; or leave it empty for no key."
    return None


def _clash(one: str, other: str) -> str | None:
    if not one or not other:
        return None
    if one == other:
        return f"“{one}” is taken by"
    if one.split(" ")[0] == other or other.split(" ")[0] == one:
        return f"“{other}” and “{one}” cannot be told apart; the latter is for"
    return None


@dataclass(frozen=True, slots=True)
class Target:
    """A page that the command bar leads to."""

    name: str
    path: str
    query: Mapping[str, str]


def targets(role: Role) -> list[Target]:
    pages = [("Channels", "/channels"), ("Saved replies", "/replies"), ("Macros", "/macros"), ("Calls", "/called")]
    pages += [("Many cases at once", "/bulk"), ("Keys", "/keys")]
    for name, path, roles in (
        ("Board", "/board", SEES_BOARD),
        ("Compliance", "/compliance", SEES_COMPLIANCE),
        ("Operations", "/operations", SEES_OPERATIONS),
        ("People", "/people", ADMINS),
    ):
        pages += [(name, path)] if role in roles else []
    views = [Target(f"View: {name}", "/", {"view": key}) for key, name in wording.VIEWS.items()]
    return views + [Target(name, path, {}) for name, path in pages]
