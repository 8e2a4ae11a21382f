"""Freshdesk's JSON, as far as we read it. Unknown keys are ignored."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator

FdId = Annotated[str, BeforeValidator(lambda id: str(id) if isinstance(id, int) else id)]


class FdField(BaseModel):
    """One field of the ticket form."""

    name: str
    type: str = ""
    choices: object = None
    """Of another shape for every type; see `numbers` and `labels`."""

    @property
    def numbers(self) -> dict[str, int]:
        """Of groups and agents: name → id; empty where they are not told."""
        named = self.choices if isinstance(self.choices, dict) else {}
        return {str(name): id for name, id in named.items() if isinstance(id, int)}

    @property
    def labels(self) -> dict[int, str]:
        """Of statuses: number → the name agents see."""
        named = self.choices if isinstance(self.choices, dict) else {}
        return {
            int(number): str(names[0])
            for number, names in named.items()
            if str(number).isdecimal() and isinstance(names, list) and names
        }


class FdTicket(BaseModel):
    id: FdId
    status: int
    priority: int = 0
    tags: list[str] = []
    group_id: int | None = None
    responder_id: int | None = None
    custom_fields: dict[str, object] | None = None
    updated_at: AwareDatetime


class FdFound(BaseModel):
    results: list[FdTicket]


class FdNote(BaseModel):
    id: FdId
    body_text: str | None = None
    body: str | None = None


class FdMade(BaseModel):
    id: FdId


class FdProblem(BaseModel):
    field: str = ""


class FdRefusal(BaseModel):
    errors: list[FdProblem] = []
