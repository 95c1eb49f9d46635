"""Each entry of the page shows its fault, and its cure is one."""

import json
import pickle
import random
import time
import warnings
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from listing import labelled, run_listing
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.checkpoint import checkpoint
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    TensorDataset,
    default_collate,
    get_worker_info,
)
from torchvision import transforms

from scripts.page.includes import section_lines
from snippets.devices_speed_precision import compile_speed

CUDA = torch.cuda.is_available()


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """A function that runs an entry and returns its names and what it printed."""
    return lambda name: run_listing(
        f"devices_speed_precision.{name}", tmp_path, monkeypatch
    )


@pytest.fixture
def cure(capsys):
    """A function that runs an entry's cure with other names; returns what it prints."""

    def run_cure(name, names):
        lines = section_lines(f"snippets/devices_speed_precision/{name}.py", "cure")
        capsys.readouterr()
        exec("\n".join(lines), names)
        return capsys.readouterr().out

    return run_cure


def test_the_weight_of_the_loss_is_the_one_left_behind(ran):
    _, text = ran("same_device")
    said = labelled(text)
    assert "device" in said["RuntimeError"]
    places = {name: said[name] for name in said if name[-6:] in ("weight", "labels")}
    assert places.pop("loss_fn.weight") == "cpu"
    assert "cpu" not in places.values() and len(places) == 2
    assert said["the loss is on"] == said["images"] != "cpu"


def test_the_list_of_devices_has_plain_attributes_and_hidden_buffers(ran, cure):
    names, _ = ran("same_device")
    part = nn.Linear(4, 3)
    part.scale = torch.ones(3)  # stays behind
    net = nn.Sequential(part).to(names["device"])
    part.register_buffer("mask", torch.ones(3), persistent=False)  # in no state_dict
    said = labelled(cure("same_device", names | {"net": net}))
    assert said["net.0.scale"] == said["net.0.mask"] == "cpu"


def test_a_device_as_a_context_makes_new_tensors_there_but_not_numpys():
    with torch.device("meta"):
        made = [
            torch.zeros(2),
            torch.arange(2),
            torch.tensor([1.0]),
            torch.full((2,), 1),
        ]
        shared = torch.from_numpy(np.ones(2))
    assert all(tensor.is_meta for tensor in made) and shared.device.type == "cpu"


def test_the_checklist_says_no_where_there_is_no_gpu(ran):
    names, text = ran("not_available")
    said = labelled(text)
    assert said["torch.cuda.is_available()"] == str(CUDA)
    assert ("NO" not in [said[check] for check in names["checks"]]) == CUDA
    assert ("a tensor is on" in said) == CUDA


@pytest.mark.parametrize("hidden", ["", "-1", "NoDevFiles", "7", "GPU-abc", " 0"])
def test_a_variable_is_suspect_only_where_no_card_is_counted(ran, monkeypatch, hidden):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert not ran("not_available")[0]["checks"]["no variable hides the card"]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert ran("not_available")[0]["checks"]["no variable hides the card"]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert ran("not_available")[0]["checks"]["no variable hides the card"]


def test_most_of_a_step_is_what_waits_for_backward(ran):
    _, text = ran("out_of_memory")
    assert "Error: " in text.splitlines()[0] and "memory" in text
    said = {key: float(x.split()[0]) for key, x in labelled(text).items() if "MB" in x}
    large, small = (said[f"batch {n}, kept for backward"] for n in (16384, 1024))
    # The input and the layer between, four bytes a number
    assert large == pytest.approx(16384 * (784 + 512) * 4 / 1e6, rel=0.01)
    assert small < large / 15 and 4 * said["weights"] < large / 10


