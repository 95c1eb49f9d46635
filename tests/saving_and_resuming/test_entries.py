"""Each entry about saving and resuming: what it shows, and that its cure helps."""

import collections
import copy
import gzip
import io
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from listing import ROOT, run_listing
from safetensors import safe_open
from safetensors.torch import load_file, load_model, save_file, save_model
from torch import nn
from torch.distributed.checkpoint import state_dict as dcp_state
from torch.distributed.checkpoint.api import CheckpointException
from torch.optim import lr_scheduler as schedulers
from torch.utils.data import DataLoader

from scripts.page import includes
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


def test_weights_only_names_what_it_refuses_and_reads_what_is_allowed(run):
    _, lines = run("weights_only")
    assert lines[1] == (
        "Unsupported global: GLOBAL argparse.Namespace was not an allowed global by "
        "default"
    )
    assert lines[3] == "  argparse.Namespace" and len(lines) == 9
    assert lines[-1].startswith("loaded: {'args': Namespace(lr=np.float32(0.1))")


def test_its_list_is_enough_for_every_numeric_dtype_and_refuses_other_classes(
    run, tmp_path
):
    names, _ = run("weights_only")
    kinds = "bool int8 uint8 int16 int32 int64 float16 float32 float64 complex64"
    values = [np.dtype(kind).type(1) for kind in kinds.split()]
    torch.save([values, [np.array([x, x]) for x in values]], tmp_path / "all.pt")
    with torch.serialization.safe_globals(names["allowed"]):
        scalars, arrays = torch.load(tmp_path / "all.pt", weights_only=True)
        assert scalars == values and all(array.sum() for array in arrays)
        torch.save(tmp_path, tmp_path / "path.pt")
        with pytest.raises(Exception, match="Unsupported global"):
            torch.load(tmp_path / "path.pt", weights_only=True)


def test_future_warning_a_call_that_warned_is_refused_now(run, recwarn, tmp_path):
    names, lines = run("future_warning")
    assert lines[0] == "this version refuses it with an UnpicklingError"
    assert lines[1] == (
        "{'weight': tensor([1., 1.]), 'args': {'lr': 0.5, 'betas': (0.9, 0.99)}}"
    )
    assert not [w for w in recwarn if issubclass(w.category, FutureWarning)]
    deep = {"runs": [(np.int64(3), names["args"])], "hist": np.arange(2), "name": "a"}
    torch.save(names["plain"](deep), tmp_path / "deep.pt")
    found = torch.load(tmp_path / "deep.pt", weights_only=True)
    args = {"lr": 0.5, "betas": (0.9, 0.99)}
    assert found == {"runs": [(3, args)], "hist": [0, 1], "name": "a"}
    random.setstate(names["plain"](random.getstate()))  # it takes tuples alone
    assert names["plain"]({np.int64(3): 1}) == {3: 1}
    named = collections.namedtuple("Pair", "first second")(np.int64(1), [np.float32(2)])
    assert names["plain"](named) == (1, [2.0])


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
        "left over: ['2.weight', '2.bias']",
    ]
    assert torch.equal(names["net"][0].weight, names["old"][0].weight)
    with pytest.raises(RuntimeError, match="size mismatch"):
        names["net"].load_state_dict(names["state"], strict=False)


def cure(name, **names):
    """Run the cure of an entry's program with names of another program."""
    lines = includes.section_lines(f"snippets/saving_and_resuming/{name}.py", "cure")
    exec("\n".join(lines), names)
    return names


def test_size_mismatch_a_net_with_one_more_layer(capsys):
    old = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 10))
    net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3), nn.Linear(3, 3))
    cure("size_mismatch", net=net, state=old.state_dict())
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "stay new: ['2.weight', '2.bias', '3.weight', '3.bias']"
    assert said[1] == "loaded: ['0.weight', '0.bias']"
    assert torch.equal(net[0].weight, old[0].weight)


def test_another_prefix_is_taken_off_and_a_whole_checkpoint_is_left_alone():
    take_off = nn.modules.utils.consume_prefix_in_state_dict_if_present
    state = {"backbone.weight": torch.ones(2, 2), "backbone.bias": torch.ones(2)}
    whole = {"model": dict(state), "epoch": 3}
    take_off(whole, "backbone.")
    assert list(whole["model"]) == list(state)
    take_off(state, "backbone.")
    assert str(nn.Linear(2, 2).load_state_dict(state)) == MATCHED


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


def test_renamed_layer_leaves_a_longer_name_alone():
    layers = {"fc": nn.Linear(4, 2), "myfc": nn.Linear(4, 2)}
    state = nn.ModuleDict(layers).state_dict()
    net = nn.ModuleDict({"head": nn.Linear(4, 2), "myfc": nn.Linear(4, 2)})
    cure("renamed_layer", net=net, state=state)
    assert torch.equal(net["head"].weight, layers["fc"].weight)
    assert torch.equal(net["myfc"].weight, layers["myfc"].weight)


def test_renamed_layer_two_names_that_become_one_are_seen_in_the_counts():
    state = {"fc.weight": torch.ones(1, 1), "head.weight": torch.zeros(1, 1)}
    net = nn.ModuleDict({"head": nn.Linear(1, 1, bias=False)})
    names = cure("renamed_layer", net=net, state=state)
    assert len(names["renamed"]) < len(state) == 2, "what was loaded is as it was"


