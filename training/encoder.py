"""Rows → a fine-tuned encoder: one pass over a text, and one linear head a question on the mean of its tokens.

Learnt in two steps. The trunk learns from the large sets. From there the polish learns from the small sets that stand
nearest to what is asked, with a few of the others so that nothing is forgotten; it is short enough to be done once a
fold, which gives every text of the small sets a score by weights that never saw it.
"""

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel

from classify.encoder import TOKENIZER_FILE
from models.errors import SetupError
from training.artefacts import EncoderArtefact
from training.augmentation import Augmentation
from training.fitting import SEED
from training.heads import HEADS, UNKNOWN, Head, Kind, target_of
from training.resuming import UnderWay
from training.rows import Row

logger = logging.getLogger(__name__)
MOST_TOKENS = 96
WIDTH = 384
"""Of a hidden state of all-MiniLM-L6-v2, for which the rates were chosen."""
HEADS_FILE = "heads.safetensors"
_OF_THIS_RUN = {"_name_or_path", "transformers_version", "dtype", "torch_dtype", "architectures"}
"""Parts of a configuration that say where it came from: no part of the weights."""

_BF16 = ("amx_bf16", "avx512_bf16", "bf16")
"""Any of these instructions makes bf16 fast on a processor."""

Logits = npt.NDArray[np.float32]
Chosen = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast one step learns."""

    rate: float
    """Highest learning rate, of an encoder as wide as ours; rises over the first tenth and falls in a line to zero."""
    batch: int = 32
    smoothing: float = 0.05
    averaged_share: float = 0.3
    """The weights kept are the mean over this last share of the steps."""
    augmented_share: float = 0.3

    def rate_of(self, width: int) -> float:
        """Wider encoders forget what they knew at our rate: a third at 768, a quarter at 1,024, as the field does."""
        return self.rate * min(1.0, math.pow(WIDTH / width, 1.5))


TRUNK = Recipe(rate=1e-4)
POLISH = Recipe(rate=6e-5)


@dataclass(slots=True)
class Network:
    """An encoder with its heads. `encoder` is a model of transformers without a pooler."""

    encoder: PreTrainedModel
    heads: nn.Linear
    tokenizer: Tokenizer

    def copy(self) -> "Network":
        return Network(deepcopy(self.encoder), deepcopy(self.heads), self.tokenizer)

    def parameters(self) -> list[nn.Parameter]:
        return [*self.encoder.parameters(), *self.heads.parameters()]

    def logits(self, ids: Tensor, mask: Tensor) -> Tensor:
        """`(n, outputs)`: heads on the mean over all tokens, the special ones too."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        known = mask[..., None].to(states.dtype)
        return cast(Tensor, self.heads((states * known).sum(1) / known.sum(1)))

    def read(self, texts: Sequence[str]) -> list[list[int]]:
        return [found.ids for found in self.tokenizer.encode_batch(list(texts))]

    def device(self) -> torch.device:
        return self.heads.weight.device


def open_network(name: str | Path) -> Network:
    """The pretrained encoder of a local folder or of a Hugging Face id, with heads that know nothing yet.

    Raises: SetupError where there is none of that name, or it is no encoder that we can fine-tune.
    """
    torch.manual_seed(SEED)
    try:
        config = AutoConfig.from_pretrained(str(name))
        if config.is_encoder_decoder:
            raise ValueError(f"a {config.model_type} has a decoder, too")
        encoder = AutoModel.from_pretrained(str(name), **_without_pooler(config.model_type))
        tokenizer = _tokenizer(name)
    except (OSError, ValueError, ImportError, AttributeError) as error:
        raise SetupError(
            f"encoder {name}: cannot be used ({str(error).splitlines()[0]}); --encoder takes a folder or a Hugging "
            "Face id of an encoder with a fast tokenizer"
        ) from error
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    outputs = sum(len(head.outputs) for head in HEADS)
    heads = nn.Linear(encoder.config.hidden_size, outputs)
    nn.init.normal_(heads.weight, std=0.02)
    nn.init.zeros_(heads.bias)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Network(encoder.to(device), heads.to(device), tokenizer)


