"""Write what is made from captures: tables, plots, data, notebooks, cards."""

import json
from pathlib import Path

from scripts.captures import capture_file, expected
from scripts.captures.expected import Expected
from scripts.common import disk_cache
from scripts.common.files import remove, write_if_changed
from scripts.common.paths import TREE, captures_of, programs
from scripts.content import drawings, grader
from scripts.notebooks import build
from scripts.render import social_cards
from scripts.render.plots import load_curve
from scripts.render.rendered_files import rendered


def rendered_files() -> dict[Path, str]:
    """Every table and plot that is made from captures: its path and its text."""
    files: dict[Path, str] = {}
    for want in expected.expected_everywhere():
        if want.name != expected.PROGRAM and not want.again and want.path.exists():
            files |= _rendered(want)
    return files


def _rendered(want: Expected) -> dict[Path, str]:
    """The tables and plots of one capture; drawn only if that is not done yet."""
    capture = capture_file.load(want.path)
    beside = captures_of(want.slug) / want.path.name  # a plot may stand against it
    inputs = [
        capture["digest"],
        beside.read_text(encoding="utf-8") if beside.exists() else "",
    ]

    def draw() -> str:
        files = rendered(want.slug, want.path, capture)
        return json.dumps({path.name: text for path, text in files.items()})

    made = disk_cache.recall(f"{want.slug}-{want.device}-{want.name}", inputs, draw)
    return {want.path.with_name(file): text for file, text in json.loads(made).items()}


def notebook_files() -> dict[Path, str]:
    """Every notebook: its path and its text."""
    files = build.of_site()
    for slug in programs():
        files |= build.of_lesson(slug)
    return files


def make_files() -> None:
    """Write tables, plots, data, notebooks whose bytes changed; remove orphans."""
    files = rendered_files()
    _write({**files, **grader.files(), **load_curve.files(), **drawings.files()})
    orphans = expected.orphans(expected.expected_everywhere(), list(files))
    for path in [*orphans, *drawings.orphans()]:
        remove(path)
        print(f"removed {TREE.name(path)}: nothing calls for it")
    _write(notebook_files())  # they hold tables, plots and figures
    social_cards.make_files()


def _write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        if write_if_changed(path, text):
            print(f"wrote {TREE.name(path)}")
