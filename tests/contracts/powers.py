"""Which world can do what, so that each is asked for no more than that."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

Worlds = Sequence[Any]
"""What `pytest.param` gives, each around a class."""


def able(worlds: Worlds, *powers: type) -> list[Any]:
    """Those worlds that implement all of these."""
    return [world for world in worlds if all(issubclass(world.values[0], power) for power in powers)]


def table(worlds: Worlds, powers: Iterable[type]) -> str:
    """One line for each world with what it lacks."""
    lines = []
    for world in worlds:
        lacks = [power.__name__ for power in powers if not issubclass(world.values[0], power)]
        lines.append(f"{world.id!s:16}" + (f"lacks {', '.join(lacks)}" if lacks else "has all"))
    return "\n".join(lines)


def powerless(worlds: Worlds, powers: Sequence[type]) -> list[str]:
    """Those that can do nothing but the least."""
    return [str(world.id) for world in worlds if not any(issubclass(world.values[0], power) for power in powers)]


def meet(action: Any, *arguments: Any) -> None:
    """Call it; a fault this vendor does not know skips the test."""
    try:
        action(*arguments)
    except NotImplementedError as reason:
        pytest.skip(f"not at this vendor: {reason}")