def test_cant_get_attribute_and_the_weights_without_the_class(run, tmp_path):
    names, lines = run("cant_get_attribute")
    assert lines == ["AttributeError: Can't get attribute 'OldNet'", MATCHED]
    assert "OldNet" not in names
    state = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert torch.equal(state["weight"], names["whole"].weight)


TRAIN = """
import torch
class OldNet(torch.nn.Linear):
    pass
if __name__ == "__main__":
    torch.save(OldNet(4, 2), "whole.pt")
"""


def test_cant_get_attribute_another_program_loads_the_file(tmp_path):
    (tmp_path / "train.py").write_text(TRAIN, encoding="utf-8")
    path = "snippets/saving_and_resuming/cant_get_attribute.py"
    lines = ["import torch", "from train import OldNet as NewNet"]
    lines += includes.section_lines(path, "cure")
    (tmp_path / "convert.py").write_text("\n".join(lines), encoding="utf-8")
    for script in ("train.py", "convert.py"):
        subprocess.run([sys.executable, script], cwd=tmp_path, check=True)
    state = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert list(state) == ["weight", "bias"]
    with pytest.raises(Exception, match=r"Unsupported global: GLOBAL __main__\.OldNet"):
        torch.load(tmp_path / "whole.pt")


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


MEMORY = """
import sys, torch
def anonymous():
    with open("/proc/self/status") as status:
        return next(int(x.split()[1]) for x in status if x.startswith("RssAnon"))
torch.save(torch.nn.Linear(4000, 4000).state_dict(), "large.pt")
before = anonymous()
net = torch.nn.Linear(4000, 4000)
state = torch.load("large.pt", weights_only=True, mmap=len(sys.argv) > 1)
net.load_state_dict(state)
print((anonymous() - before) / 62_500)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_mapped_checkpoint_needs_memory_for_one_copy(tmp_path):
    copies = [
        float(
            subprocess.check_output([sys.executable, "-c", MEMORY, *way], cwd=tmp_path)
        )
        for way in ([], ["mapped"])
    ]
    assert copies == pytest.approx([2, 1], abs=0.2)


class Autoencoder(nn.Module):
    """Another net than the page's: a matrix twice, and a buffer that no file holds."""

    def __init__(self):
        super().__init__()
        self.encode, self.decode = (nn.Linear(6, 6, bias=False) for _ in range(2))
        self.decode.weight = self.encode.weight
        self.register_buffer(
            "mask", torch.tensor([1.0, 0, 1, 0, 1, 0]), persistent=False
        )


def test_a_mapped_checkpoint_is_loaded_whole(run):
    names, lines = run("mmap_assign")
    assert lines == ["one copy: False", MATCHED]
    state = torch.load("large.pt", weights_only=True)
    assert torch.equal(names["net"].weight, state["weight"])


def test_an_optimizer_still_reads_the_file_that_it_was_loaded_from(tmp_path):
    net = nn.Linear(4, 4)
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 4)).sum().backward()
    optimizer.step()
    torch.save(optimizer.state_dict(), tmp_path / "adam.pt")
    state = torch.load(tmp_path / "adam.pt", weights_only=True, mmap=True)
    optimizer.load_state_dict(state)
    average = optimizer.state[net.weight]["exp_avg"]
    assert average.data_ptr() == state["state"][0]["exp_avg"].data_ptr()


def test_mmap_keeps_ties_and_buffers_of_another_net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saved = Autoencoder()
    torch.save(saved.state_dict(), "large.pt")
    net = Autoencoder()
    tied = SimpleNamespace(Linear=lambda *_: net)  # the cure, with this net
    cure("mmap_assign", torch=torch, nn=tied)
    assert net.decode.weight is net.encode.weight
    assert torch.equal(net.mask, torch.tensor([1.0, 0, 1, 0, 1, 0]))
    assert torch.equal(net.encode.weight, saved.encode.weight)


def test_meta_assign_unties_and_the_cure_ties_again(run, tmp_path):
    names, lines = run("meta_assign")
    assert lines == [MATCHED, "tied: False", "without memory: []"]
    net, before = names["net"], (tmp_path / "tied.pt").read_bytes()
    assert len(list(net.parameters())) == 1
    net.head(net.emb(torch.tensor([1]))).sum().backward()
    names["optimizer"].step()
    assert net.head.weight is net.emb.weight and net.places.sum() == 36
    assert (tmp_path / "tied.pt").read_bytes() == before


def test_meta_assign_without_the_cure_a_buffer_stays_on_meta_and_nothing_is_said():
    with torch.device("meta"):
        net = Autoencoder()
    net.load_state_dict(Autoencoder().state_dict(), assign=True)
    assert net.mask.is_meta and (net.mask + 1).is_meta  # no error
    assert len(list(net.parameters())) == 2


