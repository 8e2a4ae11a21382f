"""Whether the words were said to the firm, and whether its account is named in them."""

from models.author import AuthorHistory
from models.mention import Kind, Mention
from policy.phrases import words_of


def names_account(text: str, account: str) -> bool:
    """The words of our account's name stand in the text, in order."""
    wanted = [word.folded for word in words_of(account)]
    said = [word.folded for word in words_of(text)]
    return bool(wanted) and any(
        said[start : start + len(wanted)] == wanted for start in range(len(said) - len(wanted) + 1)
    )


def told_to_us(mention: Mention) -> bool:
    """Said to the firm: in private, on its own channel, or naming its account. Overheard words are not."""
    if mention.is_private or mention.on_owned_channel or names_account(mention.text, mention.account):
        return True
    return mention.on_owned_channel is None and mention.kind in (Kind.MENTION, Kind.REPLY)


def contacts(history: AuthorHistory | None, mention: Mention, contacts_in_7_days: int) -> int:
    """Messages of this author to us in seven days: the larger of our own count and what the platform shows."""
    posts = history.posts if history else ()
    seen = sum(names_account(post.text, mention.account) for post in posts if post.native_id != mention.native_id)
    return max(contacts_in_7_days, seen)
