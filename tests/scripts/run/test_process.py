"""The runner: a real `__main__`, an empty folder, every word that was printed."""

import io
import json
import os
import re

import pytest
from listing import ROOT
from PIL import Image

from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.page import images
from scripts.page.program import Block
from scripts.run import child, process
from scripts.run.without import is_no_memory


def run(tmp_path, *codes, **more):
    """Run blocks named b0, b1, …; `data` is a folder with one file."""
    data = tmp_path / "somewhere"
    data.mkdir(exist_ok=True)
    (data / "file").touch()
    blocks = [(f"b{number}", code) for number, code in enumerate(codes)]
    return process.run_blocks(blocks, data, **more)


def texts(tmp_path, *codes):
    done = run(tmp_path, *codes)
    assert not done.blocks[-1].error, done.blocks[-1].error["traceback"]
    return [block.text for block in done.blocks]


def test_beside_a_gpu_the_cpu_keeps_its_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert process.environment("cpu")["OMP_NUM_THREADS"] == "2"
    assert "OMP_NUM_THREADS" not in process.environment("cuda")


def test_what_no_recording_may_depend_on_is_found_and_said(capsys):
    environment = dict.fromkeys(
        ["CUDA_LAUNCH_BLOCKING", "OMP_WAIT_POLICY", "PYTORCH_ALLOC_CONF", "TORCH_HOME"]
        + ["CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_THREADING_LAYER", "PATH"]
        + ["OMP_THREAD_LIMIT", "KMP_BLOCKTIME", "KMP_DUPLICATE_LIB_OK"]
    )
    found = ["CUDA_LAUNCH_BLOCKING", "PYTORCH_ALLOC_CONF"]
    found += ["OMP_THREAD_LIMIT", "KMP_BLOCKTIME"]
    assert process.settings(environment) == [*found, "OMP_WAIT_POLICY"]
    said = capsys.readouterr().out.splitlines()  # nothing of what scripts/test sets
    wanted = "note: {} is set here; recordings are made without it"
    assert said == [wanted.format(name) for name in found]


def test_blocks_share_one_real_main(tmp_path):
    code = "import pickle\nprint(type(pickle.loads(pickle.dumps(A()))), __name__)"
    said = texts(tmp_path, "class A:\n    pass", code)
    assert said == ["", "<class '__main__.A'> __main__\n"]


def test_main_is_empty_at_first(tmp_path):
    code = "print([n for n in globals() if n[:2] != '__'], '__file__' in globals())"
    assert texts(tmp_path, code) == ["[] False\n"]


def test_the_folder_is_empty_but_for_data(tmp_path):
    code = "import os\nprint(os.listdir(), os.listdir('data'))"
    assert texts(tmp_path, code) == ["['data'] ['file']\n"]


def test_texts_of_children_are_captured_in_order(tmp_path):
    shell = (
        "import subprocess\nprint(1)\nsubprocess.run('echo 2; echo 3 >&2', shell=True)"
    )
    fork = (
        "import multiprocessing\n"
        "def f():\n    print('child')\n"
        "p = multiprocessing.get_context('fork').Process(target=f)\n"
        "p.start(); p.join()\nprint('parent')"
    )
    assert texts(tmp_path, shell, fork) == ["1\n2\n3\n", "child\nparent\n"]


@pytest.mark.parametrize("name", ["snippets", "scripts", "tests", "tree"])
def test_nothing_of_this_repository_can_be_imported(tmp_path, name):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(TREE.root))
        done = run(tmp_path, f"import {name}")
    assert done.blocks[0].error["type"] == "ModuleNotFoundError"


