import pickle
import sys

import pytest
import torch
from listing import run_listing


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole_model")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("saving_and_loading.whole_model", folder, monkeypatch)
    return names, text.splitlines(), folder


def test_the_default_refuses_the_whole_object_and_names_its_class(ran):
    assert ran[1][:2] == [
        "UnpicklingError: Weights only load failed",
        "Unsupported global: GLOBAL __main__.Classifier"
        " was not an allowed global by default",
    ]


def test_forced_it_misses_the_renamed_class_and_the_moved_module(ran):
    names, lines, _ = ran
    assert "Classifier" not in names
    assert "my_models" not in sys.modules
    assert lines[2:4] == [
        "AttributeError: Can't get attribute 'Classifier'",
        "ModuleNotFoundError: No module named 'my_models'",
    ]


def test_the_file_stays_useless_in_another_program(ran):
    path = ran[2] / "whole.pt"
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, map_location="cpu")
    with pytest.raises(ModuleNotFoundError):
        # weights_only=False: the point of the test; the listing wrote the file
        torch.load(path, weights_only=False, map_location="cpu")


def test_the_state_dict_survives_the_new_name(ran):
    names, lines, folder = ran
    assert lines[4:] == ["<All keys matched successfully>", "same weights: True"]
    state = torch.load(folder / "weights.pt", weights_only=True, map_location="cpu")
    assert torch.equal(state["out.weight"], names["classifier"].out.weight)
    images = torch.ones(2, 784)
    assert torch.equal(names["renamed"](images), names["classifier"](images))
