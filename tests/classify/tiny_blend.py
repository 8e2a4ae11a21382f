"""A blend of random layers, made in a second: the shapes and files of the real one, and no judgement at all."""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece

from classify.answers import ANSWERS
from classify.features import COLUMNS
from models.verdict import Label

CLASSES = {
    "label": [label.value for label in Label],
    "sentiment": ["negative", "neutral", "positive"],
    "severity": ["0", "1", "2", "3", "4"],
    "urgency": ["low", "medium", "high"],
    "category": ["billing_payment", "lost_damaged", "other"],
}
ANSWER_CLASSES = {name: CLASSES.get(name, [name]) for name in ANSWERS}
HEADS = {"label": ANSWER_CLASSES["label"], "complaint": ["complaint"], "irony": ["irony"]}
OUTPUTS = sum(map(len, ANSWER_CLASSES.values()))
HEAD_OUTPUTS = sum(map(len, HEADS.values()))

CONFIG = {
    "model_type": "bert",
    "vocab_size": 400,
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
}
MOST_TOKENS = 48
WORDS = "my card was charged twice refund still no the broken lamp thank you great http @ user email".split()


def make_blend(
    folder: Path,
    *,
    cascade: dict[str, object] | None = None,
    groups: dict[str, str] | None = None,
    config: dict[str, object] | None = None,
    only: str | None = None,
) -> Path:
    """The folder of weights; `only` leaves one of the two layers in the blend, `ngrams` or `encoder`."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(7)
    config = CONFIG | (config or {})
    _write_ngrams(folder, chance)
    _tokenizer().save(str(folder / "tokenizer.json"))
    save_file(_in_eight_bits(encoder_arrays(config, chance)), folder / "encoder.safetensors")
    _write(folder / "encoder.json", {"base": "random", "config": config, "most_tokens": MOST_TOKENS, "heads": HEADS})
    weights = chance.normal(0, 1, (OUTPUTS + HEAD_OUTPUTS, OUTPUTS)).astype(np.float32)
    weights[:OUTPUTS] *= only != "encoder"
    weights[OUTPUTS:] *= only != "ngrams"
    save_file({"en.weights": weights, "en.bias": np.zeros(OUTPUTS, dtype=np.float32)}, folder / "blend.safetensors")
    _write(folder / "blend.json", {"groups": groups or {"en": "en", "*": "other"}, "cascade": cascade or {}})
    return write_manifest(folder)


def encoder_arrays(config: dict[str, object], chance: np.random.Generator) -> dict[str, np.ndarray]:
    """By the names that transformers gives them, all in fp32."""
    hidden, wide = int(config["hidden_size"]), int(config["intermediate_size"])
    shapes = {
        "embeddings.word_embeddings.weight": (config["vocab_size"], hidden),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], hidden),
        "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], hidden),
        "heads.weight": (HEAD_OUTPUTS, hidden),
        "heads.bias": (HEAD_OUTPUTS,),
        "embeddings.LayerNorm.weight": (hidden,),
        "embeddings.LayerNorm.bias": (hidden,),
    }
    for at in range(int(config["num_hidden_layers"])):
        sizes = {f"attention.self.{side}": (hidden, hidden) for side in ("query", "key", "value")}
        sizes |= {"attention.output.dense": (hidden, hidden)}
        sizes |= {"intermediate.dense": (wide, hidden), "output.dense": (hidden, wide)}
        sizes |= {"attention.output.LayerNorm": (hidden,), "output.LayerNorm": (hidden,)}
        for name, size in sizes.items():
            shapes[f"encoder.layer.{at}.{name}.weight"] = size
            shapes[f"encoder.layer.{at}.{name}.bias"] = size[:1]
    return {name: _drawn(name, shape, chance) for name, shape in shapes.items()}


def _drawn(name: str, shape: tuple[int, ...], chance: np.random.Generator) -> np.ndarray:
    middle = 1.0 if name.endswith("LayerNorm.weight") else 0.0
    return chance.normal(middle, 0.15, shape).astype(np.float32)


def _in_eight_bits(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    written = dict(arrays)
    for name, array in arrays.items():
        if array.ndim == 2:
            scale = np.abs(array).max(axis=1).astype(np.float32) / 127
            written[name] = np.round(array / scale[:, None]).astype(np.int8)
            written[f"{name}.scale"] = scale
    return written


def _write_ngrams(folder: Path, chance: np.random.Generator) -> None:
    arrays = {
        "weights": chance.integers(-127, 128, (COLUMNS, OUTPUTS), dtype=np.int8),
        "scale": np.full(OUTPUTS, 0.03, dtype=np.float32),
        "bias": np.zeros(OUTPUTS, dtype=np.float32),
        "rarity": np.ones(COLUMNS, dtype=np.float16),
    }
    save_file(arrays, folder / "weights.safetensors")
    _write(folder / "answers.json", ANSWER_CLASSES)


def _tokenizer() -> Tokenizer:
    marks = [chr(code) for code in range(33, 127)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *marks, *(f"##{mark}" for mark in marks), *WORDS]
    vocabulary = {piece: at for at, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    return tokenizer


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


def write_manifest(folder: Path, *, engine: str = "classify.blend") -> Path:
    """Anew, after a file was changed."""
    names = sorted(path.name for path in folder.iterdir() if path.name != "manifest.toml")
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    lines = [
        'version = "tiny"',
        f'engine = "{engine}"',
        'data_digest = ""',
        'proven_languages = "en"',
        "[thresholds]",
        "complaint_low = 0.35",
        "complaint_high = 0.5",
        "least_label_probability = 0.3",
        "unproven_language_margin = 0.15",
        "[files]",
        *(f'"{name}" = "{digest}"' for name, digest in digests.items()),
    ]
    (folder / "manifest.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
