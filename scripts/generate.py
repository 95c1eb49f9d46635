"""What is made from captures: tables, plots, data, notebooks. And whether all is so."""

import json
import sys
from collections import Counter
from pathlib import Path

from scripts.captures import capture_file, claims, expected, of_site, pairs
from scripts.captures.expected import Expected
from scripts.common import disk_cache
from scripts.common.errors import SiteError
from scripts.common.files import remove, write_if_changed
from scripts.common.paths import TREE, captures_of, lessons, page_path
from scripts.content import gpu, grader, lint
from scripts.notebooks import build
from scripts.render import social_cards
from scripts.render.plots import load_curve
from scripts.render.rendered_files import names, rendered


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
    for slug in lessons():
        files |= build.of_lesson(slug)
    return files


def make_files() -> None:
    """Write tables, plots, data, notebooks whose bytes changed; remove orphans."""
    files = rendered_files()
    _write({**files, **grader.files(), **load_curve.files()})
    for path in expected.orphans(expected.expected_everywhere(), list(files)):
        remove(path)
        print(f"removed {TREE.name(path)}: nothing calls for it")
    _write(notebook_files())  # they hold tables, plots and figures
    social_cards.make_files()


def _write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        if write_if_changed(path, text):
            print(f"wrote {TREE.name(path)}")


def check(device: str) -> int:
    """Say everything that is not as it should be; 1 if anything is, 0 if nothing.

    A CUDA capture that is stale or missing is a problem for the device "cuda" alone,
    and else a note. One that lies is always a problem.
    """
    questions, counted = list(lint.questions()), Counter()
    problems = [*lint.problems(), *questions]
    try:
        for want in expected.expected_everywhere():
            state = expected.state(want)
            counted[want.device, state] += 1
            say = f"the {want.device.upper()} capture {want.id} is {state}"
            if state != "fresh" and "cpu" != want.device != device:
                print(f"note: {say}")
            elif state != "fresh":
                problems.append(say)
            if state != "missing":
                problems += _claims(want)
        problems += pairs.problems()
        problems += _figures_that_none_makes()
        # With a question that is wrong, which is said already, no notebook can be made
        problems += _not_as_generated({} if questions else notebook_files())
    except SiteError as error:
        problems.append(str(error))
    on_cpu = sum(n for (where, _), n in counted.items() if where == "cpu")
    if not on_cpu and not problems:
        problems.append("nothing was checked")
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    states = [f"{counted['cuda', s]} {s}" for s in ("fresh", "stale", "missing")]
    print(f"CUDA captures: {', '.join(states)}")
    print(f"checked {on_cpu} CPU captures, {len(problems)} problems")
    return 1 if problems else 0


def _claims(want: Expected) -> list[str]:
    """What a capture and its texts say that cannot be so."""
    capture = capture_file.load(want.path)

    def read(name: str) -> bytes:
        return (want.path.parent / name).read_bytes()

    faults = [*claims.faults(capture), *claims.text_faults(capture, read)]
    return [f"{TREE.name(want.path)}: {fault}" for fault in faults]


def _figures_that_none_makes() -> list[str]:
    """Tables and plots that a page wants from a GPU, and that no recording will bring.

    While there is no recording, a page shows nothing in their place, a typing error
    included. The CPU's capture knows the tables; an experiment for CUDA alone has none.
    """
    found = []
    for slug in lessons():
        for experiment, name in gpu.figures_asked_for(slug):
            wanted = gpu.want(slug, experiment)
            on_cpu = captures_of(slug) / wanted.path.name
            if wanted.path.exists() or not on_cpu.exists():
                continue
            known = names(slug, experiment, capture_file.load(on_cpu))
            if name not in known:
                key = f"{{{{ cuda.{experiment}.{name} }}}}"
                found.append(
                    f"{page_path(slug).name}: the key {key}: {wanted.id} has no table "
                    f"or plot '{name}'; it has {', '.join(known)}"
                )
    return found


def _not_as_generated(notebooks: dict[Path, str]) -> list[str]:
    """Files that are not what would be made now, and those that nothing calls for."""
    tables = rendered_files()
    found = []
    others = {**grader.files(), **load_curve.files(), **notebooks}
    for path, text in {**tables, **others}.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            name = TREE.name(path)
            found.append(
                f"{name} is not what would be generated: stale, or edited by hand?"
            )
    orphans = expected.orphans(expected.expected_everywhere(), list(tables))
    names = [TREE.name(path) for path in orphans]
    found += of_site.problems() + social_cards.problems()
    return found + [f"{name} is an orphan: nothing calls for it" for name in names]