def test_what_is_kept_for_backward_is_counted_without_the_weights(ran):
    names, _ = ran("out_of_memory")
    names["net"] = net = nn.Sequential(nn.Linear(2000, 3000), nn.Linear(3000, 2000))
    names["weights"].update(p.data_ptr() for p in net.parameters())
    names["kept"].clear()
    with torch.autograd.graph.saved_tensors_hooks(names["keep"], lambda kept: kept):
        net(torch.zeros(1, 2000, requires_grad=True))
    assert sum(names["kept"].values()) == 4 * (2000 + 3000)


def test_a_total_keeps_the_graph_of_all_steps(ran):
    said = labelled(ran("memory_grows")[1])
    assert int(said["operations kept after 50 batches"]) > 50 * 3
    assert said["with no_grad, kept"] == said["with detach, kept"] == "0"


def test_the_cpu_names_the_label_and_the_check_finds_it(ran):
    said = labelled(ran("late_error")[1])
    late = "torch.AcceleratorError" if CUDA else "IndexError"
    assert late in said["error (of the child)"]
    assert ("assert triggered" if CUDA else "Target 10") in said["error (of the child)"]
    assert said["wrong labels, by place"] == "{(1,): 10}"
    assert said["wrong tokens, by place"] == "{(1, 1): 50}"


def test_the_check_lets_ignored_labels_through_and_names_places_of_any_shape(ran):
    out_of_range = ran("late_error")[0]["out_of_range"]
    labels = torch.tensor([[0, -100], [2, 1]])
    assert not out_of_range(labels, 3, ignored=-100)
    assert out_of_range(labels, 3) == {(0, 1): -100}  # an embedding has no such row
    tokens = torch.full((2, 3, 4), 6)
    tokens[1, 0, 3], tokens[0, 2, 1] = 7, -1
    assert out_of_range(tokens, 7) == {(0, 2, 1): -1, (1, 0, 3): 7}
    with pytest.raises(IndexError, match="^index out of range in self$"):
        nn.Embedding(7, 2)(tokens)


def test_the_loader_takes_longer_than_the_net_and_tensors_take_less(ran):
    names, text = ran("hardly_busy")
    said = {key: float(x.split()[0]) for key, x in labelled(text).items()}
    assert said["enumerate(DataLoader)"] > 0 and said["aten::mul"] > 0
    assert said["tuple"] < said["DataLoader"]
    assert len(names["loader"]) == len(names["images"].split(64))


def test_each_way_to_load_is_timed_for_two_epochs(ran):
    text = ran("workers")[1]
    assert text.count("'num_workers': 0") == 2
    assert text.count("'num_workers': 2") == 4
    assert text.count("'persistent_workers': True") == 2
    # Twelve steps that wait: what no worker makes shorter
    assert all(float(x.split()[-2]) > 0.6 for x in text.splitlines())


def test_persistent_workers_need_workers_and_pinning_without_a_gpu_warns():
    data = TensorDataset(torch.zeros(2, 1))
    with pytest.raises(ValueError, match="num_workers > 0"):
        DataLoader(data, persistent_workers=True)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        list(DataLoader(data, pin_memory=True))
    assert CUDA or any("pin_memory" in str(each.message) for each in told)


def test_four_parts_add_up_and_a_quarter_of_them_is_not_the_mean(ran):
    said = labelled(ran("accumulation")[1])
    assert 3 < float(said["times the large batch's"]) < 6
    assert float(said["divided by 4, off by"].split()[0]) > 10
    assert said["the same"] == "True"


def gradient(net, loss):
    grads = torch.autograd.grad(loss, list(net.parameters()))
    return torch.cat([grad.flatten() for grad in grads])


