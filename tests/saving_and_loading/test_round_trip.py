import pytest
import torch
from listing import labelled, run_listing


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("round_trip")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("saving_and_loading.round_trip", folder, monkeypatch)
    return names, text, folder


def test_the_file_holds_the_net_and_little_more(ran):
    names, text, folder = ran
    state = torch.load(folder / "net.pt", weights_only=True, map_location="cpu")
    for name, tensor in names["net"].state_dict().items():
        assert torch.equal(state[name], tensor)
    size = (folder / "net.pt").stat().st_size
    assert 102_283 * 4 < size < 102_283 * 4 * 1.02
    assert labelled(text)["net.pt"] == f"{size / 1000:.0f} kB"
    assert "102,283 numbers of 4 bytes: 409 kB" in text


def test_the_loaded_net_predicts_the_same_bit_for_bit(ran):
    names, text, _ = ran
    assert "<All keys matched successfully>" in text
    assert labelled(text)["same predictions, bit for bit"] == "True"
    assert names["loaded"] is not names["net"]
    assert not names["loaded"].training
    assert torch.equal(names["logits"], names["loaded_logits"])
    with torch.no_grad():
        other = names["Net"]().eval()(names["val_images"])
    assert not torch.equal(other, names["logits"])  # a net not loaded is seen


def test_forgetting_eval_changes_the_logits_and_the_net(ran):
    names, text, _ = ran
    shown = labelled(text)
    assert shown["first call gives the saved net's logits"] == "False"
    assert shown["second call gives the first one's logits"] == "False"
    assert shown["running_mean has moved, without any training"] == "True"
    assert shown["eval() afterwards brings the saved net back"] == "False"
    forgot, state = names["forgot"], names["state"]
    assert forgot.norm.num_batches_tracked == state["norm.num_batches_tracked"] + 2
    assert torch.equal(forgot.hidden.weight, state["hidden.weight"])  # not trained
