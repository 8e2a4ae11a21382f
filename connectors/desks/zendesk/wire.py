"""Zendesk's JSON, as far as we read it. Unknown keys are ignored."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator

ZdId = Annotated[str, BeforeValidator(lambda id: str(id) if isinstance(id, int) else id)]
"""A number; the ids of large accounts do not fit into 32 bits."""


class ZdUser(BaseModel):
    id: ZdId | None = None
    """None: Zendesk takes us for a stranger, and says so with 200."""
    name: str = ""
    role: str = ""
    role_type: int | None = None
    """1: light agent, 2: chat agent; neither may make tickets."""


class ZdMe(BaseModel):
    user: ZdUser


class ZdGroup(BaseModel):
    id: int
    name: str = ""


class ZdPlace(BaseModel):
    """Where a list goes on."""

    has_more: bool = False
    after_cursor: str | None = None


class ZdGroups(BaseModel):
    groups: list[ZdGroup]
    meta: ZdPlace = ZdPlace()


class ZdTicket(BaseModel):
    id: ZdId
    external_id: str | None = None
    status: str = ""
    priority: str | None = None
    group_id: int | None = None
    assignee_id: ZdId | None = None
    tags: list[str] = []
    updated_at: AwareDatetime | None = None
    generated_timestamp: int | None = None
    """Unix seconds; later than `updated_at` where the system itself changed something."""

    @property
    def changed_at(self) -> datetime | None:
        said = [self.updated_at.astimezone(UTC)] if self.updated_at else []
        if self.generated_timestamp:
            said.append(datetime.fromtimestamp(self.generated_timestamp, UTC))
        return max(said, default=None)


class ZdTickets(BaseModel):
    tickets: list[ZdTicket]


class ZdMetadata(BaseModel):
    custom: dict[str, object] | None = None


class ZdAudit(BaseModel):
    """One change of a ticket."""

    id: ZdId
    metadata: ZdMetadata = ZdMetadata()


class ZdOne(BaseModel):
    """A ticket that was made, changed or asked for."""

    ticket: ZdTicket


class ZdNoted(BaseModel):
    audit: ZdAudit


class ZdAudits(BaseModel):
    audits: list[ZdAudit]
    meta: ZdPlace = ZdPlace()


class ZdExport(BaseModel):
    tickets: list[ZdTicket]
    users: list[ZdUser] = []
    after_cursor: str | None = None


class ZdTags(BaseModel):
    tags: list[str]
