"""Zammad's JSON, as far as we read it. Whatever may be missing is optional; unknown keys are ignored."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, TypeAdapter

EARSHOT_ID = "earshot_id"
"""Name of the ticket attribute that holds our external id."""


def _named(value: object) -> object:
    """A name: some answers and all pushes give the whole object instead."""
    if isinstance(value, dict):
        return value.get("name") or value.get("login") or ""
    return "" if value is None else value


Name = Annotated[str, BeforeValidator(_named)]


class ZammadTicket(BaseModel):
    id: int
    number: str = ""
    title: str = ""
    state: Name = ""
    """Only where asked for with `expand`, and in pushes."""
    owner: Name = ""
    """`-` where nobody owns it."""
    updated_at: AwareDatetime | None = None
    earshot_id: str | None = None


class ZammadArticle(BaseModel):
    id: int
    subject: str | None = None
    internal: bool = False


class ZammadUser(BaseModel):
    id: int
    login: str = ""


class ZammadNamed(BaseModel):
    name: str = ""
    active: bool = True


class ZammadAttribute(BaseModel):
    name: str = ""
    object: str = ""
    active: bool = True
    to_create: bool = False
    """Made, and the database not yet changed for it."""


class ZammadPush(BaseModel):
    """A webhook of a trigger, in Zammad's own form."""

    ticket: ZammadTicket


TICKET = TypeAdapter(ZammadTicket)
TICKETS = TypeAdapter(list[ZammadTicket])
ANYTHING = TypeAdapter(list[dict[str, object]])
ARTICLE = TypeAdapter(ZammadArticle)
ARTICLES = TypeAdapter(list[ZammadArticle])
USER = TypeAdapter(ZammadUser)
NAMED = TypeAdapter(list[ZammadNamed])
ATTRIBUTES = TypeAdapter(list[ZammadAttribute])
PUSH = TypeAdapter(ZammadPush)
