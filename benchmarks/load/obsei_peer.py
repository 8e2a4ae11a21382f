"""obsei's own pipeline on the same texts, in an environment that is thrown away: texts in, a label each to its sink.

Run by a Python that has obsei (it is none of our dependencies): takes a folder of a saved model and a JSON list of
texts, says which version it is, then answers each line of standard input with the seconds of one pass.
"""

import importlib.metadata
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

BATCH = 32


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    texts = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    one_pass = _pipeline(sys.argv[1])
    one_pass(texts[:BATCH])
    _say(answers, {"version": importlib.metadata.version("obsei")})
    for _ in sys.stdin:
        began = time.perf_counter()
        one_pass(texts)
        _say(answers, {"seconds": time.perf_counter() - began})


def _pipeline(model: str) -> Any:
    """As its documentation joins them: texts, `TextCleaner`, `TextClassificationAnalyzer`, `LoggerSink`."""
    analyzer = importlib.import_module("obsei.analyzer.classification_analyzer")
    payload = importlib.import_module("obsei.payload").TextPayload
    sinks = importlib.import_module("obsei.sink.logger_sink")
    logger = logging.getLogger("obsei-peer")
    logger.addHandler(logging.FileHandler(os.devnull))
    logger.propagate = False
    classifier = analyzer.TextClassificationAnalyzer(model_name_or_path=model, device="cpu", batch_size=BATCH)
    sink, config = sinks.LoggerSink(), sinks.LoggerSinkConfig(logger=logger)

    def one_pass(texts: list[str]) -> None:
        read = [
            payload(processed_text=text, meta={"id": place}, source_name="file") for place, text in enumerate(texts)
        ]
        sink.send_data(classifier.analyze_input(read), config)

    return one_pass


def _say(answers: Any, answer: dict[str, object]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
