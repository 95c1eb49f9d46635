"""Check that every capture is fresh and true, and every file what would be made now."""

import sys
from collections import Counter
from pathlib import Path

from scripts.captures import (
    capture_file,
    claims,
    expected,
    grids,
    left_out,
    lost,
    of_site,
    pairs,
)
from scripts.captures.expected import Expected
from scripts.common.errors import SiteError
from scripts.common.once import unchanged
from scripts.common.paths import TREE, captures_of, page_path, programs
from scripts.content import drawings, gpu, grader, lint
from scripts.generated import files
from scripts.render import social_cards
from scripts.render.plots import load_curve
from scripts.render.rendered_files import names


def check(device: str) -> int:
    """Say everything that is not as it should be; 1 if anything is, 0 if nothing.

    A CUDA capture that is stale or missing is a problem for the device "cuda" alone,
    and else a note. One that lies is always a problem.
    """
    with unchanged():
        return _check(device)


def _check(device: str) -> int:
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
        problems += _not_as_generated({} if questions else files.notebook_files())
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
    if not faults and expected.is_of_this_tree(want, capture):
        grid = grids.grid_of(expected.file_of(want))
        faults += left_out.foreign(capture, grid)
        if want.device == "cuda" and not want.again:  # two are compared by pairs.py
            faults += lost.in_short(lost.lost(want, capture))
    return [f"{TREE.name(want.path)}: {fault}" for fault in faults]


def _figures_that_none_makes() -> list[str]:
    """Tables and plots that a page wants from a GPU, and that no recording will bring.

    While there is no recording, a page shows nothing in their place, a typing error
    included. The CPU's capture knows the tables; an experiment for CUDA alone has none.
    """
    found = []
    for slug in programs():
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
                    f"or plot '{name}'; it has {', '.join(known) or 'none'}"
                )
    return found


def _not_as_generated(notebooks: dict[Path, str]) -> list[str]:
    """Files that are not what would be made now, and those that nothing calls for."""
    tables = files.rendered_files()
    found = []
    others = {**grader.files(), **load_curve.files(), **drawings.files(), **notebooks}
    for path, text in {**tables, **others}.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            name = TREE.name(path)
            found.append(
                f"{name} is not what would be generated: stale, or edited by hand?"
            )
    orphans = expected.orphans(expected.expected_everywhere(), list(tables))
    names = [TREE.name(path) for path in [*orphans, *drawings.orphans()]]
    found += of_site.problems() + social_cards.problems()
    return found + [f"{name} is an orphan: nothing calls for it" for name in names]
