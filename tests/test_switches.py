"""MkDocs' own switches, and folders of somebody else, on a site that is built."""

import os
import shutil
import subprocess

import tiny


def build(root, *switches, **environment):
    env = {**tiny.environment(), **environment}
    return subprocess.run(
        [*tiny.BUILD, *switches],
        cwd=root,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def contents(folder, pattern):
    return {path: path.read_bytes() for path in sorted(folder.rglob(pattern))}


def test_dirty_builds_only_what_has_changed(original, tmp_path):
    root = tiny.copy(original, tmp_path / "tree")
    assert build(root).returncode == 0
    before = contents(root / "built", "*.md") | contents(root / "built", "llms.txt")
    assert len(before) > 4
    done = build(root, "--dirty")
    assert done.returncode == 0, done.stdout
    after = contents(root / "built", "*.md") | contents(root / "built", "llms.txt")
    assert after == before
    page = root / "docs/misconceptions.md"
    page.write_text("# Misconceptions\n\nA new sentence.\n", encoding="utf-8")
    os.utime(page, (2e9, 2e9))  # newer than what was built
    done = build(root, "--dirty")
    assert done.returncode == 0, done.stdout
    for name in ("index.html", "index.md"):
        path = root / "built/misconceptions" / name
        assert "A new sentence." in path.read_text(encoding="utf-8")
    assert contents(root / "built", "llms.txt").items() <= before.items()


def test_a_folder_of_somebody_elses_in_tmp_is_not_asked_for(original, tmp_path):
    root = tiny.copy(original, tmp_path / "tree")
    theirs = tmp_path / "tmp" / f"_jinja2-cache-{os.getuid()}"
    theirs.parent.mkdir()
    (tmp_path / "elsewhere").mkdir()
    theirs.symlink_to(tmp_path / "elsewhere")
    done = build(root, TMPDIR=str(theirs.parent))
    assert done.returncode == 0, done.stdout
    assert not list((tmp_path / "elsewhere").iterdir())
    assert list((root / ".cache/templates").iterdir())


def test_where_nothing_can_be_kept_it_builds_all_the_same(original, tmp_path):
    root = tiny.copy(original, tmp_path / "tree")
    (root / ".cache").mkdir(exist_ok=True)
    shutil.rmtree(root / ".cache/templates", ignore_errors=True)
    (root / ".cache/templates").write_text("where a folder should be", encoding="utf-8")
    done = build(root)
    assert done.returncode == 0, done.stdout
