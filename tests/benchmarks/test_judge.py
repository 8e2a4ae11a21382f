"""`make bench-judge` on tiny weights: whole processes, every figure measured, ratios of the same rounds."""

import json
import re

import pytest

from benchmarks.judge.__main__ import main
from tests.classify.tiny_blend import make_blend
from tests.training.tiny import train_tiny

MESSAGES = 40


@pytest.fixture
def run(monkeypatch, tmp_path):
    def run(weights, *options):
        monkeypatch.setattr("sys.argv", ["benchmarks.judge", "--weights", str(weights), *options])
        return main()

    return run


def test_every_way_of_judging_is_measured_beside_the_pipeline(run, tmp_path, capsys):
    weights = make_blend(tmp_path / "weights")

    assert run(weights, "--messages", str(MESSAGES), "--rounds", "2", "--json", str(tmp_path / "found.json")) == 0

    found = json.loads((tmp_path / "found.json").read_text())
    theirs, *ours = found["figures"]
    assert theirs["name"].startswith("transformers pipeline, fp32, batch 32")
    assert [one["name"] for one in ours] == [
        "ours, encoder alone",
        "ours, whole judge, the encoder reads every text",
        "ours, whole judge with its cascade",
    ]
    for one in found["figures"]:
        assert one["messages"] == MESSAGES and len(one["seconds"]) == 2 and min(one["seconds"]) > 0
    for one, ratio in zip(ours, found["ratios"], strict=True):
        times = [theirs["seconds"][at] / one["seconds"][at] for at in range(2)]
        least, most = ratio["times"]["least"], ratio["times"]["most"]
        assert ratio["ours"].endswith(one["name"]) and ratio["peer"].endswith(theirs["name"])
        assert (least, most) == pytest.approx((min(times), max(times)), rel=0.02)
    facts = found["facts"]
    assert re.fullmatch(r"\d+ processes of one thread, the encoder in (fp32|bf16)", facts["ours"])
    assert re.match(r"\d+ ms p50, \d+ ms p95 ", facts["a single message"])
    assert re.fullmatch(r"\d+% of the messages", facts["settled by the n-grams"])
    assert "wanted: 10 times the pipeline" in capsys.readouterr().out


def test_weights_without_an_encoder_are_refused(run, tmp_path, capsys):
    weights = train_tiny(tmp_path)

    assert run(weights, "--messages", "10") == 2
    assert f"--weights {weights}: has no encoder" in capsys.readouterr().err
