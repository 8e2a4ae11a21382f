"""BERT's forward pass on given weights, without padding.

Ours because importing the library's modelling code takes longer than a first message may wait, and because the tokens
of all texts side by side, with attention inside each text alone, cost less than texts padded to one length. A text's
numbers do not depend on its neighbours, but for the last digit in fp32.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

import torch
from torch import Tensor
from torch.nn import functional

State = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the weights alone do not tell."""

    layers: int
    heads: int
    epsilon: float

    @staticmethod
    def of(config: Mapping[str, object]) -> "Shape | None":
        """From a configuration of transformers; None where this forward pass is not the one it means."""
        if config.get("model_type") != "bert" or config.get("hidden_act", "gelu") != "gelu":
            return None
        if config.get("position_embedding_type", "absolute") != "absolute" or config.get("is_decoder"):
            return None
        return Shape(
            layers=int(str(config["num_hidden_layers"])),
            heads=int(str(config["num_attention_heads"])),
            epsilon=float(str(config.get("layer_norm_eps", 1e-12))),
        )


@dataclass(frozen=True, slots=True)
class _Dense:
    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight, self.bias)


@dataclass(frozen=True, slots=True)
class _Norm:
    weight: Tensor
    bias: Tensor
    epsilon: float

    def __call__(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.epsilon)


@dataclass(frozen=True, slots=True)
class _Layer:
    query_key_value: _Dense
    attended: _Dense
    attended_norm: _Norm
    widened: _Dense
    narrowed: _Dense
    narrowed_norm: _Norm
    heads: int

    def __call__(self, x: Tensor, runs: Sequence["_Run"]) -> Tensor:
        projected = self.query_key_value(x)
        attended = torch.cat([self._attend(projected[run.start : run.end], run) for run in runs])
        x = self.attended_norm(x + self.attended(attended))
        return self.narrowed_norm(x + self.narrowed(functional.gelu(self.widened(x))))

    def _attend(self, projected: Tensor, run: "_Run") -> Tensor:
        width = projected.shape[1] // 3 // self.heads
        query, key, value = projected.view(run.texts, run.tokens, 3, self.heads, width).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return mixed.transpose(1, 2).reshape(run.texts * run.tokens, self.heads * width)


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring texts of one length; `start` and `end` count tokens."""

    start: int
    end: int
    texts: int
    tokens: int


class Bert:
    def __init__(self, shape: Shape, state: State) -> None:
        """Raises: KeyError naming a weight that is not there."""
        tables = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        self._words, self._positions, kinds = (state[f"embeddings.{name}.weight"] for name in tables)
        self._kind = kinds[0]
        self._norm = _norm(state, "embeddings.LayerNorm", shape)
        self._layers = [_layer(state, f"encoder.layer.{at}", shape) for at in range(shape.layers)]

    def __call__(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """Hidden states of all tokens, one text after the other: `(tokens, hidden)`.

        Args:
            texts: token ids, none empty; those of one length cost least side by side.
        """
        ids = torch.tensor(list(chain.from_iterable(texts)))
        positions = torch.cat([torch.arange(len(text)) for text in texts])
        runs = list(_runs(texts))
        x = self._norm(self._words[ids] + self._positions[positions] + self._kind)
        for layer in self._layers:
            x = layer(x, runs)
        return x


def _runs(texts: Sequence[Sequence[int]]) -> Iterator[_Run]:
    start = 0
    for tokens, group in groupby(map(len, texts)):
        count = sum(1 for _ in group)
        yield _Run(start, start + count * tokens, count, tokens)
        start += count * tokens


def _layer(state: State, name: str, shape: Shape) -> _Layer:
    sides = [_dense(state, f"{name}.attention.self.{side}") for side in ("query", "key", "value")]
    return _Layer(
        query_key_value=_Dense(torch.cat([each.weight for each in sides]), torch.cat([each.bias for each in sides])),
        attended=_dense(state, f"{name}.attention.output.dense"),
        attended_norm=_norm(state, f"{name}.attention.output.LayerNorm", shape),
        widened=_dense(state, f"{name}.intermediate.dense"),
        narrowed=_dense(state, f"{name}.output.dense"),
        narrowed_norm=_norm(state, f"{name}.output.LayerNorm", shape),
        heads=shape.heads,
    )


def _dense(state: State, name: str) -> _Dense:
    return _Dense(state[f"{name}.weight"], state[f"{name}.bias"])


def _norm(state: State, name: str, shape: Shape) -> _Norm:
    return _Norm(state[f"{name}.weight"], state[f"{name}.bias"], shape.epsilon)
