"""Clipping sees the scaled gradients, unless they are unscaled first."""

import pytest
from listing import labelled, run_listing

SGD, ADAM = "SGD", "Adam"
BEFORE, AFTER = "clipped as they are", "unscale_ first"


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    with pytest.MonkeyPatch.context() as monkeypatch:
        _, text = run_listing("gpu_training.clip", folder, monkeypatch)
    return {label: float(number) for label, number in labelled(text).items()}


@pytest.mark.parametrize("optimizer", [SGD, ADAM])
def test_without_unscale_the_norm_is_that_of_the_scaled_gradients(said, optimizer):
    true = said[f"{optimizer}, {AFTER}, norm that the clipping saw"]
    assert true > 0.5  # so there is something to clip
    assert said[f"{optimizer}, {BEFORE}, norm that the clipping saw"] == pytest.approx(
        65536 * true, rel=1e-2
    )


def test_and_the_step_of_sgd_is_next_to_nothing(said):
    assert said[f"{SGD}, {BEFORE}, length of the step"] == pytest.approx(
        0.1 * 0.5 / 65536, rel=0.1
    )


def test_after_unscale_the_step_of_sgd_is_as_long_as_clipping_allows(said):
    assert said[f"{SGD}, {AFTER}, length of the step"] == pytest.approx(0.05, rel=1e-2)


def test_the_step_of_adam_looks_normal_and_is_another_one(said):
    before, after = (said[f"{ADAM}, {w}, length of the step"] for w in (BEFORE, AFTER))
    assert 0.5 * after < before < 0.9 * after
