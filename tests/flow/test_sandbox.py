"""A sandbox holds no word, name or number that leads back to anybody, and nothing ever leaves it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flow.anonymous import GONE, Anonymous
from flow.sandbox import MARKER, Made, make, story_of
from models import ActorKind, Event, EventKind
from models.errors import SetupError
from settings import load
from store.outbox import Effect
from store.store import Store
from tests.flow.bench import NOW, Bench, mention

EVER = {"since": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime(2040, 1, 1, tzinfo=UTC)}
PLANTED = (
    "Zoltan",
    "Farkasdotter",
    "zolfark77",
    "zf@private-mail.example",
    "private-mail",
    "0411555987",
    "555987",
    "x.example/status/99881",
    "99881",
    "Quisling Terrace",
    "Quisling",
    "native-7731",
    "conv-5512",
    "Ottoline",
    "Wimbleford",
    "rawsecret",
    "biosecret",
)


def planted() -> list[object]:
    author = {
        "id": "id-zolfark77",
        "handle": "zolfark77",
        "name": "Zoltan Farkasdotter",
        "bio": "biosecret of Quisling Terrace",
        "followers": 1234,
    }
    words = (
        "I was charged twice, refund me! I am Zoltan Farkasdotter, 0411555987, zf@private-mail.example, "
        "3 Quisling Terrace, see https://x.example/status/99881 and ask @zolfark77 or ottoline wimbleford"
    )
    first = mention(
        words,
        id="native-7731",
        author=author,
        conversation_id="conv-5512",
        url="https://x.example/status/99881",
        note="rawsecret",
    )
    second = mention(
        "zoltan again: third time, ref ZF-555987", id="native-7732", author=author, in_reply_to="native-7731"
    )
    return [
        first,
        second,
        mention("thank you", id="3", author={"id": "u3", "handle": "wimbleford", "name": "Ottoline"}),
    ]


def filled(store: Store) -> Bench:
    bench = Bench(store)
    bench.source.mentions += planted()  # type: ignore[arg-type]
    bench.flow.pull("x")
    bench.drain()
    payload = {"text": "Dear Zoltan Farkasdotter, we call 0411555987.", "is_private": False, "person": "Ottoline"}
    facts = {"note": "Quisling Terrace 555987", "by": "Ottoline Wimbleford", "label": "complaint", "state": "Zoltan"}
    event = Event("planted", EventKind.RELABELLED, NOW, ActorKind.PERSON, "Ottoline Wimbleford", 1, None, facts)
    with store.writing() as transaction:
        transaction.accounts.add("Ottoline Wimbleford", "agent", now=NOW)
        transaction.events.record([event], now=NOW)
        transaction.outbox.add(
            Effect.SEND_REPLY, sink="x", key="reply:zolfark77", case_id=1, payload=payload, now=bench.time
        )
    return bench


def made(bench: Bench, folder: Path, *, most: int = 10, seed: str = "seed") -> Made:
    return make(bench.store, folder, bench.flow.retention, **EVER, most=most, seed=seed, now=bench.time)


def everything_in(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_nothing_that_leads_back_to_anybody_lies_in_any_file_of_a_sandbox(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "training"
    found = made(filled(store), folder)
    assert (found.cases, found.messages, found.left_out) == (2, 3, 0)
    written = everything_in(folder).decode("utf-8", "replace").lower()
    assert [word for word in PLANTED if word.lower() in written] == []
    assert "charged twice" in written


def test_a_person_is_the_same_invented_one_throughout_a_case_and_another_in_the_next() -> None:
    words = Anonymous({"hello"}, {"mira"}, ours=["acme"], seed="s")
    words.knows("a", ["mira", "Mira Field"])
    other = Anonymous({"hello"}, {"mira"}, ours=["acme"], seed="t")
    name, handle = words.person("a")
    first = name.split()[0]
    assert words.text("hello @acme, @mira is Mira") == f"hello @acme, @{handle} {GONE} {first}"
    assert words.text("mira") == first
    assert other.person("a") != words.person("a")


def test_the_same_number_is_the_same_again_and_never_the_one_it_was() -> None:
    words = Anonymous({"ref", "or"}, set(), ours=[], seed="s")
    one, _, other, _, again = words.text("8812 or 99 or 8812").split()
    assert one == again != "8812"
    assert (len(one), len(other)) == (4, 2)
    assert other != "99"


def test_a_name_goes_even_where_its_word_is_harmless() -> None:
    words = Anonymous({"rose", "the"}, {"rose"}, ours=[], seed="s")
    assert words.text("the rose") == f"the {GONE}"


def test_links_and_addresses_go_in_whatever_way_they_are_written() -> None:
    words = Anonymous({"see", "mail", "com"}, set(), ours=[], seed="s")
    text = words.text("see HTTPS://a.example/x?u=7 www.b.example b.example/q/8 mail Ann.B+c@d.example.com")
    assert "example/" not in text.replace("example.invalid/link", "")
    assert "Ann" not in text
    assert "d.example.com" not in text


def test_the_sandbox_judges_and_decides_by_itself_and_tells_what_really_happened(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "training"
    made(filled(store), folder)
    inner = Store(f"sqlite:///{folder / 'earshot.db'}")
    try:
        trained = Bench(inner)
        assert trained.counts()["messages"]["received"] == 3
        trained.flow.sweep()
        trained.drain()
        with inner.reading() as transaction:
            cases = [transaction.cases.get(number) for number in (1, 2)]
            messages = {
                case.id: [item.mention.id for item in transaction.mentions.of_case(case.id)]
                for case in cases
                if case is not None
            }
        stories = [story_of(folder, ids) for ids in messages.values()]
        assert sorted(len(each) > 0 for each in stories) == [True, True]
        told = [one["kind"] for story in stories for one in story]
        assert {"triaged", "registered", "reply", "relabelled"} <= set(told)
        assert story_of(tmp_path, ["nobody"]) == []
    finally:
        inner.close()


def test_a_sandbox_has_no_channel_desk_or_database_outside_whatever_is_set(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text(json.dumps({"stories": {}}))
    given = {
        "EARSHOT_HOME": str(tmp_path),
        "EARSHOT_DESK": "webhook",
        "EARSHOT_NOTIFY": "slack",
        "EARSHOT_WEBHOOK_URL": "https://desk.example/hook",
        "EARSHOT_BLUESKY_HANDLE": "acme.example",
        "EARSHOT_DATABASE_URL": "postgresql://real.example/earshot",
        "EARSHOT_REDIS_URL": "redis://real.example",
        "EARSHOT_FIRM_NAME": "Acme",
    }
    settings = load(given, env_file=None)
    assert settings.is_sandbox
    assert (settings.desk, settings.notify, settings.bluesky_handle) == ("local", frozenset(), None)
    assert settings.store_url == f"sqlite:///{tmp_path / 'earshot.db'}"
    assert settings.redis_is_embedded
    assert settings.firm_name == "Acme"


def test_a_sandbox_is_never_made_over_anything(store: Store, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(SetupError, match="is not empty"):
        made(filled(store), tmp_path)


def test_days_without_a_case_make_no_sandbox(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no case had a message"):
        made(Bench(store), tmp_path / "new")


def test_so_many_cases_are_drawn_and_no_more(store: Store, tmp_path: Path) -> None:
    assert made(filled(store), tmp_path / "new", most=1).cases == 1