@pytest.fixture
def tokens():
    """A net over words, batches whose last group is smaller, and class weights."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Embedding(20, 8), nn.Tanh(), nn.Linear(8, 5))
    words, labels = torch.randint(20, (90, 6)), torch.randint(5, (90, 6))
    labels[torch.rand(90, 6) < torch.linspace(0, 0.9, 90)[:, None]] = -100
    loader = DataLoader(TensorDataset(words, labels), batch_size=16)
    return net, loader, torch.tensor([1.0, 2.0, 0.5, 4.0, 1.0])


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_over_what_a_group_counts_are_the_large_batch(tokens, weighted):
    net, loader, weight = tokens
    weight = weight if weighted else torch.ones(5)
    loss_sum = nn.CrossEntropyLoss(weight, reduction="sum")
    batches, sizes = iter(loader), []
    while group := list(islice(batches, 4)):  # as the entry says it
        counted = sum(weight[yb[yb != -100]].sum() for _, yb in group)
        loss = sum(
            loss_sum(net(xb).flatten(0, 1), yb.flatten()) / counted for xb, yb in group
        )
        x, y = (torch.cat(parts) for parts in zip(*group, strict=True))
        mean = nn.CrossEntropyLoss(weight)
        large = gradient(net, mean(net(x).flatten(0, 1), y.flatten()))
        assert torch.allclose(gradient(net, loss), large, atol=1e-6)
        shares = sum(
            mean(net(xb).flatten(0, 1), yb.flatten()) * len(xb) / len(x)
            for xb, yb in group
        )  # what looks right, and is not
        assert (gradient(net, shares) - large).norm() > 0.01 * large.norm()
        sizes.append(len(group))
    assert sizes == [4, 2]


def test_the_pages_own_cure_holds_for_another_net(ran, cure, tokens):
    net, loader, _ = tokens
    names, _ = ran("accumulation")
    group = [(x[:, 0], y[:, 0]) for x, y in islice(iter(loader), 4)]
    x, y = (torch.cat(parts) for parts in zip(*group, strict=True))
    net = nn.Sequential(nn.Embedding(20, 8), nn.Linear(8, 5)).to(names["device"])
    group = [(x.to(names["device"]), y.to(names["device"])) for x, y in group]
    mean = nn.CrossEntropyLoss()(net(x.to(names["device"])), y.to(names["device"]))
    cure_names = names | {"net": net, "group": group}
    (large,) = torch.autograd.grad(mean, [net[0].weight])
    net.weight = net[0].weight  # the name that the block prints
    said = labelled(cure("accumulation", cure_names | {"large": large}))
    assert said["the same"] == "True"
    said = labelled(cure("accumulation", cure_names | {"large": 1.01 * large}))
    assert said["the same"] == "False"


@pytest.mark.parametrize("way", ["batch", "frozen", "group"])
def test_normalisation_by_batch_differs_and_frozen_or_by_group_does_not(way):
    torch.manual_seed(0)
    norm = nn.GroupNorm(2, 8) if way == "group" else nn.BatchNorm1d(8)
    net = nn.Sequential(nn.Linear(4, 8), norm, nn.Linear(8, 3))
    if way == "frozen":
        norm.eval()
    x, y = torch.randn(32, 4), torch.randint(3, (32,))
    large = gradient(net, nn.CrossEntropyLoss()(net(x), y))
    loss_sum = nn.CrossEntropyLoss(reduction="sum")
    parts = zip(x.split(8), y.split(8), strict=True)
    small = gradient(net, sum(loss_sum(net(xb), yb) / 32 for xb, yb in parts))
    assert torch.allclose(small, large, atol=1e-5) == (way != "batch")


def test_a_large_input_overflows_in_float16_alone(ran):
    names, text = ran("nan_in_half")
    first, *_ = text.splitlines()
    assert first == "0 Linear, finite: input True, output False"
    said = text[text.index("loss: ") :]
    assert said.startswith("loss: nan") and "False" not in said
    assert labelled(text)["loss is finite"] == "True"
    with torch.autocast(names["device"], torch.bfloat16):  # the page names it, too
        assert names["net"](names["x"]).isfinite().all()
    with (
        torch.autocast(names["device"], torch.float16),
        torch.autocast(names["device"], enabled=False),
    ):
        assert names["net"](names["x"].float()).isfinite().all()


class Between(nn.Module):
    """Recurrent layers, which return tuples, and a product that leaves float16."""

    def __init__(self):
        super().__init__()
        self.before, self.middle = nn.LSTM(4, 4), nn.GRU(4, 4)
        self.after = nn.Linear(4, 2)

    def forward(self, x):
        h = self.middle(self.before(x)[0])[0].half() * 300
        return self.after((h * h * 10_000).float())


def test_the_hooks_take_nets_of_any_shape_and_find_an_operation_between(ran, capsys):
    names, _ = ran("nan_in_half")
    torch.manual_seed(0)
    net = nn.Sequential(Between())
    for name, module in net.named_modules():
        module.register_forward_hook(names["partial"](names["check"], name))
    capsys.readouterr()
    net(torch.randn(3, 2, 4))
    said = labelled(capsys.readouterr().out)
    assert said["0.before LSTM, finite"] == "input True, output True"
    assert said["0.middle GRU, finite"] == "input True, output True"
    assert said["0.after Linear, finite"] == "input False, output False"
    assert said["0 Between, finite"] == "input True, output False"


def test_the_hooks_look_into_a_dictionary_that_a_net_returns(ran):
    finite = ran("nan_in_half")[0]["finite"]
    sound, broken = torch.ones(2), torch.tensor([1.0, torch.nan])
    assert finite({"logits": sound, "hidden": (sound, None)})
    assert not finite({"logits": broken}) and not finite([{"a": {"b": broken}}])


def test_a_small_constant_is_zero_in_float16_and_not_in_bfloat16():
    h = torch.zeros(2, 4)
    for dtype, lost in ((torch.float16, True), (torch.bfloat16, False)):
        row = h.to(dtype)
        assert (row / (row.amax() + 1e-8)).isnan().all() == lost


def test_autocast_names_the_device_that_is_there(ran):
    names, text = ran("which_autocast")
    said = labelled(text)
    assert said["autocast is on"] == str(CUDA)
    assert ("UserWarning" in said) == (not CUDA)
    assert names["out"].dtype == names["dtype"]
    assert names["scaler"].is_enabled() == (names["dtype"] == torch.float16)


def test_another_shape_compiles_once_more_and_a_prefix_is_saved(ran):
    text = ran("compiled")[1]
    counts = [line[-1] for line in text.splitlines() if "compilations" in line]
    assert counts == ["1", "1", "2", "2", "3"]
    wrapped, in_place = [x for x in text.splitlines() if "checkpoint" in x]
    assert wrapped.endswith(": _orig_mod.0.weight") and in_place.endswith(": 0.weight")


def test_only_batches_of_one_and_none_are_cases_of_their_own():
    seen = []
    torch.compiler.reset()
    net = nn.Sequential(nn.Linear(3, 5), nn.Tanh())
    fast = torch.compile(net, backend=lambda graph, _: seen.append(1) or graph.forward)
    counts = []
    for batch in (20, 5, 2, 900, 1, 1, 0, 33):
        fast(torch.ones(batch, 3))
        counts.append(len(seen))
    assert counts == [1, 2, 2, 2, 3, 3, 4, 4]


def test_the_cost_of_compiling_is_measured():
    result = compile_speed.main(**compile_speed.QUICK)
    metrics = json.loads(json.dumps(result))["metrics"]
    assert all(each["n"] == 2 for each in metrics.values())
    assert all(metrics[name]["median"] > 0 for name in ("first_call_s", "eager_ms"))
    assert metrics["first_call_s"]["median"] > metrics["compiled_ms"]["median"] / 1000


def test_one_seed_is_not_enough_and_an_operation_is_refused(ran):
    said = labelled(ran("determinism")[1])
    assert said["one seed, the same batch"] == "False"
    assert said["all seeded, the same"] == "True"
    assert "put_ does not have a deterministic" in said["RuntimeError"]
    assert not torch.are_deterministic_algorithms_enabled()


class Drawn(Dataset):
    """Numbers of three generators, drawn in a worker."""

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return torch.tensor([random.random(), np.random.rand(), torch.rand(1).item()])


def test_workers_follow_the_seed_while_their_number_stays():
    def draw(workers):
        torch.manual_seed(3)
        return torch.cat(list(DataLoader(Drawn(), num_workers=workers)))

    assert torch.equal(draw(2), draw(2)) and not torch.equal(draw(2), draw(1))


def test_a_refused_operation_can_only_warn_or_be_written_in_another_way():
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        with pytest.warns(UserWarning, match="put_"):
            torch.zeros(3).put_(torch.tensor([0]), torch.ones(1))
        torch.use_deterministic_algorithms(True)
        x = torch.zeros(3)
        x[torch.tensor([0])] = torch.ones(1)
    finally:
        torch.use_deterministic_algorithms(False)
    assert x.tolist() == [1, 0, 0]


def test_a_median_lies_between_the_fastest_and_the_slowest(ran):
    text = ran("slow_first_step")[1]
    said = {key: x.removesuffix(" ms") for key, x in labelled(text).items()}
    fastest, slowest = map(float, said["fastest, slowest"].split(", "))
    assert 0 < fastest <= float(said["steps 11 to 60, median"]) <= slowest
    assert float(said["the first step"]) > 0


def test_a_detached_state_lets_both_parts_go_back(ran):
    said = labelled(ran("second_backward")[1])
    assert said["RuntimeError"].startswith("Trying to backward through the graph a")
    assert said["both parts went back, gradient"] == "True"


def test_a_slice_is_written_into_a_copy_and_both_states_are_cut_off():
    weight = torch.zeros(2, 4, requires_grad=True)
    kept = torch.sigmoid(weight)
    h = kept.clone()
    h[:, 3] = 0
    h.sum().backward()
    assert weight.grad.tolist() == [[0.25, 0.25, 0.25, 0]] * 2
    other = torch.sigmoid(weight)
    other[:, 3] = 0
    with pytest.raises(RuntimeError, match="inplace operation"):
        other.sum().backward()
    cell, (h, c) = nn.LSTM(2, 3), torch.zeros(2, 1, 1, 3)
    for part in torch.randn(2, 5, 1, 2):
        out, (h, c) = cell(part, (h.detach(), c.detach()))
        out.sum().backward()


def test_a_new_tensor_instead_of_a_change_in_place(ran):
    said = labelled(ran("in_place")[1])
    assert "modified by an inplace operation" in said["RuntimeError"]
    assert said["gradient"] == "[0.25, 0.25, 0.25]"  # of sigmoid, at 0


def test_both_formats_have_a_rate_and_the_need_is_set_beside_cards(ran):
    names, text = ran("which_card")
    said = labelled(text)
    assert names["need"] > 16 and "[False, True, True]" in text
    for dtype in ("torch.float32", "torch.bfloat16"):
        assert float(said[dtype].split()[0]) > 0


def test_the_need_is_four_weights_and_what_a_batch_keeps(ran):
    step_gb = ran("which_card")[0]["step_gb"]
    net = nn.Sequential(nn.Linear(100, 300), nn.Sigmoid(), nn.Linear(300, 10))
    weights = 4 * 4 * (100 * 300 + 300 + 300 * 10 + 10)
    kept = 4 * (100 + 300)  # an example's input and its hidden layer
    for batch in (8, 4096):
        need = step_gb(net, torch.zeros(8, 100, requires_grad=True), batch)
        assert need == pytest.approx((weights + batch * kept) / 1e9)


def judged(order, seed):
    """What a GAN's judge says of real and of painted points, trained in an order."""
    torch.manual_seed(seed)
    judge = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    painter, bce = nn.Linear(3, 2), nn.functional.binary_cross_entropy_with_logits
    optimizer = torch.optim.Adam(judge.parameters(), 0.01)
    one, zero = torch.ones(64, 1), torch.zeros(64, 1)
    for _ in range(200):  # the painter stays as it is: an easy task for the judge
        real, fake = torch.randn(64, 2) + 6, painter(torch.randn(64, 3))
        loss = bce(judge(real), one) + bce(judge(fake.detach()), zero)
        painted = bce(judge(fake), one)
        if order != "cleared after the step":
            optimizer.zero_grad()
        if order == "both, then the step":
            loss.backward()
            painted.backward()
            optimizer.step()
        elif order == "added":
            (loss + painted).backward()
            optimizer.step()
        else:
            loss.backward()
            optimizer.step()
            if order == "cleared after the step":
                optimizer.zero_grad()  # and the painter's loss leaves gradients again
            if order != "as people write it":
                painted = bce(judge(fake), one)
            painted.backward()
    return [judge(x).sigmoid().mean().item() for x in (real, fake)]


