"""What is looked at before an answer of plain words is sent."""

from models import Reply
from models.errors import PermanentError


def check_plain(reply: Reply, *, vendor: str, most: int, has_private: bool = False) -> None:
    """`most`: characters the platform takes. `has_private`: whether it knows private answers.

    Raises: PermanentError where the platform would not take these words.
    """
    if reply.is_private and not has_private:
        raise PermanentError(f"{vendor}: there are no private answers; answer in public or by the support desk")
    if not reply.text.strip():
        raise PermanentError(f"{vendor}: the answer is empty; write one")
    if len(reply.text) > most:
        raise PermanentError(
            f"{vendor}: the answer has {len(reply.text)} characters; at most {most} are taken: shorten it"
        )
