import json
from datetime import timedelta

import pytest
from pydantic import SecretStr

from connectors.meta.receiver import MetaReceiver
from models import AccountState, Kind
from models.errors import SignatureError
from tests.connectors.meta.parts import deletion_receiver, only, parse, receiver, threads_receiver
from tests.connectors.meta.worlds import signed_request
from tests.fakes import meta
from tests.fakes.meta import IG, NOW, NUMBER, PAGE, SECRET, THREADS_USER, VERIFY

HOUR = timedelta(hours=1)
QUERY = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}


# handshake and signature


def test_the_challenge_is_echoed_to_whoever_knows_our_word() -> None:
    answer = receiver().handshake(QUERY)

    assert answer is not None
    assert (answer.status, answer.body) == (200, b"1158201444")


@pytest.mark.parametrize(
    "change",
    [
        {"hub.verify_token": "wrong"},
        {"hub.verify_token": ""},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
        {"hub.challenge": "<script>\n"},
        {"hub.challenge": "9" * 500},
        {"hub.verify_token": "wört"},
    ],
)
def test_any_other_handshake_is_refused(change: dict[str, str]) -> None:
    assert receiver().handshake({**QUERY, **change}) is None


def test_without_a_word_of_ours_no_handshake_is_answered() -> None:
    bare = MetaReceiver([SecretStr(SECRET)], None)

    assert bare.handshake({**QUERY, "hub.verify_token": ""}) is None


def test_the_signature_is_of_the_bytes_as_sent_with_their_escapes() -> None:
    body = b'{"object":"page","entry":[{"id":"1001","time":1,"changes":[{"value":"\\u00e4\\/"}]}]}'

    assert receiver().verify(meta.sign(body), body, now=NOW) is None
    same_but_written_anew = json.dumps(json.loads(body)).encode()
    with pytest.raises(SignatureError):
        receiver().verify(meta.sign(body), same_but_written_anew, now=NOW)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha1=00", "sha256=" + "0" * 64, "sha256=é"])
def test_a_wrong_signature_is_refused_and_not_repeated(signature: str) -> None:
    with pytest.raises(SignatureError) as refused:
        receiver().verify({"x-hub-signature-256": signature}, b"{}", now=NOW)

    assert SECRET not in str(refused.value)


def test_threads_may_be_signed_with_a_secret_of_its_own() -> None:
    for secret in (SECRET, meta.THREADS_SECRET):
        assert threads_receiver().verify(meta.sign(b"{}", secret), b"{}", now=NOW) is None
    with pytest.raises(SignatureError):
        receiver().verify(meta.sign(b"{}", meta.THREADS_SECRET), b"{}", now=NOW)


# Page


def test_a_comment_on_our_page_is_read() -> None:
    mention = only(meta.pushed("page", meta.page_entry(meta.feed_comment("5_6", "you charged me twice 😡"))))

    assert (mention.channel, mention.account, mention.native_id) == ("facebook", PAGE, "5_6")
    assert mention.kind is Kind.COMMENT
    assert mention.text == "you charged me twice 😡"
    assert mention.created_at == NOW
    assert not mention.created_at_assumed
    assert mention.author is not None
    assert (mention.author.id, mention.author.name, mention.author.followers) == ("31", "Ada 31", None)
    assert mention.on_owned_channel is True
    assert mention.raw["post_id"] == f"{PAGE}_5"
    assert "message" not in mention.raw


def test_everybody_under_one_post_has_a_conversation_of_their_own_and_answers_join_it() -> None:
    one = meta.feed_comment("5_6", "charged twice", by="31")
    other = meta.feed_comment("5_7", "me too", by="32")
    answer = meta.feed_comment("5_8", "when?", by="31", parent_id="5_6")

    page = parse(meta.pushed("page", meta.page_entry(one, other, answer)))

    said = {mention.native_id: (mention.conversation_id, mention.in_reply_to) for mention in page.mentions}
    assert said == {"5_6": ("5_6", None), "5_7": ("5_7", None), "5_8": ("5_6", "5_6")}


def test_a_comment_without_its_author_has_an_unknown_author() -> None:
    mention = only(meta.pushed("page", meta.page_entry(meta.feed_comment("5_6", "hello", by=None))))

    assert mention.author is None


def test_a_photo_without_words_says_so_and_is_kept_beside() -> None:
    value = meta.feed_comment("5_6", "", photo="https://scontent.test/1.jpg")

    mention = only(meta.pushed("page", meta.page_entry(value)))

    assert mention.text == "[photo]"
    assert mention.raw["photo"] == "https://scontent.test/1.jpg"


