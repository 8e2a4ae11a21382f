import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from rich.console import Console

from classify.encoder import load_encoder
from classify.loading import load
from classify.manifest import read_manifest
from models.errors import SetupError
from tests.classify.tiny_blend import write_manifest
from tests.training.tiny import tiny_rows
from tests.training.tiny_encoder import KINDS, make_encoder
from tests.triage.build import mention
from training import encoder as learning
from training import resuming
from training.__main__ import Plan, train
from training.artefacts import Folder
from training.base import MINILM, base_of
from training.datasets import DATASETS, OWN_LABELS
from training.encoder import Recipe, artefact_of, load_network, logits_of, open_network, save_network, tune
from training.heads import HEADS, UNKNOWN, target_of
from training.rows import Row, read
from training.schedule import EVERY_PART, MEASURED_FOLD, Schedule, is_near, polish_passes, scored_by, trunk_passes

QUICK = Recipe(rate=3e-3, batch=16, augmented_share=0.0)
BY_CHANCE = replace(QUICK, augmented_share=0.5)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return make_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in tiny_rows()))
    return read({next(one for one in DATASETS if one.name == OWN_LABELS): [path]}, only_clear=False)


def row(*tags, fold=0, is_dev=False, **targets):
    return Row(forms=[], lang="en", fold=fold, is_dev=is_dev, tags=set(tags), targets=targets)


def test_it_learns_what_it_is_shown(encoder, rows):
    network = tune(open_network(encoder), rows, np.full(len(rows), 12.0), QUICK)

    logits = logits_of(network, [one.text for one in rows])
    label = next(head for head in HEADS if head.name == "label")
    right = logits[:, : len(label.outputs)].argmax(axis=1) == [target_of(label, one.targets) for one in rows]

    assert right.mean() > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_encoders_of_every_kind_learn_and_are_read_as_they_were_trained(kind, rows, tmp_path, monkeypatch):
    network = tune(open_network(make_encoder(tmp_path / "base", kind)), rows[:48], np.ones(48), QUICK)
    save_network(network, tmp_path / "tuned")
    network = load_network(tmp_path / "tuned")
    folder = Folder(tmp_path / "weights")
    folder.write_encoder(artefact_of(network, kind))
    write_manifest(folder.path)
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)  # both in fp32
    texts = [one.text for one in rows[:20]]

    read = load_encoder(read_manifest(folder.path), numeric_form="fp32").read(texts)

    eight_bits = 0.02
    assert np.abs(read.logits - logits_of(network, texts)).max() < eight_bits
    places, shares = read.shares(0)
    assert shares.shape == (len(places), network.heads.out_features)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (None, "nowhere"),
        ({"model_type": "t5"}, "a t5 has a decoder, too"),
        ({"model_type": "of-tomorrow"}, "of-tomorrow"),
    ],
)
def test_what_is_no_encoder_is_refused_before_anything_is_learnt(config, said, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tmp_path / "nowhere"
    if config:
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(config))
    plan = Plan(out=tmp_path / "weights", work=tmp_path / "work", encoder=str(folder))

    with pytest.raises(SetupError, match=f"encoder .*nowhere: cannot be used .*{said}.*--encoder takes a folder or"):
        train({}, plan, Console(file=io.StringIO()))


def test_wider_encoders_learn_more_slowly():
    rates = [Recipe(rate=1e-4).rate_of(width) for width in (128, 384, 768, 1024)]

    assert rates[0] == rates[1] == 1e-4
    assert rates[2:] == pytest.approx([3.5e-5, 2.3e-5], rel=0.02)


def test_a_saved_network_says_the_same(encoder, rows, tmp_path):
    network = open_network(encoder)
    save_network(network, tmp_path / "saved")
    texts = [one.text for one in rows[:20]]

    assert np.array_equal(logits_of(load_network(tmp_path / "saved"), texts), logits_of(network, texts))


def test_a_run_can_be_repeated(encoder, rows):
    passes = np.full(len(rows), 0.5)
    first, second = (tune(open_network(encoder), rows, passes, QUICK) for _ in range(2))
    texts = [one.text for one in rows[:20]]

    assert np.array_equal(logits_of(first, texts), logits_of(second, texts))


def test_a_run_that_was_stopped_goes_on_where_it_was(monkeypatch, encoder, rows, tmp_path):
    monkeypatch.setattr(resuming, "EVERY", 4)
    passes, texts = np.ones(len(rows)), [one.text for one in rows[:20]]
    at_once, kept = tune(open_network(encoder), rows, passes, BY_CHANCE), tmp_path / "under-way"
    steps, costs = [], learning._loss

    def stopped_in_step(last):
        steps.clear()

        def loss(logits, batch, smoothing):
            steps.append(len(steps))
            if len(steps) > last:
                raise KeyboardInterrupt
            return costs(logits, batch, smoothing)

        return loss

    with monkeypatch.context() as stopping, pytest.raises(KeyboardInterrupt):
        stopping.setattr(learning, "_loss", stopped_in_step(10))
        tune(open_network(encoder), rows, passes, BY_CHANCE, kept)
    with monkeypatch.context() as counting:
        counting.setattr(learning, "_loss", stopped_in_step(1_000))
        again = tune(open_network(encoder), rows, passes, BY_CHANCE, kept)

    whole = math.ceil(len(rows) / BY_CHANCE.batch)
    assert len(steps) == whole - 8, "two of the ten steps are lost, not more"
    assert np.array_equal(logits_of(again, texts), logits_of(at_once, texts))


