"""Hiding what somebody said under a post of ours, and showing it again: one switch, which may be set twice."""

from connectors.meta.answering import GRAPH_ID
from connectors.meta.client import GraphClient
from models import Mention, Receipt
from models.errors import PermanentError

NOT_SET_UP = "Hiding is not set up here: the token for answers is missing."
NOT_UNDER_OURS = "Only what stands under a post of ours can be hidden."
PRIVATE = "It was said in private: nobody else sees it."


def why_not_hide(mention: Mention, *, is_one: bool, has_client: bool) -> str:
    """One sentence; empty where it can be hidden. `is_one`: whether it is of the kind that can."""
    if mention.is_private:
        return PRIVATE
    if not has_client:
        return NOT_SET_UP
    return "" if is_one and mention.on_owned_channel is True else NOT_UNDER_OURS


def set_hidden(client: GraphClient | None, mention: Mention, switch: dict[str, bool], *, under: str = "") -> Receipt:
    """`under`: what follows the message's own number in the path. Raises: see `connectors.base.Hides.hide`."""
    if client is None:
        raise PermanentError(f"meta: {mention.id} cannot be hidden: the token for answers is not set")
    if not GRAPH_ID.fullmatch(mention.native_id):
        raise PermanentError(f"meta: {mention.id} cannot be hidden: its number is none of Meta's")
    client.switch(f"/{mention.native_id}{under}", switch)
    return Receipt(mention.native_id, url=mention.url)