def test_an_edited_comment_is_an_edit_of_the_same_message() -> None:
    value = meta.feed_comment("5_6", "charged three times", verb="edited")

    page = parse(meta.pushed("page", meta.page_entry(value, at=NOW + HOUR)))

    (edit,) = page.edits
    assert page.mentions == ()
    assert (edit.mention.native_id, edit.mention.text) == ("5_6", "charged three times")
    assert edit.mention.created_at == NOW
    assert edit.edited_at == NOW + HOUR
    assert edit.version


def test_a_removed_comment_is_a_deletion() -> None:
    value = {"item": "comment", "verb": "remove", "comment_id": "5_6", "post_id": f"{PAGE}_5"}

    page = parse(meta.pushed("page", meta.page_entry(value, at=NOW + HOUR)))

    (deletion,) = page.deletions
    assert (deletion.channel, deletion.account, deletion.native_id) == ("facebook", PAGE, "5_6")
    assert deletion.at == NOW + HOUR


@pytest.mark.parametrize("verb", ["hide", "unhide"])
def test_hiding_is_our_own_doing_and_no_news(verb: str) -> None:
    assert parse(meta.pushed("page", meta.page_entry(meta.feed_comment("5_6", "hello", verb=verb)))).is_empty


@pytest.mark.parametrize("item", ["reaction", "like", "share", "something new"])
def test_what_carries_no_words_is_left_out(item: str) -> None:
    value = {"item": item, "verb": "add", "post_id": f"{PAGE}_5", "from": {"id": "31"}}

    assert parse(meta.pushed("page", meta.page_entry(value))).is_empty


def test_our_own_comment_and_post_are_bystanders() -> None:
    comment = meta.feed_comment("5_6", "We look into it.", by=PAGE)
    post = {"item": "status", "verb": "add", "post_id": f"{PAGE}_9", "message": "Our new card", "from": {"id": PAGE}}

    page = parse(meta.pushed("page", meta.page_entry(comment, post)))

    assert page.mentions == ()
    assert [(one.mention.native_id, one.is_ours) for one in page.bystanders] == [("5_6", True), (f"{PAGE}_9", True)]


def test_a_visitors_post_on_our_page_and_a_mention_elsewhere_are_told_apart() -> None:
    post = {"item": "post", "verb": "add", "post_id": f"{PAGE}_9", "message": "help", "from": {"id": "31"}}
    elsewhere = {"item": "post", "verb": "add", "post_id": "77_9", "message": "@Larkbank help", "sender_id": "31"}

    page = parse(meta.pushed("page", meta.page_entry(post), meta.page_entry(elsewhere, field="mention")))

    assert [mention.kind for mention in page.mentions] == [Kind.MENTION, Kind.MENTION]
    assert {mention.native_id: mention.on_owned_channel for mention in page.mentions} == {
        f"{PAGE}_9": True,
        "77_9": False,
    }


def test_a_mention_whose_words_were_not_pushed_is_kept_for_a_person() -> None:
    page = parse(
        meta.pushed("page", meta.page_entry({"item": "post", "verb": "add", "post_id": "7_9"}, field="mention"))
    )

    assert page.mentions == ()
    assert "words are not in the push" in page.rejected[0].reason
    assert b"7_9" in page.rejected[0].raw


def test_a_review_is_a_review() -> None:
    value = {"item": "rating", "verb": "add", "open_graph_story_id": "90", "review_text": "never again"}
    more = {"reviewer_id": "31", "reviewer_name": "Ada", "recommendation_type": "NEGATIVE"}

    mention = only(meta.pushed("page", meta.page_entry({**value, **more}, field="ratings")))

    assert (mention.kind, mention.text) == (Kind.REVIEW, "never again")
    assert mention.raw["recommendation_type"] == "NEGATIVE"


# Instagram


def test_an_instagram_comment_is_said_when_its_entry_was_sent() -> None:
    value = meta.instagram_comment("18", "where is my money", parent_id="17")

    mention = only(meta.pushed("instagram", meta.instagram_entry(value)))

    assert (mention.channel, mention.account, mention.kind) == ("instagram", IG, Kind.COMMENT)
    assert mention.created_at == NOW
    assert (mention.conversation_id, mention.in_reply_to) == ("17", "17")
    assert mention.author is not None
    assert mention.author.handle == "ada31"
    assert mention.raw["media"] == {"id": "88", "media_product_type": "FEED"}


