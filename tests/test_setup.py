"""Set-up on a reader's machine: what it deletes, mends, waits for, and asks for.

A tree of its own with pins that are made here, a file each; pip and venv are real.
"""

import base64
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import tiny
from listing import ROOT
from untraced import untraced

NAMES = ("mkdocs", "matplotlib", "torch", "torchvision", "pytest")
MARK = "made-by-scripts-setup"


def wheel(folder, name, version="1.0"):
    """A wheel with one module of a few bytes, and nothing else."""
    info = f"{name}-{version}.dist-info"
    named = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": f"version = '{version}'\n",
        f"{info}/METADATA": named,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in files.items():
        sha = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        rows.append(f"{path},sha256={sha.decode().rstrip('=')},{len(text)}")
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        for path, text in files.items():
            file.writestr(path, text)


def plant(root):
    """A tree that is nothing but set-up, its pins and their wheels."""
    shutil.copytree(ROOT / "scripts", root / "scripts")
    shutil.copytree(ROOT / ".ci", root / ".ci")
    (root / "wheels").mkdir(parents=True)
    for name in NAMES:
        wheel(root / "wheels", name)
    pins = "".join(f"{name}==1.0\n" for name in NAMES)
    (root / "requirements.txt").write_text(
        f"# Python: >=3.11.5,<9  (why)\n{pins}", encoding="utf-8"
    )
    (root / "data").symlink_to(ROOT / "data", target_is_directory=True)
    return root


def environment(root, **more):
    """Nothing is downloaded; Python is the one that runs this, or a quicker one."""
    path = f"{root}/quick:{Path(sys.executable).resolve().parent}:/usr/bin:/bin"
    here = {"PATH": path, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"{root}/wheels"}
    return {**untraced(), **here, **more}


