"""What X pushes, written by hand with invented people, and signed as X does."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from tests.fakes.x import CONSUMER, OWN_HANDLE, OWN_ID, FakeX

HEADER = "x-twitter-webhooks-signature"


def body_of(value: object) -> bytes:
    return json.dumps(value).encode()


def signed(body: bytes, *, secret: str = CONSUMER[1]) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {HEADER: f"sha256={base64.b64encode(digest).decode()}", "content-type": "application/json"}


def activity(kind: str, payload: object, *, uuid: str = "7001", **includes: Any) -> dict[str, Any]:
    event = {"event_uuid": uuid, "event_type": kind, "filter": {"user_id": OWN_ID}, "tag": "earshot"}
    return {"data": {**event, "payload": payload, "includes": includes}}


def pushed_post(
    fake: FakeX, native_id: str, kind: str = "post.mention.create", *, uuid: str = "7001"
) -> dict[str, Any]:
    """Activity payloads hold each counter as a number and as text."""
    post = {name: value for name, value in fake.posts[native_id].items() if name != "newest"}
    near = [fake.posts[each["id"]] for each in post.get("referenced_tweets", []) if each["id"] in fake.posts]
    people = [fake.users[each["author_id"]] for each in (post, *near)]
    users = [{**person, "public_metrics": _twice(person["public_metrics"])} for person in people]
    tweets = [{name: value for name, value in each.items() if name != "newest"} for each in near]
    payload = {**post, "public_metrics": _twice(post["public_metrics"])}
    return activity(kind, payload, uuid=uuid, users=users, tweets=tweets)


def _twice(counters: dict[str, int]) -> dict[str, Any]:
    return {**counters, **{f"{name}_str": str(value) for name, value in counters.items()}}


def message(native_id: str, sender: str, text: object, at: datetime, *, recipient: str = OWN_ID) -> dict[str, Any]:
    data = {"text": text, "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}}
    created = {"target": {"recipient_id": recipient}, "sender_id": sender, "message_data": data}
    moment = str(int(at.timestamp() * 1000))
    return {"type": "message_create", "id": native_id, "created_timestamp": moment, "message_create": created}


def pushed_messages(messages: list[Any], users: dict[str, Any], *, kind: str = "dm.received") -> dict[str, Any]:
    wrapped = {user_id: {"data": user} for user_id, user in users.items()}
    return activity(kind, {"direct_message_events": messages, "users": wrapped})


def old_user(user_id: str, handle: str, *, followers: int = 1200) -> dict[str, Any]:
    base = {"id": int(user_id), "id_str": user_id, "screen_name": handle, "name": handle.title(), "verified": False}
    counts = {"followers_count": followers, "friends_count": 3, "statuses_count": 40}
    return {**base, **counts, "protected": False, "profile_image_url_https": "https://pbs.test/1_normal.jpg"}


def old_post(native_id: str, author: dict[str, Any], text: str, at: datetime, **fields: Any) -> dict[str, Any]:
    start = text.find(f"@{OWN_HANDLE}")
    ours = {"id_str": OWN_ID, "id": int(OWN_ID), "screen_name": OWN_HANDLE, "indices": [start, start + 9]}
    return {
        "id": int(native_id),
        "id_str": native_id,
        "text": text,
        "created_at": at.strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "lang": "en",
        "user": author,
        "in_reply_to_status_id_str": None,
        "in_reply_to_user_id_str": None,
        "entities": {"user_mentions": [ours] if start >= 0 else []},
        **fields,
    }
