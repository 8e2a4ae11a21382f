"""Comments and captions of others that name us on Instagram: their words are asked for, and answers go to them."""

import json
from datetime import timedelta

import httpx
import pytest

from connectors.meta.channel import InstagramChannel
from models import Mention, Surroundings
from models.errors import AccessError
from tests.connectors.meta.parts import instagram, parse, words
from tests.fakes import meta
from tests.fakes.meta import IG, NOW, FakeMeta, refused


def named(medium: str, comment: str | None = None) -> Mention:
    entry = meta.instagram_entry(meta.naming(medium, comment), field="mentions", at=NOW + timedelta(minutes=2))
    (one,) = parse(meta.pushed("instagram", entry)).wordless
    return one.mention


def look_up(fake: FakeMeta, *mentions: Mention) -> Surroundings:
    return instagram(fake).surroundings(mentions)


def test_a_comment_comes_with_its_words_its_author_and_when_it_was_said(fake: FakeMeta) -> None:
    medium = fake.name_us("their holidays", by="88")
    comment = fake.name_us("larkbank charged me twice", under=medium, by="31")
    mention = named(medium, comment)

    whole = look_up(fake, mention).read[mention.id]

    assert whole.text == "larkbank charged me twice"
    assert whole.author is not None
    assert (whole.author.id, whole.author.handle) == ("ada31", "ada31")
    assert (whole.created_at, whole.created_at_assumed) == (NOW, False)
    assert whole.raw == mention.raw
    assert len(fake.requests) == 1


def test_a_caption_comes_with_the_account_it_stands_on(fake: FakeMeta) -> None:
    mention = named(fake.name_us("waiting for larkbank since May", by="88"))

    whole = look_up(fake, mention).read[mention.id]

    assert whole.text == "waiting for larkbank since May"
    assert whole.author is not None
    assert (whole.author.id, whole.author.handle) == ("88", "ada88")


def test_where_no_user_name_is_told_the_words_come_without(fake: FakeMeta) -> None:
    fake.tells_names = False
    mention = named("88", fake.name_us("charged twice", under="88"))

    whole = look_up(fake, mention).read[mention.id]

    assert (whole.text, whole.author) == ("charged twice", None)


def test_one_that_says_no_instant_was_said_when_its_push_says(fake: FakeMeta) -> None:
    fake.decorate = lambda node: {name: value for name, value in node.items() if name != "timestamp"}
    mention = named("88", fake.name_us("charged twice", under="88"))

    assert look_up(fake, mention).read[mention.id].created_at == NOW + timedelta(minutes=2)


def test_a_medium_without_a_caption_says_so(fake: FakeMeta) -> None:
    mention = named(fake.name_us(""))

    assert look_up(fake, mention).read[mention.id].text == "[no words]"


def test_what_we_wrote_ourselves_comes_as_ours(fake: FakeMeta) -> None:
    mention = named(fake.name_us("our own campaign", by=IG))

    around = look_up(fake, mention)

    assert not around.read
    assert [(one.mention.id, one.is_ours) for one in around.bystanders] == [(mention.id, True)]


def test_a_gone_one_is_told_with_the_way_out_and_hides_no_other(fake: FakeMeta) -> None:
    gone, stays = named("88", "18"), named("88", fake.name_us("hello", under="88"))

    around = look_up(fake, gone, stays)

    assert list(around.read) == [stays.id]
    assert "read again" in around.unreadable[gone.id]


def test_a_refusal_of_another_kind_is_told_with_its_status(fake: FakeMeta) -> None:
    mention = named("88", fake.name_us("hello", under="88"))
    fake.fail("GET", refused(2207001), refused(2207001))

    reason = look_up(fake, mention).unreadable[mention.id]
    assert "400" in reason
    assert "read again" in reason


def test_without_a_token_it_names_the_settings() -> None:
    mention = named("88", "18")

    around = InstagramChannel(None, now=lambda: NOW).surroundings([mention])

    assert "EARSHOT_META_PAGE_TOKEN" in around.unreadable[mention.id]


def test_a_dead_token_is_an_error(fake: FakeMeta) -> None:
    fake.fail("GET", httpx.Response(401, json={"error": {"code": 190}}))

    with pytest.raises(AccessError):
        look_up(fake, named("88", "18"))


def test_an_answer_goes_to_the_comment_that_names_us(fake: FakeMeta) -> None:
    medium = fake.name_us("their holidays", by="88")
    mention = named(medium, fake.name_us("charged twice", under=medium))

    instagram(fake).reply(mention, words("Sorry!"))

    (post,) = fake.calls("POST")
    assert post.url.path == f"/v26.0/{IG}/mentions"
    assert json.loads(post.content) == {"media_id": medium, "comment_id": mention.native_id, "message": "Sorry!"}


def test_and_under_the_medium_whose_caption_does(fake: FakeMeta) -> None:
    mention = named(fake.name_us("charged twice", by="88"))

    instagram(fake).reply(mention, words("Sorry!"))

    assert json.loads(fake.calls("POST")[0].content) == {"media_id": mention.native_id, "message": "Sorry!"}
