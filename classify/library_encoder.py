"""Any encoder that transformers knows, on padded batches: slower than our own forward pass, and seconds to import."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModel


class LibraryEncoder:
    def __init__(self, config: Mapping[str, Any], state: Mapping[str, Tensor]) -> None:
        """Raises: ValueError naming a weight that is not there."""
        self._pad = config.get("pad_token_id") or 0
        dtype = next(iter(state.values())).dtype
        self._model = AutoModel.from_config(AutoConfig.for_model(**config), dtype=dtype)  # type: ignore[no-untyped-call]
        missing = self._model.load_state_dict(dict(state), strict=False).missing_keys
        if absent := [name for name in missing if not name.startswith("pooler.")]:
            raise ValueError(f"no weights for {absent[0]} and {len(absent) - 1} others")
        self._model.eval()

    def __call__(self, texts: Sequence[Sequence[int]]) -> Tensor:
        longest = max(map(len, texts))
        ids = torch.tensor([[*text, *[self._pad] * (longest - len(text))] for text in texts])
        is_text = torch.arange(longest) < torch.tensor([[len(text)] for text in texts])
        found: Tensor = self._model(input_ids=ids, attention_mask=is_text.long()).last_hidden_state
        return found[is_text]