def test_an_advertisement_that_delivers_twice_leaves_one_message() -> None:
    first = meta.instagram_comment("18", "hello", media={"id": "88", "media_product_type": "AD", "ad_id": "5"})
    second = meta.instagram_comment("18", "hello", media={"id": "89", "media_product_type": "FEED"})

    one, other = (only(meta.pushed("instagram", meta.instagram_entry(value))) for value in (first, second))

    assert one.id == other.id
    assert len(parse(meta.pushed("instagram", meta.instagram_entry(first, second))).mentions) == 1


def test_our_own_instagram_comment_is_a_bystander() -> None:
    page = parse(meta.pushed("instagram", meta.instagram_entry(meta.instagram_comment("18", "Sorry!", by=IG))))

    assert page.mentions == ()
    assert page.bystanders[0].is_ours


def test_an_instagram_mention_has_ids_alone_and_comes_without_words() -> None:
    page = parse(meta.pushed("instagram", meta.instagram_entry(meta.naming("88", "18"), field="mentions")))

    assert (page.mentions, page.rejected) == ((), ())
    (mention,) = [each.mention for each in page.wordless]
    assert (mention.native_id, mention.kind, mention.on_owned_channel) == ("18", Kind.MENTION, False)
    assert (mention.text, mention.created_at) == ("", NOW)
    assert mention.raw == {"media_id": "88", "comment_id": "18", "field": "mentions"}


def test_in_a_caption_it_is_the_medium_that_names_us() -> None:
    page = parse(meta.pushed("instagram", meta.instagram_entry(meta.naming("88"), field="mentions")))

    assert [each.mention.native_id for each in page.wordless] == ["88"]


@pytest.mark.parametrize(
    "value", [{}, {"media_id": "88){id}"}, {"media_id": "88", "comment_id": "../me"}, {"media_id": ["88"]}, "88"]
)
def test_a_mention_whose_ids_are_none_is_rejected_alone(value: object) -> None:
    page = parse(meta.pushed("instagram", meta.instagram_entry(value, meta.naming("89"), field="mentions")))

    assert len(page.rejected) == len(page.wordless) == 1


# messages


def messenger(message: dict[str, object], **more: object) -> bytes:
    return meta.pushed("page", meta.talk_entry(meta.talk_event(message=message, **more)))


def test_a_message_is_private_and_its_milliseconds_are_read() -> None:
    mention = only(messenger({"mid": "m_1", "text": "my pin does not work", "reply_to": {"mid": "m_0"}}))

    assert (mention.channel, mention.kind, mention.is_private) == ("messenger", Kind.DM, True)
    assert mention.created_at == NOW
    assert mention.conversation_id == "dm:51"
    assert mention.in_reply_to == "m_0"


def test_a_message_to_instagram_is_told_from_one_to_the_page() -> None:
    event = meta.talk_event(to=IG, message={"mid": "m_1", "text": "hello"})

    mention = only(meta.pushed("instagram", meta.talk_entry(event, id=IG)))

    assert (mention.channel, mention.account) == ("instagram", IG)


def test_instagram_messages_are_read_as_changes_too() -> None:
    event = {**meta.talk_event(to=IG, message={"mid": "m_1", "text": "hello"}), "timestamp": str(meta.seconds(NOW))}

    mention = only(meta.pushed("instagram", meta.instagram_entry(event, field="messages")))

    assert (mention.kind, mention.created_at) == (Kind.DM, NOW)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"attachments": [{"type": "image", "payload": {"url": "https://cdn.test/1"}}]}, "[image]"),
        ({"attachments": [{"type": "story_mention", "payload": {}}]}, "[story_mention]"),
        ({"attachments": [{"type": "image"}, {"type": "share"}]}, "[image] [share]"),
        ({"text": "look", "attachments": [{"type": "image"}]}, "look"),
        ({"is_unsupported": True}, "[unsupported]"),
        ({}, "[no words]"),
    ],
)
def test_what_is_no_text_says_what_it_is(message: dict[str, object], text: str) -> None:
    mention = only(messenger({"mid": "m_1", **message}))

    assert mention.text == text
    assert mention.raw.get("attachments") == message.get("attachments")


def test_an_answer_of_our_agents_in_the_app_is_a_bystander_of_the_conversation() -> None:
    page = parse(messenger({"mid": "m_2", "text": "We look into it.", "is_echo": True}, by=PAGE, to="51"))

    assert page.mentions == ()
    (ours,) = page.bystanders
    assert ours.is_ours
    assert ours.mention.conversation_id == "dm:51"