@pytest.mark.parametrize("seed", range(3))
def test_the_judge_of_a_gan_is_right_only_if_it_judges_again_after_its_step(seed):
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        judged("as people write it", seed)
    real, fake = judged("judged again", seed)
    assert real > 0.9 and fake < 0.1
    for order in ("both, then the step", "added", "cleared after the step"):
        assert judged(order, seed)[1] > 0.4


@pytest.mark.parametrize("kept", ["result", "input", "weight"])
def test_anomaly_detection_names_the_operation_that_had_kept_the_tensor(kept):
    layer, x = nn.Linear(3, 3), torch.randn(2, 3, requires_grad=True) * 1
    name, out = {
        "result": ("Sigmoid", torch.sigmoid),
        "input": ("Log", torch.log),
        "weight": ("Addmm", layer),
    }[kept]
    with (
        torch.autograd.set_detect_anomaly(True),
        pytest.warns(UserWarning, match=f"Error detected in {name}Backward"),
    ):
        y = out(x)
        with torch.no_grad():
            {"result": y, "input": x, "weight": layer.weight}[kept].add_(1)
        with pytest.raises(RuntimeError, match="inplace operation"):
            y.sum().backward()


class Opened(Dataset):
    """Slow items of a file that a worker opens when it is first asked."""

    file = None

    def __len__(self):
        return 8

    def __getitem__(self, index):
        first, self.file = self.file is None, "open"
        time.sleep(0.1)
        return first


