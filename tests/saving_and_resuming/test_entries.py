"""Each entry about saving and resuming: what it shows, and that its cure helps."""

import io
import json
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from listing import ROOT, run_listing
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.data import DataLoader

from scripts.page.program import program
from scripts.run.process import run_program
from snippets.saving_and_resuming import format_speed

MATCHED = "<All keys matched successfully>"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs an entry's program by name; returns its names and the lines it printed."""

    def run_entry(name):
        names, text = run_listing(f"saving_and_resuming.{name}", tmp_path, monkeypatch)
        return names, text.splitlines()

    return run_entry


def test_weights_only_names_what_it_refuses_and_the_new_file_is_plain(run, tmp_path):
    names, lines = run("weights_only")
    assert lines == [
        "UnpicklingError: Weights only load failed",
        "Unsupported global: GLOBAL numpy._core.multiarray.scalar was not an allowed "
        "global by default",
        "refused: ['numpy._core.multiarray.scalar', 'numpy.dtype']",
        "loaded: {'epoch': 3, 'best': 0.91}",
    ]
    assert type(names["state"]["best"]) is float
    plain = torch.serialization.get_unsafe_globals_in_checkpoint(tmp_path / "plain.pt")
    assert plain == []


def test_future_warning_a_call_that_warned_is_refused_now(run, recwarn):
    _, lines = run("future_warning")
    assert lines[0] == "this version refuses it with an UnpicklingError"
    assert lines[1] == "{'weight': tensor([1., 1.]), 'args': {'lr': 0.1}}"
    assert not [w for w in recwarn if issubclass(w.category, FutureWarning)]


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("module_prefix", "module."), ("orig_mod_prefix", "_orig_mod.")],
)
def test_a_prefix_is_refused_and_taken_off(run, name, prefix):
    _, lines = run(name)
    keys = f'"{prefix}weight", "{prefix}bias"'
    assert lines == [
        f"RuntimeError: Unexpected key(s) in state_dict: {keys}.",
        MATCHED,
        "['weight', 'bias']",
    ]


def test_a_part_that_is_compiled_has_the_prefix_in_the_middle():
    net = nn.Sequential(torch.compile(nn.Linear(2, 2)))
    assert list(net.state_dict()) == ["0._orig_mod.weight", "0._orig_mod.bias"]


def test_size_mismatch_all_but_the_head_is_loaded(run):
    names, lines = run("size_mismatch")
    assert lines[0].startswith("RuntimeError: size mismatch for 2.weight: copying a")
    assert lines[1:] == [
        "stay new: ['2.weight', '2.bias']",
        "loaded: ['0.weight', '0.bias']",
    ]
    assert torch.equal(names["net"][0].weight, names["old"][0].weight)
    with pytest.raises(RuntimeError, match="size mismatch"):
        names["net"].load_state_dict(names["state"], strict=False)


def test_strict_false_loads_nothing_and_strict_loads(run):
    _, lines = run("strict_false")
    assert lines == [
        "loaded: False",
        "in the file alone: ['model', 'epoch']",
        "in the net alone: ['weight', 'bias']",
        MATCHED,
        "loaded: True",
    ]


def test_renamed_layer_loads_under_its_new_name(run):
    names, lines = run("renamed_layer")
    missing = '"head.weight", "head.bias"'
    assert lines == [f"RuntimeError: Missing key(s) in state_dict: {missing}.", MATCHED]
    assert torch.equal(names["net"]["head"].weight, names["state"]["fc.weight"])


def test_cant_get_attribute_and_the_weights_without_the_class(run, tmp_path):
    names, lines = run("cant_get_attribute")
    assert lines == ["AttributeError: Can't get attribute 'OldNet'", MATCHED]
    assert "OldNet" not in names
    state = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert torch.equal(state["weight"], names["whole"].weight)


def test_safetensors_refuses_tied_and_nested_and_save_model_keeps_one(run, tmp_path):
    names, lines = run("safetensors_or_pt")
    tied, nested, sizes, equal = lines
    assert tied.startswith("RuntimeError: Some tensors share memory, ")
    assert nested.startswith("ValueError: Key `model` is invalid, expected torch.Ten")
    assert equal == "equal: True" and names["new"][0].weight is names["new"][1].weight
    with safe_open(tmp_path / "net.safetensors", "pt") as file:
        assert list(file.keys()) == ["0.weight"]
        assert file.metadata()["step"] == "5"
    weights = 10_000 * 64 * 4
    for size in map(int, sizes.strip("[] bytes").split(", ")):
        assert 0 < size - weights < 4000  # once, and little besides