@pytest.mark.parametrize(("instruction", "form"), [("avx512_bf16", torch.bfloat16), ("avx512_f", torch.float32)])
def test_a_processor_without_bf16_computes_in_fp32(monkeypatch, encoder, instruction, form):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": False, instruction: True})
    network = open_network(encoder)
    forms = []
    network.heads.register_forward_hook(lambda module, given, made: forms.append(made.dtype))

    logits_of(network, ["my card was charged twice"])

    assert forms == [form]


def test_the_whole_training_gives_a_folder_that_judges(encoder, tmp_path):
    labels = tmp_path / "labels.jsonl"
    labels.write_text("".join(json.dumps(one) + "\n" for one in tiny_rows()))
    own = next(one for one in DATASETS if one.name == OWN_LABELS)
    plan = Plan(out=tmp_path / "weights", work=tmp_path / "work", encoder=str(encoder), version="tiny")

    found = train({own: [labels]}, plan, Console(file=io.StringIO()))

    manifest = read_manifest(tmp_path / "weights")
    described = json.loads(manifest.path("encoder.json").read_text())
    assert (manifest.engine, manifest.version) == ("classify.blend", "tiny")
    assert str(tmp_path) not in json.dumps(described["config"])
    (verdict,) = load(tmp_path / "weights").judge([mention("my card was charged twice", lang="en")], [None])
    assert verdict.label == "complaint"
    assert found.encoder and found.encoder.name == encoder.name


def test_a_stopped_run_goes_on_and_other_data_is_refused(encoder, tmp_path):
    labels = tmp_path / "labels.jsonl"
    labels.write_text("".join(json.dumps(one) + "\n" for one in tiny_rows()))
    own = next(one for one in DATASETS if one.name == OWN_LABELS)
    plan = Plan(out=tmp_path / "weights", work=tmp_path / "work", encoder=None)
    train({own: [labels]}, plan, Console(file=io.StringIO()))
    made = (tmp_path / "work" / "ngram-scores.npy").stat().st_mtime_ns

    train({own: [labels]}, plan, Console(file=io.StringIO()))
    assert (tmp_path / "work" / "ngram-scores.npy").stat().st_mtime_ns == made

    with pytest.raises(SetupError, match="was made with other schedule;"):
        train({own: [labels]}, replace(plan, schedule=Schedule(passes=2)), Console(file=io.StringIO()))

    labels.write_text(labels.read_text() + json.dumps(tiny_rows()[0] | {"text": "one more"}) + "\n")
    with pytest.raises(SetupError, match="was made with other data;"):
        train({own: [labels]}, plan, Console(file=io.StringIO()))


def test_the_trunk_never_sees_what_is_measured_or_near():
    rows = [
        row("semeval-sentiment", fold=0),
        row("semeval-sentiment", fold=MEASURED_FOLD),
        row("tweeteval-offensive:dev", is_dev=True),
        row("xci", "noise-composite", fold=0),
    ]

    assert [one > 0 for one in trunk_passes(rows)] == [True, False, False, False]


def test_each_near_text_is_scored_by_the_polish_that_left_it_out():
    rows = [row("xci", fold=fold) for fold in range(10)] + [row("banking77", fold=MEASURED_FOLD)]

    for part in range(5):
        assert not (scored_by(rows, part) & (polish_passes(rows, part) > 0)).any()
    assert sum(scored_by(rows, part).sum() for part in range(5)) == sum(map(is_near, rows))
    assert scored_by(rows, EVERY_PART).tolist() == [False] * 10 + [True]
    assert (polish_passes(rows, EVERY_PART)[:10] > 0).all()


def test_a_multilingual_encoder_learns_from_other_languages_too_and_longer_where_told():
    rows = [row("germeval2018"), row("umsab"), row("semeval-sentiment"), row("xci")]
    english, many = Schedule(), Schedule(passes=2, is_multilingual=True)

    assert [one > 0 for one in trunk_passes(rows, english)] == [False, False, True, False]
    assert [one > 0 for one in trunk_passes(rows, many)] == [True, True, True, False]
    assert trunk_passes(rows, many)[2] == 2 * trunk_passes(rows, english)[2]
    assert polish_passes(rows, EVERY_PART, many)[3] == 2 * polish_passes(rows, EVERY_PART, english)[3]


@pytest.mark.parametrize("passes", [0.0, -1.0, 21.0, float("nan")])
def test_a_length_that_makes_no_sense_is_refused(passes):
    with pytest.raises(SetupError, match=r"--passes .*: must be above 0 and at most 20"):
        Schedule(passes=passes)


def test_severity_counts_steps_and_the_unknown_is_left_alone():
    severity = next(head for head in HEADS if head.name == "severity")
    category = next(head for head in HEADS if head.name == "category")

    assert target_of(severity, {"severity": 3}) == 3
    assert target_of(severity, {}) == UNKNOWN
    assert target_of(category, {"category": "none of ours"}) == UNKNOWN


def test_other_weights_under_the_name_of_the_base_are_refused(tmp_path):
    (tmp_path / MINILM).mkdir()
    (tmp_path / MINILM / "model.safetensors").write_bytes(b"something else")

    with pytest.raises(SetupError, match=r"SHA-256 is .* expected 53aa51172d14"):
        base_of(MINILM, tmp_path)
