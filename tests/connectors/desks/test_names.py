import pytest

from connectors.desks.names import address, digest, kept_id, safe_id


@pytest.mark.parametrize(
    ("handle", "channel", "made"),
    [
        ("alice", "x", "alice@x.social.invalid"),
        ("@alice.bsky.social", "bluesky", "alice.bsky.social@bluesky.social.invalid"),
        ("alice", "app_stores", "alice@app-stores.social.invalid"),
        ("alice", "", "alice@social.invalid"),
    ],
)
def test_a_handle_becomes_an_address_of_its_channel(handle, channel, made):
    assert address(handle, channel, "social.invalid") == made


def test_no_two_handles_share_an_address():
    handles = [
        "bob",
        "bob@m.test",
        "bob.m.test",
        "bob m.test",
        "bob..m.test",
        ".bob",
        "Бob",
        "Вob",
        "漢",
        "字",
        "b" * 80,
        "b" * 81,
    ]
    addresses = [address(handle, "x", "social.invalid") for handle in handles]
    assert len(set(addresses)) == len(handles)
    assert all(made.isascii() and made.count("@") == 1 and " " not in made for made in addresses)
    assert not any(".." in made or made.startswith(".") or ".@" in made for made in addresses)


def test_an_external_id_too_long_to_be_found_is_kept_as_its_beginning_and_a_digest():
    assert kept_id("é" * 127) == "é" * 127
    kept = {kept_id("é" * 200), kept_id("é" * 201), kept_id("é" * 200 + "a")}
    assert len(kept) == 3
    assert all(len(each.encode()) <= 255 for each in kept)


@pytest.mark.parametrize("plain", ["earshot-0a1b", "earshot:x:1", "a.b_c-d"])
def test_an_id_any_search_understands_is_kept_as_it_is(plain):
    assert safe_id(plain) == plain


def test_an_id_with_letters_that_a_search_could_trip_over_gets_a_digest_instead():
    ids = ["it's", "it-s", 'a"b', "a:b OR x", "é", "è", "x" * 300, "x" * 301, ""]
    safe = [safe_id(each) for each in ids]
    assert len(set(safe)) == len(ids)
    assert all(each.isascii() and len(each) <= 200 and not set(each) & set(" '\"") for each in safe)


def test_a_digest_is_of_all_its_parts():
    assert len({digest("a", "b"), digest("ab"), digest("b", "a"), digest("a")}) == 4