def test_safetensors_refuses_a_view_and_a_number_and_takes_a_wrong_bit(tmp_path):
    weight, path = torch.ones(2, 3), tmp_path / "a.safetensors"
    with pytest.raises(ValueError, match="non contiguous tensor"):
        save_file({"weight": weight.T}, path)
    with pytest.raises(ValueError, match="Key `step` is invalid"):
        save_file({"weight": weight, "step": 5}, path)
    save_file({"weight": weight.T.contiguous()}, path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert not torch.equal(load_file(path)["weight"], weight.T)
    torch.save({"weight": weight}, tmp_path / "a.pt")
    content = (tmp_path / "a.pt").read_bytes()
    place = content.index(weight.numpy().tobytes())
    wrong = content[:place] + b"\1" + content[place + 1 :]
    (tmp_path / "a.pt").write_bytes(wrong)
    found = torch.load(tmp_path / "a.pt", weights_only=True)["weight"]
    assert not torch.equal(found, weight)


HIDDEN = "import sys; sys.modules['safetensors'] = sys.modules['safetensors.torch'] = "


def test_without_safetensors_only_its_entry_fails_and_says_what_to_install():
    """Whoever runs the notebook elsewhere may lack the library; Colab has it."""
    blocks = program("saving-and-resuming")
    ours = [block for block in blocks if "safetensors" in block.code]
    assert {block.name.split("-")[0] for block in ours} == {"safetensors_or_pt"}
    line = next(x for x in ours[0].code.splitlines() if "safetensors" in x)
    assert line.endswith("# missing? pip install safetensors")  # as a traceback shows
    first = next(i for i, block in enumerate(blocks) if block is ours[0])
    hide = replace(blocks[0], name="hide-it", code=HIDDEN + "None")
    done = run_program([hide, *blocks[first:]], ROOT / "data", keep_going=True)
    failed = {
        result.name: result.error["type"] for result in done.blocks if result.error
    }
    assert failed == {block.name: "ModuleNotFoundError" for block in ours}


def test_the_two_formats_are_timed():
    result = json.loads(json.dumps(format_speed.main(**format_speed.QUICK)))
    assert set(result["metrics"]) == {
        *format_speed.WAYS,
        "save_pt_ms",
        "save_safetensors_ms",
    }
    assert all(x["n"] == 2 and x["median"] > 0 for x in result["metrics"].values())
    assert result["settings"]["megabytes"] == 0.008


def test_gpu_file_is_refused_here_and_opened_on_the_cpu(run):
    _, lines = run("gpu_file")
    assert lines == [
        "RuntimeError: Attempting to deserialize object on a CUDA device but "
        "torch.cuda.is_available() is False.",
        "loaded to: cpu",
    ]


def test_mmap_assign_one_copy_that_training_leaves_on_the_disk_as_it_was(run, tmp_path):
    names, lines = run("mmap_assign")
    assert lines == ["one copy: False", "one copy: True", "left without memory: []"]
    before = (tmp_path / "large.pt").read_bytes()
    names["net"](torch.ones(1, 1000)).sum().backward()
    names["optimizer"].step()
    assert (tmp_path / "large.pt").read_bytes() == before


def test_what_stays_on_meta_cannot_be_moved():
    with torch.device("meta"):
        net = nn.Linear(2, 2)
    net.register_buffer("mask", torch.ones(2, device="meta"), persistent=False)
    net.load_state_dict(nn.Linear(2, 2).state_dict(), assign=True)
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        net.to("cpu")


def test_half_download_is_refused_and_the_hash_tells_which_file_is_whole(run, tmp_path):
    names, lines = run("half_download")
    assert lines == [
        "RuntimeError: PytorchStreamReader failed reading zip archive: failed finding "
        "central directory",
        "half.pt is what was saved: False",
        "whole.pt is what was saved: True",
    ]
    flipped = bytearray(names["content"])
    flipped[len(flipped) // 2] ^= 1
    (tmp_path / "whole.pt").write_bytes(flipped)
    torch.load(tmp_path / "whole.pt", weights_only=True)  # no error
    assert names["sha256"](tmp_path / "whole.pt") != names["said"]


def kind(names, content):
    """What the entry's table says of a file with this content."""
    return next(k for first, k in names["kinds"].items() if content.startswith(first))


def test_web_page_is_named_and_so_is_what_else_it_may_be(run):
    names, lines = run("web_page")
    assert lines == [
        "UnpicklingError: invalid load key, '<'.",
        "UnpicklingError: Unsupported operand 60",
        "a web page: download the file itself",
    ]
    new, old = io.BytesIO(), io.BytesIO()
    torch.save({"step": 1}, new)
    torch.save({"step": 1}, old, _use_new_zipfile_serialization=False)
    assert kind(names, new.getvalue()) == "a file of torch.save"
    assert "before PyTorch 1.6: it loads" in kind(names, old.getvalue())
    old.seek(0)
    assert torch.load(old, weights_only=True) == {"step": 1}
    assert "git lfs pull" in kind(names, b"version https://git-lfs.github.com/spec/v1")
    assert "empty" in kind(names, b"")


def test_ema_is_lost_without_its_state_and_shipped_with_plain_names(run, tmp_path):
    names, lines = run("ema")
    assert lines == ["the same average: False", "the same average: True"]
    assert names["new"].n_averaged == 3
    shipped = torch.load(tmp_path / "to_ship.pt", weights_only=True)
    assert list(shipped) == ["weight", "bias"]
    assert not torch.equal(shipped["weight"], names["net"].weight)


def test_keep_last_leaves_two_and_the_best(run, tmp_path):
    _, lines = run("keep_last")
    assert lines[0] == "best.pt: 1 times the weights"
    assert lines[1:7] == [f"epoch-000{n}.pt: 3 times the weights" for n in range(6)]
    assert lines[7] == "['best.pt', 'epoch-0004.pt', 'epoch-0005.pt']"
    assert len(list((tmp_path / "run").iterdir())) == 3


def test_async_save_reads_back_what_was_saved(run, tmp_path):
    _, lines = run("async_save")
    assert sum(line.startswith("training waits for") for line in lines) == 3
    assert sum(line.startswith("on the disk after") for line in lines) == 2
    assert lines[-1] == "equal: True"
    assert (tmp_path / "step-6" / ".metadata").exists()


KILLED = """
import os, threading, time
from pathlib import Path
import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp

def kill():
    while not list(Path("killed").glob("*.distcp*")):
        time.sleep(0.0005)
    os._exit(9)

dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
threading.Thread(target=kill, daemon=True).start()
dcp.async_save({"weight": torch.ones(50_000_000)}, checkpoint_id="killed").result()
"""


def test_async_save_that_is_killed_leaves_no_metadata_and_is_refused(tmp_path):
    import torch.distributed as dist
    import torch.distributed.checkpoint as dcp

    done = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path)
    assert done.returncode == 9
    assert not (tmp_path / "killed" / ".metadata").exists()
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        with pytest.raises(BaseException, match="metadata"):  # CheckpointException
            dcp.load({"weight": torch.ones(1)}, checkpoint_id=tmp_path / "killed")
    finally:
        dist.destroy_process_group()


def test_colab_the_copy_is_read_back_and_a_missing_drive_is_an_error(run, tmp_path):
    names, lines = run("colab")
    assert lines == ["on a disk of its own: False", "copied and read back: step 80"]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["step-80.pt"]
    with pytest.raises(FileNotFoundError):
        names["Path"]("not_mounted/MyDrive/run-1").mkdir(exist_ok=True)


def test_sigterm_saves_nothing_without_a_handler_and_one_step_with_it(run):
    before = signal.getsignal(signal.SIGTERM)
    _, lines = run("sigterm")
    assert lines == ["saved before it ended: False", "saved after step 7"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_two_runs_overwrite_each_other_and_the_lock_lets_one_in(run, tmp_path):
    _, lines = run("two_runs")
    assert lines == [
        "A goes on from: {'lr': 0.5, 'step': 3}",
        "A may write",
        "B has to stop: another run writes to shared.pt",
    ]
    assert not (tmp_path / "shared.pt.lock").exists()


@pytest.mark.parametrize("name", ["resumed_differs", "numpy_random"])
def test_random_numbers_go_on_only_with_their_state(run, name):
    _, lines = run(name)
    assert lines == ["equal: False", "equal: True"]


def test_numpy_s_older_state_is_refused():
    file = io.BytesIO()
    torch.save({"numpy": np.random.get_state()}, file)
    file.seek(0)
    with pytest.raises(Exception, match="Weights only load failed"):
        torch.load(file, weights_only=True)


def test_data_order_is_that_of_its_epoch(run):
    names, lines = run("data_order")
    assert lines == ["epoch 3 goes on as: 1", "epoch 3 goes on as: 3"]
    assert sorted(names["epochs"][0]) == list(range(100))
    assert len({tuple(epoch) for epoch in names["epochs"]}) == 3


def test_the_workers_seeds_follow_the_loader_s_generator():
    """The seed that DataLoader hands to its workers, drawn when an epoch begins."""
    order = torch.Generator()
    loader = DataLoader(range(4), generator=order)
    seeds = []
    for seed in (1, 2, 1):
        order.manual_seed(seed)
        torch.rand(7)  # the global generator moves on
        seeds.append(iter(loader)._base_seed)
    assert seeds[0] == seeds[2] != seeds[1]


def test_lr_ignored_until_it_is_set_after_the_load(run):
    names, lines = run("lr_ignored")
    assert lines == ["learning rate: 0.1", "learning rate: 0.01 [0.01]"]
    for _ in range(9):
        names["optimizer"].step()
        names["scheduler"].step()
    assert names["scheduler"].get_last_lr() == [0.01]


def test_initial_lr_is_missing_and_both_states_go_on(run):
    names, lines = run("initial_lr")
    assert lines[0].startswith("KeyError: param 'initial_lr' is not specified in param")
    assert lines[1] == "goes on after step 4 with [0.05]"
    assert names["optimizer"].param_groups[0]["lr"] == pytest.approx(0.05)


def test_one_cycle_ends_and_a_fresh_one_goes_on(run):
    names, lines = run("one_cycle")
    said = "Tried to step 11 times. The specified number of total steps is 10"
    assert lines == [f"ValueError: {said}", "trained on to the end: True"]
    assert names["longer"].total_steps == 10


def test_plateau_waits_again_without_its_state(run):
    names, lines = run("plateau")
    assert lines == ["learning rate: 1.0", "learning rate: 0.1"]
    assert names["saved"]["num_bad_epochs"] == 2 and names["saved"]["best"] == 0.5


def test_param_group_of_another_size_is_refused_and_a_second_one_is_not(run):
    names, lines = run("param_group")
    size = "doesn't match the size of optimizer's group"
    assert lines == [
        f"ValueError: loaded state dict contains a parameter group that {size}",
        "with averages: ['0.weight', '0.bias']",
        "trained: 4",
    ]
    before = names["net"][1].weight.detach().clone()
    names["net"](torch.ones(1, 4)).sum().backward()
    names["optimizer"].step()
    assert not torch.equal(names["net"][1].weight, before)


# What the entries say besides, without a program of its own.


def sgd(rate=0.1, momentum=0.0):
    """A small net and its optimizer."""
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    return net, torch.optim.SGD(net.parameters(), lr=rate, momentum=momentum)


def test_frozen_layers_that_stay_in_the_optimizer_load_and_are_skipped():
    net, optimizer = sgd(momentum=0.9)
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    saved = optimizer.state_dict()
    net, optimizer = sgd(momentum=0.9)
    net[0].requires_grad_(False)
    optimizer.load_state_dict(saved)
    before = [part.detach().clone() for part in net.parameters()]
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    same = [torch.equal(*pair) for pair in zip(before, net.parameters(), strict=True)]
    assert same == [True, True, False, False]


def test_cosine_climbs_again_after_its_end():
    _, optimizer = sgd()
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    rates = []
    for _ in range(6):
        optimizer.step()
        cosine.step()
        rates.append(cosine.get_last_lr()[0])
    assert rates[3] == pytest.approx(0) and rates[3] < rates[4] < rates[5]


def test_a_scheduler_s_state_brings_the_old_rate_back_and_the_old_patience():
    _, optimizer = sgd()
    old = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (step + 1))
    assert old.state_dict()["lr_lambdas"] == [None]  # no function
    _, optimizer = sgd(rate=0.01)
    new = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    new.load_state_dict(old.state_dict())
    optimizer.step()
    new.step()
    assert new.get_last_lr() == [0.1]
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau
    waits = plateau(optimizer, patience=9)
    waits.load_state_dict(plateau(optimizer, patience=2).state_dict())
    assert waits.patience == 2


def test_a_scheduler_that_is_built_after_the_load_sets_the_rate_anew():
    _, optimizer = sgd()
    optimizer.param_groups[0] |= {"lr": 0.05, "initial_lr": 0.1}  # as loaded
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (step + 1) / 10)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)
