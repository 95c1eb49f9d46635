"""What autocast casts, checked on the tensors and not on what the page prints alone."""

import pytest
import torch
from listing import labelled, run_listing
from torch import nn


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("casts")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("gpu_training.casts", folder, monkeypatch)
    return names, labelled(text)


def test_products_are_cast_and_weights_and_loss_are_not(ran):
    names, said = ran
    assert names["logits"].dtype == torch.bfloat16
    assert said["logits, from a Linear"] == "bfloat16"
    for label in ("the weights", "the input x", "the weights' gradient"):
        assert said[label] == "float32"
    assert said["the loss, cross_entropy"] == "float32"


def test_what_is_on_no_list_keeps_the_types_it_is_given(ran):
    _, said = ran
    assert said["x + x"] == "float32"
    assert said["logits + float32"] == "float32"  # the wider of the two


def test_each_kind_of_device_has_its_own_list(ran):
    names, said = ran
    on_cuda = names["device"].type == "cuda"
    assert said["softmax(logits)"] == ("float32" if on_cuda else "bfloat16")


def test_without_autocast_nothing_is_cast(ran):
    names, _ = ran
    logits = names["layer"](names["x"])
    assert logits.dtype == torch.float32
    assert not torch.equal(logits, names["logits"].float())


def test_the_loss_is_calculated_in_float32_from_rounded_logits(ran):
    names, _ = ran
    loss = nn.functional.cross_entropy(names["logits"].float(), names["y"])
    assert torch.allclose(loss, names["loss"])