def _tokenizer(name: str | Path) -> Tokenizer:
    path = Path(name) / TOKENIZER_FILE
    if path.exists():
        return Tokenizer.from_file(str(path))
    return cast(Tokenizer, AutoTokenizer.from_pretrained(str(name)).backend_tokenizer)


def _without_pooler(kind: str) -> Mapping[str, bool]:
    return {"add_pooling_layer": False} if kind in {"bert", "roberta", "xlm-roberta"} else {}


def save_network(network: Network, folder: Path) -> None:
    """The folder appears at once and whole."""
    part = folder.with_name(folder.name + ".part")
    network.encoder.save_pretrained(part)
    network.tokenizer.save(str(part / TOKENIZER_FILE))
    save_file(network.heads.state_dict(), part / HEADS_FILE)
    part.rename(folder)


def load_network(folder: Path) -> Network:
    """What `save_network` wrote."""
    network = open_network(folder)
    network.heads.load_state_dict(load_file(folder / HEADS_FILE, device=str(network.device())))
    return network


def artefact_of(network: Network, base: str) -> EncoderArtefact:
    """What `classify.encoder` needs to read texts as this network does."""
    config = {key: value for key, value in network.encoder.config.to_dict().items() if key not in _OF_THIS_RUN}
    described = {
        "base": base,
        "config": {key: value for key, value in sorted(config.items()) if value is not None},
        "most_tokens": MOST_TOKENS,
        "heads": {head.name: list(head.outputs) for head in HEADS},
    }
    state = network.encoder.state_dict() | {f"heads.{name}": one for name, one in network.heads.state_dict().items()}
    arrays = {name: one.detach().float().cpu().numpy() for name, one in state.items()}
    return EncoderArtefact(described, arrays, network.tokenizer.to_str())


def tune(
    network: Network, rows: Sequence[Row], passes: npt.NDArray[np.float64], recipe: Recipe, kept: Path | None = None
) -> Network:
    """Learns from each row as many times as `passes` says, on average, and returns the averaged weights.

    Args:
        passes: `(len(rows),)`; 0.5 is every second row, 2.5 is twice and every second row once more.
        kept: file from which a run that was stopped goes on; the caller removes it once it has the result.
    """
    chance = np.random.default_rng(SEED)
    chosen = np.repeat(np.arange(len(rows)), _times(passes, chance))
    plan = list(_batches(rows, chosen, recipe.batch, chance))
    rate = recipe.rate_of(network.heads.in_features)
    learner = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.01, fused=True)
    pace = torch.optim.lr_scheduler.LambdaLR(learner, lambda step: _pace(step, len(plan)))
    augmentation = Augmentation(chance, recipe.augmented_share)
    learning = nn.ModuleList([network.encoder, network.heads])
    average = torch.optim.swa_utils.AveragedModel(learning)
    under_way = UnderWay({"weights": learning, "average": average, "learner": learner, "pace": pace}, chance, kept)
    network.encoder.train()
    done = under_way.go_on()
    for step, batch in enumerate(plan[done:], start=done):
        taken = [augmentation.of(rows[at]) for at in batch]
        ids, mask = _padded(network.read([text for text, _ in taken]), network.device())
        with _half_precision(network.device()):
            logits = network.logits(ids, mask)
        loss = _loss(logits.float(), [row for _, row in taken], recipe.smoothing)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        learner.step()
        pace.step()
        learner.zero_grad()
        if step >= (1 - recipe.averaged_share) * len(plan):
            average.update_parameters(learning)
        if step % 100 == 0:
            logger.info("step %d of %d: loss %.3f", step, len(plan), loss.item())
        under_way.keep(step + 1)
    encoder, heads = cast(nn.ModuleList, average.module)
    encoder.train(mode=False)
    return Network(cast(PreTrainedModel, encoder), cast(nn.Linear, heads), network.tokenizer)