def test_a_file_of_the_old_format_cannot_be_mapped(tmp_path):
    torch.save({}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(RuntimeError, match="mmap can only be used with files saved"):
        torch.load(tmp_path / "old.pt", weights_only=True, mmap=True)


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
    assert kind(names, new.getvalue()) == "a zip archive, perhaps of torch.save"
    assert "perhaps of torch.save before PyTorch 1.6" in kind(names, old.getvalue())
    old.seek(0)
    assert torch.load(old, weights_only=True) == {"step": 1}
    assert "git lfs pull" in kind(names, b"version https://git-lfs.github.com/spec/v1")
    assert "empty" in kind(names, b"")
    assert "gzip" in kind(names, gzip.compress(b"weights"))
    assert "pickle.dump" in kind(names, pickle.dumps([1], protocol=4))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\n\n<!doctype html>", "a web page"), (b'\n{"error": 404}', "JSON")],
)
def test_a_page_after_empty_lines_and_json_are_named(
    tmp_path, monkeypatch, capsys, content, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.pt").write_bytes(content)
    cure("web_page", Path=Path)
    assert capsys.readouterr().out.startswith(said)


def test_ema_is_lost_without_its_state_and_shipped_with_plain_names(run, tmp_path):
    names, lines = run("ema")
    assert lines == ["the same average: False", "the same average: True"]
    assert names["new"].n_averaged == 3
    shipped = torch.load(tmp_path / "to_ship.pt", weights_only=True)
    assert list(shipped) == ["weight", "bias"]
    assert not torch.equal(shipped["weight"], names["net"].weight)


def test_keep_last_leaves_two_and_the_best(run, tmp_path):
    names, lines = run("keep_last")
    assert "unexpected pos" in lines[0] or sys.platform != "linux"
    assert lines[1] == "['best.pt', 'epoch-0004.pt', 'epoch-0005.pt']"
    assert len(names["saved"]) == 2


def test_a_checkpoint_with_adam_is_three_times_as_large_as_the_weights(run, tmp_path):
    names, _ = run("keep_last")
    net, optimizer = names["net"], names["optimizer"]
    net(torch.ones(1, 500)).sum().backward()
    optimizer.step()
    for name, state in (("best", []), ("epoch", [optimizer.state_dict()])):
        torch.save([net.state_dict(), *state], tmp_path / name)
    size, best = ((tmp_path / name).stat().st_size for name in ("epoch", "best"))
    assert size / best == pytest.approx(3, abs=0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="has no /dev/full")
def test_a_full_disk_has_another_message_through_an_open_file():
    with (
        pytest.raises(OSError, match="No space left on device"),
        open("/dev/full", "wb") as file,
    ):
        torch.save({"weight": torch.ones(1_000_000)}, file)


def test_async_save_reads_back_what_was_saved(run, tmp_path):
    names, lines = run("async_save")
    dist.destroy_process_group()  # the page's program keeps it for its next entry
    assert sum(line.startswith("training waits for") for line in lines) == 3
    assert sum(line.startswith("on the disk after") for line in lines) == 2
    assert (tmp_path / "step-6" / ".metadata").exists()
    net = nn.Linear(5000, 5000)
    loaded = {"model": net.state_dict(), "step": 0}
    dcp.load(loaded, checkpoint_id=tmp_path / "step-6")
    assert loaded["step"] == 5 and torch.equal(net.weight, names["net"].weight)


def test_dcp_optimizer_is_lost_and_kept(run):
    names, lines = run("dcp_optimizer")
    assert lines == [
        "parameters with averages: 0",
        "not zero: [True, True, True, True, True, True]",
    ]
    assert_same_state(names["net"], names["optimizer"], names["net"], names["resumed"])


def assert_same_state(old_net, old, new_net, new):
    """Each parameter has the same averages in both optimizers."""
    pairs = zip(old_net.parameters(), new_net.parameters(), strict=True)
    for was, now in pairs:
        assert old.state[was].keys() == new.state[now].keys() != set()
        for name, value in old.state[was].items():
            assert torch.equal(value, new.state[now][name])


def test_dcp_optimizer_with_momentum_groups_and_a_new_net(tmp_path, monkeypatch):
    def made():
        net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
        groups = [{"params": net[0].parameters()}, {"params": net[2].parameters()}]
        groups[0]["lr"] = 0.5
        return net, torch.optim.SGD(groups, lr=0.1, momentum=0.9)

    monkeypatch.chdir(tmp_path)
    old_net, old = made()
    old_net[2](old_net[0](torch.ones(3, 4))).sum().backward()
    old.step()
    net, resumed = made()

    class Both:
        """The cure saves the old pair, and then loads the new one."""

        def __getattr__(self, name):
            return getattr(states, name)

        pairs = iter([(old_net, old), (net, resumed)])

        def get_optimizer_state_dict(self, *_):
            return states.get_optimizer_state_dict(*next(self.pairs))

    import torch.distributed.checkpoint.state_dict as states

    monkeypatch.setattr("torch.distributed.checkpoint.state_dict", Both())
    cure("dcp_optimizer", torch=torch, dcp=dcp, net=net, optimizer=old, resumed=resumed)
    old_params = nn.ModuleList([old_net[0], old_net[2]])
    assert_same_state(old_params, old, nn.ModuleList([net[0], net[2]]), resumed)
    assert [group["lr"] for group in resumed.param_groups] == [0.5, 0.1]


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
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path)
    assert done.returncode == 9
    assert not (tmp_path / "killed" / ".metadata").exists()
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        with pytest.raises(CheckpointException, match="metadata"):
            dcp.load({"weight": torch.ones(1)}, checkpoint_id=tmp_path / "killed")
        assert not issubclass(CheckpointException, Exception)
    finally:
        dist.destroy_process_group()


def test_colab_the_copy_is_read_back(run, tmp_path):
    names, lines = run("colab")
    assert lines == ["on a disk of its own: False", "copied and read back: step 80"]
    kept = tmp_path / "kept" / "run-1"
    assert [path.name for path in kept.iterdir()] == ["step-0000080.pt"]


