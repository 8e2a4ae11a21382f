"""Any permutation of late and doubled pushes leads to the same state, by what the pages say alone."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from models import Page
from tests.connectors.meta.parts import parse
from tests.fakes import meta
from tests.fakes.meta import IG, NOW, PAGE

State = dict[str, tuple[str, bool]]
"""Message → its words now, and whether it is gone."""


def at(minute: int) -> datetime:
    return NOW - timedelta(hours=2) + timedelta(minutes=minute)


def said(number: int, place: str, words: str) -> list[bytes]:
    """What Meta pushes of one message that is said, corrected twice, and perhaps taken back."""
    if place == "comment":
        verbs = [("add", 0), ("edited", 3), ("edited", 7)]
        values = [(meta.feed_comment(f"5_{number}", f"{words} {n}", at=at(0), verb=verb), n) for verb, n in verbs]
        gone = {"item": "comment", "verb": "remove", "comment_id": f"5_{number}", "post_id": f"{PAGE}_5"}
        return [meta.pushed("page", meta.page_entry(value, at=at(n))) for value, n in [*values, (gone, 9)]]
    about, us = ("page", PAGE) if place == "messenger" else ("instagram", IG)
    mid = f"m_{place}_{number}"
    events = [
        meta.talk_event(to=us, at=at(0), message={"mid": mid, "text": f"{words} 0"}),
        meta.talk_event(to=us, at=at(3), message_edit={"mid": mid, "text": f"{words} 3", "num_edit": 1}),
        meta.talk_event(to=us, at=at(7), message_edit={"mid": mid, "text": f"{words} 7", "num_edit": 2}),
        meta.talk_event(to=us, at=at(9), message={"mid": mid, "is_deleted": True}),
    ]
    return [meta.pushed(about, meta.talk_entry(event, id=us, at=at(9))) for event in events]


def settle(pages: Sequence[Page]) -> State:
    """Whoever stores them: the newest wording counts, whenever it came; what is gone stays gone."""
    wordings: dict[str, dict[str, tuple[datetime, str]]] = {}
    gone = {f"{one.channel}/{one.native_id}" for page in pages for one in page.deletions}
    for page in pages:
        for mention in page.mentions:
            known = wordings.setdefault(f"{mention.channel}/{mention.native_id}", {})
            known.setdefault("first", (mention.created_at, mention.text))
        for edit in page.edits:
            known = wordings.setdefault(f"{edit.mention.channel}/{edit.mention.native_id}", {})
            known[edit.version] = (edit.edited_at, edit.mention.text)
    return {name: (max(known.values())[1], name in gone) for name, known in wordings.items()}


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """Pushes in the order things happened, and the same late, doubled and mixed."""
    places = draw(st.lists(st.sampled_from(["comment", "messenger", "instagram"]), min_size=1, max_size=3))
    pushes = []
    for number, place in enumerate(places):
        told = said(number, place, draw(st.sampled_from(["refund", "😡", "نقودي"])))
        pushes += told if draw(st.booleans()) else told[:-1]
    doubled = pushes + draw(st.lists(st.sampled_from(pushes), max_size=6))
    return pushes, draw(st.permutations(doubled))


@settings(max_examples=150, deadline=None, database=None)
@given(histories())
def test_late_and_doubled_pushes_lead_to_the_same_state(pushes: tuple[list[bytes], list[bytes]]) -> None:
    in_order, mixed = ([parse(body, received_at=NOW) for body in bodies] for bodies in pushes)

    assert settle(mixed) == settle(in_order)
    assert not [page.rejected for page in mixed if page.rejected]


@settings(max_examples=50, deadline=None, database=None)
@given(histories())
def test_several_entries_in_one_push_say_what_they_say_one_by_one(pushes: tuple[list[bytes], list[bytes]]) -> None:
    _, mixed = pushes
    entries: dict[str, list[object]] = {}
    for body in mixed:
        envelope = json.loads(body)
        entries.setdefault(envelope["object"], []).extend(envelope["entry"])
    together = [parse(meta.pushed(about, *several), received_at=NOW) for about, several in entries.items()]  # type: ignore[arg-type]

    assert settle(together) == settle([parse(body, received_at=NOW) for body in mixed])