def test_what_a_machine_keeps_elsewhere_can_be_imported(tmp_path, monkeypatch):
    """Some keep their torch in a folder of PYTHONPATH; nothing of ours is in it."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "kept_elsewhere.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{TREE.root}:{TREE.root / 'tests'}::lib")
    said = texts(tmp_path, "import kept_elsewhere, os\nprint(os.environ['PYTHONPATH'])")
    assert said == [f"{tmp_path / 'lib'}\n"]


def test_a_package_of_the_machine_may_near_its_end(tmp_path):
    words = "The pynvml package is deprecated. Please install another."
    assert texts(tmp_path, f"import warnings\nwarnings.warn('{words}', FutureWarning)")


def test_a_block_that_raises_ends_the_run(tmp_path):
    done = run(tmp_path, "print(1)\na = 1 / 0", "print(2)")
    (block,) = done.blocks
    assert block.text == "1\n" and block.error["type"] == "ZeroDivisionError"
    assert 'File "b0", line 2' in block.error["traceback"]
    assert "a = 1 / 0" in block.error["traceback"]


def test_keep_going(tmp_path):
    done = run(tmp_path, "assert 0, 'Why not?'", "print(2)", keep_going=True)
    assert done.blocks[0].error["message"] == "Why not?"
    assert done.blocks[1].text == "2\n" and done.blocks[1].error is None


@pytest.mark.parametrize("code", ["raise SystemExit(0)", "import sys\nsys.exit()"])
def test_leaving_is_an_error(tmp_path, code):
    assert run(tmp_path, code).blocks[0].error["type"] == "SystemExit"


def test_a_block_that_kills_the_process_is_named(tmp_path):
    code = "import os\nprint('so far', flush=True)\nos.kill(os.getpid(), 9)"
    with pytest.raises(SiteError, match=r"exit -9: killed.* in block b1: so far"):
        run(tmp_path, "a = 1", code, "b = 1")


@pytest.mark.parametrize("kind", ["FutureWarning", "DeprecationWarning"])
def test_warnings_of_an_end_raise(tmp_path, kind):
    done = run(tmp_path, f"import warnings\nwarnings.warn('soon', {kind})")
    assert done.blocks[0].error["type"] == kind


def test_a_program_that_fails_names_its_block(tmp_path):
    blocks = [Block("good", "x.py", "a = 1\n"), Block("bad", "x.py", "b = a.b\n")]
    with pytest.raises(SiteError, match="the block bad raised:\n.*\n.*AttributeError"):
        try:
            process.run_program(blocks, tmp_path)
        except SiteError as error:
            lines = str(error).splitlines()
            raise SiteError("\n".join([lines[0], lines[1], lines[-1]])) from error


def test_figures_are_captured_and_closed(tmp_path):
    code = "from matplotlib import pyplot\npyplot.plot([1, 2])\npyplot.show()"
    one, two = run(tmp_path, code, "print(pyplot.get_fignums())").blocks
    assert list(one.figures) == ["b0-1.png"]
    assert one.figures["b0-1.png"].startswith(b"\x89PNG")
    assert two.text == "[]\n" and not two.figures


def drawn(tmp_path, code):
    """The one figure that a block draws with matplotlib."""
    done = run(tmp_path, f"from matplotlib import pyplot as plt\n{code}").blocks[0]
    assert not done.error and done.text == "", done
    return done.figures["b0-1.png"]


def test_a_figure_has_the_same_bytes_each_time_and_names_no_version(tmp_path):
    code = "plt.plot([1, 2], color='red')\nplt.show()"
    first, second = drawn(tmp_path, code), drawn(tmp_path, code)
    assert first == second
    assert b"IDAT" in first and not re.search(b"[tT]EXt|tIME|atplotlib", first)
    assert images.size(first) == (768, 576)  # 6.4 x 4.8 inches, 120 dots each


def test_a_grey_figure_keeps_its_pixels_in_fewer_bytes(tmp_path):
    code = "plt.imshow([[0.1, 0.9]], cmap='gray')"
    slim = drawn(tmp_path, code)
    fat = drawn(tmp_path, f"{code}\nimport sys; del sys.modules['PIL.Image']")
    grey, whole = Image.open(io.BytesIO(slim)), Image.open(io.BytesIO(fat))
    assert (grey.mode, whole.mode) == ("L", "RGBA") and len(slim) < len(fat)
    assert grey.convert("RGB").tobytes() == whole.convert("RGB").tobytes()
    assert len(set(grey.tobytes())) > 10
    coloured = drawn(tmp_path, "plt.plot([1, 2], color='red')")
    assert Image.open(io.BytesIO(coloured)).mode == "RGBA"


def test_where_there_is_a_display_nothing_is_said_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":99")
    assert drawn(tmp_path, "plt.plot([1, 2])\nplt.show()")


def test_a_progress_bar_is_not_in_the_captured_text(tmp_path):
    code = "from tqdm.auto import tqdm\nfor n in tqdm(range(3)):\n    print(n)"
    assert texts(tmp_path, code) == ["0\n1\n2\n"]


def test_the_machine_is_described(tmp_path):
    done = run(tmp_path, "a = 1")
    assert done.machine["device"] == "cpu" and done.machine["torch"] is None
    assert done.machine["cpu"] and done.seconds > 0
    json.dumps(done.machine)


def test_cores_are_those_that_the_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(child, "quota", lambda: None)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert child.cores() == 2
    monkeypatch.delattr(os, "sched_getaffinity")  # macOS, Windows
    assert child.cores() == 64


@pytest.mark.parametrize(
    ("files", "share", "cores"),
    [
        ({"cpu.max": "250000 100000\n"}, 2.5, 3),
        ({"cpu.max": "50000 100000\n"}, 0.5, 1),
        ({"cpu.max": "6400000 100000\n"}, 64, 8),
        ({"cpu.max": "max 100000\n"}, None, 8),
        ({"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000"}, 4, 4),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000"}, None, 8),
        ({"cpu.max": "garbage"}, None, 8),
        ({}, None, 8),
    ],
)
def test_a_container_has_the_time_that_it_is_granted(
    tmp_path, monkeypatch, files, share, cores
):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert child.quota(tmp_path) == share
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(child, "quota", lambda: share)
    assert child.cores() == cores


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    """Run a module `snippets.<name>` that stands in a tree of its own."""
    (tmp_path / "snippets").mkdir()
    monkeypatch.setattr(TREE, "root", tmp_path)
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")

    def write(code, device="cpu"):
        (tmp_path / "snippets" / "x.py").write_text(code, encoding="utf-8")
        return process.run_experiment("snippets.x", tmp_path, device)

    return write


def test_an_experiment_without_memory_is_named_and_what_to_do(experiment, capfd):
    code = "raise RuntimeError('CUDA out of memory. Tried to allocate 9 GiB')"
    with pytest.raises(SiteError, match=r"snippets\.x needs more memory than the GPU"):
        experiment(code, "cuda")
    assert "Tried to allocate 9 GiB" in capfd.readouterr().err
    with pytest.raises(SiteError, match=r"snippets\.x failed \(exit 1\)$"):
        experiment(code, "cpu")
    with pytest.raises(SiteError, match=r"snippets\.x failed \(exit 1\)$"):
        experiment("raise RuntimeError('something else')", "cuda")
    with pytest.raises(SiteError, match=r"exit -9: killed, most often for lack of mem"):
        experiment("import os\nos.kill(os.getpid(), 9)")


@pytest.mark.parametrize(
    ("kind", "message", "full"),
    [
        ("RuntimeError", "CUDA out of memory. Tried to allocate 9 GiB. GPU 0", True),
        ("OutOfMemoryError", "whatever it says", True),
        ("AcceleratorError", "CUDA error: out of memory\nCUDA kernel errors", True),
        ("RuntimeError", "CUDA driver error: out of memory", True),
        ("RuntimeError", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling", True),
        ("RuntimeError", "cuDNN error: CUDNN_STATUS_ALLOC_FAILED", True),
        (
            "RuntimeError",
            "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
            True,
        ),
        (
            "RuntimeError",
            "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
            False,
        ),
        ("RuntimeError", "host out of memory", False),
        ("RuntimeError", "[enforce fail] DefaultCPUAllocator: can't allocate", False),
        ("RuntimeError", "this is no 'CUDA out of memory'", False),
        ("RuntimeError", "CUDA error: an illegal memory access", False),
    ],
)
def test_lack_of_a_gpus_memory_is_told_from_other_errors(kind, message, full):
    assert is_no_memory(kind, message) == full


def test_the_cell_that_was_too_large_is_named(experiment, capfd):
    cell = "print('width 8192, batch 1024', file=sys.stderr)\n"
    code = f"import sys\nprint('width 64', file=sys.stderr)\n{cell}"
    with pytest.raises(
        SiteError, match=r"snippets\.x \(at: width 8192, batch 1024\) needs more memory"
    ):
        experiment(code + "raise RuntimeError('CUDA out of memory')", "cuda")
    assert capfd.readouterr().err.startswith("width 64\nwidth 8192, batch 1024\nTrace")
    pieces = "print('batch', 512, file=sys.stderr)\nsys.stderr.writelines(['half'])\n"
    noise = f"import sys\nprint('hello', end='')\n{pieces}"
    with pytest.raises(SiteError, match=r"snippets\.x \(at: batch 512\) needs more"):
        experiment(noise + "raise RuntimeError('CUDA out of memory')", "cuda")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; sys.exit(75)", r"snippets\.x failed \(exit 75\)$"),
        (r"import os; os.write(1, b'\xff')", r"snippets\.x did not print one JSON"),
    ],
)
def test_an_experiment_that_ends_oddly_is_named(experiment, code, says):
    with pytest.raises(SiteError, match=says):
        experiment(code)


def test_a_program_without_memory_is_named_and_what_to_do(tmp_path):
    code = "raise RuntimeError('cuDNN error: CUDNN_STATUS_ALLOC_FAILED')\n"
    block = Block("large", "x.py", code)
    with pytest.raises(SiteError, match="the block large needs more memory than the "):
        process.run_program([block], tmp_path, "cuda")
    with pytest.raises(SiteError, match="the block large raised"):
        process.run_program([block], tmp_path)


def test_an_experiment(experiment):
    code = (
        "import sys\nprint('on its way', file=sys.stderr)\nprint('{\"metrics\": {}}')"
    )
    result, machine, seconds = experiment(code)
    assert result == {"metrics": {}} and machine["device"] == "cpu" and seconds > 0


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "snippets.x failed"),
        ("print('hello')", "did not print one JSON"),
        ("pass", "did not print one JSON"),
        ("print('{}')", "returned none of metrics, "),
        ("print('[1]')", "returned none of metrics, "),
        ('print(\'{"metrics": {}}\\n{"metrics": {}}\')', "did not print one JSON"),
    ],
)
def test_an_experiment_that_is_none(experiment, code, message):
    with pytest.raises(SiteError, match=message):
        experiment(code)


EPYC = "AMD EPYC (family 25, model 17)"
AMD = "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD  EPYC\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            f"{AMD}flags\t\t: fpu avx2 avx512f\n",
            "AMD EPYC (family 25, model 17), AVX-512",
        ),
        (f"{AMD}flags\t\t: fpu avx avx2\n", "AMD EPYC (family 25, model 17), AVX2"),
        (f"{AMD}flags\t\t: fpu\n\nmodel name\t: B\n", "AMD EPYC (family 25, model 17)"),
        ("model name\t: ARM\n", "ARM"),
    ],
)
def test_a_processor_is_told_by_more_than_its_name(tmp_path, text, says):
    info = tmp_path / "cpuinfo"
    info.write_text(text, encoding="utf-8")
    assert child.cpu_model(info) == says


def test_a_processor_without_linux_is_told_by_python(tmp_path):
    assert child.cpu_model(tmp_path / "none")