def test_an_unsent_message_is_a_deletion() -> None:
    page = parse(messenger({"mid": "m_1", "is_deleted": True}, at=NOW + HOUR))

    assert page.mentions == ()
    assert [(one.native_id, one.at) for one in page.deletions] == [("m_1", NOW + HOUR)]


def test_an_edited_message_is_an_edit() -> None:
    event = meta.talk_event(at=NOW + HOUR, message_edit={"mid": "m_1", "text": "other words", "num_edit": 1})

    (edit,) = parse(meta.pushed("page", meta.talk_entry(event))).edits

    assert (edit.mention.native_id, edit.mention.text, edit.edited_at) == ("m_1", "other words", NOW + HOUR)
    assert edit.mention.created_at_assumed


@pytest.mark.parametrize(
    "event",
    [
        {"read": {"mid": "m_1"}},
        {"delivery": {"mids": ["m_1"]}},
        {"reaction": {"mid": "m_1", "action": "react"}},
        {"postback": {"payload": "GET_STARTED"}},
        {"optin": {"type": "x"}},
    ],
)
def test_signals_without_words_are_left_out(event: dict[str, object]) -> None:
    assert parse(meta.pushed("page", meta.talk_entry(meta.talk_event(**event)))).is_empty


def test_a_button_that_was_pressed_says_what_stood_on_it() -> None:
    event = meta.talk_event(postback={"mid": "m_1", "title": "I want to complain", "payload": "C"})

    assert only(meta.pushed("page", meta.talk_entry(event))).text == "I want to complain"


def test_messages_another_app_answers_are_read_and_marked() -> None:
    event = meta.talk_event(message={"mid": "m_1", "text": "hello"})

    mention = only(meta.pushed("page", meta.talk_entry(event, under="standby")))

    assert mention.raw["standby"] is True


# Threads


def threads(field: str, value: dict[str, object]) -> object:
    return threads_receiver().parse(meta.threads_push(field, value), received_at=NOW)


OUR_ROOT = {"id": "60", "owner_id": THREADS_USER, "username": "larkbank"}


def test_a_reply_on_threads_stands_under_a_post_of_ours() -> None:
    value = meta.threads_post("61", "scam", root_post=OUR_ROOT, replied_to={"id": "60"}, is_verified=True)

    (mention,) = threads("replies", value).mentions

    assert (mention.channel, mention.account, mention.kind) == ("threads", THREADS_USER, Kind.REPLY)
    assert mention.on_owned_channel is True
    assert (mention.conversation_id, mention.in_reply_to) == ("61", None)
    assert mention.author is not None
    assert (mention.author.id, mention.author.handle, mention.author.verified) == ("ada31", "ada31", True)
    assert mention.url == "https://www.threads.net/@ada31/post/61"


def test_an_answer_to_a_reply_joins_its_conversation() -> None:
    value = meta.threads_post("62", "really", root_post=OUR_ROOT, replied_to={"id": "61"})

    (mention,) = threads("replies", value).mentions

    assert (mention.conversation_id, mention.in_reply_to) == ("61", "61")


def test_a_mention_on_threads_is_elsewhere_unless_it_says_otherwise() -> None:
    (mention,) = threads("mentions", meta.threads_post("63", "@larkbank help")).mentions

    assert (mention.kind, mention.on_owned_channel) == (Kind.MENTION, None)


def test_our_own_reply_and_our_own_post_are_no_mentions() -> None:
    own = meta.threads_post("64", "Sorry!", by="larkbank", root_post=OUR_ROOT, replied_to={"id": "61"})

    page = threads("replies", own)

    assert page.mentions == ()
    assert page.bystanders[0].is_ours
    assert threads("publish", {"id": "65", "username": "larkbank"}).is_empty


def test_a_deleted_post_of_threads_is_a_deletion() -> None:
    (deletion,) = threads("delete", {"id": "64", "deleted_at": meta.written(NOW)}).deletions

    assert (deletion.native_id, deletion.at) == ("64", NOW)


# what is wrong with a push


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"object": "page"}', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_cannot_be_read_is_kept_whole(body: bytes) -> None:
    for page in (parse(body), threads_receiver().parse(body, received_at=NOW)):
        (rejected,) = page.rejected
        assert rejected.raw == body
        assert page.mentions == ()


