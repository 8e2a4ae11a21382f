from dataclasses import replace
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from ingest.thread import attach, conversation_key
from models import Author, Kind, Mention
from tests.ingest.build import UNHURRIED, mention


def joined(*mentions: Mention) -> dict[str, str]:
    return {each.native_id: each.conversation_id for each in attach(mentions)}


def answer(native_id: str, parent: str, **fields: object) -> Mention:
    return mention(native_id, in_reply_to=parent, conversation_id=parent, **fields)


def test_an_answer_joins_the_conversation_of_its_parent_through_any_chain() -> None:
    root = mention("1", conversation_id="T")
    assert joined(answer("3", "2"), answer("2", "1"), root) == {"1": "T", "2": "T", "3": "T"}


def test_without_a_known_thread_the_root_names_it() -> None:
    assert joined(mention("1"), answer("2", "1"), answer("3", "2")) == {"1": "1", "2": "1", "3": "1"}


def test_an_unknown_parent_names_the_thread() -> None:
    assert joined(answer("2", "gone"), answer("3", "gone")) == {"2": "gone", "3": "gone"}


def test_a_conversation_the_source_gave_is_kept() -> None:
    own = mention("2", in_reply_to="1", conversation_id="U")
    assert joined(mention("1", conversation_id="T"), own) == {"1": "T", "2": "U"}


def test_parents_stored_earlier_are_found() -> None:
    stored = mention("1", conversation_id="T")
    assert [each.conversation_id for each in attach([answer("2", "1")], [stored])] == ["T"]


def test_circles_end_in_the_same_conversation_wherever_they_are_entered() -> None:
    circle = [answer("1", "2"), answer("2", "1"), answer("9", "2")]
    for page in permutations(circle):
        assert joined(*page) == {"1": "1", "2": "1", "9": "1"}
    assert joined(answer("1", "1")) == {"1": "1"}


def test_other_accounts_and_channels_are_other_threads() -> None:
    root = mention("1", conversation_id="T")
    assert joined(replace(root, account="other"), answer("2", "1"))["2"] == "1"


def test_a_private_answer_never_joins_a_public_conversation() -> None:
    private = answer("2", "1", kind=Kind.DM)
    assert joined(mention("1", conversation_id="T"), private)["2"] == "dm:a1"


def test_private_messages_of_one_author_are_one_conversation_unless_the_source_says_otherwise() -> None:
    first, second = mention("1", kind=Kind.DM, conversation_id=""), mention("2", kind=Kind.DM, conversation_id="")
    other = mention("3", kind=Kind.DM, conversation_id="", author=Author("b"))
    given_thread = mention("4", kind=Kind.DM, conversation_id="T")
    assert joined(first, second, other, given_thread) == {"1": "dm:a1", "2": "dm:a1", "3": "dm:b", "4": "T"}


def test_the_key_names_channel_account_and_conversation() -> None:
    assert conversation_key(mention("1", conversation_id="T")) == '["x","acme","T"]'
    assert conversation_key(mention("1", conversation_id="")) == '["x","acme","1"]'
    assert conversation_key(answer("2", "1"), [mention("1", conversation_id="T")]) == '["x","acme","T"]'


def test_a_chain_as_long_as_a_page_and_longer_is_followed() -> None:
    chain = [answer(str(n), str(n - 1)) for n in range(5000, 1, -1)]
    assert set(joined(mention("1"), *chain).values()) == {"1"}


IDS = st.sampled_from("1234")
THREADS = st.sampled_from(["", "T", "U"])


@st.composite
def pages(draw: st.DrawFn) -> list[Mention]:
    page = []
    for native_id in draw(st.lists(IDS, max_size=10)):
        parent, thread = draw(st.none() | IDS), draw(THREADS)
        kind = draw(st.sampled_from([Kind.REPLY, Kind.DM]))
        page.append(mention(native_id, in_reply_to=parent, conversation_id=thread or parent or native_id, kind=kind))
    return page


@UNHURRIED
@given(pages(), st.randoms())
def test_the_order_of_a_page_does_not_matter_and_a_second_time_changes_nothing(page: list[Mention], random) -> None:  # type: ignore[no-untyped-def]
    places = list(range(len(page)))
    random.shuffle(places)
    mixed = attach([page[place] for place in places])
    straight = attach(page)
    assert mixed == [straight[place] for place in places]
    assert all(each.conversation_id for each in straight)
