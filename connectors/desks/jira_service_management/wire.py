"""Jira's JSON, as far as we read it. Whatever may be missing is optional; unknown keys are ignored."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, TypeAdapter


def _or_empty(value: object) -> object:
    return {} if value is None else value


class JiraCategory(BaseModel):
    key: str = ""
    """`new`, `indeterminate` or `done`."""


class JiraStatus(BaseModel):
    name: str = ""
    category: JiraCategory = Field(default_factory=JiraCategory, alias="statusCategory")


class JiraPerson(BaseModel):
    name: str | None = Field(default=None, alias="displayName")


class JiraFields(BaseModel):
    labels: Annotated[list[str], BeforeValidator(lambda value: value or [])] = []
    status: Annotated[JiraStatus, BeforeValidator(_or_empty)] = Field(default_factory=JiraStatus)
    assignee: JiraPerson | None = None
    updated: AwareDatetime | None = None


class JiraIssue(BaseModel):
    key: str
    fields: Annotated[JiraFields, BeforeValidator(_or_empty)] = Field(default_factory=JiraFields)


class JiraFound(BaseModel):
    issues: list[JiraIssue]
    next_page: str | None = Field(default=None, alias="nextPageToken")


class JiraMadeRequest(BaseModel):
    key: str = Field(alias="issueKey")


class JiraUser(BaseModel):
    account_id: str = Field(default="", alias="accountId")


class JiraServiceDesk(BaseModel):
    project_key: str = Field(default="", alias="projectKey")


class JiraFormField(BaseModel):
    id: str = Field(alias="fieldId")
    name: str = ""
    required: bool = False


class JiraForm(BaseModel):
    fields: list[JiraFormField] = Field(alias="requestTypeFields")


class JiraName(BaseModel):
    name: str = ""


class JiraTransition(BaseModel):
    id: str
    to: JiraStatus = Field(default_factory=JiraStatus)


class JiraTransitions(BaseModel):
    transitions: list[JiraTransition]


class JiraEntityProperty(BaseModel):
    key: str = ""
    value: object = None


class JiraComment(BaseModel):
    id: str
    is_public: bool | None = Field(default=None, alias="jsdPublic")
    properties: list[JiraEntityProperty] = []


class JiraComments(BaseModel):
    comments: list[JiraComment]
    total: int = 0


class JiraPush(BaseModel):
    event: str = Field(default="", alias="webhookEvent")
    issue: JiraIssue | None = None


ISSUE = TypeAdapter(JiraIssue)
FOUND = TypeAdapter(JiraFound)
MADE_REQUEST = TypeAdapter(JiraMadeRequest)
USER = TypeAdapter(JiraUser)
SERVICE_DESK = TypeAdapter(JiraServiceDesk)
FORM = TypeAdapter(JiraForm)
NAMES = TypeAdapter(list[JiraName])
TRANSITIONS = TypeAdapter(JiraTransitions)
COMMENT = TypeAdapter(JiraComment)
COMMENTS = TypeAdapter(JiraComments)
PUSH = TypeAdapter(JiraPush)
