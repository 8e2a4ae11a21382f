"""The settings of monitors: figures to be scraped, traces to be sent. A part of `Settings`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator


class WatchingSettings(BaseModel):
    """Who may look, and where to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: Literal["off", "local", "token"] = Field(
        default="off",
        description="Who may read /metrics. local: this machine, past any proxy; token: who shows it.",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=24,
        validate_default=True,
        description="What a monitor shows as its bearer token to read /metrics.",
    )
    traces_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Collector of traces by OTLP over http, e.g. http://127.0.0.1:4318. Default: no traces.",
    )
    traces_token: SecretStr | None = Field(default=None, description="Bearer token that the collector asks for.")
    traces_share: float = Field(
        default=1.0, ge=0, le=1, description="Share of the jobs that are traced, by chance: 0.01 is one in a hundred."
    )

    @field_validator("metrics_token")
    @classmethod
    def _is_there_to_be_shown(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("metrics") == "token":
            raise ValueError("EARSHOT_METRICS is token, and none is set: give one of 24 characters or more")
        return value
