import os
import pickle

import pytest
import torch
from listing import labelled, run_listing


@pytest.fixture
def ran(tmp_path, monkeypatch):
    return run_listing("saving_and_loading.payload", tmp_path, monkeypatch)


def test_the_call_runs_only_when_loading_is_forced(ran):
    _, text = ran
    shown = labelled(text)
    assert shown["marker exists after saving"] == "False"
    assert shown["UnpicklingError"] == "Weights only load failed"
    assert shown["marker exists after the refusal"] == "False"
    assert shown["loaded, without a word"] == "['model', 'note']"
    assert shown["marker exists after the forced load"] == "True"


def test_it_leaves_nothing_but_the_file(ran):
    assert sorted(os.listdir()) == ["data", "gift.pt"]


def test_the_file_is_what_the_page_says(ran):
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        torch.load("gift.pt", weights_only=True, map_location="cpu")
    assert not os.path.exists("i-was-here")
    # weights_only=False: the point of the test; the listing wrote the file
    torch.load("gift.pt", weights_only=False, map_location="cpu")
    assert os.path.isdir("i-was-here")


def test_the_weights_around_the_payload_are_the_nets(ran):
    names, _ = ran
    for name, tensor in names["net"].state_dict().items():
        assert torch.equal(names["gift"]["model"][name], tensor)