def run(root, *command, cwd=None, **more):
    """Run a command of a tree; what it says, on 1 and 2, is in `stdout`."""
    return subprocess.run(
        command or ("scripts/setup",),
        cwd=cwd or root,
        env=environment(root, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        encoding="utf-8",
    )


def contents(folder):
    """Every file of a folder and what is in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A tree that is set up; nobody may change it."""
    root = plant(tmp_path_factory.mktemp("setup") / "tree")
    done = run(root)
    assert done.returncode == 0, done.stdout
    return root


@pytest.fixture(scope="module")
def bare(made, tmp_path_factory):
    """A script that is Python, but copies environments that have pip alone."""
    folder = tmp_path_factory.mktemp("bare")
    shutil.copytree(made / ".venv", folder / "venv", symlinks=True)
    for path in [*folder.glob("venv/*installed*"), folder / "venv" / MARK]:
        path.unlink(missing_ok=True)
    for name in NAMES:
        for path in site(folder, "venv").glob(f"{name}*"):
            path.unlink() if path.is_file() else shutil.rmtree(path)
    (folder / "python3").write_text(
        f'#!/bin/sh\nif [ "$2" = venv ]; then exec cp -R {folder}/venv/. "$3"; fi\n'
        f'exec {Path(sys.executable).resolve()} "$@"\n',
        encoding="utf-8",
    )
    (folder / "python3").chmod(0o755)
    return folder / "python3"


def quick(root, bare):
    """A tree in which an environment is made in no time."""
    (root / "quick").mkdir(parents=True, exist_ok=True)
    for name in ("python3", "python3.99"):
        (root / "quick" / name).symlink_to(bare)
    return root


@pytest.fixture
def fresh(bare, tmp_path):
    """A tree where nothing is set up."""
    return quick(plant(tmp_path / "tree"), bare)


@pytest.fixture
def warm(made, bare, tmp_path):
    """A copy of the tree that is set up, to be broken."""
    return quick(shutil.copytree(made, tmp_path / "tree", symlinks=True), bare)


def site(root, name=".venv"):
    """Where its packages are."""
    return next(root.glob(f"{name}/lib/python*/site-packages"))


def forget(root):
    """As if set-up had been killed before it noted that all is installed."""
    for path in (root / ".venv").glob("installed-*"):
        path.unlink()


def imports(root):
    """Do all pins work?"""
    code = f"import {', '.join(NAMES)}; print({NAMES[0]}.version)"
    return run(root, ".venv/bin/python", "-c", code).stdout == "1.0\n"


def test_once_is_enough(warm):
    done = run(warm)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("there already") == 3, done.stdout
    assert (warm / ".venv" / MARK).read_text(encoding="utf-8") == "made\n"
    assert imports(warm)


# Nothing is deleted that set-up did not make


def without_pip(path):
    tiny.bare(path)
    (path / "mine.txt").write_text("the reader's own\n", encoding="utf-8")


def link_to_another(path):
    other = path.parent.parent / "elsewhere"
    without_pip(other)
    path.symlink_to(other, target_is_directory=True)


def link_to_ours(path):
    link_to_another(path)
    (path / MARK).write_text("begun\n", encoding="utf-8")


def link_to_nowhere(path):
    path.symlink_to("/nowhere/at/all")


def a_folder(path):
    path.mkdir()
    (path / "notes.txt").write_text("no environment at all\n", encoding="utf-8")


def a_file(path):
    path.write_text("a file\n", encoding="utf-8")


@pytest.mark.parametrize(
    "make",
    [without_pip, link_to_another, link_to_ours, link_to_nowhere, a_folder, a_file],
)
def test_a_venv_of_the_readers_stays(fresh, make):
    make(fresh / ".venv")
    before = contents(fresh.parent)
    link = os.path.islink(fresh / ".venv")
    done = run(fresh)
    assert done.returncode == 1
    assert re.search(r"^error: \.venv has no pip .* did not make it", done.stdout, re.M)
    assert os.path.islink(fresh / ".venv") == link
    after = contents(fresh.parent)
    assert {name: after.get(name) for name in before} == before


def test_a_venv_of_the_readers_that_works_is_used(warm):
    (warm / ".venv" / MARK).unlink()
    forget(warm)
    done = run(warm)
    assert done.returncode == 0, done.stdout
    assert not (warm / ".venv" / MARK).exists() and imports(warm)


@pytest.fixture
def with_tests(warm):
    """Set up for tests, with a Chromium, a node and an npm that do nothing."""
    setup = warm / "scripts/setup"
    text = setup.read_text(encoding="utf-8")
    assert text.count('step "Chromium" get_browser') == 1
    text = text.replace('step "Chromium" get_browser', "true")
    setup.write_text(text, encoding="utf-8")
    (warm / "tools").mkdir()

    def run_it(npm="exit 0"):
        for name, does in (("node", "exit 0"), ("npm", npm)):
            path = warm / "tools" / name
            path.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
            path.chmod(0o755)
        path = f"{warm}/tools:{environment(warm)['PATH']}"
        return run(warm, "scripts/setup", "--tests", PATH=path)

    return run_it


def test_lighthouse_of_somebody_else_stays(warm, with_tests):
    theirs = warm / ".cache/lighthouse/report.html"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine", encoding="utf-8")
    done = with_tests()
    assert done.returncode == 1 and "lighthouse has no Lighthouse that" in done.stdout
    assert theirs.read_text(encoding="utf-8") == "mine"
    shutil.rmtree(theirs.parent)
    done = with_tests()
    assert done.returncode == 0, done.stdout
    assert (theirs.parent / "installed").exists()


def test_without_lighthouse_the_other_tests_can_run(warm, with_tests):
    """An npm behind a proxy of its own, for one."""
    done = with_tests(npm='mkdir -p "$3/node_modules"; exit 1')
    assert done.returncode == 0, done.stdout
    assert "note: the tests of Lighthouse will fail: npm could" in done.stdout
    assert not (warm / ".cache/lighthouse").exists()


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize(
    "script", ["scripts/setup", "scripts/serve", "scripts/test", ".ci/run"]
)
def test_through_a_link_in_another_folder(warm, script, folder):
    """What lies beside the link is not touched; what runs is the tree of the script."""
    other = warm.parent / "other"
    link = other / script
    if folder:
        other.mkdir()
        link.parent.symlink_to(warm / Path(script).parent, target_is_directory=True)
    else:
        link.parent.mkdir(parents=True)
        link.symlink_to(warm / script)
    (other / ".venv").mkdir()
    (other / ".venv/mine.txt").write_text("mine", encoding="utf-8")
    (other / "requirements.txt").write_text("nothing==0\n", encoding="utf-8")
    if script != "scripts/setup":  # what they call in the end says where it is
        (warm / "scripts/setup").write_text(
            "#!/bin/sh\necho here: $PWD\nexit 7\n", encoding="utf-8"
        )
    before = contents(other / ".venv")
    done = run(warm, link, cwd=warm.parent)
    assert contents(other / ".venv") == before and not (other / ".cache").exists()
    if script == "scripts/setup":
        assert done.returncode == 0, done.stdout
        assert done.stdout.count("there already") == 3
    else:
        assert done.returncode == 7 and f"here: {warm}\n" in done.stdout, done.stdout


def test_a_copy_outside_of_a_tree_does_nothing(warm, tmp_path):
    copy = tmp_path / "bin" / "setup"
    copy.parent.mkdir()
    shutil.copy(warm / "scripts/setup", copy)
    (tmp_path / ".venv").mkdir()
    done = run(warm, copy)
    assert done.returncode == 2 and "belongs in the folder scripts" in done.stdout
    assert (tmp_path / ".venv").exists() and not (tmp_path / ".cache").exists()


# Killed half way


def no_module(root):
    (site(root) / "torch.py").unlink()


def some_packages(root):
    no_module(root)
    (site(root) / "mkdocs.py").write_text("ver", encoding="utf-8")
    (site(root) / "pytest-1.0.dist-info/RECORD").unlink()
    (site(root) / "matplotlib-1.0.dist-info/RECORD").write_text(
        "matplotlib.py,sha", encoding="utf-8"
    )


def no_name(root):
    (site(root) / "torch-1.0.dist-info/METADATA").unlink()


def half_of_pip(root):
    shutil.rmtree(site(root) / "pip/_internal")


def half_an_environment(root):
    shutil.rmtree(site(root))
    (root / ".venv" / MARK).write_text("begun\n", encoding="utf-8")


def an_empty_folder(root):
    shutil.rmtree(root / ".venv")
    (root / ".venv").mkdir()


HALVES = [some_packages, no_name, half_of_pip, half_an_environment, an_empty_folder]


@pytest.mark.parametrize("half", HALVES)
def test_what_was_interrupted_is_whole_afterwards(warm, half):
    forget(warm)
    half(warm)
    done = run(warm)
    assert done.returncode == 0, done.stdout
    assert imports(warm), done.stdout
    said = run(warm, ".venv/bin/python", "scripts/installed.py")
    assert (said.returncode, said.stdout) == (0, "")
    again = "installed by half, so once more: "
    names = "matplotlib==1.0 mkdocs==1.0 pytest==1.0 torch==1.0\n"
    assert (again + names in done.stdout) == (half == some_packages), done.stdout
    assert list((warm / ".venv").glob("installed-*"))


def test_in_an_environment_of_the_readers_it_says_what_to_do(warm):
    (warm / ".venv" / MARK).unlink()
    forget(warm)
    no_module(warm)
    done = run(warm)
    assert done.returncode == 1 and "pip install --force-reinstall" in done.stdout
    assert "torch==1.0" in done.stdout and not (site(warm) / "torch.py").exists()


def test_what_cannot_be_mended_is_not_called_whole(warm):
    forget(warm)
    no_module(warm)
    shutil.rmtree(warm / "wheels")
    done = run(warm)
    assert done.returncode == 1 and "error: " in done.stdout
    assert not list((warm / ".venv").glob("installed-*"))


# Two at once


def started(root):
    return subprocess.Popen(
        ["scripts/setup"],
        cwd=root,
        env=environment(root),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        encoding="utf-8",
    )


def slow(root, seconds):
    """Let the step that makes the environment begin with a pause."""
    path = root / "scripts/setup"
    text = path.read_text(encoding="utf-8")
    assert text.count("make_venv() {\n") == 1
    pause = f"make_venv() {{\n  echo pausing; sleep {seconds}\n"
    path.write_text(text.replace("make_venv() {\n", pause), encoding="utf-8")


def test_two_at_once_wait_for_one_another(fresh):
    slow(fresh, 2)
    first = started(fresh)
    assert "pausing\n" in iter(first.stdout.readline, "")
    second = run(fresh)
    said, _ = first.communicate(timeout=120)
    assert (first.returncode, second.returncode) == (0, 0), said + second.stdout
    assert "waiting for its end" in second.stdout and "waiting" not in said
    assert second.stdout.count("there already") == 3, second.stdout
    assert imports(fresh)


def test_a_killed_one_holds_nobody_up(warm):
    slow(warm, 300)
    first = started(warm)
    assert "pausing\n" in iter(first.stdout.readline, "")
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    shutil.copy(ROOT / "scripts/setup", warm / "scripts/setup")
    done = run(warm)
    assert done.returncode == 0 and "waiting" not in done.stdout, done.stdout


# Which Python

TOOLS = "bash sh env cat cut date dirname grep head mkdir readlink rm rmdir sed sort"


def fake(folder, name, version, venv=True):
    """A Python of some version: the real one that tells another, and makes nothing."""
    lacking = "" if venv else "sys.modules['ensurepip'] = None\n"
    code = f"import sys\nsys.version_info = {version}\n{lacking}"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.code").write_text(code, encoding="utf-8")
    path = folder / name
    real = Path(sys.executable).resolve()
    path.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = - ]; then shift; {{ cat {folder}/{name}.code; cat; }} |'
        f' {real} - "$@"; exit; fi\n'
        f'echo "$0" >> {folder}/used\nexit 1\n',
        encoding="utf-8",
    )
    path.chmod(0o755)


