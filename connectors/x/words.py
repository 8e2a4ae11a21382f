"""What we ask for, in both of X's vocabularies: since August 2026 a tweet may be called a post."""

from collections.abc import Mapping
from typing import Any, Literal

Words = Literal["old", "new"]

POST_FIELDS = (
    "attachments",
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "in_reply_to_user_id",
    "lang",
    "note_tweet",
    "public_metrics",
    "referenced_tweets",
    "reply_settings",
)
EXPANSIONS = ("author_id", "in_reply_to_user_id", "referenced_tweets.id", "referenced_tweets.id.author_id")
USER_FIELDS = (
    "created_at",
    "description",
    "location",
    "profile_image_url",
    "protected",
    "public_metrics",
    "verified",
    "verified_type",
)
DM_FIELDS = ("attachments", "created_at", "dm_conversation_id", "event_type", "referenced_tweets", "sender_id", "text")

NEW_NAMES = {"tweet.fields": "post.fields"}
NEW_VALUES: Mapping[str, str | None] = {
    "referenced_tweets": "referenced_posts",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets.id": "referenced_posts",
    "referenced_tweets.id.author_id": None,  # the new list of expansions has nothing of the kind
}
SPOKEN = ("tweet.fields", "expansions", "dm_event.fields")
"""Parameters whose values are words of the vocabulary."""


def spoken(parameters: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """The parameters of a request, in the vocabulary wanted. They are given in the old one."""
    if words == "old":
        return dict(parameters)
    return {
        NEW_NAMES.get(name, name): _translated(value) if name in SPOKEN else value for name, value in parameters.items()
    }


def _translated(values: str) -> str:
    new = (NEW_VALUES.get(value, value) for value in values.split(","))
    return ",".join(value for value in new if value is not None)
