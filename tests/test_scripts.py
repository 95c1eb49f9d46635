"""The commands themselves, run as a reader runs them."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from io import StringIO

import pytest
import tiny
from listing import ROOT
from pytest_codeblocks import extract_from_buffer
from untraced import untraced

FIRST = "saving-and-loading"
# Targets in seconds; see in_time.
WARM = 10  # in which a warm `serve` answers
BUILT = 5  # in which a warm build ends
FRESH = 3  # in which `prebuild` finds that nothing is to be done
QUICK = 5  # that a warm `setup` takes


def run(*command, **environment):
    """Run a command in the real tree; what it says, on 1 and 2, is in `stdout`."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**untraced(), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        encoding="utf-8",
    )


def test_a_warm_setup_is_quick_and_says_so(in_time):
    run("scripts/setup")
    start = time.perf_counter()
    done = run("scripts/setup")
    seconds = time.perf_counter() - start
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("there already") == 3, done.stdout
    assert len(re.findall(r"^==> .*: \d+ s$", done.stdout, re.M)) == 3
    in_time("a warm setup", seconds, QUICK)


def test_a_warm_prebuild_is_quick(in_time):
    run(sys.executable, "scripts/prebuild.py", "--check")
    start = time.perf_counter()
    done = run(sys.executable, "scripts/prebuild.py", "--check")
    seconds = time.perf_counter() - start
    assert done.returncode == 0, done.stdout
    in_time("a warm prebuild --check", seconds, FRESH)


@pytest.mark.parametrize("script", ["setup", "serve"])
def test_a_bad_argument(script):
    done = run(f"scripts/{script}", "--nonsense")
    assert done.returncode == 2
    assert re.match(r"error: .*--nonsense", done.stdout), done.stdout


@contextmanager
def served(*arguments):
    """A running `scripts/serve`, and the address that it says it has."""
    process = subprocess.Popen(
        ["scripts/serve", *arguments],
        cwd=ROOT,
        env=untraced(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        encoding="utf-8",
    )
    try:
        said, found = "", None
        for line in process.stdout:
            said += line
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                break
        assert found, said
        yield found[0]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=120)


def answer(address):
    """The page at an address, as soon as it answers; the test's own limit ends it."""
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return response.status, response.read().decode()
        except OSError:
            time.sleep(0.1)


def test_serve_answers(in_time):
    checked = tiny.run(tiny.CHECK, ROOT)
    assert checked.returncode == 0, f"serve would record in a test: {checked.stdout}"
    start = time.perf_counter()
    with served("--port", "0") as address:
        status, page = answer(f"{address}{FIRST}/")
        seconds = time.perf_counter() - start
    assert status == 200 and "<h1" in page
    in_time("a warm serve, until it answers", seconds, WARM)
    with pytest.raises(OSError):
        urllib.request.urlopen(address, timeout=5)


def test_without_the_packages_prebuild_says_what_to_run():
    done = run(sys.executable, "-S", "scripts/prebuild.py", "--check")
    assert done.returncode == 1
    assert re.match(r"error: \w+ is not installed .*\.venv/bin/python", done.stdout)


@pytest.mark.parametrize("arguments", [["--port"], ["--port", "8001", "more"]])
def test_serve_refuses_what_it_does_not_understand(arguments):
    done = run("scripts/serve", *arguments)
    assert done.returncode == 2 and done.stdout.startswith("error: "), done.stdout


@pytest.mark.parametrize("cwd", [ROOT, ROOT / "docs"])
def test_serve_helps(cwd):
    command = [os.path.relpath(ROOT / "scripts/serve", cwd), "--help"]
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0 and "--port PORT" in done.stdout
    assert "--host HOST" in done.stdout and "there is no password" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "--help"], "error: --port needs a value"),
        (["--host"], "error: --host needs a value"),
        (["--port", "８０８０"], "error: --port needs a number, not"),
        (["--port", "+80"], "error: --port needs a number, not '+80'"),
        (["--host", "example.com"], "error: --host needs an address such as 0.0.0.0"),
        (["--host="], "error: --host needs an address"),
        (["--host", "192.0.2.1"], "error: port 8000 cannot be used on 192.0.2.1"),
    ],
)
def test_serve_says_what_is_wrong_with_it(arguments, says):
    done = run("scripts/serve", *arguments)
    assert done.returncode != 0 and says in done.stdout, done.stdout
    assert "Traceback" not in done.stdout and "==>" not in done.stdout


