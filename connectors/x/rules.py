"""Who may answer what on X, and how: its developer guidelines and automation rules. Pure."""

import re

from connectors.x.length import MOST_DM_CHARACTERS, MOST_WEIGHT, weight
from connectors.x.records import plain
from connectors.x.wire import Post
from models import AuthoredBy, MayReply, Mention, Reply
from models.errors import PermanentError

NO_TOKENS = (
    "Answering on X needs the access token of our account; EARSHOT_X_ACCESS_TOKEN and its secret are not both set."
)
NOT_ADDRESSED = "The author did not address us, and X refuses answers through its interface to people who did not."
NOT_APPROVED = "Automated replies on X are not switched on; X has to approve them first."
NOT_SUMMONED = (
    "X allows automated replies only to people who called us, by writing our handle or by quoting us; "
    "a person can answer."
)
ANSWERED = "We have answered this post already, and X allows one automated reply to it; a person can answer."
PROTECTED = "The author's posts are protected; X shows our answer to nobody else, and may refuse it."
RESTRICTED = "The author let only some people answer this post, and did not mention us in it."
GONE = "The post has been deleted."
NOT_HIDDEN = (
    "X hides replies under posts of ours alone, and Earshot does not ask for that right (tweet.moderate.write): hide "
    "it on X itself."
)
HIDDEN = "X no longer shows us this post: the author protects their posts or blocks us, or X has withheld it."
NOT_WRITTEN_FIRST = "X allows direct messages only to people who wrote to us in private first."
CANNOT_BE_LOOKED_UP = "This did not come from X, so it cannot be answered there."
OPEN_TO_ALL = frozenset({None, "", "everyone"})

LINK = re.compile(r"https?://\S+")
LEADING_HANDLES = re.compile(r"^(?:@\w+\s+)+")


def is_of_x(mention: Mention) -> bool:
    return mention.native_id.isascii() and mention.native_id.isdecimal()


def refusal_in_public(mention: Mention, authored_by: AuthoredBy, *, automated_replies: bool) -> str:
    """Why this post may not be answered in public, as far as we know without asking X; empty where it may."""
    if not is_of_x(mention):
        return CANNOT_BE_LOOKED_UP
    raw = mention.raw
    if raw.get("author_protected"):
        return PROTECTED
    if raw.get("addresses_us") is False:
        return NOT_ADDRESSED
    if raw.get("reply_settings") not in OPEN_TO_ALL and not raw.get("summoned_by") == "mention":
        return RESTRICTED
    if authored_by is AuthoredBy.AUTOMATION:
        if not automated_replies:
            return NOT_APPROVED
        if not raw.get("summoned_by"):
            return NOT_SUMMONED
    return ""


def refusal_in_private(authored_by: AuthoredBy, *, automated_replies: bool) -> str:
    """Why nobody may be written to in private; empty where it depends on who wrote first."""
    return NOT_APPROVED if authored_by is AuthoredBy.AUTOMATION and not automated_replies else ""


def check_words(reply: Reply) -> None:
    """Raises: PermanentError when X would not take these words."""
    if not reply.text.strip():
        raise PermanentError("x: the reply is empty; write one")
    if "\0" in reply.text:
        raise PermanentError("x: the reply holds a NUL character; remove it")
    if reply.is_private:
        if len(reply.text) > MOST_DM_CHARACTERS:
            raise PermanentError(
                f"x: the message has {len(reply.text)} characters; at most {MOST_DM_CHARACTERS} are taken"
            )
        return
    weighs = weight(reply.text)
    if weighs > MOST_WEIGHT:
        raise PermanentError(
            f"x: the reply counts as {weighs} characters (a link 23, emoji and some scripts 2 each); at most "
            f"{MOST_WEIGHT} are taken: shorten it"
        )


def says_the_same(written: str, wanted: str) -> bool:
    """Whether a post of ours holds these words: X puts handles before them and replaces links."""
    return _bare(plain(written)) == _bare(wanted)


def _bare(text: str) -> str:
    return " ".join(LINK.sub("link", LEADING_HANDLES.sub("", text.strip())).split())


def answers(post: Post, native_id: str) -> bool:
    """Whether a post answers this one."""
    return any(reference.type == "replied_to" and reference.id == native_id for reference in post.references)


def denied(reason: str) -> MayReply:
    return MayReply(allowed=False, reason=reason)
