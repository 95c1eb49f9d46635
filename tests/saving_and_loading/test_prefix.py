"""A prefix in the names of a state_dict: where it is from, and that it goes away."""

import pytest
import torch
from listing import labelled, run_listing
from torch import nn
from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

from snippets.saving_and_loading.model import Net


def test_the_listing_loads_what_could_not_be_loaded(tmp_path, monkeypatch):
    names, text = run_listing("saving_and_loading.prefix", tmp_path, monkeypatch)
    said = labelled(text)
    assert said["with the prefix"] == 'Missing key(s) in state_dict: "hidden.weight"'
    assert said["without"] == "<All keys matched successfully>"
    assert list(names["state"]) == list(Net().state_dict())


def wrapped(kind, net):
    """The net in a wrapper of torch's, and the prefix that the lesson says it adds."""
    if kind == "DataParallel":
        return nn.DataParallel(net), "module."
    return torch.compile(net), "_orig_mod."


@pytest.mark.parametrize("kind", ["DataParallel", "torch.compile"])
def test_each_wrapper_adds_its_prefix_and_both_cures_work(kind):
    """DistributedDataParallel keeps the net under the name `module`, as well."""
    net = Net(hidden=4)
    outer, prefix = wrapped(kind, net)
    state = outer.state_dict()
    assert list(state) == [prefix + name for name in net.state_dict()]
    inner = getattr(outer, prefix.removesuffix("."))
    assert list(inner.state_dict()) == list(net.state_dict())
    with pytest.raises(RuntimeError, match=f"Unexpected key.*{prefix}hidden.weight"):
        Net(hidden=4).load_state_dict(state)

    consume_prefix_in_state_dict_if_present(state, prefix)
    twin = Net(hidden=4)
    assert str(twin.load_state_dict(state)) == "<All keys matched successfully>"
    assert torch.equal(twin.hidden.weight, net.hidden.weight)


def test_compiling_in_place_adds_no_prefix():
    net = Net(hidden=4)
    before = list(net.state_dict())
    net.compile()
    assert list(net.state_dict()) == before