@pytest.mark.parametrize("persistent", [False, True])
def test_persistent_workers_open_a_file_once_and_still_wait_for_slow_items(persistent):
    loader = DataLoader(Opened(), 4, num_workers=2, persistent_workers=persistent)
    assert sum(batch.sum().item() for batch in loader) == 2
    start = time.perf_counter()
    batches = iter(loader)
    opened = next(batches).sum().item()
    assert time.perf_counter() - start > 0.35  # a batch of four
    assert opened + next(batches).sum().item() == (0 if persistent else 2)


def test_a_path_and_two_sizes_are_refused_and_become_one_batch(ran):
    lines = ran("default_collate")[1].splitlines()
    said = "TypeError: default_collate: batch must contain tensors, numpy arrays, numb"
    assert lines[0].startswith(said) and "Path'>" in lines[0]
    said = "RuntimeError: stack expects each tensor to be equal size, but got [3, 28, 2"
    assert lines[1].startswith(said)
    assert lines[2] == "(2, 3, 28, 28) ('a.png', 'b.png')"


def test_one_number_leaves_the_longer_side_as_it_is(ran):
    names, _ = ran("default_collate")
    tall = torch.zeros(3, 56, 28)
    assert names["resize"](tall).shape == (3, 28, 28)
    assert names["transforms"].Resize(28)(tall).shape == (3, 56, 28)


