import pytest
import torch
from listing import labelled, run_listing


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrong_shape")
    with pytest.MonkeyPatch.context() as monkeypatch:
        return run_listing("saving_and_loading.wrong_shape", folder, monkeypatch)


def test_each_net_gets_its_complaint_in_torchs_words(ran):
    names, text = ran
    flowing = " ".join(text.split())  # the listing folds long lines
    nets = {
        "deeper": 'Missing key(s) in state_dict: "more.weight", "more.bias"',
        "plain": 'Unexpected key(s) in state_dict: "norm.weight", "norm.bias"',
        "wider": "size mismatch for hidden.weight",
    }
    places = []
    for name, complaint in nets.items():
        with pytest.raises(RuntimeError) as caught:
            names[name].load_state_dict(names["state"])
        whole = str(caught.value).splitlines()[1].strip()
        assert whole.startswith(complaint)
        assert " ".join(whole.split()) in flowing
        places.append(flowing.index(complaint))
    assert places == sorted(places)
    assert max(map(len, text.splitlines())) <= 88


def test_strict_false_loads_nothing_and_only_its_answer_says_so(ran):
    names, text = ran
    shown = labelled(text)
    assert shown["loaded"] == "0 of 9"
    assert shown["the first of its missing_keys"] == "0.hidden.weight"
    assert shown["the first of its unexpected_keys"] == "hidden.weight"
    torch.manual_seed(0)
    wrapped = torch.nn.Sequential(names["Net"]())
    untouched = {name: value.clone() for name, value in wrapped.state_dict().items()}
    wrapped.load_state_dict(names["state"], strict=False)
    for name, value in wrapped.state_dict().items():
        assert torch.equal(value, untouched[name])


def test_loaded_into_the_net_inside_all_names_match(ran):
    names, text = ran
    assert labelled(text)["into the net inside"] == "<All keys matched successfully>"
    for name, value in names["wrapped"][0].state_dict().items():
        assert torch.equal(value, names["state"][name])


def test_the_net_that_loaded_nothing_stays_at_chance(ran):
    shown = labelled(ran[1])
    assert int(shown["the saved net"].split()[0]) > 75
    assert 2 < int(shown["the loaded net"].split()[0]) < 25


def test_strict_false_does_load_what_has_the_right_name(ran):
    names, _ = ran
    net = names["Net"]()
    missing, unexpected = net.load_state_dict(names["state"], strict=False)
    assert (missing, unexpected) == ([], [])
    assert torch.equal(net.out.weight, names["state"]["out.weight"])


def test_strict_false_still_raises_for_a_wrong_size(ran):
    names, text = ran
    assert labelled(text)["a wrong size, with strict=False"] == "RuntimeError"
    with pytest.raises(RuntimeError, match="size mismatch"):
        names["Net"](hidden=64).load_state_dict(names["state"], strict=False)