@pytest.mark.parametrize(
    ("host", "asked", "note"),
    [
        ("0.0.0.0", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.1", False),
        ("::1", "[::1]", False),
    ],
)
def test_serve_for_others(tmp_path, host, asked, note):
    """The last command of the script: on which address, and what it says of that."""
    if ":" in host and not socket.has_ipv6:
        pytest.skip("there is no IPv6 here")
    root = tmp_path / "tree"
    (root / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/serve", root / "scripts/serve")
    for name, does in (("scripts/setup", ""), (".venv/bin/python", PYTHON)):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{does}", encoding="utf-8")
        path.chmod(0o755)
    command = ["scripts/serve", "--host", host, "--port=0"]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    shown = f"[{host}]" if ":" in host else host
    served = re.search(r"-m mkdocs serve --dev-addr (\S+):(\d+)\n", done.stdout)
    assert served[1] == shown and int(served[2]) > 0
    assert ("whoever can reach" in done.stdout) == note
    assert f"http://{shown}:{served[2]}/" in done.stdout


PYTHON = f"""if [ "$1" = - ]; then exec {sys.executable} "$@"; fi; echo "$@"\n"""


def test_an_occupied_port():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = run("scripts/serve", "--port", port)
    assert done.returncode == 1
    assert f"error: port {port} cannot be used" in done.stdout
    assert "--port 0" in done.stdout and "Traceback" not in done.stdout


@pytest.mark.parametrize("port", ["many", "", "99999", "-1"])
def test_a_port_that_is_none(port):
    done = run("scripts/serve", "--port", port)
    assert done.returncode != 0
    assert re.search(rf"error: .*({port} |needs a number)", done.stdout), done.stdout
    assert "Traceback" not in done.stdout and "recording" not in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["-x", "-h"]])
@pytest.mark.parametrize("cwd", [ROOT, ROOT / "docs"])
def test_test_helps(cwd, arguments):
    command = [os.path.relpath(ROOT / "scripts/test", cwd), *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and "Arguments go to pytest" in done.stdout
    assert "--quick [--since COMMIT]" in done.stdout and "--help" in done.stdout
    assert "==>" not in done.stdout and "pipefail" not in done.stdout


PYTEST = f'exec {sys.executable} "$@"\n'
QUICKLY = "scripts/quick.py --since a1b2 -k a b"
BROKEN = "echo no pytest here; exit 4\n"


@pytest.mark.parametrize(
    ("python", "arguments", "refused"),
    [
        (PYTEST, ["--mispelt"], "error: unrecognized arguments: --mispelt"),
        (PYTEST, ["--maxfail=many"], "argument --maxfail: invalid int value: 'many'"),
        (PYTEST, ["-k"], "argument -k: expected one argument"),
        (PYTEST, ["-x", "-k", "of two words", "tests/test_a.py"], None),
        (BROKEN, ["--mispelt"], None),  # the set-up mends it, then pytest refuses
        (None, ["--mispelt"], None),
        (PYTEST, [], None),
    ],
)
def test_test_refuses_before_the_set_up(tmp_path, python, arguments, refused):
    stubs = {
        "scripts/setup": "echo the set-up $1; exit 7\n",
        ".venv/bin/python": python,
    }
    for name, does in stubs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if does:
            (tmp_path / name).write_text(f"#!/bin/sh\n{does}", encoding="utf-8")
            (tmp_path / name).chmod(0o755)
    shutil.copy(ROOT / "scripts/test", tmp_path / "scripts/test")
    done = subprocess.run(
        ["scripts/test", *arguments],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    if refused:
        assert done.returncode == 4 and refused in done.stderr, done.stderr
        assert done.stdout == ""
    else:
        assert (done.returncode, done.stdout) == (7, "the set-up --tests\n")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--quick"], 0, "scripts/quick.py"),
        (["--quick", "-x"], 0, "scripts/quick.py -x"),
        (["--quick", "--since", "a1b2", "-k", "a b"], 0, QUICKLY),
        (["--quick", "--since"], 2, "error: --since needs a commit"),
        (["--since", "a1b2"], 0, "-m pytest --since a1b2"),  # which refuses it
    ],
)
def test_test_calls_the_quick_run(tmp_path, arguments, status, said):
    for name, does in (("scripts/setup", ""), (".venv/bin/python", 'echo "$@"\n')):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    shutil.copy(ROOT / "scripts/test", tmp_path / "scripts/test")
    done = subprocess.run(
        ["scripts/test", *arguments],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == status
    assert (done.stdout + done.stderr).strip() == said


ALONE = "-m pytest tests/test_rehearsal.py"


@pytest.mark.parametrize(
    ("first", "second", "status", "runs"),
    [(0, 0, 0, 2), (1, 0, 1, 2), (0, 1, 1, 2), (1, 3, 3, 2), (2, 0, 2, 1)],
)
def test_the_rehearsal_runs_by_itself_and_both_count(
    tmp_path, first, second, status, runs
):
    does = f'echo "$@"\n[ "$*" = "{ALONE}" ] && exit {first}\nexit {second}\n'
    for name, text in (("scripts/setup", ""), (".venv/bin/python", does)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    shutil.copy(ROOT / "scripts/test", tmp_path / "scripts/test")
    done = subprocess.run(
        ["scripts/test"], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    lines = done.stdout.splitlines()
    assert done.returncode == status and len(lines) == runs and lines[0] == ALONE
    if runs == 2:
        assert lines[1].endswith("--ignore=tests/test_rehearsal.py")


def build(folder, **environment):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)]
    return run(*command, **environment)


def test_the_build_needs_no_torch_and_is_quick(tmp_path, in_time):
    blocked = tmp_path / "blocked" / "torch"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text(
        "raise ImportError('torch is blocked')\n", encoding="utf-8"
    )
    path = {"PYTHONPATH": str(blocked.parent)}
    assert run(sys.executable, "-c", "import torch", **path).returncode == 1
    done = build(tmp_path / "site", **path)
    assert done.returncode == 0, done.stdout
    start = time.perf_counter()
    build(tmp_path / "site")
    seconds = time.perf_counter() - start
    in_time("a warm build", seconds, BUILT)
    assert (tmp_path / "site" / FIRST / "index.html").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["gone/program"], 1, "error: no capture is called gone/program; there are "),
        (["--device", "tpu"], 2, "error: argument --device: invalid choice: 'tpu'"),
        (["--device", "cuda"], 2, "error: --device cuda needs --out DIR"),
        (["--check", "--out", "x"], 2, "error: --check, --out and --accept"),
        (["--out", "x", "--accept", "x"], 2, "error: --check, --out and --accept"),
        (["--check", f"{FIRST}/program"], 2, "error: --check and --accept take"),
        (["--accept", "gone"], 1, "error: gone is not a folder"),
        (["--again", "x"], 2, "error: --again DIR2 goes with --accept DIR"),
        (["--device", "cpu", "--out", "README.md"], 1, "README.md is not a folder"),
        (["--force"], 2, "error: unrecognized arguments: --force"),
    ],
)
def test_prebuild_refuses(arguments, status, message):
    done = run(sys.executable, "scripts/prebuild.py", *arguments)
    assert done.returncode == status
    assert message in done.stdout and "Traceback" not in done.stdout