def test_what_cannot_be_joined_stays_a_list_and_the_first_odd_item_is_found():
    items = [(torch.zeros(1, 4), "a"), (torch.zeros(1, 4), "b"), (torch.zeros(3, 4), 1)]
    assert next(iter(DataLoader(items, 3, num_workers=1, collate_fn=list)))[2][1] == 1
    with pytest.raises(RuntimeError, match="stack expects each tensor to be equal"):
        default_collate([items[0], items[2]])
    default_collate([items[0], items[1]])
    for refused in (None, Path("a")):
        with pytest.raises(TypeError, match="Caught TypeError in DataLoader worker pr"):
            next(iter(DataLoader([refused], num_workers=1)))


def test_numpy_takes_no_bfloat16_but_what_float_makes_of_it():
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        out = nn.Linear(4, 2)(torch.ones(3, 4))
    with pytest.raises(TypeError, match="^Got unsupported ScalarType BFloat16$"):
        out.numpy()
    assert out.float().numpy().dtype == np.float32


def test_the_checklist_asks_whether_a_card_can_be_used_not_whether_one_is_counted(
    ran, monkeypatch
):
    """A driver that is too old counts cards, and CUDA does not start."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    checks = ran("not_available")[0]["checks"]
    assert checks["no variable hides the card"]
    assert not checks["PyTorch can use a card"]


def test_a_convolution_on_another_device_words_it_in_its_own_way():
    with pytest.raises(RuntimeError) as caught:
        nn.Conv2d(1, 1, 3).double()(torch.ones(1, 1, 5, 5))
    assert "Input type" in str(caught.value) and "should be the same" in str(
        caught.value
    )


class Growing(Dataset):
    """Items of which the first is larger than the others."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.zeros(1000 if index == 0 else 10)


