"""The workflows for GitHub: pinned, with least permissions, and their steps run here.

What only GitHub can do stays untried: its runner, the actions themselves, Pages.
`scripts/test` is proved by whoever runs this.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from listing import ROOT

FOLDER = ROOT / ".github/workflows"
FILES = sorted(path.name for path in FOLDER.glob("*.yml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")
SITE = "https://reader.example/patterns"
KNOWN = {
    "steps.pages.outputs.base_url": SITE,
    "github.server_url": "https://github.com",
    "github.repository": "reader/patterns",
    "github.ref_name": "main",
}
ALLOWED = {
    ("test.yml", None): {"contents": "read"},
    ("publish.yml", None): {"contents": "read"},
    ("publish.yml", "build"): {"contents": "read", "pages": "read"},
    ("publish.yml", "deploy"): {"pages": "write", "id-token": "write"},
}
LEFT_OUT = (".git", ".venv", ".cache", "data", "site", "__pycache__")


def workflow(name: str) -> dict:
    """A workflow; YAML takes its key `on` for the word true."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def steps(name: str) -> list[dict]:
    """All steps of all its jobs, in order."""
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def filled(text: str) -> str:
    """Text with GitHub's expressions filled in; an unknown one fails."""
    return re.sub(r"\$\{\{ ?(.*?) ?\}\}", lambda match: KNOWN[match[1]], text)


def test_there_is_one_that_tests_and_one_that_publishes():
    assert FILES == ["publish.yml", "test.yml"]
    assert list(workflow("test.yml")[True]) == ["pull_request"]
    assert workflow("publish.yml")[True]["push"] == {"branches": ["main"]}
    assert [step["run"] for step in steps("test.yml") if "run" in step] == [
        "scripts/test"
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_action_is_pinned_by_its_commit(name):
    used = [step["uses"] for step in steps(name) if "uses" in step]
    assert used and all(PINNED.fullmatch(action) for action in used), used
    lines = re.findall(r"uses: (.*)", (FOLDER / name).read_text(encoding="utf-8"))
    assert len(lines) == len(used)
    assert all(re.search(r" # v\d+\.\d+\.\d+$", line) for line in lines), lines


@pytest.mark.parametrize("name", FILES)
def test_nobody_may_do_more_than_needed(name):
    found = workflow(name)
    given = {
        (name, job): body.get("permissions") for job, body in found["jobs"].items()
    }
    given = {key: rights for key, rights in given.items() if rights is not None}
    given[name, None] = found["permissions"]
    assert given == {key: rights for key, rights in ALLOWED.items() if key[0] == name}
    assert "secrets." not in (FOLDER / name).read_text(encoding="utf-8")
    for job in found["jobs"].values():
        assert job["timeout-minutes"] <= 90 and job["runs-on"] == "ubuntu-24.04"
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@pytest.fixture(scope="module")
def published(tmp_path_factory, request):
    """A copy of the tree in which the steps of publish.yml ran, and their seconds."""
    root = tmp_path_factory.mktemp("runner") / "work"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*LEFT_OUT))
    folder = Path(sys.executable).parent
    path = [p for p in os.environ["PATH"].split(os.pathsep) if Path(p) != folder]
    base = Path(sys.base_prefix) / "bin"  # a bare Python, as setup-python gives
    kept = {key: value for key, value in os.environ.items() if key[:3] != "COV"}
    env = {**kept, "PATH": os.pathsep.join([str(base), *path])}
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "REPO_URL", "SITE_URL", "BRANCH"):
        env.pop(name, None)
    start = time.perf_counter()
    for step in steps("publish.yml"):
        if "run" in step:
            own = {key: filled(value) for key, value in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", filled(step["run"])],
                cwd=root,
                env={**env, **own},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
            )
            assert done.returncode == 0, f"{step['name']}:\n{done.stdout[-3000:]}"
    return root, time.perf_counter() - start


def test_the_site_is_built_without_torch(published, say):
    root, seconds = published
    say(f"the steps of publish.yml: {seconds:.0f} s")
    python = root / ".venv/bin/python"
    there = (
        "import importlib.util as u; print(u.find_spec('torch'), u.find_spec('mkdocs'))"
    )
    said = subprocess.run(
        [python, "-c", there], capture_output=True, text=True, encoding="utf-8"
    ).stdout
    assert said.startswith("None ModuleSpec"), said
    page = (root / "site/index.html").read_text(encoding="utf-8")
    assert f'<link rel="canonical" href="{SITE}/">' in page
    colab = "https://colab.research.google.com/github/reader/patterns/blob/main/docs/"
    lesson = (root / "site/gpu-training/index.html").read_text(encoding="utf-8")
    assert f"{colab}notebooks/gpu-training.ipynb" in lesson


def test_it_has_a_map_and_cards_for_every_page(published):
    root, _ = published
    site = root / "site"
    listed = set(
        re.findall(
            r"<loc>(.*?)</loc>", (site / "sitemap.xml").read_text(encoding="utf-8")
        )
    )
    pages = {path.parent.relative_to(site) for path in site.rglob("index.html")}
    wanted = {f"{SITE}/" if p == Path() else f"{SITE}/{p.as_posix()}/" for p in pages}
    assert listed == wanted and len(wanted) >= 10
    for page in pages:
        html = (site / page / "index.html").read_text(encoding="utf-8")
        card = re.search(r'<meta property="og:image" content="(.*?)">', html)[1]
        assert card.startswith(f"{SITE}/assets/cards/"), card
        assert (site / card.removeprefix(f"{SITE}/")).is_file(), card
        for name in ("og:title", "og:description", "og:url", "og:image:alt"):
            assert len(re.findall(f'property="{name}" content="[^"]+"', html)) == 1, (
                name
            )