def test_an_object_we_do_not_know_is_kept() -> None:
    assert "this sort of object" in parse(meta.pushed("permissions", {"id": "1"})).rejected[0].reason


def test_one_bad_part_at_any_depth_is_rejected_alone() -> None:
    good = meta.feed_comment("5_6", "hello")
    entry = meta.page_entry(good, {"item": "comment", "verb": "add", "message": "secret words", "comment_id": []})
    broken = {"id": PAGE, "changes": [7, {"field": "feed", "value": "x"}]}
    talk = meta.talk_entry({"sender": 4}, meta.talk_event(message={"mid": "m_1", "text": "hi"}))

    page = parse(meta.pushed("page", 7, entry, broken, talk))  # type: ignore[arg-type]

    assert sorted(mention.text for mention in page.mentions) == ["hello", "hi"]
    assert len(page.rejected) == 5
    assert not any("secret" in rejected.reason for rejected in page.rejected)


def test_half_a_character_becomes_a_question_mark() -> None:
    body = b'{"object":"page","entry":[{"id":"1001","time":1780660800,"changes":[{"field":"feed","value":{"item":' + (
        b'"comment","verb":"add","comment_id":"5_6","post_id":"1001_5","message":"a\\ud83d b \\ud83d\\ude00"}}]}]}'
    )

    assert only(body).text == "a? b 😀"


@pytest.mark.parametrize("stamp", [None, "", "soon", -1, 10**30, True, "1e999", [1]])
def test_an_instant_that_is_none_is_assumed(stamp: object) -> None:
    value = {**meta.feed_comment("5_6", "hello"), "created_time": stamp}

    mention = only(meta.pushed("page", meta.page_entry(value)))

    assert mention.created_at == NOW
    assert mention.created_at_assumed


def test_long_and_odd_words_and_fields_nobody_told_us_of_do_no_harm() -> None:
    text = "x" * 100_000 + "\0 مرحبا 😀"

    mention = only(meta.pushed("page", meta.page_entry(meta.feed_comment("5_6", text, made_up={"deep": [None]}))))

    assert mention.text == text


def test_an_id_that_came_as_a_number_is_the_same_message() -> None:
    texts = [
        only(meta.pushed("page", meta.page_entry(meta.feed_comment("56", "x", comment_id=id)))) for id in ("56", 56)
    ]

    assert texts[0].id == texts[1].id


# requests to delete


def test_a_request_to_delete_departs_the_person_and_is_kept_for_a_person() -> None:
    body = signed_request("31", at=NOW)

    assert deletion_receiver().verify({}, body, now=NOW) is None
    page = deletion_receiver().parse(body, received_at=NOW + HOUR)

    assert {departure.channel for departure in page.departures} == {"facebook", "messenger", "instagram", "threads"}
    assert {(one.author_id, one.state, one.at) for one in page.departures} == {("31", AccountState.DELETED, NOW)}
    assert "a person has to see" in page.rejected[0].reason


def test_it_is_answered_with_an_address_and_a_code_that_stays_the_same() -> None:
    body = signed_request("31")

    answer, again = deletion_receiver().answer(body), deletion_receiver().answer(body)

    told = json.loads(answer.body)
    assert answer.content_type == "application/json"
    assert told["url"] == f"https://larkbank.test/deletion?code={told['confirmation_code']}"
    assert answer == again
    assert "31" != told["confirmation_code"]
    assert told["confirmation_code"] in deletion_receiver().parse(body, received_at=NOW).rejected[0].reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"signed_request=",
        b"signed_request=abc",
        b"signed_request=.abc",
        b"signed_request=%ff.%ff",
        b"&" * 5000,
        signed_request("31", secret="another"),
        signed_request("31", algorithm="none"),
        signed_request("31").replace(b".", b".x"),
    ],
)
def test_a_request_to_delete_with_a_wrong_signature_is_refused(body: bytes) -> None:
    with pytest.raises(SignatureError):
        deletion_receiver().verify({}, body, now=NOW)
    assert deletion_receiver().handshake(QUERY) is None


# WhatsApp


def whatsapp(*messages: dict[str, object], **more: object) -> object:
    return parse(meta.pushed("whatsapp_business_account", meta.whatsapp_entry(*messages, **more)))