def chosen(fresh, **pythons):
    """Set up with these Pythons alone on the PATH; which one made the environment?"""
    for name, (version, venv) in pythons.items():
        fake(fresh / "py", name, version, venv)
    tools = fresh / "bin"
    tools.mkdir()
    for name in re.findall(r"\w+", TOOLS):
        (tools / name).symlink_to(shutil.which(name))
    done = run(fresh, PATH=f"{fresh / 'py'}:{tools}")
    assert done.returncode == 1
    used = fresh / "py/used"
    return done, used.read_text(encoding="utf-8").splitlines()[
        0
    ] if used.exists() else None


@pytest.mark.parametrize(
    ("pythons", "wanted"),
    [
        ({"python3": (3, 11, 5)}, "python3"),
        ({"python": (3, 12, 1)}, "python"),
        ({"python3": (3, 11, 2), "python3.11": (3, 11, 9)}, "python3.11"),
        ({"python3.9": (3, 9, 1), "python3.14": (3, 14, 0)}, "python3.14"),
        ({"python3.12": (3, 12, 9), "python3.15": (3, 15, 0)}, "python3.15"),
        ({"python3": (3, 17, 2), "python3.8": (3, 8, 2)}, "python3"),
        ({"python3.13": (3, 13, 1), "python3.22": (9, 0, 0)}, "python3.13"),
    ],
)
def test_the_newest_python_that_fits_is_taken(fresh, pythons, wanted):
    with_venv = {name: (version, True) for name, version in pythons.items()}
    done, used = chosen(fresh, **with_venv)
    assert used == f"{fresh}/py/{wanted}", done.stdout
    assert f"error: {used} cannot make a virtual environment" in done.stdout


