"""The settings of log-in: sessions, second factors, single sign-on, proxies that are believed. A part of `Settings`."""

import ipaddress
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

RoleName = Literal["agent", "lead", "compliance", "admin", "auditor"]
LOCAL = ("localhost", "127.0.0.1", "::1")


class AccountSettings(BaseModel):
    """Who comes in, how, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session_hours: float = Field(
        default=12.0, gt=0, le=720, description="A session ends so many hours after the log-in, whatever is done."
    )
    session_idle_minutes: float = Field(
        default=120.0, gt=0, description="A session ends after so many minutes in which a person did nothing."
    )
    second_factor_roles: frozenset[RoleName] = Field(
        default=frozenset(),
        description="Roles that need a second factor, comma separated: the log-in leads to its set-up first.",
    )
    password_log_in: Literal["everybody", "break_glass"] = Field(
        default="everybody",
        description="break_glass: only the administrators named below log in by password, others by single sign-on.",
    )
    break_glass: frozenset[str] = Field(
        default=frozenset(),
        description="Names of administrators who may log in by password when single sign-on is down, comma separated.",
    )
    trusted_proxies: frozenset[str] = Field(
        default=frozenset({"127.0.0.1", "::1"}),
        description="Addresses or networks of proxies whose X-Forwarded-… headers are believed; none: nobody's.",
    )

    single_sign_on_issuer: str | None = Field(
        default=None, description="Issuer of the OpenID Connect provider, e.g. https://login.example.com/realms/care."
    )
    single_sign_on_client_id: str | None = Field(default=None, description="Our client id there.")
    single_sign_on_client_secret: SecretStr | None = Field(
        default=None, description="Our client secret there. Default: a public client, with PKCE alone."
    )
    single_sign_on_name: str = Field(default="single sign-on", description="What the button of the log-in calls it.")
    single_sign_on_scopes: str = Field(default="openid profile email", description="Scopes that are asked for.")
    single_sign_on_return_url: str | None = Field(
        default=None,
        description="Address that the provider sends people back to, ending in /sign-on/return. Default: by the host"
        " that was asked.",
    )
    single_sign_on_groups: str = Field(
        default="groups", description="Claim that names a person's groups; a dot leads into an object."
    )
    single_sign_on_roles: tuple[tuple[str, RoleName], ...] = Field(
        default=(), description="Groups and roles, e.g. care-leads=lead; care=agent. The first that fits counts."
    )
    single_sign_on_others: Literal["refuse", "agent", "auditor"] = Field(
        default="refuse", description="Role of who is in none of these groups; refuse: they do not come in."
    )
    single_sign_on_link: Literal["by_hand", "verified_email"] = Field(
        default="by_hand",
        description="verified_email: an account named like the address that the provider verified is opened by it.",
    )
    single_sign_on_is_strong: bool = Field(
        default=False, description="The provider always asks for a second factor, so ours is not asked for besides."
    )

    @field_validator("second_factor_roles", "break_glass", mode="before")
    @classmethod
    def _names_by_comma(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        named = [part.strip() for part in value.split(",") if part.strip()]
        if named == ["none"]:
            return frozenset()
        for one in named:
            ipaddress.ip_network(one, strict=False)
        return named

    @field_validator("single_sign_on_roles", mode="before")
    @classmethod
    def _roles_by_semicolon(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.rpartition("=") for part in value.split(";") if part.strip()]
        unread = [role for group, _, role in parts if not group.strip() or not role.strip()]
        if unread:
            raise ValueError(f"{unread[0].strip()!r} belongs to nothing; write group=role; group=role")
        return tuple((group.strip(), role.strip()) for group, _, role in parts)

    @field_validator("single_sign_on_issuer", "single_sign_on_return_url")
    @classmethod
    def _is_secure(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and (not parts.hostname or parts.query or parts.fragment):
            raise ValueError("it must be an address such as https://login.example.com, without ? and #")
        if value is not None and parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
            raise ValueError("it must begin with https://")
        return value

    @field_validator("single_sign_on_scopes")
    @classmethod
    def _asks_who(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("the scope openid must be among them")
        return value
