"""One of our processes: loads the weights as a worker does, with one thread, and judges its share of the messages.

Takes a folder of weights, a file of messages, and which share of how many it has. Says that it is ready once the first
verdict is there, then answers each line of standard input: `encoder`, `judge` or `everything` (no cascade) with the
seconds of a pass, `single` with those of each message alone, `memory`, and `settled` with the share that the encoder
never saw.
"""

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.messages import mentions_of
from benchmarks.programs import answers_only, say
from classify.blend import BlendScorer, Mixes, load_scorer
from classify.classifier import Classifier
from classify.encoder import Encoder
from classify.language import LanguageDetector
from classify.manifest import read_manifest
from classify.text import cleaned, encoder_text
from classify.verdicts import ScoringClassifier, prepared
from models.mention import Mention
from settings import Settings

MOST_SINGLE = 300


def main() -> None:
    answers = answers_only()
    weights, path, share, shares = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    mentions = mentions_of(path)[share::shares]
    manifest = read_manifest(weights)
    scorer = load_scorer(manifest)
    languages = LanguageDetector()
    classifier = ScoringClassifier(manifest, scorer, languages)
    everything = ScoringClassifier(manifest, _without_cascade(scorer), languages)
    classifier.judge(mentions[:1], [None])
    say(answers, {"numeric form": scorer.encoder.numeric_form})
    asked: dict[str, Callable[[], dict[str, object]]] = {
        "encoder": lambda: _pass(partial(_read, scorer.encoder), mentions),
        "judge": lambda: _pass(partial(_judge, classifier), mentions),
        "everything": lambda: _pass(partial(_judge, everything), mentions),
        "single": lambda: {"seconds": [_seconds(partial(_judge, classifier), [one]) for one in mentions[:MOST_SINGLE]]},
        "memory": lambda: {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000},
        "settled": lambda: {"share": _settled_share(scorer, languages, mentions)},
    }
    for line in sys.stdin:
        say(answers, asked[line.strip()]())


def _without_cascade(scorer: BlendScorer) -> BlendScorer:
    mixes = {group: replace(mix, certain={}) for group, mix in scorer.mixes.mixes.items()}
    return BlendScorer(scorer.ngrams, scorer.encoder, Mixes(scorer.mixes.groups, mixes))


def _pass(work: Callable[[Sequence[Mention]], None], mentions: Sequence[Mention]) -> dict[str, object]:
    """In batches as large as a job's."""
    batch = Settings().judge_batch
    parts = [mentions[start : start + batch] for start in range(0, len(mentions), batch)]
    return {"seconds": sum(_seconds(work, part) for part in parts)}


def _seconds(work: Callable[[Sequence[Mention]], None], mentions: Sequence[Mention]) -> float:
    began = time.perf_counter()
    work(mentions)
    return time.perf_counter() - began


def _judge(classifier: Classifier, mentions: Sequence[Mention]) -> None:
    classifier.judge(mentions, [None] * len(mentions))


def _read(encoder: Encoder, mentions: Sequence[Mention]) -> None:
    encoder.read([encoder_text(cleaned(mention.text)) for mention in mentions])


def _settled_share(scorer: BlendScorer, languages: LanguageDetector, mentions: Sequence[Mention]) -> float:
    read = scorer.score([prepared(mention, languages) for mention in mentions]).asked
    return 1 - len(read) / len(mentions)


if __name__ == "__main__":
    main()
