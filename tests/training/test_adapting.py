import json
import shutil

import numpy as np
import pytest

from classify.loading import load
from classify.manifest import MANIFEST, read_manifest
from models.errors import SetupError
from tests.classify.tiny_blend import make_blend
from tests.triage.build import mention
from training.__main__ import main
from training.adapting import LEAST_LABELS, Gain, adapt, adapted_card
from training.rows import Row

ISSUES = ("my card was charged twice", "still no refund", "the lamp broken")
THANKS = ("thank you great", "great refund thank you", "great lamp")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_blend(tmp_path_factory.mktemp("base"))


def rows(*, times):
    """Texts that say plainly what they are, as often as `times`."""
    pairs = [(text, 1) for text in ISSUES] + [(text, 0) for text in THANKS]
    return [row(text, complaint) for _ in range(times) for text, complaint in pairs]


def row(text, complaint):
    return Row(forms=[], lang="en", fold=0, is_dev=False, text=text, targets={"complaint": complaint})


def scores(folder):
    return [
        found.complaint_score
        for found in load(folder).judge([mention(text, lang="en") for text in ISSUES + THANKS], [None] * 6)
    ]


def test_many_labels_move_the_answer_and_cost_less_on_held_back_ones(base, tmp_path):
    (gain,) = adapt(rows(times=20), tmp_path / "out", version="firm-1", base=base)

    assert (gain.answer, gain.count) == ("complaint", 120)
    assert gain.after < gain.before
    found = scores(tmp_path / "out")
    assert min(found[:3]) > 0.5 > max(found[3:])
    assert read_manifest(tmp_path / "out").version == "firm-1"


def test_labels_that_follow_nothing_change_nothing(base, tmp_path):
    chance = np.random.default_rng(1)
    before = np.array(scores(base))
    noise = [
        row(text, int(chance.random() < score))
        for text, score in zip((ISSUES + THANKS) * 8, [*before] * 8, strict=True)
    ]

    adapt(noise, tmp_path / "out", version="firm-1", base=base)

    assert np.abs(np.array(scores(tmp_path / "out")) - before).max() < 0.1


def test_the_base_is_never_written_over(base):
    with pytest.raises(SetupError, match="name another folder with --out"):
        adapt(rows(times=20), base, version="firm-1", base=base)


def test_the_card_says_what_changed_and_on_how_many_labels():
    card = adapted_card("firm-1", [Gain("complaint", 0.5, 0.25, 60)], 60)

    assert "# Classifier firm-1" in card
    assert "| complaint | 0.500 | 0.250 | 60 |" in card


def test_too_few_labels_are_refused(base, tmp_path):
    with pytest.raises(SetupError, match=f"at least {LEAST_LABELS} are needed"):
        adapt(rows(times=1), tmp_path / "out", version="firm-1", base=base)


def test_a_folder_without_a_blend_is_refused(base, tmp_path):
    ngrams = tmp_path / "ngrams"
    shutil.copytree(base, ngrams)
    text = (ngrams / MANIFEST).read_text()
    (ngrams / MANIFEST).write_text(text.replace("classify.blend", "classify.ngrams"))

    with pytest.raises(SetupError, match="has no blend to fit; train anew with --data"):
        adapt(rows(times=20), tmp_path / "out", version="firm-1", base=ngrams)


def test_without_data_only_labels_that_are_not_shipped_count(tmp_path, capsys):
    labels = tmp_path / "labels"
    labels.mkdir()
    (labels / "own.jsonl").write_text(json.dumps({"text": "my card was charged twice", "label": "complaint"}) + "\n")

    assert main(["--own-labels", str(labels), "--own-labels", "training/labels", "--out", str(tmp_path / "out")]) == 1
    assert "1 own labels" in capsys.readouterr().err


@pytest.mark.parametrize(
    "given",
    [["--encoder", "some/other"], ["--no-encoder"], ["--multilingual"], ["--passes", "2"], ["--only-clear-licences"]],
)
def test_what_only_a_training_anew_can_do_is_refused_without_data(tmp_path, capsys, given):
    with pytest.raises(SystemExit) as refused:
        main([*given, "--out", str(tmp_path / "out")])

    assert refused.value.code == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"{given[0]}: only where everything is trained anew; give --data" in said
    assert not (tmp_path / "out").exists()
