"""Texts → what a fine-tuned encoder says of them, and how much of it each token said.

An answer is the mean over the tokens of a linear map of their hidden states, so it is a sum of the tokens' own shares:
which words moved it is known without a second pass.
"""

import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from classify.answers import Answers, outputs_of
from classify.bert import Bert, Shape
from classify.classifier import NumericForm
from classify.manifest import Manifest
from classify.numeric_form import chosen
from models.errors import SetupError

CONFIG_FILE = "encoder.json"
WEIGHTS_FILE = "encoder.safetensors"
TOKENIZER_FILE = "tokenizer.json"
SCALE = ".scale"
"""Ends the name of the array that holds the rows' scales of a matrix in eight bits."""

MOST_TEXTS, MOST_TOKENS = 32, 768
"""Of one pass: what fits into a core's cache; longer passes are no faster."""

_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}

Floats = npt.NDArray[np.float32]


class Hidden(Protocol):
    def __call__(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """Hidden states of all tokens of texts given as token ids, one text after the other: `(tokens, hidden)`."""
        ...


@dataclass(frozen=True, slots=True)
class Readings:
    """What the encoder says of some texts, in their order."""

    logits: Floats
    """`(n, outputs)`."""
    _shares: Sequence[Floats]
    _tokens: Sequence[Encoding]

    def shares(self, at: int) -> tuple[list[tuple[int, int]], Floats]:
        """Of the text `at`: where each token stands in it, and its share of each logit, `(tokens, outputs)`.

        With the heads' bias, the shares of a text add up to its logits. A token that stands for no text has an empty
        place.
        """
        return self._tokens[at].offsets, self._shares[at][: len(self._tokens[at].offsets)]


@dataclass(frozen=True, slots=True)
class Heads:
    answers: Answers
    weight: Tensor
    """`(outputs, hidden)`."""
    bias: Floats


class Encoder:
    def __init__(self, tokenizer: Tokenizer, hidden: Hidden, heads: Heads, *, numeric_form: NumericForm) -> None:
        self._tokenizer = tokenizer
        self._hidden = hidden
        self._heads = heads
        self.answers = heads.answers
        self.numeric_form = numeric_form

    def logits(self, texts: Sequence[str]) -> Floats:
        return self.read(texts).logits

    def read(self, texts: Sequence[str]) -> Readings:
        """Texts beyond the longest the encoder was trained on are read up to there."""
        # One by one: in bulk the library takes every core, and each of ours has a process of its own.
        tokens = [self._tokenizer.encode(text) for text in texts]
        ids = [each.ids or [0] for each in tokens]
        shares: list[Floats] = [np.empty((0, 0), dtype=np.float32)] * len(texts)
        for batch in _batches([len(each) for each in ids]):
            for at, found in zip(batch, _shares([ids[at] for at in batch], self._hidden, self._heads), strict=True):
                shares[at] = found
        logits = np.array([each.sum(axis=0) for each in shares], dtype=np.float32)
        return Readings(logits.reshape(len(texts), len(self._heads.bias)) + self._heads.bias, shares, tokens)


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of the texts, shortest first, cut where a pass is full."""
    batch: list[int] = []
    tokens = 0
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if len(batch) == MOST_TEXTS or (batch and tokens + lengths[at] > MOST_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(at)
        tokens += lengths[at]
    if batch:
        yield batch


def _shares(ids: Sequence[Sequence[int]], hidden: Hidden, heads: Heads) -> Iterator[Floats]:
    """Of each text, its tokens' shares in the logits, `(tokens, outputs)`."""
    with torch.inference_mode():
        said = (hidden(ids).float() @ heads.weight.T).numpy()
    ends = np.cumsum([len(each) for each in ids])
    for each, end in zip(ids, ends, strict=True):
        yield (said[end - len(each) : end] / len(each)).astype(np.float32)


def load_encoder(manifest: Manifest, *, numeric_form: NumericForm | None = None, threads: int = 1) -> Encoder:
    """The encoder of a folder of weights.

    Args:
        numeric_form: what it computes in; left open, a short measurement decides.
        threads: of this process; one is best where every core has a process of its own.

    Raises: SetupError where a file does not hold what is needed.
    """
    torch.set_num_threads(threads)
    path = manifest.path(WEIGHTS_FILE)
    try:
        described = json.loads(manifest.path(CONFIG_FILE).read_text(encoding="utf-8"))
        tokenizer = _tokenizer(manifest.path(TOKENIZER_FILE), described["config"], int(described["most_tokens"]))
        state = dict(arrays_of(path))
        heads = _heads(described["heads"], state)
        forms: list[NumericForm] = [numeric_form] if numeric_form else ["fp32", "bf16"]
        encoders = {
            form: Encoder(tokenizer, _hidden(described["config"], state, form), heads, numeric_form=form)
            for form in forms
        }
        return encoders[chosen({form: encoder.logits for form, encoder in encoders.items()})]
    except (SafetensorError, KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
        raise SetupError(f"weights {path}: not what {__name__} needs ({error!r}); restore or train again") from error


def arrays_of(path: Path) -> Iterator[tuple[str, Tensor]]:
    """All arrays of a file in fp32, one at a time, so that no matrix lies in memory both in eight bits and in full."""
    with safe_open(path, framework="pt") as file:
        names = set(file.keys())
        for name in sorted(name for name in names if not name.endswith(SCALE)):
            array = file.get_tensor(name).float()
            if name + SCALE in names:
                array *= file.get_tensor(name + SCALE).reshape(-1, 1)
            if not array.isfinite().all():
                raise ValueError(f"{name} holds what is no number")
            yield name, array


def _heads(described: Mapping[str, Sequence[str]], state: dict[str, Tensor]) -> Heads:
    answers = {name: tuple(classes) for name, classes in described.items()}
    weight, bias = state.pop("heads.weight"), state.pop("heads.bias")
    if (len(weight), len(bias)) != (outputs_of(answers), outputs_of(answers)):
        raise ValueError(f"{outputs_of(answers)} outputs are named, weights are there for {len(weight)}")
    return Heads(answers, weight, bias.numpy())


def _tokenizer(path: Path, config: Mapping[str, Any], most_tokens: int) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001  the library raises nothing narrower
        raise ValueError(f"{TOKENIZER_FILE}: {error}") from error
    if tokenizer.get_vocab_size() > config["vocab_size"]:
        raise ValueError(f"{TOKENIZER_FILE} has more tokens than the encoder, {config['vocab_size']}")
    if most_tokens > config.get("max_position_embeddings", most_tokens):
        raise ValueError(f"most_tokens is {most_tokens}, the encoder takes {config['max_position_embeddings']}")
    tokenizer.no_padding()
    tokenizer.enable_truncation(most_tokens)
    return tokenizer


def _hidden(config: Mapping[str, Any], state: Mapping[str, Tensor], form: NumericForm) -> Hidden:
    converted = {name: array.to(_TYPES[form]) for name, array in state.items()}
    shape = Shape.of(config)
    if shape is not None:
        return Bert(shape, converted)
    # By name, because it takes seconds to import, and what we ship does without.
    library = importlib.import_module("classify.library_encoder")
    return cast(Hidden, library.LibraryEncoder(config, converted))