def test_prebuild_of_a_gpu_that_is_not_there(tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    done = run(
        *(sys.executable, "scripts/prebuild.py"),
        *("--device", "cuda", "--out", str(tmp_path / "recording")),
    )
    assert done.returncode == 1 and "Traceback" not in done.stdout
    # until a lesson is recorded on a GPU, there is nothing to ask one for
    assert re.match("error: (no CUDA device here|nothing in this tree)", done.stdout)
    assert not list(tmp_path.iterdir())


def test_recording_on_a_cpu_elsewhere_comes_home(original, tmp_path):
    root = tiny.copy(original, tmp_path / "tree")
    command = (*tiny.PREBUILD, "--out", "elsewhere")
    assert "recording tiny-lesson/program on cpu" in tiny.run(command, root).stdout
    done = tiny.run(command, root)
    assert done.returncode == 0
    assert done.stdout.count("already in elsewhere") == 2
    done = tiny.run((*tiny.PREBUILD, "--accept", "elsewhere"), root)
    assert done.stdout.count("accepted tiny-lesson/") == 2, done.stdout
    assert tiny.run(tiny.CHECK, root).returncode == 0


def test_the_hook_is_short_and_executes_nothing():
    path = ROOT / "scripts" / "hooks.py"
    assert len(path.read_text(encoding="utf-8").splitlines()) < 90
    code = "import sys; from scripts import hooks; print(*sys.modules)"
    modules = run(sys.executable, "-c", code).stdout.split()
    assert "scripts.hooks" in modules
    assert not {"torch", "scripts.run.process", "scripts.captures.record"} & set(
        modules
    )


@pytest.mark.parametrize("name", ["README.md", "docs/contributing.md"])
def test_fences_for_contributors(name):
    """Commands in `console` fences; `python` fences are run by pytest-codeblocks."""
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"there is no {name} yet")
    blocks = extract_from_buffer(StringIO(path.read_text(encoding="utf-8")))
    allowed = {"console", "python", "markdown", "yaml"}
    if name == "README.md":  # on a page, `text` is labelled as captured output
        allowed.add("text")
    assert {block.syntax for block in blocks} <= allowed
    for block in blocks:
        if block.syntax == "console":
            lines = [line for line in block.code.splitlines() if line.strip()]
            assert all(line.startswith("$ ") for line in lines), block.code
    if any(block.syntax == "python" for block in blocks):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = run(*command, "--codeblocks", name)
        assert done.returncode == 0, done.stdout
