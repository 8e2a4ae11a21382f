"""A fine-tuning under way, kept in a file now and then: hours that a stopped machine does not cost again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

EVERY = 100
"""Steps from one keeping to the next: minutes on one core."""


class Stateful(Protocol):
    """A module, an optimiser or a schedule of torch."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> object: ...


@dataclass(frozen=True, slots=True)
class UnderWay:
    """All that the next steps depend on, chance too: a run that goes on ends in the same weights as one in one go."""

    parts: Mapping[str, Stateful]
    chance: np.random.Generator
    file: Path | None
    """None: nothing is kept, and every run begins at its first step."""

    def keep(self, done: int) -> None:
        """After `done` steps; the file appears whole, in the place of the one before."""
        if self.file is None or done % EVERY:
            return
        part = self.file.with_name(self.file.name + ".part")
        state: dict[str, object] = {name: one.state_dict() for name, one in self.parts.items()}
        state |= {
            "done": done,
            "chance": json.dumps(self.chance.bit_generator.state),
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all(),
        }
        torch.save(state, part)
        part.rename(self.file)

    def go_on(self) -> int:
        """Puts everything back as it was kept, and says how many steps are done: 0 where nothing was kept."""
        if self.file is None or not self.file.exists():
            return 0
        state = torch.load(self.file, weights_only=True)
        for name, one in self.parts.items():
            one.load_state_dict(state[name])
        self.chance.bit_generator.state = json.loads(state["chance"])
        torch.set_rng_state(state["torch"])
        torch.cuda.set_rng_state_all(state["cuda"])
        return int(state["done"])
