"""The bundled sample is the first thing a newcomer sees: it keeps the message contract and shows every situation."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.mention import Kind

SAMPLE = Path(__file__).parents[2] / "connectors" / "replay" / "sample.jsonl"
LINES = SAMPLE.read_text(encoding="utf-8").splitlines()
MESSAGES: list[dict[str, Any]] = [json.loads(line) for line in LINES]

WEEK_BEGINS_AT = datetime(2026, 11, 9, tzinfo=UTC)
WEEK_ENDS_AT = datetime(2026, 11, 16, tzinfo=UTC)
CHANNELS = {"x", "bluesky", "mastodon", "facebook", "instagram", "email", "app_store", "web_form"}
LABELS = {"complaint", "abuse", "spam", "praise", "enquiry", "other"}

MESSAGE_TYPES: dict[str, type] = {
    "id": str,
    "channel": str,
    "account": str,
    "kind": str,
    "text": str,
    "lang": str,
    "created_at": str,
    "on_owned_channel": bool,
    "conversation_id": str,
    "author": dict,
    "sample": dict,
}
OPTIONAL_MESSAGE_TYPES: dict[str, type] = {"in_reply_to": str, "url": str}
AUTHOR_TYPES: dict[str, type] = {
    "id": str,
    "handle": str,
    "name": str,
    "bio": str,
    "followers": int,
    "following": int,
    "posts": int,
    "verified": bool,
    "has_avatar": bool,
    "created_at": str,
}
EXPECT_TYPES: dict[str, type] = {
    "label": str,
    "tier": int,
    "lead": bool,
    "bad_faith": bool,
    "vulnerable": bool,
    "fraud": bool,
    "safety": bool,
    "staff_named": bool,
    "contactable": bool,
    "wants_escalation": bool,
    "duplicate_of": str,
    "amplifies": str,
    "follows_up": str,
}
AT_LEAST = {
    "double charge": 2,
    "outage burst": 10,
    "damaged card": 2,
    "damaged claim item": 2,
    "undelivered card": 1,
    "safety risk": 1,
    "threat against staff": 1,
    "legal threat by a representative": 1,
    "regulator threat": 1,
    "press question": 1,
    "hardship": 2,
    "vulnerable customer": 1,
    "vulnerable customer, safe contact needed": 1,
    "fraud in progress": 3,
    "angry but genuine, with swearing": 3,
    "polite troll": 3,
    "troll without avatar or followers": 3,
    "sarcastic complaint": 3,
    "influencer call-out": 1,
    "sales lead": 4,
    "insurance claim delay": 3,
    "superannuation question": 3,
    "superannuation complaint": 1,
    "impersonation report": 1,
    "impersonator answering customers": 1,
    "same words repeated": 3,
    "public post followed up by private message": 2,
    "rejects the solution and asks for a manager": 2,
    "complaint about complaint handling": 3,
    "quote of somebody else's complaint": 1,
    "third-party post that does not address us": 1,
    "complaint about another firm": 1,
    "anonymous, no way of contact": 1,
    "complaint that names a member of staff": 1,
    "instructions hidden in the text": 1,
    "genuine complaint with instructions hidden in the text": 1,
    "only emoji": 1,
    "very long message": 1,
    "odd unicode: bidi marks": 1,
    "emoji and hashtags everywhere": 1,
    "accessibility complaint": 1,
    "plain question": 5,
    "praise": 5,
    "spam": 5,
    "pure abuse": 2,
    "banter": 3,
    "ordinary complaint": 5,
}


def key(message: Mapping[str, Any]) -> tuple[str, str, str]:
    return message["channel"], message["account"], message["id"]


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def expect(message: Mapping[str, Any]) -> Mapping[str, Any]:
    return message["sample"]["expect"]


def showing(situation: str) -> list[dict[str, Any]]:
    return [message for message in MESSAGES if message["sample"]["shows"] == situation]


def assert_types(record: Mapping[str, Any], types: Mapping[str, type]) -> None:
    for name, value in record.items():
        assert name in types, f"{name}: not a key of the contract"
        assert type(value) is types[name], f"{name}: {value!r} is not {types[name].__name__}"


def test_every_line_is_one_json_object_and_none_is_empty():
    assert SAMPLE.read_bytes().endswith(b"}\n")
    assert all(isinstance(message, dict) for message in MESSAGES)


def test_there_are_between_150_and_165_messages():
    assert 150 <= len(MESSAGES) <= 165


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: f"{message['channel']}-{message['id']}")
def test_a_message_keeps_the_contract(message):
    assert set(MESSAGE_TYPES) <= set(message)
    assert_types(message, MESSAGE_TYPES | OPTIONAL_MESSAGE_TYPES)
    assert_types(message["author"], AUTHOR_TYPES)
    assert message["author"]["id"]
    assert message["text"].strip()
    assert message["channel"] in CHANNELS
    assert Kind(message["kind"])


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: f"{message['channel']}-{message['id']}")
def test_a_message_says_what_it_shows_and_what_is_expected(message):
    assert set(message["sample"]) == {"shows", "expect"}
    assert {"label", "tier"} <= set(expect(message))
    assert_types(expect(message), EXPECT_TYPES)
    assert expect(message)["label"] in LABELS
    assert expect(message)["tier"] in {0, 1, 2, 3}


def test_channel_account_and_id_name_a_message_once():
    assert len({key(message) for message in MESSAGES}) == len(MESSAGES)


def test_the_file_is_sorted_by_instant():
    instants = [instant(message["created_at"]) for message in MESSAGES]
    assert instants == sorted(instants)


def test_all_instants_lie_in_one_week():
    assert all(WEEK_BEGINS_AT <= instant(message["created_at"]) < WEEK_ENDS_AT for message in MESSAGES)


def test_no_account_was_opened_after_it_spoke():
    dated = [message for message in MESSAGES if "created_at" in message["author"]]
    assert dated
    assert all(instant(message["author"]["created_at"]) < instant(message["created_at"]) for message in dated)


def test_every_reply_follows_its_parent_in_the_same_conversation():
    seen: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    replies = 0
    for message in MESSAGES:
        if "in_reply_to" in message:
            parent = seen[message["channel"], message["account"], message["in_reply_to"]]
            assert parent["conversation_id"] == message["conversation_id"]
            assert instant(parent["created_at"]) < instant(message["created_at"])
            replies += 1
        seen[key(message)] = message
    assert replies >= 25


def test_a_reply_by_kind_names_its_parent():
    replies = [message for message in MESSAGES if message["kind"] == Kind.REPLY]
    assert replies
    assert all("in_reply_to" in message for message in replies)


def test_a_pointer_to_another_message_names_one_said_earlier():
    said_at = {message["id"]: instant(message["created_at"]) for message in MESSAGES}
    pointers = [
        (expect(message)[name], message)
        for message in MESSAGES
        for name in ("duplicate_of", "amplifies", "follows_up")
        if name in expect(message)
    ]
    assert len(pointers) >= 5
    assert all(said_at[target] < instant(message["created_at"]) for target, message in pointers)


def test_an_unknown_fact_about_an_author_is_left_out():
    facts = set(AUTHOR_TYPES)
    assert all(None not in message["author"].values() for message in MESSAGES)
    assert {name for message in MESSAGES for name in facts - set(message["author"])} >= {"followers", "bio", "verified"}
    assert not any("followers" in message["author"] for message in MESSAGES if message["channel"] == "email")


def test_one_person_keeps_the_same_facts_throughout():
    people: dict[tuple[str, str], Mapping[str, Any]] = {}
    for message in MESSAGES:
        author = message["author"]
        assert people.setdefault((message["channel"], author["id"]), author) == author


def test_private_messages_carry_no_public_address():
    private = [message for message in MESSAGES if message["kind"] == Kind.DM]
    assert private
    assert not any("url" in message for message in private)


def test_every_channel_label_and_tier_is_present():
    assert {message["channel"] for message in MESSAGES} == CHANNELS
    assert {expect(message)["label"] for message in MESSAGES} == LABELS
    assert {expect(message)["tier"] for message in MESSAGES} == {0, 1, 2, 3}


@pytest.mark.parametrize(("lang", "low", "high"), [("en", 0.55, 0.65), ("tr", 0.17, 0.23), ("bg", 0.17, 0.23)])
def test_a_language_has_its_share(lang, low, high):
    share = Counter(message["lang"] for message in MESSAGES)[lang] / len(MESSAGES)
    assert low <= share <= high


def test_some_bulgarian_is_transliterated_and_some_turkish_lacks_its_diacritics():
    latin = [m for m in MESSAGES if m["lang"] == "bg" and not re.search("[А-я]", m["text"])]
    plain = [m for m in MESSAGES if m["lang"] == "tr" and not re.search("[çğıöşüÇĞİÖŞÜ]", m["text"])]
    assert len(latin) >= 3
    assert len(plain) >= 3


def test_no_bulgarian_word_mixes_two_alphabets():
    words = [word for message in MESSAGES for word in re.findall(r"[^\W\d_]+", message["text"])]
    assert not [word for word in words if re.search("[А-я]", word) and re.search("[A-Za-z]", word)]


@pytest.mark.parametrize(("situation", "count"), AT_LEAST.items())
def test_a_situation_is_shown(situation, count):
    assert len(showing(situation)) >= count


def test_the_outage_is_ten_people_in_three_languages_within_25_minutes():
    burst = showing("outage burst")
    instants = [instant(message["created_at"]) for message in burst]
    assert len({(message["channel"], message["author"]["id"]) for message in burst}) >= 10
    assert {message["lang"] for message in burst} == {"en", "tr", "bg"}
    assert len({message["channel"] for message in burst}) >= 4
    assert max(instants) - min(instants) <= timedelta(minutes=25)


def test_the_influencer_is_verified_and_widely_followed():
    (call_out,) = showing("influencer call-out")
    assert call_out["author"]["verified"] is True
    assert call_out["author"]["followers"] >= 480_000


def test_the_repeated_words_are_the_same_words_by_the_same_person():
    repeated = showing("same words repeated")
    assert len({message["text"] for message in repeated}) == 1
    assert len({message["author"]["id"] for message in repeated}) == 1


def test_who_follows_up_in_private_is_who_posted_in_public():
    by_id = {message["id"]: message for message in MESSAGES}
    for private in showing("public post followed up by private message"):
        public = by_id[expect(private)["follows_up"]]
        assert private["kind"] == Kind.DM
        assert public["kind"] != Kind.DM
        assert public["author"]["id"] == private["author"]["id"]


def test_several_threads_have_three_to_six_messages_and_the_customer_speaks_again():
    threads: dict[tuple[str, str], list[str]] = {}
    for message in MESSAGES:
        threads.setdefault((message["channel"], message["conversation_id"]), []).append(message["author"]["id"])
    spoken_again = [
        people
        for people in threads.values()
        if 3 <= len(people) <= 6 and len(set(people)) > 1 and people[0] in people[1:]
    ]
    assert len(spoken_again) >= 5


def test_a_bare_troll_has_no_avatar_no_followers_and_a_week_old_account():
    for message in showing("troll without avatar or followers"):
        author = message["author"]
        assert author["has_avatar"] is False
        assert author["followers"] == 0
        assert instant(message["created_at"]) - instant(author["created_at"]) < timedelta(days=10)


def test_odd_texts_are_what_they_claim():
    (emoji,) = showing("only emoji")
    (long,) = showing("very long message")
    (bidi,) = showing("odd unicode: bidi marks")
    assert not re.search(r"\w", emoji["text"])
    assert 1_300 <= len(long["text"]) <= 1_800
    assert "\u202e" in bidi["text"]


def test_bidi_marks_are_escaped_so_that_the_file_reads_as_it_is_stored():
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "".join(LINES))


def test_a_third_party_post_is_not_on_an_owned_channel():
    assert all(message["on_owned_channel"] is False for message in showing("third-party post that does not address us"))


def test_nothing_genuine_is_expected_to_be_noise():
    quiet = [message for message in MESSAGES if expect(message)["label"] in {"complaint", "enquiry"}]
    assert all(expect(message)["tier"] > 0 for message in quiet)


def test_only_reserved_domains_are_named():
    text = "\n".join(LINES)
    hosts = re.findall(r"https?://([^/\s\"”]+)", text) + re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", text)
    real = r"\b[\w-]+\.(?:com|net|org|io|au|co|bg|tr|eu|uk|info|app|dev|me|ly|xyz|biz|top|social)\b(?!\.example)"
    assert hosts
    assert all(host.endswith(".example") for host in hosts)
    assert not re.findall(real, text)
