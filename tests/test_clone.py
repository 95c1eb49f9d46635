"""A clone on another system: other line ends, another encoding; the same bytes."""

import os
import shutil
import subprocess
import sys

import pytest
import tiny
from listing import ROOT
from untraced import untraced


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What git on Windows makes of this repository as it is committed."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this tree is in no repository of git")
    folder = tmp_path_factory.mktemp("windows") / "clone"
    options = ["-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    command = ["git", *options, "clone", "-q", str(ROOT), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def git(folder, *arguments):
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


def test_no_line_end_changes(clone, say):
    ends = [line.split() for line in git(clone, "ls-files", "--eol").splitlines()]
    texts = [line for line in ends if line[0] != "i/-text"]
    assert len(texts) > 200 and len(texts) < len(ends)
    wrong = [line for line in texts if line[1] not in ("w/lf", "w/none")]
    assert not wrong, wrong[:9]
    assert git(clone, "status", "--porcelain") == ""
    say(f"{len(texts)} texts have the same line ends in every clone")


def test_images_are_no_text(clone):
    images = git(clone, "ls-files", "*.png").split()
    assert images
    said = git(clone, "check-attr", "text", *images).splitlines()
    assert all(line.endswith(": text: unset") for line in said)


# As strict as can be: Python reads and writes nothing but ASCII unless it is told.
ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ASCII |= {"PYTHONIOENCODING": "cp1252"}


@pytest.fixture
def elsewhere(monkeypatch):
    """Commands run where another encoding is the rule."""
    for name, value in ASCII.items():
        monkeypatch.setenv(name, value)
    code = "import locale; print(locale.getpreferredencoding(False))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert b"UTF" not in said.stdout.upper(), said.stdout


def run(command, root):
    done = subprocess.run(
        command, cwd=root, env=tiny.environment(), capture_output=True
    )
    said = (done.stdout + done.stderr).decode("cp1252", "replace")
    assert done.returncode == 0, said
    return said


def contents(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_recording_and_checking_under_another_encoding(original, tmp_path, elsewhere):
    root = tiny.copy(original, tmp_path / "tree")
    before = contents(root / "docs")
    run(tiny.CHECK, root)
    for path in (root / tiny.captured("")).iterdir():
        path.unlink()
    run(tiny.PREBUILD, root)
    after = contents(root / "docs")
    assert set(after) == set(before)
    texts = {name for name in before if name.endswith((".txt", ".md", ".ipynb"))}
    clock = {name for name in texts if "clock" in name or name.endswith(".ipynb")}
    assert {n: after[n] for n in texts - clock} == {n: before[n] for n in texts - clock}


def test_the_whole_site_under_another_encoding(tmp_path, monkeypatch):
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d"]
    env = {**untraced(), "SOURCE_DATE_EPOCH": "0"}
    for name, more in (("here", {}), ("there", ASCII)):
        done = subprocess.run(
            [*build, str(tmp_path / name)],
            cwd=ROOT,
            env={**env, **more},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr.decode("cp1252", "replace")
    here, there = contents(tmp_path / "here"), contents(tmp_path / "there")
    differ = [name for name in here if here[name] != there.get(name)]
    assert len(here) > 50 and set(here) == set(there)
    assert [n for n in differ if not n.startswith("sitemap.xml")] == []


def test_the_checks_under_another_encoding():
    done = subprocess.run(
        [sys.executable, "scripts/prebuild.py", "--check"],
        cwd=ROOT,
        env={**untraced(), **ASCII},
        capture_output=True,
    )
    said = (done.stdout + done.stderr).decode("cp1252", "replace")
    assert "Unicode" not in said and "Traceback" not in said, said
    assert os.environ.get("PYTHONUTF8") != "0"
