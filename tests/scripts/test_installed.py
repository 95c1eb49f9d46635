"""What of an environment is installed by half."""

import subprocess
import sys

import pytest
from listing import ROOT

from scripts import installed


@pytest.fixture
def site(tmp_path):
    """Two packages that share a file of which they have different versions."""
    for name, shared in (("one", "short"), ("other", "much longer")):
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Name: {name}\nVersion: 1\n\nVersion: 2\n", encoding="utf-8"
        )
        (tmp_path / f"{name}.py").write_text("code", encoding="utf-8")
        rows = [f"{name}.py,sha256=x,4", f'"a, b.py",,{len(shared)}', "c.pyc,,"]
        (info / "RECORD").write_text("\n".join(rows) + "\n", encoding="utf-8")
        (tmp_path / "a, b.py").write_text(shared, encoding="utf-8")
    return tmp_path


def said(site):
    return [installed.pin(package) for package in installed.broken(site)]


def test_what_is_whole_is_not_broken(site):
    assert said(site) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.py", None),
        ("one.py", "cod"),
        ("one-1.dist-info/RECORD", None),
        ("one-1.dist-info/RECORD", ""),
        ("one-1.dist-info/RECORD", "one.py"),
        ("one-1.dist-info/RECORD", "one.py,sha256=x,many"),
    ],
)
def test_what_is_not_is_named(site, name, content):
    (site / name).unlink() if content is None else (site / name).write_text(
        content, encoding="utf-8"
    )
    assert said(site) == ["one==1"]


@pytest.mark.parametrize("content", [None, "", "Name: one\n", "Version: 1\n"])
def test_one_without_its_own_name(site, content):
    path = site / "one-1.dist-info/METADATA"
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    assert said(site) == []
    (site / "one.py").unlink()
    assert said(site) == [None]


def test_what_pip_has_put_aside_does_not_count(site):
    (site / "~one-1.dist-info").mkdir()
    assert said(site) == []


def test_the_environment_of_these_tests_is_whole():
    command = [sys.executable, "scripts/installed.py"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