def logits_of(network: Network, texts: Sequence[str], *, batch: int = 64) -> Logits:
    """Head logits in fp32 `(n, outputs)`, in the order of the texts."""
    network.encoder.train(mode=False)
    read = network.read(texts)
    order = np.argsort([len(ids) for ids in read], kind="stable")
    found = np.zeros((len(read), network.heads.out_features), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            at = order[start : start + batch]
            ids, mask = _padded([read[one] for one in at], network.device())
            with _half_precision(network.device()):
                logits = network.logits(ids, mask)
            found[at] = logits.float().cpu().numpy()
    return found


def _half_precision(device: torch.device) -> AbstractContextManager[object]:
    """bf16, but fp32 on a processor that would have to imitate it: there it takes five times as long."""
    known = torch.cpu.get_capabilities()
    is_fast = device.type != "cpu" or any(known.get(name, False) for name in _BF16)
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=is_fast)


def _times(passes: npt.NDArray[np.float64], chance: np.random.Generator) -> npt.NDArray[np.int64]:
    whole = np.floor(passes)
    return (whole + (chance.random(len(passes)) < passes - whole)).astype(np.int64)


def _batches(rows: Sequence[Row], chosen: Chosen, size: int, chance: np.random.Generator) -> Iterator[Chosen]:
    """Batches of texts of like length, so that little is padded, in random order."""
    chance.shuffle(chosen)
    lengths = np.array([len(rows[at].text) for at in chosen])
    buckets = [np.arange(start, min(start + 50 * size, len(chosen))) for start in range(0, len(chosen), 50 * size)]
    batches = []
    for bucket in buckets:
        ordered = bucket[np.argsort(lengths[bucket], kind="stable")]
        batches += [chosen[ordered[start : start + size]] for start in range(0, len(ordered), size)]
    for at in chance.permutation(len(batches)):
        yield batches[at]


def _pace(step: int, steps: int) -> float:
    rising = max(1, math.ceil(steps / 10))
    return min((step + 1) / rising, max(0.02, (steps - step) / max(1, steps - rising)))


def _padded(read: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    longest = max(len(ids) for ids in read)
    ids = torch.zeros(len(read), longest, dtype=torch.long)
    mask = torch.zeros(len(read), longest, dtype=torch.long)
    for at, one in enumerate(read):
        ids[at, : len(one)] = torch.tensor(one)
        mask[at, : len(one)] = 1
    return ids.to(device), mask.to(device)


def _loss(logits: Tensor, rows: Sequence[Row], smoothing: float) -> Tensor:
    """Mean over the rows of what each row's known answers cost, each head with its weight."""
    total = logits.new_zeros(())
    start = 0
    for head in HEADS:
        part = logits[:, start : start + len(head.outputs)]
        start += len(head.outputs)
        truth = torch.tensor([target_of(head, row.targets) for row in rows], device=logits.device)
        known = truth != UNKNOWN
        if known.any():
            weight = torch.tensor([row.weights.get(head.question, 1.0) for row in rows], device=logits.device)
            costs = _costs(part[known], truth[known], head, smoothing)
            total = total + head.weight * (costs * weight[known].clamp(max=2.0)).sum() / len(rows)
    return total


def _costs(logits: Tensor, truth: Tensor, head: Head, smoothing: float) -> Tensor:
    if head.kind is Kind.ONE_OF:
        return functional.cross_entropy(logits, truth, reduction="none", label_smoothing=smoothing)
    steps = torch.arange(len(head.outputs), device=logits.device)
    wanted = (truth[:, None] > steps).float()  # a yes-or-no head is an ordinal head with one step
    softened = wanted * (1 - smoothing) + smoothing / 2
    return functional.binary_cross_entropy_with_logits(logits, softened, reduction="none").mean(1)
