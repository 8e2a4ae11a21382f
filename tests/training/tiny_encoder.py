"""Encoders of a few thousand numbers, as transformers reads them, with a tokenizer that knows the tiny rows."""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import AutoConfig, AutoModel

from tests.training.tiny import tiny_rows

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


_SMALL = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
_OF_ROBERTA = {**_SMALL, "max_position_embeddings": 130, "pad_token_id": 1}
KINDS: dict[str, dict[str, object]] = {
    "bert": {**_SMALL, "max_position_embeddings": 128},
    "albert": {**_SMALL, "embedding_size": 16},
    "deberta-v2": {**_SMALL, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 16},
    "distilbert": {"dim": 32, "n_layers": 1, "n_heads": 2, "hidden_dim": 64},
    "electra": {**_SMALL, "embedding_size": 16},
    "modernbert": {**_SMALL, "pad_token_id": 0},
    "mpnet": _OF_ROBERTA,
    "roberta": _OF_ROBERTA,
    "xlm-roberta": _OF_ROBERTA,
}
"""What people name with `--encoder`, by model type: multilingual ones are mostly xlm-roberta, mpnet or deberta-v2."""


def make_encoder(folder: Path, kind: str = "bert") -> Path:
    tokenizer = _tokenizer()
    torch.manual_seed(1)
    config = AutoConfig.for_model(kind, vocab_size=tokenizer.get_vocab_size(), **KINDS[kind])
    AutoModel.from_config(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))
    return folder


def _tokenizer() -> Tokenizer:
    normal, split = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    words = {
        word
        for row in tiny_rows()
        for word, _ in split.pre_tokenize_str(normal.normalize_str(str(row["text"]).lower()))
    }
    vocabulary = {word: at for at, word in enumerate([*SPECIAL, *sorted(words)])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normal, split
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer
