import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from classify.bert import Bert, Shape
from classify.encoder import load_encoder
from classify.library_encoder import LibraryEncoder
from classify.manifest import read_manifest
from models.errors import SetupError
from tests.classify.tiny_blend import (
    CONFIG,
    HEAD_OUTPUTS,
    HEADS,
    MOST_TOKENS,
    encoder_arrays,
    make_blend,
    write_manifest,
)

TEXTS = ["my card was charged twice", "", "thank you!", "still no refund for the lamp " * 20, "@user http", "ok", "no"]


def encoder_of(folder, **options):
    return load_encoder(read_manifest(folder), **options)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return encoder_of(make_blend(tmp_path_factory.mktemp("blend")), numeric_form="fp32")


@pytest.fixture
def folder(tmp_path):
    return make_blend(tmp_path)


def state(config):
    arrays = encoder_arrays(config, np.random.default_rng(3))
    return {name: torch.from_numpy(array) for name, array in arrays.items() if not name.startswith("heads")}


def test_our_forward_pass_says_what_the_library_says():
    texts = [[2, 5, 9, 3], [2, 3], [2, 7, 7, 3], list(range(2, 50)), [2]]
    ours = Bert(Shape.of(CONFIG), state(CONFIG))
    library = LibraryEncoder(CONFIG, state(CONFIG))

    with torch.inference_mode():
        found, expected = ours(texts), library(texts)

    assert found.shape == (sum(map(len, texts)), CONFIG["hidden_size"])
    assert torch.allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    "different", [{"hidden_act": "relu"}, {"position_embedding_type": "relative_key"}, {"model_type": "roberta"}]
)
def test_what_our_forward_pass_does_not_know_is_left_to_the_library(different):
    assert Shape.of(CONFIG | different) is None


def test_any_encoder_of_the_library_can_be_read(tmp_path, encoder):
    by_library = encoder_of(make_blend(tmp_path, config={"hidden_act": "relu"}), numeric_form="fp32")

    found = by_library.read(TEXTS)

    assert found.logits.shape == (len(TEXTS), HEAD_OUTPUTS)
    assert np.isfinite(found.logits).all()
    assert not np.allclose(found.logits, encoder.read(TEXTS).logits)
    assert np.allclose(by_library.read(TEXTS[2:3]).logits, found.logits[2:3], atol=1e-4)


def test_the_shares_of_the_tokens_add_up_to_the_logits(encoder, folder):
    bias = load_file(folder / "encoder.safetensors")["heads.bias"]
    found = encoder.read(TEXTS)

    for at, text in enumerate(TEXTS):
        places, shares = found.shares(at)
        assert shares.shape == (len(places), HEAD_OUTPUTS)
        assert np.allclose(shares.sum(axis=0) + bias, found.logits[at], atol=1e-5)
        assert all(0 <= start <= end <= len(text) for start, end in places)
    assert [TEXTS[0][start:end] for start, end in found.shares(0)[0]] == ["", *TEXTS[0].split(), ""]


@pytest.mark.parametrize(("form", "noise"), [("fp32", 1e-5), ("bf16", 1e-2)])
def test_a_text_is_read_the_same_alone_and_among_others(folder, form, noise):
    encoder = encoder_of(folder, numeric_form=form)
    texts = [f"{text} {'no refund ' * at}" for at in range(30) for text in TEXTS]

    together = encoder.read(texts).logits

    assert all(
        np.abs(encoder.read([text]).logits - row).max() <= noise for text, row in zip(texts, together, strict=True)
    )


def test_a_long_text_is_read_up_to_the_stated_length(encoder):
    places, _ = encoder.read(["lamp " * 300]).shares(0)

    assert len(places) == MOST_TOKENS


def test_no_texts_are_read_as_nothing(encoder):
    assert encoder.read([]).logits.shape == (0, HEAD_OUTPUTS)


def test_half_the_numbers_say_the_same(folder):
    exact, half = (encoder_of(folder, numeric_form=form).read(TEXTS).logits for form in ("fp32", "bf16"))

    assert 0 < np.abs(exact - half).max() < 0.1


def change(folder, name, **changed):
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    write_manifest(folder)


@pytest.mark.parametrize(
    ("name", "changed", "said"),
    [
        ("encoder.json", {"heads": {"label": ["complaint"]}}, "1 outputs are named"),
        ("encoder.json", {"most_tokens": 65}, "most_tokens is 65, the encoder takes 64"),
        ("encoder.json", {"config": CONFIG | {"vocab_size": 7}}, "more tokens than the encoder"),
        ("encoder.json", {"config": CONFIG | {"num_hidden_layers": 3}}, "encoder.layer.2"),
        ("encoder.json", {"config": CONFIG | {"hidden_act": "relu", "num_hidden_layers": 3}}, "no weights for enc"),
        ("encoder.json", {"config": {}}, "KeyError"),
        ("tokenizer.json", {"model": {}}, "tokenizer.json: "),
    ],
)
def test_files_that_do_not_fit_together_stop_the_start(folder, name, changed, said):
    change(folder, name, **changed)

    with pytest.raises(SetupError, match=f"encoder.safetensors: not what .*{said}"):
        encoder_of(folder)


def test_a_weight_that_is_no_number_stops_the_start(folder):
    arrays = load_file(folder / "encoder.safetensors")
    arrays["encoder.layer.1.output.dense.bias"][3] = np.nan
    save_file(arrays, folder / "encoder.safetensors")
    write_manifest(folder)

    with pytest.raises(SetupError, match="encoder.layer.1.output.dense.bias holds what is no number"):
        encoder_of(folder)


def test_the_encoder_answers_what_its_heads_are_named_after(encoder):
    assert {name: list(classes) for name, classes in encoder.answers.items()} == HEADS
