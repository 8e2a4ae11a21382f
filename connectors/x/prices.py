"""What a call on X costs. Money is exact: `Decimal`, US dollars."""

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import SetupError

SHIPPED = Path(__file__).with_name("prices.toml")


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reads(_Form):
    """For each thing that comes."""

    post: Decimal = Field(ge=0)
    owned_post: Decimal = Field(ge=0)
    user: Decimal = Field(ge=0)
    dm_event: Decimal = Field(ge=0)


class Included(_Form):
    """For each thing that comes along with a post."""

    post: Decimal = Field(ge=0)
    user: Decimal = Field(ge=0)


class Writes(_Form):
    """For each that is sent."""

    post: Decimal = Field(ge=0)
    post_with_url: Decimal = Field(ge=0)
    summoned_reply: Decimal = Field(ge=0)
    dm: Decimal = Field(ge=0)


class Prices(_Form):
    reads: Reads
    included: Included
    writes: Writes


@cache
def read_prices(path: Path | None = None) -> Prices:
    """Those shipped, where no file is named. Raises: SetupError."""
    chosen = path or SHIPPED
    try:
        return Prices.model_validate(tomllib.loads(chosen.read_text(encoding="utf-8"), parse_float=Decimal))
    except OSError as error:
        raise SetupError(f"EARSHOT_X_PRICES: {chosen} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"EARSHOT_X_PRICES: {chosen} is not TOML: {error}") from error
    except ValidationError as error:
        wrong = ", ".join(sorted({".".join(str(part) for part in each["loc"]) for each in error.errors()}))
        raise SetupError(f"EARSHOT_X_PRICES: {chosen}: wrong or missing: {wrong}; see {SHIPPED.name}") from error