def test_one_that_cannot_make_environments_is_passed_over(fresh):
    both = {"python3.14": ((3, 14, 0), False), "python3": ((3, 12, 0), True)}
    assert chosen(fresh, **both)[1] == f"{fresh}/py/python3"


@pytest.mark.parametrize(
    ("pythons", "says"),
    [
        ({}, "no Python at all"),
        ({"python3": ((3, 11, 2), True)}, "/py/python3 is Python 3.11.2\n"),
        ({"python3": ((3, 12, 2), False)}, "apt install python3-venv"),
        ({"python": ((2, 7, 18), True)}, "/py/python is Python 2.7.18\n"),
    ],
)
def test_without_one_it_says_so_before_anything_is_made(fresh, pythons, says):
    done, used = chosen(fresh, **pythons)
    assert used is None
    assert "error: Python 3.11.5 or newer is needed" in done.stdout
    assert says in done.stdout, done.stdout
    assert not (fresh / ".venv").exists()


def test_an_environment_with_an_older_python_is_made_anew_if_it_is_ours(warm):
    pins = (warm / "requirements.txt").read_text(encoding="utf-8")
    new = ".".join(str(part) for part in sys.version_info[:3])
    pins = pins.replace("<9", f"!={new}")
    (warm / "requirements.txt").write_text(pins, encoding="utf-8")
    done = run(warm)
    assert done.returncode == 1 and f"is Python {new}\n" in done.stdout
    assert imports(warm)  # nothing is lost while there is no other


