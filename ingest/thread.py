"""Which conversation a mention belongs to."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from models import Mention

Place = tuple[str, str, bool, str]
"""Channel, account, whether it is private, native id: a private message never joins a public conversation."""


def conversation_key(mention: Mention, known: Iterable[Mention] = ()) -> str:
    """Names the conversation once and for all, readable and without collisions: a JSON list of three strings.

    `known` are mentions among which the parent may stand.
    """
    conversation_id = _Threads([mention, *known]).conversation_of(mention)
    return json.dumps([mention.channel, mention.account, conversation_id], ensure_ascii=False, separators=(",", ":"))


def attach(mentions: Sequence[Mention], stored: Iterable[Mention] = ()) -> list[Mention]:
    """The same mentions in the same order, each in the conversation of the message it answers.

    Their order does not matter, nor how long the chain of answers is, nor whether it bites its own tail. `stored` are
    mentions of earlier pages among which parents may stand.
    """
    threads = _Threads([*mentions, *stored])
    found = ((mention, threads.conversation_of(mention)) for mention in mentions)
    return [m if m.conversation_id == joined else replace(m, conversation_id=joined) for m, joined in found]


class _Threads:
    """Mentions by place, and the conversations worked out so far."""

    def __init__(self, mentions: Iterable[Mention]) -> None:
        # Of two versions of one message, the one that knows its conversation speaks for it, whichever comes first.
        ordered = sorted(mentions, key=lambda m: (not _is_placed(m), m.conversation_id, m.in_reply_to or ""))
        self._by_place: dict[Place, Mention] = {}
        for mention in ordered:
            self._by_place.setdefault(_place(mention, mention.native_id), mention)
        self._conversations: dict[Place, str] = {}

    def conversation_of(self, mention: Mention) -> str:
        if _is_placed(mention):
            return mention.conversation_id
        path: dict[Place, Mention] = {}
        place = _place(mention, mention.native_id)
        current = self._by_place[place]
        while place not in path and place not in self._conversations:
            path[place] = current
            parent = self._by_place.get(_place(current, current.in_reply_to)) if current.in_reply_to else None
            if _is_placed(current) or parent is None:
                self._conversations[place] = _own_conversation(current)
                break
            place, current = _place(parent, parent.native_id), parent
        if place not in self._conversations:
            self._conversations[place] = _of_circle(path, place)
        joined = self._conversations[place]
        self._conversations.update(dict.fromkeys(path, joined))
        return joined


def _place(mention: Mention, native_id: str) -> Place:
    return mention.channel, mention.account, mention.is_private, native_id


def _is_placed(mention: Mention) -> bool:
    """Whether the source told a conversation of its own, rather than the message itself or the one it answers."""
    stand_ins = {"", mention.in_reply_to}
    if not mention.is_private:
        stand_ins.add(mention.native_id)
    elif mention.author:
        stand_ins.add(f"dm:{mention.author.id}")
    return mention.conversation_id not in stand_ins


def _own_conversation(mention: Mention) -> str:
    if _is_placed(mention):
        return mention.conversation_id
    if mention.is_private:
        stand_in = mention.in_reply_to or mention.native_id
        return f"dm:{mention.author.id}" if mention.author else stand_in
    return mention.in_reply_to or mention.native_id


def _of_circle(path: Mapping[Place, Mention], entry: Place) -> str:
    """Answers that answer each other have no root: the smallest of their ids stands for it."""
    places = list(path)
    return min(path[place].native_id for place in places[places.index(entry) :])
