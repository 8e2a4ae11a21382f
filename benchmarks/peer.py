"""The peer, in a process of its own: `transformers.pipeline("text-classification")` as its users run it.

Takes a folder of our weights and a JSON list of texts, says what it is, then answers each line of standard input, `one`
(a call a text), `list` (all in one call), `memory`, or `save FOLDER` (its model, for another program). It runs the very
encoder that we run, in fp32 and on all cores, with a head of as many labels as ours: speed does not depend on its
values, so they are left as they were drawn.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedTokenizerFast, pipeline

from benchmarks.machine import cores
from benchmarks.programs import answers_only, say
from classify.encoder import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, arrays_of

BATCH = 32


def main() -> None:
    answers = answers_only()
    texts = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    torch.manual_seed(0)
    torch.set_num_threads(cores())  # PyTorch's own default, whatever the caller set
    classifier = _pipeline(Path(sys.argv[1]))
    classifier(texts[:BATCH], batch_size=BATCH)
    say(answers, {"threads": torch.get_num_threads(), "torch": torch.__version__})
    for line in sys.stdin:
        if line.strip() == "memory":
            say(answers, {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000})
        elif line.startswith("save "):
            classifier.save_pretrained(line.split(maxsplit=1)[1].strip())
            say(answers, {})
        else:
            say(answers, {"seconds": _pass_seconds(classifier, texts, one_by_one=line.strip() == "one")})


def _pass_seconds(classifier: Any, texts: list[str], *, one_by_one: bool) -> float:
    began = time.perf_counter()
    if one_by_one:
        for text in texts:
            classifier(text)
    else:
        classifier(texts, batch_size=BATCH)
    return time.perf_counter() - began


def _pipeline(folder: Path) -> Any:
    described = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    # The library's types know neither what a configuration may hold nor how a pipeline is put together.
    library: Any = AutoModelForSequenceClassification
    tokenizers: Any = PreTrainedTokenizerFast
    make: Any = pipeline
    labels = len(next(iter(described["heads"].values())))
    model = library.from_config(AutoConfig.for_model(**described["config"], num_labels=labels))
    model.base_model.load_state_dict(dict(arrays_of(folder / WEIGHTS_FILE)), strict=False)
    pad = Tokenizer.from_file(str(folder / TOKENIZER_FILE)).id_to_token(model.config.pad_token_id or 0)
    tokenizer = tokenizers(
        tokenizer_file=str(folder / TOKENIZER_FILE), pad_token=pad, model_max_length=described["most_tokens"]
    )
    return make("text-classification", model=model.eval(), tokenizer=tokenizer, truncation=True)


if __name__ == "__main__":
    main()