def test_colab_a_folder_where_nothing_is_mounted_is_an_error(run, monkeypatch):
    monkeypatch.setattr(os.path, "ismount", lambda path: False)
    with pytest.raises(FileNotFoundError, match="nothing is mounted"):
        run("colab")


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


@pytest.mark.parametrize(
    ("kind", "plain"), [("PCG64", True), ("MT19937", False), ("Philox", False)]
)
def test_which_states_of_numpy_generators_are_plain(kind, plain):
    file = io.BytesIO()
    torch.save(getattr(np.random, kind)(0).state, file)
    file.seek(0)
    if plain:
        assert torch.load(file, weights_only=True)["bit_generator"] == kind
    else:
        with pytest.raises(Exception, match="Weights only load failed"):
            torch.load(file, weights_only=True)


class Noisy(torch.utils.data.Dataset):
    """Draws from a generator object of its own."""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return self.rng.random()


def reseed(by):
    info = torch.utils.data.get_worker_info()
    info.dataset.rng = np.random.default_rng(info.seed if by == "seed" else info.id)


@pytest.mark.parametrize(
    ("by", "epochs_equal", "workers_equal"),
    [(None, True, True), ("number", True, False), ("seed", False, False)],
)
def test_a_generator_of_ones_own_in_workers(by, epochs_equal, workers_equal):
    start = by and (lambda _: reseed(by))
    loader = DataLoader(Noisy(), 1, num_workers=2, worker_init_fn=start)
    first, second = (torch.cat(list(loader)) for _ in range(2))
    assert torch.equal(first, second) == epochs_equal
    assert torch.equal(first[::2], first[1::2]) == workers_equal


