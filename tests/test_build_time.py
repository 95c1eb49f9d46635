"""How long a writer waits: a build from nothing, and a reload after an edit of prose.

Printed beside their targets: see in_time.
"""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

import pytest
from listing import ROOT
from untraced import untraced

COLD, FAST, WITH_NOTEBOOKS = 10, 1.5, 2.5  # seconds
LEFT_OUT = ".git", ".venv", ".cache", "data", "site", "tests", "__pycache__"
OLD, NEW = "*“My models disappear", "*“Edited just now: my models disappear"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the tree with nothing remembered, to be edited."""
    root = tmp_path_factory.mktemp("writer") / "tree"
    return shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*LEFT_OUT))


def environment(notebooks: bool = True) -> dict[str, str]:
    """What mkdocs runs in."""
    kept = {k: v for k, v in untraced().items() if k != "NOTEBOOK_PAGES"}
    told = {} if notebooks else {"NOTEBOOK_PAGES": "false"}
    return {**kept, "NO_MKDOCS_2_WARNING": "1", **told}


def text_of(url: str) -> str:
    """What is served now; nothing while nobody answers."""
    with suppress(OSError):
        return urllib.request.urlopen(url, timeout=60).read().decode()
    return ""


def wait_for(url: str, text: str) -> float:
    """How long until a page holds a text; the test's own limit ends it."""
    start = time.perf_counter()
    while text not in text_of(url):
        time.sleep(0.05)
    return time.perf_counter() - start


@contextmanager
def serving(tree, notebooks):
    """mkdocs serve, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "serve", "-q", "-a", f"127.0.0.1:{port}"],
        cwd=tree,
        env=environment(notebooks),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/saving-and-loading/"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize(
    ("notebooks", "target"), [(True, WITH_NOTEBOOKS), (False, FAST)]
)
def test_an_edit_of_prose_is_soon_on_the_screen(tree, in_time, notebooks, target):
    page = tree / "docs/saving-and-loading.md"
    text = page.read_text(encoding="utf-8")
    assert text.count(OLD) == 1
    with serving(tree, notebooks) as url:
        cold = wait_for(url, "models disappear")
        took = []
        for turn in range(3):
            time.sleep(0.5)  # nobody types without a pause
            page.write_text(text.replace(OLD, f"{NEW}, {turn}"), encoding="utf-8")
            took.append(wait_for(url, f"disappear, {turn}"))
    page.write_text(text, encoding="utf-8")
    kind = "with notebook pages" if notebooks else "without notebook pages"
    in_time(f"an edit on the screen, {kind}", sorted(took)[1], target)
    if notebooks:  # the first one, which finds nothing remembered
        in_time("a server's first build", cold, COLD)
