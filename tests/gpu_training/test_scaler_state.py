"""The scaler's state in a checkpoint, with the scaler on and off."""

import pytest
import torch
from listing import labelled, run_listing


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scaler_state")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("gpu_training.scaler_state", folder, monkeypatch)
    return names, text


def test_an_enabled_scaler_saves_its_scale_and_a_disabled_one_nothing(ran):
    names, text = ran
    said = labelled(text)
    assert said["enabled, scale"] == "1024.0"
    shown = {label.removeprefix("enabled, ") for label in said if "enabled, " in label}
    assert set(names["scaler_on"].state_dict()) <= shown
    assert said["disabled, everything"] == "{}"


def test_an_enabled_one_refuses_what_a_disabled_one_saved(ran):
    assert "RuntimeError: The source state dict is empty" in ran[1]


def test_a_disabled_one_ignores_what_it_is_given(ran):
    names, text = ran
    assert labelled(text)["disabled, everything after loading"] == "{}"
    off = names["scaler_off"]
    assert not off.is_enabled()
    assert off.get_scale() == 1.0
    loss = torch.ones(1)
    assert off.scale(loss) is loss  # it hands the loss through


def test_the_cure_resumes_in_all_directions(ran):
    said = labelled(ran[1])
    assert said["saved with the scaler on, resumes at"] == "1024.0"
    assert said["saved with the scaler off, resumes at"] == "65536.0"  # its own