def resumable():
    """Another net than the page's: batch norm, dropout, a scheduler."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout())
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    return {"model": net, "optimizer": optimizer, "scheduler": scheduler}


def losses(parts):
    for _ in range(3):
        loss = parts["model"](torch.rand(16, 4)).square().mean()
        parts["optimizer"].zero_grad()
        loss.backward()
        parts["optimizer"].step()
        parts["scheduler"].step()
        yield loss.item()


@pytest.mark.parametrize(
    ("lost", "equal"),
    [
        ((), [True, True, True]),
        (("rng",), [False, False, False]),
        (("optimizer",), [True, False, False]),  # its averages, and its rate
    ],
)
def test_the_first_loss_that_differs_tells_which_part_was_lost(lost, equal):
    parts = resumable()
    list(losses(parts))
    saved = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
    rng = torch.get_rng_state()
    never_stopped = list(losses(parts))
    parts = resumable()
    for name, part in parts.items():
        if name not in lost:
            part.load_state_dict(saved[name])
    if "rng" not in lost:
        torch.set_rng_state(rng)
    resumed = list(losses(parts))
    assert [a == b for a, b in zip(resumed, never_stopped, strict=True)] == equal
    assert (sum(resumed) == sum(never_stopped)) == (not lost)  # as a mean of an epoch


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


def test_lr_ignored_until_it_is_scaled_after_both_loads(run):
    _, lines = run("lr_ignored")
    assert lines[0] == "learning rate: 0.1"
    assert float(lines[1].removeprefix("the next one: ")) == pytest.approx(0.005)


SCHEDULERS = {
    "StepLR": lambda o: schedulers.StepLR(o, 3, 0.5),
    "ExponentialLR": lambda o: schedulers.ExponentialLR(o, 0.9),
    "CosineAnnealingLR": lambda o: schedulers.CosineAnnealingLR(o, 20),
    "LambdaLR": lambda o: schedulers.LambdaLR(o, lambda step: 1 / (step + 1)),
    "OneCycleLR": lambda o: schedulers.OneCycleLR(o, [0.1, 0.02], total_steps=20),
    "CosineAnnealingWarmRestarts": lambda o: schedulers.CosineAnnealingWarmRestarts(
        o, 20
    ),
    "CyclicLR": lambda o: schedulers.CyclicLR(
        o, [0.01, 0.002], [0.1, 0.02], 5, cycle_momentum=False
    ),
}
KEEP = {"StepLR", "ExponentialLR", "CosineAnnealingLR"}


def scheduled(name):
    """An optimizer with two groups after four steps, its scheduler, and its rates."""
    groups = [{"params": [nn.Parameter(torch.zeros(1))]} for _ in range(2)]
    optimizer = torch.optim.SGD([groups[0], groups[1] | {"lr": 0.02}], lr=0.1)
    scheduler = SCHEDULERS[name](optimizer)
    return optimizer, scheduler, rates(optimizer, scheduler, 4)


def rates(optimizer, scheduler, steps):
    found = []
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        found += [group["lr"] for group in optimizer.param_groups]
    return found


@pytest.mark.parametrize("name", SCHEDULERS)
def test_lr_ignored_each_scheduler_goes_on_at_a_tenth(name, capsys):
    never_stopped = rates(*scheduled(name)[:2], 10)
    optimizer, scheduler, _ = scheduled(name)
    if name == "CyclicLR":  # as the entry says
        scheduler.max_lrs = [rate / 10 for rate in scheduler.max_lrs]
    cure("lr_ignored", optimizer=optimizer, scheduler=scheduler)  # takes one step
    found = rates(optimizer, scheduler, 9)
    assert found == pytest.approx([rate / 10 for rate in never_stopped[2:]])


@pytest.mark.parametrize("name", SCHEDULERS)
def test_with_which_schedulers_a_rate_that_is_set_alone_lasts(name):
    never_stopped = rates(*scheduled(name)[:2], 1)
    optimizer, scheduler, last = scheduled(name)
    for group, rate in zip(optimizer.param_groups, last[-2:], strict=True):
        group["lr"] = rate / 10
    share = 0.1 if name in KEEP else 1
    expected = [rate * share for rate in never_stopped]
    assert rates(optimizer, scheduler, 1) == pytest.approx(expected)


def test_last_epoch_goes_on_once_the_optimizer_is_loaded():
    def function(step):
        return 1 / (step + 1)

    optimizer, scheduler, _ = scheduled("LambdaLR")
    saved = copy.deepcopy(optimizer.state_dict())
    never_stopped = rates(optimizer, scheduler, 5)
    optimizer, _, _ = scheduled("LambdaLR")
    optimizer.load_state_dict(saved)
    scheduler = schedulers.LambdaLR(optimizer, function, last_epoch=3)
    assert rates(optimizer, scheduler, 5) == pytest.approx(never_stopped)


def test_initial_lr_is_missing_and_both_states_go_on(run):
    names, lines = run("initial_lr")
    assert lines[0].startswith("KeyError: param 'initial_lr' is not specified in param")
    assert lines[1] == "goes on after step 4 with rate 0.05"
    assert names["optimizer"].param_groups[0]["lr"] == pytest.approx(0.05)


def test_one_cycle_ends_and_a_fresh_one_goes_on(run):
    names, lines = run("one_cycle")
    said = "Tried to step 11 times. The specified number of total steps is 10"
    assert lines == [f"ValueError: {said}", "trained on to the end: True"]
    assert names["longer"].total_steps == 10


def _second_cycle(weight, first=None, build_first=True):
    """An optimizer and its second cycle, as a resumed run builds and loads them."""
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    if not build_first:
        optimizer.load_state_dict(first["optimizer"])
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=10)
    if first and build_first:
        optimizer.load_state_dict(first["optimizer"])
    if first:
        cycle.load_state_dict(first["cycle"])
    return optimizer, cycle


@pytest.mark.parametrize("build_first", [True, False])
def test_one_cycle_a_later_resume_builds_before_it_loads(build_first):
    optimizer, cycle = _second_cycle(nn.Parameter(torch.zeros(1)))
    for _ in range(4):
        optimizer.step()
        cycle.step()
    saved = {"optimizer": optimizer.state_dict(), "cycle": cycle.state_dict()}
    saved = copy.deepcopy(saved)  # what a file would hold
    resumed, _ = _second_cycle(nn.Parameter(torch.zeros(1)), saved, build_first)
    rate = optimizer.param_groups[0]["lr"]
    assert (resumed.param_groups[0]["lr"] == rate) == build_first


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
    schedulers.CosineAnnealingLR(optimizer, 20)
    assert optimizer.param_groups[0]["lr"] == 0.05  # this one does not
    schedulers.LambdaLR(optimizer, lambda step: (step + 1) / 10)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.01)


def test_size_mismatch_the_old_optimizers_state_fails_only_in_its_step():
    old, new = nn.Linear(4, 10), nn.Linear(4, 3)
    optimizers = [torch.optim.Adam(net.parameters()) for net in (old, new)]
    for net in (old, new):
        net(torch.ones(1, 4)).sum().backward()
    optimizers[0].step()
    optimizers[1].load_state_dict(optimizers[0].state_dict())  # no error
    with pytest.raises(RuntimeError, match="The size of tensor a"):
        optimizers[1].step()


class Numbered(torch.utils.data.Dataset):
    """Each item with a random number of its worker."""

    def __len__(self):
        return 12

    def __getitem__(self, index):
        return torch.cat([torch.tensor([float(index)]), torch.rand(1)])


@pytest.mark.parametrize("persistent", [False, True])
def test_data_order_a_worker_that_stays_draws_other_numbers(persistent):
    how = {"shuffle": True, "num_workers": 1, "persistent_workers": persistent}
    loader = torch.utils.data.DataLoader(Numbered(), 4, **how)
    torch.cat([*loader])
    rng = torch.get_rng_state()
    goes_on = torch.cat([*loader])
    torch.set_rng_state(rng)
    restarted = torch.cat([*torch.utils.data.DataLoader(Numbered(), 4, **how)])
    assert torch.equal(goes_on, restarted) is not persistent


def test_initial_lr_a_scheduler_built_too_late_hides_its_wrong_rate():
    def begun():
        return torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)

    optimizer = begun()
    scheduler = schedulers.LambdaLR(optimizer, lambda step: (step + 1) / 10)
    rates(optimizer, scheduler, 4)
    saved = copy.deepcopy([optimizer.state_dict(), scheduler.state_dict()])
    right = optimizer.param_groups[0]["lr"]
    optimizer = begun()
    optimizer.load_state_dict(saved[0])
    scheduler = schedulers.LambdaLR(optimizer, lambda step: (step + 1) / 10)
    scheduler.load_state_dict(saved[1])
    assert scheduler.get_last_lr() == [pytest.approx(right)]
    assert optimizer.param_groups[0]["lr"] != pytest.approx(right)


PLAIN = [{1, 2}, (1,), [1], {"a": 1}, None, 0.5, "a", torch.zeros(1)]


def test_weights_only_what_is_read_and_what_is_not(tmp_path):
    for value in (*PLAIN, frozenset(), range(3)):
        torch.save(value, tmp_path / "x.pt")
        if type(value) in (frozenset, range):
            with pytest.raises(pickle.UnpicklingError):
                torch.load(tmp_path / "x.pt", weights_only=True)
        else:
            torch.load(tmp_path / "x.pt", weights_only=True)


def test_its_list_has_the_names_that_numpy_1_wrote(run, tmp_path):
    names, _ = run("weights_only")
    torch.save({"score": np.float64(0.5), "all": np.ones(2)}, tmp_path / "new.pt")
    with (
        zipfile.ZipFile(tmp_path / "new.pt") as new,
        zipfile.ZipFile(tmp_path / "old.pt", "w") as old,
    ):
        for member in new.namelist():
            content = new.read(member).replace(b"numpy._core.", b"numpy.core.")
            old.writestr(member, content)
    with torch.serialization.safe_globals(names["allowed"]):
        found = torch.load(tmp_path / "old.pt", weights_only=True)
    assert found["score"] == 0.5 and found["all"].tolist() == [1, 1]


def test_weights_only_a_default_dictionary_and_a_queue_are_read_as_plain_ones(
    tmp_path,
):
    many = collections.defaultdict(list)
    many["a"] += [1.5, 2.5]
    torch.save({"many": many, "last": collections.deque([1, 2, 3])}, tmp_path / "x.pt")
    kinds = [list, collections.defaultdict, collections.deque]
    with (
        torch.serialization.safe_globals(kinds),
        pytest.raises(pickle.UnpicklingError),
    ):
        torch.load(tmp_path / "x.pt", weights_only=True)
    kinds = [list, (lambda *_: {}, "collections.defaultdict")]
    kinds.append((lambda *_: [], "collections.deque"))
    with torch.serialization.safe_globals(kinds):
        found = torch.load(tmp_path / "x.pt", weights_only=True)
    assert found == {"many": {"a": [1.5, 2.5]}, "last": [1, 2, 3]}


def test_dcp_optimizer_counting_its_parts_proves_nothing():
    net = nn.Linear(4, 2)
    optimizer = torch.optim.AdamW(net.parameters())
    dcp_state.get_optimizer_state_dict(net, optimizer)  # and nothing was loaded
    assert len(optimizer.state) == 2
    assert not any(part["exp_avg"].any() for part in optimizer.state.values())


def test_safetensors_file_has_a_brace_as_its_ninth_byte(tmp_path):
    save_file({"weight": torch.ones(2)}, tmp_path / "net.pt")  # a wrong ending
    assert (tmp_path / "net.pt").read_bytes()[8:9] == b"{"
    with pytest.raises(pickle.UnpicklingError):
        torch.load(tmp_path / "net.pt", weights_only=True)


def test_safetensors_after_save_model_one_of_two_tied_names_is_missing(tmp_path):
    def tied():
        net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
        net[1].weight = net[0].weight
        return net

    save_model(tied(), str(tmp_path / "tied.safetensors"))
    with pytest.raises(RuntimeError, match="Missing key"):
        tied().load_state_dict(load_file(tmp_path / "tied.safetensors"))
    assert load_model(tied(), str(tmp_path / "tied.safetensors"))[1] == []
    save_file({"view": torch.ones(4, 4)[:2]}, tmp_path / "view.safetensors")
    with pytest.raises(ValueError, match="non contiguous"):
        save_file({"turned": torch.ones(4, 2).T}, tmp_path / "turned.safetensors")


def test_lr_ignored_plateau_and_sequential_have_no_base_lrs():
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    plateau = schedulers.ReduceLROnPlateau(optimizer)
    parts = [schedulers.ConstantLR(optimizer), schedulers.ExponentialLR(optimizer, 0.9)]
    sequential = schedulers.SequentialLR(optimizer, parts, milestones=[2])
    assert not hasattr(plateau, "base_lrs") and not hasattr(sequential, "base_lrs")


def test_lr_ignored_a_new_scheduler_starts_from_the_old_initial_lr():
    def made(rate):
        return torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=rate)

    old = made(0.1)
    schedulers.LambdaLR(old, lambda step: 1.0)  # it notes initial_lr
    for also, rate in ((False, 0.1), (True, 0.01)):
        new = made(0.01)
        new.load_state_dict(old.state_dict())
        new.param_groups[0]["lr"] = 0.01
        if also:
            new.param_groups[0]["initial_lr"] = 0.01
        schedulers.LambdaLR(new, lambda step: 1.0)
        assert new.param_groups[0]["lr"] == pytest.approx(rate)


def test_initial_lr_with_last_epoch_a_step_lr_lowers_the_rate_twice():
    def made():
        return torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)

    old = made()
    scheduler = schedulers.StepLR(old, step_size=4, gamma=0.1)
    for _ in range(4):
        old.step()
        scheduler.step()
    new = made()
    new.load_state_dict(old.state_dict())
    assert new.param_groups[0]["lr"] == pytest.approx(0.01)
    schedulers.StepLR(new, step_size=4, gamma=0.1, last_epoch=3)
    assert new.param_groups[0]["lr"] == pytest.approx(0.001)


WORKERS = """
import signal, sys, time, torch
from torch.utils.data import DataLoader
def ignore(_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
how = {"worker_init_fn": ignore} if sys.argv[1] == "ignore" else {}
loader = DataLoader(range(10**6), num_workers=2, **how)
for number, _ in enumerate(loader):
    if number == 3:
        print("started", flush=True)
    if asked:
        print("saved", flush=True)
        break
    time.sleep(0.02)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no groups to signal")
@pytest.mark.parametrize("way", ["ignore", "as usual"])
def test_sigterm_to_all_processes_is_survived_where_workers_ignore_it(tmp_path, way):
    """Only the half that is promised is asked: what dies first is a race."""
    (tmp_path / "run.py").write_text(WORKERS, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "run.py", way],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        assert process.stdout.readline() == "started\n"
        os.killpg(process.pid, signal.SIGTERM)
        out, err = process.communicate(timeout=300)
    if way == "ignore":
        assert out == "saved\n", err
    else:
        assert out == "saved\n" or process.returncode, err


def test_a_state_dict_is_no_net_and_its_names_and_shapes_tell_the_layers(run):
    names, lines = run("is_a_state_dict")
    assert lines[0] == (
        "AttributeError: 'collections.OrderedDict' object has no attribute 'eval'"
    )
    assert lines[1:] == [
        "in the file: 0.weight 0.bias 2.weight 2.bias",
        MATCHED,
        "logits: (1, 2)",
    ]
    with pytest.raises(TypeError, match="OrderedDict' object is not callable"):
        names["weights"](torch.zeros(1, 4))
    with pytest.raises(AttributeError, match="'dict' object has no attribute 'eval'"):
        {"model": names["weights"]}.eval()
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like, got <"):
        names["make_net"]().load_state_dict(names["net"])


def test_a_folder_is_made_before_the_save_and_not_by_it(run):
    names, lines = run("parent_directory")
    path = names["path"]
    assert lines == [
        "RuntimeError: Parent directory not-there/first does not exist.",
        "{'step': 1}",
    ]
    assert Path(path).is_file()
    with pytest.raises(RuntimeError, match="Is a directory|cannot be opened"):
        torch.save({}, str(Path(path).parent))


def test_half_a_small_file_has_a_message_of_its_own(tmp_path):
    torch.save({"weight": torch.ones(10_000)}, tmp_path / "whole.pt")
    content = (tmp_path / "whole.pt").read_bytes()
    for size in (4097, 20_000, len(content) - 10):
        (tmp_path / "half.pt").write_bytes(content[:size])
        with pytest.raises(OSError, match="Invalid argument"):
            torch.load(tmp_path / "half.pt", weights_only=True)
    (tmp_path / "half.pt").write_bytes(content[:4096])
    with pytest.raises(RuntimeError, match="PytorchStreamReader failed"):
        torch.load(tmp_path / "half.pt", weights_only=True)


def test_a_class_of_main_is_allowed_under_the_name_in_the_file(tmp_path):
    program = (
        "import torch\n"
        "class Config:\n"
        "    rate = 0.1\n"
        f"torch.save({{'config': Config()}}, {str(tmp_path / 'main.pt')!r})\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    Config = type("Config", (), {})
    path = tmp_path / "main.pt"
    listed = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    assert listed == ["__main__.Config"]
    with (
        torch.serialization.safe_globals([Config]),
        pytest.raises(Exception, match="G"),
    ):
        torch.load(path, weights_only=True)
    with torch.serialization.safe_globals([(Config, "__main__.Config")]):
        assert isinstance(torch.load(path, weights_only=True)["config"], Config)


def test_missing_key_an_old_optimizer_goes_by_order_and_not_by_name():
    def steps(names):
        torch.manual_seed(0)
        net = nn.ModuleDict({name: nn.Linear(2, 2, bias=False) for name in names})
        optimizer = torch.optim.Adam(net.parameters())
        loss = sum((i + 1) * layer.weight.sum() for i, layer in enumerate(net.values()))
        loss.backward()
        optimizer.step()
        return net, optimizer

    before, saved = steps(["up", "down"])
    after, optimizer = steps(["down", "up"])  # moved: built in another order
    optimizer.load_state_dict(saved.state_dict())  # no error
    average = optimizer.state[after["up"].weight]["exp_avg"]
    assert torch.equal(average, saved.state[before["down"].weight]["exp_avg"])


def test_cant_get_attribute_plain_attributes_are_in_no_state_dict():
    net = nn.Linear(2, 2)
    net.classes, net.mean = ["a", "b"], torch.ones(2)
    assert list(net.state_dict()) == ["weight", "bias"]


@pytest.mark.parametrize("name", ["LinearLR", "CosineAnnealingLR", "LambdaLR"])
def test_a_second_group_and_a_schedule_that_was_stepped_as_often(name):
    def schedule(optimizer):
        if name == "LambdaLR":
            return schedulers.LambdaLR(optimizer, lambda epoch: 0.9**epoch)
        if name == "LinearLR":
            return schedulers.LinearLR(optimizer, 0.1, total_iters=10)
        return schedulers.CosineAnnealingLR(optimizer, 20)

    weights = [nn.Parameter(torch.ones(1)) for _ in range(2)]
    old = torch.optim.SGD(weights[:1], lr=0.1)
    before = schedule(old)
    for _ in range(3):
        old.step()
        before.step()
    optimizer = torch.optim.SGD(weights[:1], lr=0.1)
    optimizer.load_state_dict(old.state_dict())
    optimizer.add_param_group({"params": weights[1:]})
    for group in optimizer.param_groups:
        group |= {"lr": 0.1, "initial_lr": 0.1}
    after = schedule(optimizer)
    for _ in range(3):
        optimizer.step()
        after.step()
    for _ in range(4):
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates == pytest.approx(2 * [old.param_groups[0]["lr"]])
        for one, other in ((old, before), (optimizer, after)):
            one.step()
            other.step()


def test_lr_ignored_what_is_saved_after_the_cure_holds_the_new_rates(run):
    names, _ = run("lr_ignored")
    saved = names["scheduler"].state_dict()
    assert saved["base_lrs"] == pytest.approx([0.01])


def test_dcp_the_old_way_brings_the_rate_only_with_load_state_dict():
    net = nn.Linear(2, 2)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.5)
    dcp_state.get_optimizer_state_dict(net, optimizer)
    state = optimizer.state_dict()
    state["param_groups"][0]["lr"] = 0.25  # as dcp.load fills it in
    assert optimizer.param_groups[0]["lr"] == 0.5
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] == 0.25