def test_default_collate_in_a_worker_unequal_sizes_may_read_otherwise():
    with pytest.raises(RuntimeError, match="stack expects each tensor"):
        next(iter(DataLoader(Growing(), batch_size=4)))
    with pytest.raises(RuntimeError, match="Trying to resize storage"):
        next(iter(DataLoader(Growing(), batch_size=4, num_workers=1)))


def test_default_collate_takes_lists_of_one_length_alone():
    assert len(default_collate([[1, 2], [3, 4]])) == 2
    with pytest.raises(RuntimeError, match="equal size"):
        default_collate([[1, 2], [3]])


def test_a_row_that_is_masked_whole_is_nan_with_infinity_alone():
    row, everything = torch.zeros(1, 4), torch.ones(1, 4, dtype=torch.bool)
    assert row.masked_fill(everything, float("-inf")).softmax(1).isnan().all()
    least = torch.finfo(row.dtype).min
    assert row.masked_fill(everything, least).softmax(1).isfinite().all()


def test_batches_that_are_cut_in_a_new_order_hold_every_image_once():
    seen = [i for part in torch.randperm(130).split(64) for i in part.tolist()]
    assert sorted(seen) == list(range(130)) != seen


def test_a_worker_that_imports_the_loop_ends_and_one_behind_the_guard_loads(ran):
    _, text = ran("worker_exits")
    lines = text.split("\n")
    assert lines[0].endswith("finished its bootstrapping phase.")
    assert "RuntimeError: DataLoader worker" in text and "exited unexpectedly" in text
    assert lines[-4:] == ["a batch: tensor([0])", "a batch: tensor([1])", "", ""]


def test_what_a_worker_gets_is_pickled_which_no_lambda_is():
    def inner(x):
        return x

    for function in (lambda x: x, inner):
        with pytest.raises(
            (AttributeError, pickle.PicklingError),
            match="Can't (pickle|get local object)",
        ):
            pickle.dumps(function)


def test_numpy_takes_neither_a_tensor_from_elsewhere_nor_one_of_a_graph(ran):
    names, text = ran("to_numpy")
    said = labelled(text)
    assert "device type tensor to numpy. Use Tensor.cpu()" in said["TypeError"]
    assert said["RuntimeError"].startswith("Can't call numpy() on Tensor that requires")
    assert text.splitlines()[-4:] == 3 * ["[1. 1.]"] + ["2.0 [1.0, 1.0]"]
    weights = names["weights"]
    with pytest.raises(TypeError, match="unsupported ScalarType BFloat16"):
        weights.bfloat16().detach().numpy()
    with pytest.raises(RuntimeError, match="Can't call numpy"):
        np.array([weights.sum(), weights.sum()])
    weights.detach().numpy()[0] = 5  # one memory
    assert weights[0] == 5
    weights.detach().numpy().copy()[0] = 7
    assert weights[0] == 5