# The one number


def rules(name):
    """What Pythons an installed package asks for, and the packages it pins in turn."""
    found = metadata.distribution(name)
    asked = (found.metadata["Requires-Python"] or "").replace(" ", "")
    needs = found.requires or []
    exact = [need for need in needs if "==" in need.partition(";")[0]]
    exact = [need for need in exact if "extra ==" not in need]
    names = [re.match(r"[\w.-]+", need)[0] for need in exact]
    return [rule for rule in asked.split(",") if rule], names


def number(rule):
    return tuple(int(part) for part in re.findall(r"\d+", rule))


def computed():
    """The Pythons that all pins can be installed on, and what they pin."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    queue = [line.partition("==")[0] for line in lines if "==" in line]
    seen, found = set(), set()
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            asked, more = rules(name)
            found |= set(asked)
            queue += more
    assert len(seen) > 15 and all(rule[0] in "><!" for rule in found), found
    floor = max((r for r in found if r.startswith(">=")), key=number)
    above = [r for r in found if r.startswith("<") and number(r) > number(floor)]
    bans = [r for r in found if r.startswith("!=") and "*" not in r]
    bans = [r for r in bans if number(r) > number(floor)]
    return ",".join([floor, *sorted(bans), *sorted(above, key=number)[:1]])


def test_the_pythons_are_those_that_the_pins_need(say):
    if sys.platform != "linux":
        pytest.skip("elsewhere torch pins other packages")
    said = re.findall(
        r"^# Python: (\S+)",
        (ROOT / "requirements.txt").read_text(encoding="utf-8"),
        re.M,
    )
    say(f"the pins need a Python that is {computed()}")
    assert said == [computed()]


def test_it_is_one_number_everywhere():
    floor = computed().partition(",")[0].removeprefix(">=")
    minor = ".".join(floor.split(".")[:2])
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"Python {floor} or newer" in readme
    assert not re.findall(rf"Python (?!{floor} )[\d.]+ or newer", readme)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'target-version = "py{minor.replace(".", "")}"' in settings
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        asked = re.findall(r'python-version: "(.*?)"', path.read_text(encoding="utf-8"))
        assert asked == [minor], path.name  # its newest, and the floor is one of it
    assert "3.11" not in (ROOT / "scripts/setup").read_text(encoding="utf-8").replace(
        ">=3.11.5", ""
    )


def test_readme_cuts_the_group_of_the_site_out_of_the_pins():
    """The command stands in README and in the workflow that publishes."""
    cut = re.compile(r"(sed '[^']*' requirements\.txt) >")
    places = (ROOT / "README.md", ROOT / ".github/workflows/publish.yml")
    cuts = [cut.findall(path.read_text(encoding="utf-8")) for path in places]
    assert cuts[0] == cuts[1] and len(cuts[0]) == 1
    command = ["bash", "-c", cuts[0][0]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    lines = done.stdout.splitlines()
    kept = {line.partition("==")[0] for line in lines if "==" in line}
    assert {"mkdocs", "mkdocs-material", "mkdocs-jupyter", "matplotlib"} <= kept
    assert not kept & {"torch", "torchvision", "tqdm", "pytest", "playwright", "ruff"}