FAILED_SAVE = """
import resource, signal, sys, torch
from pathlib import Path

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path("epoch-0003.pt")
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, most))  # a full disk
try:
    torch.save({"weight": torch.rand(100, 100)}, path)
except RuntimeError as error:
    kept = error  # as a notebook keeps the traceback, and so the writer
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))  # room was made
if sys.argv[1] == "delete":
    path.unlink()
torch.save({"weight": torch.zeros(100, 100)}, path)
saved = path.read_bytes()
del kept
print(path.read_bytes() == saved)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits a file's size")
@pytest.mark.parametrize("first, whole", [("delete", True), ("keep", False)])
def test_a_failed_save_writes_into_its_name_again_unless_it_is_deleted(
    tmp_path, first, whole
):
    """Why the cure begins with that file; where the second row fails, torch changed."""
    python = [sys.executable, "-c", FAILED_SAVE, first]
    run = subprocess.run(python, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert run.stdout == f"{whole}\n", run.stderr


@pytest.mark.parametrize("every", [1, 5, 100])
@pytest.mark.parametrize("name", ["epoch-{}", "step-{}", "{}_50", "epoch-{}-rank-0"])
def test_keep_last_deletes_what_this_run_saved_and_nothing_else(
    tmp_path, monkeypatch, every, name
):
    monkeypatch.chdir(tmp_path)
    Path("run").mkdir()
    others = ["best.pt", "last.pt", f"{name.format(9999)}.pt", "epoch-1.pt.d58a.tmp"]
    for other in others:  # of an earlier run, too, with a higher number
        Path("run", other).touch()
    lines = includes.section_lines("snippets/saving_and_resuming/keep_last.py", "cure")
    code = "\n".join(lines).replace("range(6)", f"range(0, {12 * every}, {every})")
    code = code.replace("epoch-{epoch:04}", name.replace("{}", "{epoch}"))
    net = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(net.parameters())
    exec(code, {"torch": torch, "net": net, "optimizer": optimizer})
    kept = [f"{name.format(epoch)}.pt" for epoch in (10 * every, 11 * every)]
    left = sorted(path.name for path in Path("run").iterdir())
    assert left == sorted([*others, *kept])


def test_keep_last_keeps_the_old_best_weights_where_their_save_fails(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("run").mkdir()
    torch.save("the old best", "run/best.pt")
    lines = includes.section_lines("snippets/saving_and_resuming/keep_last.py", "cure")
    net = nn.Linear(1, 1)

    def save(state, path, save=torch.save):
        if Path(path).suffix != ".pt":
            Path(path).write_bytes(b"half")
            raise RuntimeError("unexpected pos")
        save(state, path)

    monkeypatch.setattr(torch, "save", save)
    names = {"torch": torch, "net": net, "optimizer": torch.optim.SGD(net.parameters())}
    with pytest.raises(RuntimeError, match="unexpected pos"):
        exec("\n".join(lines), names)
    assert torch.load("run/best.pt", weights_only=True) == "the old best"


def test_keep_last_goes_on_after_a_failed_save_and_room_that_was_made(
    tmp_path, monkeypatch
):
    """The loop again, in a notebook that kept `saved`, from the epoch that failed."""
    monkeypatch.chdir(tmp_path)
    lines = includes.section_lines("snippets/saving_and_resuming/keep_last.py", "cure")
    code = "\n".join(lines)
    net, full = nn.Linear(1, 1), [True]

    def save(state, path, save=torch.save):
        if Path(path).name == "epoch-0003.pt" and full.pop():
            Path(path).write_bytes(b"half")
            raise RuntimeError("unexpected pos")
        save(state, path)

    monkeypatch.setattr(torch, "save", save)
    optimizer = torch.optim.SGD(net.parameters())
    names = {"torch": torch, "net": net, "optimizer": optimizer}
    with pytest.raises(RuntimeError, match="unexpected pos"):
        exec(code, names)
    for path in Path("run").iterdir():
        path.unlink()  # makes room
    full.append(False)
    loop = code[code.index("for epoch") :].replace("range(6)", "range(3, 8)")
    exec(loop, names)
    left = sorted(path.name for path in Path("run").iterdir())
    assert left == ["best.pt", "epoch-0006.pt", "epoch-0007.pt"]