def test_the_way_to_numpy_rounds_no_whole_number(ran, cure):
    names, _ = ran("to_numpy")
    large = torch.tensor([2**24 + 1, 2**24 + 3])
    assert large.float().tolist() != large.tolist()  # what is not done to them
    text = cure("to_numpy", names | {"weights": large})
    assert "[16777217 16777219]" in text


def test_what_is_trained_is_a_parameter_and_no_buffer():
    net = nn.Linear(2, 2)
    net.scale, net.shift = nn.Parameter(torch.ones(2)), torch.ones(2)
    net.register_buffer("offset", torch.ones(2))
    assert {"scale"} == {name for name, _ in net.named_parameters()} - {
        "weight",
        "bias",
    }


def test_a_checkpointed_first_block_has_gradients_without_reentrant_alone():
    for reentrant in (True, False):
        block = nn.Linear(4, 4)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y = checkpoint(block, torch.ones(2, 4), use_reentrant=reentrant)
            nn.Linear(4, 1)(y).sum().backward()
        assert (block.weight.grad is None) == reentrant


class Stream(IterableDataset):
    """Four examples; with `divide`, each worker reads a part of them."""

    def __init__(self, divide):
        self.divide = divide
        self.noise = np.random.default_rng(3)

    def __iter__(self):
        worker = get_worker_info() if self.divide else None
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        for number in range(first, 4, step):
            yield number, self.noise.random()


def test_each_worker_reads_all_of_a_stream_and_has_the_same_generator():
    whole = [list(DataLoader(Stream(divide), None, num_workers=2)) for divide in (0, 1)]
    assert sorted(number for number, _ in whole[0]) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert sorted(number for number, _ in whole[1]) == [0, 1, 2, 3]
    noises = [noise for _, noise in whole[0]]
    assert len(set(noises)) == len(noises) / 2


def test_sequences_are_padded_batch_first_and_their_labels_with_what_is_ignored():
    sequences = [torch.ones(3, 2), torch.ones(5, 2)]
    assert pad_sequence(sequences, batch_first=True).shape == (2, 5, 2)
    assert pad_sequence(sequences).shape == (5, 2, 2)
    labels = [torch.ones(3, dtype=torch.int64), torch.ones(5, dtype=torch.int64)]
    padded = pad_sequence(labels, batch_first=True, padding_value=-100)
    assert padded[0].tolist() == [1, 1, 1, -100, -100]


def test_a_mask_of_classes_is_resized_without_classes_in_between():
    mask = torch.zeros(1, 8, 8, dtype=torch.uint8)
    mask[:, :, 4:] = 9
    nearest = transforms.InterpolationMode.NEAREST
    resized = transforms.Resize((5, 5), interpolation=nearest)(mask)
    assert set(resized.unique().tolist()) == {0, 9}
    smooth = transforms.Resize((5, 5))(mask)
    assert set(smooth.unique().tolist()) > {0, 9}


def test_an_item_of_none_has_one_of_two_messages():
    says = "but got NoneType|'NoneType' has no len"
    with pytest.raises(TypeError, match=says):
        default_collate([torch.ones(1), None])
    with pytest.raises(TypeError, match=says):
        default_collate([[1], None])


@pytest.mark.parametrize("first", ["the copy", "the value"])
def test_in_a_write_to_a_part_the_value_comes_before_the_copy(first):
    h = torch.ones(2, 3, requires_grad=True).sigmoid()
    if first == "the copy":
        h = h.clone()
        h[:, 1] = h[:, 0] * h[:, 2]
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            h.sum().backward()
    else:
        value = h[:, 0] * h[:, 2]
        h = h.clone()
        h[:, 1] = value
        h.sum().backward()