def test_a_whatsapp_message_is_read() -> None:
    (mention,) = whatsapp(meta.whatsapp_message("wamid.1", context={"id": "wamid.0"}, text={"body": "hello"})).mentions

    assert (mention.channel, mention.account, mention.kind) == ("whatsapp", NUMBER, Kind.DM)
    assert mention.created_at == NOW
    assert (mention.conversation_id, mention.in_reply_to) == ("dm:61491570156", "wamid.0")
    assert mention.author is not None
    assert (mention.author.id, mention.author.name, mention.author.handle) == ("61491570156", "Ada Ferry", None)


@pytest.mark.parametrize(
    ("type", "inner", "text"),
    [
        ("image", {"id": "9", "caption": "my statement"}, "my statement"),
        ("image", {"id": "9"}, "[image]"),
        ("audio", {"id": "9"}, "[audio]"),
        ("sticker", {"id": "9"}, "[sticker]"),
        ("document", {"filename": "a.pdf"}, "[document]"),
        ("button", {"payload": "P", "text": "Stop"}, "Stop"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "1", "title": "Cancel"}}, "Cancel"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "1", "title": "Complain"}}, "Complain"),
        ("location", {"name": "Branch", "address": "1 High St"}, "[location] Branch, 1 High St"),
        ("location", {"latitude": 1.5, "longitude": 2.5}, "[location]"),
        ("contacts", [{"name": {"formatted_name": "Joss Wattle"}}], "[contacts]"),
        ("order", {"text": "", "product_items": []}, "[order]"),
        ("reaction", {"message_id": "wamid.0", "emoji": "😡"}, "😡"),
        ("brand_new", {"text": "?"}, "?"),
    ],
)
def test_every_sort_of_whatsapp_message_has_words(type: str, inner: object, text: str) -> None:
    (mention,) = whatsapp(meta.whatsapp_message("wamid.1", type=type, **{type: inner})).mentions

    assert mention.text == text


def test_a_message_whatsapp_cannot_show_is_still_a_message() -> None:
    errors = [{"code": 131051, "title": "Message type unknown"}]

    (mention,) = whatsapp(meta.whatsapp_message("wamid.1", type="unsupported", errors=errors)).mentions

    assert mention.text == "[unsupported]"
    assert mention.raw["errors"] == errors


def test_a_reaction_taken_back_and_what_whatsapp_says_itself_are_no_messages() -> None:
    gone = meta.whatsapp_message("wamid.1", type="reaction", reaction={"message_id": "wamid.0"})
    moved = meta.whatsapp_message("wamid.2", type="system", system={"body": "changed number"})

    assert whatsapp(gone, moved).is_empty


def test_the_fate_of_what_we_sent_is_left_out_and_hides_no_message() -> None:
    failed = [
        {"id": "wamid.9", "status": "failed", "timestamp": "1", "recipient_id": "6", "errors": [{"code": 131047}]}
    ]

    assert whatsapp(statuses=failed).is_empty
    assert len(whatsapp(meta.whatsapp_message("wamid.1"), statuses=failed).mentions) == 1


def test_a_whatsapp_message_taken_back_or_corrected_is_told() -> None:
    back = meta.whatsapp_message("wamid.2", at=NOW + HOUR, type="revoke", revoke={"original_message_id": "wamid.1"})
    inner = {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": "other words"}}}
    other = meta.whatsapp_message("wamid.3", at=NOW + HOUR, type="edit", edit=inner)

    page = whatsapp(back, other)

    assert [(one.native_id, one.at) for one in page.deletions] == [("wamid.1", NOW + HOUR)]
    assert [(one.mention.native_id, one.mention.text) for one in page.edits] == [("wamid.1", "other words")]
    assert page.mentions == ()


def test_what_an_agent_wrote_on_the_phone_is_a_bystander() -> None:
    echo = {"from": "61255501234", "to": "61491570156", "id": "wamid.5", "timestamp": "1780660800", "type": "text"}
    value = {"metadata": {"phone_number_id": NUMBER}, "message_echoes": [{**echo, "text": {"body": "On it"}}]}
    entry = {"id": "4", "changes": [{"field": "smb_message_echoes", "value": value}]}

    page = parse(meta.pushed("whatsapp_business_account", entry))

    assert page.mentions == ()
    assert page.bystanders[0].mention.conversation_id == "dm:61491570156"


def test_a_whatsapp_message_that_cannot_be_read_is_rejected_alone() -> None:
    page = whatsapp({"id": "wamid.1"}, meta.whatsapp_message("wamid.2"))

    assert [mention.native_id for mention in page.mentions] == ["wamid.2"]
    assert len(page.rejected) == 1
